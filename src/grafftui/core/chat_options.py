"""What a turn may be asked with beside its prompt: the keywords of `Graff.chat`."""

from __future__ import annotations

from typing import Any, TypedDict

from grafftui.approvals import Mode


class ChatOptions(TypedDict, total=False):
    """See `Graff.chat` for what each means."""

    conversation_id: str | None
    model: str | None
    provider: str | None
    agent: str | None
    mode: Mode | None
    system_prompt: str | None
    custom_rules: str | None
    temperature: float | None
    json_schema: dict[str, Any] | None
    sandbox: str | None
