"""Searches and histories that come to a file that may not be read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from shell_stage import ENVIRONMENT, Stage

from grafftui.approvals.shell import Place, analyse, looks_secret

SECRET = "CANARY-91c2"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with a secret in it that nothing but its name protects."""
    top = tmp_path.resolve() / "ws"
    (top / "src").mkdir(parents=True)
    (top / "src/main.py").write_text("main\n")
    (top / ".env").write_text(f"KEY={SECRET}\n")
    return top


def objections(workspace: Path, command: str) -> tuple[str, ...]:
    place = Place(str(workspace), str(workspace), is_forbidden=looks_secret)
    (part,) = analyse(command, place).simple
    return part.objections


def output(workspace: Path, command: str) -> str:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", command],
        cwd=workspace,
        env={**ENVIRONMENT, "HOME": str(workspace)},
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
    ).stdout


def run_git(workspace: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *words], cwd=workspace, check=True, capture_output=True)


@pytest.mark.parametrize("name", [".ignore", ".rgignore", ".gitignore"])
@pytest.mark.parametrize(
    "lines",
    ["!.env\n", "*.log\n!.env", "\ufeff!.env\n", "!/.env\n", "!**/.env\n", "!.e*\n", "!.en?\n",
     "!.{env,x}\n", "!.[e]nv\n", "!\\.env\n", "!.*\n", "!.env \n", "!.ENV\n"],
)  # fmt: skip
def test_r23_an_ignore_file_that_names_what_is_hidden(
    workspace: Path, name: str, lines: str
) -> None:
    (workspace / name).write_text(lines)
    assert objections(workspace, "rg CANARY") == (f"reads {workspace}/.env, which is off limits",)


@pytest.mark.needs("git")
@pytest.mark.needs("ripgrep")
@pytest.mark.parametrize(
    ("path", "lines", "command"),
    [
        (".ignore", "!.env\n", "rg CANARY"),
        (".rgignore", "!.{env,x}\n", "rg CANARY ."),
        ("../.ignore", "!.env\n", "rg CANARY"),
        ("src/.ignore", "!.env\n", "rg CANARY src"),
        ("src/.ignore", "!.env\n", "rg CANARY"),
        (".git/info/exclude", "!.env\n", "rg CANARY"),
        (".gitignore", "!.env\n", "rg CANARY"),
    ],
)
def test_r23_ripgrep_reads_what_is_named(
    workspace: Path, path: str, lines: str, command: str
) -> None:
    run_git(workspace, "init", "-q")
    (workspace / "src/.env").write_text(f"KEY={SECRET}\n")
    (workspace / path).write_text(lines)
    assert "off limits" in objections(workspace, command)[0]
    assert SECRET in output(workspace, command)  # it is why


def test_r23_a_hidden_directory_that_is_named(workspace: Path) -> None:
    (workspace / ".config").mkdir()
    (workspace / ".config/secrets.yml").write_text(f"key: {SECRET}\n")
    assert objections(workspace, "rg CANARY") == ()
    (workspace / ".ignore").write_text("!.config\n")
    assert "secrets.yml" in objections(workspace, "rg CANARY")[0]


def test_ignore_files_that_name_something_else(workspace: Path) -> None:
    (workspace / ".gitignore").write_text(
        "# !.env\n.env*\n!.env.example\n!.github/\n!src/**/*.py\n\\!.env\n!.vscode/settings.json\n"
    )
    assert objections(workspace, "rg CANARY") == ()
    (workspace / ".ignore").mkdir()
    assert objections(workspace, "rg CANARY") == ()


def test_r23_an_ignore_file_that_cannot_be_read(workspace: Path) -> None:
    (workspace / ".ignore").write_text("#" * 300_000)
    assert "off limits" in objections(workspace, "rg CANARY")[0]
    (workspace / ".env").unlink()
    assert objections(workspace, "rg CANARY") == ()


@pytest.mark.parametrize(
    "glob", [".{env,x}", ".[^x]nv", ".[!x]nv", "\\.env", "{a,{b,.env}}", "{.en,x}v", "**/.E*",
             "[./][e]nv", ".e[[:alpha:]]v", "src\\/.env", "{x,a/.env}", "{a,.env/}"]
)  # fmt: skip
def test_r23_globs_in_any_spelling(workspace: Path, glob: str) -> None:
    (workspace / "src/.env").write_text(f"KEY={SECRET}\n")
    assert "off limits" in objections(workspace, f"rg CANARY -g '{glob}'")[0]


