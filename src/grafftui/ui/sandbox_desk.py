"""What the sandbox screens ask of the engines: each by itself, again and again while they look.

An engine that is slow or fails holds up no other; whoever looks is told whenever something is
known.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from grafftui.errors import GrafftuiError
from grafftui.ui.own_thread import on_own_thread

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.sandboxes.lasting import Sandbox
    from grafftui.sandboxes.lasting.engine import Ability
    from grafftui.ui.live import LiveConversation

SOONEST: Final = 2.0
LATEST: Final = 30.0
"""Seconds from one look at an engine to the next: longer each time that nothing is new."""

_COST_HOLDS: Final = 60.0
"""Seconds for which a cost that was told is taken as it is."""

_GIVEN_UP: Final = "it was not waited for any longer – r asks again"
_MOST_METERED: Final = 20
"""Sandboxes whose cost is asked for with one look."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A sandbox as its engine tells of it.

    Attributes:
        engine: The engine's name.
        told: All it tells; not to be trusted.
        cost: Micro US dollars so far; None as long as nobody knows.
    """

    engine: str
    told: Mapping[str, Any]
    cost: int | None = None

    @property
    def id(self) -> str:
        """As its engine calls it."""
        return str(self.told.get("id", ""))

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.engine, self.id

    @property
    def state(self) -> str:
        """As the engine says it."""
        return str(self.told.get("state") or "unknown")

    @property
    def name(self) -> str:
        """Its label "name", or else all its labels; or ""."""
        labels = self.told.get("labels")
        if not isinstance(labels, Mapping):
            return ""
        if labels.get("name"):
            return str(labels["name"])
        return " ".join(f"{key}={value}" for key, value in labels.items())

    @property
    def made_at(self) -> float | None:
        """When it was made, in seconds since 1970."""
        try:
            return datetime.fromisoformat(str(self.told.get("createdAt"))).timestamp()
        except (ValueError, OverflowError, OSError):
            return None

    def size(self, name: str) -> float | None:
        """Its "cpu", "memory" or "disk", if that is told."""
        value = self.told.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number else None  # type: ignore[arg-type]


@dataclass(slots=True)
class EngineView:
    """How one engine stands.

    Attributes:
        problem: Why it cannot be used here; None until that is known.
        error: Why it did not answer, or "".
        asked_at: When it was asked what it has, `time.monotonic()`; None while it is not.
        resting: Whether it is asked only when somebody wants it.
        sandboxes: What it had when it last answered.
    """

    name: str
    problem: str | None = None
    error: str = ""
    asked_at: float | None = None
    resting: bool = False
    sandboxes: Sequence[Listed] = ()
    again: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Future[list[dict[str, Any]] | None] | None = None


class SandboxDesk:
    """The sandboxes of all engines of `graff`. Methods that are not async block.

    Attributes:
        engines: By their names, the default first.
    """

    def __init__(self, graff: Graff) -> None:
        from grafftui.sandboxes.lasting import ENGINES

        self.graff = graff
        self.engines = {name: EngineView(name) for name in ENGINES}
        self._costs: dict[tuple[str, str], tuple[float, int]] = {}

    @property
    def sandboxes(self) -> list[Listed]:
        """All that are known, engine by engine, the oldest first."""
        return [one for view in self.engines.values() for one in view.sandboxes]

    # -- looking ---------------------------------------------------------------------------

    async def follow(self, changed: Callable[[], None]) -> None:
        """Look again and again, until cancelled; `changed` is called when something is news."""
        async with asyncio.TaskGroup() as group:
            for view in self.engines.values():
                group.create_task(self._follow(view, changed))

    async def _follow(self, view: EngineView, changed: Callable[[], None]) -> None:
        wait = SOONEST
        while True:
            view.again.clear()
            before = view.error, [one.told for one in view.sandboxes]
            await self._look(view, changed)
            news = before != (view.error, [one.told for one in view.sandboxes])
            wait = SOONEST if news and not view.error else backed_off(wait)
            try:
                async with asyncio.timeout(None if view.resting else wait):
                    await view.again.wait()
                wait = SOONEST
            except TimeoutError:
                pass

    async def _look(self, view: EngineView, changed: Callable[[], None]) -> None:
        """Ask one engine what it has; what it had stays where it does not say."""
        view.asked_at, view.resting = time.monotonic(), False
        changed()
        try:
            found = await self._answered(view)
        except (GrafftuiError, OSError) as error:
            view.error = in_words(error)
        else:
            if found is not None:
                view.error = ""
                view.sandboxes = [self._listed(view.name, one) for one in found]
        finally:
            view.asked_at = None
        changed()
        if view.sandboxes and not view.error:
            await on_own_thread(self._meter, view.name, [one.id for one in view.sandboxes])
            view.sandboxes = [self._listed(view.name, one.told) for one in view.sandboxes]
            changed()

    async def _answered(self, view: EngineView) -> list[dict[str, Any]] | None:
        """What the engine has; None when it cannot be used, or is waited for no longer."""
        view.answer = asyncio.ensure_future(on_own_thread(self._list, view))
        try:
            await asyncio.wait((view.answer,))
            if view.answer.cancelled():
                view.error, view.resting = _GIVEN_UP, True
                view.again.clear()  # what was wanted before they gave up
                return None
            found = view.answer.result()
            view.resting = found is None
            return found
        finally:
            view.answer.cancel()
            view.answer = None

    def _list(self, view: EngineView) -> list[dict[str, Any]] | None:
        engine = self.graff.sandbox_engines.named(view.name)
        view.problem = engine.problem()
        return None if view.problem else engine.list()

    def _listed(self, engine: str, told: Mapping[str, Any]) -> Listed:
        _, cost = self._costs.get((engine, str(told.get("id", ""))), (0.0, None))
        return Listed(engine, told, cost)

    def _meter(self, name: str, ids: Sequence[str]) -> None:
        """Learn what some have cost whose cost was not told of late."""
        engine, now = self.graff.sandbox_engines.named(name), time.monotonic()
        stale = [
            one for one in ids if now - self._costs.get((name, one), (-1e9, 0))[0] > _COST_HOLDS
        ]
        for one in stale[:_MOST_METERED]:
            try:
                cost = cost_of(engine.meter(one))
            except (GrafftuiError, OSError):
                return  # what it has was told; what it costs may be known another time
            if cost is not None:
                self._costs[name, one] = now, cost

    def look_again(self, name: str | None = None) -> None:
        """Ask an engine, or all, without waiting for the next time."""
        for view in self.engines.values():
            if name in (None, view.name):
                view.again.set()

    def stop_waiting(self) -> bool:
        """Wait no longer for what has not answered; whether there was any."""
        waiting = [view.answer for view in self.engines.values() if view.answer is not None]
        for answer in waiting:
            answer.cancel()
        return bool(waiting)

    # -- one of them -----------------------------------------------------------------------

    def abilities(self, engine: str) -> frozenset[Ability]:
        """What an engine has that not every one does."""
        return self.graff.sandbox_engines.named(engine).abilities

    def create(self, wanted: Mapping[str, Any]) -> tuple[str, str]:
        """Make one, by the words of `Graff.create_sandbox` and "name"; its key."""
        words = {key: value for key, value in wanted.items() if key != "name"}
        labels = {"name": wanted["name"]} if wanted.get("name") else {}
        made = self.graff.create_sandbox(labels=labels, **words)
        return made.engine, made.id

    def list_usable(self) -> list[Listed]:
        """Those of all engines that answer, at once; of others nothing is said."""
        found: list[Listed] = []
        for view in self.engines.values():
            with suppress(GrafftuiError, OSError):
                found += [self._listed(view.name, one) for one in self._list(view) or ()]
        return found

    def used(self, conversation: LiveConversation) -> str:
        """Id of the one a conversation works in, or is to begin in; "" for none."""
        if conversation.id is None:
            return conversation.wanted_sandbox
        return self.graff.sandbox_of(conversation.id) or ""

    def use(self, conversation: LiveConversation, one: Listed | None) -> None:
        """Have a conversation work in one, or in the workspace again."""
        if conversation.id is None:
            conversation.wanted_sandbox = one.id if one else ""
        elif one is None:
            self.graff.use_sandbox(conversation.id, None)
        else:
            self.graff.use_sandbox(conversation.id, one.id, engine=one.engine)

    def sandbox(self, one: Listed) -> Sandbox:
        """What acts on it; nobody is asked."""
        from grafftui.sandboxes.lasting import Sandbox

        engines = self.graff.sandbox_engines
        return Sandbox(engines.named(one.engine), one.id, engines.log)


def backed_off(wait: float) -> float:
    """Seconds until the next look, after one that nothing came of."""
    return min(LATEST, wait * 2)


def in_words(error: Exception) -> str:
    """What went wrong, and what helps, in a line."""
    hint = getattr(error, "hint", "")
    return f"{error}{f' – {hint}' if hint else ''}"


def cost_of(meter: Mapping[str, Any]) -> int | None:
    """Micro US dollars of what a meter says, billed or not yet; None if it does not say."""
    parts = [meter.get(name) for name in ("billed_so_far_micro_usd", "unbilled_cost_micro_usd")]
    known = [part for part in parts if isinstance(part, int) and not isinstance(part, bool)]
    return sum(known) if known else None
