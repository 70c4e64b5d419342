"""Where ForgeCode (and CodeGraff, which is built on it) keeps what is a person's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def forge_home(environ: Mapping[str, str] = os.environ) -> Path:
    """`FORGE_CONFIG` if that is set, else `~/forge` if that is there, else `~/.forge`."""
    named = environ.get("FORGE_CONFIG")
    if named:
        return Path(os.path.expanduser(named))
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    visible = home / "forge"
    return visible if visible.is_dir() else home / ".forge"
