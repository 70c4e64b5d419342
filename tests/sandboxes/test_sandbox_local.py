"""The sandbox on this machine: proofs, views, placeholders, whole trees (R-35, R-72, R-91, R-92,
T28, T29, T33)."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from corestage import wait_until
from grafftui.approvals import Confinement
from grafftui.cancellation import Cancellation
from grafftui.sandboxes import LocalSandbox, Proof, changes, engines, governed_fingerprint, pipes
from grafftui.sandboxes.placeholders import is_placeholder
from grafftui.sandboxes.proof import REFUSED_PIPE, Engine
from grafftui.tools.process import Command, run

pytestmark = pytest.mark.needs("bubblewrap", "git")

ENGINES: tuple[Engine, ...] = ("bubblewrap", "landlock")
PLAIN = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere"}


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Box:
    """A proven sandbox, and bash in it."""

    def __init__(self, sandbox: LocalSandbox, workspace: Path) -> None:
        self.sandbox, self.workspace = sandbox, workspace
        assert sandbox.prove().proven, sandbox.prove()

    def held(self, **how: object) -> Confinement:
        mode = how.pop("mode", "workspace-write")
        confinement = self.sandbox.confinement(mode, **how)  # type: ignore[arg-type]
        assert confinement is not None
        return confinement

    def start(self, script: str, **how: object) -> subprocess.Popen[bytes]:
        argv = ["/bin/bash", "--noprofile", "--norc", "-c", script]
        return self.sandbox.spawn(argv, self.workspace, PLAIN, self.held(**how))

    def __call__(self, script: str, **how: object) -> tuple[int, str, str]:
        process = self.start(script, **how)
        out, err = process.communicate(timeout=60)
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
def bwrap(workspace: Path, own: Path) -> Box:
    return Box(LocalSandbox(workspace, [own], engines=["bubblewrap"]), workspace)


@pytest.fixture
def landlock(workspace: Path, own: Path) -> Box:
    return Box(LocalSandbox(workspace, [own], engines=["landlock"]), workspace)


@pytest.fixture(params=ENGINES)
def box(request: pytest.FixtureRequest, workspace: Path, own: Path) -> Box:
    return Box(LocalSandbox(workspace, [own], engines=[request.param]), workspace)


# -- proofs ---------------------------------------------------------------------------------


def fake(path: Path, script: str, mode: int = 0o755) -> Path:
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(mode)
    return path


def proof_with(program: Path, workspace: Path, *engines: Engine) -> tuple[LocalSandbox, Proof]:
    sandbox = LocalSandbox(workspace, places=[program], engines=engines or ENGINES)
    return sandbox, sandbox.prove()


def test_nothing_is_held_before_it_is_proven(workspace: Path) -> None:
    sandbox = LocalSandbox(workspace)
    assert sandbox.proof is None and sandbox.confinement("read-only") is None
    with pytest.raises(OSError, match="not shown"):
        sandbox.spawn(["true"], workspace, {}, Confinement("bubblewrap", "read-only"))


def test_the_better_engine_is_used_and_named(workspace: Path) -> None:
    proof = LocalSandbox(workspace).prove()
    assert (proof.engine, proof.words, proof.failures) == (
        "bubblewrap",
        "bubblewrap holds commands",
        (),
    )


def test_a_proof_is_made_once(workspace: Path) -> None:
    sandbox = LocalSandbox(workspace)
    assert sandbox.prove() is sandbox.prove() is sandbox.proof


def test_t33_bubblewrap_is_missing(workspace: Path, tmp_path: Path) -> None:
    _, proof = proof_with(tmp_path / "none", workspace)
    assert proof.engine == "landlock"
    assert proof.words == "Landlock holds commands (bubblewrap: bubblewrap is not installed)"
    assert any(".git" in note for note in proof.notes)


def test_t33_no_engine_at_all(workspace: Path, tmp_path: Path) -> None:
    sandbox, proof = proof_with(tmp_path / "none", workspace, "bubblewrap")
    assert not proof.proven and proof.words.startswith("nothing holds commands (")
    assert sandbox.confinement("read-only") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="a program root owns can only be made by root")
@pytest.mark.parametrize(
    ("script", "mode", "said"),
    [
        ("true", 0o644, "is not executable"),
        ("true", 0o757, "can be changed by others than root"),
        ("echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1", 0o755, "uid map"),
        ("exit 0", 0o755, "the attempts ended with 0"),
        ('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', 0o755, "wrote outside"),
    ],
    ids=["not executable", "writable", "AppArmor", "does nothing", "holds nothing"],
)
def test_t33_bubblewrap_does_not_hold(
    script: str, mode: int, said: str, workspace: Path, tmp_path: Path
) -> None:
    sandbox, proof = proof_with(fake(tmp_path / "bwrap", script, mode), workspace)
    assert proof.engine == "landlock" and said in proof.words, proof
    held = sandbox.confinement("workspace-write")
    assert held is not None and held.engine == "landlock"


def test_bubblewrap_in_the_workspace_is_not_run(workspace: Path) -> None:
    ran = workspace / "ran"
    _, proof = proof_with(fake(workspace / "bwrap", f"touch {ran}"), workspace, "bubblewrap")
    assert not proof.proven and "lies in the workspace" in proof.words and not ran.exists()


def test_a_proof_leaves_nothing_behind(workspace: Path, home: Path) -> None:
    LocalSandbox(workspace).prove()
    until(lambda: not list(workspace.iterdir()))
    assert not [path for path in home.parent.iterdir() if "proof" in path.name]


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
        fake(perl, 'shift 2; shift $(($1 + 1)); exec "$@"')
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


# -- whole trees ----------------------------------------------------------------------------


def alive(word: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if word in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


DAEMONS = (
    "trap '' TERM HUP INT; setsid sleep {0} >/dev/null 2>&1 </dev/null & "
    "(setsid bash -c 'env -i sleep {0} & disown' >/dev/null 2>&1 &) ; nohup sleep {0} & "
)


def test_r91_what_leaves_its_session_ends_with_the_command(bwrap: Box) -> None:
    word = "10091.25"
    assert bwrap(DAEMONS.format(word) + f"until pgrep -fc {word} >/dev/null; do :; done")[0] == 0
    until(lambda: not alive(word))


def test_r91_killing_the_process_kills_the_tree(bwrap: Box) -> None:
    word = "10091.75"
    process = bwrap.start(DAEMONS.format(word) + "echo here; wait")
    assert process.stdout and process.stdout.readline() == b"here\n"
    until(lambda: len(alive(word)) >= 3)
    process.kill()
    process.communicate()
    until(lambda: not alive(word))


def test_a_command_ends_with_the_thread_that_started_it(bwrap: Box) -> None:
    """Why that thread has to see it out: PR_SET_PDEATHSIG is about threads."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        process = bwrap.start("echo here; sleep 1000")
        started.append(process)
        assert process.stdout and process.stdout.readline() == b"here\n"

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    started[0].communicate(timeout=60)
    assert started[0].returncode == -9


