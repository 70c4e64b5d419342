"""How servers stand, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grafftui.mcp.config import Server
from grafftui.mcp.definition import in_words
from grafftui.trust.changes import compared

State = Literal["disabled", "stopped", "starting", "ready", "failed"]

Standing = Literal["approved", "new", "changed"]
"""Of a tool: as it was approved, never approved, or another than was approved."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a server stands.

    Attributes:
        server: Which.
        state: How.
        since: Unix seconds since when; 0 for what never began.
        error: What went wrong last, or "".
        tools: How many tools it has.
        waiting: How many of them have to be approved before a model is told of them.
        left_out: Which it has that cannot be used, and why.
    """

    server: Server
    state: State
    since: float = 0.0
    error: str = ""
    tools: int = 0
    waiting: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolStanding:
    """A tool of a server, and whether a model is told of it.

    Attributes:
        name: What the server calls it.
        called: What a model calls it.
        description: What it says it does: the server's words.
        standing: Whether it is approved.
        text: All the server says of it, as JSON.
        approved_text: The same when it was approved; "" if it never was.
    """

    name: str
    called: str
    description: str
    standing: Standing
    text: str
    approved_text: str = ""

    @property
    def words(self) -> str:
        """All the server says of it, to be read. Its own text, controls and all: audit it."""
        return in_words(self.text)

    @property
    def difference(self) -> str:
        """How that differs from what was approved, as lines of a diff; "" if it does not."""
        if self.standing != "changed":
            return ""
        lines = compared(in_words(self.approved_text), self.words, "as approved", "as it is now")
        return "\n".join(lines)
