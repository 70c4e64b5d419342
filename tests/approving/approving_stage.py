"""Requests put before the screen as the core would put them, and what is answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from grafftui.approvals import (
    Ask,
    Confinement,
    Decision,
    FileEdit,
    Mode,
    Offer,
    Part,
    Request,
)
from grafftui.core.local_policy import LocalPolicy
from grafftui.sandboxes import Proof
from grafftui.tools.diffs import unified
from grafftui.trust import Contents, Nothing, State
from grafftui.ui.live import LiveConversation, Pending
from grafftui.ui.widgets.approval.guarded import GuardedPanel
from session.session_stage import Session

HELD = Confinement("bubblewrap", "workspace-write")
COMMAND = "git status && rm -rf build && npm test -- Header"
PARTS = (
    Part("git status", ("git", "status"), "allowed", "git status, always"),
    Part("rm -rf build", ("rm", "-rf", "build"), "dangerous", "",
         ("would remove 812 files, 3.1 MB",)),
    Part("npm test -- Header", ("npm", "test", "--", "Header"), "new"),
)  # fmt: skip
OFFERS = (
    Offer("times", "npm test with any arguments, in ~/shop"),
    Offer("minutes", "npm test with any arguments, in ~/shop"),
    Offer("session", "npm test with any arguments, in ~/shop"),
    Offer("project", "npm test with any arguments, in ~/shop"),
    Offer("always", "npm test with any arguments, anywhere"),
)
MATCHING = ("npm test", "npm test -- Footer", "npm test -- --watch")
COMPOUND = Ask(("not all of it is allowed",), PARTS, OFFERS, MATCHING)

BEFORE = "".join(f"line {number}\n" for number in range(1, 61))
AFTER = (
    BEFORE.replace("line 2\n", "line two\n")
    .replace("line 30\n", "")
    .replace("line 58\n", "line 58\nline 58 and a half\n")
)
EDITED = "/code/shop/prices.txt"

_numbers = iter(range(1, 1_000_000))


def pending(request: Request, question: Ask | None = None) -> Pending:
    """As `ApprovalRequested` brings it."""
    wire = question.to_wire() if question is not None else {}
    return Pending(f"request-{next(_numbers)}", request, wire, time.monotonic())


def command(text: str = COMMAND, **more: Any) -> Request:
    """A request to run something in the sandbox."""
    known: dict[str, Any] = {"kind": "command", "confinement": HELD, "cwd": "/code/shop"}
    return Request(tool="shell", subject=text, command=text, **(known | more))


def edit(before: str = BEFORE, after: str = AFTER, path: str = EDITED) -> Request:
    """A request to change a file; three hunks by default."""
    diff = unified(before, after, path.rpartition("/")[2], created=False, removed=False)
    changed = FileEdit(path, "0" * 64, "1" * 64, diff.text)
    return Request("edit", "patch", path, "/code/shop", edits=(changed,))


def a_policy(**more: Any) -> LocalPolicy:
    """What commands may do: by default nothing holds them, and why not is to be said."""
    known: dict[str, Any] = {
        "mode": "ask", "meaning": "every edit and command asks", "held": False, "why_not": "",
        "writes": (), "protects": False, "network": True, "masked": (), "rules": (),
        "proof": Proof(None, "nothing was tried"), "broken": "", "grants": 0, "trust": "nothing",
    }  # fmt: skip
    return LocalPolicy(**(known | more))


def a_held_policy(**more: Any) -> LocalPolicy:
    """What a proven sandbox lets them do."""
    proof = Proof("bubblewrap", "bubblewrap holds commands", at=time.time() - 180)
    known: dict[str, Any] = {
        "held": True, "writes": ("/code/shop",), "protects": True, "network": False, "proof": proof,
    }  # fmt: skip
    return a_policy(**(known | more))


SESSION_OFFER = Ask((), (), (Offer("session", "changes to files in ~/shop"),))


@dataclass
class Core:
    """What the core says about approvals, said by hand."""

    modes: dict[str | None, Mode] = field(default_factory=dict)
    held: LocalPolicy = field(default_factory=lambda: a_policy(why_not="nothing was tried"))
    granted: list[Any] = field(default_factory=list)
    ruled: list[Any] = field(default_factory=list)
    denied: list[Any] = field(default_factory=list)
    folder: State = field(default_factory=lambda: Nothing(Contents("/code/shop", "1:2", (), ())))
    trusted: list[Contents] = field(default_factory=list)

    def mode(self, conversation_id: str | None) -> Mode:
        return self.modes.get(conversation_id, "ask")

    def set_mode(self, mode: Mode, conversation_id: str) -> None:
        self.modes[conversation_id] = mode

    def local_policy(self, mode: Mode, conversation_id: str | None) -> LocalPolicy:
        return self.held

    def attempts(self, conversation_id: str) -> Sequence[Any]:
        return self.denied

    def grant_attempt(self, conversation_id: str, attempt: Any, scope: Any) -> None:
        self.denied = [one for one in self.denied if one is not attempt]

    def grants(self) -> Sequence[Any]:
        return self.granted

    def rules(self) -> Sequence[Any]:
        return self.ruled

    def revoke(self, grant_id: str) -> bool:
        before = len(self.granted)
        self.granted = [grant for grant in self.granted if grant.id != grant_id]
        return len(self.granted) < before

    def trust_state(self) -> State:
        return self.folder

    def trust(self, seen: Contents) -> None:
        self.trusted.append(seen)
        self.folder = Nothing(seen)


@dataclass
class Stage:
    """A session, the requests put to it, and what came back."""

    session: Session
    core: Core
    answers: list[tuple[Pending, Decision]] = field(default_factory=list)

    @property
    def screen(self) -> Any:
        return self.session.screen

    @property
    def top(self) -> Any:
        """The screen on top."""
        return self.session.app.screen

    async def ask(self, *asked: Pending, of: LiveConversation | None = None) -> None:
        """Requests come, in the conversation on screen or in another."""
        conversation = of or self.session.current
        conversation.pending += asked
        conversation.phase = "waiting"
        await self.screen.show_request()
        await self.session.pilot.pause()

    def another(self, title: str) -> LiveConversation:
        """A conversation that is not on screen."""
        live = LiveConversation(id=f"id of {title}", title=title)
        self.session.desk._live[f"id of {title}"] = live
        return live

    async def listening(self) -> GuardedPanel:
        """The panel on top has the focus, and its guard is over."""
        await self.session.pilot.pause()
        panels = list(self.top.query("ApprovalPanel.-open, TrustPanel.-open").results(GuardedPanel))
        panel = next((one for one in panels if one.has_focus), panels[0])
        panel.focus()
        await self.session.pilot.pause()
        await self.session.until(lambda: panel.has_focus)
        panel._deaf_until = panel._last_key_at = 0.0
        return panel

    async def press(self, *keys: str) -> None:
        """Keys that are pressed one by one, each for itself."""
        for key in keys:
            panel = await self.listening()
            await self.session.pilot.press(key)
            await self.session.until(lambda panel=panel: not panel._held, f"{key} is held")
            await self.session.pilot.pause()

    def answered(self, pending: Pending, decision: Decision) -> bool:
        """In place of the desk's."""
        waiting = {one.request_id for _, one in self.session.desk.waiting}
        if pending.request_id not in waiting:
            return False
        self.answers.append((pending, decision))
        for live, one in self.session.desk.waiting:
            if one.request_id == pending.request_id:
                live.pending.remove(one)
        self.screen.run_worker(self.screen.show_request())
        return True

    @property
    def decision(self) -> Decision:
        """The only one there is."""
        ((_, decision),) = self.answers
        return decision

    async def until_decided(self) -> Decision:
        await self.session.until(lambda: self.answers, "nothing was decided")
        await self.session.pilot.pause()
        return self.decision


async def staged(session: Session, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Take the answers and the core over."""
    await session.pilot.pause()
    names = ("_core_opened",)  # it asks the real core
    workers = session.app.workers
    await session.until(lambda: not any(worker.name in names for worker in workers))
    stage = Stage(session, Core())
    monkeypatch.setattr(session.desk, "answer", stage.answered)
    session.screen._approvals = stage.core
    return stage
