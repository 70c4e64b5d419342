"""Fill in what the pages take from the code: keys, settings, layers.

    python docs/generate.py

A page says where: what stands between `<!-- generated: NAME -->` and `<!-- end -->` is made by
the function of that name in `PARTS`. A test says when a page is no longer what the code is.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parent
PICTURE: Final = DOCS / "pictures" / "layers.svg"
_PART: Final = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_WIDTH, _ROW, _GAP = 860, 46, 8


def main() -> None:
    """Write what has changed."""
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text()
        if (filled := fill(text)) != text:
            path.write_text(filled)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture())


def fill(page: str) -> str:
    """A page with its generated parts made anew."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", page)


# -- keys ------------------------------------------------------------------------------------


def commands() -> str:
    """Every command of the session screen, by group."""
    from grafftui.ui.commands import ALIASES, COMMANDS

    also = {ours: theirs for theirs, ours in ALIASES.items()}
    groups: dict[str, list[str]] = {}
    for one in COMMANDS:
        name = f"`/{one.id}{f' {one.argument}' if one.argument else ''}`"
        if one.id in also:
            name += f", `/{also[one.id]}`"
        cells = (name, _keys(one.keys), f"{one.title}: {one.help}")
        groups.setdefault(one.group, []).append(_row(*cells))
    head = _row("Command", "Key", "What it does") + "\n" + _row("---", "---", "---")
    return "\n\n".join(
        f"### {group}\n\n{head}\n" + "\n".join(rows) for group, rows in groups.items()
    )


def bindings() -> str:
    """The keys of each part of the screen: every class of the UI that has some of its own."""
    from grafftui.ui.commands import COMMANDS

    parts = []
    listed = {one.id for one in COMMANDS}
    for owner in _bound():
        rows = []
        for binding in owner.__dict__["BINDINGS"]:
            if binding.description and binding.id not in listed:
                listed.add(binding.id)  # some have those of another, too
                rows.append(_row(_keys(binding.key), binding.description, f"`{binding.id}`"))
        if rows:
            head = [_row("Key", "What it does", "Name in `[keymap]`"), _row("---", "---", "---")]
            parts.append("\n".join([f"### {_title(owner)}\n", *head, *rows]))
    return "\n\n".join(parts)


