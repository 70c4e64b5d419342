"""Sandboxes of the gateway: what is sent, what comes back, and all that may go wrong (T55)."""

from __future__ import annotations

import base64
import io
import json
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.sandbox_gateway import KEY, FakeGateway
from grafftui import (
    AbortedError,
    AuthenticationError,
    Cancellation,
    Graff,
    NotFoundError,
    SandboxAuthenticationError,
    SandboxError,
    SandboxGoneError,
    UsageError,
)
from grafftui.sandboxes.lasting.archives import unpack
from grafftui.sandboxes.lasting.gateway.calls import Calls

pytestmark = pytest.mark.needs("bubblewrap")


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    made = Calls.__init__
    monkeypatch.setattr(
        Calls, "__init__", lambda self, base, key: made(self, base, key, lambda _: None)
    )


def test_the_same_as_local(graff: Graff, gateway: FakeGateway, tmp_path: Path) -> None:
    sandbox = graff.create_sandbox(language="python", auto_stop_minutes=5, labels={"a": "b"})
    assert sandbox.engine == "gateway" and sandbox.info()["state"] == "started"
    done = sandbox.exec("echo $A $PWD; exit 3", cwd="/tmp", env={"A": "b"})
    assert (done["exitCode"], done["result"]) == (3, "b /tmp\n")
    assert list(sandbox.exec_stream("echo x")) == ["x\n"]
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("x")
    sandbox.upload_path(source, "/tmp/source")
    sandbox.download_path("/tmp/source", tmp_path / "back")
    assert (tmp_path / "back" / "file").read_text() == "x"
    sandbox.download_path("/tmp/source/file", tmp_path / "single")
    assert (tmp_path / "single").read_text() == "x"
    assert sandbox.exec("ls /tmp")["result"] == "source\n"  # no archive is left
    assert sandbox.stop() == {"state": "stopped", "costMicro": 1_200}
    with pytest.raises(SandboxError) as raised:
        sandbox.exec("true")
    assert (raised.value.status, raised.value.code) == (409, "conflict")
    assert sandbox.start() == {"state": "started"}
    assert sandbox.preview(3_000) == {"url": "https://3000-x.example", "token": "t"}
    assert sandbox.meter()["billed_so_far_micro_usd"] == 1_000
    (listed,) = graff.list_sandboxes()
    assert (listed["id"], listed["engine"], listed["labels"]) == (
        sandbox.id,
        "gateway",
        {"a": "b"},
    )
    with pytest.raises(NotFoundError, match="there is no /tmp/nothing"):
        sandbox.download("/tmp/nothing")
    sandbox.destroy()
    for call in (sandbox.info, sandbox.stop, lambda: sandbox.exec("true"), sandbox.destroy):
        with pytest.raises(SandboxGoneError):
            call()
    with pytest.raises(SandboxGoneError):
        sandbox.download("/tmp/x")


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        ({"status": 401}, SandboxAuthenticationError, False),
        ({"status": 403}, SandboxAuthenticationError, False),
        ({"status": 404}, SandboxGoneError, False),
        ({"status": 402, "body": {"error": {"code": "insufficient_credits"}}}, SandboxError, False),
        ({"status": 409}, SandboxError, False),
        ({"status": 500, "body": "x"}, SandboxError, True),
        ({"status": 307, "headers": {"Location": "https://other.example"}}, SandboxError, False),
        ({"drop": True}, SandboxError, True),
        ({"truncate": True}, SandboxError, True),
        ({"raw": b"<html>Bad gateway</html>", "type": "text/html"}, SandboxError, False),
        ({"raw": b'{"exitCode": "0"}'}, SandboxError, False),
        ({"raw": b'{"exitCode": true}'}, SandboxError, False),
        ({"raw": b"[]"}, SandboxError, False),
        ({"raw": b"[" * 100_000}, SandboxError, False),
    ],
)
def test_a_command_is_never_sent_twice(
    graff: Graff,
    gateway: FakeGateway,
    fault: dict[str, Any],
    kind: type[Exception],
    retryable: bool | None,
) -> None:
    sandbox = graff.create_sandbox()
    gateway.requests.clear()
    gateway.faults.append(fault)
    with pytest.raises(kind) as raised:
        sandbox.exec("echo x >> /tmp/count")
    assert len(gateway.requests) == 1
    assert getattr(raised.value, "retryable", None) is retryable
    if fault.get("truncate"):
        assert sandbox.exec("cat /tmp/count")["result"] == "x\n"


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}, {"done_then_drop": True}])
def test_what_does_no_harm_is_asked_again(
    graff: Graff, gateway: FakeGateway, fault: dict[str, Any]
) -> None:
    sandbox = graff.create_sandbox()
    calls: list[Callable[[], Any]] = [
        sandbox.info,
        graff.list_sandboxes,
        lambda: sandbox.upload("x", "/tmp/x"),
        lambda: sandbox.download("/tmp/x"),
        sandbox.stop,
        sandbox.start,
        sandbox.destroy,
    ]
    for call in calls:
        gateway.requests.clear()
        gateway.faults.append(fault)
        call()
        assert len(gateway.requests) == 2
    assert graff.list_sandboxes() == []


