"""Lists, reads and stops the commands that run in the background."""

from __future__ import annotations

import time
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from grafftui.tools.background_commands import BackgroundCommand
from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element
from grafftui.tools.change_warnings import in_the_background

_STOPPING_SECONDS = 3.0


class BackgroundArguments(BaseModel):
    """What `background` takes."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["list", "output", "stop"] = Field(description="What to do.")
    number: int | None = Field(default=None, description="Which command; not needed for list.")


class Background:
    """Lists, reads and stops the commands that run in the background."""

    name = "background"
    description = (
        "List the commands you started in the background, read the end of what one has printed, "
        "or stop one with everything it started."
    )
    arguments = BackgroundArguments

    def prepare(self, arguments: BackgroundArguments, context: ToolContext) -> PreparedCall:
        """The call; needs no yes: it touches nothing but what this conversation started."""
        if arguments.action == "list":
            return PreparedCall("List background commands", None, _listed)
        if arguments.number is None:
            raise ToolFailure(f"Say which command to {arguments.action}: give its number.")
        one = context.background.find(arguments.number, context.conversation_id)
        if arguments.action == "output":
            return PreparedCall("Read background command", one.text, partial(_told, one))
        return PreparedCall("Stop background command", one.text, partial(_stopped, one))


def _listed(context: ToolContext) -> ToolResult:
    rows = [
        element("background_command", _attributes(one))
        for one in context.background.all(context.conversation_id)
    ]
    text = "\n".join(rows) or "No command was started in the background."
    return ToolResult(text, warnings=in_the_background(context))


def _told(one: BackgroundCommand, context: ToolContext) -> ToolResult:
    text = element("background_command", _attributes(one), [one.tail()])
    return ToolResult(text, warnings=in_the_background(context))


def _stopped(one: BackgroundCommand, context: ToolContext) -> ToolResult:
    one.stop()
    one.wait(_STOPPING_SECONDS)
    return _told(one, context)


def _attributes(one: BackgroundCommand) -> dict[str, object]:
    seconds = f"{time.monotonic() - one.started_at:.0f}"
    state = {"number": one.number, "command": one.text, "state": one.state}
    return state | {"started_seconds_ago": seconds}
