"""What Codex offers here: its models, and what holds its commands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grafftui.errors import UsageError
from grafftui.text import one_line


@dataclass(frozen=True, slots=True)
class CodexModel:
    """A model Codex can be told to use (`model/list`).

    Attributes:
        id: Tell Codex by it.
        name: For a person.
        description: What it is good for, in Codex's words.
        efforts: How much it can be told to think, least first; () for nothing to tell.
        default_effort: What it does untold.
        is_default: Whether it is used where nothing else is asked for.
    """

    id: str
    name: str
    description: str
    efforts: tuple[str, ...]
    default_effort: str
    is_default: bool

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> CodexModel:
        """As `model/list` has it."""
        efforts = wire.get("supportedReasoningEfforts") or ()
        model = str(wire.get("model") or wire.get("id") or "")
        return cls(
            id=model,
            name=str(wire.get("displayName") or model),
            description=str(wire.get("description") or ""),
            efforts=tuple(
                str(e.get("reasoningEffort", "")) for e in efforts if isinstance(e, dict)
            ),
            default_effort=str(wire.get("defaultReasoningEffort") or ""),
            is_default=bool(wire.get("isDefault")),
        )


def require_effort(offered: Iterable[CodexModel], model: str, effort: str) -> None:
    """`effort` is one that `model` can be told; what is not offered can be told anything.

    Raises:
        UsageError: It is not.
    """
    efforts = next((one.efforts for one in offered if one.id == model), ())
    if efforts and effort not in efforts:
        raise UsageError(
            f"{one_line(model, 60)} cannot be told the effort {one_line(effort, 40)!r}",
            hint=f"it is one of {one_line(', '.join(efforts), 200)}",
        )


@dataclass(frozen=True, slots=True)
class CodexSandbox:
    """What was found out about Codex's own sandbox, by trying to get out of it.

    Attributes:
        holds: Whether a command ran in it and could not write where it may not.
        words: One line for a person: what holds commands, or why nothing does.
    """

    holds: bool
    words: str
