"""The app as the command starts it, with a fault: choosing a theme raises.

python crashing.py [options of the screen]
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def load() -> Callable[[Any], int]:
    from grafftui.ui.app import run
    from grafftui.ui.screens.session import SessionScreen

    def fail(self: SessionScreen) -> None:
        secret_local = "local-" + "s" * 20
        raise RuntimeError(f"[/red]\x1b]0;owned\x07 sk-ant-api03-{'k' * 40} {len(secret_local)}")

    SessionScreen.action_command_theme = fail  # type: ignore[method-assign]
    return run


if __name__ == "__main__":
    from grafftui.cli.main import screen

    sys.exit(screen(sys.argv[1:], load))
