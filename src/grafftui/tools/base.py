"""What a tool is: it prepares a call, which says exactly what would be done, and then does it.

`prepare` looks and validates and changes nothing. What needs a yes carries a `Request`; the
turn loop gets that answered and only then calls `execute`, which does what was prepared, byte
for byte, or refuses because the world has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from grafftui.approvals import Confinement, Decision, Denial, Question, Reply, Request
from grafftui.cancellation import Cancellation
from grafftui.events import Category, Json

if TYPE_CHECKING:
    from subprocess import Popen

    from pydantic import BaseModel

    from grafftui.tools.assignment import Assignment
    from grafftui.tools.background_commands import BackgroundCommands
    from grafftui.tools.read_log import ReadLog
    from grafftui.tools.snapshots import Snapshots
    from grafftui.tools.todos import TodoList
    from grafftui.tools.workspace import Workspace

Change = Literal["created", "modified", "removed", "restored"]


class ToolFailure(Exception):
    """A call that could not be done. The message is written for the model: what, where, what to do.

    Only this counts towards the limit of failures in a turn; a command that ran and returned
    non-zero is a `ToolResult` with `is_error`, because the tool itself did its work.
    """


class AllRejected(ToolFailure):
    """The person left nothing of an edit: no failure of the tool's, but a refusal in parts."""


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """How much a tool takes in and gives back. Defaults and names: CodeGraff's configuration keys.

    Attributes:
        max_read_lines: Lines one `read` returns.
        max_line_chars: Characters of a line before it is cut.
        max_file_size_bytes: Largest file that is read or edited at all.
        max_image_size_bytes: Largest image or PDF that is handed to the model.
        max_search_lines: Lines one `fs_search` returns.
        max_search_result_bytes: Bytes one `fs_search` returns.
        max_fetch_chars: Characters of a page before the rest goes to a file.
        max_stdout_prefix_lines: First lines kept of each output stream of a command.
        max_stdout_suffix_lines: Last lines kept of each output stream of a command.
        max_stdout_line_chars: Characters of an output line before it is cut.
        tool_timeout_secs: Seconds after which a command is ended.
    """

    max_read_lines: int = 2_000
    max_line_chars: int = 2_000
    max_file_size_bytes: int = 104_857_600
    max_image_size_bytes: int = 262_144
    max_search_lines: int = 1_000
    max_search_result_bytes: int = 10_240
    max_fetch_chars: int = 50_000
    max_stdout_prefix_lines: int = 100
    max_stdout_suffix_lines: int = 100
    max_stdout_line_chars: int = 500
    tool_timeout_secs: float = 300.0


class Confiner(Protocol):
    """Holds a conversation's commands, with the kernel's help."""

    def confinement(self) -> Confinement | None:
        """What a command is held to now; None when nothing could be proven, or nothing shall."""
        ...

    def spawn(
        self,
        argv: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        confinement: Confinement,
    ) -> Popen[bytes]:
        """Start a command held so: no input, both outputs piped unbuffered, its own session.

        Raises:
            OSError: It cannot be started.
        """
        ...

    def denial(self, output: bytes, code: int | None, confinement: Confinement) -> Denial | None:
        """What a command that ended with `code` was kept from, told by the end of its output."""
        ...

    def watch(self, confinement: Confinement) -> Callable[[], Sequence[str]]:
        """Look at what no command should change; the function says, afterwards, what has."""
        ...


class Instructive(Protocol):
    """A skill, as far as a tool sees it."""

    @property
    def name(self) -> str:
        """What the model asks for it by."""
        ...

    @property
    def instructions(self) -> str:
        """What it says."""
        ...

    @property
    def files(self) -> tuple[str, ...]:
        """Absolute paths of what lies beside it."""
        ...

    @property
    def folder(self) -> str:
        """The person's folder it stands in; "" for one of the workspace, or of our own."""
        ...


