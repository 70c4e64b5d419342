"""Placeholders of commands that run and end at the same time: those of sub-agents, say."""

from __future__ import annotations

import threading
from pathlib import Path

from grafftui.sandboxes.placeholders import Placeholders


def test_who_leaves_at_the_same_time_leaves_nothing(tmp_path: Path) -> None:
    for number in range(100):
        placed = [Placeholders(str(tmp_path)) for _ in range(3)]
        for at, one in enumerate(placed):
            one.make([str(tmp_path / ".git"), str(tmp_path / f".own-{at}")])
        together = threading.Barrier(len(placed))

        def leave(one: Placeholders, together: threading.Barrier = together) -> None:
            together.wait(60)
            one.remove()

        threads = [threading.Thread(target=leave, args=(one,)) for one in placed]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not [*tmp_path.iterdir()], number


def test_who_stays_keeps_them(tmp_path: Path) -> None:
    leaves, stays = Placeholders(str(tmp_path)), Placeholders(str(tmp_path))
    for one in (leaves, stays):
        one.make([str(tmp_path / ".git")])
    leaves.remove()
    assert (tmp_path / ".git").is_dir()
    stays.remove()
    assert not [*tmp_path.iterdir()]