@pytest.mark.needs("ripgrep")
@pytest.mark.parametrize("glob", [".{env,x}", ".[^x]nv", "\\.env", "{.en,x}v"])
def test_r23_ripgrep_takes_them_so(workspace: Path, glob: str) -> None:
    assert SECRET in output(workspace, f"rg CANARY -g '{glob}'")


@pytest.mark.parametrize(
    ("option", "name"),
    [("-t js", ".env.js"), ("--type js", ".env.mjs"), ("--type=yaml", ".env.yml"),
     ("-tpy", ".env.PY"), ("-t md -t ts", ".env.ts"), ("-t cpp", ".env.h.in")],
)  # fmt: skip
def test_r23_a_type_finds_what_is_hidden(workspace: Path, option: str, name: str) -> None:
    (workspace / "src" / name).write_text(f"KEY={SECRET}\n")
    assert "off limits" in objections(workspace, f"rg CANARY {option}")[0]


@pytest.mark.needs("ripgrep")
def test_r23_ripgrep_finds_it(workspace: Path) -> None:
    (workspace / ".env.js").write_text(f"KEY={SECRET}\n")
    assert SECRET in output(workspace, "rg CANARY -t js")
    assert SECRET not in output(workspace, "rg CANARY")


def test_a_type_that_finds_nothing_off_limits(workspace: Path) -> None:
    (workspace / ".env.local").write_text(f"KEY={SECRET}\n")
    for command in ("rg main -t py", "rg main --type=js", "rg main -T js"):
        assert objections(workspace, command) == ()


def test_globs_that_mean_something_else(workspace: Path) -> None:
    for glob in ("*.{ts,tsx}", "src/[a-z]*.py", "*.py", "!*.lock", "{src,tests}/**/*.py"):
        assert objections(workspace, f"rg main -g '{glob}'") == ()


def test_r23_an_ignore_file_that_is_given(workspace: Path) -> None:
    (workspace / "names").write_text("!.env\n")
    assert objections(workspace, "rg --ignore-file names CANARY")


@pytest.mark.needs("git")
def test_r23_the_ignore_file_of_another_working_tree(workspace: Path) -> None:
    run_git(workspace, "init", "-q")
    run_git(workspace, "commit", "-q", "--allow-empty", "-m", "first")
    run_git(workspace, "worktree", "add", "-q", "../other")
    other = workspace.parent / "other"
    (other / ".env").write_text(f"KEY={SECRET}\n")
    assert objections(other, "rg CANARY") == ()
    (workspace / ".git/info").mkdir(exist_ok=True)
    (workspace / ".git/info/exclude").write_text("!.env\n")
    assert "off limits" in objections(other, "rg CANARY")[0]


def test_r21_a_link_to_a_directory_that_is_not_looked_through(workspace: Path) -> None:
    (workspace / "conf").mkdir()
    (workspace / "conf/secrets.yml").write_text(f"key: {SECRET}\n")
    assert objections(workspace, "grep -R CANARY src") == ()
    (workspace / "src/conf").symlink_to("../conf")
    assert SECRET in output(workspace, "grep -R CANARY src")
    assert "follows" in objections(workspace, "grep -R CANARY src")[0]
    assert objections(workspace, "grep -r CANARY src") == ()


@pytest.mark.parametrize(
    "command",
    ["egrep -r CANARY .", "fgrep -R CANARY .", "rgrep CANARY", "rgrep CANARY .", "zgrep -r KEY .",
     "egrep CANARY .env", "fgrep -f ../x .", "zgrep CANARY .env", "rgrep --include='*' KEY",
     "zegrep KEY .env", "xzgrep KEY .env", "bzgrep KEY .env", "egrep --x KEY a"],
)  # fmt: skip
def test_r23_programs_that_are_grep(workspace: Path, command: str) -> None:
    assert objections(workspace, command)


@pytest.mark.parametrize("command", ["egrep -rn main src", "rgrep main src", "fgrep x src/main.py"])
def test_programs_that_are_grep_and_read_nothing_off_limits(workspace: Path, command: str) -> None:
    assert objections(workspace, command) == ()


