"""Which codex programs the tests run."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path


def _of_the_extra() -> str:
    extra = find_spec("codex_cli_bin")
    return str(Path(extra.origin).parent / "bin" / "codex") if extra and extra.origin else "codex"


CODEX = os.environ.get("GRAFFTUI_TEST_CODEX") or _of_the_extra()
"""That of the extra `codex`, which the extra `dev` has too; or another version of it."""

OLDEST = str(Path(sys.prefix) / "oldest-codex" / "codex_cli_bin" / "bin" / "codex")
"""The oldest the extra may bring, where `make test` puts it."""
