"""Edits: hunk by hunk, written anew here or in an editor, as a whole."""

from __future__ import annotations

import pytest

from approving.approving_stage import (
    AFTER,
    BEFORE,
    EDITED,
    SESSION_OFFER,
    Stage,
    edit,
    pending,
    staged,
)
from grafftui.approvals import Decision, HunkChoice
from grafftui.ui.widgets.approval import external
from grafftui.ui.widgets.approval.hunks import ProposedEdits
from session.session_stage import Begin, Session

Patch = pytest.MonkeyPatch

SECOND = HunkChoice(EDITED, 1, keep=False)


async def asked(session: Session, monkeypatch: Patch) -> Stage:
    stage = await staged(session, monkeypatch)
    await stage.ask(pending(edit(), SESSION_OFFER))
    await session.until_seen("Make this edit?", "1/3")
    return stage


async def why(session: Session, reason: str) -> None:
    """Say why not all of it, or nothing."""
    await session.until(lambda: session.app.screen.query("LineInput"))
    await session.type(reason)
    await session.pilot.press("enter")


@pytest.mark.parametrize("toggle", ["space", "x"])
async def test_a_rejected_hunk(begin: Begin, monkeypatch: Patch, toggle: str) -> None:
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        await stage.press("n", toggle)
        await session.until_seen("▸ 2/3 ⋯  rejected", "once, 2 of 3")
        assert "A session" not in session.text
        await stage.press("end", "a")
        await why(session, "line 30 stays")
        expected = Decision("accept", "line 30 stays", hunks=(SECOND,))
        assert await stage.until_decided() == expected


async def test_kept_again_it_is_what_was_proposed(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        await stage.press("n", "space")
        await session.until_seen("rejected")
        await stage.press("space", "end", "a")
        assert await stage.until_decided() == Decision("accept")


async def test_nothing_left_is_not_approved(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        await stage.press("x", "n", "x", "n", "x", "end", "a")
        await session.until_seen("nothing is left of it: r rejects it")
        assert not stage.answers


async def test_a_hunk_written_anew(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        await stage.press("e")
        await session.until(lambda: session.app.screen.query("HunkDraft"))
        await session.pilot.press("down", "end", *" and a bit".replace(" ", "_"), "ctrl+s")
        await session.until_seen("1/3 ⋯  edited", "line two_and_a_bit", "once, as changed")
        await stage.press("A")
        assert not stage.answers
        await stage.press("end", "a")
        lines = ("line 1", "line two_and_a_bit", "line 3", "line 4", "line 5")
        expected = Decision("accept", hunks=(HunkChoice(EDITED, 0, keep=True, lines=lines),))
        assert await stage.until_decided() == expected


async def test_leaving_the_editor_changes_nothing(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        await stage.press("e")
        await session.until(lambda: session.app.screen.query("HunkDraft"))
        await session.pilot.press("x", "enter", "y", "escape")
        await session.until(lambda: stage.top is stage.screen)
        await stage.press("end", "a")
        assert await stage.until_decided() == Decision("accept")


async def test_what_cannot_be_typed_is_not_edited_here(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        await stage.ask(pending(edit("a\n", "a\x1b[2J\u202e\n")))
        await stage.press("e")
        await session.until_seen("characters that cannot be typed")
        assert stage.top is stage.screen


async def test_the_whole_file_in_an_editor(begin: Begin, monkeypatch: Patch) -> None:
    written = AFTER + "and one more\n"
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        monkeypatch.setattr(session.desk.graff, "proposed_text", lambda request, path: AFTER)
        monkeypatch.setattr(external, "edit_in_terminal", lambda app, path, text: written)
        await stage.press("E")
        await session.until_seen("+++ as you wrote it", "and one more")
        await stage.press("end", "a")
        monkeypatch.undo()
        assert await stage.until_decided() == Decision("accept", contents=((EDITED, written),))


async def test_changes_are_seen_on_both_screens(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        await stage.press("n", "x")
        await stage.press("f")
        await session.until(lambda: stage.top is not stage.screen)
        await session.until_seen("2/3 ⋯  rejected")
        await stage.press("n", "n", "x")
        await session.until_seen("▸ 3/3 ⋯  rejected")
        await session.pilot.press("escape")
        await session.until(lambda: stage.top is stage.screen)
        await stage.press("end")
        await session.until_seen("3/3 ⋯  rejected", "once, 1 of 3")


async def test_R_42_a_toggle_that_was_typing_is_taken_back(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None) as session:
        stage = await asked(session, monkeypatch)
        await stage.listening()
        await session.pilot.press("n", "space", "o")
        await session.until(lambda: session.screen.composer.text == "n o")
        assert "rejected" not in session.text and not stage.answers


async def test_the_diff_stands_side_by_side_where_there_is_room(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None, size=(240, 60)) as session:
        stage = await asked(session, monkeypatch)
        await stage.press("f")
        await session.until(lambda: stage.top is not stage.screen)
        await session.until(
            lambda: any("line 2" in row and "line two" in row for row in session.text.splitlines())
        )


# -- the hunks themselves ------------------------------------------------------------------


def test_the_sides_of_a_hunk() -> None:
    edits = ProposedEdits(edit("one\r\ntwo\r\n", "one\r\nzwei\r\n").edits)
    (hunk,) = edits.hunks
    assert hunk.side("-") == ("one", "two") and hunk.side("+") == ("one", "zwei")


def test_a_removal_has_no_hunks_of_its_own() -> None:
    from dataclasses import replace

    (proposed,) = edit(BEFORE, "").edits
    edits = ProposedEdits([replace(proposed, after_sha256=None)])
    assert not edits.hunks and len(edits.shown()) > 60


def test_every_line_is_shown_whatever_was_changed() -> None:
    edits = ProposedEdits(edit().edits)
    proposed = [line.text for line in edits.shown()]
    assert "\n".join(proposed) + "\n" == edit().edits[0].diff
    edits.hunks[0].keep = False
    assert [line.text for line in edits.shown()] == proposed
    edits.hunks[0].keep, edits.hunks[0].lines = True, ("line 1", "new", "line 3")
    shown = [line.text for line in edits.shown() if line.hunk is edits.hunks[0]]
    assert shown[0] == "@@ -1,5 +1,3 @@"
    assert [line[1:] for line in shown[1:] if line[0] != "-"] == ["line 1", "new", "line 3"]
    assert [line[1:] for line in shown[1:] if line[0] != "+"] == [f"line {n}" for n in range(1, 6)]


def test_a_file_written_anew_replaces_its_hunks() -> None:
    edits = ProposedEdits(edit().edits)
    edits.hunks[1].keep = False
    edits.rewrite(EDITED, AFTER, AFTER + "more\n")
    assert edits.contents == {EDITED: AFTER + "more\n"} and not edits.apart
    assert edits.choices() == ()
    edits.rewrite(EDITED, AFTER, AFTER)
    assert not edits.contents and edits.choices() == (SECOND,)


@pytest.mark.parametrize("variable", ["", "'unclosed"])
def test_no_editor_is_said(monkeypatch: Patch, variable: str) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", variable)
    with pytest.raises(external.NoEditorError):
        external.editor()
