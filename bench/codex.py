"""10,000 pieces of an answer through our client, against a bare reader of the same lines.

Both talk to the same stand-in for the app-server, which writes what the real one writes as fast
as a pipe takes it; the real one makes some 10,000 a second and would be what is measured.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, shown
from grafftui.backends.codex import Codex, CodexOptions

DELTAS = 10_000
ROUNDS = 7
LIMIT = 1 / 0.7
"""The bare reader's rate over ours."""

SERVER = f"""
import json, os, sys
def say(**message):
    os.write(1, (json.dumps(message) + "\\n").encode())
about = {{"threadId": "thread-1", "turnId": "turn-1", "itemId": "msg-1"}}
lines = [json.dumps({{"method": "item/agentMessage/delta",
         "params": {{**about, "delta": "word%d " % n}}, "emittedAtMs": 1795221617081}})
         for n in range({DELTAS})]
data = memoryview(("\\n".join(lines) + "\\n").encode())
for line in sys.stdin:
    asked = json.loads(line)
    number, method = asked.get("id"), asked["method"]
    if method == "initialize":
        say(id=number, result={{"userAgent": "x/0.0.0"}})
    elif method == "thread/start":
        say(id=number, result={{"thread": {{"id": "thread-1"}}}})
    elif method == "turn/start":
        turn = {{"id": "turn-1", "status": "inProgress", "items": []}}
        say(id=number, result={{"turn": turn}})
        left = data
        while left:
            left = left[os.write(1, left[:65536]):]
        turn["status"] = "completed"
        say(method="turn/completed", params={{"threadId": "thread-1", "turn": turn}})
"""


def measure() -> Iterator[Figure]:
    """How many times slower ours is than a bare reader."""
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "codex"
        script = Path(directory) / "server.py"
        script.write_text(SERVER)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {script} "$@"\n')
        program.chmod(0o755)
        with Codex(CodexOptions(codex_bin=program)) as codex:
            taken = [(_ours(codex), _bare(program)) for _ in range(ROUNDS)]
    ours = statistics.median(one for one, _ in taken)
    bare = statistics.median(one for _, one in taken)
    beside = f"{shown(DELTAS / ours)} / {shown(DELTAS / bare)} a second"
    yield Figure("codex: a bare reader's rate over ours", ours / bare, "×", LIMIT, beside)


def _ours(codex: Codex) -> float:
    """Seconds from the request to the end of the turn."""
    thread = codex.thread_start()
    begun = time.perf_counter()
    pieces = sum(1 for _ in thread.turn("go").stream_text())
    taken = time.perf_counter() - begun
    assert pieces == DELTAS
    return taken


def _bare(program: Path) -> float:
    """The same, with nothing but lines that are read as JSON."""
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    process.stdin.write(b'{"id": 1, "method": "initialize"}\n')
    process.stdin.flush()
    process.stdout.readline()
    begun = time.perf_counter()
    process.stdin.write(b'{"id": 2, "method": "turn/start"}\n')
    process.stdin.flush()
    pieces = 0
    for line in process.stdout:
        message = json.loads(line)
        if message.get("method") == "item/agentMessage/delta":
            pieces += 1
        elif message.get("method") == "turn/completed":
            break
    taken = time.perf_counter() - begun
    process.stdin.close()
    process.wait()
    process.stdout.close()
    assert pieces == DELTAS
    return taken
