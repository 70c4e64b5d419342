"""Agents in files, at work: asked with their model and their tools, a project's while trusted."""

from __future__ import annotations

import pytest

from corestage import Core, of_type
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


def test_settings_go_before_what_an_agent_wants(core: Core) -> None:
    folder = core.home / "config" / "agents"
    folder.mkdir(parents=True)
    (folder / "reviewer.md").write_text(AGENT)
    (core.home / "config" / "settings.toml").write_text("temperature = 0.7\nmax_tokens = 99\n")
    fake = core.provider([text("Fine.")], [text("Fine.")], [text("Fine.")])
    graff = core.graff(fake)
    graff.run("look", agent="reviewer")
    graff.run("look", agent="reviewer", temperature=0.1)
    core.graff(fake, max_tokens=55).run("look", agent="reviewer")
    sent = [(r.body["temperature"], r.body["max_tokens"]) for r in fake.requests]
    assert sent == [(0.7, 99), (0.1, 99), (0.7, 55)]


def test_what_is_wrong_in_a_file_is_told(core: Core) -> None:
    folder = core.home / "config" / "agents"
    folder.mkdir(parents=True)
    (folder / "broken.md").write_text("---\nid: [\n---\nx")
    graff = core.graff(core.provider([text("Fine.")]))
    events = list(graff.chat("look"))
    (notice,) = [data["text"] for data in of_type(events, "Notice")]
    assert "broken.md: its first lines are no YAML" in notice
    with pytest.raises(NotFoundError, match=r"no agent .broken.") as raised:
        graff.run("look", agent="broken")
    assert "broken.md: its first lines" in raised.value.hint


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
