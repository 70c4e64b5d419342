"""What the recorder writes is what happened, whatever the batches."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable

from history_helpers import new_conversation, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from grafftui import events
from grafftui.entries import Added, Entry
from grafftui.events import AgentEvent
from grafftui.history import Store
from grafftui.history.coalescing import ROW
from grafftui.history.reader import Reader
from grafftui.settings.paths import Paths
from grafftui.turn_fold import TurnFold
from work import counted

_text = st.text(st.characters(codec="utf-8"), max_size=40)
_call = st.sampled_from(["c1", "c2"])
_piece = st.one_of(
    st.builds(events.markdown, _text | st.just("x" * ROW)),
    st.builds(events.reasoning, _text),
    st.builds(events.tool_progress, _call, _text),
)
_other = st.one_of(
    st.builds(events.notice, st.just("info"), _text),
    st.builds(lambda call: events.tool_call_start("shell", call, {"a": 1}), _call),
    st.builds(
        lambda call, text: events.tool_call_end(
            "shell", call, is_error=False, values=[{"text": text}]
        ),
        _call,
        _text,
    ),
    st.builds(lambda: events.retry_attempt("cause", 1, 1, 2)),
    st.builds(lambda text: AgentEvent("Unheard", {"of": text}), _text),
    st.builds(lambda text: AgentEvent("TaskMessage", {"content": {"kind": text}}), _text),
    st.builds(events.file_changed, _call, _text, st.just("modify"), _text, st.just(1), st.just(2)),
)
_batches = st.lists(st.lists(_piece | _other, max_size=6), max_size=25)


def expected(batches: list[list[AgentEvent]]) -> list[Entry]:
    fold, entries = TurnFold(), []
    for event in [events.prompt_submitted("p"), *(event for batch in batches for event in batch)]:
        changes = fold.apply(event, 5.0)
        entries += [change.entry for change in changes if isinstance(change, Added)]
    return entries


async def read_entries(paths: Paths, conversation_id: str) -> list[Entry]:
    async with await Reader.open(paths) as reader:
        return await reader.entries(conversation_id, 0, 10_000)


def wires(entries: list[Entry]) -> list[dict[str, object]]:
    return [entry.to_wire() for entry in entries]


@settings(max_examples=60, deadline=None)
@given(batches=_batches)
def test_what_is_read_back_is_what_was_recorded(batches: list[list[AgentEvent]]) -> None:
    with tempfile.TemporaryDirectory() as home:
        paths = Paths.from_environment({"GRAFFTUI_HOME": home})
        with Store.open(paths, clock=lambda: 5.0) as store:
            conversation_id = new_conversation(store)
            recorder = store.begin_turn(conversation_id, "p")
            for batch in batches:
                recorder.record(batch)
            open_entries = expected(batches)
            found = asyncio.run(read_entries(paths, conversation_id))
            assert wires(found) == wires(open_entries), "while the turn runs"
            recorder.finish("done")
            for entry in open_entries:
                if entry.ended_at is None:
                    entry.close("incomplete", 5.0)
            found = asyncio.run(read_entries(paths, conversation_id))
            assert wires(found) == wires(open_entries), "after it"


def test_pieces_share_rows_of_two_kilobytes(store: Store) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    for token in range(5000):
        recorder.record([events.markdown(f"{token:04} ")])
    count, longest = rows(store, "SELECT count(*), max(length(data)) FROM events")[0]
    assert isinstance(count, int) and isinstance(longest, int)
    assert 5000 * 5 / ROW <= count <= 5000 * 5 / ROW + 3
    assert longest < ROW + 200
    recorder.finish("done")


def test_a_message_ends_a_row(store: Store) -> None:
    """So that what an interrupted answer said can be told from what was answered before."""
    recorder = store.begin_turn(new_conversation(store), "p")
    recorder.record([events.markdown("one")])
    recorder.add_message("assistant", {"role": "assistant", "text": "one"})
    recorder.record([events.markdown("two")])
    recorder.add_message("assistant", {"role": "assistant", "text": "two"})
    found = rows(store, "SELECT role, first_event, last_event FROM messages ORDER BY id")
    assert found == [("user", 1, 1), ("assistant", 2, 2), ("assistant", 3, 3)]
    recorder.finish("done")


def work_of(store: Store, act: Callable[[], object]) -> tuple[int, int]:
    """Lines of Python and steps of SQLite that something takes: the least of a few times, as
    other threads of the store may use the connection meanwhile."""
    taken = []
    for _ in range(3):
        with counted(store._database._connection) as work:
            act()
        taken.append((work.lines, work.steps))
    return min(lines for lines, _ in taken), min(steps for _, steps in taken)


def test_a_token_costs_the_same_late_in_a_long_message(store: Store) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")

    def tokens() -> None:
        for _ in range(300):
            recorder.record([events.markdown("token ")])

    tokens()  # what is prepared once is prepared
    early = work_of(store, tokens)
    recorder.record([events.markdown("token " * 50) for _ in range(1000)])
    late = work_of(store, tokens)
    recorder.finish("done")
    assert late[0] <= 1.1 * early[0]
    assert late[1] <= 1.1 * early[1]


def test_the_last_of_many_turns_costs_what_the_first_did(store: Store) -> None:
    conversation_id = new_conversation(store)

    def turns(count: int) -> None:
        for turn in range(count):
            recorder = store.begin_turn(conversation_id, f"prompt {turn}")
            for _ in range(20):
                recorder.record([events.markdown("token ")])
            recorder.finish("done")

    turns(5)
    early = work_of(store, lambda: turns(5))
    turns(180)
    late = work_of(store, lambda: turns(5))
    assert late[0] <= 1.1 * early[0]
    assert late[1] <= 1.1 * early[1]


def test_a_finished_turn_keeps_no_text_in_memory(store: Store) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    for call in range(50):
        recorder.record([events.tool_call_start("t", str(call), {})])
        recorder.record([events.tool_call_end("t", str(call), is_error=False, values=[])])
        assert len(recorder._open) == 0
    recorder.finish("done")
