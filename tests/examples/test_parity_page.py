"""What the page for those who move over says is here is here."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import grafftui
from grafftui.core.chat_options import ChatOptions

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
_NAME = re.compile(r"`(grafftui(?:\.\w+)+|[A-Z]\w*(?:\.\w+)?|version)(?:\(([\w, ]*)\))?`")


def named() -> list[tuple[str, str]]:
    """Each name in the second column of a table, and the arguments it is said to take."""
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [row[1] for row in rows if len(row) > 1]
    return sorted({found for cell in cells for found in _NAME.findall(cell)})


def found(name: str) -> Any:
    """What a name stands for."""
    if not name.startswith("grafftui."):
        name = f"grafftui.{name}"
    parts = name.split(".")
    value: Any = grafftui
    for at, part in enumerate(parts[1:], 2):
        if hasattr(value, part):
            value = getattr(value, part)
        elif inspect.ismodule(value):
            value = importlib.import_module(".".join(parts[:at]))
        else:
            assert part in inspect.signature(value).parameters, name  # set in the constructor
            value = None
    return value


def test_there_are_many() -> None:
    assert len(named()) > 60


@pytest.mark.parametrize(("name", "arguments"), named())
def test_a_name_is_there_and_takes_what_it_is_said_to_take(name: str, arguments: str) -> None:
    value = found(name)
    if arguments:
        signature = inspect.signature(value)
        known = {*signature.parameters}
        if "options" in known:
            known |= ChatOptions.__annotations__.keys()
        assert set(arguments.split(", ")) <= known, (name, arguments)
