"""Repositories that have git run something: their settings, their submodules, where they are."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest
from shell_stage import ENVIRONMENT

from grafftui.approvals.shell import Place, analyse
from grafftui.approvals.shell.git_index import submodules
from grafftui.approvals.shell.git_settings import read_settings

pytestmark = pytest.mark.needs("git")


def git(directory: Path, *words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", *who, *words],
        cwd=directory,
        env={**ENVIRONMENT, "HOME": str(directory)},
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
    ).stdout


def git_says(directory: Path, *words: str) -> str:
    """All that git says, of errors too."""
    return subprocess.run(
        ["git", *words],
        cwd=directory,
        env={**ENVIRONMENT, "HOME": str(directory)},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    ).stdout


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository with a changed file; beside it a script that makes the file `ran`."""
    top = tmp_path.resolve() / "ws"
    top.mkdir()
    script = top.parent / "ev.sh"
    script.write_text(f"#!/bin/sh\ntouch {top.parent}/ran\n")
    script.chmod(0o755)
    git(top, "init", "-q", "--template=")
    (top / "a.txt").write_text("one\n")
    (top / ".gitattributes").write_text('*.txt diff="]"\n*.md diff=plain\n')
    git(top, "add", ".")
    git(top, "commit", "-qm", "first")
    (top / "a.txt").write_text("two\n")
    return top


def objections(workspace: Path, command: str) -> tuple[str, ...]:
    place = Place(cwd=str(workspace), workspace=str(workspace))
    (part,) = analyse(command, place).simple
    return part.objections


def has_run(workspace: Path) -> bool:
    return (workspace.parent / "ran").exists()


@pytest.mark.parametrize(
    "text",
    [
        "[a][core]fsmonitor=EV",
        "[a] [core] fsmonitor=EV",
        '[a "]"][core]fsmonitor=EV',
        '[a "\\"]"][core]fsmonitor=EV',
        "[a]b=c\\\n[core]\n[core]fsmonitor=EV",
        '[a]b="c # d"\n[core]fsmonitor=EV',
        "[a]b=c ; d\\\n[core]fsmonitor=EV",
        "[a]\r[core]\r\n\tfsmonitor\t=\\\n EV",
        '[core]\n\tfsmonitor = "E\\\nV"',
        "[a][include]path=INC",
        '[a][includeIf "gitdir:/"]path=INC',
        "[a]\nb=c[core]\n[Include]\n\tPATH = INC",
        "[extensions]worktreeConfig=true",
        "[core]hooksPath=HOOKS",
        '[a "]"][core]hooksPath=HOOKS',
    ],
)
def test_r06_settings_in_any_spelling_are_seen(workspace: Path, text: str) -> None:
    outside = workspace.parent
    (outside / "included").write_text(
        "[core]\n\tfsmonitor = EV\n".replace("EV", f"{outside}/ev.sh")
    )
    (outside / "hooks").mkdir()
    (outside / "hooks/post-index-change").symlink_to(outside / "ev.sh")
    filled = text.replace("E\\\nV", f"{outside}/ev\\\n.sh").replace("EV", f"{outside}/ev.sh")
    filled = filled.replace("INC", f"{outside}/included").replace("HOOKS", f"{outside}/hooks")
    config = workspace / ".git/config"
    assert objections(workspace, "git status") == ()
    config.write_bytes(f"{config.read_text()}{filled}\n".encode())
    if "worktreeConfig" in text:
        (workspace / ".git/config.worktree").write_text(f"[a][core]fsmonitor={outside}/ev.sh\n")
    assert "repository" in objections(workspace, "git status")[0]
    os.utime(workspace / "a.txt", (1, 1))
    git(workspace, "status")
    assert has_run(workspace)  # it is why


