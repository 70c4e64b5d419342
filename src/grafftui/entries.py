"""Entries: what a person sees as one block of the transcript, and how they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

EntryKind = Literal["prompt", "answer", "reasoning", "tool", "notice", "compaction"]
EntryState = Literal[
    "running", "waiting", "done", "failed", "declined", "incomplete", "unknown", "rewound"
]
"""`waiting` for a decision; `incomplete`: cut off; `unknown`: the process died while it ran;
`rewound`: its turn was taken back, so it is not shown (given by the history, never folded)."""

_KINDS = frozenset(get_args(EntryKind))
_STATES = frozenset(get_args(EntryState))


class Entry:
    """One block of the transcript. Text grows by pieces without being copied each time.

    Attributes:
        kind: What the block is.
        state: How far it is; see `EntryState`.
        level: "info", "warning" or "error", for notices.
        tool: The tool call, for entries of kind "tool".
        started_at: Unix seconds of the first event, for display only.
        ended_at: Unix seconds of the last event, or None while open.
    """

    __slots__ = ("_pieces", "ended_at", "kind", "level", "started_at", "state", "tool")

    def __init__(
        self,
        kind: EntryKind,
        text: str = "",
        *,
        state: EntryState = "running",
        level: str = "info",
        tool: ToolCard | None = None,
        started_at: float = 0.0,
        ended_at: float | None = None,
    ) -> None:
        self.kind: EntryKind = kind
        self.state: EntryState = state
        self.level = level
        self.tool = tool
        self.started_at = started_at
        self.ended_at = ended_at
        self._pieces = [text] if text else []

    def __repr__(self) -> str:
        return f"Entry({self.kind!r}, {self.text[:40]!r}, state={self.state!r})"

    @property
    def text(self) -> str:
        """The source text: markdown of an answer, words of a prompt, output of a tool."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @text.setter
    def text(self, text: str) -> None:
        self._pieces = [text] if text else []

    def extend(self, text: str) -> None:
        """Append a piece, in constant time."""
        self._pieces.append(text)

    def close(self, state: EntryState, at: float) -> None:
        """Nothing more comes."""
        self.state = state
        self.ended_at = at

    def to_wire(self) -> dict[str, Any]:
        """JSON for the history."""
        wire: dict[str, Any] = {"kind": self.kind, "state": self.state, "text": self.text}
        if self.kind == "notice":
            wire["level"] = self.level
        if self.tool is not None:
            wire["tool"] = self.tool.to_wire()
        wire["started_at"] = self.started_at
        wire["ended_at"] = self.ended_at
        return wire

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Entry:
        """The entry in `wire`; what cannot be read becomes a notice that says so."""
        kind, state = wire.get("kind"), wire.get("state")
        if kind not in _KINDS or state not in _STATES:
            return unreadable_entry(f"kind {kind!r}, state {state!r}")
        tool = wire.get("tool")
        return cls(
            cast(EntryKind, kind),
            str(wire.get("text", "")),
            state=cast(EntryState, state),
            level=str(wire.get("level", "info")),
            tool=ToolCard.from_wire(tool) if isinstance(tool, Mapping) else None,
            started_at=float(wire.get("started_at") or 0.0),
            ended_at=wire.get("ended_at"),
        )


def unreadable_entry(why: str) -> Entry:
    """Stands where the history holds something that cannot be shown."""
    return Entry("notice", f"This entry cannot be read ({why}).", state="done", level="warning")


@dataclass(slots=True)
class ToolCard:
    """A tool call as shown: one line when folded, everything when open.

    Attributes:
        arguments: What the model asked for (a string when it was not valid JSON).
        title: First words of the line, for example "Read".
        subject: What it acts on, for example a path or a command.
        diff: Unified diff of the file it changed, or "".
        request: The approval that was asked for, as `approvals.Request.to_wire()`, or None.
        decision: How that was decided, or "".
        reason: The person's reason for declining, or "".
        conversation: Id of the conversation of the sub-agent that works on it, or "".
        doing: What that does, while it works.
        tokens: What it has used.
        executor: The sandbox it was done in, as `Request.executor`, or "".
    """

    name: str
    call_id: str | None = None
    arguments: Any = None
    title: str = ""
    subject: str = ""
    diff: str = ""
    lines_added: int = 0
    lines_removed: int = 0
    request: dict[str, Any] | None = None
    decision: str = ""
    reason: str = ""
    conversation: str = ""
    doing: str = ""
    tokens: int = 0
    executor: str = ""

    def to_wire(self) -> dict[str, Any]:
        """JSON, without what is empty."""
        wire = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in wire.items() if value not in ("", None, 0)}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> ToolCard:
        """The card in `wire`; unknown keys are ignored."""
        known = {name: wire[name] for name in cls.__slots__ if name in wire}
        return cls(**{"name": "", **known})


@dataclass(frozen=True, slots=True)
class Added:
    """A new entry follows all others."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Extended:
    """`text` was appended to an open entry."""

    entry: Entry
    text: str


@dataclass(frozen=True, slots=True)
class Updated:
    """Something else about an entry changed."""

    entry: Entry


Change = Added | Extended | Updated
