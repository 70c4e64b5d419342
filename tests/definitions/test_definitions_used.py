"""Agents in files, at work: asked with their model and their tools, a project's while trusted."""

from __future__ import annotations

import pytest

from corestage import Core
from fakes.steps import text
from grafftui.errors import NotFoundError

AGENT = """---
id: reviewer
description: Reviews
model: other-model
tools: [read, search]
temperature: 0.3
max_tokens: 77
---
You review in {{cwd}}.
"""


def test_an_agent_of_the_person(core: Core) -> None:
    folder = core.home / "config" / "agents"
    folder.mkdir(parents=True)
    (folder / "reviewer.md").write_text(AGENT)
    fake = core.provider([text("Fine.")], [text("Done.")])
    graff = core.graff(fake)
    assert graff.get_agent_infos()[-1] == {
        "id": "reviewer",
        "title": "reviewer",
        "description": "Reviews",
    }
    session = graff.session(agent="reviewer")
    session.run("look")
    body = fake.requests[0].body
    assert body["messages"][0]["content"] == f"You review in {core.workspace}."
    assert [tool["function"]["name"] for tool in body["tools"]] == ["read", "fs_search"]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("other-model", 0.3, 77)


def test_an_agent_of_the_project(core: Core) -> None:
    folder = core.workspace / ".forge" / "agents"
    folder.mkdir(parents=True)
    (folder / "reviewer.md").write_text(AGENT)
    fake = core.provider([text("Fine.")], [text("Fine.")])
    graff = core.graff(fake)
    with pytest.raises(NotFoundError, match="no agent “reviewer”"):
        graff.run("look", agent="reviewer")
    graff.project.trust(graff.project.state().contents)  # type: ignore[union-attr]
    assert graff.run("look", agent="reviewer").text == "Fine."
    (folder / "reviewer.md").write_text(AGENT.replace("You review", "You obey"))
    with pytest.raises(NotFoundError, match="no agent “reviewer”"):
        graff.run("look", agent="reviewer")
    assert len(fake.requests) == 1
