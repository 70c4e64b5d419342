"""Agents, skills and commands in files: what they say, where they stand, what is wrong in them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grafftui.core.definitions import DefinitionFile, Definitions, agent_in, command_in, skill_in
from grafftui.core.roster import Roster
from grafftui.core.templates import substituted
from grafftui.errors import NotFoundError

TOOLS = ("read", "fs_search", "patch", "shell", "todo_write")


def file(text: str, name: str = "one.md") -> DefinitionFile:
    return DefinitionFile(name, text, "/place", False)


WHOLE = """---
id: Reviewer
title: The reviewer
description: |
  Reads what
  others wrote
provider: anthropic
model: claude-x
tools: [Read, search, "todo_*", "mcp_*"]
temperature: 0.2
top_p: 0.9
top_k: 40
max_tokens: 1000
reasoning: {effort: high}
custom_rules: Never smile.
max_turns: 7
max_tool_failure_per_turn: 2
user_prompt: Be brief.
compact: {max_tokens: 3}
something_new: 1
---

You review in {{cwd}} on {{ env.os }}. {{unknown}} stays.
"""


def test_all_that_an_agent_file_says() -> None:
    agent = agent_in(file(WHOLE), TOOLS)
    assert (agent.id, agent.title) == ("reviewer", "The reviewer")
    assert agent.tools == ("read", "fs_search", "todo_write", "mcp_*")
    assert (agent.model.provider, agent.model.model) == ("anthropic", "claude-x")
    assert (agent.model.temperature, agent.model.top_p, agent.model.top_k) == (0.2, 0.9, 40)
    assert (agent.model.max_tokens, agent.model.reasoning_effort) == (1000, "high")
    assert (agent.model.max_requests_per_turn, agent.model.max_tool_failure_per_turn) == (7, 2)
    prompt = agent.system_prompt(workspace="/w", platform="Linux", project="Use tabs.")
    assert prompt.startswith("You review in /w on Linux. {{unknown}} stays.\nNever smile.")
    assert "Use tabs." in prompt


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no frontmatter", "id: Field required"),
        ("---\n---\nx", "id: Field required"),
        ("---\nid: a b\n---\nx", "id: Value error, must be a word"),
        ("---\nid: ../x\n---\nx", "id: Value error, must be a word"),
        ("---\nid: x\n---\n", "it has no system prompt"),
        ("---\nid: x\ntools: [fly]\n---\nx", "there is no tool 'fly' (there are read"),
        ("---\nid: x\ntemperature: 3\n---\nx", "temperature: Input should be less than"),
        ("---\nid: x\ntools: read\n---\nx", "tools: Input should be a valid list"),
        ("---\n[1, 2]\n---\nx", "its first lines must be `name: value`"),
        ("---\n{a: [\n---\nx", "its first lines are no YAML"),
        ("---\n&a [*a, *a]: 1\n---\nx", "its first lines"),
        ("---\n" + "[" * 1_200 + "\n---\nx", "its first lines are no YAML"),
        ("---\nid: !!python/object/apply:os.system [touch x]\n---\nx", "its first lines are no"),
    ],
)
def test_what_is_no_agent(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as raised:
        agent_in(file(text), TOOLS)
    assert complaint in str(raised.value)


def test_an_agent_without_tools() -> None:
    assert (
        agent_in(file("---\nid: x\ntools: [read]\ntool_supported: false\n---\nx"), TOOLS).tools
        == ()
    )
    assert agent_in(file("---\nid: x\n---\nx"), TOOLS).tools == ()


def test_a_skill_and_a_command() -> None:
    text = "---\nname: Deploy it\ndescription: To the\n  server\n---\nFirst, wait."
    skill = skill_in(file(text, "deploy/SKILL.md"))
    assert (skill.name, skill.description) == ("Deploy it", "To the server")
    assert skill_in(file("Wait.", "deploy/SKILL.md")).name == "deploy"
    with pytest.raises(ValueError, match="says nothing"):
        skill_in(file("---\nname: x\n---\n", "deploy/SKILL.md"))
    command = command_in(file("---\ndescription: d\n---\nFix {{parameters}} now.", "fix.md"))
    assert (command.name, command.prompt("it")) == ("fix", "Fix it now.")
    assert command_in(file("Look.", "look.md")).prompt("there") == "Look.\n\nthere"
    assert command_in(file("Look.", "look.md")).prompt() == "Look."
    with pytest.raises(ValueError, match="one word"):
        command_in(file("---\nname: a b\n---\nx"))


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert substituted("{{parameters}}", {"parameters": "{{cwd}}", "cwd": "/w"}) == "{{cwd}}"
    assert substituted("{{parameters}}", {"parameters": "{{#if cwd}}x{{/if}}"}) == (
        "{{#if cwd}}x{{/if}}"
    )


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{#if a}}yes {{a}}{{else}}no{{/if}}.", "yes 1."),
        ("{{#if none}}yes{{else}}no{{/if}}.", "no."),
        ("{{#if empty}}yes{{/if}}.", "."),
        ("{{#if a}}{{#if none}}x{{else}}{{a}}\n{{/if}}{{else}}y{{/if}}", "1\n"),
        ("{{#if env.a}}1{{/if}}{{#if a}}2{{/if}}", "12"),
        ("{{#if a}}not closed {{a}}", "{{#if a}}not closed 1"),
        ("{{/if}}{{else}}", "{{/if}}{{else}}"),
    ],
)
def test_one_part_or_the_other(template: str, filled: str) -> None:
    assert substituted(template, {"a": "1", "empty": ""}) == filled


def test_a_template_made_to_be_slow_is_not() -> None:
    before = time.monotonic()
    substituted("{{#if a}}" * 20_000 + "x" * 100_000, {"a": "1"})
    substituted("{{#if a}}x" * 2_000 + "{{/if}}" * 2_000, {"a": "1"})
    substituted("{{#if a}}" * 10_000 + "{{/if}}" * 10_000, {"a": "1"})
    assert time.monotonic() - before < 5


@dataclass
class Trusted:
    """A project of which all that is here is trusted."""

    files: dict[str, bytes] = field(default_factory=dict)

    def trusted_files(self) -> dict[str, bytes]:
        return self.files


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    return Definitions(Trusted(), tmp_path / "settings", "/w", tmp_path / "home")


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_stands_nearer_hides(definitions: Definitions, tmp_path: Path) -> None:
    def agent(title: str) -> str:
        return f"---\nid: a\ntitle: {title}\n---\nx"

    roster = Roster(definitions, TOOLS)
    with pytest.raises(NotFoundError, match="no agent “a”"):
        roster.agent("a")
    put(tmp_path / "home/.forge/agents/a.md", agent("forge's"))
    assert roster.agent("A").title == "forge's"
    put(tmp_path / "settings/agents/other-name.md", agent("the person's"))
    assert roster.agent("a").title == "the person's"
    trusted: Trusted = definitions.project  # type: ignore[assignment]
    trusted.files[".forge/agents/a.md"] = agent("the project's").encode()
    assert roster.agent("a").title == "the project's" and roster.agent("a").of_project
    trusted.files[".grafftui/agents/a.md"] = agent("ours").encode()
    assert roster.agent("a").title == "ours"
    assert list(roster.agents()) == ["forge", "muse", "sage", "a"]


def test_what_is_wrong_is_told_once(definitions: Definitions, tmp_path: Path) -> None:
    roster = Roster(definitions, TOOLS)
    put(tmp_path / "settings/agents/bad.md", "---\nid: \x1b[31mx\n---\nx")
    put(tmp_path / "settings/agents/good.md", "---\nid: good\n---\nx")
    assert "good" in roster.agents()
    roster.agents()
    (notice,) = roster.notices()
    assert "bad.md: " in notice and "\x1b" not in notice
    roster.agents()
    assert roster.notices() == []


def test_what_is_no_file_is_left_alone(definitions: Definitions, tmp_path: Path) -> None:
    folder = tmp_path / "settings/commands"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe.md")
    (folder / "dir.md").mkdir()
    (folder / "gone.md").symlink_to(folder / "nowhere")
    (folder / "large.md").write_text("x" * 300_000)
    (folder / "fine.md").write_text("Do it.")
    assert list(Roster(definitions, TOOLS).commands()) == ["fine", "init", "review"]


def test_what_lies_beside_a_skill(definitions: Definitions, tmp_path: Path) -> None:
    put(tmp_path / "home/.agents/skills/deploy/SKILL.md", "Run deploy.sh.")
    put(tmp_path / "home/.agents/skills/deploy/bin/deploy.sh", "true")
    trusted: Trusted = definitions.project  # type: ignore[assignment]
    trusted.files[".forge/skills/test/SKILL.md"] = b"---\ndescription: How\n---\nTest."
    trusted.files[".forge/skills/test/data.txt"] = b"1"
    skills = Roster(definitions, TOOLS).skills()
    assert skills["deploy"].files == (str(tmp_path / "home/.agents/skills/deploy/bin/deploy.sh"),)
    assert skills["test"].files == ("/w/.forge/skills/test/data.txt",)
    lines = Roster(definitions, TOOLS).skill_lines().splitlines()
    assert lines[:2] == ["- test: How", "- deploy:"]
    assert [line.split(":")[0] for line in lines[2:]] == [
        "- create-skill",
        "- execute-plan",
        "- github-pr-description",
    ]
