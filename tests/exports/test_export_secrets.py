"""No secret leaves in any format, whenever it was learned and however it was written down."""

from __future__ import annotations

from collections.abc import Iterator

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