def _bound() -> Iterator[type]:
    """The classes of the UI with bindings of their own, in the order of their names."""
    import grafftui.ui as ui

    found = {}
    for module in pkgutil.walk_packages(ui.__path__, "grafftui.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__ == module.name:
                found[value.__name__] = value
    return iter(one for _, one in sorted(found.items()) if one.__dict__.get("BINDINGS"))


_TITLES: Final = {
    "Answers": "Yes or no",
    "GuardedPanel": "Every question",
    "McpScreen": "MCP servers",
    "McpToolsScreen": "Tools of an MCP server",
    "ReadingPanel": "What a question is about",
    "SessionScreen": "Everywhere",
    "TranscriptView": "Transcript",
    "VirtualList": "Every list",
    "WiderPanel": "Wider answers",
}
"""Of classes whose names say less to a reader of the page."""


def _title(owner: type) -> str:
    if owner.__name__ in _TITLES:
        return _TITLES[owner.__name__]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", owner.__name__)
    return words.removesuffix(" Screen").capitalize()


def _keys(keys: str) -> str:
    from grafftui.ui.screens.help import key_names

    return ", ".join(f"`{key_names([key])}`" for key in keys.split(",") if key)


# -- settings --------------------------------------------------------------------------------


def settings() -> str:
    """Every key of `settings.toml`, from the model that reads it."""
    from grafftui.settings.listing import listing
    from grafftui.settings.settings import Settings

    schema = Settings.model_json_schema()
    rows = [_row("Key", "Values", "Default", "What it is"), _row(*["---"] * 4)]
    table = ""
    for one in listing(Settings()):
        above, _, key = one.name.rpartition(".")
        if above != table:
            table = above
            title = (_model(schema, above).get("description") or "").partition("\n")[0]
            rows += ["", f"### `[{above}]`", "", title, "", *rows[:2]]
        values = _values(schema, _model(schema, above)["properties"][key])
        default = f"`{one.default}`" if one.default else "not set"
        rows.append(_row(f"`{key}`", values, default, one.description))
    return "\n".join(rows)


def _model(schema: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    if not table:
        return schema
    found: Mapping[str, Any] = _resolved(schema, schema["properties"][table])
    return found


def _resolved(schema: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    name = said.get("$ref", "").rpartition("/")[2]
    return schema["$defs"][name] if name else said


def _values(schema: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """What a key may be, in words."""
    for one in said.get("anyOf", ()):
        if one.get("type") != "null":
            return _values(schema, one)
    if "enum" in said:
        return ", ".join(f'`"{value}"`' for value in said["enum"])
    if said["type"] == "array":
        return f"list of {_several(_values(schema, said['items']))}"
    if said["type"] == "object":
        return f"table of {_several(_values(schema, said['additionalProperties']))}"
    words = {"string": "text", "boolean": "`true`, `false`", "integer": "whole number"}
    if "/" in str(said.get("pattern", "")):
        return '`"provider/model"`'
    return words.get(said["type"], said["type"]) + _limits(said)


def _several(values: str) -> str:
    return re.sub(r"^(text|list|table|whole number)", r"\1s", values)


def _limits(said: Mapping[str, Any]) -> str:
    low, over, high = (said.get(name) for name in ("minimum", "exclusiveMinimum", "maximum"))
    parts = [
        f"from {low:,}" if low is not None else "",
        f"more than {over:,}" if over is not None else "",
        f"up to {high:,}" if high is not None else "",
    ]
    return "".join(f", {part}" for part in parts if part)


def environment() -> str:
    """ForgeCode's keys that count here, and what they set."""
    from grafftui.settings.forge_keys import KEYS

    rows = [_row("ForgeCode's key", "Variable", "Ours"), _row("---", "---", "---")]
    for theirs, ours in KEYS.items():
        variable = "FORGE_" + "__".join(theirs).upper()
        rows.append(_row(f"`{'.'.join(theirs)}`", f"`{variable}`", f"`{'.'.join(ours)}`"))
    return "\n".join(rows)


# -- layers ----------------------------------------------------------------------------------


def contract() -> list[list[str]]:
    """The layers that import-linter checks, from the top; each its modules."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (rows,) = [one["layers"] for one in contracts if one["type"] == "layers"]
    return [[name.strip().removeprefix("grafftui.") for name in row.split("|")] for row in rows]


def layers() -> str:
    """What each module of the layers is, in its own words."""
    rows = [_row("Module", "What it is"), _row("---", "---")]
    for names in contract():
        rows += [_row(f"`{name}`", _said(name)) for name in names]
    return "\n".join(rows)


def _said(module: str) -> str:
    first = (importlib.import_module(f"grafftui.{module}").__doc__ or "").partition("\n\n")[0]
    return " ".join(first.split()) or _UNSAID[module]


_UNSAID: Final = {
    "cli": "The grafftui command: options, first frame, supervisor, headless run, keys.",
    "ui": "The screen. Draws entries, sends intents, decides nothing.",
    "backends": "Other things that run turns as the same events.",
}
"""Of modules that are imported before anything may be read, and have no docstring."""


def picture() -> str:
    """The layers, drawn: each may import only those below it."""
    rows = contract()
    height = len(rows) * (_ROW + _GAP) + _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        ' font-family="system-ui, sans-serif" font-size="15" role="img">',
        "<title>Each layer imports only those below it</title>",
    ]
    for at, names in enumerate(rows):
        top = _GAP + at * (_ROW + _GAP)
        wide = (_WIDTH - _GAP * (len(names) + 1)) / len(names)
        hue = 265 - 16 * at
        for column, name in enumerate(names):
            left = _GAP + column * (wide + _GAP)
            parts.append(
                f'<rect x="{left:.0f}" y="{top}" width="{wide:.0f}" height="{_ROW}" rx="6"'
                f' fill="hsl({hue} 45% 90%)" stroke="hsl({hue} 40% 45%)"/>'
                f'<text x="{left + wide / 2:.0f}" y="{top + _ROW / 2 + 5:.0f}"'
                f' text-anchor="middle" fill="#1c1c28">{escape(name)}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "bindings": bindings,
    "commands": commands,
    "environment": environment,
    "layers": layers,
    "settings": settings,
}
"""Name in a page → what makes it."""

if __name__ == "__main__":
    main()
