"""The sandbox examples of the CodeGraff SDK's documentation, word for word but for the import."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable
from typing import Any

import pytest

import grafftui
from fakes.sandbox_gateway import FakeGateway
from grafftui import (
    AuthenticationError,
    Graff,
    NotFoundError,
    Sandbox,
    SandboxAuthenticationError,
    SandboxGoneError,
    SandboxPathError,
)

pytestmark = pytest.mark.needs("bubblewrap")

EXAMPLE = """
from codegraff import Graff, Sandbox

sandbox = graff.create_sandbox(language="javascript", auto_stop_minutes=30)

res = sandbox.exec("node -v")          # {"exitCode": 0, "result": "v22.x\\n", ...}
sandbox.upload("hello\\n", "/tmp/hello.txt")
data = sandbox.download("/tmp/hello.txt")   # bytes

sandbox.stop()                          # preserves state, stops billing
sandbox.start()                         # resume
"""

AFTERWARDS = """
listed = graff.list_sandboxes()         # list[dict]
again = graff.get_sandbox(sandbox.id)
data_again = again.download("/tmp/hello.txt")
sandbox.destroy()                       # permanent
"""

SIGNATURES = """
class Sandbox:
    def create(graff, *, language="javascript", auto_stop_minutes=30, labels=None): ...
    def get(graff, id): ...
    def list(graff): ...
    def info(self): ...
    def exec(self, command, *, cwd=None, env=None, timeout_seconds=300): ...
    def upload(self, content, dest_path): ...
    def download(self, path): ...
    def stop(self): ...
    def start(self): ...
    def destroy(self): ...
class Graff:
    def create_sandbox(self, **kwargs): ...
    def get_sandbox(self, id): ...
    def list_sandboxes(self): ...
"""


def run(graff: Graff) -> dict[str, Any]:
    names: dict[str, Any] = {"graff": graff}
    exec((EXAMPLE + AFTERWARDS).replace("codegraff", "grafftui"), names)
    return names


@pytest.mark.parametrize("engine", ["local", "gateway"])
def test_the_examples(graff: Graff, engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "gateway":
        request.getfixturevalue("gateway")
    names = run(graff)
    assert names["sandbox"].engine == engine
    if shutil.which("node", path="/usr/local/bin:/usr/bin:/bin"):
        assert names["res"]["exitCode"] == 0 and names["res"]["result"].startswith("v")
    else:
        assert names["res"]["exitCode"] == 127
    assert names["data"] == names["data_again"] == b"hello\n"
    (listed,) = names["listed"]
    assert {"id", "state", "cpu", "memory", "disk", "labels", "createdAt"} <= listed.keys()
    assert (listed["id"], listed["state"]) == (names["sandbox"].id, "started")
    assert graff.list_sandboxes() == []
    with pytest.raises(NotFoundError):
        graff.get_sandbox(names["sandbox"].id)


def test_the_signatures() -> None:
    wanted: dict[str, Any] = {}
    exec(SIGNATURES, wanted)
    for name in ("Sandbox", "Graff"):
        ours = getattr(grafftui, name)
        for method, call in vars(wanted[name]).items():
            if method.startswith("_"):
                continue
            found = inspect.signature(getattr(ours, method)).parameters
            for parameter in inspect.signature(call).parameters.values():
                if parameter.name == "self" or parameter.kind is parameter.VAR_KEYWORD:
                    continue
                assert found[parameter.name].default == parameter.default, (method, parameter)
                assert found[parameter.name].kind == parameter.kind, (method, parameter)


def test_the_classmethods_do_the_same(graff: Graff) -> None:
    made = Sandbox.create(graff, labels={"a": "b"})
    assert Sandbox.get(graff, made.id).info()["labels"] == {"a": "b"}
    assert [one["id"] for one in Sandbox.list(graff)] == [made.id]


@pytest.mark.parametrize("engine", ["local", "gateway"])
def test_what_fails_is_the_error_that_the_sdk_raises(
    graff: Graff, engine: str, request: pytest.FixtureRequest
) -> None:
    if engine == "gateway":
        request.getfixturevalue("gateway")
    sandbox = graff.create_sandbox()
    assert sandbox.engine == engine
    with pytest.raises(RuntimeError) as missing:
        sandbox.download("/tmp/nothing")
    assert isinstance(missing.value, SandboxPathError)
    assert isinstance(missing.value, NotFoundError)
    sandbox.destroy()
    calls: list[Callable[[], Any]] = [
        lambda: sandbox.exec("true"),
        lambda: sandbox.upload("x", "/tmp/x"),
        lambda: sandbox.download("/tmp/x"),
        *(sandbox.info, sandbox.stop, sandbox.start),
        lambda: graff.get_sandbox(sandbox.id),
    ]
    for call in calls:
        with pytest.raises(RuntimeError) as raised:
            call()
        assert isinstance(raised.value, SandboxGoneError)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_taken(graff: Graff, gateway: FakeGateway, status: int) -> None:
    gateway.faults.append({"status": status})
    with pytest.raises(RuntimeError) as raised:
        graff.list_sandboxes()
    assert isinstance(raised.value, SandboxAuthenticationError)
    assert isinstance(raised.value, AuthenticationError) and raised.value.status == status
