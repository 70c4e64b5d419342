"""Runs `stage.py` as some user, somewhere a confined command can see: not in /tmp."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import grafftui

NOBODY = 65_534


def visible_place() -> Path:
    for place in (Path("/var/lib"), Path(__file__).parent, Path("/")):
        if os.access(place, os.W_OK):
            return place
    raise AssertionError("there is nowhere to write")


def staged(user: str, *arguments: str) -> str:
    """What `stage.py` prints when `user` ("root", "ordinary") runs it in a directory of theirs."""
    owner = os.geteuid() if user == "root" or os.geteuid() else NOBODY
    base = Path(tempfile.mkdtemp(prefix=".sandbox-stage-", dir=visible_place()))
    try:
        base.chmod(0o755)
        code = base / "code"
        shutil.copytree(
            Path(next(iter(grafftui.__path__))),
            code / "grafftui",
            ignore=shutil.ignore_patterns("__pycache__", "ui", "core", "models"),
        )
        for name in ("stage.py", "inside.py"):
            shutil.copy(Path(__file__).with_name(name), code / name)
        ground = base / "ground"
        ground.mkdir(mode=0o755)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(code),
            "HOME": str(ground),
            "OUR_SECRET": "1",
        }
        other: dict[str, object] = {}
        if owner != os.geteuid():
            subprocess.run(["chmod", "-R", "a+rX", str(code)], check=True)
            os.chown(ground, owner, owner)
            other = {"user": owner, "group": owner, "extra_groups": []}
        done = subprocess.run(  # type: ignore[call-overload]
            [_python(owner), str(code / "stage.py"), *arguments, str(ground)],
            env=environment,
            cwd=ground,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            **other,
        )
        assert done.returncode == 0, done.stderr[-3_000:]
        return str(done.stdout)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _python(owner: int) -> str:
    """One that this user may run: that of the test run may lie in root's home."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        if owner == os.geteuid():
            return python
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(
                [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
                user=owner,
                group=owner,
                extra_groups=[],
                env={},
                cwd="/",
                capture_output=True,
                check=True,
            )
            return python
    raise AssertionError("no Python that an ordinary user may run")
