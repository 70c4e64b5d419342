"""Turns of the core, and what they did taken back: by tools, by commands, by the person's own."""

from __future__ import annotations

import os
import queue
from pathlib import Path

import pytest
from checkpoint_stage import tree_of

from corestage import (
    Core,
    Following,
    Scripted,
    answer_of,
    kept,
    of_type,
    played,
    sent_texts,
    turns_asked,
    types,
    wait_until,
)
from fakes.steps import text, tool
from grafftui import Graff
from grafftui.approvals import Decision, Request
from grafftui.errors import NotFoundError, UsageError

SHELL = tool("shell", {"command": "printf 2 > a; printf 2 > new; rm -r d"}, "c1")


class EachTime:
    """An approver that waits for an answer each time."""

    def __init__(self) -> None:
        self.asked: queue.Queue[Request] = queue.Queue()
        self.answers: queue.Queue[Decision] = queue.Queue()

    def decide(self, request: Request, **_: object) -> Decision:
        self.asked.put(request)
        return self.answers.get(timeout=20)


def filled(workspace: Path) -> None:
    (workspace / "a").write_text("1")
    (workspace / "d").mkdir()
    (workspace / "d" / "b").write_text("1")


def test_words_and_files_go_back_and_come_again(core: Core) -> None:
    filled(core.workspace)
    before = tree_of(core.workspace)
    fake = core.provider(
        [SHELL], [text("Done.")], [text("Hello.")], [text("Forgotten.")], [text("Known.")]
    )
    graff = core.graff(fake, approver=Scripted("accept"))
    events = [*graff.chat("break it")]
    id = str(events[0].data["conversationId"])
    (taken,) = of_type(events, "CheckpointTaken")
    assert types(events).index("CheckpointTaken") < types(events).index("ToolCallEnd")
    assert taken["entries"] == 3 and kept(core.home, "SELECT id, act FROM checkpoints") == [
        (taken["checkpoint"], "turn")
    ]
    after = tree_of(core.workspace)
    played(graff.chat("hello", conversation_id=id))
    assert [(turn.prompt, turn.files) for turn in graff.undo_turns(id)] == [
        ("hello", 0), ("break it", 4),
    ]  # fmt: skip
    first = graff.undo_turns(id)[1].id
    plan = graff.undo_plan(id, first)
    assert "-2\n" in graff.undo_diff(plan, "a").text and "+1\n" in graff.undo_diff(plan, "a").text
    done = graff.undo(plan, words=True)
    assert (done.restored, done.left, done.turns) == (("a", "d", "d/b", "new"), {}, 2)
    assert tree_of(core.workspace) == before
    assert [turn.rewound for turn in graff.undo_turns(id)] == [True, True]
    done = graff.redo(graff.redo_plan(id))
    assert (len(done.restored), done.turns, done.words_left) == (4, 2, "")
    assert tree_of(core.workspace) == after
    with pytest.raises(NotFoundError):
        graff.redo_plan(id)
    graff.undo(graff.undo_plan(id, first), words=True)
    assert answer_of(graff.chat("again", conversation_id=id)) == "Forgotten."
    assert not any("break it" in said for said in sent_texts(turns_asked(fake)[-1]))
    done = graff.redo(graff.redo_plan(id))
    assert "something was said since" in done.words_left
    assert tree_of(core.workspace) == after


def changed(core: Core, *commands: str) -> tuple[Graff, str]:
    """A conversation with a turn for each of these commands."""
    said = [
        step for command in commands
        for step in ([tool("shell", {"command": command}, "c1")], [text("Done.")])
    ]  # fmt: skip
    graff = core.graff(core.provider(*said), mode="full", approver=Scripted("accept"))
    id = ""
    for _ in commands:
        id = played(graff.chat("change", conversation_id=id or None))
    return graff, id


def contents(core: Core) -> dict[str, str]:
    return {path.name: path.read_text() for path in core.workspace.iterdir()}


