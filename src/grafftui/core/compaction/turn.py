"""A compaction the person asked for: a turn of its own, in which nothing is said."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from grafftui import events
from grafftui.core.compaction.compactor import Prepared
from grafftui.core.ending import Outcome
from grafftui.events import AgentEvent
from grafftui.history import Store, TurnRecorder


@dataclass(slots=True)
class CompactionTurn:
    """Makes one compaction.

    Args:
        prepare: Gives it, None where there is nothing to compact.
    """

    store: Store
    recorder: TurnRecorder
    prepare: Callable[[], Prepared | None]

    def steps(self) -> Generator[AgentEvent, None, Outcome]:
        """Make it; yield what happens."""
        prepared = self.prepare()
        remark = "There is nothing to compact yet." if prepared is None else prepared.remark
        if prepared is not None:
            yield self.store.contexts.compact(self.recorder, prepared.plan)
        if remark:
            notice = events.notice("info" if prepared is None else "warning", remark)
            self.recorder.record([notice])
            yield notice
        return Outcome("done", events.task_complete())

    def abandon(self) -> None:
        """Nothing was done, and nothing is left open."""
