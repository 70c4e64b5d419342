"""A repaired history is sound: what could not be read is stood in for, or left out."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest
from history_helpers import new_conversation, rows, run_turn, transcript

from grafftui import events
from grafftui.cli.main import main
from grafftui.history import Store
from grafftui.history.blobs import INLINE
from grafftui.history.checking import check
from grafftui.history.database import suspect
from grafftui.settings.paths import Paths

LARGE = "".join(map(str, range(INLINE // 4)))


def fill(paths: Paths) -> str:
    with Store.open(paths) as store:
        ids = [new_conversation(store, title=f"Conversation {number}") for number in range(8)]
        for id in ids:
            for turn in range(3):
                run_turn(store, id, f"prompt {turn}", f"answer {turn} " * 100)
        recorder = store.begin_turn(ids[0], "large")
        recorder.record([events.notice("info", LARGE)])
        recorder.add_message("assistant", {"role": "assistant", "text": LARGE})
        recorder.finish("done")
    return ids[0]


def damage(paths: Paths, *statements: str) -> None:
    with closing(sqlite3.connect(paths.database)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()
    suspect(paths.database).touch()


async def test_what_is_damaged_is_stood_in_for(paths: Paths) -> None:
    id = fill(paths)
    damage(
        paths,
        "UPDATE blobs SET data = substr(data, 1, 100)",
        "UPDATE events SET data = '{' WHERE type = 'TaskMessage' AND turn_id = 1",
        "UPDATE messages SET body = '{' WHERE turn_id = 2 AND role = 'assistant'",
    )
    assert not check(paths).sound
    with Store.open(paths) as store:
        assert "8 of its conversations could be read" in store.notices[-1]
        words = [text for _, _, text in await transcript(store, id)]
        assert [text for text in words if "cannot be read" in text] == [
            "An event of type TaskMessage cannot be read (Expecting property name enclosed in"
            " double quotes: line 1 column 2 (char 1)).",
            "An event of type Notice cannot be read (its text is missing).",
        ]
        texts = [body["text"] for body in store.live_messages(id)]
        assert texts.count("[This message could not be read from the history.]") == 2
        assert "answer 2 answer 2" in texts[5]
    report = check(paths)
    assert report.sound, (report.flaws, report.unreadable)


async def test_a_message_goes_back_to_the_conversation_of_its_turn(paths: Paths) -> None:
    id = fill(paths)
    damage(
        paths,
        "UPDATE messages SET conversation_id = 'nowhere' WHERE turn_id = 2",
        "UPDATE tool_results SET turn_id = 999",
        "INSERT INTO events (turn_id, seq, type, data, at) VALUES (999, 1, 'Notice', '{}', 0)",
    )
    assert any("belong to no" in flaw for flaw in check(paths).flaws)
    with Store.open(paths) as store:
        assert len(store.conversations()) == 8
        texts = [body["text"][:8] for body in store.live_messages(id)]
        assert texts[:6] == [f"{who} {n}" for n in range(3) for who in ("prompt", "answer")]
        assert rows(store, "PRAGMA foreign_key_check") == []
    assert check(paths).sound


def test_a_check_has_loose_ends_repaired_and_says_so(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(paths)
    monkeypatch.setenv("GRAFFTUI_HOME", str(paths.data.parent))
    damage(paths, "UPDATE messages SET conversation_id = 'nowhere' WHERE turn_id = 2")
    suspect(paths.database).unlink()
    assert main(["history", "check"]) == 1
    assert "the next start of grafftui repairs what it can" in capsys.readouterr().out
    with Store.open(paths) as store:
        assert "The history was damaged" in store.notices[-1]
    assert main(["history", "check"]) == 0


def test_a_check_does_not_promise_to_repair_a_value(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(paths)
    monkeypatch.setenv("GRAFFTUI_HOME", str(paths.data.parent))
    damage(paths, "UPDATE blobs SET data = substr(data, 1, 100)")
    suspect(paths.database).unlink()
    assert main(["history", "check"]) == 1
    said = capsys.readouterr().out
    assert "3 of blobs cannot be read" in said
    assert "all else is sound" in said and "repairs" not in said


async def test_a_text_that_was_dropped_is_no_damage(paths: Paths) -> None:
    fill(paths)
    damage(paths, "UPDATE blobs SET data = x''")
    with Store.open(paths) as store:
        assert rows(store, "SELECT count(*) FROM events WHERE typeof(data) = 'blob'") == [(1,)]
    report = check(paths)
    assert (report.sound, report.dropped) == (True, 3)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_damaged_is_so_only_once(paths: Paths, seed: int) -> None:
    fill(paths)
    content, chance = bytearray(paths.database.read_bytes()), random.Random(seed)
    for _ in range(60):
        content[chance.randrange(4096, len(content))] ^= 255
    paths.database.write_bytes(content)
    suspect(paths.database).touch()
    with Store.open(paths):
        pass
    report = check(paths)
    assert report.sound, (report.flaws, report.unreadable)
