"""The pages of docs/ say what the code is: what is made of it is as it would be made now."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shlex
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
MEND = "run `make docs` and look at what has changed"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """What fills the pages in."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name: str, generate: ModuleType) -> None:
    text = (DOCS / name).read_text()
    assert generate.fill(text) == text, MEND


def test_each_part_is_on_a_page(generate: ModuleType) -> None:
    said = "".join((DOCS / name).read_text() for name in PAGES)
    for part in generate.PARTS:
        assert said.count(f"<!-- generated: {part} -->") == 1, part


def test_the_picture_is_of_the_contract(generate: ModuleType) -> None:
    picture = generate.PICTURE.read_text()
    assert picture == generate.picture(), MEND
    drawn = re.findall(r">(\w+)</text>", picture)
    assert {name for row in generate.contract() for name in row} == set(drawn)
    assert drawn[0] == "cli" and drawn[-1] == "errors"


def test_every_answer_key_is_on_the_page_of_keys() -> None:
    page = (DOCS / "keys.md").read_text()
    answered = page.partition("## Answering a question")[2].partition("\n## ")[0]
    keys = set()
    for path in (ROOT / "src/grafftui/ui/widgets").rglob("*.py"):
        keys |= set(re.findall(r'\bChoice\(\s*"(\w)"', path.read_text()))
    assert keys >= {"r", "a", "A", "w"}
    assert {key for key in keys if f"`{key}`" not in answered} == set()


def test_pages_name_no_command_that_is_not_there() -> None:
    """`/name` in a page is a command of the screen or one of the files that are always there."""
    from grafftui.core.definitions.built_in import COMMANDS as BUILT_IN
    from grafftui.ui.commands import ALIASES, COMMANDS

    known = {one.id for one in COMMANDS} | ALIASES.keys() | BUILT_IN.keys()
    for name in PAGES:
        theirs = name in ("parity.md", "security.md")
        said = set(re.findall(r"`/([a-z][a-z-]+)`", (DOCS / name).read_text()))
        assert theirs or said <= known, (name, said - known)


def test_the_guide_names_every_event_and_every_error() -> None:
    import grafftui

    guide = (DOCS / "sdk.md").read_text()
    events = set()
    for module in ("events", "sub_agents"):
        text = (ROOT / "src" / "grafftui" / f"{module}.py").read_text()
        events |= set(re.findall(r'AgentEvent\(\s*"(\w+)"', text))
    errors = {name for name in grafftui.__all__ if name.endswith("Error")} - {"GrafftuiError"}
    assert len(events) > 20 and len(errors) > 12
    assert {name for name in events | errors if f"`{name}`" not in guide} == set()


def test_the_pages_show_every_example() -> None:
    """Formatters have taken the signs that include a file for Python."""
    shown = set()
    for name in PAGES:
        for line in re.findall(r".*--8.*", (DOCS / name).read_text()):
            included = re.fullmatch(r'--8<-- "examples/(\w+\.py)(?::(\d+):\d+)?"', line)
            assert included is not None, (name, line)
            shown.add(included[1])
            if included[2] is not None:
                lines = (ROOT / "examples" / included[1]).read_text().splitlines()
                assert lines[int(included[2]) - 1].startswith("rules = ")
    assert shown == {path.name for path in (ROOT / "examples").glob("*.py")}


@pytest.mark.parametrize("name", ["architecture.md", "security.md"])
def test_what_a_page_points_to_is_there(name: str) -> None:
    """A path with a slash in it, but for what it says of somebody else's folder."""
    page = (DOCS / name).read_text()
    named = set(re.findall(r"`(\w+/[\w/*]*(?:\.py)?)`", page)) - {"grafftui/"}
    assert len(named) > 15
    for path in named:
        places = (ROOT, ROOT / "src" / "grafftui")
        assert any(list(place.glob(path.rstrip("/"))) for place in places), path


def blocks(language: str) -> list[Any]:
    """Every block of a language, as parameters: its page, and what it says."""
    found = []
    for name in PAGES:
        page = (DOCS / name).read_text()
        each = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        found += [pytest.param(name, said, id=f"{name} {n}") for n, said in enumerate(each, 1)]
    return found


@pytest.mark.parametrize(("name", "said"), blocks("toml"))
def test_toml_on_a_page_can_be_meant(name: str, said: str, tmp_path: Path) -> None:
    from grafftui.approvals import RuleFile
    from grafftui.settings.settings import salvage

    if "[[rules]]" in said:
        (tmp_path / "policy.toml").write_text(said)
        rules = RuleFile(tmp_path / "policy.toml", str(tmp_path))
        assert not rules.broken and rules.rules()
    else:
        data = tomllib.loads(said)
        assert data
        assert salvage(data, tmp_path)[1] == []


@pytest.mark.parametrize(("name", "said"), blocks("json"))
def test_json_on_a_page_can_be_meant(name: str, said: str) -> None:
    from grafftui.mcp.config import checked_config

    assert checked_config(json.loads(said), "user", "mcp.json")


@pytest.mark.parametrize(("name", "said"), blocks("markdown"))
def test_a_file_on_a_page_defines_something(name: str, said: str) -> None:
    from grafftui.core.definitions import DefinitionFile, agent_in, command_in, skill_in
    from grafftui.tools import TOOLS

    file = DefinitionFile("one/SKILL.md", said, "place", of_project=False)
    if "id: " in said:
        assert agent_in(file, tuple(TOOLS)).tools == ("read", "fs_search")
    elif "{{parameters}}" in said:
        assert "the parser" in command_in(file).prompt("the parser")
    else:
        assert skill_in(file).description


@pytest.mark.parametrize(("name", "said"), blocks("console"))
def test_commands_on_a_page_are_understood(name: str, said: str) -> None:
    """As far as their words go: nothing is run."""
    from grafftui.cli.arguments import COMMANDS, Parser, parse_screen

    for line in re.findall(r"^grafftui\b.*", said, re.MULTILINE):
        words = shlex.split(line, comments=True)[1:]
        if not words or words[0].startswith("-"):
            parse_screen(words)
            continue
        assert words[0] in COMMANDS, line
        parser = Parser(prog="grafftui")
        module = importlib.import_module(f"grafftui.cli.{words[0]}")
        module.add_parser(parser.add_subparsers(required=True))
        parser.parse_args(words)
