"""Keys typed before there is anything to type into."""

from __future__ import annotations

import math
import time
from collections import deque

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from grafftui.ui.hygiene.driver import PasteCut, TerminalDriver

KEPT = 10_000
"""Keys kept at most."""


class EarlyKeys(App[int]):
    """Keeps what is typed from the skeleton on until a widget of the main screen has the focus.

    The tty's queue keeps it until the driver reads, this keeps it from there. A dialog that
    comes first is not answered by keys that were typed before it could be seen; what is typed
    while it is open goes to it. Brings the `TerminalDriver` along, which takes the terminal over
    from the skeleton without emptying that queue.
    """

    def __init__(self) -> None:
        super().__init__()
        self._early: deque[events.Key | events.Paste] | None = deque(maxlen=KEPT)
        self._seen_from = math.inf  # on the clock of `Message.time`

    def get_driver_class(self) -> type[Driver]:
        """Our driver in place of Textual's own; another one chosen by TEXTUAL_DRIVER stays."""
        chosen = super().get_driver_class()
        return TerminalDriver if chosen is LinuxDriver else chosen

    async def on_event(self, event: events.Event) -> None:
        """Every event from the driver comes through here."""
        if (
            self._early is not None
            and isinstance(event, events.Key | events.Paste)
            and not event.is_forwarded
            and (event.time < self._seen_from or not self._is_dialog_open())
        ):
            self._early.append(event)
            await self.replay_early_keys()
        else:
            await super().on_event(event)

    def post_display_hook(self) -> None:
        """Called by Textual after each attempt to draw a frame."""
        super().post_display_hook()
        if self._seen_from == math.inf and self._running and not self._batch_count:
            self._seen_from = time.monotonic()
        if self._early:  # a dialog may have gone
            self.call_next(self.replay_early_keys)

    async def _on_descendant_focus(self) -> None:
        await self.replay_early_keys()

    async def replay_early_keys(self) -> None:
        """Give the keys kept to what has the focus, in order, and stop keeping them."""
        if self._early is None or not self._screen_stack or self._is_dialog_open():
            return
        if self.focused is None:
            return
        while self._early:
            await super().on_event(self._early.popleft())
        self._early = None

    def _is_dialog_open(self) -> bool:
        return bool(self._screen_stack) and self._screen_stack[-1].is_modal

    def _on_paste_cut(self, event: PasteCut) -> None:
        self.notify(
            f"The paste was cut: {event.kept:,} characters taken, {event.dropped:,} left out.",
            severity="warning",
            markup=False,
        )
