"""The sandbox screens, with the real local engine and a stand-in for docker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fakes import container_program
from grafftui.errors import GrafftuiError
from grafftui.sandboxes.lasting import Engines
from grafftui.settings.paths import Paths
from grafftui.ui.screens import confirm
from grafftui.ui.screens.sandboxes import SandboxesScreen
from session.session_stage import Session

Make = Callable[..., str]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No guard before an answer: it is tested elsewhere."""
    monkeypatch.setattr(confirm, "GUARD", 0.0)


@pytest.fixture(autouse=True)
def standing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No docker or podman is found but the stand-in, and that where a test puts it in the way.

    It waits at `gate` of the folder that is returned, if that is a FIFO.
    """
    found, programs = tmp_path / "containers", tmp_path / "programs"
    found.mkdir()
    programs.mkdir()
    monkeypatch.setenv("FAKE_CONTAINERS", str(found))
    for name in ("docker", "podman"):
        program = programs / name
        program.write_text("#!/bin/sh\necho 'nobody is at home' >&2\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return found


def let_docker_in(found: Path) -> None:
    """From now on `docker` is the stand-in."""
    program = found.parent / "programs" / "docker"
    gate = found / "gate"
    program.write_text(
        f"#!/bin/sh\n[ -p {gate} ] && read -r _ < {gate}\n"
        f'exec "{sys.executable}" -I {container_program.__file__} "$@"\n'
    )


@pytest.fixture
def engines(home: Path) -> Iterator[Engines]:
    """The engines the app has, too. Local sandboxes do not outlive the test."""
    found = Engines(Paths.from_environment())
    yield found
    local = found.named("local")
    for one in local.list():
        with suppress(GrafftuiError):
            local.destroy(one["id"])


@pytest.fixture
def sandboxes(engines: Engines, workspace: Path) -> Make:
    """Make a local sandbox; its id."""
    from grafftui.sandboxes.lasting import Wanted

    def made(name: str = "", *, seed: bool = False, **wanted: object) -> str:
        labels = {"name": name} if name else {}
        place = workspace if seed else None
        return str(engines.usable("local").create(Wanted(labels=labels, workspace=place))["id"])

    return made


async def opened(session: Session) -> SandboxesScreen:
    """The screen of them all."""
    await session.screen.run_action("command_sandboxes")
    await session.shows(SandboxesScreen)
    screen = session.app.screen
    assert isinstance(screen, SandboxesScreen)
    return screen


def rows(screen: SandboxesScreen) -> list[tuple[str, str, str]]:
    """Engine, id, state."""
    return [(row.engine, row.id, row.state) for row in screen.listed.rows]
