"""The few settings the first frame needs, read without pydantic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grafftui.settings.problem import BrokenFileError
from grafftui.settings.reading import read_toml

if TYPE_CHECKING:
    from grafftui.settings.paths import Paths

FILE_NAME = "settings.toml"


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """What must be known before anything is drawn.

    Attributes:
        theme: Name of the theme, or None for the one that suits the terminal.
        reduced_motion: Whether nothing may move that need not.
        keymap: Action id → keys, as Textual's keymap has them ("ctrl+n,f2").
    """

    theme: str | None = None
    reduced_motion: bool = False
    keymap: dict[str, str] = field(default_factory=dict)


def load_first_frame(paths: Paths) -> FirstFrame:
    """What the settings file says; what is wrong in it is left out and named by `load` later."""
    try:
        _, data = read_toml(paths.settings / FILE_NAME)
    except BrokenFileError:
        return FirstFrame()
    theme, motion, keymap = (data.get(name) for name in ("theme", "reduced_motion", "keymap"))
    return FirstFrame(
        theme=theme if isinstance(theme, str) and theme else None,
        reduced_motion=motion is True,
        keymap=_texts(keymap) if isinstance(keymap, dict) else {},
    )


def _texts(table: dict[str, object]) -> dict[str, str]:
    return {name: keys for name, keys in table.items() if isinstance(keys, str) and keys}
