"""Titles are found once, beside the turn, and nothing depends on them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from corestage import (
    KEY,
    Core,
    Following,
    answer_of,
    each_wire,
    files_holding,
    kept,
    played,
    sent_texts,
    turns_asked,
    wait_until,
)
from fakes.steps import hang, status, text, tool, until
from grafftui import Graff

PROMPT = "Please have a look at why the tests of the parser fail every now and then"
WORDS = "Please have a look at why the tests of the parser fail ever…"


class Heard:
    """Whoever wants to know of titles."""

    def __init__(self, graff: Graff) -> None:
        self.titles: list[tuple[str, str]] = []
        self._came = threading.Event()
        graff.titles.rest = 0
        graff.titles.on_titled(self._take)

    def _take(self, conversation_id: str, title: str) -> None:
        self.titles.append((conversation_id, title))
        self._came.set()

    def wait(self) -> str:
        assert self._came.wait(10), "no title came"
        return self.titles[-1][1]


def title_of(graff: Graff, conversation_id: str) -> tuple[str | None, str]:
    row = graff.store.conversation(conversation_id)
    assert row is not None
    return row.title, row.titled_by


@each_wire
def test_a_title_is_found(core: Core, wire: str) -> None:
    fake = core.provider(
        [tool("read", {"file_path": "a"})], [text("I will look.")], [text('"Flaky parser tests."')]
    )
    graff = core.graff(fake, wire)
    heard = Heard(graff)
    conversation_id = played(graff.chat(PROMPT))
    assert heard.wait() == "Flaky parser tests"
    assert title_of(graff, conversation_id) == ("Flaky parser tests", "model")
    assert heard.titles == [(conversation_id, "Flaky parser tests")]
    *_, request = turns_asked(fake)
    assert not request.get("tools")
    assert max(request.get(name, 0) for name in ("max_tokens", "max_output_tokens")) == 1000
    (asked,) = [words for words in sent_texts(request) if PROMPT in words]
    assert "I will look." in asked
    assert kept(core.home, "SELECT purpose, provider, model FROM usage ORDER BY id") == [
        ("turn", graff.store.conversations()[0].provider, "fake-model"),
        ("turn", graff.store.conversations()[0].provider, "fake-model"),
        ("title", graff.store.conversations()[0].provider, "fake-model"),
    ]
    assert [m["role"] for m in graff.store.live_messages(conversation_id)] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("# **Flaky tests**\n\nBecause …", "Flaky tests"),
        (
            "one two three four five six seven eight nine",
            "one two three four five six seven eight…",
        ),
        (f"Use {KEY} here", "Use ‹redacted:key› here"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("“解析器测试”", "解析器测试"),
    ],
)
def test_what_becomes_of_an_answer(core: Core, answer: str, title: str) -> None:
    graff = core.graff(core.provider([text("I will.")], [text(answer)]))
    heard = Heard(graff)
    played(graff.chat(PROMPT))
    found = heard.wait()
    if "redacted" in title:
        assert KEY not in found and "‹redacted" in found
        graff.close()
        assert files_holding(core.home, KEY) == []
    else:
        assert found == title


@pytest.mark.parametrize("second", [[status(500)], [text("")], [text("  \n")], [hang()]])
def test_without_one_the_prompts_words_stay(core: Core, second: list[dict[str, Any]]) -> None:
    core.settings("retry_attempts = 1\n")
    fake = core.provider([text("I will.")], second)
    graff = core.graff(fake)
    heard = Heard(graff)
    conversation_id = played(graff.chat(PROMPT))
    wait_until(lambda: len(turns_asked(fake)) == 2)
    graff.titles.stop()
    wait_until(lambda: not finding())
    assert title_of(graff, conversation_id) == (WORDS, "prompt") and heard.titles == []


def finding() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "title"]


def test_the_app_ends_while_one_is_looked_for(core: Core) -> None:
    fake = core.provider([text("I will.")], [hang()])
    graff = core.graff(fake)
    Heard(graff)
    played(graff.chat(PROMPT))
    wait_until(lambda: len(turns_asked(fake)) == 2)
    graff.close()
    wait_until(lambda: not finding())
    assert not (core.home / "data" / "history.db.suspect").exists()


def test_a_title_of_the_persons_stays(core: Core, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    fake = core.provider([text("I will.")], [until(gate), text("Flaky tests")])
    graff = core.graff(fake)
    heard = Heard(graff)
    conversation_id = played(graff.chat(PROMPT))
    wait_until(lambda: len(turns_asked(fake)) == 2)
    graff.rename_conversation(conversation_id, "Mine")
    gate.touch()
    wait_until(lambda: not finding())
    assert title_of(graff, conversation_id) == ("Mine", "person") and heard.titles == []


def test_the_turn_waits_for_nothing(core: Core) -> None:
    graff = core.graff(core.provider([text("I will.")], [hang()], [text("Yes.")]))
    Heard(graff)
    events = Following(graff.chat(PROMPT))
    assert answer_of(events.end()) == "I will."
    again = graff.chat("and?", conversation_id=events.conversation_id)
    assert answer_of(again) == "Yes."


def test_only_once_and_only_where_it_is_wanted(core: Core) -> None:
    fake = core.provider(*([text(f"{number}")] for number in range(9)))
    graff = core.graff(fake)
    played(graff.chat(PROMPT))  # nobody wants to know
    heard = Heard(graff)
    short = played(graff.chat("fix the flaky test"))  # is a title
    command = played(graff.run_command(f"echo {PROMPT}"))
    failed = played(graff.chat("no\nmore", conversation_id=short))
    wait_until(lambda: not finding())
    assert len(turns_asked(fake)) == 3 and heard.titles == []
    long = played(graff.chat(PROMPT))
    assert heard.wait() == "4"
    played(graff.chat(PROMPT, conversation_id=long))
    wait_until(lambda: not finding())
    assert len(turns_asked(fake)) == 6 and len(heard.titles) == 1
    assert failed == short and title_of(graff, command)[1] == "prompt"


def test_the_person_wants_none(core: Core) -> None:
    core.settings("titles = false\n")
    fake = core.provider([text("I will.")], [text("Flaky tests")])
    graff = core.graff(fake)
    Heard(graff)
    played(graff.chat(PROMPT))
    wait_until(lambda: not finding())
    assert len(turns_asked(fake)) == 1


def test_nothing_is_left_to_spend(core: Core) -> None:
    core.settings("[budget]\nconversation_tokens_hard = 50\n")
    fake = core.provider([text("I will.")], [text("Flaky tests")])
    graff = core.graff(fake)
    Heard(graff)
    played(graff.chat(PROMPT))
    wait_until(lambda: not finding())
    assert len(turns_asked(fake)) == 1
