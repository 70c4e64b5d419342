"""Pictures without a terminal: the screen's own drawing, with nothing to show it on."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App, ComposeResult

from grafftui.ui import themes
from grafftui.ui.styles import style_sheet
from grafftui.ui.transcript import TranscriptView, warm_up
from grafftui.ui.transcript.palette import Palette
from grafftui.ui.transcript.picture import Colours, picture_rows, svg

if TYPE_CHECKING:
    from grafftui.entries import Entry


class _PictureApp(App[list[str]]):
    """Draws one picture and ends."""

    CSS_PATH = [style_sheet("app.tcss"), style_sheet("transcript.tcss")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, entries: Sequence[Entry], opened: Container[int], theme: str, title: str):
        super().__init__()
        warm_up()
        self._rows = picture_rows(entries, opened)
        self._heading = title
        themes.install(self, theme)

    def compose(self) -> ComposeResult:
        """What the styles are those of."""
        yield TranscriptView()

    def on_mount(self) -> None:
        """Draw it."""
        palette = Palette(self.query_one(TranscriptView))
        self.exit(list(svg(self._rows, palette, colours_of(self), self._heading)))


def colours_of(app: App[Any]) -> Colours:
    """The colours of an app's theme."""
    theme = app.current_theme
    return Colours(theme.foreground or "#d8dbe2", theme.background or "#14161a", app.ansi_theme)


def draw_picture(
    entries: Sequence[Entry], opened: Container[int], title: str, theme: str = themes.DARK
) -> Iterator[str]:
    """A picture of `entries`, in pieces.

    Args:
        opened: Places in `entries` of those that are drawn unfolded.

    Raises:
        UsageError: There are none, or too many for a picture.
    """
    yield from _PictureApp(entries, opened, theme, title).run(headless=True) or []
