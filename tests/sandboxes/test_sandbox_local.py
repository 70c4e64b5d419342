"""The sandbox on this machine: views, pipes, placeholders, worktrees, limits (R-35, R-72, R-92)."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from boxes import PLAIN, Box, alive, script_at, until

from corestage import wait_until
from grafftui.approvals import Confinement
from grafftui.sandboxes import LocalSandbox, changes, engines, governed_fingerprint, pipes
from grafftui.sandboxes.placeholders import is_placeholder
from grafftui.sandboxes.proof import REFUSED_PIPE

pytestmark = pytest.mark.needs("bubblewrap", "git")


# -- what may be held -----------------------------------------------------------------------


def test_a_home_is_never_writable(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(box.workspace / "home"))
    assert box.sandbox.confinement("workspace-write") is None
    assert box.sandbox.confinement("read-only") is not None
    held = Confinement(box.held(mode="read-only").engine, "workspace-write")
    assert "home directory" in box.sandbox.obstacle(held)
    with pytest.raises(OSError, match="home directory"):
        box.sandbox.spawn(["true"], box.workspace, {}, held)


def test_writable_roots(box: Box, visible: Path, own: Path) -> None:
    assert box(f"echo x > {visible}/a")[0] != 0
    assert box(f"echo x > {visible}/a", writable=[str(visible)])[0] == 0
    assert (visible / "a").read_text() == "x\n"
    for root in ("/", str(own), str(visible / "none")):
        assert box.sandbox.confinement("workspace-write", writable=[root]) is None


def test_read_only_means_the_workspace_too(box: Box) -> None:
    code, _, err = box("cat seen; echo x > new", mode="read-only")
    assert code != 0 and not (box.workspace / "new").exists()
    assert box.held(mode="read-only").mode == "read-only" and "new" in err


def test_the_network_when_it_is_on(box: Box) -> None:
    """Internet sockets only; other programs' sockets stay out of reach (R-63)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert box(f"echo x > /dev/tcp/127.0.0.1/{port}")[0] != 0
        assert box(f"echo x > /dev/tcp/127.0.0.1/{port}", network=True)[0] == 0
    unix = "import socket; socket.socket(socket.AF_UNIX)"
    assert box(f"/usr/bin/python3 -c '{unix}'", network=True)[0] != 0


@pytest.mark.parametrize("name", [".mcp.json", ".vscode", ".git"])
def test_a_link_where_a_governed_file_belongs_is_tampering(bwrap: Box, name: str) -> None:
    (bwrap.workspace / name).symlink_to("/etc/passwd")
    assert bwrap.sandbox.confinement("workspace-write") is None
    held = Confinement("bubblewrap", "workspace-write")
    assert "symbolic link" in bwrap.sandbox.obstacle(held)
    with pytest.raises(OSError, match="symbolic link"):
        bwrap.sandbox.spawn(["true"], bwrap.workspace, {}, held)


