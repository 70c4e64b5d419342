"""Our core as a tool that another agent hands work to."""

from __future__ import annotations

from typing import Any, Final, Unpack

from pydantic_ai import Tool

from grafftui.core.async_bridge import in_thread
from grafftui.core.chat_options import ChatOptions
from grafftui.core.graff import Graff

_DESCRIPTION: Final = (
    "Hand a task to a coding agent that works in the folder {workspace}: it reads, searches and"
    " changes files and runs commands there, as far as it is allowed to, and reports what it did."
    " It knows nothing of this conversation, so say all that it needs to know."
)


def as_tool(
    graff: Graff,
    *,
    name: str = "coding_agent",
    description: str | None = None,
    **options: Unpack[ChatOptions],
) -> Tool[Any]:
    """A tool of PydanticAI that runs a turn of `graff` and gives its answer.

    Each call begins a conversation of its own, unless the options name one. What the turn does
    is approved as everywhere: by the modes, rules and approver of `graff`. When the run that
    called it is cancelled, the turn is interrupted.

    Args:
        description: What the model is told of it.
        options: Those of `Graff.chat`, for every turn.
    """

    async def hand_off(task: str) -> str:
        """Run the turn.

        Args:
            task: What is to be done, and all that has to be known for it.
        """
        result = await in_thread(lambda signal: graff.run(task, signal=signal, **options))
        if result.status == "completed":
            return result.text
        why = f": {result.error}" if result.error is not None else ""
        return f"The coding agent did not finish ({result.status}{why}). It said: {result.text}"

    told = description or _DESCRIPTION.format(workspace=graff.workspace)
    return Tool(hand_off, takes_ctx=False, name=name, description=told)
