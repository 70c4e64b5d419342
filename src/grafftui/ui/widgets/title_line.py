"""The top line: where we are, and with whom we talk."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from grafftui.text import one_line


class TitleLine(Widget):
    """`grafftui  ~/src/shop · main                     forge · anthropic/claude-…`"""

    DEFAULT_CSS = """
    TitleLine { height: 1; width: 1fr; }
    """

    place: reactive[str] = reactive("")
    """The workspace and its branch."""
    elsewhere: reactive[str] = reactive("")
    """The folder that what is read here belongs to, if it is another."""
    origin: reactive[str] = reactive("")
    """The folder that what is gone on with here was forked from, if it is another."""
    partner: reactive[str] = reactive("")
    """The agent and the model."""

    def render(self) -> Content:
        """One line, the partner at the right end; the place gives way when it is narrow."""
        width = self.size.width - 2
        partner = one_line(self.partner, max(10, width // 2))
        room = width - 10 - len(partner) - 2
        here = f"{self.place} · forked from {self.origin}" if self.origin else self.place
        where = f"{self.elsewhere} · only read here" if self.elsewhere else here
        place = one_line(where, room) if room > 3 else ""
        gap = max(1, width - 8 - 2 - len(place) - len(partner))
        return Content.assemble(
            (" grafftui", "bold $accent"),
            (f"  {place}", "$text-warning" if self.elsewhere else ""),
            " " * gap,
            (partner, "$text-muted"),
        )