def test_what_a_redo_leaves_can_be_redone_later(core: Core) -> None:
    graff, id = changed(core, "printf 1 > a; printf 1 > b")
    graff.undo(graff.undo_plan(id), words=True)
    (core.workspace / "a").write_text("mine")
    done = graff.redo(graff.redo_plan(id))
    assert (done.restored, done.turns) == (("b",), 1)
    for _ in range(2):
        plan = graff.redo_plan(id)
        assert ([step.path for step in plan.files.doubtful], plan.words) == (["a"], False)
        assert graff.redo(plan).restored == ()
    assert contents(core) == {"a": "mine", "b": "1"}
    assert not graff.undo_turns(id)[0].rewound
    (core.workspace / "b").write_text("mine")
    plan = graff.redo_plan(id)
    assert [step.path for step in plan.files.steps] == ["a"]
    assert graff.redo(plan, overwrite=["a"]).restored == ("a",)
    assert contents(core) == {"a": "1", "b": "mine"}
    with pytest.raises(NotFoundError):
        graff.redo_plan(id)


def test_what_a_redo_leaves_keeps_no_earlier_undo_from_being_redone(core: Core) -> None:
    graff, id = changed(core, "printf 1 > a; printf 1 > b", "printf 2 > a; printf 2 > b")
    for _ in range(2):
        graff.undo(graff.undo_plan(id), words=True)
    assert contents(core) == {}
    (core.workspace / "a").write_text("mine")
    done = graff.redo(graff.redo_plan(id))
    assert (done.restored, done.turns, contents(core)) == (("b",), 1, {"a": "mine", "b": "1"})
    done = graff.redo(graff.redo_plan(id))
    assert (done.restored, done.turns, contents(core)) == (("b",), 1, {"a": "mine", "b": "2"})
    plan = graff.redo_plan(id)
    assert (len(plan.files.doubtful), len(plan.undos), plan.words) == (1, 1, False)
    graff.redo(plan, overwrite=["a"])
    assert contents(core) == {"a": "2", "b": "2"}
    with pytest.raises(NotFoundError):
        graff.redo_plan(id)


def test_words_that_could_not_come_back_do_not_keep_files_from_it(core: Core) -> None:
    graff, id = changed(core, "printf 1 > a", "true")
    first = graff.undo_turns(id)[1].id
    graff.undo(graff.undo_plan(id, first), words=True)
    later = played(graff.run_command("true", conversation_id=id))
    assert later == id
    (core.workspace / "a").write_text("mine")
    done = graff.redo(graff.redo_plan(id))
    assert (done.restored, done.turns) == ((), 0)
    assert "something was said since" in done.words_left
    plan = graff.redo_plan(id)
    assert plan.words and [step.path for step in plan.files.doubtful] == ["a"]
    done = graff.redo(plan, overwrite=["a"])
    assert done.restored == ("a",) and "something was said since" in done.words_left
    plan = graff.redo_plan(id)
    assert plan.words and plan.files.steps == ()


def test_a_compaction_is_no_turn_to_go_back_to(core: Core) -> None:
    fake = core.provider(*[[text(f"Answer {n}, " + "at length. " * 400)] for n in range(6)])
    graff = core.graff(fake)
    id = ""
    for n in range(6):
        events = [*graff.chat(f"question {n}", conversation_id=id or None)]
        id = id or str(events[0].data["conversationId"])
    assert graff.compact_conversation(id)["original_messages"] == 12
    plan = graff.undo_plan(id)
    assert (plan.turn.prompt, graff.undo(plan, words=True).turns) == ("question 5", 1)
    assert graff.undo_plan(id).turn.prompt == "question 4"
    assert graff.redo(graff.redo_plan(id)).turns == 1
    compaction = graff.store.checkpoints.turns(id)[0]
    assert compaction.prompt == ""
    assert graff.undo(graff.undo_plan(id, compaction.id), words=True).turns == 0
    assert graff.redo_plan(id).words


