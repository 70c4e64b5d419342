"""Copies the pictures a reader is shown from the ones the tests compare with.

python tests/pictures/publish.py            after pytest tests/pictures --snapshot-update
python tests/pictures/publish.py --check    exit code 1 and a line for each that differs
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SNAPSHOTS = HERE / "__snapshots__"
PUBLISHED = HERE.parents[1] / "screenshots"

CHOSEN = {
    "session": "test_pictures/test_approval_of_an_edit[120x40-dark]",
    "approval": "test_pictures/test_wide[dark]",
    "keys": "test_pictures/test_keys[120x40-dark]",
    "light": "test_pictures/test_session[120x40-light]",
    "search": "test_pictures_of_finding/test_search",
    "sandbox": "test_pictures_of_sandboxes/test_what_changed_in_one",
    "codex": "test_pictures_of_codex/test_a_patch_is_asked_for",
}
"""Published name → the picture: its test's module and name."""


def differing() -> list[str]:
    """Names of published pictures that are not what the tests compare with."""
    return [name for name in CHOSEN if _read(PUBLISHED / f"{name}.svg") != _read(_source(name))]


def publish() -> None:
    """Make the published pictures what the tests compare with."""
    PUBLISHED.mkdir(exist_ok=True)
    for name in CHOSEN:
        (PUBLISHED / f"{name}.svg").write_bytes(_source(name).read_bytes())


def _source(name: str) -> Path:
    return SNAPSHOTS / f"{CHOSEN[name]}.svg"


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def main(argv: list[str]) -> int:
    """Publish, or with --check say what would change."""
    if argv != ["--check"]:
        publish()
        return 0
    for name in differing():
        sys.stdout.write(f"screenshots/{name}.svg is out of date: make screenshots\n")
    return bool(differing())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
