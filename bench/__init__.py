"""What grafftui costs, measured from outside: `python -m bench`, see `bench.__main__`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the terminal is the tests' one
