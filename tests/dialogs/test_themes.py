"""Our themes can be read, and say nothing by colour alone."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Static

from grafftui.ui import themes


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("words", id="words")


@pytest.mark.parametrize("theme", themes.THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    ("colour", "least"),
    [("foreground", 7.0), ("accent", 4.5), ("warning", 4.5), ("success", 4.5), ("error", 4.5)],
)
def test_contrast_is_that_of_wcag(theme: Theme, colour: str, least: float) -> None:
    """AAA for words, AA for states, on the background and on a surface."""
    system = theme.to_color_system().generate()
    for ground in ("background", "surface"):
        name = colour if colour == "foreground" else f"text-{colour}"
        behind = Color.parse(system[ground])
        assert _contrast(Color.parse(system[name]), behind) >= least


def _contrast(one: Color, other: Color) -> float:
    """1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", themes.THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["warning", "success", "error"])
def test_states_differ_in_lightness_or_blue(theme: Theme, name: str) -> None:
    """What red-green blindness leaves: lightness, and blue against yellow."""
    system = theme.to_color_system().generate()
    others = {"warning", "success", "error", "accent"} - {name}
    mine = Color.parse(system[name])
    for other in others:
        theirs = Color.parse(system[other])
        lightness = abs(mine.brightness - theirs.brightness)
        blueness = abs(_blueness(mine) - _blueness(theirs))
        assert lightness + blueness > 0.12, other


def _blueness(colour: Color) -> float:
    return (colour.b - (colour.r + colour.g) / 2) / 255


@pytest.mark.parametrize("ascii", [False, True])
def test_signs_are_one_cell_and_all_different(ascii: bool) -> None:
    from rich.cells import cell_len

    shown = astuple(themes.signs(ascii))
    assert [cell_len(sign) for sign in shown] == [1] * len(shown)
    assert len(set(shown)) == len(shown)
    assert all(sign.isascii() for sign in shown) is ascii


@pytest.mark.parametrize(
    ("said", "theme"),
    [
        ("15;0", themes.DARK),
        ("0;15", themes.LIGHT),
        ("0;default;7", themes.LIGHT),
        ("", themes.DARK),
    ],
)
def test_the_terminals_background_chooses_the_theme(said: str, theme: str) -> None:
    assert themes.suiting_theme({"COLORFGBG": said}) == theme


@pytest.mark.parametrize(("term", "needed"), [("linux", True), ("xterm-256color", False)])
def test_the_console_gets_ascii(term: str, needed: bool) -> None:
    assert themes.needs_ascii({"TERM": term}) is needed


async def test_install_takes_the_name_or_what_suits(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Bare()
    async with app.run_test():
        themes.install(app, themes.CONTRAST)
        assert app.theme == themes.CONTRAST
        themes.install(app, "no such theme")
        assert app.theme in (themes.DARK, themes.LIGHT)
        themes.reduce_motion(app)
        assert app.animation_level == "none"
