"""Folders as they are written on screen."""

from __future__ import annotations

from pathlib import Path


def home_as_tilde(path: str) -> str:
    """`path`, absolute, with the person's home folder as "~"."""
    home = str(Path.home())
    return "~" + path[len(home) :] if path == home or path.startswith(home + "/") else path
