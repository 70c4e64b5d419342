"""A workspace with something to break around it, and one sandbox; run as some user, by itself.

    python3 stage.py ENGINE DIRECTORY

Prints one JSON object: the proof, what `inside.py` said, and what became of the ground. It is a
process of its own so that it can belong to another user.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.proof import Engine

INSIDE = Path(__file__).with_name("inside.py")
PROCESSES = 64


def main(engine: Engine, directory: Path) -> dict[str, Any]:
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
    sandbox = LocalSandbox(workspace, [own], engines=[engine], processes=PROCESSES)
    proof = sandbox.prove()
    said: dict[str, Any] = {"proof": [proof.engine, proof.words, *proof.failures]}
    held = sandbox.confinement("workspace-write")
    if held is None:
        return said
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as abstract:
        listener.bind(str(directory / "socket"))
        listener.listen()
        abstract.bind(f"\0{directory}")
        abstract.listen()
        with socket.create_server(("127.0.0.1", 0)) as server:
            victim = subprocess.Popen(["sleep", "1000"], env={"VICTIM": "1", "PATH": "/usr/bin"})
            try:
                process = sandbox.spawn(
                    [
                        *("/usr/bin/python3", "-I", "-S", str(workspace / "inside.py")),
                        *(str(workspace), str(outside), str(directory / "socket")),
                        *(str(directory), str(own / "key"), str(victim.pid)),
                        str(server.getsockname()[1]),
                    ],
                    workspace,
                    {"PATH": "/usr/bin:/bin", "HOME": str(directory)},
                    held,
                )
                out, err = process.communicate(timeout=120)
            finally:
                victim.kill()
                victim.wait()
    said["code"] = process.returncode
    said["stderr"] = err.decode()[-2_000:]
    said["rows"] = json.loads(out or b"{}")
    kept = (outside / "kept").read_text() if (outside / "kept").exists() else ""
    said["untouched"] = [sorted(os.listdir(outside)), kept]
    said["git"] = (workspace / ".git" / "config").read_text() == config
    return said


if __name__ == "__main__":
    json.dump(main(sys.argv[1], Path(sys.argv[2])), sys.stdout)  # type: ignore[arg-type]