@pytest.fixture
def repository(workspace: Path) -> Path:
    run_git(workspace, "init", "-q")
    run_git(workspace, "add", "src", ".env")
    run_git(workspace, "commit", "-qm", "first")
    return workspace


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "command",
    ["git grep --untracked CANARY", "git grep --no-index CANARY",
     "git grep --untracked --no-exclude-standard CANARY", "git log -L1,1:.env",
     "git show -L1,1:.env",
     "git log -L 1,1:.env", "git log -L:KEY:.env", "git log -L '/K:E/,+1:.env' -L1,1:.env",
     "git diff HEAD:.env..HEAD:src/main.py", "git diff HEAD:src/main.py..HEAD:.env",
     "git log -p -- '\\.env'", "git log -p -- '.e\\nv*'", "git grep KEY -- 'src\\/../.en?'",
     "git log -s -L1,1:.env", "git blame .env", "git cat-file -p HEAD:.env", "git diff -- :/.env",
     "git log -p -- ':(top).env'", "git log -p --pathspec-from-file=x"],
)  # fmt: skip
def test_r23_git_comes_to_what_is_off_limits(repository: Path, command: str) -> None:
    assert objections(repository, command)


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "command",
    ["git grep --untracked CANARY", "git log -L1,1:.env", "git log -L:KEY:.env",
     "git log -p -- '\\.env'", "git diff HEAD:.env..HEAD:src/main.py"],
)  # fmt: skip
def test_r23_git_shows_it(repository: Path, command: str) -> None:
    assert SECRET in output(repository, command)  # it is why


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "command",
    ["git log -L1,1:src/main.py", "git log -L :main:src/main.py", "git diff HEAD..HEAD -- src",
     "git blame -L 1,1 src/main.py", "git grep main -- src", "git diff HEAD...HEAD ../ws/src"],
)  # fmt: skip
def test_git_on_what_may_be_read(repository: Path, command: str) -> None:
    assert objections(repository, command) == ()


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "command",
    ["git grep KEY", "git grep -e KEY", "git grep -e KEY -- '*n*'", "git grep KEY -- 's*'",
     "git grep KEY -- 'src/*'", "git grep KEY -- 'sr[c]/.env'", "git grep KEY -- 'sr\\c/.e*'",
     "git grep KEY ':!src/main.py'", "git grep KEY -- SRC", "git grep KEY src", "git grep KEY HEAD",
     "git grep KEY -- src/main.py src", "git diff HEAD", "git diff --cached", "git diff HEAD src",
     "git diff --stat -p HEAD", "git diff -C", "git show", "git show HEAD -- src", "git log -p",
     "git show ':/first: x'", "git show 'HEAD^{/a:b}'", "git log --cc src", "git stash show",
     "git stash show -p", "git stash list -p", "git diff-tree -p HEAD", "git log -p --full-diff x"],
)  # fmt: skip
def test_r23_git_comes_to_tracked_files_that_are_not_named(repository: Path, command: str) -> None:
    (repository / "src/.env").write_text(f"KEY={SECRET}\n")
    run_git(repository, "add", "src/.env")
    assert any("off limits" in why for why in objections(repository, command))


@pytest.mark.needs("git")
@pytest.mark.parametrize("command", ["git show", "git log -p", "git diff HEAD~0", "git stash show"])
def test_what_is_in_commits_goes_ahead_where_no_rule_forbids_it(
    repository: Path, command: str
) -> None:
    (repository / "src/.env").write_text(f"KEY={SECRET}\n")
    run_git(repository, "add", "src/.env")
    place = Place(str(repository), str(repository))
    (part,) = analyse(command, place).simple
    assert part.objections == ()
    (searching,) = analyse("git grep KEY", place).simple
    assert searching.objections


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "command",
    ["git grep main src", "git grep main -- src/main.py", "git grep main -- '*.py'",
     "git grep main '*.py'", "git grep -e main -- 's*'", "git diff HEAD -- src",
     "git diff HEAD src/main.py", "git diff --stat HEAD", "git diff --name-only --cached",
     "git show --stat", "git show HEAD:src/main.py", "git show HEAD -- src", "git log",
     "git log --stat", "git log -p -- src", "git stash list"],
)  # fmt: skip
def test_git_beside_tracked_files_that_are_off_limits(repository: Path, command: str) -> None:
    assert objections(repository, command) == ()


