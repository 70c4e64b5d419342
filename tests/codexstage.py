"""The real codex program, with a home of its own and a scripted provider."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from codexprogram import CODEX, OLDEST
from fakes.server import FakeProvider
from fakes.steps import Turn, text, tool
from grafftui.backends.codex import (
    ApprovalHooks,
    AsyncCodexClient,
    CodexClient,
    CodexOptions,
    ServerRequest,
)
from grafftui.backends.codex.hooks import checked

FAKE = Path(__file__).with_name("codex") / "app_server_fake.py"

ENVIRONMENT = {"TMPDIR": "/var/tmp"}
"""Codex puts helper programs into its home, but not below the temporary directory, where the
homes of tests are: then nothing runs in its sandbox."""


def run(command: str, call_id: str = "") -> dict[str, Any]:
    """The step in which a model runs a command, and waits for it as long as it may."""
    return tool("exec_command", {"cmd": command, "yield_time_ms": 30_000}, call_id)


class CodexStage:
    """A home, a workspace and a provider."""

    def __init__(self, root: Path, fake: FakeProvider, warm: Path, program: str = CODEX) -> None:
        self.fake = fake
        self.program = program
        self.home = root / "codex-home"
        shutil.copytree(warm, self.home)
        self.workspace = root / "workspace"
        self.workspace.mkdir()
        self.write_config()
        self.environment = {**ENVIRONMENT, "CODEX_HOME": str(self.home)}

    def write_config(self, more: str = "") -> None:
        """Settings that lead to the provider, and make no sandbox leave anything in /tmp: a `.git`
        there, empty as it is, makes a repository of everything below it."""
        config = f"""
            model = "gpt-5.5"
            model_provider = "fake"
            {more}
            [model_providers.fake]
            name = "fake"
            base_url = "{self.fake.url}"
            wire_api = "responses"
            request_max_retries = 0
            stream_max_retries = 0
            [sandbox_workspace_write]
            exclude_slash_tmp = true
            exclude_tmpdir_env_var = true
            """
        (self.home / "config.toml").write_text(textwrap.dedent(config))

    def options(self, **more: Any) -> CodexOptions:
        """How to start the program here."""
        env: Mapping[str, str] = more.pop("env", {})
        environment = {**self.environment, **env}
        return CodexOptions(codex_bin=self.program, env=environment, cwd=self.workspace, **more)

    def outputs(self) -> list[str]:
        """What the model was told of its commands, in order."""
        if not self.fake.requests:
            return []
        items = self.fake.requests[-1].body["input"]
        return [str(item["output"]) for item in items if item["type"].endswith("_call_output")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `each_codex` run with the current program and with the oldest."""
    if "codex_program" in metafunc.fixturenames and any(
        metafunc.definition.iter_markers("each_codex")
    ):
        oldest = pytest.param(OLDEST, id="oldest", marks=pytest.mark.needs("oldest-codex"))
        programs = [pytest.param(CODEX, id="current"), oldest]
        metafunc.parametrize("codex_program", programs, indirect=True)


@pytest.fixture(scope="module")
def codex_program(request: pytest.FixtureRequest) -> str:
    """The program of a test's stages."""
    program: str = getattr(request, "param", CODEX)
    return program


@pytest.fixture(scope="session")
def warm_homes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A home that a program used once: it makes six databases in a new one, for half a second."""

    @cache
    def warm(program: str) -> Path:
        home = tmp_path_factory.mktemp("codex") / "home"
        home.mkdir()
        if shutil.which(program) is not None:
            environment = {**ENVIRONMENT, "CODEX_HOME": str(home)}
            with CodexClient(CodexOptions(codex_bin=program, env=environment)):
                pass
        return home

    return warm


@pytest.fixture
def stages(
    tmp_path: Path, warm_homes: Callable[[str], Path], codex_program: str
) -> Iterator[Callable[..., CodexStage]]:
    """Makes stages, by the provider's script or its handler."""
    with ExitStack() as stack:
        made = 0

        def make(script: Sequence[Turn] = (), **more: Any) -> CodexStage:
            nonlocal made
            made += 1
            root = tmp_path / f"stage-{made}"
            root.mkdir()
            fake = stack.enter_context(FakeProvider(script, **more))
            return CodexStage(root, fake, warm_homes(codex_program), codex_program)

        yield make


class SharedCodex:
    """One app-server for tests that leave it as it was: starting one takes 0.4 s."""

    def __init__(self, root: Path, warm: Path, program: str) -> None:
        self._root = root
        self._acts = 0
        self._script: list[Turn] = []
        self._handler: Callable[[dict[str, Any]], Turn] | None = None
        self._hooks = ApprovalHooks()
        self.stage = CodexStage(root, FakeProvider(handler=self._turn), warm, program)
        self.client = CodexClient(self.stage.options(), answer=self._answer)

    def play(
        self,
        script: Sequence[Turn] = (),
        *,
        handler: Callable[[dict[str, Any]], Turn] | None = None,
        hooks: ApprovalHooks | None = None,
    ) -> tuple[CodexStage, CodexClient]:
        """For the next test: an empty workspace, the provider's script, who answers questions."""
        self._script, self._handler, self._hooks = [*script], handler, hooks or ApprovalHooks()
        self._acts += 1
        self.stage.fake.requests.clear()
        self.stage.workspace = self._root / f"workspace-{self._acts}" / "here"
        self.stage.workspace.mkdir(parents=True)
        return self.stage, self.client

    def _turn(self, body: dict[str, Any]) -> Turn:
        if self._handler is not None:
            return self._handler(body)
        return self._script.pop(0) if self._script else [text("Nothing more was scripted.")]

    def _answer(self, question: ServerRequest) -> dict[str, Any]:
        answer: Any = self._hooks.answer(question)
        return checked(question, answer)


@pytest.fixture(scope="module")
def shared_codex(
    tmp_path_factory: pytest.TempPathFactory,
    warm_homes: Callable[[str], Path],
    codex_program: str,
) -> Iterator[SharedCodex]:
    """One app-server for the tests of a module."""
    shared = SharedCodex(tmp_path_factory.mktemp("codex"), warm_homes(codex_program), codex_program)
    with shared.stage.fake, shared.client:
        yield shared


@pytest.fixture
def clients() -> Iterator[Callable[..., CodexClient]]:
    """Makes clients that are closed at the end."""
    with ExitStack() as stack:
        yield lambda *args, **more: stack.enter_context(CodexClient(*args, **more))


@pytest.fixture
def scripted(tmp_path: Path) -> Callable[..., CodexOptions]:
    """How to start an app-server that does what it is told."""

    def make(*wanted: str, **more: Any) -> CodexOptions:
        program = tmp_path / f"fake-{'-'.join(wanted) or 'codex'}"
        program.write_text(f"#!/bin/sh\nexec {sys.executable} -S -E {FAKE} {' '.join(wanted)}\n")
        program.chmod(0o755)
        return CodexOptions(codex_bin=program, **more)

    return make


__all__ = [
    "AsyncCodexClient",
    "CodexStage",
    "SharedCodex",
    "clients",
    "codex_program",
    "pytest_generate_tests",
    "run",
    "scripted",
    "shared_codex",
    "stages",
    "warm_homes",
]