def test_the_words_alone_and_the_files_alone(core: Core) -> None:
    filled(core.workspace)
    before = tree_of(core.workspace)
    graff = core.graff(core.provider([SHELL], [text("Done.")]), approver=Scripted("accept"))
    id = played(graff.chat("break it"))
    after = tree_of(core.workspace)
    plan = graff.undo_plan(id)
    assert graff.undo(plan, words=True, files=False).turns == 1
    assert tree_of(core.workspace) == after
    assert graff.redo(graff.redo_plan(id)).turns == 1
    assert graff.undo(plan).turns == 0
    assert tree_of(core.workspace) == before
    assert not graff.undo_turns(id)[0].rewound


def test_a_command_of_ones_own(core: Core) -> None:
    filled(core.workspace)
    before = tree_of(core.workspace)
    graff = core.graff(core.provider())
    id = played(graff.run_command("rm -r *; echo mine > mine"))
    assert tree_of(core.workspace).keys() == {"mine"}
    assert graff.undo(graff.undo_plan(id)).left == {}
    assert tree_of(core.workspace) == before


def test_a_turn_that_only_reads_costs_nothing(core: Core) -> None:
    filled(core.workspace)
    fake = core.provider(
        [tool("read", {"file_path": "a"})],
        [tool("fs_search", {"pattern": "1"})],
        [tool("shell", {"command": "cat a"})],
        [text("Read.")],
    )
    graff = core.graff(fake, mode="plan", approver=Scripted("decline"))
    events = [*graff.chat("read")]
    assert not of_type(events, "CheckpointTaken")
    assert not (core.home / "data" / "checkpoints").exists()
    assert graff.undo_plan(str(events[0].data["conversationId"])).files.steps == ()


def test_what_the_person_writes_while_a_turn_waits_is_theirs(core: Core) -> None:
    (core.workspace / "a").write_text("1")
    fake = core.provider(
        [SHELL], [tool("write", {"file_path": "b", "content": "2\n"}, "c2")], [text("Done.")]
    )
    approver = EachTime()
    graff = core.graff(fake, approver=approver)
    events = Following(graff.chat("go"))
    for name in ("a", "new"):
        approver.asked.get(timeout=10)
        (core.workspace / name).write_text("mine")
        approver.answers.put(Decision("accept"))
    events.end()
    plan = graff.undo_plan(events.conversation_id)
    assert {step.path: bool(step.doubt) for step in plan.files.steps} == {
        "a": False, "b": False, "new": True,
    }  # fmt: skip
    graff.undo(plan)
    assert (core.workspace / "a").read_text() == "mine"
    assert (core.workspace / "new").read_text() == "mine"
    graff.undo(graff.undo_plan(events.conversation_id), overwrite=["new"])
    assert not (core.workspace / "new").exists()
    graff.redo(graff.redo_plan(events.conversation_id))
    assert (core.workspace / "new").read_text() == "mine"


def test_what_runs_in_the_background(core: Core) -> None:
    """As far as it falls within turns, also those that themselves only read."""
    (core.workspace / "a").write_text("1")
    loop = "until test -e go; do sleep 0.01; done; printf 2 > a; touch gone; sleep 300"
    fake = core.provider(
        [tool("shell", {"command": loop, "background": True}, "c1")],
        [text("It runs.")],
        [tool("shell", {"command": "touch go; until test -e gone; do sleep 0.01; done"}, "c2")],
        [text("Done.")],
    )
    graff = core.graff(fake, mode="full", approver=Scripted("accept"))
    id = played(graff.chat("serve"))
    assert (core.workspace / "a").read_text() == "1"
    played(graff.chat("now", conversation_id=id))
    graff.background.stop_all(5)
    plan = graff.undo_plan(id)
    assert {step.path: step.doubt for step in plan.files.steps} == dict.fromkeys(
        ("a", "go", "gone"), ""
    )
    assert graff.undo(plan).left == {}
    assert (core.workspace / "a").read_text() == "1"