@pytest.mark.parametrize("text", ['[diff "]"]textconv=EV', '[diff "]"]command=EV'])
@pytest.mark.parametrize("command", ["git diff", "git log -p"])
def test_r06_drivers_with_brackets_in_their_names(workspace: Path, text: str, command: str) -> None:
    config = workspace / ".git/config"
    text = text.replace("EV", f"{workspace.parent}/ev.sh")
    (workspace / ".git/info").mkdir()
    (workspace / ".git/info/attributes").write_text("* diff=]\n")
    config.write_text(f"{config.read_text()}{text}\n")
    assert "name a program" in objections(workspace, command)[0]
    git(workspace, "diff")
    assert has_run(workspace)


@pytest.mark.parametrize(
    "text",
    [
        "[core]sshCommand=x",
        "[core]pager=x",
        "[pager]log=x",
        "[core]editor=x",
        "[sequence]editor=x",
        "[gpg]program=x",
        '[gpg "ssh"]program=x',
        '[gpg "ssh"]defaultKeyCommand=x',
        '[filter "a"]smudge=x',
        '[filter "a"]process=x',
        "[diff]external=x",
        "[core]alternateRefsCommand=x",
        "[core]askPass=x",
        "[core]gitProxy=x",
        "[core]attributesFile=x",
        "[core]hooksPath=~/x",
        "[core]worktree=../..",
        "[gc]recentObjectsHook=x",
        '[remote "o"]uploadpack=x',
        '[remote "o"]promisor=true',
        "[extensions]partialClone=o",
        "[log]showSignature=true",
        "[log]showSignature",
        "[format]pretty=%-G?",
        "[pretty]x=%GK",
        "[submodule]recurse=true",
        "[status]submoduleSummary=true",
        "[diff]submodule=diff",
        "[core.x]fsmonitor=x",
        "[core]fsmonitor=x\0",
        "[core",
        "core.x=1",
        "[core]a=\\x",
        '[core]a="x',
        "\ufeff[core]a=x",
        "#" * 300_000,
    ],
)
def test_r06_settings_that_are_asked_about(workspace: Path, text: str) -> None:
    config = workspace / ".git/config"
    config.write_bytes(f"{config.read_text()}{text}\n".encode())
    assert "repository" in objections(workspace, "git status")[0]


@pytest.mark.parametrize(
    "text",
    [
        '[remote "command"]\n\turl = https://example.com/textconv=x/process.git\n\tfetch = a:b\n',
        '[branch "fix-fsmonitor"]\n\tremote = origin\n\tmerge = refs/heads/fix-include\n',
        '# fsmonitor = x\n; [include]\n[user]\n\tname = A "B" # external = x\n',
        "[core]\n\tfsmonitor = on\n\tfilemode = true\n[pager]\n\tlog = false\n",
        "[core]\n\thooksPath = .husky/_\n\tworktree = ../\n",
        "[alias]\n\tst = status\n[color]\n\tui = auto\n[format]\n\tpretty = %h %s\n",
        '[submodule "a"]\n\turl = ../a\n\tactive = true\n[lfs]\n\tlocksverify = true\r\n',
    ],
)
def test_settings_that_run_nothing_are_not_asked_about(workspace: Path, text: str) -> None:
    config = workspace / ".git/config"
    config.write_bytes(config.read_bytes() + text.encode())
    assert objections(workspace, "git status") == ()


@pytest.mark.parametrize("name", ["OUT", "../ev.sh", ".env", "link", "~/x", "%(prefix)/x"])
@pytest.mark.parametrize("section", ["[blame] ignoreRevsFile", "[Mailmap]\n\tFILE"])
def test_r21_settings_that_have_lines_of_a_file_shown(
    workspace: Path, section: str, name: str
) -> None:
    secret = workspace.parent / "secret.txt"
    secret.write_text("CANARY-51d0\n")
    (workspace / "link").symlink_to(secret)
    config = workspace / ".git/config"
    plain = config.read_text()
    config.write_text(f"{plain}{section} = {name.replace('OUT', str(secret))}\n")
    assert "show lines of" in objections(workspace, "git blame a.txt")[0]
    config.write_text(f"{plain}{section} = .git-blame-ignore-revs\n")
    assert objections(workspace, "git blame a.txt") == ()


