"""The stage these tests play on."""

from corestage import core  # noqa: F401
