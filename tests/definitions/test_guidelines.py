"""What the person and the repository tell every agent; what an agent's file says of compaction."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from corestage import Core, of_type, played
from fakes.server import FakeProvider
from fakes.steps import text
from grafftui import Graff
from grafftui.core.definitions import DefinitionFile, agent_in
from grafftui.trust import TrustBook

SECRET = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"


def system(fake: FakeProvider, graff: Graff) -> str:
    """What the model is told before anything else."""
    graff.run("hi")
    return str(fake.requests[-1].body["messages"][0]["content"])


@pytest.fixture
def fake(core: Core) -> FakeProvider:
    return core.provider(*[[text("Hi.")] for _ in range(9)])


def put(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)


def test_what_the_person_tells_every_agent(
    core: Core, fake: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    graff = core.graff(fake)
    assert "person_instructions" not in system(fake, graff)
    put(tmp_path / "home/.forge/AGENTS.md", f"Use tabs. {{x}} {SECRET}\n")
    put(core.home / "config/AGENTS.md", "Be brief.\n")
    said = system(fake, graff)
    assert said.index("Be brief.") < said.index("Use tabs. {x}") < said.index("</person_instr")
    assert SECRET not in said
    put(core.home / "config/AGENTS.md", "x" * 100_000)
    assert len(system(fake, graff)) < 50_000
    graff.run("hi", system_prompt="Only this.")
    assert "person_instructions" not in str(fake.requests[-1].body)


def test_what_the_repository_above_says_while_it_is_trusted(core: Core, fake: FakeProvider) -> None:
    root = core.workspace
    folder = root / "packages" / "one"
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    put(root / "AGENTS.md", "Of the root.\n")
    put(folder / "AGENTS.md", "Of the folder.\n")
    graff = core.graff(fake, cwd=str(folder))
    assert "Of the" not in system(fake, graff)
    graff.project.trust(graff.project.state().contents)  # type: ignore[union-attr]
    said = system(fake, graff)
    assert "Of the folder." in said and "Of the root." not in said
    book = TrustBook(graff.store.trusted_folders)
    book.trust(book.state(str(root)).contents)  # type: ignore[union-attr]
    said = system(fake, graff)
    assert said.index("Of the root.") < said.index("Of the folder.")
    put(root / "AGENTS.md", "Of the root, changed.\n")
    assert "Of the root" not in system(fake, graff)


AGENT = """---
id: a
tools: [sem_search, Read, tools_list]
compact:
  message_threshold: 4
  retention_window: 1
  eviction_window: 1.0
  token_threshold_percentage: 0.5
  max_tokens: 2000
  on_turn_end: false
---
You are a."""


def test_what_an_agent_wants_of_compaction() -> None:
    agent = agent_in(DefinitionFile("a.md", AGENT, "/place", False), ("read",))
    assert agent.tools == ("read",)
    assert agent.compact == {
        "message_threshold": 4,
        "retention": 1,
        "eviction": 1.0,
        "share": 0.5,
    }
    wrong = AGENT.replace("1.0", "7")
    with pytest.raises(ValueError, match=r"compact\.eviction_window: Input should be less"):
        agent_in(DefinitionFile("a.md", wrong, "/place", False), ("read",))


def test_an_agent_that_compacts_early(core: Core) -> None:
    put(core.home / "config/agents/a.md", AGENT)
    fake = core.provider(handler=lambda body: [text("word " * 300)])
    graff = core.graff(fake)
    for agent, compacts in (("forge", False), ("a", True)):
        events = list(graff.chat("begin", agent=agent))
        id = str(events[0].data["conversationId"])
        for _ in range(5):
            events += list(graff.chat("go on", conversation_id=id))
        assert bool(of_type(events, "Compacted")) == compacts
    assert played(graff.chat("still", agent="forge"))
