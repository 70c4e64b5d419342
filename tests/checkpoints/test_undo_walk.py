"""Random walks of edits and shell commands, in folders of every kind, and the way back."""

from __future__ import annotations

import os
import shutil
import tempfile
from itertools import zip_longest
from pathlib import Path

import pytest
from checkpoint_stage import Stage, Tree, git, sh, tree_of, unchanged_git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafftui.history import Store
from grafftui.settings.paths import Paths

KINDS = ["repository", "folder", "folder without git", "repository without git"]

NAMES = [
    *("a", "b.txt", "d/a", "d/e/f", "d/e", "link", "sp ace", "q'uote", "new\nline", "\udcff\udcfe"),
    *("ünï", "git~1", "-x", "sub/f", "nest/n", "skip.o", "build/x", "kept.o"),
]
"""Of files, directories and links: whichever they are made to be."""

TARGETS = ["a", "d", "/etc", "../..", "none"]
MODES = ["755", "600", "444", "4711", "2770"]
RULES = ["*.o", "d/", "*", "!skip.o"]
WHOLE = [
    "git add -A .",
    "git commit -qam x",
    "git stash -q",
    "rm -rf sub",
    "mkfifo pipe",
    "mkfifo a",
]

quoted = st.sampled_from(NAMES).map(lambda name: "'" + name.replace("'", "'\\''") + "'")
text = st.sampled_from(["", "one\n", "two\r\n", "\\000\\377", "$Id$\n", "x" * 3000])

commands = st.one_of(
    st.builds("mkdir -p -- \"$(dirname -- {0})\"; printf -- '{1}' > {0}".format, quoted, text),
    st.builds("printf -- more >> {0}".format, quoted),
    st.builds("rm -rf -- {0}".format, quoted),
    st.builds("mv -- {0} {1}".format, quoted, quoted),
    st.builds("cp -a -- {0} {1}".format, quoted, quoted),
    st.builds("ln -sfn -- {0} {1}".format, st.sampled_from(TARGETS), quoted),
    st.builds("ln -f -- {0} {1}".format, quoted, quoted),
    st.builds("mkdir -p -- {0}".format, quoted),
    st.builds("chmod {0} -- {1}".format, st.sampled_from(MODES), quoted),
    st.builds("touch -d 2001-01-01 -- {0}".format, quoted),
    st.builds("printf '{0}\\n' > .gitignore".format, st.sampled_from(RULES)),
    st.sampled_from(WHOLE),
)

walks = st.lists(st.lists(commands, min_size=1, max_size=5).map("\n".join), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each kind, to be copied."""
    plain = tmp_path_factory.mktemp("plain")
    sh(
        plain,
        "mkdir -p d/e empty build nest; printf 1 > a; printf 2 > d/a; chmod 750 d; ln -s d link\n"
        "printf bin > build/x; printf o > skip.o; printf 'sp\\n' > 'sp ace'; chmod 755 'sp ace'",
    )
    repository = tmp_path_factory.mktemp("repository")
    shutil.copytree(plain, repository, symlinks=True, dirs_exist_ok=True)
    other = tmp_path_factory.mktemp("other")
    sh(other, "git init -q; printf f > f; git add .; git commit -qm x")
    sh(
        repository,
        "printf '*.o\\nbuild/\\n' > .gitignore; git init -q; printf k > kept.o; git add -f kept.o\n"
        f"git -c protocol.file.allow=always submodule --quiet add {other} sub; git add .\n"
        "git commit -qm x; printf 'secret\\n' > .git/info/exclude; printf s > secret\n"
        "git init -q nest; printf n > nest/n; printf '*.p\\n' > nest/.gitignore; printf p > nest/p",
    )
    assert (repository / "sub" / "f").exists() and (repository / "nest" / "n").exists()
    return {"folder": plain, "repository": repository}


class Walk:
    """One walk: a folder of its own, a history of its own."""

    def __init__(self, place: Path, pattern: Path) -> None:
        self.root = Path(os.path.realpath(place)) / "workspace"
        shutil.copytree(pattern, self.root, symlinks=True)
        self.store = Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(place / "home")}))
        self.stage = Stage(self.root, self.store)
        self.trees: list[Tree] = []
        self.ignored: set[str] = set()

    def look(self) -> Tree:
        """The folder now; what is ignored now is remembered."""
        tree = tree_of(self.root)
        self.ignored |= tree.keys() - visible(self.root, index=shutil.which("git") is not None)
        self.trees.append(tree)
        return tree

    def turn(self, work: str) -> int:
        """A turn, with a look before it and one after."""
        self.look()
        turn = self.stage.turn(work)
        self.look()
        return turn

    def excused(self, path: str, uncovered: dict[str, str]) -> bool:
        """Whether it was said that a path is not covered, and rightly so."""
        places = [path, *map(str, list(Path(path).parents)[:-1])]
        if any(uncovered.get(place) == "special" for place in places):
            return True
        return any(uncovered.get(place) == "ignored" and place in self.ignored for place in places)


def visible(root: Path, *, index: bool) -> set[str]:
    """What git says is tracked or not ignored, in a folder and the repositories in it.

    Args:
        index: Whether what is tracked counts.
    """
    found: set[str] = set()
    empty = root.parent / "empty-repository"
    if not empty.exists():
        sh(root.parent, "git init -q --bare empty-repository")
    for top in [root, *sorted(path.parent for path in root.glob("*/.git"))]:
        where = [] if (top / ".git").exists() else [f"--git-dir={empty}", f"--work-tree={top}"]
        if top != root and git("-C", str(root), "check-ignore", top.name, index=index):
            continue
        listed = git("-C", str(top), *where, "ls-files", "-z", *_LISTED, index=index)
        for name in listed.split("\0")[:-1]:
            path = os.path.relpath(top / name, root)
            found |= {path, *map(str, list(Path(path).parents)[:-1])}
    return found


_LISTED = ("--cached", "--others", "--exclude-standard")


@pytest.fixture
def place(
    kind: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where walks go on; without git if the kind says so."""
    if kind.endswith("without git"):
        monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("nothing")))
    return tmp_path_factory.mktemp("walks")


