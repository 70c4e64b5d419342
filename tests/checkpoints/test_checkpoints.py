"""What is kept, what is not, whose doing it was, and what is told of it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from subprocess import Popen

import pytest
from checkpoint_stage import Stage, sh, tree_of

from corestage import wait_until
from grafftui.cancellation import Cancellation
from grafftui.checkpoints import Changes, Limits, kept_in, prune, settle, tidy
from grafftui.checkpoints.planning import CHANGED_SINCE, NOT_SURE
from grafftui.errors import CheckpointError
from grafftui.history import Store


def doubts(stage: Stage, turn: int, conversation: str = "") -> dict[str, str]:
    """Path of each file that an undo would change → why it asks first."""
    return {step.path: step.doubt for step in stage.plan(turn, conversation).steps}


def test_what_is_not_covered_is_told(stage: Stage, root: Path) -> None:
    sh(
        root,
        "git init -q; printf '*.log\\nbuild/\\n' > .gitignore; printf 1 > a.log; mkdir -p build/x\n"
        "printf 1 > build/x/y; git add .; git -c user.name=x -c user.email=x commit -qm x",
    )
    stage.checkpoints.limits = Limits(file=1000)
    stage = Stage(root, stage.store, Limits(file=1000))
    turn = stage.turn(
        "printf 22 > a.log; printf 22 > build/x/y; head -c 2000 /dev/zero > large; mkfifo pipe\n"
        "printf 1 > b; git add b; git -c user.name=x -c user.email=x commit -qm y"
    )
    plan = stage.plan(turn)
    assert [step.path for step in plan.steps] == ["b"]
    assert dict(plan.uncovered) == {
        ".git": "repository", "a.log": "ignored", "build": "ignored", "large": "large",
        "pipe": "special",
    }  # fmt: skip


def test_what_is_ignored_only_now_is_still_covered(stage: Stage, root: Path) -> None:
    sh(root, "printf 1 > a; mkdir d; printf 1 > d/b")
    before = tree_of(root)
    turn = stage.turn("printf '*\\n' > .gitignore; printf 2 > a; rm -r d")
    assert stage.undo(turn).left == {}
    assert tree_of(root) == before


def test_the_workspace_may_be_a_part_of_a_repository(store: Store, root: Path) -> None:
    sh(root, "git init -q; printf '*.o\\n' > .gitignore; mkdir -p in/side; printf 1 > in/side/a.o")
    part = Stage(root / "in", store)
    turn = part.turn("printf 2 > side/a.o; printf 2 > side/a; printf 2 > ../outside")
    plan = part.plan(turn)
    assert [step.path for step in plan.steps] == ["side/a"]
    assert dict(plan.uncovered) == {"side/a.o": "ignored"}


def test_a_workspace_that_is_ignored_itself_is_covered(store: Store, root: Path) -> None:
    sh(root, "git init -q; printf 'in/\\n' > .gitignore; mkdir in; printf 1 > in/a")
    part = Stage(root / "in", store)
    before = tree_of(root)
    assert part.undo(part.turn("printf 2 > a; printf 3 > b")).left == {}
    assert tree_of(root) == before


def test_an_unchanged_file_is_read_once(stage: Stage, root: Path) -> None:
    """Once its last change is so old that a later one would show."""
    for number in range(30):
        (root / str(number)).write_text(str(number))
    state = stage.checkpoints.take(Cancellation())
    wait_until(lambda: len(stage.checkpoints.take(Cancellation()).stats) == 30)
    again = stage.checkpoints.take(Cancellation())
    assert (again.items, again.tree) == (state.items, state.tree)
    (root / "7").write_text("8")  # the same size; only its times tell
    assert "7" in doubts_of(stage, stage.begin(), "printf 9 > 7")


def doubts_of(stage: Stage, turn: int, script: str) -> dict[str, str]:
    sh(stage.root, script)
    stage.checkpoints.end(turn)
    return doubts(stage, turn)


def test_whose_doing_it_was(stage: Stage, root: Path) -> None:
    sh(root, "printf 1 > a; printf 1 > b; printf 1 > c; printf 1 > d")
    first = stage.turn("printf 2 > a; printf 2 > b; printf 2 > c")
    sh(root, "printf 3 > b; printf 3 > d")
    second = stage.turn("printf 4 > c; printf 4 > d")
    assert doubts(stage, first) == {"a": "", "b": CHANGED_SINCE, "c": "", "d": ""}
    assert doubts(stage, second) == {"c": "", "d": ""}
    assert stage.undo(first).left == {}
    assert tree_of(root) == {
        name: ("file", 0o644, content) for name, content in
        {"a": b"1", "b": b"3", "c": b"1", "d": b"3"}.items()
    }  # fmt: skip


def test_two_conversations_at_once(stage: Stage, root: Path) -> None:
    other = stage.another_conversation()
    mine = stage.begin()
    sh(root, "printf 1 > before")
    theirs = stage.begin(other)
    sh(root, "printf 1 > during")
    stage.checkpoints.end(mine)
    sh(root, "printf 1 > after")
    stage.checkpoints.end(theirs)
    assert doubts(stage, mine) == {"before": "", "during": NOT_SURE}
    assert doubts(stage, theirs, other) == {"during": NOT_SURE, "after": ""}


def test_a_turn_whose_process_was_killed(stage: Stage, root: Path) -> None:
    """What changed until the next look counts as its doing, and that is told."""
    sh(root, "printf 1 > a")
    begun_and_killed(stage, root)
    sh(root, "printf 2 > a; rm begun")
    later = stage.turn("printf 1 > b")
    assert doubts(stage, 0) == {"a": "", "b": ""}
    assert doubts(stage, later) == {"b": ""}
    assert (stage.plan(0).cut_off, stage.plan(later).cut_off) == (True, False)
    sh(root, "printf 3 > a")
    assert doubts(stage, 0) == {"a": CHANGED_SINCE, "b": ""}


def test_a_turn_that_was_killed_while_another_worked(stage: Stage, root: Path) -> None:
    other = stage.another_conversation()
    theirs = stage.begin(other)
    begun_and_killed(stage, root)
    sh(root, "printf 2 > a")
    stage.checkpoints.end(theirs)
    assert doubts(stage, 0) == {"a": NOT_SURE, "begun": NOT_SURE}
    assert doubts(stage, theirs, other) == {"a": NOT_SURE, "begun": NOT_SURE}


def test_what_was_cut_off_is_settled_once(stage: Stage, root: Path) -> None:
    begun_and_killed(stage, root)
    settle(stage.checkpoints, Cancellation())
    sh(root, "printf 2 > a")
    settle(stage.checkpoints, Cancellation())
    assert doubts(stage, 0) == {"begun": ""}


def begun_and_killed(stage: Stage, root: Path) -> None:
    """A process begins turn 0, makes the file `begun` and is killed."""
    child = Popen(
        [sys.executable, "-c", BEGIN, str(root), stage.conversation], cwd=Path(__file__).parent
    )
    wait_until((root / "begun").exists)
    child.kill()
    child.wait()


BEGIN = """
import sys
sys.path[:0] = ["..", "."]
from pathlib import Path
from checkpoint_stage import Stage
from grafftui.cancellation import Cancellation
from grafftui.history import Store
from grafftui.settings.paths import Paths
root, conversation = sys.argv[1:]
with Store.open(Paths.from_environment()) as store:
    stage = Stage(Path(root), store)
    stage.checkpoints.begin(conversation, 0, Cancellation())
    Path(root, "begun").touch()
    sys.stdin.read() if sys.stdin.isatty() else __import__("signal").pause()
