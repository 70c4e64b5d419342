"""Runs a command in bash."""

from __future__ import annotations

import os
import re
import signal
import stat
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from grafftui.approvals import Request
from grafftui.text import for_model
from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element
from grafftui.tools.environment import SHELL, asked_environment, base_environment
from grafftui.tools.output import LineWindow, LivePieces, Spill
from grafftui.tools.path_names import shown_name
from grafftui.tools.process import Command, Ended, run
from grafftui.tools.scripts import scripts_pin

MAX_COMMAND_BYTES = 100_000
"""Linux takes 131,071 bytes in one argument."""

_PIN = "GRAFFTUI_SCRIPTS"
_SHOWN_COMMAND_CHARS = 500


class ShellArguments(BaseModel):
    """What `shell` takes."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field(description="The command, as typed in bash.")
    cwd: str | None = Field(
        default=None, description="Directory to run it in; the workspace if left out."
    )
    keep_ansi: bool = Field(default=False, description="Keep colour codes in the output.")
    env: list[str] = Field(
        default=[], description="Names of further environment variables it needs."
    )
    description: str | None = Field(
        default=None, description="What it is for, in a few words; the person sees this."
    )


class Shell:
    """Runs a command in bash."""

    name = "shell"
    description = (
        "Run a command in bash, in the workspace. It has no terminal and no input: nothing may "
        "ask questions or open an editor or pager. It ends after 300 seconds, and everything it "
        "started ends with it, background processes too. Long output comes with its first and "
        "last 100 lines; the whole of it is in a file you can read. To read, search and change "
        "files use the tools for that."
    )
    arguments = ShellArguments

    def prepare(self, arguments: ShellArguments, context: ToolContext) -> PreparedCall:
        """The call; always needs a yes."""
        text = _checked(arguments.command)
        cwd, identity = _directory(arguments.cwd or ".", context)
        environment = base_environment(os.environ)
        timeout = context.limits.tool_timeout_secs
        added = dict(asked_environment(arguments.env, os.environ))
        pin = scripts_pin(text, cwd)
        if pin:
            added[_PIN] = pin
        request = Request(
            kind="command",
            tool=self.name,
            subject=text.replace("\n", " ⏎ "),
            cwd=shown_name(str(cwd)),
            command=text,
            argv=(SHELL, "--noprofile", "--norc", "-c", text),
            environment=tuple(sorted(added.items())),
            timeout=timeout,
            description=arguments.description or "",
        )

        def execute(context: ToolContext) -> ToolResult:
            if _identity(cwd) != identity:
                raise ToolFailure(f"The directory {cwd} was replaced since this was prepared.")
            if scripts_pin(text, cwd) != pin:
                raise ToolFailure(
                    "A script this command runs has changed since it was approved; nothing was "
                    "run. Call shell again to have it approved as it is now."
                )
            command = Command(request.argv, cwd, {**environment, **added})
            return _run(command, timeout, arguments, context)

        return PreparedCall(
            title=f"Execute [{SHELL}]", sub_title=text, request=request, execute=execute
        )


def _checked(text: str) -> str:
    if "\0" in text:
        raise ToolFailure("The command holds a NUL character.")
    lines = [line.strip() for line in text.split("\n")]
    if not any(line and not line.startswith("#") for line in lines):
        raise ToolFailure("The command is empty: there is nothing but white space or comments.")
    size = len(text.encode())
    if size > MAX_COMMAND_BYTES:
        raise ToolFailure(
            f"The command has {size:,} bytes; {MAX_COMMAND_BYTES:,} is the most. Write it to a "
            "script and run that."
        )
    return text


def _directory(given: str, context: ToolContext) -> tuple[Path, tuple[int, int]]:
    place = context.workspace.resolve(given)
    try:
        identity = _identity(place.path)
    except FileNotFoundError:
        raise ToolFailure(f"There is no directory {place.shown}.") from None
    except NotADirectoryError:
        raise ToolFailure(f"{place.shown} is not a directory.") from None
    if not os.access(place.path, os.X_OK):
        raise ToolFailure(f"The directory {place.shown} cannot be entered.")
    return place.path, identity


def _identity(directory: Path) -> tuple[int, int]:
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(20, "not a directory", str(directory))
    return status.st_dev, status.st_ino


class _Output:
    """Everything a command prints, on its three ways: to the person, the model, and a file."""

    def __init__(self, keep_ansi: bool, context: ToolContext) -> None:
        limits = context.limits
        clean = str if keep_ansi else for_model
        self.windows = {
            stream: LineWindow(
                limits.max_stdout_prefix_lines,
                limits.max_stdout_suffix_lines,
                limits.max_stdout_line_chars,
                clean,
            )
            for stream in ("stdout", "stderr")
        }
        self.spill = Spill(context.shell_output_dir)
        self._live = LivePieces(context.progress)

    def feed(self, stream: str, chunk: bytes) -> None:
        self.spill.write(chunk)
        self.windows[stream].feed(chunk)
        self._live.feed(stream, chunk)

    def tick(self) -> float | None:
        return self._live.tick()

    def finish(self) -> None:
        self._live.flush()
        for window in self.windows.values():
            window.finish()
        self.spill.close(keep=any(w.omitted or w.cut for w in self.windows.values()))

    def lines(self) -> list[str]:
        """What the model gets."""
        said = []
        for stream, window in self.windows.items():
            if window.lines:
                said.append(element(stream, {"total_lines": window.lines}, _shown(window)))
        if self.spill.path:
            size, kept = self.spill.size, self.spill.kept
            part = f"The whole output ({size:,} bytes) is"
            if kept < size:
                part = f"The first {kept:,} of {size:,} bytes of output are"
            said.append(f"{part} in {self.spill.path}; read or search it there.")
        return said


def _shown(window: LineWindow) -> list[str]:
    gap = [f"… {window.omitted:,} lines omitted …"] if window.omitted else []
    return [*window.first_lines(), *gap, *window.last_lines()]


def _run(
    command: Command, timeout: float, arguments: ShellArguments, context: ToolContext
) -> ToolResult:
    output = _Output(arguments.keep_ansi, context)
    try:
        ended = run(
            command,
            output,
            timeout=timeout,
            cancellation=context.cancellation,
            started=context.process_started,
        )
    finally:
        output.finish()
    context.cancellation.raise_if_cancelled()
    attributes = {
        "command": _shortened(arguments.command),
        "shell": SHELL,
        **_how_it_ended(ended, timeout),
    }
    return ToolResult(
        element("shell_output", attributes, output.lines()),
        is_error=ended.code != 0 or ended.timed_out,
    )


def _how_it_ended(ended: Ended, timeout: float) -> dict[str, object]:
    how: dict[str, object] = {}
    if ended.timed_out:
        how["timed_out_after_seconds"] = f"{timeout:g}"
    if ended.code is not None and ended.code >= 0:
        how["exit_code"] = ended.code
    elif ended.code is not None:
        how["signal"] = _signal_name(-ended.code)
    if ended.left_behind and not ended.timed_out:
        how["background_processes_ended"] = ended.left_behind
    if ended.survivors:
        how["still_running"] = " ".join(map(str, ended.survivors))
    return how


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return str(number)


def _shortened(command: str) -> str:
    command = re.sub(r"\s+", " ", command)
    if len(command) <= _SHOWN_COMMAND_CHARS:
        return command
    return command[:_SHOWN_COMMAND_CHARS] + "…"
