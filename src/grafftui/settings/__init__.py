"""Where things live, and what the person has chosen.

Importing this loads neither pydantic nor tomlkit: the first frame needs only `first_frame`,
and the names below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grafftui.settings.first_frame import FirstFrame, load_first_frame
    from grafftui.settings.problem import Problem
    from grafftui.settings.settings import Settings
    from grafftui.settings.settings import load as load_settings
    from grafftui.settings.settings import save as save_settings

__all__ = [
    "FirstFrame",
    "Problem",
    "Settings",
    "load_first_frame",
    "load_settings",
    "save_settings",
]

_HOMES = {
    "FirstFrame": ("first_frame", "FirstFrame"),
    "Problem": ("problem", "Problem"),
    "Settings": ("settings", "Settings"),
    "load_first_frame": ("first_frame", "load_first_frame"),
    "load_settings": ("settings", "load"),
    "save_settings": ("settings", "save"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)
