"""What the gateway answers, made sure of before anything relies on it."""

from __future__ import annotations

import json
from math import isinf
from typing import Any, Final

from grafftui.errors import SandboxError, UsageError
from grafftui.sandboxes.lasting.clouds.ids import named

_SIZES: Final = ("cpu", "memory", "disk")
_TEXTS: Final = ("createdAt", "language")


def read(content: bytes) -> Any:
    """Strict JSON: no NaN, no number too large for one, no name twice in an object.

    Raises:
        ValueError: It is not that.
    """
    return json.loads(
        content, object_pairs_hook=_object, parse_float=_float, parse_constant=_constant
    )


def expect(what: str, found: Any, kind: type) -> Any:
    """`found`, if it is of that kind. Raises `SandboxError`: it is not."""
    if not isinstance(found, kind):
        raise SandboxError(f"the gateway answered {what} with something else than {kind.__name__}")
    return found


def id_of(what: str, found: dict[str, Any]) -> str:
    """The id of a sandbox it tells of. Raises `SandboxError`: it names none."""
    try:
        return named(expect(what, found.get("id"), str))
    except UsageError as error:
        raise SandboxError(f"the gateway answered {what} with no id: {error}") from None


def sandbox_of(found: dict[str, Any], sandbox_id: str) -> dict[str, Any]:
    """What it tells of one, `sandbox_id`, without what is not of its kind: sizes that are no
    numbers, times and labels that are no texts. A state nobody knows stays as it is."""
    told = {name: value for name, value in found.items() if _is_fit(name, value)}
    labels = told.get("labels")
    kept = labels.items() if isinstance(labels, dict) else ()
    told["labels"] = {name: value for name, value in kept if isinstance(value, str)}
    return told | {"id": sandbox_id, "engine": "gateway"}


def sandboxes_of(found: list[Any]) -> list[dict[str, Any]]:
    """What it tells of all. What has no id cannot be asked for, and hides no other."""
    told = []
    for one in found:
        try:
            told.append(sandbox_of(one, id_of("list", expect("list", one, dict))))
        except SandboxError:
            continue
    return told


def _is_fit(name: str, value: Any) -> bool:
    if name in _SIZES:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) if name in (*_TEXTS, "state") else True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice in one object")
    return found


def _float(text: str) -> float:
    if isinf(value := float(text)):
        raise ValueError("a number too large for one")
    return value


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")
