"""When a screen is painted: as soon as something changed, but not all the time.

Textual 8.2.8 paints at the ticks of a clock of 60 a second, and after a pause leaves one out:
measured, a key stands on the screen up to 33 ms after it could have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from textual.screen import Screen
from textual.timer import Timer

from grafftui.ui.frugal_compositor import FrugalCompositor

GAP: Final = 1 / 120
"""Seconds between the beginnings of two frames at the least."""


class PromptFrames(Screen[None]):
    """A screen that paints what changed, and does so at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compositor = FrugalCompositor()
        self._frames = _Frames(self._paint)

    @property
    def _update_timer(self) -> Timer:
        return self._frames  # type: ignore[return-value]  # all of it that a screen uses

    def _paint(self) -> None:
        if not self.is_running or self.app._exit:
            return
        try:
            self._on_timer_update()
        except Exception as error:
            self.app._handle_exception(error)


class _Frames:
    """Stands in for the timer: `resume` asks for a frame, `pause` takes that back."""

    def __init__(self, paint: Callable[[], None]) -> None:
        self._paint = paint
        self._painted_at = 0.0
        self._due: asyncio.TimerHandle | None = None

    def resume(self) -> None:
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time(), self._painted_at + GAP), self._now)

    def pause(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _now(self) -> None:
        self._due = None
        self._painted_at = asyncio.get_running_loop().time()
        self._paint()
