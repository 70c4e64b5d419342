"""The approval dialog: what would be done, and the keys that answer.

Typing never approves anything. The panel takes the focus only from an idle, empty composer
(the screen sees to that), ignores answers for `GUARD` seconds after it has it, and takes an
answer key only when it stands alone: a second key within `ALONE` seconds means that a person is
typing, and both go to the composer. What counts is when a key was pressed, however late it comes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from grafftui.approvals import Decision, DecisionValue
from grafftui.text import audit
from grafftui.ui.live import Pending
from grafftui.ui.places import home_as_tilde
from grafftui.ui.widgets.command_view import CommandView
from grafftui.ui.widgets.diff_view import DiffView

GUARD: Final = 0.3
"""Seconds during which a panel that has just taken the focus answers to no key (R-42)."""

ALONE: Final = 0.3
"""Seconds in which no other key may follow an answer key for it to count as an answer."""


_FRAME_ROWS: Final = 7
"""Rows of border, question, facts and answers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer, its key and its word."""

    key: str
    word: str
    value: DecisionValue
    with_reason: bool = False


CHOICES: Final = (
    Choice("r", "reject", "decline"),
    Choice("a", "once", "accept"),
    Choice("A", "session", "acceptForSession"),
    Choice("R", "reject, because…", "decline", with_reason=True),
)


class ApprovalPanel(Vertical, can_focus=True, can_focus_children=False):
    """Shows one pending request at a time; hidden when there is none."""

    DEFAULT_CSS = """
    ApprovalPanel { height: auto; display: none; }
    ApprovalPanel.-open { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "Previous answer", show=False, id="approval.previous"),
        Binding("right", "choose(1)", "Next answer", show=False, id="approval.next"),
        Binding("enter", "take", "Give the chosen answer", id="approval.take"),
        Binding("up", "scroll(-1)", "Scroll up", show=False, id="approval.up"),
        Binding("down", "scroll(1)", "Scroll down", show=False, id="approval.down"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="approval.page_up"),
        Binding("pagedown", "scroll(10)", "Page down", show=False, id="approval.page_down"),
        Binding("end", "scroll(1000000)", "To the end", show=False, id="approval.end"),
    ]

    @dataclass
    class Answered(Message):
        """The person decided."""

        pending: Pending
        decision: Decision

    @dataclass
    class ReasonWanted(Message):
        """The person rejects, and wants to say why."""

        pending: Pending

    @dataclass
    class Typed(Message):
        """Keys that were typing, not an answer; they belong to the composer."""

        text: str

    def __init__(self) -> None:
        super().__init__()
        self._pending: Pending | None = None
        self._choice = 0
        self._deaf_until = 0.0
        self._lone_key = ""
        self._lone_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """A question, what it is about, the answers."""
        yield Static(id="question", markup=False)
        yield Static(id="facts", markup=False)
        yield Static(id="choices", markup=False)

    @property
    def pending(self) -> Pending | None:
        """The request on show."""
        return self._pending

    async def show(self, pending: Pending | None, position: int, total: int) -> None:
        """Show a request, the `position`th (from 1) of `total`, or nothing."""
        if pending is not None and pending == self._pending:
            self._ask(pending, position, total)
            return
        self._pending = pending
        self._forget_key()
        self._choice = 0
        self._deaf_until = time.monotonic() + GUARD
        self.set_class(pending is not None, "-open")
        await self.query("DiffView, CommandView").remove()
        if pending is None or self._pending is not pending:  # another one came meanwhile
            return
        self._deaf_until = time.monotonic() + GUARD
        self._ask(pending, position, total)
        await self.mount(_body(pending), before="#choices")
        self._fit()
        self._draw_choices()

    def on_resize(self) -> None:
        """The answers stay in sight, whatever the height."""
        self._fit()

    def _fit(self) -> None:
        """Leave what is asked about the rows that question and answers do not need."""
        room = self.screen.size.height * 6 // 10 - _FRAME_ROWS
        for body in self._bodies():
            body.styles.max_height = max(2, room)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Nothing that was on its way when the focus came may answer."""
        super().watch_has_focus(has_focus)
        self._deaf_until = time.monotonic() + GUARD
        self._choice = 0
        if self.is_mounted:
            self._draw_choices()

    # -- keys ------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Answer keys answer when they stand alone; other characters are typing."""
        early = event.time < self._deaf_until
        if not event.is_printable or event.character is None:
            if self._lone_key or (early and event.key == "enter"):  # neither is an answer
                self._forget_key()
                event.stop()
                event.prevent_default()
            return
        event.stop()
        event.prevent_default()
        character = event.character
        is_answer = any(choice.key == character for choice in CHOICES)
        if is_answer and not self._lone_key and not early:
            self._lone_key = character
            self._lone_timer = self.set_timer(ALONE, self._stood_alone)
            return
        self.post_message(self.Typed(self._lone_key + character))
        self._forget_key()

    def on_paste(self, event: events.Paste) -> None:
        """A paste is never an answer."""
        event.stop()
        self.post_message(self.Typed(self._lone_key + event.text))
        self._forget_key()

    def _stood_alone(self) -> None:
        key, self._lone_key = self._lone_key, ""
        for choice in CHOICES:
            if choice.key == key:
                self._give(choice)

    def _forget_key(self) -> None:
        self._lone_key = ""
        if self._lone_timer is not None:
            self._lone_timer.stop()
            self._lone_timer = None

    # -- answers ---------------------------------------------------------------------------

    def action_choose(self, step: int) -> None:
        """Move along the answers."""
        self._choice = (self._choice + step) % len(CHOICES)
        self._draw_choices()

    def action_take(self) -> None:
        """Give the answer that is marked; it starts at "reject"."""
        self._give(CHOICES[self._choice])

    def action_scroll(self, lines: int) -> None:
        """Scroll what is asked about."""
        for body in self._bodies():
            body.scroll_relative(y=lines, animate=False)

    def _give(self, choice: Choice) -> None:
        pending = self._pending
        if pending is None:
            return
        accepts = choice.value in ("accept", "acceptForSession")
        bodies = self._bodies()
        if accepts and not (bodies and all(body.seen_all for body in bodies)):
            self._draw_choices("there is more: scroll to the end first (end)")
        elif choice.with_reason:
            self.post_message(self.ReasonWanted(pending))
        else:
            self.post_message(self.Answered(pending, Decision(choice.value)))

    def _bodies(self) -> list[DiffView | CommandView]:
        return [*self.query(DiffView), *self.query(CommandView)]

    # -- drawing ---------------------------------------------------------------------------

    def _ask(self, pending: Pending, position: int, total: int) -> None:
        request = pending.request
        question = {
            "command": "Run this command?",
            "edit": "Make this edit?",
            "fetch": "Send this request?",
            "read": "Read outside the workspace?",
            "tool": "Call this tool?",
        }[request.kind]
        count = f"  {position} of {total}" if total > 1 else ""
        self.query_one("#question", Static).update(
            Content.assemble((question, "bold $text-warning"), (count, "$text-muted"))
        )
        place = f"in {audit(home_as_tilde(request.cwd))}"
        facts = [place if request.kind == "command" else audit(request.subject)]
        if request.environment:
            facts.append(" ".join(f"{name}={audit(value)}" for name, value in request.environment))
        if request.description:
            facts.append(f"the model says: {audit(request.description)}")
        self.query_one("#facts", Static).update(Content.styled("\n".join(facts), "$text-muted"))

    def _draw_choices(self, remark: str = "") -> None:
        reach = self.has_focus
        pieces: list[tuple[str, str] | str] = []
        for index, choice in enumerate(CHOICES):
            style = "reverse" if reach and index == self._choice else ""
            pieces += [(f" {choice.key} {choice.word} ", style), " "]
        hint = remark or ("" if reach else "tab to answer")
        pieces.append((hint, "$text-warning" if remark else "$text-muted"))
        self.query_one("#choices", Static).update(Content.assemble(*pieces))


def _body(pending: Pending) -> Widget:
    request = pending.request
    if request.edits:
        return DiffView("".join(edit.diff for edit in request.edits))
    return CommandView(request.command or request.url or request.subject)
