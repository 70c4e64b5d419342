"""Which sandbox a conversation works in, as the history keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grafftui.approvals import SANDBOX
from grafftui.errors import SandboxError

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Engine, Engines

_LOOKING_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Posting:
    """A sandbox, and where in it a conversation works.

    Attributes:
        engine: Its engine.
        sandbox_id: As that calls it.
        root: Absolute path of the directory in which commands begin; the copy of the workspace,
            where it began with one.
    """

    engine: str
    sandbox_id: str
    root: str

    @property
    def executor(self) -> str:
        """What requests and grants call it (`Request.executor`)."""
        return f"{SANDBOX}{self.engine}:{self.sandbox_id}"

    def to_row(self) -> tuple[str, str]:
        """As `Conversation.sandbox` and `Conversation.sandbox_root`."""
        return f"{self.engine}:{self.sandbox_id}", self.root

    @classmethod
    def of_row(cls, sandbox: str, root: str) -> Posting | None:
        """What `to_row` made the two of; None for the workspace."""
        engine, _, sandbox_id = sandbox.partition(":")
        return cls(engine, sandbox_id, root) if sandbox_id else None


def found(engines: Engines, sandbox_id: str, name: str | None = None) -> Posting:
    """The sandbox with an id, started if it was stopped, and where commands begin in it.

    Args:
        name: Its engine's; the first that knows it by default.

    Raises:
        NotFoundError: There is none.
        SandboxError: It cannot be used.
    """
    engine = engines.holding(sandbox_id, name)
    return Posting(engine.name, sandbox_id, _root(engine, sandbox_id))


def _root(engine: Engine, sandbox_id: str) -> str:
    from grafftui.core.sandboxed.box import Box

    said = Box(engine, sandbox_id).run("pwd -P", timeout=_LOOKING_SECONDS)
    root = said.output.strip()
    if said.code or not root.startswith("/") or not root.isprintable():
        raise SandboxError(f"the sandbox {sandbox_id} does not say where it begins")
    return root
