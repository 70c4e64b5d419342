"""What has changed in a workspace since its last commit, as git tells it.

`git diff` runs the filters that a repository's configuration names, which may be anybody's. All
of them can be listed without running any, and each is switched off by name here; submodules,
which have configurations of their own, are not looked into. So a folder that nobody trusts can be
looked at, too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grafftui.beneath import open_below, open_directory
from grafftui.errors import GrafftuiError, NotFoundError
from grafftui.tools.workspace import Workspace
from grafftui.trust.git import environment, hardened

_MOST_BYTES: Final = 400_000
"""Of the diff that is kept; all of it is hashed."""
_MOST_OF_NEW: Final = 20_000
"""Bytes of a new file that are shown."""
_SECONDS: Final = 60.0
_SUBJECTS: Final = 10
_OWN_SETTINGS: Final = r"^core\.(excludesfile|autocrlf|eol)$"
_SHAPE: Final = ("--full-index", "--no-color", "--no-renames", "--ignore-submodules=all")


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from the last commit.

    Attributes:
        diff: As `git diff` writes it, new files included; the beginning, where it is long.
        files: Paths relative to the workspace, each after what became of it: "M a.py", "? b.py".
        staged: Whether it is what is staged; else all that there is in the working tree.
        fingerprint: Another one when anything of it is different.
        cut: Whether `diff` is not all of it.
        hidden: Files of which nothing may be shown, as many as there are.
    """

    diff: str
    files: tuple[str, ...]
    staged: bool
    fingerprint: str
    cut: bool = False
    hidden: tuple[str, ...] = ()


