"""The stage these tests play on."""

from __future__ import annotations

import ast
import asyncio
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codexinapp import apps
from codexstage import (
    ENVIRONMENT,
    CodexStage,
    clients,
    codex_program,
    pytest_generate_tests,
    scripted,
    shared_codex,
    stages,
    warm_homes,
)

__all__ = [
    "apps",
    "clients",
    "codex_program",
    "on_path",
    "program",
    "pytest_generate_tests",
    "scripted",
    "shared_codex",
    "stages",
    "warm_homes",
]


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[CodexStage], None]:
    """Puts codex on PATH, where it has a stage's home, and goes to its workspace."""

    def go(stage: CodexStage) -> None:
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "codex").symlink_to(stage.program)
        environment = {**ENVIRONMENT, "PATH": f"{programs}:/usr/bin:/bin"}
        for name, value in {**environment, "CODEX_HOME": str(stage.home)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(stage.workspace)

    return go


@pytest.fixture
def program(on_path: Callable[[CodexStage], None]) -> Callable[..., dict[str, Any]]:
    """Runs a program, which may await things, on a stage; what it knows at its end."""

    def run(source: str, stage: CodexStage, **known: Any) -> dict[str, Any]:
        on_path(stage)
        names = {"__name__": "__main__", **known}
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        running = eval(compile(textwrap.dedent(source), "program", "exec", flags), names)
        if running is not None:
            asyncio.run(running)
        return names

    return run
