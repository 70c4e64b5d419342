"""Local sandboxes: what they hold, keep, show and end."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from corestage import wait_until
from grafftui import (
    AbortedError,
    Cancellation,
    Graff,
    NotFoundError,
    SandboxError,
    UsageError,
)
from grafftui.sandboxes.lasting.archives import pack
from grafftui.sandboxes.lasting.local import records
from sandbox_api.sandbox_stage import place_of

pytestmark = pytest.mark.needs("bubblewrap")


def alive(pid: int) -> bool:
    return bool(records.run_name(pid))


# -- commands --------------------------------------------------------------------------------


def test_a_command(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    done = sandbox.exec("echo out; echo err >&2; pwd; exit 3")
    assert (done["exitCode"], done["result"]) == (3, "out\nerr\n/workspace\n")
    done = sandbox.exec('echo "$GREETING from $PWD"', cwd="/tmp", env={"GREETING": "hello"})
    assert done["result"] == "hello from /tmp\n"


def test_a_command_where_there_is_no_folder(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    sandbox.exec("echo > /tmp/file")
    for cwd in ("/tmp/no\\where", "/tmp/file"):
        done = sandbox.exec("echo ran", cwd=cwd)
        assert done["result"] == f"there is no folder {cwd} in the sandbox\n"
        assert done["exitCode"] == 1
    sandbox.exec("mkdir '/tmp/a folder'")
    assert sandbox.exec("pwd", cwd="/tmp/a folder")["result"] == "/tmp/a folder\n"


def test_nothing_of_ours_is_in_its_environment(
    graff: Graff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_SECRET", "hush")
    said = graff.create_sandbox().exec("env; cat /proc/1/environ; cat /proc/*/environ")["result"]
    assert "OUR_SECRET" not in said and "HOME=/home/sandbox" in said


def test_output_comes_as_it_is_made(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    with sandbox.exec_stream("mkfifo /tmp/gate; echo one; read -r _ < /tmp/gate; echo ü") as waits:
        pieces = iter(waits)
        assert next(pieces) == "one\n"
        sandbox.exec("echo > /tmp/gate")
        assert "".join(pieces) == "ü\n"
        assert waits.result()["exitCode"] == 0


def test_a_command_is_cancelled_from_another_thread(graff: Graff) -> None:
    sandbox, signal_ = graff.create_sandbox(), Cancellation()
    threading.Timer(0.1, signal_.cancel).start()
    with pytest.raises(AbortedError):
        sandbox.exec("sleep 100 & sleep 100", cancellation=signal_)
    assert sandbox.info()["running"] == 0


def test_a_command_out_of_time(graff: Graff) -> None:
    done = graff.create_sandbox().exec("echo begun; sleep 100", timeout_seconds=0.2)
    assert (done["exitCode"], done["timedOut"]) == (124, True)
    assert done["result"] == "begun\n\n[ended after 0.2 s]\n"


@pytest.mark.parametrize(
    "wanted",
    [
        {"auto_stop_minutes": -1},
        {"labels": {"a": 1}},
        {"memory": 0},
        {"memory": 0.01},
        {"image": "debian"},
        {"engine": "nimbus"},
        {"colour": "red"},
        {"language": ""},
    ],
)
def test_what_cannot_be_meant(graff: Graff, wanted: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        graff.create_sandbox(**wanted)
    assert graff.list_sandboxes() == []


def test_arguments_of_commands_that_cannot_be_meant(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    for wrong in ({"cwd": "tmp"}, {"env": {"A=B": "c"}}, {"timeout_seconds": 0}):
        with pytest.raises(UsageError):
            sandbox.exec("true", **wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        sandbox.upload("x", "/tmp/../x")
    with pytest.raises(UsageError):
        sandbox.preview(80)


# -- what it sees ----------------------------------------------------------------------------


def test_nothing_of_the_person_is_seen(graff: Graff, workspace: Path, home: Path) -> None:
    (workspace / "file").write_text("x")
    sandbox = graff.create_sandbox()
    for path in (workspace, home, Path.home(), place_of(graff, sandbox.id), "/root/.ssh"):
        assert sandbox.exec(f"ls -d {path}")["exitCode"] != 0, path
    for path in ("/etc/passwd", "/usr/x", "/x", "/dev/x", "/proc/sys/kernel/core_pattern"):
        assert sandbox.exec(f"echo > {path}")["exitCode"] != 0, path
    assert sandbox.exec("cat /etc/shadow")["result"] in (
        "",
        "cat: /etc/shadow: Permission denied\n",
    )


def test_two_do_not_see_each_other(graff: Graff) -> None:
    one, other = graff.create_sandbox(), graff.create_sandbox()
    one.upload("mine", "/tmp/mine")
    one.upload("mine", "/home/sandbox/mine")
    with one.exec_stream("exec -a marked sleep 100; ps"):
        wait_until(lambda: one.info()["running"])
        seen = other.exec("ls /tmp /home/sandbox; cat /proc/*/cmdline | tr '\\0' ' '")["result"]
    assert "mine" not in seen and "marked" not in seen


def test_without_network_only_its_own(graff: Graff) -> None:
    closed, opened = graff.create_sandbox(), graff.create_sandbox(network=True)
    count = "grep -c : /proc/net/dev"
    assert closed.exec(count)["result"] == "1\n"  # its own loopback
    assert opened.exec("readlink /proc/self/ns/net")["result"].strip() == os.readlink(
        "/proc/self/ns/net"
    )
    assert closed.info()["network"] is False and opened.info()["network"] is True


# -- files -----------------------------------------------------------------------------------


def test_files_there_and_back(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    sandbox.upload(bytes(range(256)) * 4_096, "/tmp/a folder/it's.bin")
    assert sandbox.download("/tmp/a folder/it's.bin") == bytes(range(256)) * 4_096
    with pytest.raises(NotFoundError):
        sandbox.download("/tmp/nothing")
    with pytest.raises(SandboxError, match="is no file"):
        sandbox.download("/tmp")
    with pytest.raises(SandboxError, match="Read-only"):
        sandbox.upload("x", "/usr/x")


@pytest.mark.parametrize(
    ("made", "path"),
    [
        ("mkfifo /tmp/it", "/tmp/it"),
        ("mkfifo /tmp/pipe; ln -s pipe /tmp/it", "/tmp/it"),
        ("/usr/bin/python3 -c 'import os; os.mknod(\"/tmp/it\", 0o140600)'", "/tmp/it"),  # a socket
        ("true", "/dev/null"),
        ("mkdir /tmp/it", "/tmp/it"),
    ],
)
def test_what_is_no_plain_file_is_not_written(
    graff: Graff, tmp_path: Path, made: str, path: str
) -> None:
    (source := tmp_path / "source").write_text("x")
    sandbox = graff.create_sandbox()
    assert sandbox.exec(made)["exitCode"] == 0
    for upload in (
        lambda: sandbox.upload("x" * 1_000_000, path),
        lambda: sandbox.upload_path(source, path),
    ):
        with pytest.raises(SandboxError, match=f"{path} is no file in the sandbox"):
            upload()
    assert sandbox.exec(f"test -f {path}")["exitCode"] == 1


def test_a_file_that_is_there_is_written_over(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    sandbox.exec("echo longer > /tmp/it; chmod 700 /tmp/it; ln -s it /tmp/link")
    sandbox.upload("x", "/tmp/link")
    assert sandbox.exec("cat /tmp/it; stat -c %a /tmp/it")["result"] == "x700\n"


def test_a_planted_link_leads_nowhere_outside(graff: Graff, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("hush")
    sandbox = graff.create_sandbox()
    sandbox.exec(f"ln -s {outside} /tmp/way; ln -s {outside}/secret /tmp/secret")
    with pytest.raises(SandboxError):
        sandbox.upload("x", "/tmp/way/planted")
    with pytest.raises(NotFoundError):
        sandbox.download("/tmp/secret")
    assert [path.name for path in outside.iterdir()] == ["secret"]


def test_folders_there_and_back(graff: Graff, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "deep" / "er" / "file").write_text("x")
    (source / "run.sh").write_text("#!/bin/sh\necho ran\n")
    (source / "run.sh").chmod(0o755)
    sandbox = graff.create_sandbox()
    sandbox.upload_path(source, "/workspace/project")
    assert sandbox.exec("./project/run.sh")["result"] == "ran\n"
    sandbox.download_path("/workspace/project", target)
    assert (target / "deep" / "er" / "file").read_text() == "x"
    assert os.access(target / "run.sh", os.X_OK)
    sandbox.download_path("/workspace/project/run.sh", tmp_path / "single")
    assert (tmp_path / "single").read_text().endswith("echo ran\n")
    with pytest.raises(UsageError):
        sandbox.download_path("/workspace/project", target)
    with pytest.raises(NotFoundError):
        sandbox.download_path("/workspace/nothing", tmp_path / "nothing")
    sandbox.exec("ln -s /etc/passwd project/link; ln project/run.sh project/hard")
    with pytest.raises(SandboxError, match="a link"):
        sandbox.download_path("/workspace/project", tmp_path / "linked")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("single", "source", "target", "workspace")
    ]


def test_what_is_no_file_is_left_out(graff: Graff, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    os.mkfifo(source / "fifo")
    (source / "link").symlink_to("/etc/passwd")
    (source / "a\nname").write_text("x")
    (source / "closed").mkdir(mode=0o500)
    os.utime(source / "a\nname", ns=(0, 1_000_000_001_500_000_000))
    sandbox = graff.create_sandbox()
    sandbox.upload_path(source, "/tmp/got")
    seen = sandbox.exec("cd /tmp/got; readlink link; stat -c %a closed; stat -c %.1Y a*; ls")
    assert seen["result"] == "/etc/passwd\n500\n1000000001.5\na\nname\nclosed\nlink\n"


def test_a_folder_that_changes_meanwhile(graff: Graff, tmp_path: Path) -> None:
    """Nobody is told of a whole copy that is none."""
    (tmp_path / "file").write_bytes(b"x" * 1_000)

    class Shrinks(io.BytesIO):
        def write(self, data: Any) -> int:
            os.truncate(tmp_path / "file", 10)
            return super().write(data)

    with pytest.raises(SandboxError, match="cannot pack"):
        pack(tmp_path, Shrinks())


_LARGE = """
import resource, sys
from pathlib import Path
from grafftui import Graff
root = Path(sys.argv[1])
sandbox = Graff(cwd=str(root / "workspace")).create_sandbox()
sandbox.exec("true")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for kind in ("file", "folder"):
    sandbox.upload_path(root / kind, f"/tmp/{kind}")
    sandbox.download_path(f"/tmp/{kind}", root / f"{kind}-back")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_large_ones_are_not_held_in_memory(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file", tmp_path / "folder" / "file"):
        path.touch()
        os.truncate(path, 40 << 20)
    done = subprocess.run(
        [sys.executable, "-c", _LARGE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 16 << 10, done  # KiB
    for path in (tmp_path / "file-back", tmp_path / "folder-back" / "file"):
        assert path.stat().st_size == 40 << 20


def test_what_became_of_the_workspace(graff: Graff, workspace: Path) -> None:
    (workspace / "kept").write_text("x\n")
    (workspace / "changed").write_text("one\n")
    (workspace / "lost").write_text("x\n")
    (workspace / "picture").write_bytes(b"\0" * 10)
    (workspace / ".git").mkdir()
    (workspace / ".git" / "HEAD").write_text("ref")
    (workspace / "link").symlink_to("kept")
    os.mkfifo(workspace / "fifo")
    sandbox = graff.create_sandbox(seed=True)
    assert sandbox.exec("cat link .git/HEAD")["result"] == "x\nref"
    assert sandbox.diff() == []
    sandbox.exec(
        "echo two >> changed; touch -r kept changed; rm lost; echo n > new; echo > .git/HEAD;"
        "printf '\\1\\0' > picture; ln -s /etc/passwd planted; rm link; ln -s / link"
    )
    found = {change["path"]: change for change in sandbox.diff()}
    kinds = {path: change["kind"] for path, change in found.items()}
    assert kinds == {
        "changed": "modified",
        "picture": "modified",
        "link": "modified",
        "lost": "deleted",
        "new": "added",
        "planted": "added",
    }
    assert found["changed"]["diff"].endswith("@@ -1 +1,2 @@\n one\n+two\n")
    assert found["planted"]["diff"] == found["picture"]["diff"] == ""
    assert (workspace / "changed").read_text() == "one\n" and (workspace / "lost").exists()


def test_what_a_diff_does_not_say_is_said(graff: Graff, workspace: Path) -> None:
    for name in ("on", "grown"):
        (workspace / name).write_text("x\n")
    (workspace / "off").write_text("x\n")
    (workspace / "off").chmod(0o755)
    sandbox = graff.create_sandbox(seed=True, delete_on_exit=True)
    sandbox.exec(
        "chmod +x on; chmod -x off; seq 400000 > grown; ln -s on link; printf '\\0' > picture;"
        "touch empty; echo '#!/bin/sh' > new; chmod +x new; echo x > plain; mkfifo pipe;"
        "printf 'a\\fb\\n' > page"
    )
    found = {change["path"]: change for change in sandbox.diff()}
    assert {path: change["note"] for path, change in found.items()} == {
        "on": "executable",
        "off": "no longer executable",
        "grown": "longer than 512 KiB",
        "link": "a symbolic link to on",
        "picture": "no text",
        "empty": "empty",
        "new": "executable",
        "plain": "",
        "pipe": "no plain file",
        "page": "",
    }
    assert found["page"]["diff"] == "--- /dev/null\n+++ b/page\n@@ -0,0 +1 @@\n+a\fb\n"


@pytest.mark.needs("git")
def test_names_in_patches_are_quoted_as_git_does(graff: Graff, workspace: Path) -> None:
    names = ["a b", 'q"\\', "line\nbreak", "\x1b[2J", "bad\udcff", "fine ä", "tab\there"]
    sandbox = graff.create_sandbox(seed=True, delete_on_exit=True)
    sandbox.upload(f"for name in {names!a}: open(name, 'w').write('x\\n')", "/tmp/names.py")
    assert sandbox.exec("python3 /tmp/names.py")["exitCode"] == 0
    patch = "".join(change["diff"] for change in sandbox.diff())
    assert "\x1b" not in patch and '+++ "b/line\\nbreak"\n' in patch
    assert '+++ "b/bad\\377"\n' in patch and "+++ b/fine ä\t\n" in patch
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=workspace, check=True)
    assert sorted(os.listdir(workspace)) == sorted(names)


def test_the_command_says_what_became_of_a_file(graff: Graff, workspace: Path) -> None:
    (workspace / "run").write_text("x\n")
    sandbox = graff.create_sandbox(seed=True, delete_on_exit=True)
    sandbox.exec("chmod +x run; ln -s run \"$(printf 'li\\033[1mnk')\"; echo 1 > new; chmod +x new")
    done = subprocess.run(
        [sys.executable, "-m", "grafftui", "sandbox", "diff", sandbox.id],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "added li\\x1b[1mnk: a symbolic link to run\n"
        "added new: executable\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+1\n"
        "modified run: executable\n"
    )


def test_the_home_is_not_copied(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(workspace))
    graff = Graff(cwd=str(workspace))
    with pytest.raises(UsageError, match="home"):
        graff.create_sandbox(seed=True)
    assert graff.list_sandboxes() == []
    assert list((graff.paths.data / "sandboxes").iterdir()) == []
    graff.close()


# -- its life --------------------------------------------------------------------------------


def test_state_is_kept(graff: Graff) -> None:
    sandbox = graff.create_sandbox(labels={"for": "test"}, language="python")
    sandbox.exec("echo kept > file; echo kept > /tmp/file; echo kept > ~/file")
    assert sandbox.stop() == {"state": "stopped", "costMicro": 0}
    with pytest.raises(SandboxError, match="is stopped") as raised:
        sandbox.exec("true")
    assert raised.value.code == "stopped"
    again = Graff(cwd=graff.workspace)
    found = again.get_sandbox(sandbox.id)
    assert found.info()["labels"] == {"for": "test"} and found.info()["state"] == "stopped"
    assert found.start() == {"state": "started"}
    assert found.exec("cat file /tmp/file ~/file")["result"] == "kept\n" * 3
    again.close()
    sandbox.destroy()
    assert graff.list_sandboxes() == [] and not place_of(graff, sandbox.id).exists()
    for call in (sandbox.info, sandbox.destroy, sandbox.stop, lambda: sandbox.exec("true")):
        with pytest.raises(NotFoundError):
            call()


def test_a_stop_ends_what_runs(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    execution = sandbox.exec_stream("sleep 100 & sleep 100")
    wait_until(lambda: sandbox.info()["running"])
    (pid,) = records.runs(place_of(graff, sandbox.id))
    sandbox.stop()
    assert execution.result()["exitCode"] == 137
    wait_until(lambda: not alive(pid))
    assert sandbox.info()["running"] == 0


def test_it_stops_by_itself(graff: Graff) -> None:
    sandbox, other = graff.create_sandbox(auto_stop_minutes=1), graff.create_sandbox()
    for each in (sandbox, other):
        os.utime(place_of(graff, each.id) / "used", (1, 1))
    os.utime(place_of(graff, other.id) / "used")
    assert [one["state"] for one in graff.list_sandboxes()] == ["stopped", "started"]
    sandbox.start()
    assert sandbox.exec("true")["exitCode"] == 0


def test_what_others_left_in_it_can_be_removed(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    deep = "/".join(["d"] * 1_200)
    done = sandbox.exec(f"mkdir -p {deep}; mkdir ~/c; touch ~/c/f; chmod 0 ~/c")
    assert done["exitCode"] == 0, done
    sandbox.destroy()
    assert list((graff.paths.data / "sandboxes").iterdir()) == []


_KILLED = """
import os, sys
from grafftui import Graff
sandbox = Graff(cwd=sys.argv[1]).create_sandbox()
for piece in sandbox.exec_stream("sleep 1000 & echo begun; sleep 1000"):
    print(sandbox.id, flush=True)
"""


def test_no_orphans_after_kill(graff: Graff, workspace: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(workspace)], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        sandbox_id = program.stdout.readline().strip()
        place = place_of(graff, sandbox_id)
        (pid,) = records.runs(place)
        program.send_signal(signal.SIGKILL)
    wait_until(lambda: not alive(pid))
    assert sandbox_id not in Path("/proc/self/mountinfo").read_text()
    sandbox = graff.get_sandbox(sandbox_id)
    assert sandbox.info()["running"] == 0 and sandbox.exec("echo fine")["result"] == "fine\n"


def test_what_is_half_made_or_half_removed_is_pruned(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    half = place_of(graff, ".0123456789ab")
    (half / "root").mkdir(parents=True)
    assert graff.prune_sandboxes() == ["what was left of the local sandbox 0123456789ab"]
    assert not half.exists() and sandbox.exec("true")["exitCode"] == 0
    assert graff.prune_sandboxes() == []


def test_a_broken_record_is_shown_and_removed(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    (place_of(graff, sandbox.id) / "sandbox.json").write_text("{")
    assert [one["state"] for one in graff.list_sandboxes()] == ["broken"]
    with pytest.raises(SandboxError, match="cannot be read"):
        sandbox.exec("true")
    sandbox.destroy()
    assert graff.list_sandboxes() == []


def test_without_bubblewrap_it_says_so(graff: Graff, tmp_path: Path) -> None:
    from grafftui.sandboxes.lasting.local import LocalEngine

    engine = LocalEngine(graff.paths, [tmp_path / "bwrap"])
    assert engine.problem() == "bubblewrap is not installed"


def test_where_bubblewrap_does_not_hold_it_says_so(graff: Graff, tmp_path: Path) -> None:
    from grafftui.sandboxes.lasting.local import LocalEngine

    for script, words in (
        ("echo 'No permissions to create a namespace' >&2; exit 1", "No permissions"),
        ('while [ "$1" != /bin/sh ]; do shift; done; exec "$@"', "one got out"),
    ):
        program = tmp_path / "bwrap"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        if os.geteuid():
            pytest.skip("only what root owns is run, and only root can make that")
        problem = LocalEngine(graff.paths, [program]).problem()
        assert problem.startswith("bubblewrap does not hold commands here: ") and words in problem
