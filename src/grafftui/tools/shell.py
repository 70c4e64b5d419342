"""Runs a command in bash."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from grafftui.approvals import Confinement, Denial, Request
from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element
from grafftui.tools.change_warnings import by_the_command, in_the_background
from grafftui.tools.environment import SHELL, asked_environment, base_environment
from grafftui.tools.path_names import shown_name
from grafftui.tools.process import Command, Ended, Spawn, run
from grafftui.tools.scripts import scripts_pin
from grafftui.tools.shell_argv import argv_for
from grafftui.tools.shell_output import CommandOutput, how_it_ended, shortened

MAX_COMMAND_BYTES = 100_000
"""Linux takes 131,071 bytes in one argument."""

_PIN = "GRAFFTUI_SCRIPTS"
_FIRST_MOMENTS = 1.0
"""Seconds a background command is watched before the model goes on."""


class ShellArguments(BaseModel):
    """What `shell` takes."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field(description="The command, as typed in bash.")
    network: bool = Field(
        default=False,
        description="Set this if the command needs the network: the sandbox has none.",
    )
    outside_sandbox: bool = Field(
        default=False,
        description="Set this if it cannot work in the sandbox; the person is asked each time.",
    )
    background: bool = Field(
        default=False,
        description="Set this for what goes on by itself, a server for example: it runs until it "
        "ends or is stopped, and you go on. See the tool background.",
    )
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
        "ask questions or open an editor or pager. Where there is a sandbox it may write only in "
        "the workspace and has no network. It ends after 300 seconds, and everything it "
        "started ends with it, background processes too. Long output comes with its first and "
        "last 100 lines; the whole of it is in a file you can read. To read, search and change "
        "files use the tools for that."
    )
    arguments = ShellArguments

    def prepare(self, arguments: ShellArguments, context: ToolContext) -> PreparedCall:
        """The call; always needs a yes."""
        text = checked_command(arguments.command)
        cwd, identity = _directory(arguments.cwd or ".", context)
        added = dict(asked_environment(arguments.env, os.environ))
        pin = scripts_pin(text, cwd, context.workspace.is_off_limits)
        if pin:
            added[_PIN] = pin
        held = context.confiner.confinement() if context.confiner else None
        call = ShellCall(
            arguments=arguments,
            text=text,
            cwd=cwd,
            identity=identity,
            environment=base_environment(os.environ),
            added=tuple(sorted(added.items())),
            pin=pin,
            timeout=None if arguments.background else context.limits.tool_timeout_secs,
            confinement=held,
        )
        return _as_wished(call, arguments).prepared()


