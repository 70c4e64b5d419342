"""The published pictures are those the tests compare with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import publish
import pytest


def test_what_is_published_is_what_is_tested() -> None:
    script = Path(publish.__file__)
    done = subprocess.run(
        [sys.executable, script, "--check"], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_published_picture_that_differs_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(publish, "PUBLISHED", tmp_path / "published")
    assert publish.differing() == list(publish.CHOSEN)
    publish.publish()
    assert publish.main(["--check"]) == 0
    (tmp_path / "published" / "keys.svg").write_text("another")
    assert publish.differing() == ["keys"]
    assert publish.main(["--check"]) == 1
