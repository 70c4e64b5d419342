"""A conversation goes on as it was left: its mode, and where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from corestage import Core, answer_of, played, turns_asked
from fakes.steps import text
from grafftui import Graff
from grafftui.approvals import Mode
from grafftui.errors import UsageError


def reopened(core: Core, graff: Graff, mode: Mode | None = None) -> Graff:
    graff.close()
    return core.graff(core.provider([text("Back.")], [text("Again.")]), mode=mode)


def mode_after(graff: Graff, conversation_id: str) -> str:
    """The mode in which it goes on, for somebody who sees it."""
    row = graff.store.conversation(conversation_id)
    assert row is not None
    graff.resume_mode(row)
    list(graff.chat("more", conversation_id=conversation_id))
    return graff.policy.mode(conversation_id)


def test_the_mode_it_was_left_in(core: Core) -> None:
    graff = core.graff(core.provider([text("Hi.")]))
    conversation_id = played(graff.chat("hello", mode="edits"))
    graff = reopened(core, graff)
    assert graff.policy.mode(conversation_id) == "ask"
    assert mode_after(graff, conversation_id) == "edits"
    graff.set_mode(conversation_id, "plan")
    assert mode_after(graff, conversation_id) == "plan"
    assert mode_after(reopened(core, graff), conversation_id) == "plan"


def test_full_is_asked_for_each_time(core: Core) -> None:
    graff = core.graff(core.provider([text("Hi.")]))
    conversation_id = played(graff.chat("hello", mode="edits"))
    graff.set_mode(conversation_id, "full")
    assert graff.policy.mode(conversation_id) == "full"
    row = graff.store.conversation(conversation_id)
    assert row is not None and row.mode == "edits"
    for kept, taken_up in (("edits", "edits"), ("full", "ask"), ("nonsense", "ask")):
        graff.store._write("UPDATE conversations SET mode = :mode", {"mode": kept})
        graff = reopened(core, graff)
        assert mode_after(graff, conversation_id) == taken_up


def test_no_script_does_more_than_it_is_told(core: Core) -> None:
    graff = core.graff(core.provider([text("Hi.")]))
    conversation_id = played(graff.chat("hello", mode="edits"))
    graff = reopened(core, graff)
    played(graff.chat("more", conversation_id=conversation_id))
    assert graff.policy.mode(conversation_id) == "ask"


def test_what_the_command_line_says_counts_more(core: Core) -> None:
    graff = core.graff(core.provider([text("Hi.")]))
    conversation_id = played(graff.chat("hello", mode="edits"))
    graff = reopened(core, graff, mode="plan")
    assert mode_after(graff, conversation_id) == "plan"


def test_a_mode_there_is_not(core: Core) -> None:
    graff = core.graff(core.provider([text("Hi.")]))
    conversation_id = played(graff.chat("hello"))
    with pytest.raises(UsageError, match="no mode"):
        graff.set_mode(conversation_id, "wild")  # type: ignore[arg-type]
    row = graff.store.conversation(conversation_id)
    assert row is not None and row.mode == ""


def test_another_folder_is_not_worked_on_from_here(core: Core, tmp_path: Path) -> None:
    graff = core.graff(core.provider([text("Hi.")]))
    conversation_id = played(graff.chat("hello"))
    graff.close()
    other = tmp_path / "it's other"
    other.mkdir()
    fake = core.provider([text("No.")])
    graff = core.graff(fake, cwd=str(other))
    for stream in (
        graff.chat("more", conversation_id=conversation_id),
        graff.run_command("touch here", conversation_id=conversation_id),
    ):
        with pytest.raises(UsageError, match="another folder") as raised:
            list(stream)
        way = f"grafftui --cwd {core.workspace} --conversation {conversation_id[:8]}"
        assert raised.value.hint.endswith(way)
    assert turns_asked(fake) == [] and not list(other.iterdir())
    assert graff.get_conversation(conversation_id) is not None, "it can be read"
    graff.store._write("UPDATE conversations SET workspace = ''", {})
    assert answer_of(graff.chat("more", conversation_id=conversation_id)) == "No."