@dataclass(frozen=True, slots=True)
class ShellCall:
    """One command, worked out.

    Attributes:
        arguments: As the model gave them.
        text: What bash is given.
        cwd: Real path of the directory it starts in.
        identity: Device and inode of that directory.
        environment: What every command gets.
        added: What this one gets besides, sorted.
        pin: Which scripts it runs, and the hash of what they say; "" for none.
        timeout: Seconds after which it is ended; None for what runs in the background.
        confinement: What it is held to; None for nothing.
        because: Why it is to be held less than others are; "" if it is not.
    """

    arguments: ShellArguments
    text: str
    cwd: Path
    identity: tuple[int, int]
    environment: Mapping[str, str]
    added: tuple[tuple[str, str], ...]
    pin: str
    timeout: float | None
    confinement: Confinement | None
    because: str = ""

    def request(self) -> Request:
        """What a person is asked."""
        return Request(
            kind="unsandboxed" if self.because else "command",
            tool=Shell.name,
            subject=self.text.replace("\n", " ⏎ "),
            cwd=shown_name(str(self.cwd)),
            command=self.text,
            argv=argv_for(self.text, self.environment),
            environment=self.added,
            timeout=self.timeout,
            confinement=self.confinement,
            because=self.because,
            description=self.arguments.description or "",
        )

    def prepared(self) -> PreparedCall:
        """The call that does it once approved."""
        request = self.request()
        return PreparedCall(
            title=f"Execute [{SHELL}]",
            sub_title=self.text,
            request=request,
            execute=lambda context: self._execute(request.argv, context),
            widen=self._widened if self.confinement else None,
        )

    def _widened(self, denial: Denial) -> PreparedCall:
        return replace(self, confinement=denial.grant, because=denial.words).prepared()

    def _execute(self, argv: tuple[str, ...], context: ToolContext) -> ToolResult:
        if _identity(self.cwd) != self.identity:
            raise ToolFailure(f"The directory {self.cwd} was replaced since this was prepared.")
        if scripts_pin(self.text, self.cwd, context.workspace.is_off_limits) != self.pin:
            raise ToolFailure(
                "A script this command runs has changed since it was approved; nothing was run. "
                "Call shell again to have it approved as it is now."
            )
        environment = {**self.environment, **dict(self.added)}
        command = Command(argv, self.cwd, environment, self._spawn(context))
        if self.timeout is None:
            return self._begun(command, context)
        return self._finished(command, self.timeout, context)

    def _finished(self, command: Command, timeout: float, context: ToolContext) -> ToolResult:
        output = CommandOutput(self.arguments.keep_ansi, context)
        changed = self._watched(context)
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
        denial = self._denial(ended, output.end, context)
        told = self._told(denial) | how_it_ended(ended, timeout)
        return ToolResult(
            element("shell_output", told, output.lines()),
            is_error=ended.code != 0 or ended.timed_out,
            warnings=[*by_the_command(changed()), *in_the_background(context)],
            denied=denial,
        )

    def _begun(self, command: Command, context: ToolContext) -> ToolResult:
        """Start it, and say what it does within the first moments: it may fail at once."""
        one = context.background.start(
            self.text,
            command,
            CommandOutput(self.arguments.keep_ansi, replace(context, progress=lambda text: None)),
            conversation_id=context.conversation_id,
            sandbox=self.confinement.in_words() if self.confinement else "",
            started=context.process_started,
            changed=self._watched(context),
        )
        one.wait(_FIRST_MOMENTS)
        told = self._told(None) | {"background_number": one.number, "state": one.state}
        return ToolResult(
            element("shell_output", told, [one.tail()]),
            is_error=not one.running,
            warnings=in_the_background(context),
        )

    def _spawn(self, context: ToolContext) -> Spawn | None:
        """What starts it. What was approved as held never runs unheld."""
        confinement, confiner = self.confinement, context.confiner
        if confinement is None:
            return None
        if confiner is None:
            raise ToolFailure("There is no sandbox any more; nothing was run.")
        return partial(confiner.spawn, confinement=confinement)

    def _watched(self, context: ToolContext) -> Callable[[], Sequence[str]]:
        """Says afterwards what the command changed that no command should."""
        if self.confinement is None or context.confiner is None:
            return lambda: ()
        return context.confiner.watch(self.confinement)

    def _denial(self, ended: Ended, end: bytes, context: ToolContext) -> Denial | None:
        confinement, confiner = self.confinement, context.confiner
        if confinement is None or confiner is None or ended.code == 0 or ended.timed_out:
            return None
        return confiner.denial(end, ended.code, confinement)

    def _told(self, denial: Denial | None) -> dict[str, object]:
        """What it was and how it was held, for the model."""
        told: dict[str, object] = {"command": shortened(self.text), "shell": SHELL}
        if self.confinement is not None:
            told["sandbox"] = self.confinement.in_words()
        if denial is not None:
            told["sandbox_denied"] = denial.words
        return told


def _as_wished(call: ShellCall, arguments: ShellArguments) -> ShellCall:
    """The call with as much of the sandbox taken away as the model asks for."""
    held = call.confinement
    if held is None:
        return call
    if arguments.outside_sandbox:
        return replace(call, confinement=None, because="the agent wants it outside the sandbox")
    if arguments.network and not held.network:
        wider = replace(held, network=True)
        return replace(call, confinement=wider, because="the agent wants the network for it")
    return call


def checked_command(text: str) -> str:
    """`text`, if it is a command at all. Raises `ToolFailure`."""
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