def test_it_gives_up(graff: Graff, gateway: FakeGateway) -> None:
    gateway.faults += [{"status": 503}] * 9
    with pytest.raises(SandboxError) as raised:
        graff.list_sandboxes()
    assert raised.value.status == 503 and len(gateway.requests) == 4


def test_too_many_requests_wait_as_they_are_told(
    graff: Graff, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    calls = Calls(gateway.url, KEY)
    monkeypatch.setattr(calls, "_wait", waited.append)
    gateway.faults += [
        {"status": 429, "headers": {"Retry-After": "7"}},
        {"status": 429, "headers": {"Retry-After": "9999"}},
        {"status": 429, "headers": {"Retry-After": "soon"}},
    ]
    body = {"language": "x", "autoStopMinutes": 0, "labels": {}}
    assert calls.send("POST", "/v1/sandboxes", body)["id"]
    assert waited == [7, 20, 4]


def test_a_lost_answer_to_create_says_so(graff: Graff, gateway: FakeGateway) -> None:
    gateway.faults.append({"done_then_drop": True})
    with pytest.raises(SandboxError) as raised:
        graff.create_sandbox()
    assert "it may have been made" in raised.value.hint
    assert [path for method, path, _ in gateway.requests if method == "POST"] == ["/v1/sandboxes"]


def test_a_command_without_an_end_is_left(graff: Graff, gateway: FakeGateway) -> None:
    sandbox, signal = graff.create_sandbox(), Cancellation()
    gateway.faults.append({"hang": True, "on": "exec"})
    threading.Thread(target=lambda: (gateway.hanging.wait(10), signal.cancel())).start()
    begun = time.monotonic()
    with pytest.raises(AbortedError):
        sandbox.exec("true", cancellation=signal)
    assert time.monotonic() - begun < 5


def test_the_output_comes_as_it_is_made(graff: Graff, gateway: FakeGateway) -> None:
    sandbox = graff.create_sandbox()
    text = "printf 'caf\\303'; until [ -e /tmp/go ]; do sleep 0.01; done; printf '\\251\\n'; exit 3"
    with sandbox.exec_stream(text, env={"A": "b"}, cwd="/tmp") as running:
        assert next(iter(running)) == "caf"
        sandbox.upload("", "/tmp/go")
        done = running.result()
    assert (done["exitCode"], done["result"]) == (3, "café\n")
    assert [body["async"] for body in gateway.commands if "async" in body] == [True]
    assert sandbox.exec("ls -A /tmp")["result"] == "go\n"


def test_much_output_is_asked_for_in_pieces(graff: Graff, gateway: FakeGateway) -> None:
    running = graff.create_sandbox().exec_stream("seq 100000")
    assert "".join(running).split() == [str(number) for number in range(1, 100_001)]
    assert running.result()["exitCode"] == 0


def test_a_gateway_that_answers_only_when_it_is_over(graff: Graff, gateway: FakeGateway) -> None:
    gateway.knows_async = False
    running = graff.create_sandbox().exec_stream("echo x; exit 2")
    assert (list(running), running.result()["exitCode"]) == (["x\n"], 2)


_IS_THERE = "grep -q sleep /proc/$(cat /tmp/pid)/cmdline"
_LEAVES = "setsid sleep 60 & echo $! > /tmp/pid; echo begun; sleep 60"


def test_what_is_ended_runs_no_longer(graff: Graff, gateway: FakeGateway) -> None:
    sandbox = graff.create_sandbox()
    late = sandbox.exec_stream(_LEAVES, timeout_seconds=0.5).result()
    assert (late["exitCode"], late["timedOut"]) == (124, True)
    assert late["result"].startswith("begun\n") and "[ended after 0.5 s]" in late["result"]
    assert sandbox.exec(_IS_THERE)["exitCode"] != 0
    running = sandbox.exec_stream(_LEAVES)
    assert next(iter(running)) == "begun\n"
    threading.Thread(target=running.cancel).start()
    with pytest.raises(AbortedError):
        running.result()
    assert sandbox.exec(_IS_THERE)["exitCode"] != 0


def test_one_that_is_gone_while_a_command_runs(graff: Graff, gateway: FakeGateway) -> None:
    sandbox = graff.create_sandbox()
    running = sandbox.exec_stream("echo begun; sleep 60")
    assert next(iter(running)) == "begun\n"
    gateway.machines.destroy(sandbox.id)
    with pytest.raises(SandboxGoneError):
        running.result()


@pytest.mark.parametrize("said", ["%%%", "eA==\nmany", "\nmany"])
def test_output_that_is_none(graff: Graff, gateway: FakeGateway, said: str) -> None:
    sandbox = graff.create_sandbox()
    running = sandbox.exec_stream("echo begun; sleep 60")
    assert next(iter(running)) == "begun\n"
    raw = json.dumps({"exitCode": 0, "result": said}).encode()
    gateway.faults.append({"raw": raw, "on": "exec"})
    with pytest.raises(SandboxError, match=r"no base64|did not say"):
        running.result()


def test_the_start_of_a_command_is_never_sent_twice(graff: Graff, gateway: FakeGateway) -> None:
    sandbox = graff.create_sandbox()
    gateway.faults.append({"done_then_drop": True, "on": "exec"})
    with pytest.raises(SandboxError):
        sandbox.exec_stream("echo x >> /tmp/count").result()
    assert [body.get("async") for body in gateway.commands].count(True) == 1


def test_a_key_that_is_kept(
    graff: Graff, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEGRAFF_API_KEY")
    graff.vault.set("codegraff", KEY, origin="https://gateway.codegraff.com", persist=False)
    with pytest.raises(SandboxError, match=r"was given for https://gateway\.codegraff\.com"):
        graff.list_sandboxes()
    assert gateway.requests == []
    graff.vault.set("codegraff", KEY, origin=gateway.url, persist=False)
    assert graff.list_sandboxes() == []


def test_a_silent_gateway_is_not_waited_for(gateway: FakeGateway) -> None:
    gateway.faults.append({"hang": True})
    with pytest.raises(SandboxError, match="was silent") as raised:
        Calls(gateway.url, KEY).send("GET", "/v1/sandboxes", seconds=0.2)
    assert raised.value.retryable


def test_an_answer_without_end_is_not_read(gateway: FakeGateway) -> None:
    gateway.faults.append({"raw": b" " * 2_000_000})
    with pytest.raises(SandboxError, match="more than 1 MB"):
        Calls(gateway.url, KEY).send("GET", "/v1/sandboxes", limit=1 << 20)


def test_its_words_are_one_plain_line_without_keys(
    graff: Graff, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"\x1b]0;owned\x07 bad\r\nline \u202e {KEY} " + "x" * 1_000
    gateway.faults.append({"status": 400, "body": {"error": {"message": said}}})
    with pytest.raises(SandboxError) as raised:
        graff.list_sandboxes()
    words = str(raised.value)
    assert words.startswith("Gateway GET /v1/sandboxes failed (400): ")
    assert words.isprintable() and KEY not in words and len(words) < 400


def test_unknown_states_are_shown_as_they_are(graff: Graff, gateway: FakeGateway) -> None:
    row = b'[{"id": "a-1", "state": "hibernating"}, "nonsense", {"state": "started"}]'
    gateway.faults.append({"raw": row})
    assert graff.list_sandboxes() == [
        {"id": "a-1", "state": "hibernating", "labels": {}, "engine": "gateway"}
    ]


def test_one_that_does_not_start(graff: Graff, gateway: FakeGateway) -> None:
    gateway.faults += [{"raw": b'{"id": "a-1", "state": "error"}', "on": "info"}]
    with pytest.raises(SandboxError, match="did not start: it is 'error'"):
        graff.create_sandbox()


@pytest.mark.parametrize(
    "wanted", [{"image": "x"}, {"memory": 1}, {"network": True}, {"seed": True}]
)
def test_what_it_cannot_do_is_refused(
    graff: Graff, gateway: FakeGateway, wanted: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="the engine gateway cannot"):
        graff.create_sandbox(**wanted)
    assert gateway.requests == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CODEGRAFF_API_KEY", "", "there is no key"),
        ("CODEGRAFF_API_KEY", "a\nb", "a line break"),
        ("CODEGRAFF_GATEWAY_URL", "http://gateway.example", "is http"),
        ("CODEGRAFF_GATEWAY_URL", "ftp://gateway.example", "no address"),
        ("CODEGRAFF_GATEWAY_URL", "https://you@gateway.example", "no address"),
        ("CODEGRAFF_GATEWAY_URL", "https://[", "no address"),
    ],
)
def test_where_it_cannot_be_asked(
    gateway: FakeGateway,
    graff: Graff,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    words: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SandboxError, match=words):
        graff.list_sandboxes()
    assert gateway.requests == []


def test_a_wrong_key(graff: Graff, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEGRAFF_API_KEY", "cg_sk_wrong")
    with pytest.raises(AuthenticationError) as raised:
        graff.list_sandboxes()
    assert "CODEGRAFF_API_KEY" in raised.value.hint
    monkeypatch.delenv("CODEGRAFF_API_KEY")
    monkeypatch.setenv("CG_API_KEY", KEY)
    assert Graff(cwd=graff.workspace).list_sandboxes() == []


# -- archives that are not to be trusted -----------------------------------------------------


def _tar(*members: tuple[str, dict[str, Any]]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, fields in members:
            member = tarfile.TarInfo(name)
            for field, value in fields.items():
                setattr(member, field, value)
            content = b"x" * member.size if member.isreg() and member.size < 1 << 20 else None
            archive.addfile(member, io.BytesIO(content) if content else None)
    return held.getvalue()


_HUGE_HEADER = tarfile.TarInfo("x")
_HUGE_HEADER.type, _HUGE_HEADER.size = tarfile.XHDTYPE, 1 << 32

HOSTILE = {
    "absolute": _tar(("/etc/x", {"size": 1})),
    "upwards": _tar(("a/../../x", {"size": 1})),
    "a link": _tar(("x", {"type": tarfile.SYMTYPE, "linkname": "/etc"})),
    "a hard link": _tar(("x", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})),
    "a device": _tar(("x", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3})),
    "a pipe": _tar(("x", {"type": tarfile.FIFOTYPE})),
    "too many": _tar(*((f"f{number}", {}) for number in range(101))),
    "too large": _tar(("x", {"size": 60_000}), ("y", {"size": 60_000})),
    "too deep": _tar(("/".join("d" * 80), {"size": 1})),
    "twice": _tar(("x", {"type": tarfile.DIRTYPE}), ("x", {"size": 1})),
    "cut": _tar(("x", {"size": 5_000}))[:3_000],
    "a huge header": _HUGE_HEADER.tobuf(tarfile.USTAR_FORMAT),
    "no archive": b"<html>" * 200,
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_is_not_taken(name: str, tmp_path: Path) -> None:
    held = io.BytesIO(HOSTILE[name])
    with pytest.raises(SandboxError):
        unpack(held, tmp_path / "target", members=100, size=100_000)
    assert list(tmp_path.iterdir()) == []


class Endless(io.RawIOBase):
    """A header, and what it announces without an end."""

    given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        begin = _HUGE_HEADER.tobuf(tarfile.USTAR_FORMAT) if not self.given else b""
        self.given += size
        assert self.given < 16 << 20, "it is read into memory"
        return begin.ljust(size, b"x")


def test_a_header_is_not_read_without_end(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="a header is too long"):
        unpack(Endless(), tmp_path / "target")  # type: ignore[arg-type]


def test_an_archive_that_is_taken(tmp_path: Path) -> None:
    held = _tar(
        ("./d", {"type": tarfile.DIRTYPE, "mode": 0}), ("./d/x", {"size": 3, "mode": 0o4777})
    )
    unpack(io.BytesIO(held), tmp_path / "target")
    found = tmp_path / "target" / "d" / "x"
    assert found.read_text() == "xxx" and found.stat().st_mode & 0o7777 == 0o755


def test_a_hostile_folder_of_the_gateway(
    graff: Graff, gateway: FakeGateway, tmp_path: Path
) -> None:
    sandbox = graff.create_sandbox()
    sandbox.exec("mkdir /tmp/d")
    content = base64.b64encode(HOSTILE["upwards"]).decode()
    gateway.faults.append({"raw": f'{{"contentBase64": "{content}"}}'.encode(), "on": "download"})
    with pytest.raises(SandboxError, match="leads out of it"):
        sandbox.download_path("/tmp/d", tmp_path / "target")
    gateway.faults.append({"raw": b'{"contentBase64": "%%%"}', "on": "download"})
    with pytest.raises(SandboxError, match="no base64"):
        sandbox.download("/tmp/d/x")
    assert not (tmp_path / "target").exists() and not (tmp_path / "x").exists()
