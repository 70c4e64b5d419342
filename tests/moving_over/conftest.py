"""The stage these tests play on."""

from corestage import core  # noqa: F401
from keyringstage import bus, desktop, no_desktop  # noqa: F401
