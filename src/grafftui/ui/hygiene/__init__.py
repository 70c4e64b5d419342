"""Care for the terminal: start without a flash, leave without a trace, lose no key in between.

The command imports `handover` and `report` from here before Textual is loaded, so the names
below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grafftui.ui.hygiene.crash import Crash
    from grafftui.ui.hygiene.driver import TerminalDriver
    from grafftui.ui.hygiene.early_keys import EarlyKeys
    from grafftui.ui.hygiene.pressure import backlog
    from grafftui.ui.hygiene.signals import Signals

__all__ = ["Crash", "EarlyKeys", "Signals", "TerminalDriver", "backlog"]

_MODULE_OF = {
    "Crash": "crash",
    "EarlyKeys": "early_keys",
    "Signals": "signals",
    "TerminalDriver": "driver",
    "backlog": "pressure",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