def test_r21_git_shows_lines_of_them(workspace: Path) -> None:
    secret = workspace.parent / "secret.txt"
    secret.write_text("CANARY-51d0\n")
    git(workspace, "config", "blame.ignoreRevsFile", str(secret))
    assert "CANARY-51d0" in git_says(workspace, "blame", "a.txt")  # it is why


_TOKENS = [
    *"[]\"'=#;\\ \t\r\nax.-1\x0b\xe9",
    *("core", "fsmonitor", "[core]", '[a "b"]', "\n[core]\n", "\nk = v", "\\\n", "\r\n", "[s]"),
]


def test_settings_are_read_as_git_reads_them(tmp_path: Path) -> None:
    """Whatever git takes is read alike, or not at all where a key has no section."""
    seeded = random.Random(20)
    for _ in range(120):
        text = "[s]" + "".join(seeded.choices(_TOKENS, k=seeded.randint(1, 12)))
        (tmp_path / "config").write_bytes(text.encode("latin-1"))
        listed = subprocess.run(
            ["git", "config", "-f", str(tmp_path / "config"), "-z", "--list"],
            capture_output=True,
            check=False,
        )
        entries = listed.stdout.decode("latin-1").split("\0")[:-1]
        try:
            ours = [
                ".".join(filter(None, (s.section, s.name, s.key)))
                + ("" if s.value is None else f"\n{s.value}")
                for s in read_settings(text)
            ]
        except ValueError:
            assert listed.returncode != 0 or "[]" in text, text
            continue
        spaces = str.maketrans("\t\r", "  ")  # which of them it keeps depends on git's version
        assert listed.returncode == 0, text
        assert [e.translate(spaces) for e in ours] == [e.translate(spaces) for e in entries], text


def add_submodule(top: Path, name: str) -> Path:
    inner = top / name
    inner.mkdir(parents=True)
    git(inner, "init", "-q", "--template=")
    (inner / "b.txt").write_text("b\n")
    git(inner, "add", ".")
    git(inner, "commit", "-qm", "inner")
    git(top, "add", name)
    git(top, "commit", "-qm", "with submodule")
    return inner


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("command", ["git status", "git diff"])
def test_r06_a_submodule_that_runs_something(workspace: Path, version: str, command: str) -> None:
    for number in range(20):
        (workspace / f"some-{number}").write_text("x")
    git(workspace, "add", "-N" if version == "3" else "-A", ".")
    inner = add_submodule(workspace, "libs/sub")
    git(workspace, "update-index", f"--index-version={version}")
    assert objections(workspace, command) == ()
    git(inner, "config", "core.fsmonitor", f"{workspace.parent}/ev.sh")
    assert objections(workspace, command) == (
        "looks into libs/sub, a repository whose settings name a program (fsmonitor)",
    )
    subprocess.run([*command.split()], cwd=workspace, check=True, capture_output=True)
    assert has_run(workspace)


def test_r06_a_submodule_of_a_submodule(workspace: Path) -> None:
    inner = add_submodule(workspace, "sub")
    deepest = add_submodule(inner, "deep/er")
    git(workspace, "add", "sub")
    git(deepest, "config", "filter.x.clean", "x")
    assert objections(workspace, "git status") == (
        "looks into deep/er, a repository whose settings name a program (clean)",
    )


def test_submodules_as_git_makes_them(workspace: Path) -> None:
    """With a `.git` file, and settings that name their working tree."""
    inner = add_submodule(workspace, "sub")
    (workspace / ".gitmodules").write_text('[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n')
    git(workspace, "submodule", "absorbgitdirs")
    assert (inner / ".git").is_file()
    assert "worktree" in (workspace / ".git/modules/sub/config").read_text()
    assert objections(workspace, "git status") == ()
    git(inner, "config", "core.fsmonitor", "x")
    assert "name a program" in objections(workspace, "git status")[0]
    git(inner, "config", "--unset", "core.fsmonitor")
    git(inner, "config", "core.worktree", "../../..")
    assert "another working tree" in objections(workspace, "git status")[0]


