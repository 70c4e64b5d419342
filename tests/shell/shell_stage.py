"""A workspace to take commands apart in, with things in and around it that are off limits."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from grafftui.approvals.shell import Analysis, Place, analyse, covers, looks_secret

SECRET = "CANARY-7f3a"

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "PAGER": "cat",
    "GIT_CONFIG_NOSYSTEM": "1",
}

_FILES = {
    "ws/README.md": "# Shop\nhello\nmain\n",
    "ws/notes.txt": "a note\n",
    "ws/a.txt": "b,1\na,2\n",
    "ws/b.txt": "b,1\nc,3\n",
    "ws/big.txt": "some line that is sorted\n" * 4000,
    "ws/src/main.py": "def main():\n    pass\n",
    "ws/src/app.js": "main()\n",
    "ws/tests/test_a.py": "def test_one():\n    pass\n",
    "ws/package.json": '{"scripts": {"test": "true", "lint": "true"}}\n',
    "ws/Makefile": "test:\n\t@echo tested\n",
    "ws/.env": f"KEY={SECRET}\n",
    "outside/secret.txt": f"{SECRET}\n",
    "home/.ssh/id_rsa": f"{SECRET}\n",
}


_PLACES = {"WS": "ws", "OUT": "outside", "HOMEDIR": "home", "EVIL": "ws/evil.sh"}


@dataclass(frozen=True)
class Stage:
    """Where the corpus plays.

    Attributes:
        root: Holds all of it.
        place: As analysis is told.
    """

    root: Path

    @property
    def workspace(self) -> Path:
        return self.root / "ws"

    @property
    def environment(self) -> dict[str, str]:
        return {**ENVIRONMENT, "HOME": f"{self.root}/home", "TMPDIR": f"{self.root}/tmp"}

    @property
    def place(self) -> Place:
        workspace = str(self.workspace)
        home = str(self.root / "home")  # where a rule forbids to read what usually is secret
        return Place(workspace, workspace, home, is_forbidden=looks_secret)

    def at(self, command: str) -> str:
        """`command` with the places it names filled in."""
        for name, path in _PLACES.items():
            command = command.replace(name, f"{self.root}/{path}")
        return command

    def analyse(self, command: str) -> Analysis:
        return analyse(self.at(command), self.place)

    def copy_to(self, root: Path) -> Stage:
        """The same once more, at `root`, scripts in it speaking of there."""
        shutil.copytree(self.root, root, symlinks=True)
        other = Stage(root)
        _write_scripts(other)
        return other


def _write_scripts(stage: Stage) -> None:
    script = f"#!/bin/sh\n/usr/bin/touch {stage.workspace}/PWNED\n"
    for name in ("evil.sh", "tool/ls"):
        path = stage.workspace / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)
    config = stage.workspace / "sub/.git/config"
    if config.exists():
        text = config.read_text().split("[core]\n\tfsmonitor")[0]
        config.write_text(f"{text}[core]\n\tfsmonitor = {stage.workspace}/evil.sh\n")


def git(stage: Stage, *words: str, directory: str = "ws") -> None:
    """Run git in the stage, as nobody in particular."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(
        ["git", *who, *words],
        cwd=stage.root / directory,
        env=stage.environment,
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )


def make_stage(root: Path, *, tracks_secrets: bool = True) -> Stage:
    """A stage at `root`; repositories in it if there is git, which may keep what is secret."""
    stage = Stage(root)
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "tmp").mkdir()
    workspace = stage.workspace
    (workspace / "link-secret").symlink_to("../outside/secret.txt")
    (workspace / "link-out").symlink_to("../outside")
    (workspace / "link-env").symlink_to(".env")
    if shutil.which("git"):
        (workspace / "sub").mkdir()
        git(stage, "init", "-q", "--template=", directory="ws/sub")
        git(stage, "init", "-q", "--template=")
        git(stage, "add", "-f", "README.md", "notes.txt", "src", "a.txt")
        git(stage, "commit", "-qm", "first")
        (workspace / "notes.txt").write_text("a second note\n")
        git(stage, "add", "-f", *([".env"] if tracks_secrets else []), "notes.txt")
        git(stage, "commit", "-qm", "second")
        git(stage, "branch", "topic")
        git(stage, "tag", "v1")
        (workspace / "notes.txt").write_text("a third note\n")
    _write_scripts(stage)
    return stage


def is_allowed(analysis: Analysis, rules: tuple[str, ...]) -> bool:
    """Whether `rules` let all of a command through: as policy is to decide."""
    return (
        not analysis.unreadable
        and bool(analysis.simple)
        and all(
            not part.objections
            and not part.dangers
            and not part.refusals
            and any(covers(rule, part.argv) for rule in rules)
            for part in analysis.simple
        )
    )
