"""`CodexBackend`: Codex's app-server as a backend of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from grafftui.backends.codex.conversing.offers import CodexModel, CodexSandbox
from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from grafftui.approvals import Mode
    from grafftui.backends.backend import Capability
    from grafftui.backends.codex.options import CodexOptions
    from grafftui.backends.codex.threads import Login
    from grafftui.core import Graff


class CodexBackend:
    """Codex in the history of `graff`, with its approver and policy.

    One app-server for all conversations, started when it is first needed.

    Args:
        graff: Whose history, workspace, policy and approver are used. Close this one first.
        options: How the app-server is started.
    """

    name: Final = "codex"
    capabilities: Final[frozenset[Capability]] = frozenset(
        ("steer", "compact", "fork", "archive", "effort", "login", "sandbox")
    )

    def __init__(self, graff: Graff, options: CodexOptions | None = None) -> None:
        raise NotImplementedError

    def problem(self) -> str:
        """Why Codex cannot be used here, in a sentence; "" if it can. Asks nobody."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop its turns and end the app-server, with all it started."""
        raise NotImplementedError

    # -- turns -----------------------------------------------------------------------------

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
    ) -> Iterator[AgentEvent]:
        """See `Backend.chat`. `graff.interrupt` and `graff.steer` reach the turn too."""
        raise NotImplementedError

    def steer(self, conversation_id: str, text: str) -> bool:
        """See `Backend.steer`."""
        raise NotImplementedError

    def interrupt(self, conversation_id: str) -> bool:
        """See `Backend.interrupt`; ends what the turn runs in the background, too."""
        raise NotImplementedError

    def compact(self, conversation_id: str) -> Iterator[AgentEvent]:
        """See `Backend.compact`."""
        raise NotImplementedError

    # -- conversations ---------------------------------------------------------------------

    def fork(self, conversation_id: str, entry: int | None = None) -> str:
        """Copy a conversation and its thread. Returns the copy's id.

        Args:
            entry: As for `Graff.fork`; the thread is cut where that turn began.
        """
        raise NotImplementedError

    def archive(self, conversation_id: str, on: bool = True) -> None:
        """Put a conversation and its thread into the archive, or take both out."""
        raise NotImplementedError

    def import_threads(self) -> int:
        """Take threads made elsewhere into the history, and what is new in those it knows.

        Nothing changes at Codex's. Returns how many conversations are new or have grown.
        """
        raise NotImplementedError

    def hand_over(self, conversation_id: str, to: str, note: str) -> Iterator[AgentEvent]:
        """Have a conversation go on with another backend ("codex" or "graff").

        The border is an event and an entry; `note` is what the other one is told first.
        """
        raise NotImplementedError

    # -- Codex itself ----------------------------------------------------------------------

    def models(self) -> list[CodexModel]:
        """The models there are, Codex's default marked."""
        raise NotImplementedError

    def account(self) -> dict[str, Any]:
        """`{account, requiresOpenaiAuth}`, as `account/read` has it."""
        raise NotImplementedError

    @property
    def needs_sign_in(self) -> bool:
        """Whether nobody is signed in where somebody has to be. Asks the app-server."""
        raise NotImplementedError

    def login(self, api_key: str | None = None, *, device: bool = False) -> Login | None:
        """Sign in: with a key at once (None is returned); else open `url`, then `wait`.

        Args:
            device: Sign in on another device, with the sign-in's `code`.
        """
        raise NotImplementedError

    def logout(self) -> None:
        """Sign out."""
        raise NotImplementedError

    def sandbox_state(self) -> CodexSandbox:
        """Try Codex's own sandbox in the workspace; some 0.1 s."""
        raise NotImplementedError
