"""What runs turns: our own core, and programs that have agents of their own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Literal, Protocol

from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from grafftui.approvals import Mode
    from grafftui.backends.codex.conversing import CodexModel, CodexSandbox
    from grafftui.backends.codex.threads import Login

Capability = Literal[
    "steer",
    "compact",
    "fork",
    "archive",
    "effort",
    "login",
    "sandbox",
    "agents",
    "context",
    "shell",
    "undo",
]
"""What not every backend can do. Where one is missing the screen says so, and why.

The last four are our own core's: personas, a context that can be looked into, commands of the
person's own, turns that can be taken back.
"""


class Backend(Protocol):
    """Runs turns of conversations that are in our history. Safe from any thread.

    Attributes:
        name: As in `Conversation.backend`: "graff", "codex".
        capabilities: What it can do besides.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    def problem(self) -> str:
        """Why it cannot be used here, in a sentence; "" if it can. Asks nobody."""
        ...

    def chat(
        self,
        prompt: str,
        *,
        conversation_id: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        agent: str | None = None,
        effort: str | None = None,
        mode: Mode | None = None,
    ) -> Generator[AgentEvent]:
        """Run one turn; yield its events as they happen, each committed before.

        A generator: nothing happens before the first `next()`. Closing it interrupts the turn.

        Args:
            prompt: What the person says.
            conversation_id: Which conversation it continues; a new one by default.
            provider: Who serves the model, where it can be chosen.
            model: For this turn and those after it; None leaves it as it is.
            agent: Who answers, where there are "agents"; likewise.
            effort: How much the model thinks, likewise.
            mode: How much goes ahead without asking, likewise.

        Raises:
            UsageError: An argument cannot be meant.
            NotFoundError: No such conversation.
            StoreError: The prompt could not be saved; nothing was sent.
            TurnFailedError: The turn failed; after "TurnFailed".
        """
        ...

    def steer(self, conversation_id: str, text: str) -> bool:
        """Say something into the turn that runs. False when none runs that listens."""
        ...

    def interrupt(self, conversation_id: str) -> bool:
        """Stop the turn that runs, with what it started. False when none runs."""
        ...

    def compact(self, conversation_id: str) -> Generator[AgentEvent]:
        """Have the conversation summarised, as a turn without a prompt."""
        ...

    def fork(self, conversation_id: str, entry: int | None = None) -> str:
        """Copy a conversation, up to the entry with that ordinal. Returns the copy's id."""
        ...

    def archive(self, conversation_id: str, on: bool = True) -> None:
        """Put a conversation into the archive, or take it out."""
        ...

    def close(self) -> None:
        """Stop its turns, and end what it started."""
        ...


class ForeignBackend(Backend, Protocol):
    """One that has models and an account of its own: it can "login"."""

    def models(self) -> list[CodexModel]:
        """The models there are."""
        ...

    def account(self) -> dict[str, Any]:
        """Who is signed in: `{account, requiresOpenaiAuth}`."""
        ...

    def login(self, api_key: str | None = None, *, device: bool = False) -> Login | None:
        """Sign in: with a key at once; else open the `url`, then `wait`."""
        ...

    def logout(self) -> None:
        """Sign out."""
        ...

    def sandbox_state(self) -> CodexSandbox:
        """Whether its own sandbox holds; tried out."""
        ...

    def import_threads(self) -> int:
        """Take what was said elsewhere into our history. How much is new."""
        ...

    def hand_over(self, conversation_id: str, to: str, note: str) -> Iterator[AgentEvent]:
        """Have a conversation go on with the backend `to`, which is told `note` first."""
        ...
