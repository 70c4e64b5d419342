"""No secret leaves in any format, whenever it was learned and however it was written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exports_stage import entries_of, exported, full_turn, imported, new_conversation, told
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafftui import events
from grafftui.events import AgentEvent
from grafftui.exports.exporting import FORMATS
from grafftui.exports.redacting import RedactedEvents
from grafftui.history import Store
from grafftui.text import redact as redaction

SHAPED = "sk-ant-api03-" + "A1b2C3d4" * 12
KNOWN = "correct-horse-battery"

each_format = pytest.mark.parametrize("format", [*FORMATS, "svg"])


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A secret that was learned after all of it was written."""
    monkeypatch.setattr(redaction.secrets, "_secrets", {KNOWN: "shop-password"})
    yield


def assert_none(text: str) -> None:
    for secret in (SHAPED, KNOWN):
        for start in range(0, len(secret) - 12, 4):
            assert secret[start : start + 12] not in text


@each_format
@pytest.mark.parametrize("secret", [SHAPED, KNOWN])
def test_wherever_it_stands(store: Store, format: str, secret: str) -> None:
    conversation_id = new_conversation(store, f"About {secret}", f"/w/{secret}")
    full_turn(store, conversation_id, f"use {secret}", f"Using `{secret}`.", f"X={secret}\n")
    recorder = store.begin_turn(conversation_id, secret)
    recorder.record(
        [
            events.reasoning(f"It is {secret}"),
            events.tool_call_start("shell", "c", {"command": secret, secret: [secret]}),
            events.tool_input(secret, secret),
            events.approval_requested("r", "c", {"subject": secret, "kind": "command"}, {}),
            events.approval_resolved("r", "c", "decline", reason=secret, by="person"),
            events.file_changed("c", secret, "modify", f"@@ -1 +1 @@\n-{secret}\n", 0, 1),
            events.tool_call_end("shell", "c", is_error=True, values=[{"json": {secret: secret}}]),
            events.todos_changed([{"id": "1", "content": secret, "status": "pending"}]),
            events.notice("error", f"It is {secret}"),
            AgentEvent("Unheard", {"of": {secret: secret}}),
            events.turn_failed(secret, secret),
        ]
    )
    recorder.add_message("assistant", {"role": "assistant", "text": secret})
    recorder.finish("failed")
    text = exported(store, conversation_id, format)
    assert_none(text)
    assert "‹redacted:" in text


@each_format
def test_written_in_two_rows(store: Store, format: str) -> None:
    """Rows are two kilobytes long and end anywhere; output of two commands comes in turns."""
    pieces = [events.markdown("x " * 1025 + SHAPED[:30]), events.markdown(SHAPED[30:] + " end")]
    output = [
        events.tool_call_start("shell", "a", {}),
        events.tool_call_start("shell", "b", {}),
        events.tool_progress("a", KNOWN[:9]),
        events.tool_progress("b", "other"),
        events.tool_progress("a", KNOWN[9:]),
    ]
    text = exported(store, told(store, [*pieces, *output]), format)
    assert_none(text)
    assert text.count("‹redacted:") == 2


async def test_what_is_imported_again_is_what_was_exported(store: Store) -> None:
    seen = [events.markdown(f"A key: {SHAPED[:40]}"), events.markdown(f"{SHAPED[40:]}, sk-")]
    conversation_id = told(store, seen, "see sk-")
    text = exported(store, conversation_id, "jsonl")
    store.delete_conversation(conversation_id)
    copy = imported(store, text).id
    said = [entry.text for entry in await entries_of(store, copy)]
    assert said == ["see sk-", "A key: ‹redacted:anthropic-key›, sk-"]
    assert exported(store, copy, "jsonl") == text


_pieces = st.lists(st.text("sk-ant0 \n") | st.sampled_from([SHAPED, KNOWN, "a"]), max_size=6)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_pieces, st.lists(st.integers(1, 60), max_size=12))
def test_pieces_are_redacted_like_the_whole(words: list[str], cuts: list[int]) -> None:
    whole, pieces = "".join(words), []
    rest = whole
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    redacted, given_events = RedactedEvents(), []
    for at, piece in enumerate([*pieces, rest]):
        given_events += redacted.feed(events.markdown(piece), float(at))
    given_events += redacted.feed(events.task_complete(), 99.0)
    assert given_events[-1][0].type == "TaskComplete"
    said = "".join(event.data["content"]["text"] for event, _ in given_events[:-1])
    assert said == redaction.redact(whole)
    assert [at for _, at in given_events] == sorted(at for _, at in given_events)


def test_nothing_of_it_is_kept_at_import(store: Store, home: Path) -> None:
    """Of a file that was edited: a key in every text, once in two pieces."""
    mark = "MARK-OF-A-TEXT"
    conversation_id = new_conversation(store, f"About {mark}", f"/w/{mark}")
    full_turn(store, conversation_id, f"use {mark}", f"Using `{mark}`.", f"X={mark}\n")
    recorder = store.begin_turn(conversation_id, "go")
    recorder.record([events.markdown("Cut: HALF")])
    recorder.add_message("assistant", {"role": "assistant", "text": f"Cut: {mark}"})
    recorder.record([events.notice("info", mark), events.markdown("After.")])
    recorder.add_message("assistant", {"role": "assistant", "text": "After."})
    recorder.finish("done")
    whole = exported(store, conversation_id, "jsonl").splitlines()
    store.delete_conversation(conversation_id)
    at = next(at for at, line in enumerate(whole) if "HALF" in line)
    cuts = [whole[at].replace("HALF", SHAPED[:20])]
    cuts += [whole[at].replace("Cut: HALF", cut) for cut in (SHAPED[20:40], SHAPED[40:])]
    edited = [json.loads(line.replace(mark, SHAPED)) for line in [*whole[:at], *cuts]]
    edited += [json.loads(line.replace(mark, SHAPED)) for line in whole[at + 1 :]]
    shift(edited, 2)
    done = imported(store, "".join(f"{json.dumps(line)}\n" for line in edited))
    assert done.title == "About ‹redacted:anthropic-key›"
    again = [json.loads(line) for line in exported(store, done.id, "jsonl").splitlines()]
    texts = [line["data"]["content"]["text"] for line in again[at : at + 2]]
    assert texts == ["Cut: ", "‹redacted:anthropic-key›"]
    shift(again, -1)  # the three are two now, and the messages begin and end where they did
    assert [line for line in again if line.get("kind") == "message"][-1] == json.loads(
        next(line for line in reversed(whole) if '"kind":"message"' in line)
    )
    assert len(again) == len(whole) + 1
    store.search_index.catch_up()
    store.close()
    for file in home.rglob("*"):
        if file.is_file():
            assert_none(file.read_bytes().decode("utf-8", "replace"))


def shift(lines: list[dict[str, Any]], events: int) -> None:
    """Have the last two messages tell of so many more events."""
    cut, after = [line for line in lines if line.get("kind") == "message"][-2:]
    cut["last_event"] += events
    after["first_event"] += events
    after["last_event"] += events
    lines[-1]["lines"] += events
