"""A request: a value that says exactly what would be done, and its hash.

A tool builds the request and keeps what it would do beside it; at the moment of doing it
compares the two. Nothing is rebuilt between the question and the act.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

RequestKind = Literal["command", "edit", "read", "fetch", "tool", "unsandboxed"]
"""`unsandboxed` is a command that wants out of its sandbox, or more than the sandbox gives."""

SANDBOX: Final = "sandbox:"
"""What `Request.executor` begins with where that is a lasting sandbox: `sandbox:engine:id`."""

WHY_ASK: Final[dict[RequestKind, str]] = {
    "command": "runs a command",
    "edit": "changes files",
    "read": "reads outside the workspace",
    "fetch": "sends a request to the network",
    "tool": "is not covered by any rule",
    "unsandboxed": "would not be held by the sandbox",
}
"""Why it is asked where there is nothing more to say than what kind of request it is."""

DecisionValue = Literal["accept", "acceptForSession", "decline", "cancel"]
"""`cancel` declines and stops the turn. On the wire as in the Codex SDKs."""

Scope = Literal["once", "times", "minutes", "session", "project", "always"]
"""How far a yes reaches: this act, so many more like it, so many minutes, the conversation's
session, every session in this workspace, every workspace."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the kernel holds a command to; there is one only where that was proven.

    Attributes:
        engine: What does it: "bubblewrap" or "landlock".
        mode: Whether it may write in the workspace.
        network: Whether it reaches any network.
        writable: Absolute directories besides the workspace in which it may write.
    """

    engine: str
    mode: Literal["read-only", "workspace-write"]
    network: bool = False
    writable: tuple[str, ...] = ()

    @property
    def carves(self) -> bool:
        """Whether it keeps files that decide what programs do from being written in the workspace.

        Landlock cannot: what may be written may be written all through.
        """
        return self.engine != "landlock"

    def in_words(self) -> str:
        """`workspace-write, network off (bubblewrap)`."""
        also = "".join(f", also {root}" for root in self.writable)
        return f"{self.mode}{also}, network {'on' if self.network else 'off'} ({self.engine})"


@dataclass(frozen=True, slots=True)
class Denial:
    """What a sandbox kept a command from.

    Attributes:
        words: Which rule denied what: "network is off: pypi.org could not be resolved".
        grant: The confinement, otherwise the same, under which it would have passed; None when
            only no confinement at all would do.
    """

    words: str
    grant: Confinement | None


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file as it would be written.

    Attributes:
        path: Absolute path.
        before_sha256: Hash of the content the diff was made from; None when there is no file.
        after_sha256: Hash of the content that would stand there; None when it is removed.
        diff: Unified diff, as shown.
    """

    path: str
    before_sha256: str | None
    after_sha256: str | None
    diff: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a tool wants to do.

    Attributes:
        kind: What sort of act it is.
        tool: Name of the tool that asks.
        subject: The act in one line: the command, the path, the URL.
        cwd: Real path of the directory it happens in.
        executor: Where: "local", `sandbox:engine:id`, or `mcp:` and a server. A yes for one is
            none for another.
        command: The exact shell text, for commands.
        argv: The exact arguments the process gets, for commands.
        environment: Variables set besides the fixed ones, sorted by name.
        timeout: Seconds after which a command is ended, or None.
        edits: The exact edits, for edits.
        url: The exact address, for fetches.
        confinement: What the kernel will hold the command to; None for nothing.
        because: Why it goes beyond the ordinary, in our words; "" when it does not.
        description: The model's own words about it. Shown as such, never as ours.
        agent: Who wants it: the title of a sub-agent; "" for the conversation's own agent.
    """

    kind: RequestKind
    tool: str
    subject: str
    cwd: str
    executor: str = "local"
    command: str = ""
    argv: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    edits: tuple[FileEdit, ...] = ()
    url: str = ""
    confinement: Confinement | None = None
    because: str = ""
    description: str = ""
    agent: str = ""

    @property
    def in_sandbox(self) -> bool:
        """Whether it would happen in a lasting sandbox, which holds none of the person's files."""
        return self.executor.startswith(SANDBOX)

    def digest(self) -> str:
        """SHA-256 of all but `agent`: two requests with one digest do the same thing."""
        done = {name: value for name, value in asdict(self).items() if name != "agent"}
        text = json.dumps(done, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def grant_key(self) -> str:
        """What an `acceptForSession` covers.

        For a command: the same text, directory, executor and environment (so it may run
        again). For a fetch the address. For edits, any edit by a tool in the same workspace;
        a yes to changing files is none to removing them.
        """
        same: dict[str, Any] = {"kind": self.kind, "cwd": self.cwd, "executor": self.executor}
        if self.kind in ("command", "unsandboxed"):
            held = asdict(self.confinement) if self.confinement else None
            same |= {"argv": self.argv, "environment": self.environment, "confinement": held}
        elif self.kind == "fetch":
            same["url"] = self.url
        elif self.kind == "edit":
            same["removes"] = any(edit.after_sha256 is None for edit in self.edits)
        else:
            same |= {"tool": self.tool, "subject": self.subject}
        text = json.dumps(same, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_wire(self) -> dict[str, Any]:
        """JSON for the event and the history, with the digest."""
        return {**asdict(self), "digest": self.digest()}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Request:
        """The request in `wire`, equal to the one it was made from."""
        known = {name: wire[name] for name in cls.__slots__ if name in wire}
        known["argv"] = tuple(known.get("argv", ()))
        known["environment"] = tuple((n, v) for n, v in known.get("environment", ()))
        known["edits"] = tuple(FileEdit(**edit) for edit in known.get("edits", ()))
        if held := known.get("confinement"):
            known["confinement"] = Confinement(**{**held, "writable": tuple(held["writable"])})
        return cls(**known)


@dataclass(frozen=True, slots=True)
class HunkChoice:
    """What the person wants done with one hunk of a proposed edit.

    Attributes:
        path: Path of the `FileEdit`.
        number: 0, 1, … as the hunks stand in its diff.
        keep: Whether the hunk is made at all.
        lines: The lines to put in place of the hunk's new side (its unchanged and its added
            lines), without line ends; None for those proposed.
    """

    path: str
    number: int
    keep: bool
    lines: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request.

    Attributes:
        value: What was decided.
        reason: Goes to the model when declined, or when a part was; may be "".
        by: "person", "policy", "script" or "nobody" (nobody there to ask).
        scope: How far an `acceptForSession` reaches.
        times: For the scope "times": how many more.
        minutes: For the scope "minutes".
        hunks: For edits: what differs from making every hunk as proposed.
        contents: For edits: `(path, whole text)` of files the person rewrote.
    """

    value: DecisionValue
    reason: str = ""
    by: str = "person"
    scope: Scope = "session"
    times: int = 3
    minutes: int = 15
    hunks: tuple[HunkChoice, ...] = ()
    contents: tuple[tuple[str, str], ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the tool may act."""
        return self.value in ("accept", "acceptForSession")
