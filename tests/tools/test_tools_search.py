"""Searching, by each of the three engines (T17, T24, R-23, R-94)."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tool_hands import Hands

from grafftui.errors import AbortedError
from grafftui.tools import ToolFailure
from grafftui.tools.globs import Glob

ENGINES = [
    pytest.param("rg", marks=pytest.mark.needs("ripgrep")),
    pytest.param("git", marks=pytest.mark.needs("git")),
    "walk",
]


@pytest.fixture(params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Only this engine is to be found."""
    name: str = request.param
    programs = tmp_path / "programs"
    programs.mkdir()
    real = shutil.which(name)
    if real:
        (programs / name).symlink_to(os.path.realpath(real))
    monkeypatch.setenv("PATH", str(programs))
    yield name


@pytest.fixture
def tree(hands: Hands) -> Hands:
    """A small repository."""
    files = {
        "src/app.py": "import os\n\ndef main():\n    needle = 1\n    return needle\n",
        "src/deep/er/x.ts": "const needle = 2\n",
        "src/deep/er/x.tsx": "const Needle = 3\r\n",
        "docs/a b.md": "no such thing\n",
        ".hidden/conf.py": "needle = 4\n",
        ".gitignore": "*.log\nbuild/\n/src/secret.py\n",
        "noise.log": "needle\n",
        "build/out.py": "needle\n",
        "src/secret.py": "needle\n",
        ".git/config": "needle\n",
        "sub/.git/hooks/needle": "needle\n",
        "bin.dat": "needle\0\n",
        "-dash.py": "needle = 5\n",
    }
    for name, text in files.items():
        path = hands.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return hands


ALL = {"-dash.py", ".hidden/conf.py", "src/app.py", "src/deep/er/x.ts"}


def test_files_are_found_and_ignored_ones_left_out(engine: str, tree: Hands) -> None:
    call = tree.prepare("fs_search", pattern="needle")
    assert (call.title, call.sub_title) == ("Search for 'needle' at .", None)
    assert call.request is None
    assert set(call.execute(tree.context).text.split("\n")) == ALL
    assert tree("fs_search", pattern="needle", path="build/out.py").text == "build/out.py"


def test_lines_come_with_numbers_and_context(engine: str, tree: Hands) -> None:
    text = tree("fs_search", pattern="needle", path="src", output_mode="content").text
    assert set(text.split("\n\n")) == {
        "src/app.py\n4:    needle = 1\n5:    return needle",
        "src/deep/er/x.ts\n1:const needle = 2",
    }
    around = {"pattern": "def", "output_mode": "content", "path": "src/app.py"}
    expected = "src/app.py\n2-\n3:def main():\n4-    needle = 1"
    if engine == "git":
        expected = expected.replace("-", ":")
    assert tree("fs_search", **around, **{"-C": 1}).text == expected
    assert tree("fs_search", **around, **{"-B": 1, "-A": 1}).text == expected
    bare = tree("fs_search", **around, **{"-n": False}).text
    assert bare == "src/app.py\ndef main():"


def test_counts_and_case(engine: str, tree: Hands) -> None:
    counts = tree("fs_search", pattern="needle", output_mode="count", path="src").text
    assert set(counts.split("\n")) == {"src/app.py:2", "src/deep/er/x.ts:1"}
    found = tree("fs_search", pattern="NEEDLE", **{"-i": True}).text
    assert set(found.split("\n")) == ALL | {"src/deep/er/x.tsx"}
    line = tree("fs_search", pattern="Needle", output_mode="content").text
    assert line == "src/deep/er/x.tsx\n1:const Needle = 3"


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ({"glob": "*.py"}, {"-dash.py", ".hidden/conf.py", "src/app.py"}),
        ({"glob": "src/**/*.{ts,tsx}"}, {"src/deep/er/x.ts"}),
        ({"glob": "src/*"}, {"src/app.py"}),
        ({"glob": "!*.py"}, {"src/deep/er/x.ts"}),
        ({"glob": "*.log"}, {"Nothing found."}),
        ({"glob": ".git/**"}, {"Nothing found."}),
        ({"type": "py"}, {"-dash.py", ".hidden/conf.py", "src/app.py"}),
        ({"type": "ts", "glob": "x.*"}, {"src/deep/er/x.ts"}),
        ({"path": "src", "glob": "deep/er/*"}, {"src/deep/er/x.ts"}),
    ],
)
def test_globs_and_types(engine: str, tree: Hands, which: dict[str, str], found: set[str]) -> None:
    assert set(tree("fs_search", pattern="needle", **which).text.split("\n")) == found


