"""A workspace with something to break around it, and one sandbox; run as some user, by itself.

    python3 stage.py SANDBOX DIRECTORY

SANDBOX is an engine of command sandboxes, or "lasting": a sandbox of its own, which begins with a
copy of the workspace.

Prints one JSON object: the proof, what `inside.py` said, and what became of the ground. It is a
process of its own so that it can belong to another user.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.lasting.engine import Command, Wanted
from grafftui.sandboxes.lasting.local import LocalEngine
from grafftui.sandboxes.lasting.local.usage import disk
from grafftui.sandboxes.proof import Engine
from grafftui.settings.paths import Paths

INSIDE = Path(__file__).with_name("inside.py")
PROCESSES = 64
PYTHON = ("/usr/bin/python3", "-I", "-S")


Outcome = tuple[int, str, str]
"""Exit code, output and complaints."""


def main(sandbox: str, directory: Path) -> dict[str, Any]:
    workspace, outside, own = (directory / name for name in ("workspace", "outside", "own"))
    for made in (workspace / "deep" / ".vscode", outside, own):
        made.mkdir(parents=True)
    (outside / "kept").write_text("kept")
    (outside / "kept").chmod(0o600)
    (own / "key").write_text("the secret")
    (workspace / ".envrc").write_text("export A=1\n")
    (workspace / "inside.py").write_text(INSIDE.read_text())
    subprocess.run(["git", "init", "-q", str(workspace)], check=True)
    config = (workspace / ".git" / "config").read_text()
    said: dict[str, Any] = {}
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as abstract:
        os.mkfifo(directory / "pipe")
        reader = os.open(directory / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        listener.bind(str(directory / "socket"))
        listener.listen()
        abstract.bind(f"\0{directory}")
        abstract.listen()
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        ):
            datagrams.bind(server.getsockname())
            victim = subprocess.Popen(["sleep", "1000"], env={"VICTIM": "1", "PATH": "/usr/bin"})
            try:
                attempts = [
                    *(str(outside), str(directory / "socket"), str(directory)),
                    *(str(own / "key"), str(victim.pid), str(server.getsockname()[1])),
                ]
                run = _lasting if sandbox == "lasting" else _command
                said["proof"], (code, out, err) = run(sandbox, workspace, own, attempts)
            finally:
                victim.kill()
                victim.wait()
            said["heard"] = _heard(server, datagrams, reader)
    said["code"] = code
    said["stderr"] = err[-2_000:]
    said["rows"] = json.loads(out or "{}")
    kept = (outside / "kept").read_text() if (outside / "kept").exists() else ""
    said["untouched"] = [sorted(os.listdir(outside)), kept]
    said["git"] = (workspace / ".git" / "config").read_text() == config
    said["workspace"] = sorted(os.listdir(workspace))
    return said


def _heard(server: socket.socket, datagrams: socket.socket, reader: int) -> list[str]:
    """What came from inside."""
    heard = []
    if written := os.read(reader, 100):
        heard.append(written.decode())
    os.close(reader)
    for ours in (server, datagrams):
        ours.setblocking(False)
        with suppress(BlockingIOError):
            heard.append(str(ours.accept() if ours is server else ours.recv(100)))
    return heard


def _command(
    engine: str, workspace: Path, own: Path, attempts: list[str]
) -> tuple[list[str | None], Outcome]:
    """In a command sandbox, which writes in the workspace itself."""
    sandbox = LocalSandbox(workspace, [own], engines=[cast(Engine, engine)], processes=PROCESSES)
    proof = sandbox.prove()
    proven = [proof.engine, proof.words, *proof.failures]
    held = sandbox.confinement("workspace-write")
    if held is None:
        return proven, (1, "", "not held")
    process = sandbox.spawn(
        [*PYTHON, str(workspace / "inside.py"), str(workspace), *attempts],
        workspace,
        {"PATH": "/usr/bin:/bin", "HOME": str(workspace.parent)},
        held,
    )
    out, err = process.communicate(timeout=120)
    return proven, (process.returncode, out.decode(), err.decode())


def _lasting(
    name: str, workspace: Path, own: Path, attempts: list[str]
) -> tuple[list[str | None], Outcome]:
    """In a lasting sandbox, which writes in its copy, of a person who has another."""
    paths = Paths(settings=own, data=own / "data", runtime=own)
    many, few = (LocalEngine(paths, processes=most) for most in (100 * PROCESSES, PROCESSES))
    if problem := many.problem():
        return [None, problem], (1, "", problem)
    made = [str(many.create(Wanted(workspace=workspace))["id"]) for _ in range(2)]

    def run(engine: LocalEngine, *rows: str) -> dict[str, Any]:
        words = [*PYTHON, "/workspace/inside.py", "/workspace", *attempts, *rows]
        command = f"{shlex.join(words)} 2> /tmp/complaints"
        return engine.execute(made[0], Command(command, timeout_seconds=120)).result()

    done = run(many)
    rows = json.loads(done["result"]) if done["exitCode"] == 0 else {}
    # Too many end all that there is, so they are tried by themselves.
    bomb = run(few, "fork_bomb")
    rows["fork_bomb"] = f"held: {bomb['limit']}" if bomb["limit"] else bomb["result"]
    hide = "mkdir /tmp/closed; head -c 3000000 /dev/zero > /tmp/closed/f; chmod 0 /tmp/closed"
    many.execute(made[0], Command(hide)).result()
    rows["counted"] = disk(paths.data / "sandboxes" / made[0] / "root", lambda: False)
    err = many.download(made[0], "/tmp/complaints").decode()
    for sandbox_id in made:
        many.destroy(sandbox_id)
    return [name, ""], (int(done["exitCode"]), json.dumps(rows), err)


if __name__ == "__main__":
    json.dump(main(sys.argv[1], Path(sys.argv[2])), sys.stdout)
