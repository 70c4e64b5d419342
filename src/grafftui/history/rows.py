"""What the history gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from grafftui.history.values import from_json

ConversationState = Literal["idle", "running", "waiting", "done", "failed", "interrupted", "lost"]
"""As the last turn ended or stands; `waiting` for a decision; `lost`: its process died."""
TitledBy = Literal["prompt", "model", "person"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything said between a person and one agent in one workspace.

    Attributes:
        id: UUID.
        workspace: Real path of the directory; "" when damage lost it.
        activity: Larger for what was used later; None before the first prompt.
        created_at: Unix seconds, for display only.
        updated_at: Unix seconds, for display only.
        deleted_at: Since when it is in the bin, Unix seconds; None while it is not.
        titled_by: Who made the title: its prompt's first words, a model, or the person.
        mode: How much went ahead without asking, as last chosen in it; "" for never.
        forked_at: Ordinal of the first entry of `parent_id` it does not share; None for no fork.
        caller_id: Of a sub-agent's: the conversation whose agent called it; None for others.
        caller_turn: The turn it was called in.
        caller_call: Id of the tool call.
        sandbox: Where its tools act, `engine:id`; "" for the workspace.
        sandbox_root: The directory in the sandbox that they begin in; "" for the workspace.
    """

    id: str
    title: str | None
    workspace: str
    backend: str
    agent: str
    provider: str
    model: str
    parent_id: str | None
    state: ConversationState
    activity: int | None
    created_at: float
    updated_at: float
    pinned: bool = False
    archived: bool = False
    deleted_at: float | None = None
    titled_by: TitledBy = "prompt"
    mode: str = ""
    forked_at: int | None = None
    caller_id: str | None = None
    caller_turn: int | None = None
    caller_call: str = ""
    sandbox: str = ""
    sandbox_root: str = ""


CONVERSATION_COLUMNS: Final = (
    "id, title, workspace, backend, agent, provider, model, parent_id, state, activity,"
    " created_at, updated_at, pinned, archived, deleted_at, titled_by, mode, forked_at,"
    " caller_id, caller_turn, caller_call, sandbox, sandbox_root"
)


def conversation(row: tuple[Any, ...]) -> Conversation:
    """The conversation in a row of `CONVERSATION_COLUMNS`."""
    said, pinned, archived, others = row[:12], row[12], row[13], row[14:]
    fields = (*said, bool(pinned), bool(archived), *others)
    return Conversation(*fields)


def todos_in(rows: list[tuple[Any, ...]]) -> list[dict[str, str]]:
    """The list in the one row of `SELECT todos`; an empty one for what cannot be read."""
    try:
        todos = from_json(rows[0][0]) if rows else []
    except (ValueError, TypeError):
        return []
    return [todo for todo in todos if isinstance(todo, dict)] if isinstance(todos, list) else []