class WorkingTree:
    """Looks; changes nothing.

    Args:
        workspace: What of it is looked at: never files outside of it.

    Raises:
        NotFoundError: It is in no repository, or there is no git.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._root = str(workspace.root)
        self._git = _program(self._root)
        self._off: list[str] = []
        try:
            top = self._line("rev-parse", "--show-toplevel")
        except _RefusedError:
            raise NotFoundError(f"{self._root} is in no git repository") from None
        if not Path(self._root).is_relative_to(os.path.realpath(top)):
            raise NotFoundError(f"the git repository of {self._root} has its files elsewhere")
        switched_off = [part for name in self._filters() for part in _switched_off(name)]
        self._off = [*_of_person(self._git), *switched_off]

    def changes(self, *, staged: bool) -> Changes:
        """What is staged, or all that is in the working tree.

        Raises:
            GrafftuiError: git cannot say.
        """
        against = ("--cached", self._last_commit()) if staged else (self._last_commit(),)
        names = self._names("diff", *_SHAPE, "--relative", "--name-status", "-z", *against)
        found = list(zip(names[1::2], names[::2], strict=False))
        new = [] if staged else self._names("ls-files", "--others", "--exclude-standard", "-z")
        listed = [*found, *((name, "?") for name in new)]
        hidden = {name for name, _ in listed if self._hides(name)}
        diff, mark, cut = self._diff(against, [name for name, _ in found if name in hidden])
        for name in new:
            text = "" if name in hidden else self._as_new(name)
            mark.update(name.encode("utf-8", "surrogateescape") + b"\0" + text.encode())
            diff += text
        mark.update(repr(listed).encode())
        return Changes(
            diff=diff,
            files=tuple(f"{what[:1]} {name}" for name, what in listed if name not in hidden),
            staged=staged,
            fingerprint=mark.hexdigest(),
            cut=cut,
            hidden=tuple(sorted(hidden)),
        )

    def anything_staged(self) -> bool:
        """Whether a commit would hold something as it is."""
        return bool(self._names("diff", *_SHAPE, "--cached", "--name-only", "-z"))

    def subjects(self) -> list[str]:
        """The first lines of the latest commits' messages, newest first."""
        try:
            said = self._run("log", f"-{_SUBJECTS}", "--format=%s")
        except _RefusedError:  # there are none
            return []
        return said.decode("utf-8", "replace").splitlines()

    # -- inside ----------------------------------------------------------------------------

    def _last_commit(self) -> str:
        with suppress(_RefusedError):
            return self._line("rev-parse", "--verify", "--quiet", "HEAD")
        return self._line("hash-object", "-t", "tree", "/dev/null")  # there is none: from nothing

    def _diff(
        self, against: Sequence[str], hidden: Sequence[str]
    ) -> tuple[str, hashlib._Hash, bool]:
        """The diff without what is hidden, a hash of all of it, and whether it was cut."""
        left_out = [f":(exclude,literal){name}" for name in hidden]
        command = self._command("diff", *_SHAPE, "--relative", *against, "--", ".", *left_out)
        mark, kept, size = hashlib.sha256(), bytearray(), 0
        with subprocess.Popen(
            command,
            cwd=self._root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            while piece := process.stdout.read(1 << 16):
                mark.update(piece)
                size += len(piece)
                kept += piece[: max(0, _MOST_BYTES - len(kept))]
        if process.returncode:
            raise GrafftuiError("git cannot say what has changed here")
        return kept.decode("utf-8", "replace"), mark, size > len(kept)

    def _as_new(self, name: str) -> str:
        """A file that git does not know yet, as a diff would show it."""
        try:
            content = _beginning(self._workspace.root, name)
        except OSError:
            return ""
        head = f"diff --git a/{name} b/{name}\nnew file\n"
        if b"\0" in content:
            return f"{head}Binary file\n"
        lines = content[:_MOST_OF_NEW].decode("utf-8", "replace").splitlines()
        more = ["… (it goes on)"] if len(content) > _MOST_OF_NEW else []
        return head + "".join(f"+{line}\n" for line in [*lines, *more])

    def _hides(self, name: str) -> bool:
        return self._workspace.hides(Path(os.path.realpath(os.path.join(self._root, name))))

    def _filters(self) -> list[str]:
        """The names of all filters that the repository's configuration defines."""
        try:
            found = self._names("config", "--name-only", "-z", "--get-regexp", r"^filter\.")
        except _RefusedError:  # there are none
            return []
        return sorted({name[len("filter.") :].rpartition(".")[0] for name in found})

    def _names(self, subcommand: str, *arguments: str) -> list[str]:
        said = self._run(subcommand, *arguments).decode("utf-8", "surrogateescape")
        return [name for name in said.split("\0") if name]

    def _line(self, subcommand: str, *arguments: str) -> str:
        return self._run(subcommand, *arguments).decode("utf-8", "surrogateescape").strip("\n")

    def _command(self, subcommand: str, *arguments: str) -> list[str]:
        program, *rest = hardened(self._git, subcommand, *arguments)
        return [program, *self._off, *rest]

    def _run(self, subcommand: str, *arguments: str) -> bytes:
        try:
            done = subprocess.run(
                self._command(subcommand, *arguments),
                cwd=self._root,
                env=environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GrafftuiError(f"git does not answer: {type(error).__name__}") from error
        if done.returncode:
            raise _RefusedError(f"git cannot say what has changed here ({subcommand})")
        return done.stdout


class _RefusedError(GrafftuiError):
    """git ended with an error."""


def _beginning(root: Path, name: str) -> bytes:
    """What a regular file, reached without any link, begins with; b"" of other things."""
    top = open_directory(root)
    try:
        folder = open_below(top, os.path.dirname(name))
    finally:
        os.close(top)
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(os.path.basename(name), flags, dir_fd=folder), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return file.read(_MOST_OF_NEW + 1) if regular else b""
    finally:
        os.close(folder)


def _program(root: str) -> str:
    """Absolute path of git, which must not lie in the workspace."""
    program = shutil.which("git")
    if program is None or Path(os.path.realpath(program)).is_relative_to(root):
        raise NotFoundError("there is no git on this machine")
    return os.path.abspath(program)


def _of_person(git: str) -> list[str]:
    """What the person's own configuration says of which files count, and of line ends."""
    command = [git, "config", "--global", "--type=path", "-z", "--get-regexp", _OWN_SETTINGS]
    try:
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    found = os.fsdecode(done.stdout).split("\0")
    settings = [one.partition("\n")[::2] for one in found if one]
    if not any(name == "core.excludesfile" for name, _ in settings):
        folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        settings.append(("core.excludesfile", f"{folder}/git/ignore"))
    return [part for name, value in settings for part in ("-c", f"{name}={value}")]


def _switched_off(name: str) -> tuple[str, ...]:
    """What git is told, so that the filter `name` runs nothing."""
    settings = ("clean=", "smudge=", "process=", "required=false")
    return tuple(part for setting in settings for part in ("-c", f"filter.{name}.{setting}"))
