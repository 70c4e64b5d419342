"""How far a transfer is, and its end before its time: nothing is left half done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sandbox_stage import Make

from grafftui.errors import AbortedError
from grafftui.sandboxes.lasting import Engines, Sandbox
from grafftui.sandboxes.lasting.progress import Progress

pytestmark = pytest.mark.needs("bubblewrap")
SIZE = 3_000_000


@pytest.fixture
def sandbox(sandboxes: Make, engines: Engines) -> Sandbox:
    return Sandbox(engines.usable("local"), sandboxes(), engines.log)


def test_how_far_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "big").write_bytes(os.urandom(SIZE))
    there, back = Progress(), Progress(SIZE)
    sandbox.upload_path(folder / "big", "/workspace/big", progress=there)
    assert (there.done, there.total) == (SIZE, SIZE)
    sandbox.download_path("/workspace/big", tmp_path / "back", progress=back)
    assert back.done == SIZE
    assert (tmp_path / "back").read_bytes() == (folder / "big").read_bytes()
    there, back = Progress(), Progress()
    sandbox.upload_path(folder, "/workspace/folder", progress=there)
    sandbox.download_path("/workspace/folder", tmp_path / "folder2", progress=back)
    assert SIZE < there.done < SIZE + 1_000_000 and SIZE < back.done < SIZE + 1_000_000


def test_what_is_ended_says_so_and_leaves_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """Ended before they begin to move anything, which none of them could have done by then."""
    sandbox.exec("mkfifo /tmp/pipe; truncate -s 1G /tmp/large; mkdir /tmp/f; mv /tmp/large /tmp/f")
    folder, here = tmp_path / "folder", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    (folder / "big").write_bytes(b"x" * SIZE)
    ended = Progress()
    ended.cancellation.cancel()
    for move in (
        lambda: sandbox.upload_path(folder / "big", "/tmp/pipe", progress=ended),
        lambda: sandbox.upload_path(folder, "/tmp/g", progress=ended),
        lambda: sandbox.download_path("/tmp/f/large", here / "x", progress=ended),
        lambda: sandbox.download_path("/tmp/f", here / "x", progress=ended),
    ):
        with pytest.raises(AbortedError):
            move()
    assert list(here.iterdir()) == []
    assert sandbox.info()["running"] == 0
