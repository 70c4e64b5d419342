"""What going back would do, file by file, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from grafftui.checkpoints.items import Change, Changes, Item, Why, all_above
from grafftui.checkpoints.state import State

Deed = Literal["create", "delete", "restore", "mode"]

CHANGED_SINCE: Final = "changed since by somebody else"
NOT_SURE: Final = "something else was at work at the same time, which may have changed it"


class Step(NamedTuple):
    """One path that would become another one.

    Attributes:
        now: What stands there; None for nothing.
        target: What would stand there; None for nothing.
        doubt: Why it is done only after an explicit yes: who changed it last; "" for no doubt.
    """

    path: str
    now: Item | None
    target: Item | None
    doubt: str = ""

    @property
    def deed(self) -> Deed:
        """What would be done, in a word."""
        if self.now is None:
            return "create"
        if self.target is None:
            return "delete"
        same = self.now._replace(mode=self.target.mode) == self.target
        return "mode" if same else "restore"


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done.

    Attributes:
        steps: The paths that would become other ones, in order.
        uncovered: What changed as well and stays as it is → why.
        cut_off: Whether some of the work was cut off: what others changed until the next look
            counts as its doing.
    """

    steps: tuple[Step, ...]
    uncovered: tuple[tuple[str, Why], ...]
    cut_off: bool = False

    @property
    def doubtful(self) -> tuple[Step, ...]:
        """Those that need a yes of their own."""
        return tuple(step for step in self.steps if step.doubt)


def plan(work: Sequence[Changes], now: State) -> Plan:
    """How all of `work`, oldest first, is taken back in a workspace that is as `now` says.

    A path goes back to what it was before the work first changed it. Where it was changed in
    between or afterwards by anybody else, that is a doubt.
    """
    chains: dict[str, list[Change]] = {}
    uncovered: dict[str, Why] = {}
    for changes in work:
        uncovered |= changes.uncovered
        for path, change in changes.paths.items():
            chains.setdefault(path, []).append(change)
    steps = {}
    for path, chain in chains.items():
        item = now.items.get(path)
        if path in now.uncovered and item is None:
            uncovered[path] = now.uncovered[path].why
        elif item != chain[0].before:
            steps[path] = Step(path, item, chain[0].before, _doubt(chain, item))
    _leave_what_holds_more(steps, now)
    cut_off = bool(steps) and any(changes.cut_off for changes in work)
    listed = tuple(steps[path] for path in sorted(steps))
    return Plan(listed, tuple(sorted(uncovered.items())), cut_off)


def _doubt(chain: Sequence[Change], now: Item | None) -> str:
    befores = [change.before for change in chain[1:]] + [now]
    if any(change.after != before for change, before in zip(chain, befores, strict=True)):
        return CHANGED_SINCE
    return "" if all(change.sure for change in chain) else NOT_SURE


def _leave_what_holds_more(steps: dict[str, Step], now: State) -> None:
    """Take out directories that would be removed but hold something that stays."""
    going = {path for path, step in steps.items() if step.now and step.now.kind == "dir"}
    going = {path for path in going if steps[path].target is None}
    if not going:
        return
    stay = [path for path in (*now.items, *now.uncovered) if path not in going]
    held = all_above(path for path in stay if path not in steps or steps[path].target is not None)
    for path in going & held:
        del steps[path]
