"""The settings one by one, as a person reads and writes them."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from grafftui.errors import UsageError
from grafftui.settings.paths import Paths
from grafftui.settings.settings import Settings, save

_ATTRIBUTE: Final = re.compile(r"^    ([a-z_][\w, ]*): (.*(?:\n {8}.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them.

    Attributes:
        name: Its key in `settings.toml`; of one in a table "compact.retention".
        value: What counts now, as TOML; "" where nothing is set.
        default: The same of a new installation.
        description: What it is, in a sentence or two.
    """

    name: str
    value: str
    default: str
    description: str


def listing(settings: Settings) -> list[Setting]:
    """All of them, in the order of their reference."""
    return list(_listed(settings, Settings(), ""))


def change(paths: Paths, name: str, text: str) -> None:
    """Write one setting into `settings.toml`.

    Args:
        name: As in `Setting`.
        text: Its value as TOML; a text may stand without quotes. "" removes it.

    Raises:
        UsageError: There is no such setting, or it cannot have that value. Nothing is written.
        SettingsError: The file is broken, or cannot be written.
    """
    if name not in {one.name for one in listing(Settings())}:
        raise UsageError(f"there is no setting {name!r}")
    if not text.strip():
        save(paths, _nested(name, None))
        return
    try:
        save(paths, _nested(name, tomllib.loads(f"value = {text}")["value"]))
    except (UsageError, tomllib.TOMLDecodeError) as error:
        try:
            save(paths, _nested(name, text.strip()))
        except UsageError as plain:
            raise (error if isinstance(error, UsageError) else plain) from None


def _listed(settings: BaseModel, defaults: BaseModel, above: str) -> Iterator[Setting]:
    words = _descriptions(type(settings))
    for name in type(settings).model_fields:
        value, default = getattr(settings, name), getattr(defaults, name)
        if isinstance(value, BaseModel):
            yield from _listed(value, default, f"{name}.")
        else:
            yield Setting(above + name, _toml(value), _toml(default), words.get(name, ""))


def _descriptions(model: type[BaseModel]) -> dict[str, str]:
    """What the model's docstring says of each of its fields."""
    found: dict[str, str] = {}
    for names, words in _ATTRIBUTE.findall(inspect.cleandoc(model.__doc__ or "")):
        found |= dict.fromkeys(names.split(", "), " ".join(words.split()))
    return found


def _nested(name: str, value: Any) -> dict[str, Any]:
    table, _, key = name.rpartition(".")
    return {table: {key: value}} if table else {key: value}


def _toml(value: Any) -> str:
    """A value as it is written in TOML; "" for None."""
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return "" if value is None else json.dumps(value, ensure_ascii=False)