@dataclass(slots=True)
class ToolContext:
    """What a call may touch. One per turn; everything in it belongs to one conversation.

    Attributes:
        workspace: Where files live, and what is off limits.
        conversation_id: Whose turn it is; of a sub-agent's, the person's conversation.
        cancellation: The turn's stop signal.
        limits: How much goes in and out.
        snapshots: Copies of files as they were before an edit.
        reads: Which files the model has seen.
        todos: The conversation's list.
        shell_output_dir: Private directory for output too long to hand over whole. What lies
            in it may be read without asking.
        confiner: Holds commands; None where nothing does.
        background: The commands that run in the background.
        skills: Gives the skills there are, by name; reads them anew.
        loaded_skills: Real paths of the person's folders whose skills the model has loaded.
            What lies in them may be read without asking, unless a rule forbids it.
        progress: Called with pieces of a running command's output; at most about 20 a second.
        process_started: Called with the process group id of a command that has just started.
    """

    workspace: Workspace
    conversation_id: str
    cancellation: Cancellation
    limits: ToolLimits
    snapshots: Snapshots
    reads: ReadLog
    todos: TodoList
    shell_output_dir: Path
    background: BackgroundCommands
    confiner: Confiner | None = None
    skills: Callable[[], Mapping[str, Instructive]] = dict
    loaded_skills: set[Path] = field(default_factory=set)
    progress: Callable[[str], None] = lambda text: None
    process_started: Callable[[int], None] = lambda pid: None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is now different.

    Attributes:
        path: As shown: relative inside the workspace, absolute outside.
        change: What happened to it.
        diff: Unified diff.
        added: Lines added.
        removed: Lines removed.
        executor: Where it is: "local", or a sandbox; `Request.executor`.
    """

    path: str
    change: Change
    diff: str
    added: int
    removed: int
    executor: str = "local"


@dataclass(slots=True)
class ToolResult:
    """What a call gave.

    Attributes:
        text: What the model gets, as one text value.
        is_error: Whether that is bad news (an exit code other than 0, for example).
        output: What the person is shown besides, or None.
        changes: Files that are now different.
        todos: The whole list when it changed, each `{id, content, status}`.
        values: Wire values besides the text, for example `{"image": {"url", "mime_type"}}`.
        warnings: What the person should know at once, a sentence each.
        denied: What the sandbox kept the command from, when that seems to be why it failed.
        title: What a call that had no title did, in a few words.
    """

    text: str
    is_error: bool = False
    output: str | None = None
    changes: list[FileChange] = field(default_factory=list)
    todos: list[dict[str, str]] | None = None
    values: list[Json] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    denied: Denial | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call that can be done.

    Attributes:
        title: First words of the line a person sees; "" for none before it is done.
        sub_title: What it acts on.
        executor: Where it is done: "local", or a sandbox; `Request.executor`.
        category: As in the `ToolInput` event.
        proposed: Path of each text file an edit would leave → the whole text it would have.
        revise: Makes the call that a person has changed: other hunks, another text. Raises
            `ToolFailure` when the changes cannot be meant.
        widen: Makes the call that runs a command again under a wider confinement.
        question: What the person is asked, whose answer is all that the call does.
        replied: Makes the call that has the answer.
        assignments: What other agents are to do, which is all that the call does.
        request: What has to be approved first; None for what needs no approval (reading and
            searching inside the workspace, todos).
        execute: Does it. Raises `ToolFailure` when it cannot be done after all, `AbortedError`
            when the turn is interrupted.
    """

    title: str
    sub_title: str | None
    execute: Callable[[ToolContext], ToolResult]
    request: Request | None = None
    executor: str = "local"
    category: Category = "debug"
    proposed: Mapping[str, str] = field(default_factory=dict)
    revise: Callable[[Decision], PreparedCall] | None = None
    widen: Callable[[Denial], PreparedCall] | None = None
    question: Question | None = None
    replied: Callable[[Reply], PreparedCall] | None = None
    assignments: tuple[Assignment, ...] = ()


class Tool(Protocol):
    """Something the model can call. Without state of its own.

    Attributes:
        name: How the model calls it.
        description: What the model is told about it.
        arguments: The model of its arguments.
    """

    name: str
    description: str
    arguments: type[BaseModel]

    def prepare(self, arguments: Any, context: ToolContext) -> PreparedCall:
        """The call with these (already validated) `arguments`. Changes nothing.

        Raises:
            ToolFailure: It cannot be done.
        """
        ...


class ForeignTool(Protocol):
    """Something the model can call that is not ours, nor are its arguments.

    Attributes:
        name: How the model calls it.
        other_names: How else it may.
        description: What the model is told about it.
        parameters: JSON Schema of its arguments. They are not checked here.
    """

    name: str
    other_names: tuple[str, ...]
    description: str
    parameters: dict[str, Any]

    def prepare(self, arguments: dict[str, Any], context: ToolContext) -> PreparedCall:
        """As `Tool.prepare`."""
        ...


def error_result(name: str, cause: str) -> ToolResult:
    """How a failed call of the tool `name` is told to the model."""
    cause = cause.replace("]]>", "]]]]><![CDATA[>")
    return ToolResult(
        "<tool_call_error>\n"
        f"<cause><![CDATA[{cause}]]></cause>\n"
        f"<reflection>Work out why {name} failed before calling it again; "
        "the same call will fail the same way.</reflection>\n"
        "</tool_call_error>",
        is_error=True,
    )


def element(name: str, attributes: Mapping[str, object], lines: Sequence[str] = ()) -> str:
    """`lines` wrapped in a tag, as results are: attribute values escaped, the content as it is."""
    shown = "".join(f' {key}="{_escaped(str(value))}"' for key, value in attributes.items())
    if not lines:
        return f"<{name}{shown}/>"
    return "\n".join((f"<{name}{shown}>", *lines, f"</{name}>"))


def _escaped(value: str) -> str:
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return value.replace("\r", "&#13;").replace("\n", "&#10;")
