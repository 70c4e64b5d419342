"""The tool `shell` of a conversation that works in a sandbox."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from grafftui.approvals import Confinement, Request
from grafftui.core.sandboxed.failures import told
from grafftui.core.sandboxed.site import Site
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.run_log import Ran
from grafftui.text import one_line
from grafftui.tools import PreparedCall, ToolContext, ToolResult
from grafftui.tools.base import element
from grafftui.tools.path_names import shown_name
from grafftui.tools.shell import checked_command
from grafftui.tools.shell_output import CommandOutput, shortened

_SHELL: Final = "bash"


class SandboxShellArguments(BaseModel):
    """What `shell` takes in a sandbox."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field(description="The command, as typed in bash.")
    cwd: str | None = Field(
        default=None, description="Directory of the sandbox to run it in; its root if left out."
    )
    keep_ansi: bool = Field(default=False, description="Keep colour codes in the output.")
    description: str | None = Field(
        default=None, description="What it is for, in a few words; the person sees this."
    )


class SandboxShell:
    """Runs a command in a sandbox.

    Nothing of this machine goes with it: neither its environment nor its files. So there is no
    hash of the scripts it runs in the request either: what they do stays in the sandbox, and a
    yes is for this sandbox only.
    """

    name = "shell"
    description = (
        "Run a command in bash, in the sandbox you work in. It has no terminal and no input: "
        "nothing may ask questions or open an editor or pager. It ends after 300 seconds, and "
        "nothing can be left running in the background. Long output comes with its first and "
        "last 100 lines; the whole of it is in a file you can read. To read, search and change "
        "files use the tools for that: they act in the same sandbox."
    )
    arguments: type[BaseModel] = SandboxShellArguments

    def __init__(self, site: Site) -> None:
        self._site = site

    def prepare(self, arguments: SandboxShellArguments, context: ToolContext) -> PreparedCall:
        """The call; what may be asked about it is judged as of this sandbox."""
        text = checked_command(arguments.command)
        posting = self._site.posting
        place = context.workspace.resolve(arguments.cwd or ".")
        with told(posting.sandbox_id):
            network = self._site.has_network()
        request = Request(
            kind="command",
            tool=self.name,
            subject=text.replace("\n", " ⏎ "),
            cwd=shown_name(str(place.path)),
            executor=posting.executor,
            command=text,
            argv=("/bin/bash", "-c", text),
            timeout=context.limits.tool_timeout_secs,
            confinement=Confinement(
                f"{posting.engine} sandbox {posting.sandbox_id}", "workspace-write", network
            ),
            description=arguments.description or "",
        )

        def execute(context: ToolContext) -> ToolResult:
            return self._run(arguments, text, place.path, context)

        return PreparedCall(
            title=f"Execute [{_SHELL}]",
            sub_title=text,
            request=request,
            executor=posting.executor,
            execute=execute,
        )

    def _run(
        self, arguments: SandboxShellArguments, text: str, cwd: Path, context: ToolContext
    ) -> ToolResult:
        sandbox_id = self._site.posting.sandbox_id
        seconds = context.limits.tool_timeout_secs
        command = Command(text, str(cwd), timeout_seconds=seconds, streamed=True)
        output = CommandOutput(arguments.keep_ansi, context)

        def progress(piece: str) -> None:
            output.feed("stdout", piece.encode("utf-8", "replace"))
            output.tick()

        began = time.time()
        try:
            with told(sandbox_id):
                done = self._site.box().execute(command, progress, context.cancellation)
        finally:
            output.finish()
        took, printed = time.time() - began, str(done["result"])
        ran = Ran(began, "agent", text, done["exitCode"], took, printed)
        self._site.engines.log.note(self._site.posting.engine, sandbox_id, ran)
        how = {"command": shortened(text), "shell": _SHELL, "sandbox": sandbox_id}
        how |= _how_it_ended(done, seconds)
        is_error = done["exitCode"] != 0 or bool(done["timedOut"])
        return ToolResult(element("shell_output", how, output.lines()), is_error=is_error)


def _how_it_ended(done: dict[str, Any], seconds: float) -> dict[str, str]:
    how = {"exit_code": str(done["exitCode"])}
    if done["timedOut"]:
        how["timed_out_after_seconds"] = f"{seconds:g}"
    if done["limit"]:
        how["ended_by_the_sandbox"] = one_line(str(done["limit"]), 200)
    return how