"""


@pytest.mark.parametrize("lost", ["state.json", "git", "everything", "damaged"])
def test_what_is_lost_of_our_own_loses_nothing_of_the_workspace(
    stage: Stage, root: Path, lost: str
) -> None:
    sh(root, "printf one > a; printf 1 > b")
    first = stage.turn("printf 2 > a")
    directory = stage.checkpoints.directory
    if lost == "damaged":
        (directory / "state.json").write_text('{"version": 1, "items": 3')
    elif lost == "everything":
        shutil.rmtree(directory)
    elif lost == "git":
        shutil.rmtree(directory / "git")
    else:
        (directory / lost).unlink()
    stage.checkpoints = stage.opened()
    second = stage.turn("printf 2 > b")
    before = tree_of(root)
    assert stage.undo(second).left == {}
    assert (root / "b").read_text() == "1"
    done = stage.undo(first)
    if lost in ("git", "everything"):
        assert list(done.left) == ["a"]
        assert (root / "a").read_text() == before["a"][2].decode()
    else:
        assert (root / "a").read_text() == "one"


def test_git_comes_and_goes(stage: Stage, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sh(root, "printf 1 > a; printf 1 > b; printf 1 > c")
    path = os.environ["PATH"]
    first = stage.turn("printf 2 > a")
    monkeypatch.setenv("PATH", "/nonexistent")
    stage.turn("printf 2 > b")
    monkeypatch.setenv("PATH", path)
    stage.turn("printf 2 > c")
    assert stage.undo(first).left == {}
    assert {name: what[2] for name, what in tree_of(root).items()} == dict.fromkeys("abc", b"1")


# -- what it takes ---------------------------------------------------------------------------


def test_more_than_the_limit_is_not_kept(store: Store, root: Path) -> None:
    sh(root, "head -c 3000 /dev/zero > a; printf 1 > b")
    told = Stage(root, store, Limits(file=2000))
    taken = told.checkpoints.begin(told.conversation, 1, Cancellation())
    assert taken.notices == ["Checkpoints leave out what is larger than 0 MB: a."]
    told.checkpoints.end(1)
    assert told.opened(Limits(file=2000)).begin(told.conversation, 2, Cancellation()).notices == []
    for limits in (Limits(workspace=2000), Limits(entries=1)):
        with pytest.raises(CheckpointError):
            Stage(root, store, limits).begin()


@pytest.mark.parametrize("kind", ["git", "files"])
def test_what_belongs_to_a_deleted_conversation_goes(
    stage: Stage, root: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "files":
        monkeypatch.setenv("PATH", "/nonexistent")
    noise = os.urandom(200_000)
    (root / "a").write_bytes(b"1")
    other = stage.another_conversation()
    gone = stage.turn(lambda: (root / "a").write_bytes(noise), other)
    stays = stage.turn("printf 3 > a; printf 1 > b")
    (before,) = kept_in(stage.checkpoints.directory.parent)
    assert before.workspace == str(root) and before.size > 200_000
    stage.store.delete_conversation(other)
    assert (
        prune(stage.checkpoints.directory.parent, stage.store.checkpoints) < 10_000
    )  # it begins with it
    assert stage.undo(stays).left == {}
    assert (root / "a").read_bytes() == noise
    assert gone < stays


def test_the_oldest_goes_first(store: Store, root: Path) -> None:
    stage = Stage(root, store, Limits(kept=700_000))
    turns = [stage.turn(lambda: (root / "a").write_bytes(os.urandom(150_000))) for _ in range(8)]
    tidy(stage.checkpoints)
    (kept,) = kept_in(stage.checkpoints.directory.parent)
    assert kept.size < 700_000
    plan = stage.plan(turns[0])
    assert dict(plan.uncovered) == {"": "dropped"}
    before = (root / "a").read_bytes()
    done = stage.undo(turns[-1])
    assert done.restored == ("a",) and (root / "a").read_bytes() != before


def test_other_workspaces_go_before_this_one(store: Store, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "older"
    folder.mkdir()
    (folder / "a").write_bytes(os.urandom(100_000))
    older = Stage(folder, store)
    older.turn("printf 1 > b")
    stage = Stage(root, store, Limits(kept=50_000))
    turn = stage.turn("printf 1 > b")
    tidy(stage.checkpoints)
    assert [kept.workspace for kept in kept_in(stage.checkpoints.directory.parent)] == [str(root)]
    assert Changes.from_bytes(store.checkpoints.of_workspace(str(folder))[0].changes).uncovered
    assert stage.undo(turn).restored == ("b",)
