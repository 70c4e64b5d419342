"""What analysis says a command's words are, against what the kernel is given by bash."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest
from shell_fuzz import PROGRAMS, make_recorders, random_command, words_by_bash

from grafftui.approvals.shell import Analysis, Place, analyse

GENERATED = int(os.environ.get("GRAFFTUI_FUZZ_GENERATED", "2000"))
"""How many commands are made up. By hand more, with GRAFFTUI_FUZZ_SEED for others."""

SEED = int(os.environ.get("GRAFFTUI_FUZZ_SEED", "1"))

WANTED = int(os.environ.get("GRAFFTUI_FUZZ_ACCEPTED", "0"))
"""Where given, commands are made up until so many were accepted."""


_HARMLESS = (">/dev/null", "2>/dev/null", "2>&1", "&>/dev/null")


def test_accepted_commands_mean_what_bash_makes_of_them(tmp_path: Path) -> None:
    """4.3: the words predicted are the words delivered, for every command that is accepted."""
    programs, empty = tmp_path / "programs", tmp_path / "empty"
    programs.mkdir()
    empty.mkdir()
    make_recorders(programs)
    place = Place(cwd=str(empty), workspace=str(empty), path_dirs=(str(programs),))
    chance = random.Random(SEED)
    accepted = generated = 0
    wrong = []
    while generated < GENERATED or accepted < WANTED:
        generated += 1
        command = random_command(chance)
        analysis = analyse(command, place)
        if analysis.unreadable:
            continue
        accepted += 1
        if any(str(found) not in _HARMLESS for part in analysis.simple for found in part.redirects):
            continue  # bash would write there, wherever that is
        delivered = words_by_bash(command, programs, empty)
        if not _agrees(analysis, delivered, command):
            wrong.append((command, delivered))
    assert wrong == [], f"{len(wrong)} of {accepted}"
    assert accepted > generated / 20, "hardly any command is accepted: the test says nothing"
    print(f"{generated:,} generated, {accepted:,} accepted, seed {SEED}")  # noqa: T201


def _agrees(analysis: Analysis, delivered: list[tuple[str, ...]], command: str) -> bool:
    expected = Counter(part.argv for part in analysis.simple)
    if not Counter(delivered) <= expected:
        return False
    all_run = "||" not in command and all(part.argv[0] in PROGRAMS for part in analysis.simple)
    return not all_run or len(delivered) == len(analysis.simple)


@pytest.mark.parametrize("seed", range(3))
def test_the_generator_reaches_what_is_nasty(seed: int) -> None:
    chance = random.Random(seed)
    made = "".join(random_command(chance) for _ in range(2000))
    for piece in ("$(x)", "\\\n", "''\\;", '"a"', "HEAD~1", "||", "2>&1", "é"):
        assert piece in made
