"""Where definitions stand, nearest first.

    project   .grafftui/<kind>, .forge/<kind>     only while the folder is trusted as it is
    person    <settings>/<kind>, ~/.agents/skills, ~/.forge/<kind>

`<kind>` is `agents`, `commands` or `skills`. What stands nearer hides what has the same name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, Literal, Protocol

Kind = Literal["agents", "commands", "skills"]

MOST_BYTES: Final = 256 * 1024
"""Of one file."""
MOST_FILES: Final = 500
"""Of one kind in one place."""


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """A file that defines something.

    Attributes:
        name: Its path below the folder of its kind, with "/".
        text: What it says.
        place: The folder of its kind, for messages.
        of_project: Whether it comes from the workspace, not from the person.
        files: Real paths of what lies beside a skill.
    """

    name: str
    text: str
    place: str
    of_project: bool
    files: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where it is, for messages."""
        return f"{self.place}/{self.name}"


class TrustedFiles(Protocol):
    """The files of a project that may be loaded."""

    def trusted_files(self) -> dict[str, bytes]:
        """Path relative to the project → what it holds, as it was trusted."""
        ...


@dataclass(slots=True)
class Definitions:
    """Reads them. Blocks, and reads anew each time: files change.

    Args:
        project: Gives what of the workspace is trusted.
        settings: The person's settings folder.
        workspace: Real path of the workspace.
    """

    project: TrustedFiles
    settings: Path
    workspace: str
    home: Path = field(default_factory=Path.home)

    def files(self, kind: Kind) -> Iterator[DefinitionFile]:
        """The definitions of a kind, nearest first."""
        trusted = self.project.trusted_files()
        for place in (f".grafftui/{kind}", f".forge/{kind}"):
            yield from self._of_project(trusted, place, kind)
        places = [self.settings / kind, self.home / ".forge" / kind]
        if kind == "skills":
            places.insert(1, self.home / ".agents" / kind)
        for folder in places:
            yield from _of_person(folder, kind)

    def guidelines(self) -> Iterator[str]:
        """What the person's own `AGENTS.md` say, in the settings and in `~/.forge`."""
        for folder in (self.settings, self.home / ".forge"):
            text = _text_of(folder / "AGENTS.md")
            if text is not None and text.strip():
                yield text.strip()

    def _of_project(
        self, trusted: dict[str, bytes], place: str, kind: Kind
    ) -> Iterator[DefinitionFile]:
        prefix = f"{place}/"
        for path in sorted(trusted):
            name = path.removeprefix(prefix)
            if path.startswith(prefix) and _defines(name, kind):
                beside = f"{prefix}{PurePosixPath(name).parent}/"
                files = tuple(
                    os.path.join(self.workspace, other)
                    for other in sorted(trusted)
                    if kind == "skills" and other.startswith(beside) and other != path
                )
                text = trusted[path].decode("utf-8", "replace")
                yield DefinitionFile(name, text, place, True, files)


def _defines(name: str, kind: Kind) -> bool:
    if kind == "skills":
        return name.endswith("/SKILL.md") and name.count("/") == 1
    return name.endswith(".md") and "/" not in name


def _of_person(folder: Path, kind: Kind) -> Iterator[DefinitionFile]:
    pattern = "*/SKILL.md" if kind == "skills" else "*.md"
    try:
        paths = sorted(folder.glob(pattern))[:MOST_FILES]
    except OSError:
        return
    for path in paths:
        text = _text_of(path)
        if text is not None:
            name = path.relative_to(folder).as_posix()
            yield DefinitionFile(name, text, str(folder), False, _beside(path, kind))


def _beside(path: Path, kind: Kind) -> tuple[str, ...]:
    if kind != "skills":
        return ()
    found = (each for each in sorted(path.parent.rglob("*")) if each != path and each.is_file())
    return tuple(str(each) for each, _ in zip(found, range(MOST_FILES), strict=False))


def _text_of(path: Path) -> str | None:
    """What a regular file says; None for what is none, or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return None
        return os.read(descriptor, MOST_BYTES).decode("utf-8", "replace")
    finally:
        os.close(descriptor)
