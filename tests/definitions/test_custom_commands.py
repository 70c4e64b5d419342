"""Custom commands, spelt out by the core."""

from __future__ import annotations

import pytest

from corestage import Core
from grafftui.errors import NotFoundError, UsageError

REVIEW = "---\ndescription: Look it over\n---\nReview {{parameters}} with care.\n"


def test_what_commands_there_are_and_what_they_say(core: Core) -> None:
    folder = core.home / "config" / "commands"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text(REVIEW)
    graff = core.graff(core.provider())
    init = {"name": "init", "description": "Write AGENTS.md, or make it better"}
    assert graff.list_commands() == [{"name": "review", "description": "Look it over"}, init]
    assert graff.command_prompt("review", "a.py") == "Review a.py with care."
    assert graff.command_prompt("review") == "Review  with care."
    (folder / "tidy.md").write_text("Tidy up.")
    assert graff.command_prompt("tidy", "now") == "Tidy up.\n\nnow"
    with pytest.raises(NotFoundError) as error:
        graff.command_prompt("reviwe")
    assert error.value.hint == "there are: review, tidy, init"
    with pytest.raises(UsageError, match="name must be a string"):
        graff.command_prompt(3)  # type: ignore[arg-type]
