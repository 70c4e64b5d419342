"""Sandboxes that are containers: with docker and podman where they are, and with a stand-in."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from fakes import container_program
from grafftui import AbortedError, NotFoundError, SandboxError, UsageError
from grafftui.sandboxes.lasting import Sandbox, Wanted
from grafftui.sandboxes.lasting.containers import ContainerEngine

pytestmark = pytest.mark.needs("bubblewrap")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-in keeps."""
    found = tmp_path / "containers"
    found.mkdir()
    monkeypatch.setenv("FAKE_CONTAINERS", str(found))
    return found


@pytest.fixture
def standing_in(place: Path, tmp_path: Path) -> ContainerEngine:
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I {container_program.__file__} "$@"\n')
    program.chmod(0o755)
    return ContainerEngine("docker", str(program))


@pytest.fixture(params=["a stand-in", "docker", "podman"])
def engine(request: pytest.FixtureRequest) -> ContainerEngine:
    if request.param == "a stand-in":
        found: ContainerEngine = request.getfixturevalue("standing_in")
        return found
    real = ContainerEngine(request.param)
    if problem := real.problem():
        pytest.skip(f"{request.param} cannot be used: {problem}")
    return real


def test_a_life(engine: ContainerEngine, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").write_text("one\n")
    wanted = Wanted("any", 30, {"for": "a test"}, memory=0.25, workspace=tmp_path / "source")
    made = engine.create(wanted)
    try:
        sandbox = Sandbox(engine, made["id"])
        assert (made["state"], made["labels"], made["memory"]) == (
            "started",
            {"for": "a test"},
            0.25,
        )
        assert made["image"] == "debian:stable"
        done = sandbox.exec('cat file; echo "$A" >&2; exit 3', env={"A": "b c"})
        assert (done["exitCode"], done["result"]) == (3, "one\nb c\n")
        sandbox.upload(b"\0\xff" * 1_000, "/tmp/a folder/x")
        assert sandbox.download("/tmp/a folder/x") == b"\0\xff" * 1_000
        with pytest.raises(NotFoundError):
            sandbox.download("/tmp/nothing")
        sandbox.download_path("/workspace", tmp_path / "back")
        assert (tmp_path / "back" / "file").read_text() == "one\n"
        sandbox.download_path("/workspace/file", tmp_path / "single")
        assert (tmp_path / "single").read_text() == "one\n"
        sandbox.stop()
        assert sandbox.info()["state"] == "stopped"
        with pytest.raises(SandboxError, match="is stopped"):
            sandbox.exec("true")
        sandbox.start()
        assert sandbox.exec("cat file")["result"] == "one\n"
        assert made["id"] in [one["id"] for one in engine.list()]
    finally:
        engine.destroy(made["id"])
    assert made["id"] not in [one["id"] for one in engine.list()]
    with pytest.raises(NotFoundError):
        sandbox.info()


def test_what_is_ended_runs_no_longer(engine: ContainerEngine) -> None:
    sandbox = Sandbox(engine, engine.create(Wanted())["id"])
    try:
        done = sandbox.exec("echo begun; sleep 60 & sleep 60", timeout_seconds=0.5)
        assert (done["exitCode"], done["timedOut"]) == (124, True)
        assert done["result"].startswith("begun\n")
        execution = sandbox.exec_stream("echo begun; sleep 60; touch /tmp/went-on")
        assert next(iter(execution)) == "begun\n"
        threading.Thread(target=execution.cancel).start()
        with pytest.raises(AbortedError):
            execution.result()
        assert sandbox.exec("ls /tmp")["result"] == ""
    finally:
        sandbox.destroy()


def test_how_it_is_held(standing_in: ContainerEngine, place: Path) -> None:
    made = standing_in.create(Wanted("python", 5, network=False, cpu=0.5))
    Sandbox(standing_in, made["id"]).exec("true", env={"SECRET": "hush"})
    words = [json.loads(line) for line in (place / "words").read_text().splitlines()]
    (run,) = [each for each in words if each[0] == "run"]
    assert run[run.index("--cap-drop") + 1] == "ALL" and "no-new-privileges" in run
    assert run[run.index("--network") + 1] == "none" and "python:3.13" in run and run[-1] == "300"
    assert "hush" not in (place / "words").read_text()
    assert made["cpu"] == 0.5 and made["network"] is False


def test_the_address_of_a_port(standing_in: ContainerEngine) -> None:
    made = standing_in.create(Wanted())
    assert Sandbox(standing_in, made["id"]).preview(3_000) == {
        "url": "http://172.17.0.2:3000",
        "token": None,
    }
    alone = standing_in.create(Wanted(network=False))
    with pytest.raises(UsageError, match="gives this sandbox no address"):
        standing_in.preview(alone["id"], 3_000)


def test_only_ours_are_touched(standing_in: ContainerEngine, place: Path) -> None:
    other = place / "grafftui-0123456789ab"
    other.mkdir()
    (other / "container.json").write_text('{"State": {"Status": "running"}, "Config": {}}')
    assert standing_in.list() == []
    for call in (standing_in.destroy, standing_in.stop, standing_in.info):
        with pytest.raises(NotFoundError):
            call("0123456789ab")
        with pytest.raises(NotFoundError):
            call("--all")
    assert other.exists()


def test_what_fails_is_one_plain_line(standing_in: ContainerEngine) -> None:
    with pytest.raises(SandboxError) as raised:
        standing_in.create(Wanted(image="no/such"))
    assert "pull access denied" in str(raised.value) and str(raised.value).isprintable()
    for image in ("-v/:/host", "a b", "a\nb"):
        with pytest.raises(UsageError):
            standing_in.create(Wanted(image=image))
    with pytest.raises(UsageError):
        standing_in.create(Wanted(disk=1))


def test_where_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ContainerEngine("podman").problem() == "podman is not installed"
    broken = tmp_path / "docker"
    broken.write_text("#!/bin/sh\necho 'Cannot connect to the daemon' >&2\nexit 1\n")
    broken.chmod(0o755)
    problem = ContainerEngine("docker").problem()
    assert problem == "docker version failed: Cannot connect to the daemon"
