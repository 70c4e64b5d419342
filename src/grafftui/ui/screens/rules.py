"""What is allowed or forbidden beforehand: grants, which can be taken back, and rules."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.text.auditing import audit
from grafftui.ui import figures
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.approvals.grants import Grant
    from grafftui.approvals.rules import Rule
    from grafftui.ui.widgets.approval.core import ApprovalCore

_SCOPE_COLUMN = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: a grant, or a rule."""

    grant: Grant | None
    rule: Rule | None


class RuleList(VirtualList[Entry]):
    """Grants first, then rules."""

    def render_row(self, row: Entry, width: int, selected: bool) -> Content:
        """`session      git status with any arguments                    9 min`."""
        left, words, right = _columns(row)
        style = {"deny": "$text-error", "always": "$text-warning"}.get(left, "$text-muted")
        room = max(8, width - _SCOPE_COLUMN - len(right) - 3)
        shown = Content(one_line(audit(words), room))
        gap = " " * max(1, width - _SCOPE_COLUMN - shown.cell_length - len(right) - 2)
        return Content.assemble(
            (f" {left:<{_SCOPE_COLUMN}}", style), shown, gap, (right, "$text-muted"), " "
        )


def _columns(entry: Entry) -> tuple[str, str, str]:
    """How far it reaches, what it is about, what is left of it."""
    if entry.grant is not None:
        return entry.grant.scope, entry.grant.words, _left(entry.grant)
    assert entry.rule is not None
    return entry.rule.decision, f"{entry.rule.kind} {entry.rule.pattern}", "rule"


def _left(grant: Grant) -> str:
    """What is left of it: "9 min", "2 more", or "" for as long as it is not taken back."""
    if grant.expires_at is not None:
        return figures.seconds(grant.expires_at - time.time())
    return f"{grant.uses_left} more" if grant.uses_left is not None else ""


class RulesScreen(Dialog[None]):
    """Lists the grants and rules of `core`.

    Args:
        core: Has them, and takes grants back.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("approval.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,delete", "revoke", "Take the grant back", id="rules.revoke"),
        Binding("escape", "close", "Close", id="rules.close"),
    ]

    def __init__(self, core: ApprovalCore) -> None:
        super().__init__()
        self._core = core
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, what there is, all of what the cursor is on, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(Content("Rules and grants"), id="title")
            yield RuleList()
            yield Static(id="whole", markup=False)
            yield Static(Content("d take back   esc close"), id="hint")

    async def on_mount(self) -> None:
        """Ask for them."""
        self.query_one(RuleList).focus()
        await self._load()

    async def _load(self) -> None:
        try:
            grants = await asyncio.to_thread(self._core.grants)
            rules = await asyncio.to_thread(self._core.rules)
        except GrafftuiError as error:
            self._say(str(error))
            return
        entries = [Entry(grant, None) for grant in grants if not grant.ended(time.time())]
        entries += [Entry(None, rule) for rule in rules]
        listed = self.query_one(RuleList)
        listed.set_rows(entries)
        if entries and listed.cursor is None:
            listed.cursor = 0
        self._tick_while(any(one.grant and one.grant.expires_at for one in entries))
        self._show_whole()

    def _tick_while(self, timed: bool) -> None:
        """Once a second, as long as this is open and there is a countdown."""
        if timed and self._ticking is None:
            self._ticking = self.set_interval(1.0, self._tick)
        elif not timed and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    async def _tick(self) -> None:
        listed = self.query_one(RuleList)
        now = time.time()
        if any(row.grant is not None and row.grant.ended(now) for row in listed.rows):
            await self._load()
        for index, row in enumerate(listed.rows):
            if row.grant is not None and row.grant.expires_at is not None:
                listed.refresh_row(index)

    def on_virtual_list_highlighted(self) -> None:
        """Another line: show all of it."""
        self._show_whole()

    def _show_whole(self) -> None:
        entry = self.query_one(RuleList).highlighted
        if entry is None:
            self._say("Nothing is allowed beforehand: everything asks.")
        elif entry.rule is not None:
            self._say(str(entry.rule))
        elif entry.grant is not None:
            self._say(_told(entry.grant))

    def _say(self, words: str) -> None:
        self.query_one("#whole", Static).update(Content.styled(audit(words), "$text-muted"))

    async def action_revoke(self) -> None:
        """Take back the grant under the cursor."""
        entry = self.query_one(RuleList).highlighted
        if entry is None:
            return
        if entry.grant is None:
            self._say("A rule is taken back in the file it stands in.")
            return
        try:
            await asyncio.to_thread(self._core.revoke, entry.grant.id)
        except GrafftuiError as error:
            self._say(str(error))
            return
        await self._load()

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)


def _told(grant: Grant) -> str:
    """All of a grant in words."""
    given = figures.age(time.time() - grant.created_at)
    whose = "one conversation" if grant.conversation_id else grant.workspace or "every folder"
    return f"{grant.words} – given {given}, for {whose}"
