"""Skills at work: named in the prompt, loaded by the model, what lies beside them read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corestage import Core, of_type, results_of
from fakes.steps import text, tool, tools

SKILL = "---\nname: Deploy\ndescription: To the server\n---\nRun bin/deploy.sh.\n"


def deploy(folder: Path) -> Path:
    """A skill with a file beside it; that file."""
    script = folder / "skills" / "deploy" / "bin" / "deploy.sh"
    script.parent.mkdir(parents=True)
    script.write_text("echo deployed\n")
    (folder / "skills" / "deploy" / "SKILL.md").write_text(SKILL)
    return script


def load(name: str = "deploy") -> dict[str, Any]:
    return tool("skill", {"name": name}, "s")


def test_a_skill_is_loaded_and_its_files_are_read_unasked(core: Core) -> None:
    script = deploy(core.home / "config")
    other = core.home / "config" / "settings.toml"
    other.write_text("")
    (script.parent / "linked.toml").symlink_to(other)
    read = [tool("read", {"file_path": str(script)}, "r")]
    outside = [
        tools(
            tool("read", {"file_path": str(other)}, "o"),
            tool("read", {"file_path": str(script.parent / "linked.toml")}, "l"),
            tool("read", {"file_path": f"{script.parent}/../../../settings.toml"}, "d"),
        )
    ]
    fake = core.provider(read, [load()], read, outside, [text("Done.")])
    events = [*core.graff(fake).chat("deploy it")]
    system = fake.requests[0].body["messages"][0]["content"]
    assert "- Deploy: To the server\n- create-skill: " in system
    before, loaded, after, *never = results_of(events)
    assert "no tool may touch it" in before
    assert loaded.startswith('<skill name="Deploy">\nRun bin/deploy.sh.\n</skill>')
    assert str(script) in loaded
    assert "1:echo deployed" in after
    assert len(never) == 3 and all("no tool may touch it" in one for one in never)
    assert of_type(events, "ApprovalRequested") == []
    assert len({request.body["messages"][0]["content"] for request in fake.requests}) == 1


def test_a_rule_still_forbids_what_lies_beside_a_skill(core: Core) -> None:
    script = deploy(core.home / "config")
    rule = '[[rules]]\ndecision = "deny"\nread = "**/deploy.sh"\n'
    (core.home / "config" / "policy.toml").write_text(rule)
    fake = core.provider([load()], [tool("read", {"file_path": str(script)}, "r")], [text(".")])
    result = results_of(core.graff(fake).chat("deploy it"))[1]
    assert "deploy.sh' may not be read or changed" in result


def test_another_conversation_has_not_loaded_it(core: Core) -> None:
    script = deploy(core.home / "config")
    read = [tool("read", {"file_path": str(script)}, "r")]
    fake = core.provider([load()], [text(".")], read, [text(".")])
    graff = core.graff(fake)
    graff.run("one")
    assert "no tool may touch it" in results_of(graff.chat("two"))[0]


def test_a_skill_that_is_not_there(core: Core) -> None:
    deploy(core.home / "config")
    fake = core.provider([load("depoly")], [text("Done.")])
    said = results_of(core.graff(fake).chat("deploy it"))[0]
    assert "There is no skill 'depoly'. There are: Deploy, create-skill, execute-plan" in said


def test_a_project_s_skill_is_there_while_it_is_trusted(core: Core) -> None:
    deploy(core.workspace / ".forge")
    fake = core.provider([load()], [text("Done.")], [load()], [text("Done.")])
    graff = core.graff(fake)
    assert "There is no skill" in results_of(graff.chat("deploy it"))[0]
    graff.project.trust(graff.project.state().contents)  # type: ignore[union-attr]
    assert "Run bin/deploy.sh." in results_of(graff.chat("deploy it"))[0]


def test_who_has_skills(core: Core) -> None:
    fake = core.provider([load("create-skill")], [text(".")], [text(".")])
    graff = core.graff(fake)
    assert "SKILL.md" in results_of(graff.chat("plan it", agent="muse"))[0]
    graff.run("look", agent="sage")
    body = fake.requests[-1].body
    assert "skill" not in [one["function"]["name"] for one in body["tools"]]
    assert "create-skill" not in body["messages"][0]["content"]
