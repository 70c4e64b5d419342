"""The stage these tests play on."""

from corestage import core  # noqa: F401
from sdkstage import sdk  # noqa: F401
