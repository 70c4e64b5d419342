"""The right panel: what commands may do, what was denied, what runs, what is to do, what it costs.

Every line that can be acted on can be chosen; what is done then is the screen's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.agent_drawing import drawn_agents
from grafftui.ui.live import LiveConversation, Pending, Usage
from grafftui.ui.panel_items import AttemptItem, Item
from grafftui.ui.panel_lines import PanelLine, PanelLines
from grafftui.ui.panel_state import PanelState
from grafftui.ui.themes import Signs
from grafftui.ui.widgets.virtual_list import VirtualList

_BAR_CELLS = 12
_TODOS = 20
_BEFORE_LAYOUT = 24
"""Columns as long as it is not known how many there are."""


class SidePanel(VirtualList[PanelLine]):
    """Policy, denials, background, sandboxes, agents, todos, context and cost.

    Args:
        signs: For every state.
        large: Whether it is the one that shows all there is.
    """

    DEFAULT_CSS = """
    SidePanel { width: 1fr; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop what runs in the background", id="panel.stop"),
        Binding("escape", "leave", "Back to the prompt", id="panel.leave"),
    ]

    @dataclass
    class Chosen(Message):
        """An item was chosen, by Enter or a click."""

        item: Item

    @dataclass
    class StopWanted(Message):
        """What the cursor is on is to be stopped."""

        item: Item

    class Left(Message):
        """The person has seen enough."""

    def __init__(self, signs: Signs, *, large: bool = False) -> None:
        super().__init__()
        self._signs = signs
        self._large = large
        self._conversation: LiveConversation | None = None
        self._seen: tuple[object, ...] = ()
        self._state = PanelState()

    # -- what it shows ---------------------------------------------------------------------

    def show(self, conversation: LiveConversation) -> None:
        """Draw `conversation`, if that makes a difference: tokens arrive thirty times a second."""
        usage, agents = replace(conversation.usage), conversation.agents.version
        waiting = [pending.request_id for pending in conversation.pending]
        seen = conversation, conversation.todos, usage, agents, waiting
        if seen != self._seen:
            self._conversation, self._seen = conversation, seen
            self.draw()

    def show_state(self, state: PanelState) -> None:
        """Draw what was found out; until this is called nothing is claimed."""
        self._state = state
        self.draw()  # ages are others by now, whatever else is as it was

    def draw(self) -> None:
        """Put the lines together, and draw them if one is another."""
        lines = self._lines()
        known = self.rows
        if len(lines) == len(known) and all(map(PanelLine.same, lines, known)):
            return
        under = self.highlighted
        place = _place(lines, under.item if under is not None else None)
        self.set_reactive(VirtualList.cursor, self.cursor if place is None else place)
        self.set_rows(lines)

    def drawn(self) -> Content:
        """All of it, whether it is in sight or not."""
        return Content("\n").join(line.content for line in self.rows)

    def _lines(self) -> list[PanelLine]:
        made = PanelLines(self._signs, self._width(), self._large)
        state, current = self._state, self._conversation
        waiting = _kept_in(current.pending) if current is not None else []
        sections = [
            made.held_by(state.foreign) or made.policy(state.policy, state.problem),
            made.denials(waiting, state.attempts),
            made.background(state.background),
            made.sandboxes(state.sandboxes),
        ]
        if current is not None:
            drawn = drawn_agents(current.agents, self._signs, self._width())
            drawn_sections = (drawn, self._todos(current), self._fullness(current.usage))
            sections += [_plain(content) for content in drawn_sections]
        lines: list[PanelLine] = []
        for section in filter(None, sections):
            lines += [PanelLine(Content("")), *section] if lines else section
        return lines

    def _todos(self, conversation: LiveConversation) -> Content:
        todos = conversation.todos
        if not todos:
            return Content("")
        done = sum(todo.get("status") == "completed" for todo in todos)
        head = f"Todos{done:>{self._width() - 7}}/{len(todos)}"
        lines = [Content.styled(head, "bold")]
        lines += [self._todo(todo) for todo in todos[:_TODOS]]
        return Content("\n").join(lines)

    def _todo(self, todo: dict[str, str]) -> Content:
        signs = self._signs
        sign, style = {
            "completed": (signs.done, "$text-success"),
            "in_progress": (signs.running, "$text-accent"),
        }.get(todo.get("status", ""), (signs.pending, "$text-muted"))
        words = one_line(todo.get("content", ""), self._width() - 2)
        return Content.assemble((f"{sign} ", style), words)

    def _fullness(self, usage: Usage) -> Content:
        costs = [
            f"{figures.money(cost)} {what}"
            for cost, what in (
                (usage.turn_cost, "this turn"),
                (usage.conversation_cost, "in all"),
                (usage.day_cost, "today"),
            )
            if cost is not None
        ]
        lines: list[Content] = []
        if not usage.context_tokens:
            lines += [Content.styled("Cost", "bold")] if costs else []
        elif usage.context_window:
            share = min(1.0, usage.context_tokens / usage.context_window)
            head = f"Context{share:>{self._width() - 7}.0%}"
            full = round(share * _BAR_CELLS)
            bar = self._signs.bar_full * full + self._signs.bar_empty * (_BAR_CELLS - full)
            lines += [Content.styled(head, "bold"), Content.styled(bar, "$text-accent")]
        else:
            words = f"Context {figures.tokens(usage.context_tokens)} tokens"
            lines.append(Content.styled(words, "bold"))
        lines += [Content.styled(words, "$text-muted") for words in costs]
        return Content("\n").join(lines)

    def _width(self) -> int:
        """Without the scroll bar, whether there is one or not."""
        return max(12, (self.size.width or _BEFORE_LAYOUT) - 1)

    # -- a list ----------------------------------------------------------------------------

    def render_row(self, row: PanelLine, width: int, selected: bool) -> Content:
        """The line."""
        return row.content

    def is_choosable(self, row: PanelLine) -> bool:
        """Lines that only belong to another are not."""
        return row.item is not None

    def on_resize(self) -> None:
        """Lines are made for a width."""
        self.draw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor stands on something once there is a use for it."""
        super().watch_has_focus(has_focus)
        if has_focus and self.cursor is None:
            self.action_first()

    def point_at_denials(self) -> bool:
        """Put the cursor on what was denied last; whether anything was."""
        for place, line in enumerate(self.rows):
            if isinstance(line.item, AttemptItem):
                self.cursor = place
                return True
        return False

    def action_select(self) -> None:
        """Act on what is under the cursor."""
        line = self.highlighted
        if line is not None and line.item is not None:
            self.post_message(self.Chosen(line.item))

    def action_stop(self) -> None:
        """Stop what is under the cursor."""
        line = self.highlighted
        if line is not None and line.item is not None:
            self.post_message(self.StopWanted(line.item))

    def action_leave(self) -> None:
        """Give the focus back."""
        self.post_message(self.Left())


def _kept_in(pending: list[Pending]) -> list[Pending]:
    """Those about a command that its sandbox keeps from something."""
    return [one for one in pending if one.request.kind == "unsandboxed"]


def _plain(content: Content) -> list[PanelLine]:
    """Lines that cannot be chosen."""
    return [PanelLine(line) for line in content.split("\n")] if content else []


def _place(lines: list[PanelLine], item: Item | None) -> int | None:
    """Where the same item stands now."""
    if item is None:
        return None
    key = _key(item)
    found = (at for at, line in enumerate(lines) if line.item is not None)
    return next((at for at in found if _key(lines[at].item) == key), None)


def _key(item: Item | None) -> object:
    """What an item is about, however it stands."""
    return item.attempt.id if isinstance(item, AttemptItem) else item
