"""Going back file by file: whole or not at all, never through a link, and finished if cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoint_stage import Stage, sh, tree_of

from grafftui.checkpoints import finish, go_back, is_unfinished
from grafftui.checkpoints.items import TOP

OUTSIDE = "somebody else's\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is no part of the workspace."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "b").write_text(OUTSIDE)
    return folder


def test_a_directory_that_became_a_link_is_not_gone_through(
    stage: Stage, root: Path, outside: Path
) -> None:
    sh(root, "mkdir d; printf 1 > d/b; printf 1 > a")
    turn = stage.turn("printf 2 > d/b; printf 2 > a")
    steps = stage.plan(turn).steps
    shutil.rmtree(root / "d")
    (root / "d").symlink_to(outside)
    done = stage.do(steps, turn)
    assert done.left == {"d/b": "a link or a file stands where its directory was"}
    assert done.restored == ("a",)
    assert (outside / "b").read_text() == OUTSIDE


def test_a_link_is_replaced_and_not_followed(stage: Stage, root: Path, outside: Path) -> None:
    sh(root, "printf 1 > a; mkdir d; printf 1 > d/b")
    before = tree_of(root)
    turn = stage.turn(f"ln -sf {outside}/b a; rm -r d; ln -s {outside} d")
    assert stage.undo(turn).left == {}
    assert tree_of(root) == before
    assert (outside / "b").read_text() == OUTSIDE


def test_a_hard_link_is_not_written_through(stage: Stage, root: Path, outside: Path) -> None:
    (root / "a").write_text("mine\n")
    os.link(outside / "b", root / "b")
    before = tree_of(root)
    turn = stage.turn("printf 2 > a; rm b; chmod 600 a")
    os.link(root / "a", outside / "a")
    assert stage.undo(turn).left == {}
    assert tree_of(root) == before
    assert (outside / "a").read_text() == "2" and (outside / "b").read_text() == OUTSIDE
    assert (outside / "a").stat().st_mode & 0o777 == 0o600


def test_the_mode_of_the_workspace_itself(stage: Stage, root: Path) -> None:
    root.chmod(0o2750)
    sh(root, "mkdir d; printf 1 > d/b")
    before = tree_of(root)
    turn = stage.turn("chmod 777 d; printf 2 > d/b; chmod 777 .; chmod g-s .")
    (top,) = [step for step in stage.plan(turn).steps if step.path == TOP]
    assert (top.deed, top.doubt) == ("mode", "")
    assert stage.undo(turn).left == {}
    assert (root.stat().st_mode & 0o7777, tree_of(root)) == (0o2750, before)
    assert stage.redo().left == {}
    assert root.stat().st_mode & 0o7777 == 0o777
    root.chmod(0o700)
    assert [step.path for step in stage.plan(turn).steps if step.doubt] == [TOP]


def test_a_workspace_whose_mode_was_not_kept_yet(stage: Stage, root: Path) -> None:
    turn = stage.begin()
    state = stage.checkpoints.latest()
    del state.items[TOP]
    state.save(stage.checkpoints.directory / "state.json")
    sh(root, "printf 1 > a; chmod 777 .")
    stage.checkpoints.end(turn)
    assert [step.path for step in stage.plan(turn).steps] == ["a"]


def test_what_changes_while_it_is_looked_at_is_left(stage: Stage, root: Path) -> None:
    sh(root, "printf 1 > a; printf 1 > b; printf 1 > c; printf 1 > d")
    turn = stage.turn("printf 2 > a; rm b; printf 2 > c; chmod 600 d")
    steps = stage.plan(turn).steps
    sh(root, "printf 3 > a; printf 3 > b; rm c; chmod 640 d")
    done = stage.do(steps, turn)
    assert done.left == dict.fromkeys("abcd", "it changed in the meantime")
    sh(root, 'test "$(cat a b)" = 33 && touch ok')
    assert (root / "ok").exists() and not (root / "c").exists()
    assert (root / "d").stat().st_mode & 0o777 == 0o640


def test_a_folder_with_something_else_in_it_stays(stage: Stage, root: Path) -> None:
    turn = stage.turn("mkdir -p new/deep; printf 1 > new/a; printf 1 > new/deep/b")
    (root / "new" / "mine").write_text("mine\n")
    done = stage.undo(turn)
    assert done.left == {}
    assert tree_of(root).keys() == {"new", "new/mine"}
    assert stage.redo().left == {}
    assert tree_of(root).keys() == {"new", "new/mine", "new/a", "new/deep", "new/deep/b"}


def test_back_and_forth_and_back(stage: Stage, root: Path) -> None:
    trees = [tree_of(root)]
    turns = []
    for number in range(3):
        turns.append(stage.turn(f"printf {number} > a; printf {number} > b{number}"))
        trees.append(tree_of(root))
    for turn, tree in ((2, trees[2]), (0, trees[0]), (1, trees[1])):
        assert stage.undo(turns[turn]).left == {}
        assert tree_of(root) == tree
    for tree in (trees[0], trees[2], trees[3]):
        assert stage.redo().left == {}
        assert tree_of(root) == tree
    assert stage.store.checkpoints.last_undo(stage.conversation, str(root)) is None


# -- cut off in the midst --------------------------------------------------------------------

CUT_OFF = """
import os, signal, sys
sys.path[:0] = ["..", "."]
from pathlib import Path
from checkpoint_stage import Stage
from grafftui.checkpoints.restoring import Restoring
from grafftui.history import Store
from grafftui.settings.paths import Paths
root, conversation, turn, alive = sys.argv[1:]
left = int(alive)
rename = os.rename
def count(*arguments, **options):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    rename(*arguments, **options)
with Store.open(Paths.from_environment()) as store:
    stage = Stage(Path(root), store)
    stage.conversation = conversation
    steps = stage.plan(int(turn)).steps
    os.rename = count
    stage.do(steps, int(turn))
"""


@pytest.mark.parametrize("alive", [0, 2])
def test_what_was_cut_off_is_finished_by_the_next_start(
    stage: Stage, root: Path, alive: int
) -> None:
    sh(root, "for name in a b c d; do printf 1 > $name; done; mkdir x; printf 1 > x/y")
    before = tree_of(root)
    turn = stage.turn("for name in a b c d; do printf 2 > $name; done; rm -r x; mkdir new")
    after = tree_of(root)
    killed = subprocess.run(
        [sys.executable, "-c", CUT_OFF, str(root), stage.conversation, str(turn), str(alive)],
        cwd=Path(__file__).parent,
        check=False,
    )
    assert killed.returncode == -9
    assert tree_of(root) not in (before, after)
    (root / "d").write_text("mine\n")
    stage.checkpoints = stage.opened()
    assert is_unfinished(stage.checkpoints)
    notices = finish(stage.checkpoints)
    assert "An undo was cut off; it is finished now: 6 files" in notices[0]
    assert notices[1:] == ["d was left as it is: it changed in the meantime."]
    assert tree_of(root) == {**before, "d": ("file", 0o644, b"mine\n")}
    assert not is_unfinished(stage.checkpoints) and finish(stage.checkpoints) == []
    last = stage.store.checkpoints.last_undo(stage.conversation, str(root))
    assert last is not None
    steps = stage.planned(last.changes).steps
    assert go_back(stage.checkpoints, steps, stage.conversation, turn, "redo").left == {}
    assert tree_of(root) == {**after, "d": after["d"]}