class Kept:
    def __init__(self) -> None:
        self.output = b""

    def feed(self, stream: str, chunk: bytes) -> None:
        self.output += chunk

    def tick(self) -> float | None:
        return None


def ended_by_the_runner(box: Box, script: str, timeout: float = 60.0) -> tuple[object, bytes]:
    def spawn(argv: object, cwd: Path, environment: object) -> subprocess.Popen[bytes]:
        return box.sandbox.spawn(argv, cwd, environment, box.held())  # type: ignore[arg-type]

    kept = Kept()
    command = Command(("/bin/bash", "-c", script), box.workspace, PLAIN, spawn)
    ended = run(
        command, kept, timeout=timeout, cancellation=Cancellation(), started=lambda pid: None
    )
    return ended, kept.output


def test_t29_a_command_has_no_input_and_no_terminal(box: Box) -> None:
    ended, output = ended_by_the_runner(box, "cat; read x; echo $?; echo x > /dev/tty || echo none")
    assert getattr(ended, "code", None) == 0 and output.startswith(b"1\n") and b"none" in output


def test_t28_the_runner_ends_the_whole_tree(box: Box) -> None:
    word = f"10028.{ENGINES.index(box.held().engine) + 1}"  # type: ignore[arg-type]
    script = f"trap '' TERM; setsid sleep {word} & nohup sleep {word} & wait"
    ended, _ = ended_by_the_runner(box, script, timeout=1.0)
    assert getattr(ended, "timed_out", False) and not getattr(ended, "survivors", (0,))
    until(lambda: not alive(word))


OUT_OF_SIGHT = (
    "setsid env -i /bin/bash -c 'trap \"\" TERM HUP; (exec setsid /bin/sleep {0}) & : > up' "
    ">/dev/null 2>&1 </dev/null & until [ -e up ]; do :; done"
)
"""Without its environment, its session, its parent and our pipes."""


def test_r91_the_runner_ends_what_left_everything_behind(box: Box) -> None:
    word = f"10091.{ENGINES.index(box.held().engine) + 4}"  # type: ignore[arg-type]
    ended, _ = ended_by_the_runner(box, OUT_OF_SIGHT.format(word))
    assert getattr(ended, "code", None) == 0 and not getattr(ended, "survivors", (0,))
    until(lambda: not alive(word), seconds=5)


def test_r91_what_one_command_left_is_not_taken_for_another_s(landlock: Box) -> None:
    word = "10091.9"
    other = landlock.start(f"env -i setsid /bin/sleep {word} > /dev/null 2>&1 & echo here; wait")
    assert other.stdout and other.stdout.readline() == b"here\n"
    until(lambda: alive(word))
    ended_by_the_runner(landlock, "true")
    assert alive(word)
    for pid in alive(word):
        os.kill(pid, 9)
    other.communicate(timeout=60)


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
