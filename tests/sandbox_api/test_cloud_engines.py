"""Sandboxes of Daytona and E2B: their own SDKs against services of ours on loopback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fakes import daytona_cloud, e2b_cloud
from fakes.cloud_machines import Machines
from fakes.cloud_server import CloudServer
from grafftui import (
    AbortedError,
    AuthenticationError,
    Graff,
    NotFoundError,
    SandboxAuthenticationError,
    SandboxError,
    SandboxGoneError,
    UsageError,
)
from grafftui.keys import KeyVault
from grafftui.sandboxes.lasting import Engines, Sandbox
from grafftui.sandboxes.lasting.progress import Progress

pytestmark = pytest.mark.needs("bubblewrap")

KEYS = {"daytona": daytona_cloud.KEY, "e2b": e2b_cloud.KEY}
VARIABLES = {"daytona": "DAYTONA_API_KEY", "e2b": "E2B_API_KEY"}
BEGINS = {"daytona": "begin", "e2b": "start"}
"""What the request is called that begins a command."""

READS = {"daytona": "download", "e2b": "read"}
WRITES = {"daytona": "upload", "e2b": "write"}


@dataclass
class Cloud:
    """A service, as the environment leads to it."""

    name: str
    fake: Any
    graff: Graff

    def create(self, **wanted: Any) -> Sandbox:
        return self.graff.create_sandbox(engine=self.name, **wanted)

    def fail(self, what: str = "", **fault: Any) -> None:
        self.fake.faults.append(fault | ({"on": what} if what else {}))


@pytest.fixture(params=["daytona", "e2b"])
def cloud(
    request: pytest.FixtureRequest, graff: Graff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    name = request.param
    machines = Machines(tmp_path / "machines")
    monkeypatch.chdir(graff.workspace)
    monkeypatch.setenv(VARIABLES[name], KEYS[name])
    made: CloudServer
    if name == "e2b":
        made = e2b_cloud.E2bCloud(machines)
        monkeypatch.setenv("E2B_API_URL", made.url)
        monkeypatch.setenv("E2B_SANDBOX_URL", made.url)
    else:
        made = daytona_cloud.DaytonaCloud(machines)
        monkeypatch.setenv("DAYTONA_API_URL", f"{made.url}/api")
    with closing(machines), made as fake:
        yield Cloud(name, fake, graff)
    assert made.flaws == []


def only(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cloud", [name], indirect=True)


def test_a_life(cloud: Cloud, tmp_path: Path) -> None:
    Path(cloud.graff.workspace, "file").write_text("one\n")
    sandbox = cloud.create(labels={"for": "a test"}, auto_stop_minutes=5, seed=True)
    info = sandbox.info()
    assert (info["engine"], info["state"], info["labels"]) == (
        cloud.name,
        "started",
        {"for": "a test"},
    )
    assert (info["language"], info["autoStopMinutes"]) == ("javascript", 5)
    done = sandbox.exec('cat file; echo "$A" >&2; exit 3', env={"A": "b 'c'"})
    assert (done["exitCode"], sorted(done["result"].split("\n"))) == (3, ["", "b 'c'", "one"])
    assert sandbox.exec("pwd; exit", cwd="/tmp")["result"] == "/tmp\n"
    assert sandbox.exec("true", cwd="/nowhere")["exitCode"] != 0
    sandbox.upload(b"\0\xff" * 1_000, "/tmp/a folder/x")
    assert sandbox.download("/tmp/a folder/x") == b"\0\xff" * 1_000
    with pytest.raises(NotFoundError, match="there is no /tmp/nothing") as raised:
        sandbox.download("/tmp/nothing")
    assert not isinstance(raised.value, SandboxGoneError)
    sandbox.download_path("/workspace", tmp_path / "back")
    assert (tmp_path / "back" / "file").read_text() == "one\n"
    sandbox.download_path("/workspace/file", tmp_path / "single")
    assert (tmp_path / "single").read_text() == "one\n"
    assert sandbox.exec("ls -A /tmp | grep grafftui")["result"] == ""  # no archive is left
    assert sandbox.preview(3_000)["url"].startswith("https://3000-")
    assert sandbox.stop()["state"] == "stopped"
    for call in (lambda: sandbox.exec("true"), lambda: sandbox.upload("x", "/tmp/x")):
        with pytest.raises(SandboxError, match="is stopped") as stopped:
            call()
        assert f"sandbox start --engine {cloud.name}" in stopped.value.hint
    assert sandbox.start() == {"state": "started"}
    assert sandbox.exec("cat file")["result"] == "one\n"
    others = [cloud.create().id for _ in range(3)]
    listed = cloud.graff.list_sandboxes(engine=cloud.name)
    assert [one["id"] for one in listed] == [sandbox.id, *others]
    sandbox.destroy()
    for gone in (sandbox.info, sandbox.stop, lambda: sandbox.exec("true"), sandbox.destroy):
        with pytest.raises(SandboxGoneError):
            gone()


def test_the_output_comes_as_it_is_made(cloud: Cloud) -> None:
    sandbox = cloud.create()
    with sandbox.exec_stream("echo begun; until [ -e /tmp/go ]; do sleep 0.01; done") as running:
        assert next(iter(running)) == "begun\n"
        sandbox.upload("", "/tmp/go")
        assert running.result()["exitCode"] == 0


_IS_THERE = "grep -q sleep /proc/$(cat /tmp/pid)/cmdline"
_LEAVES = "setsid sleep 60 & echo $! > /tmp/pid; echo begun; sleep 60"


def test_what_is_ended_runs_no_longer(cloud: Cloud) -> None:
    sandbox = cloud.create()
    done = sandbox.exec(_LEAVES, timeout_seconds=0.5)
    assert (done["exitCode"], done["timedOut"]) == (124, True)
    assert done["result"].startswith("begun\n") and "[ended after 0.5 s]" in done["result"]
    assert sandbox.exec(_IS_THERE)["exitCode"] != 0
    running = sandbox.exec_stream(_LEAVES)
    assert next(iter(running)) == "begun\n"
    threading.Thread(target=running.cancel).start()
    with pytest.raises(AbortedError):
        running.result()
    assert sandbox.exec(_IS_THERE)["exitCode"] != 0


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        (
            {"status": 401, "body": {"code": 401, "message": "no"}},
            SandboxAuthenticationError,
            False,
        ),
        ({"status": 404, "body": {"code": 404, "message": "gone"}}, SandboxGoneError, False),
        ({"status": 409, "body": {"code": 409, "message": "busy"}}, SandboxError, False),
        ({"status": 500, "body": {"code": 500, "message": "broken"}}, SandboxError, True),
        ({"raw": b"<html>Bad gateway</html>", "type": "text/html"}, SandboxError, False),
        ({"raw": b"[]"}, SandboxError, False),
        ({"raw": b'{"state": 3}'}, SandboxError, False),
    ],
)
def test_an_answer_that_is_none(
    cloud: Cloud, fault: dict[str, Any], kind: type[Exception], retryable: bool | None
) -> None:
    sandbox = cloud.create()
    cloud.fail("info", **fault)
    with pytest.raises(kind) as raised:
        sandbox.info()
    assert getattr(raised.value, "retryable", None) is retryable
    assert type(raised.value) is kind and str(raised.value).isprintable()


@pytest.mark.parametrize("fault", ["drop", "done_then_drop", "done_then_close", "truncate"])
def test_a_command_is_never_begun_twice(cloud: Cloud, fault: str) -> None:
    sandbox = cloud.create()
    cloud.fail(BEGINS[cloud.name], **{fault: True})
    with pytest.raises(SandboxError) as raised:
        sandbox.exec("echo x >> /tmp/count")
    assert str(raised.value).isprintable()
    assert sandbox.exec("[ ! -e /tmp/count ] || cat /tmp/count")["result"] in ("", "x\n")


def test_what_nobody_can_follow_runs_no_longer(cloud: Cloud) -> None:
    sandbox = cloud.create()
    running = sandbox.exec_stream(_LEAVES)
    assert next(iter(running)) == "begun\n"
    cloud.fake.cut.set()
    with pytest.raises(SandboxError):
        running.result()
    assert sandbox.exec(_IS_THERE)["exitCode"] != 0


def test_one_that_goes_while_a_command_runs(cloud: Cloud) -> None:
    sandbox = cloud.create()
    running = sandbox.exec_stream("echo begun; sleep 60")
    assert next(iter(running)) == "begun\n"
    cloud.fake.machines.destroy(sandbox.id)
    with suppress(SandboxError):
        assert running.result()["exitCode"] != 0
    with pytest.raises(SandboxGoneError):
        sandbox.exec("true")


_BUSY = {"code": 429, "message": "too many"}


def test_too_many_requests(cloud: Cloud) -> None:
    for _ in range(4):
        cloud.fail("list", status=429, body=_BUSY, headers={"Retry-After": "0"})
    with pytest.raises(SandboxError) as raised:
        cloud.graff.list_sandboxes(engine=cloud.name)
    assert raised.value.status == 429 and raised.value.retryable
    cloud.fake.faults.clear()
    assert cloud.graff.list_sandboxes(engine=cloud.name) == []


@pytest.mark.parametrize("what", ["list", "info", "command"])
@only("daytona")
def test_a_service_that_is_busy_is_not_waited_for(cloud: Cloud, what: str) -> None:
    sandbox = cloud.create()
    cloud.fail(what, status=429, body=_BUSY, headers={"Retry-After": "30"})
    begun = time.monotonic()
    with pytest.raises(SandboxError) as raised:
        if what == "list":
            cloud.graff.list_sandboxes(engine="daytona")
        sandbox.exec("true")
    assert raised.value.status == 429 and time.monotonic() - begun < 25


def test_a_service_that_is_not_there(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{cloud.name.upper()}_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("E2B_CONNECTION_RETRIES", "0")
    with pytest.raises(SandboxError) as raised:
        cloud.graff.list_sandboxes(engine=cloud.name)
    assert raised.value.retryable and str(raised.value).isprintable()


def test_its_words_are_one_plain_line_without_keys(cloud: Cloud) -> None:
    said = f"\x1b]0;owned\x07 bad\r\nline \u202e {KEYS[cloud.name]} " + "x" * 1_000
    cloud.fail("list", status=409, body={"code": 409, "message": said})
    with pytest.raises(SandboxError) as raised:
        cloud.graff.list_sandboxes(engine=cloud.name)
    words = str(raised.value)
    assert words.isprintable() and KEYS[cloud.name] not in words and len(words) < 400
    assert "bad" in words


def test_how_far_a_transfer_is_and_its_end(cloud: Cloud, tmp_path: Path) -> None:
    sandbox, progress = cloud.create(), Progress()
    (tmp_path / "large").write_bytes(b"x" * 300_000)
    sandbox.upload_path(tmp_path / "large", "/tmp/large", progress=progress)
    assert (progress.done, progress.total) == (300_000, 300_000)
    progress = Progress()
    sandbox.download_path("/tmp/large", tmp_path / "back", progress=progress)
    assert progress.done == 300_000 == (tmp_path / "back").stat().st_size
    ended = Progress()
    ended.cancellation.cancel()
    with pytest.raises(AbortedError):
        sandbox.upload_path(tmp_path / "large", "/tmp/other", progress=ended)
    with pytest.raises(AbortedError):
        sandbox.download_path("/tmp/large", tmp_path / "other", progress=ended)
    assert not (tmp_path / "other").exists()


def test_one_that_cannot_be_filled_is_not_left(cloud: Cloud) -> None:
    cloud.fail(WRITES[cloud.name], status=500, body={"code": 500, "message": "disk full"})
    with pytest.raises(SandboxError, match="disk full"):
        cloud.create(seed=True)
    assert cloud.fake.machines.all() == []


def test_an_archive_that_is_not_to_be_trusted(cloud: Cloud, tmp_path: Path) -> None:
    sandbox = cloud.create()
    sandbox.exec("mkdir /tmp/d /tmp/bin; printf 'not\\na link' > /tmp/d/x; ln -s /etc /tmp/d/y")
    with pytest.raises(SandboxError, match="a link"):
        sandbox.download_path("/tmp/d", tmp_path / "target")
    assert not (tmp_path / "target").exists()


@only("e2b")
def test_an_archive_made_elsewhere(cloud: Cloud, tmp_path: Path) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../x"))
    sandbox = cloud.create()
    sandbox.exec("mkdir /tmp/d")
    cloud.fail("read", raw=held.getvalue(), type="application/octet-stream")
    with pytest.raises(SandboxError, match="leads out of it"):
        sandbox.download_path("/tmp/d", tmp_path / "target")
    assert not (tmp_path / "x").exists() and not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("e2b", {"cpu": 1}),
        ("e2b", {"memory": 1}),
        ("e2b", {"disk": 1}),
        ("e2b", {"auto_stop_minutes": 0}),
        ("daytona", {"memory": 1}),
        ("daytona", {"memory": 0.5, "image": "debian"}),
    ],
)
def test_what_it_cannot_do_is_refused(
    request: pytest.FixtureRequest,
    name: str,
    wanted: dict[str, Any],
    graff: Graff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLES[name], KEYS[name])
    with pytest.raises(UsageError, match=f"the engine {name} "):
        graff.create_sandbox(engine=name, **wanted)


@pytest.mark.parametrize("id", ["../x", "a/b", "a?b", "é", "-"])
def test_an_id_that_is_none(cloud: Cloud, id: str) -> None:
    sandbox = Sandbox(cloud.graff.sandbox_engines.named(cloud.name), id)
    for call in (sandbox.info, sandbox.stop, sandbox.start, sandbox.destroy):
        with pytest.raises(UsageError, match="no sandbox has an id like"):
            call()
    with pytest.raises(UsageError, match="no sandbox has an id like"):
        sandbox.exec("true")
    assert [path for _, path, _ in cloud.fake.requests if "socket.io" not in path] == []


def test_what_it_does_not_know(cloud: Cloud) -> None:
    sandbox = cloud.create()
    for call in (sandbox.diff, sandbox.meter):
        with pytest.raises(UsageError, match=f"the engine {cloud.name} does not"):
            call()


@pytest.mark.parametrize("name", ["daytona", "e2b"])
def test_without_its_package(name: str, graff: Graff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLES[name], KEYS[name])
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SandboxError, match=rf"pip install 'grafftui\[{name}\]'"):
        graff.list_sandboxes(engine=name)


@pytest.mark.parametrize("name", ["daytona", "e2b"])
@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("KEY", "", "there is no key: set {0}_API_KEY, or grafftui keys set"),
        ("KEY", "a b", "holds a space"),
        ("URL", "http://cloud.example", "is http"),
        ("URL", "cloud.example", "is no address"),
    ],
)
def test_where_it_cannot_be_asked(
    name: str, variable: str, value: str, words: str, graff: Graff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[name], KEYS[name])
    monkeypatch.setenv(f"{name.upper()}_API_{variable}", value)
    with pytest.raises(SandboxError, match=words.format(name.upper())):
        graff.list_sandboxes(engine=name)


def test_a_key_that_is_kept(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLES[cloud.name])
    vault = KeyVault()
    engines = Engines(cloud.graff.paths, keys=vault)
    vault.set(cloud.name, KEYS[cloud.name], origin="https://elsewhere.example", persist=False)
    with pytest.raises(SandboxError, match=r"was given for https://elsewhere\.example"):
        engines.usable(cloud.name)
    vault.set(cloud.name, KEYS[cloud.name], origin=cloud.fake.url, persist=False)
    assert engines.usable(cloud.name).list() == []
    vault.set(cloud.name, "another-key-0123456789", origin=cloud.fake.url, persist=False)
    with pytest.raises(AuthenticationError) as raised:
        engines.usable(cloud.name).list()
    assert f"grafftui keys set {cloud.name}" in raised.value.hint


def test_states_it_does_not_know(cloud: Cloud) -> None:
    sandbox = cloud.create()
    cloud.fake.machines.one(sandbox.id).about["state"] = "hibernating"
    if cloud.name == "daytona":
        assert sandbox.info()["state"] == "unknown"
        return
    with pytest.raises(SandboxError, match="'hibernating' is not a valid SandboxState"):
        sandbox.info()


@only("daytona")
def test_a_file_of_the_folder_is_not_believed(cloud: Cloud) -> None:
    Path(cloud.graff.workspace, ".env").write_text(
        "DAYTONA_TARGET=elsewhere\nDAYTONA_OTEL_ENABLED=true\nDAYTONA_API_URL=http://127.0.0.1:9\n"
    )
    cloud.create()
    (body,) = [body for _, path, body in cloud.fake.requests if path == "/api/sandbox"]
    assert "target" not in body
    from opentelemetry import trace

    assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"


@only("daytona")
def test_what_an_image_makes(cloud: Cloud) -> None:
    made = cloud.create(image="debian:13", cpu=2, memory=4, disk=8, network=False, language="go")
    info = made.info()
    assert (info["cpu"], info["memory"], info["disk"]) == (2, 4, 8)
    assert "debian:13" in info["image"] and info["language"] == "go"
    (body,) = [body for _, path, body in cloud.fake.requests if path == "/api/sandbox"]
    assert body["networkBlockAll"] is True and body["autoStopInterval"] == 30


@only("daytona")
def test_why_one_failed_is_shown_plainly(cloud: Cloud) -> None:
    sandbox = cloud.create()
    cloud.fake.machines.one(sandbox.id).about.update(state="error", reason="no\x1b[2J room\n")
    info = sandbox.info()
    assert info["state"] == "error" and "room" in info["reason"] and info["reason"].isprintable()


@only("e2b")
def test_its_end_is_put_off_by_what_is_done(cloud: Cloud) -> None:
    sandbox = cloud.create(auto_stop_minutes=2, image="mine", network=False)
    (body, *_) = [body for _, path, body in cloud.fake.requests if path == "/v2/sandboxes"]
    assert (body["templateID"], body["timeout"]) == ("mine", 120)
    assert body["allow_internet_access"] is False and body["autoPause"] is True
    sandbox.exec("true", timeout_seconds=10)
    assert cloud.fake.ends[sandbox.id] == 120
    sandbox.exec("true", timeout_seconds=1_000)
    assert cloud.fake.ends[sandbox.id] == 1_030


_DESCRIBED = """
import sys
from grafftui.sandboxes.lasting import Engines
from grafftui.settings.paths import Paths
found = {one["engine"]: one["problem"] for one in Engines(Paths.from_environment()).described()}
print(found["daytona"], found["e2b"], sorted({"daytona", "e2b", "httpx"} & sys.modules.keys()))
"""


def test_they_are_described_without_being_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _DESCRIBED],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DAYTONA_API_KEY": "x" * 20, "E2B_API_KEY": "x" * 20},
    )
    assert done.stdout == "  []\n"
