"""The terminal as the command hands it to the app: taken over, with a first frame on it.

Imports neither Textual nor anything slow.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class OpenTerminal:
    """A terminal in raw mode that already shows the first frame.

    Args:
        saved: Its modes as found (`termios.tcgetattr`), to be given back at the end.
    """

    def __init__(self, saved: list[Any]) -> None:
        self.saved = saved
        self.adopted = False
        """Whether the app's driver has taken it over."""
        self.in_order = False
        """Whether the app's driver has put it back as it was."""


terminal: OpenTerminal | None = None
"""Set by the command before the app starts; None when the app was started another way."""
