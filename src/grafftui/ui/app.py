"""The full-screen app: themes, the session screen, and an orderly end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual.app import App
from textual.screen import Screen

from grafftui.ui import themes
from grafftui.ui.hygiene import Crash, EarlyKeys, Signals
from grafftui.ui.line_filter import LineFilter
from grafftui.ui.screens.session import SessionScreen
from grafftui.ui.styles import style_sheet

if TYPE_CHECKING:
    from grafftui.settings.first_frame import FirstFrame
    from grafftui.ui.options import Options


class GrafftuiApp(Crash, Signals, EarlyKeys, App[int]):
    """One session screen; everything else is pushed on top of it."""

    # The first screen's sheets as well: Textual does not load those of a default screen.
    CSS_PATH = [  # noqa: RUF012  (as App declares it)
        style_sheet(name) for name in ("app.tcss", "session.tcss", "composer.tcss")
    ]
    ENABLE_COMMAND_PALETTE = False
    TITLE = "grafftui"

    def __init__(self, options: Options, first_frame: FirstFrame) -> None:
        super().__init__()
        self.session = SessionScreen(options)
        self.control_filter = LineFilter()
        self._filters.append(self.control_filter)
        themes.install(self, first_frame.theme)
        if first_frame.reduced_motion:
            themes.reduce_motion(self)
        self.set_keymap(first_frame.keymap)

    def get_default_screen(self) -> Screen[None]:
        """The session."""
        return self.session

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Lend the terminal. It comes back also when what is done with it fails: Textual's own
        leaves it away then."""
        failed: BaseException | None = None
        with super().suspend():
            try:
                yield
            except BaseException as error:
                failed = error
        if failed is not None:
            raise failed

    def stop_work(self) -> None:
        """A signal ends the app: nothing goes on unattended."""
        self.session.desk.interrupt_all()


def run(options: Options) -> int:
    """Run the app until it ends; returns the exit code."""
    from grafftui.settings.first_frame import load_first_frame
    from grafftui.settings.paths import Paths

    app = GrafftuiApp(options, load_first_frame(Paths.from_environment()))
    result = app.run()
    return app.return_code or result or 0
