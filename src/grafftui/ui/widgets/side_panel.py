"""The right panel: how commands are confined, what is to do, how full the context is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.content import Content
from textual.widget import Widget

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.agent_drawing import drawn_agents
from grafftui.ui.live import LiveConversation, Usage
from grafftui.ui.themes import Signs

_BAR_CELLS = 12
_DENIALS = 3
"""How many of the last denials are named."""


@dataclass(frozen=True, slots=True)
class SandboxState:
    """How commands are held now.

    Attributes:
        proven: Whether that was shown to hold, on this machine, by trying to break it.
        words: What it allows, when proven: "workspace-write"; else why nothing is held.
        engine: What holds them: "bubblewrap", "landlock"; "" for nothing.
        network: Whether commands reach any network.
    """

    proven: bool
    words: str
    engine: str = ""
    network: bool = False


class SidePanel(Widget):
    """Sandbox, agents, todos, context and cost of the conversation on screen."""

    DEFAULT_CSS = """
    SidePanel { width: 1fr; height: 1fr; }
    """

    def __init__(self, signs: Signs) -> None:
        super().__init__()
        self._signs = signs
        self._conversation: LiveConversation | None = None
        self._seen: tuple[object, ...] = ()
        self._state: SandboxState | None = None
        self._background = 0

    def show(self, conversation: LiveConversation) -> None:
        """Draw `conversation`, if that makes a difference: tokens arrive thirty times a second."""
        usage, denials = replace(conversation.usage), len(conversation.denials)
        agents = conversation.agents.version
        seen = conversation, conversation.todos, usage, denials, agents
        if seen != self._seen:
            self._conversation, self._seen = conversation, seen
            self.refresh()

    def show_sandbox(self, state: SandboxState) -> None:
        """Draw how commands are held; until this is called nothing is claimed."""
        if state != self._state:
            self._state = state
            self.refresh()

    def show_background(self, running: int) -> None:
        """Draw how many commands run in the background."""
        if running != self._background:
            self._background = running
            self.refresh()

    def render(self) -> Content:
        """The sections, one under the other."""
        sections = [self._sandbox()]
        if self._conversation is not None:
            current = self._conversation
            agents = drawn_agents(current.agents, self._signs, self._width())
            sections += [agents, self._todos(current), self._fullness(current.usage)]
        return Content("\n\n").join(section for section in sections if section)

    def _sandbox(self) -> Content:
        lines = [self._held()]
        proven = self._state is not None and self._state.proven
        if denials := self._conversation.denials if self._conversation and proven else []:
            lines.append(Content.styled(f"{len(denials)} denied", "$text-warning"))
            last = (one_line(words, 2 * self._room()) for words in denials[-_DENIALS:])
            lines += [Content.styled(words, "$text-muted") for words in last]
        if self._background:
            lines.append(Content(f"{self._background} in the background"))
        return Content("\n").join(lines)

    def _held(self) -> Content:
        """Green only for what was proven."""
        state, room = self._state, self._room()
        if state is None:
            return self._no_sandbox("$text-warning", "every command asks")
        if not state.proven:
            return self._no_sandbox("bold $text-error", one_line(state.words, 4 * room))
        held = f"{self._signs.done} {one_line(state.words, room)}"
        network = ("on", "$text-warning") if state.network else ("off", "$text-success")
        lines = [
            Content.styled("Sandbox", "bold"),
            Content.styled(held, "$text-success"),
            Content.assemble("network ", network),
            Content.styled(one_line(state.engine, room), "$text-muted"),
        ]
        return Content("\n").join(lines)

    def _no_sandbox(self, style: str, why: str) -> Content:
        badge = (f"\n{self._signs.failed} none", style)
        return Content.assemble(("Sandbox", "bold"), badge, (f"\n{why}", "$text-muted"))

    def _todos(self, conversation: LiveConversation) -> Content:
        todos = conversation.todos
        if not todos:
            return Content("")
        done = sum(todo.get("status") == "completed" for todo in todos)
        head = f"Todos{done:>{self._width() - 7}}/{len(todos)}"
        lines = [Content.styled(head, "bold")]
        lines += [self._todo(todo) for todo in todos[:20]]
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

    def _room(self) -> int:
        return self._width() - 2

    def _width(self) -> int:
        return max(12, self.content_size.width)