def test_a_turn_that_was_interrupted(core: Core) -> None:
    (core.workspace / "a").write_text("1")
    fake = core.provider([tool("shell", {"command": "printf 2 > a; touch on; sleep 300"}, "c1")])
    graff = core.graff(fake, mode="full", approver=Scripted("accept"))
    events = Following(graff.chat("go"))
    wait_until((core.workspace / "on").exists)
    core.stop(events)
    wait_until(lambda: not kept(core.home, "SELECT 1 FROM checkpoints WHERE process IS NOT NULL"))
    plan = graff.undo_plan(events.conversation_id)
    assert [(step.path, step.doubt) for step in plan.files.steps] == [("a", ""), ("on", "")]


KILLED = "printf 2 > a; printf 2 > new; rm -r d; touch on; sleep 300"


def killed(core: Core) -> str:
    """`grafftui` changes files by a command and is killed meanwhile; the conversation's id."""
    filled(core.workspace)
    fake = core.provider([tool("shell", {"command": KILLED}, "c1")])
    options = ("--provider", "openai_compatible", "--model", "m", "--approve", "all")
    process = core.command(fake).start("run", *options, "go")
    wait_until((core.workspace / "on").exists)
    process.kill()
    process.communicate()
    ((id,),) = kept(core.home, "SELECT id FROM conversations")
    return str(id)


def test_a_turn_that_was_killed(core: Core) -> None:
    id = killed(core)
    graff = core.graff(core.provider())
    assert [(turn.prompt, turn.files) for turn in graff.undo_turns(id)] == [("go", 5)]
    plan = graff.undo_plan(id)
    assert plan.files.cut_off and plan.files.doubtful == ()
    (core.workspace / "a").write_text("mine")
    plan = graff.undo_plan(id)
    assert [step.path for step in plan.files.doubtful] == ["a"]
    done = graff.undo(plan, overwrite=["a"])
    assert done.restored == ("a", "d", "d/b", "new", "on") and done.left == {}
    assert {name: what[2] for name, what in tree_of(core.workspace).items()} == {
        "a": b"1", "d": b"", "d/b": b"1",
    }  # fmt: skip


def test_the_next_turn_looks_at_what_was_cut_off(core: Core) -> None:
    id = killed(core)
    graff = core.graff(core.provider([text("Hello.")]))
    played(graff.chat("hello", conversation_id=id))
    (core.workspace / "mine").write_text("mine")
    assert [turn.files for turn in graff.undo_turns(id)] == [0, 5]
    assert graff.undo_plan(id, graff.undo_turns(id)[1].id).files.cut_off


def test_a_turn_goes_on_without_a_checkpoint_and_says_so(core: Core) -> None:
    (core.workspace / "a").write_text("1")
    data = core.home / "data"
    data.mkdir(parents=True)
    (data / "checkpoints").write_text("in the way")
    fake = core.provider([SHELL], [text("Done.")])
    graff = core.graff(fake, approver=Scripted("accept"))
    events = [*graff.chat("go")]
    assert events[-1].type == "TaskComplete" and (core.workspace / "new").exists()
    *_, notice = of_type(events, "Notice")
    assert "No checkpoint could be made, so this turn cannot be undone" in notice["text"]
    (data / "checkpoints").unlink()
    id = str(events[0].data["conversationId"])
    assert graff.undo_plan(id).files.uncovered == (("", "missed"),)


