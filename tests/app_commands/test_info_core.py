"""What the core says of itself, and settings as they are shown and changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corestage import MODEL, Core, played, turns_asked
from fakes.steps import text
from grafftui import Graff, __version__
from grafftui.errors import NotFoundError, UsageError


def setting(graff: Graff, name: str) -> dict[str, Any]:
    return next(one for one in graff.list_settings() if one["name"] == name)


def test_what_there_is(core: Core) -> None:
    graff = core.graff(core.provider([text("Hi.")]), agent="sage")
    info = graff.info()
    assert info["version"] == f"grafftui {__version__}"
    assert info["model"] == f"openai_compatible/{MODEL}"
    assert (info["agent"], info["mode"]) == ("sage", "ask")
    assert info["workspace"] == str(core.workspace)
    assert info["history"].endswith(" MB")
    id = played(graff.chat("Hello", agent="muse", mode="plan"))
    assert (graff.info(id)["agent"], graff.info(id)["mode"]) == ("muse", "plan")


def test_tools_skills_and_what_agents_are_told(core: Core) -> None:
    graff = core.graff(core.provider([]))
    tools = {one["name"]: one["description"] for one in graff.list_tools("sage")}
    assert "read" in tools and "write" not in tools and all(tools.values())
    assert "shell" in {one["name"] for one in graff.list_tools()}
    assert "create-skill" in {one["name"] for one in graff.list_skills()}
    assert str(core.workspace) in graff.agent_prompt("muse")
    with pytest.raises(NotFoundError, match="no agent"):
        graff.list_tools("nobody")


def test_a_setting_is_changed_and_counts_at_once(core: Core) -> None:
    core.settings("# mine\nmax_tokens = 100\n")
    fake = core.provider([text("One.")], [text("Two.")])
    graff = core.graff(fake)
    played(graff.chat("Hello"))
    assert setting(graff, "max_tokens")["value"] == "100"
    assert setting(graff, "max_tokens")["default"] == "20480"
    assert "CodeGraff" in setting(graff, "max_tokens")["description"]
    assert graff.change_setting("max_tokens", "200") == []
    assert graff.change_setting("reasoning_effort", "high") == []
    assert graff.change_setting("compact.retention", "3") == []
    assert setting(graff, "compact.retention")["value"] == "3"
    played(graff.chat("Hello"))
    before, after = turns_asked(fake)
    assert [body["max_tokens"] for body in (before, after)] == [100, 200]
    assert setting(graff, "reasoning_effort")["value"] == '"high"'
    assert Path(graff.settings_file()).read_text().startswith("# mine\nmax_tokens = 200\n")
    graff.change_setting("reasoning_effort", "")
    assert setting(graff, "reasoning_effort")["value"] == ""


def test_what_cannot_be_set_is_not(core: Core) -> None:
    graff = core.graff(core.provider([]))
    for name, value in (("max_tokens", "many"), ("vim", "perhaps"), ("mode", "full")):
        with pytest.raises(UsageError, match=name):
            graff.change_setting(name, value)
    with pytest.raises(UsageError, match="no setting"):
        graff.change_setting("nothing", "1")
    path = Path(graff.info()["settings"])
    assert not path.exists()
    assert graff.settings_file() == str(path) and path.stat().st_mode & 0o777 == 0o600


def test_the_file_is_read_again(core: Core) -> None:
    graff = core.graff(core.provider([]))
    core.settings("vim = true\nmax_tokens = -1\n")
    (problem,) = graff.reload_settings()
    assert "max_tokens" in problem
    assert setting(graff, "vim")["value"] == "true"


def test_reports_are_read_and_nothing_else(core: Core) -> None:
    graff = core.graff(core.provider([]))
    assert graff.list_reports() == []
    folder = core.home / "data" / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "2026-1.txt").write_text("it fell")
    (path,) = graff.list_reports()
    assert graff.report(path) == "it fell"
    with pytest.raises(NotFoundError):
        graff.report("/etc/hostname")