@pytest.mark.needs("git")
def test_r23_git_grep_looks_below_where_it_runs(repository: Path) -> None:
    place = Place(cwd=str(repository / "src"), workspace=str(repository))
    assert analyse("git grep main", place).simple[0].objections == ()
    assert "off limits" in analyse("git grep main ..", place).simple[0].objections[0]


@pytest.mark.needs("git")
@pytest.mark.parametrize("version", ["2", "4"])
def test_r23_git_diff_shows_what_has_changed(repository: Path, version: str) -> None:
    secret = repository / ".env"
    os.utime(secret, (1_700_000_000, 1_700_000_000))
    run_git(repository, "update-index", "--index-version", version, "--really-refresh")
    assert objections(repository, "git diff") == ()
    assert SECRET not in output(repository, "git diff")
    secret.write_text(f"KEY=\nKEY={SECRET}\n")
    assert objections(repository, "git diff") == (f"may read {secret}, which is off limits",)
    assert SECRET in output(repository, "git diff")
    run_git(repository, "add", ".env")
    run_git(repository, "commit", "-qm", "second")
    secret.unlink()
    assert "off limits" in objections(repository, "git diff")[0]
    assert SECRET in output(repository, "git diff")


@pytest.mark.needs("git")
def test_r23_git_diff_shows_a_file_that_is_to_be_added(repository: Path) -> None:
    secret = repository / ".npmrc"
    secret.write_text(f"KEY={SECRET}\n")
    os.utime(secret, (1_700_000_000, 1_700_000_000))
    run_git(repository, "add", "-N", ".npmrc")
    assert f"may read {secret}, which is off limits" in objections(repository, "git diff")
    assert SECRET in output(repository, "git diff")


@pytest.mark.needs("git")
def test_r23_a_rule_that_forbids_to_read_counts_for_git(repository: Path) -> None:
    place = Place(
        cwd=str(repository),
        workspace=str(repository),
        is_off_limits=lambda path: path.endswith("main.py") or looks_secret(path),
    )
    for command in ("git log -L1,1:src/main.py", "git log -L '1,1:src/main.py'"):
        assert "off limits" in analyse(command, place).simple[0].objections[0]


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "format_", ["%GK", "%-G?", "%+GK", "% GS", "%h%x00%-GF", "%<(20)%GK", "%C(auto)%+GG"]
)
@pytest.mark.parametrize(
    "command",
    ["git log --format='{}'", "git log --pretty=format:'{}'", "git show --pretty='tformat:{}'",
     "git shortlog --format='{}'", "git reflog --format='{}'", "git stash list --format='{}'",
     "git rev-list --format='{}' HEAD", "git diff-tree --format='{}' HEAD"],
)  # fmt: skip
def test_r06_formats_that_check_signatures(stage: Stage, command: str, format_: str) -> None:
    (part,) = stage.analyse(command.format(format_)).simple
    assert any("signatures" in why for why in part.objections)


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "command",
    ["git for-each-ref --format='%(signature)'", "git tag --list --format='%(signature:key)'",
     "git branch --list --format='%(*signature:grade)'", "git branch --sort=-signature:grade"],
)  # fmt: skip
def test_r06_lists_that_check_signatures(stage: Stage, command: str) -> None:
    (part,) = stage.analyse(command).simple
    assert any("signatures" in why for why in part.objections)


@pytest.mark.needs("git")
@pytest.mark.parametrize(
    "command",
    ["git log --format='%h %gd %s %-b%+d'", "git log --pretty='tformat:Good %s'",
     "git log --format='%C(auto)%h% an'", "git for-each-ref --format='%(refname) %(subject)'",
     "git tag -l --format='%(contents:signature)'", "git log --format='the signature of %an'"],
)  # fmt: skip
def test_formats_that_only_print(stage: Stage, command: str) -> None:
    (part,) = stage.analyse(command).simple
    assert part.objections == ()


@pytest.mark.needs("git")
def test_r06_a_difference_that_runs_git_elsewhere(stage: Stage) -> None:
    for command in ("git diff --submodule=diff", "git log -p --submodule=x"):
        assert "runs git" in stage.analyse(command).simple[0].objections[0]
    assert stage.analyse("git diff --submodule=log").simple[0].objections == ()
