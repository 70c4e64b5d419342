"""Our themes, and the signs that say every state without any colour.

One accent colour; amber waits, teal is done, vermilion failed: told apart by every common kind
of colour blindness (the hues follow Okabe and Ito, 2008), and never the only difference. Under
`NO_COLOR` Textual paints shades of grey by itself; the signs and words stay.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

DARK: Final = "grafftui-dark"
LIGHT: Final = "grafftui-light"
CONTRAST: Final = "grafftui-contrast"

_QUIET_SCROLLBARS: Final = {
    "scrollbar-corner-color": "transparent",
    "footer-background": "transparent",
}

THEMES: Final = (
    Theme(
        name=DARK,
        primary="#7aa7e0",
        secondary="#6d7b8d",
        accent="#7aa7e0",
        warning="#e6b450",
        success="#56b6a4",
        error="#ee8266",
        foreground="#d8dbe2",
        background="#14161a",
        surface="#1b1e24",
        panel="#232730",
        variables={
            **_QUIET_SCROLLBARS,
            "block-cursor-background": "#7aa7e0 30%",
            "block-cursor-foreground": "#ffffff",
            "block-cursor-text-style": "bold",
            "input-selection-background": "#7aa7e0 35%",
            # Solid: Textual's own "auto 60%" is plain white or black where Content is styled.
            "text-muted": "#9a9fab",
            "text-disabled": "#6c727d",
        },
    ),
    Theme(
        name=LIGHT,
        primary="#1f5fae",
        secondary="#5d6b7c",
        accent="#1f5fae",
        warning="#b07800",
        success="#00695c",
        error="#a01030",
        foreground="#20242b",
        background="#fbfaf7",
        surface="#f1efea",
        panel="#e6e3dc",
        dark=False,
        variables={
            **_QUIET_SCROLLBARS,
            "block-cursor-background": "#1f5fae 20%",
            "block-cursor-foreground": "#0b1a2b",
            "block-cursor-text-style": "bold",
            "input-selection-background": "#1f5fae 25%",
            "text-muted": "#5b616b",
            "text-disabled": "#8a8f97",
        },
    ),
    Theme(
        name=CONTRAST,
        primary="#5cc8ff",
        secondary="#c0c0c0",
        accent="#5cc8ff",
        warning="#ffd400",
        success="#5ff0d0",
        error="#ff9a7a",
        foreground="#ffffff",
        background="#000000",
        surface="#0a0a0a",
        panel="#1c1c1c",
        variables={
            **_QUIET_SCROLLBARS,
            "block-cursor-background": "#00508a",  # dark, so that coloured words stay readable
            "block-cursor-foreground": "#ffffff",
            "block-cursor-text-style": "bold",
            "input-selection-background": "#00508a",
            "text": "#ffffff",
            "text-muted": "#d8d8d8",
            "text-disabled": "#b0b0b0",
        },
    ),
)


def install(app: App[Any], name: str | None = None) -> None:
    """Make our themes available to `app` and use `name`, or the one that suits the terminal.

    An unknown name is as good as none: which themes there are changes between versions.
    """
    for theme in THEMES:
        app.register_theme(theme)
    known = name is not None and name in app.available_themes
    # Not through the reactive: nothing is styled yet that would have to be styled again.
    app.set_reactive(type(app).theme, name if known and name is not None else suiting_theme())
    theme = app.current_theme
    app.set_class(theme.dark, "-dark-mode", update=False)
    app.set_class(not theme.dark, "-light-mode", update=False)
    app._refresh_truecolor_filter(app.ansi_theme)  # the sixteen colours of commands (8.2.8)
    app.stylesheet.set_variables(app.get_css_variables())


def suiting_theme(environment: Mapping[str, str] = os.environ) -> str:
    """The light theme where the terminal says that its background is light, else the dark one.

    Terminals that say so set COLORFGBG to "foreground;background", 7 and 15 being the whites.
    """
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT if background in ("7", "15") else DARK


def reduce_motion(app: App[Any]) -> None:
    """Nothing scrolls or fades from here on: it is there, or it is not."""
    app.animation_level = "none"


@dataclass(frozen=True, slots=True)
class Signs:
    """One cell for each state, everywhere the same."""

    running: str
    waiting: str
    idle: str
    done: str
    failed: str
    pending: str
    prompt: str
    bar_full: str
    bar_empty: str
    fork: str


_SIGNS: Final = Signs("●", "◆", "○", "✓", "✗", "◌", "›", "▰", "▱", "└")
_ASCII_SIGNS: Final = Signs("*", "!", "o", "+", "x", ".", ">", "#", "-", "`")


def signs(ascii: bool | None = None) -> Signs:
    """The signs; by default the ASCII ones where the terminal cannot be expected to have them."""
    return _ASCII_SIGNS if (needs_ascii() if ascii is None else ascii) else _SIGNS


def needs_ascii(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal's encoding is not Unicode, or it is the Linux console."""
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    return not encoding.lower().startswith("utf") or environment.get("TERM") in ("linux", "dumb")
