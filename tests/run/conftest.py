"""The stage these tests play on."""

from corestage import core  # noqa: F401
from smalldisk import small_disk  # noqa: F401
