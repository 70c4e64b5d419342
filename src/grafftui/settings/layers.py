"""Where settings come from, lowest first: ForgeCode's files, ours, variables `FORGE_*`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from grafftui.settings.forge_home import forge_home
from grafftui.settings.forge_keys import translated
from grafftui.settings.problem import BrokenFileError, Problem
from grafftui.settings.reading import read_toml

FORGE_FILES: Final = ("forge.toml", ".forge.toml")
"""The second counts where both say something."""
_PREFIX: Final = "FORGE_"
_MOST_NAMED: Final = 10


@dataclass(slots=True)
class Layer:
    """What one source says, in the words of `Settings`, as yet unchecked."""

    path: Path
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def own_file(path: Path) -> Layer:
    """What stands in `settings.toml`."""
    try:
        return Layer(path, read_toml(path)[1])
    except BrokenFileError as error:
        problem = replace(error.problem, message=f"{error.problem.message}; defaults are used")
        return Layer(path, problems=[problem])


def forge_files(environ: Mapping[str, str]) -> list[Layer]:
    """What stands in the person's own `forge.toml` and `.forge.toml`; never a project's."""
    layers = []
    for name in FORGE_FILES:
        path = forge_home(environ) / name
        try:
            layers.append(forge_layer(path, read_toml(path)[1]))
        except BrokenFileError as error:
            layers.append(Layer(path, problems=[error.problem]))
    return layers


def forge_layer(path: Path, theirs: Mapping[str, Any]) -> Layer:
    """What ForgeCode's settings say; what is not known is named in one problem."""
    ours, unknown = translated(theirs)
    problems = []
    if unknown:
        named = ", ".join(map(_name, unknown[:_MOST_NAMED]))
        more = len(unknown) - _MOST_NAMED
        tail = f" and {more} more" if more > 0 else ""
        problems = [Problem(path, "", f"not used by grafftui: {named}{tail}")]
    return Layer(path, ours, problems)


def forge_variables(environ: Mapping[str, str]) -> Layer:
    """What variables like `FORGE_SESSION__MODEL_ID` say.

    Those not known may be another program's, so that nothing is said of them.
    """
    theirs: dict[str, Any] = {}
    for name, text in environ.items():
        if name.startswith(_PREFIX) and text:
            *above, last = name.removeprefix(_PREFIX).lower().split("__")
            table: Any = theirs
            for part in above:
                table = table.setdefault(part, {}) if isinstance(table, dict) else None
            if isinstance(table, dict):
                table[last] = text if last.endswith("_id") else _value(text)
    return Layer(Path(f"{_PREFIX}*"), translated(theirs)[0])


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both; where both say something, the latter, table by table."""
    found = dict(below)
    for name, value in above.items():
        old = found.get(name)
        tables = isinstance(value, Mapping) and isinstance(old, Mapping)
        found[name] = merged(old, value) if tables else value  # type: ignore[arg-type]
    return found


def _value(text: str) -> Any:
    """A number or a truth value where it is written like one."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"-?[0-9]{1,18}\.[0-9]{1,18}", text, re.ASCII):
        return float(text)
    return text


def _name(dotted: str) -> str:
    return dotted if re.fullmatch(r"[\w.-]{1,80}", dotted, re.ASCII) else ascii(dotted[:80])
