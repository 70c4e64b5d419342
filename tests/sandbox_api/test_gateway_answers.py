"""Answers of a gateway that are not what they have to be."""

from __future__ import annotations

import json

import pytest

from fakes.sandbox_gateway import FakeGateway
from grafftui import Graff, SandboxError, UsageError
from grafftui.cli.main import main

pytestmark = pytest.mark.needs("bubblewrap")

ROWS = {
    b'[{"id": "x", "labels": ["a"]}]': {"id": "x"},
    b'[{"id": "x", "labels": {"a": 1, "b": "c"}}]': {"id": "x", "labels": {"b": "c"}},
    b'[{"id": "x", "createdAt": {}, "cpu": "2", "memory": true}]': {"id": "x"},
    b'[{"id": "x", "state": ["started"]}]': {"id": "x"},
    b'[{"id": "x", "engine": "local"}, {"id": ["a"]}, {"id": "../x"}, 1]': {"id": "x"},
}


@pytest.mark.parametrize("answered", ROWS)
def test_rows(
    graff: Graff, gateway: FakeGateway, answered: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"labels": {}, "engine": "gateway"} | ROWS[answered]
    gateway.faults += [{"raw": answered}] * 3
    assert graff.list_sandboxes() == [told]
    assert main(["sandbox", "list", "--engine", "gateway"]) == 0
    assert capsys.readouterr().out.startswith("x ")
    assert main(["sandbox", "list", "--engine", "gateway", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sandboxes": [told]}


NO_JSON = [
    b'[{"id": "x", "state": NaN}]',
    b'[{"id": "x", "cpu": 1e999}]',
    b'[{"id": "x", "id": "y"}]',
    b'[{"id": "x", "cpu": -Infinity}]',
]


@pytest.mark.parametrize("answered", NO_JSON)
def test_what_is_no_json(
    graff: Graff, gateway: FakeGateway, answered: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.faults += [{"raw": answered}] * 2
    with pytest.raises(SandboxError, match="is no JSON"):
        graff.list_sandboxes()
    assert main(["sandbox", "list", "--engine", "gateway", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"sandboxes": []}


MADE = [b'{"id": "../../v1/keys"}', b'{"id": ""}', b'{"id": null}', b'{"id": 7}', b"{}", b"[]"]


@pytest.mark.parametrize("answered", [*MADE, b'{"id": NaN}', b"made", b""])
def test_what_was_made_has_no_id(
    graff: Graff, gateway: FakeGateway, answered: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.faults += [{"raw": answered}] * 2
    with pytest.raises(SandboxError) as raised:
        graff.create_sandbox()
    assert not isinstance(raised.value, UsageError)
    assert raised.value.hint == "it may have been made: grafftui sandbox list --engine gateway"
    assert main(["sandbox", "create", "--engine", "gateway"]) == 1
    assert "it may have been made" in capsys.readouterr().err
    assert len(gateway.requests) == 2


def test_one_that_is_said_to_be_another(graff: Graff, gateway: FakeGateway) -> None:
    gateway.faults.append({"raw": b'{"id": "b", "engine": "local", "state": "started"}'})
    sandbox = graff.get_sandbox("a")
    assert (sandbox.id, sandbox.engine) == ("a", "gateway")
    gateway.faults.append({"raw": b'{"id": "b", "engine": "local", "state": "started"}'})
    assert sandbox.info() == {"id": "a", "engine": "gateway", "state": "started", "labels": {}}


def test_an_id_that_the_person_gives(graff: Graff, gateway: FakeGateway) -> None:
    with pytest.raises(UsageError):
        graff.get_sandbox("../x")
    assert gateway.requests == []
