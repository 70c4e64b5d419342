"""A request: a value that says exactly what would be done, and its hash.

A tool builds the request and keeps what it would do beside it; at the moment of doing it
compares the two. Nothing is rebuilt between the question and the act.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

RequestKind = Literal["command", "edit", "read", "fetch", "tool"]
DecisionValue = Literal["accept", "acceptForSession", "decline", "cancel"]
"""`cancel` declines and stops the turn. On the wire as in the Codex SDKs."""


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
        executor: Where: "local", or a sandbox's id. A yes for one is none for another.
        command: The exact shell text, for commands.
        argv: The exact arguments the process gets, for commands.
        environment: Variables set besides the fixed ones, sorted by name.
        timeout: Seconds after which a command is ended, or None.
        edits: The exact edits, for edits.
        url: The exact address, for fetches.
        description: The model's own words about it. Shown as such, never as ours.
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
    description: str = ""

    def digest(self) -> str:
        """SHA-256 of everything above: two requests with one digest do the same thing."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def grant_key(self) -> str:
        """What an `acceptForSession` covers.

        For a command: the same text, directory, executor and environment (so it may run
        again). For a fetch the address. For edits, any edit by a tool in the same workspace;
        a yes to changing files is none to removing them.
        """
        same: dict[str, Any] = {"kind": self.kind, "cwd": self.cwd, "executor": self.executor}
        if self.kind == "command":
            same |= {"argv": self.argv, "environment": self.environment}
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
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request.

    Attributes:
        value: What was decided.
        reason: Goes to the model when declined; may be "".
        by: "person", "policy", "script" or "nobody" (nobody there to ask).
    """

    value: DecisionValue
    reason: str = ""
    by: str = "person"

    @property
    def accepted(self) -> bool:
        """Whether the tool may act."""
        return self.value in ("accept", "acceptForSession")
