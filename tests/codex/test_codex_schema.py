"""Every method of the client, against the schema the program has of its own protocol.

The app-server ignores what it does not know, so that a name that is written wrong would go
unnoticed otherwise.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from codexstage import ENVIRONMENT
from grafftui.backends.codex.binary import find_codex
from grafftui.backends.codex.methods import AllMethods

pytestmark = [pytest.mark.needs("codex"), pytest.mark.each_codex]

Json = dict[str, Any]

SINCE = {
    "thread/revert": (0, 163, 0),
    "beforeTurnId": (0, 163, 0),
    "modelProvider/list": (0, 169, 0),
}
"""What older versions do not have."""


class Writer(AllMethods[tuple[str, Json]]):
    """Sends nothing: says what it would send."""

    def request(
        self, method: str, params: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> tuple[str, Json]:
        return method, dict(params or {})


def asked(name: str) -> tuple[str, Json]:
    """What a method sends when it is given everything it takes."""
    method = getattr(Writer(), name)
    hints = get_type_hints(method)
    given: Json = {}
    for parameter in inspect.signature(method).parameters.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            given[parameter.name] = some(parameter.name, hints[parameter.name])
        elif options := get_args(hints[parameter.name]):
            given |= {key: some(key, kind) for key, kind in get_type_hints(options[0]).items()}
    sent: tuple[str, Json] = method(**given)
    return sent


def some(name: str, kind: Any) -> Any:
    """Something that may be given under a name."""
    if name in ("input", "target"):
        return "x"
    words = str(kind)
    for part, value in (("Sequence", ["x"]), ("Mapping", {}), ("bool", True), ("int", 1)):
        if part in words:
            return value
    return b"x" if kind is bytes else "x"


def requests(schema: Json) -> Iterator[tuple[str, Json]]:
    """Each request there is, with the schema of its params."""
    for request in schema["definitions"]["ClientRequest"]["oneOf"]:
        (method,) = request["properties"]["method"]["enum"]
        yield method, resolved(schema, request["properties"].get("params", {}))


def resolved(schema: Json, node: Json) -> Json:
    for alternative in (node, *node.get("anyOf", ())):
        if "$ref" in alternative:
            found = schema
            for step in alternative["$ref"].lstrip("#/").split("/"):
                found = found[step]
            return found
    return node


@pytest.fixture
def protocol(codex_program: str, tmp_path: Path) -> dict[str, Json]:
    subprocess.run(
        [codex_program, "app-server", "generate-json-schema", "--experimental", "--out", tmp_path],
        env={**os.environ, **ENVIRONMENT, "CODEX_HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    found = json.loads((tmp_path / "codex_app_server_protocol.schemas.json").read_text())
    return dict(requests(found))


def test_every_method_is_spelt_as_the_protocol_has_it(
    codex_program: str, protocol: dict[str, Json]
) -> None:
    version = find_codex(codex_program).version()
    later = {name for name, since in SINCE.items() if version < since}
    names = [name for name in dir(Writer) if not name.startswith("_") and name != "request"]
    assert len(names) > 80
    for name in names:
        method, params = asked(name)
        if method in later:
            assert method not in protocol, f"{method} is there, after all"
            continue
        assert method in protocol, name
        schema = protocol[method]
        choices = schema.get("oneOf") or [schema]
        known = {key for choice in choices for key in choice.get("properties", ())}
        assert not params.keys() - known - later, (name, method)
        assert not {*schema.get("required", ())} - params.keys(), (name, method)
