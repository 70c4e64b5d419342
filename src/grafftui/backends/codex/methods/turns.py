"""Turns and reviews: `turn/…`, `review/start`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict, TypeVar, Unpack

from grafftui.backends.codex.inputs import Input, inputs_to_wire
from grafftui.backends.codex.methods.calling import Calling, known
from grafftui.backends.codex.methods.threads import ApprovalPolicy

R = TypeVar("R")

INTERRUPT_SECONDS: Final = 10.0
"""How long an interrupt may take, and the end it leads to; it takes 15 ms."""


class TurnOverrides(TypedDict, total=False):
    """What a turn, and those after it, are told where they differ from their thread."""

    model: str | None
    effort: str | None
    summary: str | None
    cwd: str | None
    approval_policy: ApprovalPolicy | None
    approvals_reviewer: str | None
    sandbox_policy: Mapping[str, Any] | None
    output_schema: Mapping[str, Any] | None
    personality: str | None
    service_tier: str | None
    client_user_message_id: str | None
    collaboration_mode: Mapping[str, Any] | None
    additional_context: Mapping[str, Any] | None
    permissions: str | None


class TurnMethods(Calling[R]):
    """Begin, steer and interrupt."""

    def turn_start(self, thread_id: str, input: Input, **options: Unpack[TurnOverrides]) -> R:
        """Begin a turn: `{turn}`. While one runs this steers it, and has its id."""
        said = known(options, TurnOverrides)
        return self._call("turn/start", said, thread_id=thread_id, input=inputs_to_wire(input))

    def turn_steer(self, thread_id: str, expected_turn_id: str, input: Input) -> R:
        """Say something more to the turn that runs; an error when another one does."""
        return self._call(
            "turn/steer",
            thread_id=thread_id,
            expected_turn_id=expected_turn_id,
            input=inputs_to_wire(input),
        )

    def turn_interrupt(self, thread_id: str, turn_id: str) -> R:
        """End it. A command it runs lives on: see `background_terminals_clean`.

        One that has ended is an error, or (0.163) not answered, which is why there is a limit.
        """
        params = {"threadId": thread_id, "turnId": turn_id}
        return self.request("turn/interrupt", params, timeout=INTERRUPT_SECONDS)

    def review_start(
        self, thread_id: str, target: Mapping[str, Any] | str = "uncommittedChanges"
    ) -> R:
        """Review changes, as a turn: `{turn, reviewThreadId}`.

        Args:
            target: "uncommittedChanges", or `{"type": "baseBranch", "branch": …}`,
                `{"type": "commit", "sha": …}`, `{"type": "custom", "instructions": …}`.
        """
        table: dict[str, Any] = {"type": target} if isinstance(target, str) else dict(target)
        return self._call("review/start", thread_id=thread_id, target=table)
