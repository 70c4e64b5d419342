"""What analysis says of single commands: objections, and the reasons a person reads."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shell_stage import Stage

from grafftui.approvals.shell import Place, analyse, covers, prefix_offers


def test_r01_every_part_is_named(stage: Stage) -> None:
    analysis = stage.analyse("ls | sort && touch x; pwd")
    assert [part.argv for part in analysis.simple] == [("ls",), ("sort",), ("touch", "x"), ("pwd",)]
    assert analysis.joined
    assert analysis.argv == ()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo $(id)", "holds a command substitution"),
        ("echo `id`", "holds a command substitution"),
        ("cat <(id)", "holds a process substitution"),
        ("echo $HOME", "holds a variable"),
        ("echo ${x}", "holds a variable"),
        ("ls *.py", "holds a wildcard (*)"),
        ("ls ~/x", "holds a home directory (~)"),
        ("ls {a,b}", "holds a brace ({)"),
        ("X=1 ls", "holds an assignment"),
        ("ls &", "runs something in the background (&)"),
        ("(ls)", "holds a subshell"),
        ("cat <<< x", "holds a here-string"),
        ("if ls; then ls; fi", "holds an if"),
        ("for i in a; do ls; done", "holds a loop"),
        ("! ls", "holds a negation (!)"),
        ("f() { ls; }", "holds a function"),
        ("export X=1", "holds a declaration"),
        ("ls # x", "holds a comment"),
        ("[[ -n x ]]", "holds a [ … ] test"),
        ("ls 'x", "is not bash that can be read"),
        ("git >&- push", "closes a stream, which is not read"),
        ("", "is empty"),
        ("   ", "is empty"),
        ("# only a comment", "holds a comment"),
    ],
)
def test_r02_says_what_cannot_be_read(stage: Stage, command: str, why: str) -> None:
    analysis = stage.analyse(command)
    assert analysis.unreadable == why
    assert analysis.simple == ()


@pytest.mark.parametrize(
    "command", ["ls >/dev/null", "ls 2>/dev/null", "ls 2>&1", "ls &>/dev/null"]
)
def test_r04_harmless_redirects_are_not_objected_to(stage: Stage, command: str) -> None:
    (part,) = stage.analyse(command).simple
    assert part.objections == ()
    assert stage.analyse(command).argv == ()  # it still takes a shell


def test_r04_a_redirect_names_the_file_it_means(stage: Stage) -> None:
    (part,) = stage.analyse("ls > link-out/x").simple
    assert part.objections == (f"writes to {stage.root}/outside/x",)
    (part,) = stage.analyse("sort < notes.txt").simple
    assert part.objections == (f"reads from {stage.workspace}/notes.txt",)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("sudo ls", "sudo runs another program"),
        ("xargs ls", "xargs runs another program"),
        ("bash x.sh", "bash is a shell"),
        ("python3.11 x.py", "python3.11 does what its arguments say"),
        ("npx x", "npx runs what files or packages say"),
        ("curl x", "curl reaches the network"),
        ("eval x", "eval changes the shell it runs in"),
        ("cd src", "changes the directory in which what follows runs"),
        ("./x", "./x is not a plain program name"),
        ("l\\s", "l\\s is not a plain program name"),
        ("git commit --amend", "the option --amend is not known to be harmless"),
        ("cat link-secret", "reads {root}/outside/secret.txt, outside the workspace"),
        ("cat .env", "reads {root}/ws/.env, which is off limits"),
        ("cat .ENV", "reads {root}/ws/.ENV, which is off limits"),
        ("sort -o x", "the option -o is not known to be harmless"),
        ("grep -r x .", "reads {root}/ws/.env, which is off limits"),
    ],
)
def test_r05_r06_r07_reasons(stage: Stage, command: str, why: str) -> None:
    (part,) = stage.analyse(command).simple
    assert part.objections[0] == why.format(root=stage.root)


def test_r07_a_program_that_is_found_in_the_workspace(stage: Stage) -> None:
    tools = str(stage.workspace / "tool")
    workspace = str(stage.workspace)
    place = Place(cwd=workspace, workspace=workspace, path_dirs=(tools, "/usr/bin"))
    (part,) = analyse("ls", place).simple
    assert part.objections == (f"ls is {tools}/ls, in the workspace",)
    place = Place(cwd=workspace, workspace=workspace, path_dirs=("", "/usr/bin"))
    assert analyse("ls", place).simple[0].objections


def test_r07_a_link_on_the_path_that_leads_into_the_workspace(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "mytool").symlink_to(stage.workspace / "evil.sh")
    workspace = str(stage.workspace)
    place = Place(cwd=workspace, workspace=workspace, path_dirs=(str(tmp_path),))
    (part,) = analyse("mytool lint", place).simple
    assert part.objections == (f"mytool is {tmp_path}/mytool, in the workspace",)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("; ".join(["ls"] * 17), "has more than 16 parts"),
        ("ls " + "a" * 4094, "is longer than 4,096 characters"),
        ("ls" + " " * 20 + "x", "holds a long run of spaces"),
        ("ls\tx", "holds a tab"),
        ("ls\nls", "holds a line break"),
        ("ls\rx", "holds a carriage return"),
        ("ls \x1b[2K", "holds an escape"),
        ("ls \x7f", "holds the character U+007F"),
        ("ls \x9b", "holds the character U+009B"),
        ("ls \u00a0", "holds the character U+00A0"),
        ("ls \u200b", "holds the character U+200B"),
        ("ls \u202e", "holds the character U+202E"),
        ("ls \u2028", "holds the character U+2028"),
        ("ls \U000e0041", "holds the character U+E0041"),
        ("ls \ue000", "holds the character U+E000"),
        ("ls \udc9b", "holds the character U+DC9B"),
        ("ls \x00", "holds the character U+0000"),
    ],
)
def test_r08_r10_characters_and_lengths(stage: Stage, command: str, why: str) -> None:
    assert stage.analyse(command).unreadable == why


def test_r08_as_many_as_allowed_are_read(stage: Stage) -> None:
    assert len(stage.analyse("; ".join(["ls"] * 16)).simple) == 16
    assert stage.analyse("ls " + "a" * 4093).simple
    assert stage.analyse("ls" + " " * 19 + "src").simple


def test_r11_a_single_command_can_run_without_a_shell(stage: Stage) -> None:
    assert stage.analyse("grep 'a b' \"c\\.d\" e\\ f").argv == ("grep", "a b", "c\\.d", "e f")


@pytest.mark.parametrize("missing", ["tree_sitter", "tree_sitter_bash", "bashlex"])
def test_without_a_parser_everything_is_unreadable(
    stage: Stage, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grafftui.approvals.shell import by_tree_sitter, reading

    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == missing:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    by_tree_sitter.parser.cache_clear()
    reading._read.cache_clear()
    assert stage.analyse("ls").unreadable == "cannot be read: no parser is installed"
    assert stage.analyse("rm -rf /").refusals == ("would remove everything (/)",)
    monkeypatch.undo()
    by_tree_sitter.parser.cache_clear()
    reading._read.cache_clear()
    assert not stage.analyse("ls").unreadable


def test_importing_the_room_loads_no_parser() -> None:
    code = (
        "import sys, grafftui.approvals.shell;"
        "print([m for m in sys.modules if m.startswith(('bashlex', 'tree_sitter'))])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("command", "offers"),
    [
        ("git status -s", ("git status",)),
        ("git --no-pager log -5", ("git log",)),
        ("git stash list", ("git stash list",)),
        ("npm run lint", ("npm run lint",)),
        ("npm test", ("npm test",)),
        ("cargo test x", ("cargo test",)),
        ("ls -la", ("ls",)),
        ("pytest -q tests", ("pytest",)),
        ("mytool lint --strict", ()),
        ("mytool src", ()),
        ("mytool", ()),
        ("python x.py", ()),
        ("python3.12 -m x", ()),
        ("python -m pytest -q", ()),
        ("python3 --version", ()),
        ("mkdir -p build", ("mkdir",)),
        ("node x.js", ()),
        ("bash x.sh", ()),
        ("npx tsc", ()),
        ("npm install x", ()),
        ("make test", ()),
        ("docker ps", ()),
        ("ssh host ls", ()),
        ("env", ()),
        ("sudo ls", ()),
        ("git push", ()),
        ("cd src", ()),
        ("curl x", ()),
        ("eval x", ()),
    ],
)
def test_r13_r64_offers(stage: Stage, command: str, offers: tuple[str, ...]) -> None:
    (part,) = stage.analyse(command).simple
    assert prefix_offers(part.argv) == offers
    assert all(covers(offer, part.argv) for offer in offers)


def test_r13_covers_word_for_word() -> None:
    assert covers("git status", ("git", "status"))
    assert covers("git status", ("git", "status", "-s"))
    assert covers("git log", ("git", "--no-pager", "log"))
    assert covers("  git   log ", ("git", "log"))
    assert not covers("git status", ("git", "statusx"))
    assert not covers("git status", ("git",))
    assert not covers("git status", ("/usr/bin/git", "status"))
    assert not covers("git log", ("git", "-C", "x", "log"))
    assert not covers("git log", ("git", "-p", "log"))
    assert not covers("", ("ls",))
    assert not covers("ls", ())


def test_r24_a_directory_outside_the_workspace(stage: Stage) -> None:
    outside = str(stage.root / "outside")
    place = Place(cwd=outside, workspace=str(stage.workspace))
    for command in ("ls", "git status", "pwd", "mytool lint"):
        (part,) = analyse(command, place).simple
        assert f"reads {outside}, outside the workspace" in part.objections


@pytest.mark.needs("git")
def test_r14_repositories_that_run_something(stage: Stage, tmp_path: Path) -> None:
    own = stage.copy_to(tmp_path / "own")
    config = own.workspace / ".git/config"
    plain = config.read_text()
    assert own.analyse("git status").simple[0].objections == ()
    for text in (
        "[core]\n\tfsmonitor = ./evil.sh\n",
        "[core] fsmonitor=./evil.sh\n",
        "[CORE]\n  FsMonitor = x\n",
        "[diff]\n\texternal = x\n",
        '[diff "a"]\n\ttextconv = x\n',
        '[filter "a"]\n\tclean = x\n',
        "[include]\n\tpath = x\n",
        '[includeIf "gitdir:/"]\n\tpath = x\n',
        "[gpg]\n\tprogram = x\n",
        "[core]\n\tfsmon\\\nitor = x\n",
    ):
        config.write_text(plain + text)
        assert "repository" in own.analyse("git status").simple[0].objections[0], text
    config.write_text(plain + "[core]\n\tfsmonitor = true\n")
    assert own.analyse("git status").simple[0].objections == ()
    hook = own.workspace / ".git/hooks/post-index-change"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)
    assert "hook" in own.analyse("git status").simple[0].objections[0]


@pytest.mark.needs("git")
def test_r14_a_repository_below_the_workspace(stage: Stage) -> None:
    workspace = str(stage.workspace)
    place = Place(cwd=f"{workspace}/sub", workspace=workspace)
    assert analyse("git status", place).simple[0].objections == (
        f"is in a repository of its own, {workspace}/sub",
    )


@pytest.mark.needs("git")
def test_r14_an_empty_git_directory_is_none_for_git_either(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    (inner / ".git").mkdir(parents=True)
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "config", "core.fsmonitor", "touch ran"], check=True)
    place = Place(cwd=str(inner), workspace=str(inner))
    assert "name a program" in analyse("git status", place).simple[0].objections[0]
    subprocess.run(["git", "-C", str(inner), "status"], check=True, capture_output=True)
    assert (tmp_path / "ran").exists()  # it is why


def test_what_may_be_read_is_for_the_caller_to_say(stage: Stage) -> None:
    workspace, outside = str(stage.workspace), str(stage.root / "outside")
    place = Place(
        cwd=workspace,
        workspace=workspace,
        is_readable=lambda path: path == workspace or path.startswith(outside),
        is_off_limits=lambda path: path.endswith("README.md"),
    )
    assert analyse("cat link-secret", place).simple[0].objections == ()
    assert analyse("cat notes.txt", place).simple[0].objections
    assert "off limits" in analyse("cat README.md", place).simple[0].objections[0]


@pytest.mark.parametrize("command", ["grep -rn x .", "rg --hidden -g '.envr*' x"])
def test_what_stands_in_for_a_secret_holds_none(command: str, tmp_path: Path) -> None:
    """While a command runs, its sandbox has empty directories of such names in the workspace."""
    place = Place(cwd=str(tmp_path), workspace=str(tmp_path))
    stand_in = tmp_path / ".envrc"
    stand_in.mkdir()
    assert analyse(command, place).simple[0].objections == ()
    (stand_in / "key").write_text("the secret")
    assert "off limits" in analyse(command, place).simple[0].objections[0]