def test_r72_the_environment_is_the_given_one(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_SECRET", "1")
    names = "import os; print(sorted(os.environ))"
    _, out, _ = box(f"/usr/bin/python3 -I -c '{names}'; tr '\\0' ' ' < /proc/1/environ")
    assert "OUR_SECRET" not in out
    assert eval(out.splitlines()[0]) == ["HOME", "LC_CTYPE", "PATH", "PWD", "SHLVL", "TMPDIR", "_"]


def test_what_is_preloaded_is_not_into_the_engine(bwrap: Box) -> None:
    environment = {"LD_PRELOAD": "/none.so", **PLAIN}
    process = bwrap.sandbox.spawn(["/bin/true"], bwrap.workspace, environment, bwrap.held())
    _, err = process.communicate(timeout=60)
    assert err.count(b"LD_PRELOAD") == 1  # by true itself


# -- pipes ----------------------------------------------------------------------------------


@contextmanager
def read_by_somebody(pipe: Path) -> Iterator[int]:
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    yield reader
    os.close(reader)


def test_a_pipe_elsewhere_is_not_written_to(box: Box, visible: Path) -> None:
    """A mount that is read-only does not forbid it."""
    assert REFUSED_PIPE in box.sandbox.prove().refused
    with read_by_somebody(visible / "pipe") as reader:
        for script in ("echo LEAK > {0}", "echo LEAK 1<> {0}", "dd of={0} <<< LEAK"):
            code, out, err = box(script.format(visible / "pipe"))
            assert code != 0 and os.read(reader, 10) == b"", (script, out, err)
        denial = box.sandbox.denial(err.encode(), code, box.held())
        assert denial is not None and "read-only outside the workspace" in denial.words
        assert denial.grant is not None and denial.grant.writable == (str(visible),)
        assert box(f"echo x > {visible}/pipe", writable=[str(visible)])[0] == 0
        assert os.read(reader, 10) == b"x\n"


@pytest.mark.parametrize("there", [False, True], ids=["no Perl", "a Perl that holds nothing"])
def test_who_cannot_keep_pipes_says_so(
    there: bool, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: Path
) -> None:
    perl = visible / "perl"
    if there:
        script_at(perl, 'shift 2; shift $(($1 + 1)); exec "$@"')
    monkeypatch.setattr(pipes, "PERL", str(perl))
    proof = LocalSandbox(workspace, engines=["bubblewrap"]).prove()
    assert proof.engine == "bubblewrap" and pipes.NOTE in proof.notes
    assert REFUSED_PIPE not in proof.refused


def test_what_keeps_from_pipes_changes_no_environment(bwrap: Box) -> None:
    odd = {"LC_ALL": "xx_XX", "PERL5OPT": "-Mnone", "+": "a", "A": os.fsdecode(b"\xff\n'")}
    show = ["/usr/bin/env", "-0"]
    process = bwrap.sandbox.spawn(show, bwrap.workspace, PLAIN | odd, bwrap.held())
    out, err = process.communicate(timeout=60)
    assert err == b"" and dict(
        line.split("=", 1) for line in os.fsdecode(out).split("\0")[:-1]
    ) == PLAIN | odd | {"TMPDIR": "/tmp", "PWD": str(bwrap.workspace)}
    missing = bwrap.sandbox.spawn(["none-such"], bwrap.workspace, PLAIN, bwrap.held())
    _, err = missing.communicate(timeout=60)
    assert b"execvp none-such: No such file" in err and missing.returncode != 0


# -- placeholders ---------------------------------------------------------------------------


def test_placeholders_go_with_the_last_command(bwrap: Box) -> None:
    first, second = (bwrap.start("echo here; sleep 1000") for _ in range(2))
    for process in (first, second):
        assert process.stdout and process.stdout.readline() == b"here\n"
    assert is_placeholder(str(bwrap.workspace / ".mcp.json"))
    first.kill()
    first.communicate()
    assert bwrap("mkdir .mcp.json; echo x > .envrc")[0] != 0
    assert is_placeholder(str(bwrap.workspace / ".mcp.json"))
    second.kill()
    second.communicate()
    until(lambda: not list(bwrap.workspace.iterdir()))


def test_placeholders_of_a_crash_are_removed_and_nobody_else_s(bwrap: Box) -> None:
    (bwrap.workspace / ".vscode").mkdir()
    left = bwrap.workspace / ".idea"
    left.mkdir()
    os.utime(left, ns=(1_000_000_007, 1_000_000_007))
    assert bwrap("true")[0] == 0
    until(lambda: [path.name for path in bwrap.workspace.iterdir()] == [".vscode"])


def test_a_stamp_makes_no_placeholder_of_what_holds_something(workspace: Path) -> None:
    """A command can set times too."""
    directory, file = workspace / ".vscode", workspace / ".envrc"
    directory.mkdir()
    before = governed_fingerprint(str(workspace))
    (directory / "tasks.json").write_text("x")
    file.write_text("x")
    for path in (directory, file):
        os.utime(path, ns=(1_000_000_007, 1_000_000_007))
        assert not is_placeholder(str(path))
    after = governed_fingerprint(str(workspace))
    assert changes(before, after) == (str(file), f"{directory}/tasks.json")


def test_one_command_after_another(bwrap: Box) -> None:
    """The placeholders of one are going while those of the next are made."""
    for _ in range(15):
        assert bwrap("! mkdir .claude 2>/dev/null") == (0, "", "")


COMMIT = "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m y"


@pytest.fixture
def main(visible: Path) -> Path:
    """A repository somewhere else, with two linked worktrees."""
    main = visible / "main"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(main)]
    subprocess.run(["git", "init", "-q", str(main)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    for name in ("tree", "other"):
        command = [*git, "worktree", "add", "-q", str(visible / name)]
        subprocess.run(command, check=True, capture_output=True)
    return main


def test_r35_what_a_worktree_leads_to_is_protected(main: Path) -> None:
    tree = main.with_name("tree")
    common, own = f"{main}/.git", f"{main}/.git/worktrees/tree"
    inner = Box(LocalSandbox(tree, engines=["bubblewrap"]), tree)
    assert inner(COMMIT)[0] != 0
    for script in (
        f"echo x > {common}/hooks/pre-commit",
        f"echo x >> {common}/config",
        f"echo x > {common}/commondir",
        "rm .git",
        f"echo x > {own}/commondir",
        f"rm -f {own}/gitdir || mv {own}/gitdir {own}/away",
        f"mv {own} {own}-away",
        f"echo x > {own}/config.worktree",
        f"mkdir -p {own}/modules/a",
        f"mkdir {common}/worktrees/third",
        f"echo x >> {common}/worktrees/other/HEAD",
    ):
        assert inner(script, writable=[common])[0] != 0, script
    assert inner(COMMIT, writable=[common]) == (0, "", "")
    log = subprocess.check_output(["git", "-C", str(tree), "log", "--format=%s"], text=True)
    assert log == "y\nx\n"
    until(lambda: not list(Path(own).glob("modules")) and not list(Path(common).glob(".e*")))


def test_what_would_do_for_a_commit_in_a_worktree_is_its_repository(main: Path) -> None:
    tree = main.with_name("tree")
    inner = Box(LocalSandbox(tree, engines=["bubblewrap"]), tree)
    code, out, err = inner(COMMIT)
    denial = inner.sandbox.denial((out + err).encode(), code, inner.held())
    assert denial is not None and denial.grant is not None
    assert denial.grant.writable == (f"{main}/.git",)


def test_r35_a_repository_that_knows_nothing_of_a_worktree_opens_nothing(
    main: Path, bwrap: Box
) -> None:
    common = f"{main}/.git"
    (bwrap.workspace / ".git").write_text(f"gitdir: {common}/worktrees/tree\n")
    assert bwrap(COMMIT, writable=[common])[0] != 0
    assert bwrap(f"echo x >> {common}/worktrees/tree/HEAD", writable=[common])[0] != 0


# -- Landlock's thread ----------------------------------------------------------------------


def test_only_the_thread_that_starts_is_held(landlock: Box, visible: Path) -> None:
    assert landlock("true")[0] == 0
    (visible / "free").write_text("x")
    socket.socket(socket.AF_INET).close()
    status = Path("/proc/self/status").read_text()
    assert "Seccomp:\t0" in status and "NoNewPrivs:\t0" in status

    def are_free() -> bool:
        """A thread that was joined may still be on its way out."""
        with suppress(FileNotFoundError):
            tasks = Path("/proc/self/task").iterdir()
            return all("Seccomp:\t0" in (task / "status").read_text() for task in tasks)
        return False

    wait_until(are_free)


def test_landlock_says_what_it_cannot_hide(landlock: Box) -> None:
    secret = landlock.workspace / "secret"
    secret.write_text("x")
    sandbox = LocalSandbox(landlock.workspace, masked=[secret], engines=["landlock"])
    assert "cannot hide" in sandbox.prove().words
    masked = LocalSandbox(landlock.workspace, masked=[secret], engines=["bubblewrap"])
    assert Box(masked, landlock.workspace)("cat secret")[:2] == (1, "")


# -- limits ---------------------------------------------------------------------------------


def test_r92_limits(box: Box) -> None:
    script = "ulimit -c; ulimit -f; ulimit -t; ulimit -u; ulimit -Hn; ulimit -u unlimited"
    code, out, _ = box(script)
    core, size, cpu, processes, files = map(int, out.split())
    assert (core, size, cpu) == (0, 32 << 20, 6 * 3_600)
    assert 2_048 <= processes < 100_000 and files <= 65_536
    assert code != 0


def test_what_cannot_be_limited_is_not_run(bwrap: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, processes: int) -> None:
        raise PermissionError("no limits here")

    monkeypatch.setattr(engines, "limit", refuse)
    word = "10092.25"
    with pytest.raises(PermissionError, match="no limits"):
        bwrap(f"touch ran; sleep {word}")
    until(lambda: not list(bwrap.workspace.iterdir()))
    assert not alive(word)
