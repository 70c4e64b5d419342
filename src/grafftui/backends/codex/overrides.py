"""Settings of Codex on its command line: `-c key=value`, the value in TOML."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from grafftui.errors import UsageError

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")

NO_TELEMETRY: Final = ("-c", "analytics.enabled=false")
"""Comes first: what the person says on the same subject comes later and wins."""


def overrides(config: Mapping[str, Any]) -> Iterator[str]:
    """`-c key=value` for every value in `config`, whose tables may nest.

    Raises:
        UsageError: A value cannot be said in TOML.
    """
    for path, value in _flat(config, ""):
        yield "-c"
        yield f"{path}={toml(value, path)}"


def toml(value: Any, path: str = "the value") -> str:
    """`value` as it is written in TOML.

    Raises:
        UsageError: It cannot be.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = (f"{_key(name, path)} = {toml(one, path)}" for name, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return f"[{', '.join(toml(one, path) for one in value)}]"
    raise UsageError(f"{path} = {value!r} is no setting of Codex")


def _flat(config: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if not isinstance(name, str) or not name:
            raise UsageError(f"{before}{name!r} is no name of a setting of Codex")
        path = f"{before}{name}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.")
        else:
            yield path, value


def _key(name: Any, path: str) -> str:
    if not isinstance(name, str):
        raise UsageError(f"{path} holds {name!r}, which is no name of a setting")
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
