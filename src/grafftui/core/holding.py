"""Holds the commands of a conversation, as its mode says and as far as that was proven."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from grafftui.approvals import Confinement, Denial, Mode
from grafftui.sandboxes import LocalSandbox

if TYPE_CHECKING:
    from subprocess import Popen


def held_in(mode: Mode) -> Literal["read-only", "workspace-write"]:
    """What commands may do in the workspace in a mode that holds them."""
    return "read-only" if mode == "plan" else "workspace-write"


@dataclass(frozen=True, slots=True)
class Holding:
    """A `tools.Confiner`.

    Args:
        sandbox: What holds them.
        mode: The conversation's mode at this moment.
    """

    sandbox: LocalSandbox
    mode: Callable[[], Mode]

    def confinement(self) -> Confinement | None:
        """Plan only reads; full is held by nothing; all others may write in the workspace."""
        mode = self.mode()
        if mode == "full":
            return None
        self.sandbox.prove()
        return self.sandbox.confinement(held_in(mode))

    def spawn(
        self,
        argv: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        confinement: Confinement,
    ) -> Popen[bytes]:
        """Part of `tools.Confiner`."""
        return self.sandbox.spawn(argv, cwd, environment, confinement)

    def denial(self, output: bytes, code: int | None, confinement: Confinement) -> Denial | None:
        """Part of `tools.Confiner`."""
        return self.sandbox.denial(output, code, confinement)

    def watch(self, confinement: Confinement) -> Callable[[], Sequence[str]]:
        """Part of `tools.Confiner`."""
        return self.sandbox.watch(confinement)
