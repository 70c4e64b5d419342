"""The app with a Codex conversation on screen: both cores ask the same scripted provider."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from codexstage import CodexStage
from session.session_stage import Begin, Session

Stages = Callable[..., CodexStage]
Here = Callable[[CodexStage], None]


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Have this process find the codex program, and its home, as a person's would."""

    def here(stage: CodexStage) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "codex").symlink_to(stage.program)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        for name, value in stage.environment.items():
            monkeypatch.setenv(name, value)

    return here


@pytest.fixture
def begin_codex(begin: Begin, on_path: Here) -> Begin:
    """Start the app with Codex: `async with begin_codex(stage) as session`."""

    @asynccontextmanager
    async def begun(
        stage: CodexStage, size: tuple[int, int] = (150, 40), **options: Any
    ) -> AsyncIterator[Session]:
        on_path(stage)
        chosen = {"cwd": str(stage.workspace), "backend": "codex", "model": "gpt-5.5"}
        provider: dict[str, Any] = {"provider": None}
        if options.get("backend") == "graff":
            provider, chosen["model"] = {}, "fake-model"
        async with begin(stage.fake, size, chosen | provider | options) as session:
            yield session

    return begun
