"""The stage these tests play on."""

from corestage import core  # noqa: F401
from keys.conftest import bus, desktop  # noqa: F401
from mcpstage import stage  # noqa: F401
