"""The stage these tests play on."""

from keyringstage import Desktop, bus, desktop, no_desktop

__all__ = ["Desktop", "bus", "desktop", "no_desktop"]
