"""What a person changes in an edit before saying yes is what is done, and what is kept."""

from __future__ import annotations

from corestage import Core, Following, Scripted, Waiting, kept, of_type, results_of
from fakes.steps import Turn, text, tool
from grafftui.approvals import Decision, HunkChoice
from grafftui.errors import NotFoundError

OLD = "".join(f"{number}\n" for number in range(20))


def two_hunks() -> list[Turn]:
    edits = [
        {"old_string": "\n2\n", "new_string": "\ntwo\n"},
        {"old_string": "\n18\n", "new_string": "\neighteen\n"},
    ]
    return [
        [tool("read", {"file_path": "f"}, "c1")],
        [tool("multi_patch", {"file_path": "f", "edits": edits}, "c2")],
        [text("Done.")],
    ]


def test_only_what_was_chosen_is_written(core: Core) -> None:
    path = core.workspace / "f"
    path.write_text(OLD)
    answer = Decision("accept", "two stays", hunks=(HunkChoice(str(path), 0, keep=False),))
    fake = core.provider(*two_hunks())
    events = [*core.graff(fake, approver=Scripted(answer)).chat("go")]
    assert path.read_text() == OLD.replace("18\n", "eighteen\n")
    (changed,) = of_type(events, "FileChanged")
    assert "+eighteen" in changed["diff"] and "+two" not in changed["diff"]
    assert "two stays" in results_of(events)[1]
    ((approved, done),) = kept(
        core.home, "SELECT a.digest, r.digest FROM approvals a JOIN tool_runs r USING (turn_id)"
    )
    assert approved != done, "what was done is not what was asked, and the history says so"


def test_nothing_chosen_is_a_refusal_and_no_failure(core: Core) -> None:
    path = core.workspace / "f"
    path.write_text(OLD)
    none = tuple(HunkChoice(str(path), number, keep=False) for number in (0, 1))
    fake = core.provider(*two_hunks())
    approver = Scripted(Decision("accept", "not now", hunks=none))
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert path.read_text() == OLD
    assert "permission_denied" in results_of(events)[1] and "not now" in results_of(events)[1]
    assert not of_type(events, "ToolCallEnd")[1]["result"]["output"]["is_error"]


def test_the_proposed_text_can_be_had_while_it_waits(core: Core) -> None:
    path = core.workspace / "f"
    path.write_text(OLD)
    approver = Waiting()
    graff = core.graff(core.provider(*two_hunks()), approver=approver)
    following = Following(graff.chat("go"))
    asked = following.type("ApprovalRequested")
    request_id = asked.data["request_id"]
    approver.asked.wait(20)
    proposed = graff.proposed_text(request_id, str(path))
    assert proposed == OLD.replace("\n2\n", "\ntwo\n").replace("18\n", "eighteen\n")
    mine = proposed.replace("two", "zwei")
    approver.answer(Decision("accept", contents=((str(path), mine),)))
    following.end()
    assert path.read_text() == mine
    try:
        graff.proposed_text(request_id, str(path))
    except NotFoundError:
        return
    raise AssertionError("a request that was answered proposes nothing any more")
