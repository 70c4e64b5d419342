"""Harm is counted where a command runs: `cd`s are followed, and where they cannot be, the worst
is thought of."""

from __future__ import annotations

import pytest
from shell_stage import Stage


@pytest.mark.parametrize(
    "command",
    [
        "cd .. && rm -rf ws", "cd src && cd ../.. && rm -rf ws", "cd / && rm -rf ROOT/ws",
        "cd ..; rm -rf ws", "(cd ..; rm -rf ws)", "bash -c 'cd .. && rm -rf ws'",
        "pushd .. && rm -rf ws", "cd -P -- .. && rm -rf ./ws/", "env -C .. rm -rf ws",
        "env --chdir=.. rm -rf ws", "cd .. && mv ws x", "cd .. && find ws -delete",
        "for i in 1 2; do rm -rf ws; cd ..; done", "cd ../home && rm -rf .",
        "cd && rm -rf ../ws", "cd ~ && rm -rf .", "cd src && rm -rf ..", "cd src && rm -rf ../.git",
        "cd src | rm -rf .", "(cd src); rm -rf .", "cd src; rm -rf .", "builtin cd .. && rm -rf ws",
        "cd $x && rm -rf ws", "cd link-out && rm -rf ..", "cd \"$(dirname x)\"; rm -rf ws",
    ],
)  # fmt: skip
def test_r100_the_workspace_is_not_removed_from_elsewhere(stage: Stage, command: str) -> None:
    analysis = stage.analyse(command.replace("ROOT", str(stage.root)))
    assert analysis.refusals, analysis


@pytest.mark.parametrize(
    ("command", "danger"),
    [
        ("cd src && rm -rf main.py", "would remove 1 file, "),
        ("cd src; rm -rf main.py", "would remove 1 file, "),
        ("cd src && cp app.js main.py", "would overwrite 1 file, "),
        ("cd $x && rm -rf build", "rm build: in a directory that cannot be told"),
        ("cd - && cp a b", "cp b: in a directory that cannot be told"),
        ("cd $x && truncate -s 0 y", "truncate y: in a directory that cannot be told"),
    ],
)
def test_r100_what_is_counted_is_counted_there(stage: Stage, command: str, danger: str) -> None:
    analysis = stage.analyse(command)
    assert any(found.startswith(danger) for found in analysis.dangers), analysis.dangers
    assert analysis.refusals == ()


def test_r100_behind_a_certain_cd_only_that_directory_counts(stage: Stage) -> None:
    assert stage.analyse("cd src && rm -rf .").refusals == ()
    (danger,) = stage.analyse("cd src && rm -rf main.py").dangers
    assert " if it runs in " not in danger


def test_r100_a_cd_alone_is_no_danger(stage: Stage) -> None:
    for command in ("cd src && ls", "cd .. && ls", "cd $x && ls -l y", "cd src; pytest"):
        analysis = stage.analyse(command)
        assert (analysis.dangers, analysis.refusals) == ((), ()), command