def test_titles_tell_which_files(tree: Hands) -> None:
    title = tree.prepare("fs_search", pattern="p", glob="*.py", path="src").title
    assert title == "Search for 'p' in '*.py' files at src"
    title = tree.prepare("fs_search", pattern="p", type="rust").title
    assert title == "Search for 'p' in rust files at ."


def test_matches_over_several_lines(engine: str, tree: Hands) -> None:
    text = tree(
        "fs_search", pattern="main.*return", multiline=True, output_mode="content", path="src"
    ).text
    assert text.startswith("src/app.py\n3:def main():\n4:    needle = 1\n5:    return needle")


def test_limits_and_going_on(engine: str, hands: Hands) -> None:
    for number in range(30):
        (hands.root / f"{number:02}.txt").write_text("needle\n" * 50)
    text = hands("fs_search", pattern="needle", head_limit=3).text.split("\n")
    assert len(text) == 4 and text[3].endswith("offset=3)")
    following = hands("fs_search", pattern="needle", head_limit=3, offset=3).text.split("\n")
    assert not set(text[:3]) & set(following[:3])
    last = hands("fs_search", pattern="needle", head_limit=3, offset=27).text.split("\n")
    assert len(last) == 3
    everything = {"pattern": "needle", "output_mode": "content"}
    lines = hands("fs_search", **everything).text
    assert lines.count("needle") == 1_000 and "offset=1000" in lines
    hands.limit(max_search_result_bytes=200)
    short = hands("fs_search", **everything).text
    assert len(short) < 300 and "there is more" in short


def test_long_lines_are_cut(engine: str, hands: Hands) -> None:
    (hands.root / "min.js").write_text("needle " + "x" * 3_000_000 + "\nneedle two\n")
    text = hands("fs_search", pattern="needle", output_mode="content").text
    assert "2:needle two" in text and len(text) < 9_000


def test_what_cannot_be_searched_is_told(engine: str, tree: Hands) -> None:
    assert tree("fs_search", pattern="nowhere at all").text == "Nothing found."
    assert "The search failed" in tree.refused("fs_search", pattern="(")
    assert "no nothing" in tree.refused("fs_search", pattern="x", path="nothing").lower()
    tree.refused("fs_search", pattern="a\0b")
    tree.refused("fs_search", pattern="")
    tree.refused("fs_search", pattern="x", type="klingon")
    os.mkfifo(tree.root / "pipe")
    assert "neither" in tree.refused("fs_search", pattern="x", path="pipe")
    assert set(tree("fs_search", pattern="needle").text.split("\n")) == ALL  # the pipe is passed
    assert tree("fs_search", pattern="-dash", path="-dash.py").text == "Nothing found."


def test_outside_is_asked_and_our_own_data_never_found(
    engine: str, hands: Hands, store: Path, tmp_path: Path
) -> None:
    (store / "history.db").write_text("needle\n")
    (tmp_path / "other.txt").write_text("needle\n")
    call = hands.prepare("fs_search", pattern="needle", path=str(tmp_path))
    assert call.request is not None and call.request.kind == "read"
    assert call.request.subject == str(tmp_path)
    assert call.execute(hands.context).text == str(tmp_path / "other.txt")