def test_r06_an_index_in_several_files_or_with_directories_left_out(workspace: Path) -> None:
    inner = add_submodule(workspace, "sub")
    git(inner, "config", "core.fsmonitor", "x")
    git(workspace, "update-index", "--split-index")
    assert submodules(workspace / ".git", 20) == ["sub"]
    assert "looks into sub" in objections(workspace, "git status")[0]
    git(workspace, "update-index", "--no-split-index")
    for path in (workspace / ".git").glob("sharedindex.*"):
        path.unlink()
    index = workspace / ".git/index"
    data = index.read_bytes()
    index.write_bytes(data[: data.index(b"\0\0\xe0\0") + 20])
    assert "cannot be read for certain" in objections(workspace, "git status")[0]


def test_r06_a_sparse_index(workspace: Path) -> None:
    (workspace / "kept").mkdir()
    (workspace / "out").mkdir()
    (workspace / "kept/x").write_text("x")
    (workspace / "out/x").write_text("x")
    git(workspace, "add", ".")
    git(workspace, "commit", "-qm", "more")
    git(workspace, "sparse-checkout", "set", "--cone", "--sparse-index", "kept")
    assert "repository" in objections(workspace, "git status")[0]


def test_submodules_in_a_repository_of_longer_names(tmp_path: Path) -> None:
    top = tmp_path.resolve()
    git(top, "init", "-q", "--object-format=sha256", "--template=")
    if "sha256" not in (top / ".git/config").read_text():
        pytest.skip("this git knows only SHA-1")
    inner = top / "sub"
    inner.mkdir()
    git(inner, "init", "-q", "--object-format=sha256", "--template=")
    (inner / "b").write_text("b")
    git(inner, "add", ".")
    git(inner, "commit", "-qm", "inner")
    git(top, "add", "sub")
    assert objections(top, "git status") == ()
    git(inner, "config", "diff.external", "x")
    assert "looks into sub" in objections(top, "git status")[0]


@pytest.mark.parametrize("pointer", ["gitdir: {0} \n", "gitdir:{0}\n", "{0}\n", "gitdir: \n", ""])
def test_r33_a_git_file_is_read_as_git_reads_it(workspace: Path, pointer: str) -> None:
    (workspace / ".git").rename(workspace.parent / "kept")
    (workspace / ".git").write_text(f"gitdir: {workspace.parent}/kept\n")
    assert objections(workspace, "git status") == ()
    (workspace / ".git").write_text(pointer.format(workspace.parent / "kept"))
    assert "cannot be read" in objections(workspace, "git status")[0]


def test_r33_a_repository_that_is_none(workspace: Path) -> None:
    """Git goes on looking above it, where nobody looked."""
    head = workspace / ".git/HEAD"
    for text in ("", "x\n", "ref: x\n"):
        head.write_text(text)
        assert "cannot be read" in objections(workspace, "git status")[0]
    head.unlink()
    os.mkfifo(head)
    assert "cannot be read" in objections(workspace, "git status")[0]


def test_r33_settings_that_are_no_file(workspace: Path) -> None:
    config = workspace / ".git/config"
    config.unlink()
    os.mkfifo(config)
    assert "cannot be read" in objections(workspace, "git status")[0]


def test_r33_a_directory_that_git_takes_for_a_repository(tmp_path: Path) -> None:
    top = tmp_path.resolve()
    git(top, "init", "-q", "--bare", "real")
    (top / "ws").mkdir()
    (top / "ws/HEAD").write_text("ref: refs/heads/main\n")
    (top / "ws/commondir").write_text("../real\n")
    assert "for a repository" in objections(top / "ws", "git status")[0]


def test_r06_without_a_repository_git_diff_reads_whole_directories(tmp_path: Path) -> None:
    top = tmp_path.resolve()
    for name in ("a", "b"):
        (top / name).mkdir()
    (top / "b/.env").write_text("KEY=CANARY\n")
    assert "CANARY" in git(top, "diff", "a", "b")
    assert "no repository" in objections(top, "git diff a b")[0]
    assert objections(top, "git diff") == ()