walking = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("kind", KINDS)
@walking
@given(works=walks, data=st.data())
def test_undo_and_redo(
    kind: str, place: Path, patterns: dict[str, Path], works: list[str], data: st.DataObject
) -> None:
    walk = Walk(Path(tempfile.mkdtemp(dir=place)), patterns[kind.split()[0]])
    with walk.store:
        turns = [walk.turn(work) for work in works]
        chosen = data.draw(st.sampled_from(range(len(turns))))
        before, after = walk.trees[2 * chosen], walk.trees[-1]
        with unchanged_git(walk.root):
            plan = walk.stage.plan(turns[chosen])
            done = walk.stage.do(plan.steps, turns[chosen], everything=True)
            undone = tree_of(walk.root)
        uncovered = dict(plan.uncovered)
        assert done.left == {}
        for path in before.keys() | undone.keys():
            if before.get(path) != undone.get(path):
                assert walk.excused(path, uncovered), (path, before.get(path), undone.get(path))
        with unchanged_git(walk.root):
            assert walk.stage.redo().left == {}
        assert tree_of(walk.root) == after


@pytest.mark.parametrize("kind", KINDS[:2])
@walking
@given(works=walks, edits=walks, data=st.data())
def test_what_the_person_changed_is_never_lost(
    kind: str,
    place: Path,
    patterns: dict[str, Path],
    works: list[str],
    edits: list[str],
    data: st.DataObject,
) -> None:
    walk = Walk(Path(tempfile.mkdtemp(dir=place)), patterns[kind.split()[0]])
    with walk.store:
        turns = []
        theirs: Tree = {}
        for work, edit in zip_longest(works, edits, fillvalue=""):
            turns.append(walk.turn(work))
            earlier = walk.trees[-1]
            sh(walk.root, edit)
            later = tree_of(walk.root)
            for path in later:
                if later[path] != earlier.get(path):
                    theirs[path] = later[path]
        now = tree_of(walk.root)
        done = walk.stage.undo(turns[0])
        undone = tree_of(walk.root)
        for path, what in theirs.items():
            as_the_turns = {tree.get(path) for tree in walk.trees[1::2]}  # nobody can tell
            if undone.get(path) != now.get(path) and what not in as_the_turns:
                assert undone.get(path) == what, path
        walk.stage.redo()
        assert tree_of(walk.root) == now, done
        walk.stage.undo(turns[0], everything=True)
        walk.stage.redo()
        assert tree_of(walk.root) == now