@pytest.mark.parametrize("place", ["home", "above", "switched off"])
def test_where_none_are_made(core: Core, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if place == "switched off":
        core.settings("[checkpoints]\non = false\n")
    else:
        home = core.workspace if place == "home" else core.workspace / "me"
        monkeypatch.setenv("HOME", str(home))
    fake = core.provider([SHELL], [text("Done.")], [SHELL], [text("Done.")])
    graff = core.graff(fake, approver=Scripted("accept"))
    events = [*graff.chat("go")]
    id = str(events[0].data["conversationId"])
    told = [data["text"] for data in of_type(events, "Notice")]
    why = graff.undo_plan(id).no_files
    if place == "switched off":
        assert (told, why) == ([], "checkpoints are switched off")
    else:
        assert told == [f"No checkpoints are made here, so work cannot be undone: {why}."]
    assert not of_type([*graff.chat("go", conversation_id=id)], "Notice")
    assert kept(core.home, "SELECT 1 FROM checkpoints") == []


def test_nothing_goes_back_while_a_turn_runs_here(core: Core) -> None:
    (core.workspace / "a").write_text("1")
    fake = core.provider([SHELL], [text("Done.")], [SHELL])
    approver = Scripted("accept")
    graff = core.graff(fake, mode="full", approver=approver)
    id = played(graff.chat("go"))
    plan = graff.undo_plan(id)
    other = graff.run_command("touch on; sleep 300")
    running = Following(other)
    wait_until((core.workspace / "on").exists)
    with pytest.raises(UsageError, match="a turn is running in this folder"):
        graff.undo(plan)
    assert (core.workspace / "a").read_text() == "2"
    core.stop(running)
    assert "a" in graff.undo(plan).restored


def test_another_folders_conversation(core: Core, tmp_path: Path) -> None:
    graff = core.graff(core.provider([SHELL], [text("Done.")]), approver=Scripted("accept"))
    id = played(graff.chat("go"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = core.graff(core.provider(), cwd=str(elsewhere))
    plan = other.undo_plan(id)
    assert plan.files.steps == () and str(core.workspace) in plan.no_files
    assert other.undo(plan, words=True).turns == 1


def test_a_fork_undoes_what_was_done_before_it(core: Core) -> None:
    graff, id = changed(core, "printf 1 > a; printf 1 > b", "printf 2 > a")
    fork = graff.fork_conversation(graff.fork_conversation(id))
    assert [turn.files for turn in graff.undo_turns(fork)] == [1, 2]
    plan = graff.undo_plan(fork)
    assert plan.no_files == "" and graff.undo(plan, words=True).restored == ("a",)
    assert contents(core) == {"a": "1", "b": "1"}
    (core.workspace / "b").write_text("mine")
    plan = graff.undo_plan(fork)
    assert [(step.path, bool(step.doubt)) for step in plan.files.steps] == [
        ("a", False), ("b", True),
    ]  # fmt: skip
    graff.undo(plan)
    assert contents(core) == {"b": "mine"}
    for _ in range(2):
        graff.redo(graff.redo_plan(fork))
    assert contents(core) == {"a": "2", "b": "mine"}
    assert [step.path for step in graff.undo_plan(id).files.steps] == ["a"]


def test_a_fork_knows_nothing_of_what_came_after_it(core: Core) -> None:
    graff, id = changed(core, "printf 1 > a", "printf 2 > a; printf 2 > later")
    fork = graff.fork_conversation(id, 1)
    assert [turn.files for turn in graff.undo_turns(fork)] == [1]
    (step,) = graff.undo_plan(fork).files.steps
    assert (step.path, bool(step.doubt)) == ("a", True)
    graff.undo(graff.undo_plan(id))
    (step,) = graff.undo_plan(fork).files.steps
    assert (step.path, step.doubt) == ("a", "")


def test_a_fork_says_whose_files_it_does_not_know(core: Core, tmp_path: Path) -> None:
    graff, id = changed(core, "printf 1 > a")
    fork = graff.fork_conversation(id)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = core.graff(core.provider(), cwd=str(elsewhere))
    plan = other.undo_plan(other.fork_conversation(id, here=True))
    assert "forked from “change”" in plan.no_files and str(core.workspace) in plan.no_files
    graff.delete_conversation(id)
    assert "is gone" in graff.undo_plan(fork).no_files
    played(graff.run_command("printf 3 > a", conversation_id=fork))
    assert graff.undo_plan(fork).no_files == ""


def test_an_edit_outside_of_the_folder_is_said_to_be_not_covered(core: Core) -> None:
    outside = Path(os.path.realpath(core.workspace.parent)) / "outside"
    fake = core.provider(
        [tool("write", {"file_path": str(outside), "content": "x\n"}, "c1")], [text("Done.")]
    )
    graff = core.graff(fake, approver=Scripted("accept"))
    id = played(graff.chat("go"))
    assert graff.undo_plan(id).files.uncovered == ((str(outside), "outside"),)
