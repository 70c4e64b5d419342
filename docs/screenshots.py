"""Gives the site the pictures of `screenshots/`, which the README shows too."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PICTURES = Path(__file__).parents[1] / "screenshots"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them (an event of MkDocs)."""
    for path in sorted(PICTURES.glob("*.svg")):
        files.append(File.generated(config, f"screenshots/{path.name}", abs_src_path=str(path)))
    return files