def test_links_are_not_followed(engine: str, hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("needle\n")
    (hands.root / "out").symlink_to(tmp_path)
    (hands.root / "round").symlink_to(".")
    assert hands("fs_search", pattern="needle").text == "Nothing found."


def test_a_hostile_expression_ends(
    engine: str, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grafftui.tools.fs_search.SEARCH_SECONDS", 0.5)
    (hands.root / "a.txt").write_text("a" * 5_000 + "b\n")
    started = time.monotonic()
    try:
        text = hands("fs_search", pattern="(a+)+$").text
        assert text == "Nothing found." or "stopped after 0.5 seconds" in text
    except ToolFailure as failure:  # git: the backtracking limit
        assert "The search failed" in str(failure)
    assert time.monotonic() - started < 4


def test_a_search_can_be_interrupted(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    (hands.root / "a.txt").write_text("a" * 5_000 + "b\n")
    call = hands.prepare("fs_search", pattern="(a+)+$")
    threading.Timer(0.3, hands.context.cancellation.cancel).start()
    started = time.monotonic()
    with pytest.raises(AbortedError):
        call.execute(hands.context)
    assert time.monotonic() - started < 4


def test_a_deep_tree_ends(engine: str, hands: Hands) -> None:
    here = os.open(hands.root, os.O_RDONLY)
    for _ in range(2_100):  # beyond PATH_MAX
        os.mkdir("d", dir_fd=here)
        there = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)
    (hands.root / "z.txt").write_text("needle\n")
    try:
        assert hands("fs_search", pattern="needle").text == "z.txt"
    finally:
        subprocess.run(["/bin/rm", "-rf", str(hands.root)], check=True)


def test_a_program_of_the_workspace_is_not_run(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rg", "git"):
        (hands.root / name).write_text(f"#!/bin/sh\ntouch {hands.root}/ran\n")
        (hands.root / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(hands.root))
    hands("fs_search", pattern="needle")
    assert not (hands.root / "ran").exists()


@pytest.mark.needs("git")
def test_a_hostile_repository_runs_nothing(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """R-14: git reads the repository's configuration; none of it starts a program."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(programs))
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\n/usr/bin/touch {tmp_path}/ran\n")
    trap.chmod(0o755)
    subprocess.run([programs / "git", "init", "-q", hands.root], check=True)
    with open(hands.root / ".git" / "config", "a") as config:
        config.write(
            f"[core]\nfsmonitor = {trap}\npager = {trap}\nhooksPath = {tmp_path}\n"
            f'[diff "x"]\ntextconv = {trap}\n[grep]\ncolumn = true\nlineNumber = false\n'
        )
    (hands.root / ".gitattributes").write_text("* diff=x\n")
    (hands.root / "a.txt").write_text("needle\n")
    text = hands("fs_search", pattern="needle", output_mode="content").text
    assert text == "a.txt\n1:needle"
    assert not (tmp_path / "ran").exists()


# -- globs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.py", ["a.py", "x/y/a.py"], ["a.pyc", "py"]),
        ("src/**/*.ts", ["src/a.ts", "src/x/y/a.ts"], ["a.ts", "lib/src/a.ts"]),
        ("**/test_*.py", ["test_a.py", "x/test_a.py"], ["x/a_test.py"]),
        ("src/", ["src/a", "src/x/y", "lib/src/a"], ["srcs/a"]),
        ("/a.py", ["a.py"], ["x/a.py"]),
        ("{a,b/c}.{x,y}", ["a.x", "b/c.y"], ["a.z", "c.x"]),
        ("!*.md", ["a.py"], ["a.md"]),
        ("[ab]?.txt", ["ab.txt"], ["cb.txt", "a.txt"]),
        ("**", ["a", "x/y"], []),
    ],
)
def test_what_globs_mean(glob: str, yes: list[str], no: list[str]) -> None:
    compiled = Glob(glob)
    assert [path for path in yes if not compiled.matches(path)] == []
    assert [path for path in no if compiled.matches(path)] == []


def test_hostile_globs_end_soon() -> None:
    started = time.monotonic()
    with pytest.raises(ToolFailure, match="too many"):
        Glob("{a,b}" * 30)
    with pytest.raises(ToolFailure, match="too many"):
        Glob("{" + "a," * 100_000 + "}")
    Glob("{" * 10_000)
    assert not Glob("*a" * 100 + "b").matches("a" * 255)
    assert not Glob("**/" * 200 + "b").matches("/".join("a" * 200))
    assert time.monotonic() - started < 2
