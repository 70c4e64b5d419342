"""Whatever is done to conversations, in any order: the history says what a plain model says."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from context_model import Compaction, Refused, Said, Talk, Turn
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from grafftui import events
from grafftui.errors import GrafftuiError
from grafftui.history import CompactionPlan, Store, TurnRecorder
from grafftui.history.folding import events_of, fold
from grafftui.history.messages import consistent
from grafftui.history.reader import Reader
from grafftui.history.recovery import NOT_RUN, TAKEN_OVER
from grafftui.settings.paths import Paths

NUMBER = st.integers(0, 1_000)
MEMORY = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)
"""Where a commit takes no disk: what is tested here is what is written, not that it stays."""


class Contexts(RuleBasedStateMachine):
    """Each rule does the same to the history and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self.paths = Paths.from_environment({"GRAFFTUI_HOME": str(self.folder)})
        self.store = Store.open(self.paths)
        self.dropped: list[Store] = []
        self.talks: dict[str, Talk] = {}
        self.words = map(str, count())

    # -- what is said ----------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        self.talks[self._new_conversation()] = Talk()
        self.send(0, 1)
        self.send(0, 0)

    @rule(which=NUMBER, calls=st.integers(0, 2))
    def send(self, which: int, calls: int) -> None:
        id, talk = self._talk(which)
        recorder = self._prompt(id, talk)
        for _ in range(calls):
            self._call(recorder, talk, ("a", "b"), ("a", "b"))
        answer = f"answer {next(self.words)}"
        recorder.record([events.markdown(answer)])
        self._say(recorder, talk, "assistant", {"text": answer})
        talk.turns[-1].entries.append(("answer", answer))
        recorder.record([events.task_complete()], durable=True)
        recorder.finish("done")

    @rule(which=NUMBER, answered=st.none() | st.integers(0, 2))
    def crash(self, which: int, answered: int | None) -> None:
        """The history is dropped without a word, perhaps in the midst of a turn."""
        id, talk = self._talk(which)
        if answered is not None:
            recorder = self._prompt(id, talk)
            self._call(recorder, talk, ("a", "b"), ("a", "b")[:answered])
        self.dropped.append(self.store)
        self.store = Store.open(self.paths)
        if answered is not None:
            self.store.take_over(id)  # the process that ran it lives: it is this one
            unit = talk.said[-1].unit
            for _ in range(2 - answered):
                talk.said.append(Said(NOT_RUN, "tool", len(talk.turns) - 1, unit))
            talk.turns[-1].entries.append(("notice", TAKEN_OVER))

    def _prompt(self, id: str, talk: Talk) -> TurnRecorder:
        prompt = f"prompt {next(self.words)}"
        talk.binned = False
        talk.turns.append(Turn(prompt, [("prompt", prompt)]))
        recorder = self.store.begin_turn(id, prompt)
        talk.said.append(Said(prompt, "user", len(talk.turns) - 1, self._unit(talk)))
        return recorder

    def _call(
        self, recorder: TurnRecorder, talk: Talk, ids: tuple[str, ...], answered: tuple[str, ...]
    ) -> None:
        calls = [{"call_id": id, "name": "read", "arguments": {}} for id in ids]
        text = f"calling {next(self.words)}"
        unit = self._say(recorder, talk, "assistant", {"text": text, "tool_calls": calls})
        for id in ids:
            recorder.record([events.tool_call_start("read", id, {})])
            talk.turns[-1].entries.append(("tool", ""))
        for id in answered:
            text = f"result {next(self.words)}"
            body = {"text": text, "call_id": id, "name": "read", "is_error": False}
            self._say(recorder, talk, "tool", body, unit)
            end = events.tool_call_end("read", id, is_error=False, values=[{"text": text}])
            recorder.record([end])

    def _say(
        self,
        recorder: TurnRecorder,
        talk: Talk,
        role: Any,
        body: dict[str, Any],
        unit: int | None = None,
    ) -> int:
        recorder.add_message(role, {"role": role, **body})
        said = Said(body["text"], role, len(talk.turns) - 1, unit or self._unit(talk))
        talk.said.append(said)
        return said.unit

    def _unit(self, talk: Talk) -> int:
        return max((one.unit for one in talk.said), default=0) + 1

    # -- what is done to it ----------------------------------------------------------------

    @rule(which=NUMBER, first=NUMBER, length=st.integers(1, 9), lots=st.integers(0, 255))
    def compact(self, which: int, first: int, length: int, lots: int) -> None:
        id, talk = self._talk(which)
        units = list(dict.fromkeys(one.unit for one in talk.live()))
        if not units:
            return
        first %= len(units)
        chosen = set(units[first : first + length])
        taken = [one for one in talk.live() if one.unit in chosen and not one.pinned]
        if not taken:
            return
        rows = self._rows(id)
        ids = [row.id for row in rows if row.live]
        at = {said: ids[number] for number, said in enumerate(talk.live())}
        summary = f"summary {next(self.words)}"
        plan = CompactionPlan(
            fates={
                at[one]: ("dropped" if lots >> n % 8 & 1 else "summarised")
                for n, one in enumerate(taken)
            },
            body={"role": "user", "text": summary},
            by="person",
            summariser="extractive",
            instructions="",
            tokens_before=2,
            tokens_after=1,
            messages_before=len(ids),
            messages_after=len(ids) - len(taken) + 1,
        )
        recorder = self.store.begin_turn(id, "")
        self.store.contexts.compact(recorder, plan)
        recorder.finish("done")
        talk.compact(taken, summary)

    @rule(which=NUMBER, one=NUMBER, redo=st.booleans())
    def undo_or_redo_compaction(self, which: int, one: int, redo: bool) -> None:
        contexts = self.store.contexts
        if redo:
            self._to_compaction(which, one, contexts.redo_compaction, Talk.redo)
        else:
            self._to_compaction(which, one, contexts.undo_compaction, Talk.undo)

    @rule(which=NUMBER, one=NUMBER)
    def edit_summary(self, which: int, one: int) -> None:
        text = f"edited {next(self.words)}"
        self._to_compaction(
            which,
            one,
            lambda id: self.store.contexts.edit_summary(id, text),
            lambda talk, compaction: talk.edit(compaction, text),
        )

    @rule(which=NUMBER, one=NUMBER)
    def put_back(self, which: int, one: int) -> None:
        self._to_message(which, one, self.store.contexts.put_back, Talk.put_back)

    @rule(which=NUMBER, one=NUMBER, pinned=st.booleans())
    def pin(self, which: int, one: int, pinned: bool) -> None:
        self._to_message(
            which,
            one,
            lambda id, message: self.store.contexts.pin(id, message, pinned),
            lambda talk, said: talk.pin(said, pinned),
        )

    @rule(which=NUMBER, turn=NUMBER)
    def rewind(self, which: int, turn: int) -> None:
        id, talk = self._talk(which)
        spoken = [at for at, one in enumerate(talk.turns) if one.prompt]
        turn = spoken[-1 - turn % min(3, len(spoken))]
        turn_id = self._turn_ids(id)[turn]
        self._same(lambda: self.store.contexts.rewind(id, turn_id), lambda: talk.rewind(turn))

    @rule(which=NUMBER)
    def redo_rewind(self, which: int) -> None:
        id, talk = self._talk(which)
        self._same(lambda: self.store.contexts.redo_rewind(id), talk.redo_rewind)

    @rule(which=NUMBER, what=st.sampled_from(("fork", "fork at", "bin", "delete")), turn=NUMBER)
    def do_to_all_of_it(self, which: int, what: str, turn: int) -> None:
        id, talk = self._talk(which)
        if what.startswith("fork") and len(self.talks) < 3:
            self._fork(id, talk, turn if what == "fork at" else None)
        elif what == "bin":
            assert (self.store.order.restore if talk.binned else self.store.order.bin)(id)
            talk.binned = not talk.binned
        elif what == "delete" and len(self.talks) > 1:
            assert self.store.delete_conversation(id)
            del self.talks[id]
            assert self.store.live_messages(id) == []

    def _fork(self, id: str, talk: Talk, turn: int | None) -> None:
        standing = [at for at, one in enumerate(talk.turns) if one.rewound is None]
        if turn is None or not standing:
            self.talks[self.store.fork(id)] = talk.fork(len(talk.turns))
            return
        turn = standing[turn % len(standing)]
        entry = sum(len(one.entries) for one in talk.turns[: turn + 1]) - 1
        self.talks[self.store.fork(id, entry)] = talk.fork(turn + 1)

    # -- what has to hold ------------------------------------------------------------------

    @invariant()
    def models_are_sent_what_the_model_says(self) -> None:
        for id, talk in self.talks.items():
            sent = self.store.live_messages(id)
            assert [body["text"] for body in sent] == [one.text for one in talk.live()]
            assert consistent(sent, "missing") == sent  # no call without result, nor the reverse
            rows = self._rows(id)
            assert [row.body["text"] for row in rows] == [one.text for one in talk.said]
            assert [row.pinned for row in rows] == [one.pinned for one in talk.said]

    def teardown(self) -> None:
        try:
            asyncio.run(self._check_transcripts())
            self._check_entries_follow_from_events()
            for talk_id, talk in self.talks.items():
                found = self.store.conversation(talk_id)
                assert found is not None
                assert (found.deleted_at is not None) == talk.binned
        finally:
            for store in [*self.dropped, self.store]:
                store.close()
            shutil.rmtree(self.folder)

    async def _check_transcripts(self) -> None:
        async with await Reader.open(self.paths) as reader:
            for id, talk in self.talks.items():
                index = await reader.entry_index(id)
                entries = await reader.entries(id, 0, len(index))
                assert [(e.kind, e.state) for e in entries] == [
                    (kind, s) for _, kind, *_, s in index
                ]
                shown = [entry for entry in entries if entry.state != "rewound"]
                told = [(e.kind, "" if e.kind in ("tool", "compaction") else e.text) for e in shown]
                assert told == [(kind, _in_words(kind, text)) for kind, text in talk.transcript()]

    def _check_entries_follow_from_events(self) -> None:
        with self.store._database.reading() as connection:
            for id in self.talks:
                made = [
                    entry.kind
                    for turn in self._turn_ids(id)
                    for entry in fold(events_of(connection, turn))[0]
                ]
                sql = "SELECT kind FROM entries WHERE conversation_id = ? ORDER BY ordinal"
                assert made == [kind for (kind,) in connection.execute(sql, (id,))]

    # -- within ----------------------------------------------------------------------------

    def _new_conversation(self) -> str:
        return self.store.create_conversation(
            workspace="/w", backend="graff", agent="forge", provider="p", model="m"
        )

    def _talk(self, which: int) -> tuple[str, Talk]:
        return list(self.talks.items())[which % len(self.talks)]

    def _rows(self, id: str) -> Any:
        return self.store.contexts.ledger(id).messages

    def _turn_ids(self, id: str) -> list[int]:
        sql = "SELECT id FROM turns WHERE conversation_id = ? ORDER BY id"
        return [int(turn) for (turn,) in self.store._database.rows(sql, (id,))]

    def _to_compaction(
        self,
        which: int,
        one: int,
        change: Callable[[str], None],
        expected: Callable[[Talk, Compaction], None],
    ) -> None:
        id, talk = self._talk(which)
        if talk.compactions:
            one %= len(talk.compactions)
            known = self.store.contexts.ledger(id).compactions
            assert len(known) == len(talk.compactions)
            self._same(lambda: change(known[one].id), lambda: expected(talk, talk.compactions[one]))

    def _to_message(
        self,
        which: int,
        one: int,
        change: Callable[[str, int], None],
        expected: Callable[[Talk, Said], None],
    ) -> None:
        id, talk = self._talk(which)
        hidden = [at for at, said in enumerate(talk.said) if not talk.is_live(said)]
        at = [*hidden * 2, *range(len(talk.said))]  # what is not sent is chosen more often
        number = at[one % len(at)]
        row = self._rows(id)[number]
        self._same(lambda: change(id, row.id), lambda: expected(talk, talk.said[number]))

    def _same(self, change: Callable[[], object], expected: Callable[[], object]) -> None:
        """Both do it, or both refuse."""
        try:
            expected()
        except Refused:
            try:
                change()
            except GrafftuiError:
                return
            raise AssertionError("it should have been refused") from None
        change()


def _in_words(kind: str, text: str) -> str:
    if kind != "notice" or not text.isdecimal():
        return text
    return "One turn was taken back." if int(text) <= 1 else f"{text} turns were taken back."


TestContexts = Contexts.TestCase
TestContexts.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
