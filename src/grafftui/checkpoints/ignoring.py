"""Which files a workspace's own rules say are not worth keeping: `.gitignore`, `info/exclude`.

Git is asked where there is one: about rules only, in an empty repository of our own, so that
nothing of the folder's configuration counts. What its index lists is not ignored, as git has it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from grafftui.checkpoints.files import write_private
from grafftui.checkpoints.items import above
from grafftui.checkpoints.repositories import Repository, text_of
from grafftui.trust.git import environment, hardened

if TYPE_CHECKING:
    import pathspec

_SECONDS: Final = 60.0
RULES: Final = ".gitignore"
"""The name of a file of rules; it is kept even where its own rules ignore it."""

_WHAT: Final = ("-z", "--others", "--ignored", "--directory")


class Rules(Protocol):
    """The rules of one repository, or of a folder that is in none."""

    def enter(self, directory: str, names: Collection[str]) -> None:
        """The walk comes to a directory (relative, "" for the first) that holds `names`.

        Asked for each directory before anything in it.
        """
        ...

    def ignores(self, path: str, is_dir: bool) -> bool:
        """Whether a path, relative to the directory the rules begin in, is ignored."""
        ...


@dataclass(slots=True)
class Git:
    """The program, and an empty repository in which it reads rules.

    Attributes:
        program: Absolute path of git.
        empty: Directory of the repository; made when it is needed.
    """

    program: str
    empty: str

    def ignored(self, start: str, repository: Repository | None) -> list[str] | None:
        """What is ignored below `start`, directories with a final "/"; None if git fails."""
        index = repository.index if repository else ""
        for version in (0, 1) if os.path.exists(index) else ():
            found = self._ask(start, repository, index, version)
            if found is not None:
                return found
        return self._ask(start, repository, "", 0)

    def _ask(
        self, start: str, repository: Repository | None, index: str, version: int
    ) -> list[str] | None:
        """Args: `version` is 1 for an index of a repository that uses SHA-256."""
        place = self._repository(version)
        where = {
            "GIT_DIR": place,
            "GIT_WORK_TREE": repository.top if repository else start,
            "GIT_INDEX_FILE": index or os.path.join(place, "none"),
        }
        options = [
            "-z",
            "--others",
            "--ignored",
            "--directory",
            f"--exclude-per-directory={RULES}",
        ]
        if repository and os.path.isfile(repository.exclude):
            options.append(f"--exclude-from={repository.exclude}")
        try:
            done = subprocess.run(
                hardened(self.program, "ls-files", *options),
                cwd=start,
                env=environment() | where,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode:
            return None
        return [os.fsdecode(name) for name in done.stdout.split(b"\0")[:-1]]

    def _repository(self, version: int) -> str:
        """An empty repository, made by hand: nothing of a template gets into it."""
        place = os.path.join(self.empty, f"rules-{version}")
        if not os.path.exists(os.path.join(place, "HEAD")):
            for name in ("objects", "refs"):
                os.makedirs(os.path.join(place, name), mode=0o700, exist_ok=True)
            extension = "[extensions]\n\tobjectFormat = sha256\n" if version else ""
            core = f"[core]\n\trepositoryFormatVersion = {version}\n"
            for name, text in (("config", core + extension), ("HEAD", "ref: refs/heads/none\n")):
                write_private(os.path.join(place, name), text.encode())
        return place


class RulesOfGit:
    """What git makes of the rules; it is only asked where there are any.

    Args:
        git: Is asked.
        start: Absolute directory the walk begins in.
        repository: What `start` lies in; None for no repository.
    """

    def __init__(self, git: Git, start: str, repository: Repository | None) -> None:
        self._git = git
        self._start = start
        self._repository = repository
        self._found: frozenset[str] | None = None
        if rules_above(start, repository):
            self._ask()

    def enter(self, directory: str, names: Collection[str]) -> None:
        """Part of `Rules`."""
        if self._found is None and RULES in names:
            self._ask()

    def ignores(self, path: str, is_dir: bool) -> bool:
        """Part of `Rules`."""
        return self._found is not None and path in self._found

    def _ask(self) -> None:
        found = self._git.ignored(self._start, self._repository)
        if found in (None, ["./"]):  # the folder itself is ignored: by its own rules then
            found = self._git.ignored(self._start, None)
        found = found or []
        # A directory of which all is ignored, but which is not itself, is listed with its content.
        with_content = {f"{one}/" for path in found for one in (*above(path.rstrip("/")), ".")}
        self._found = frozenset(path.rstrip("/") for path in found if path not in with_content)


class RulesByPattern:
    """What the rules say where there is no git.

    Args:
        start: Absolute directory the walk begins in.
        repository: What `start` lies in; None for no repository.
    """

    def __init__(self, start: str, repository: Repository | None) -> None:
        self._start = start
        self._of: dict[str, pathspec.GitIgnoreSpec] = {}
        self._above: list[tuple[str, pathspec.GitIgnoreSpec]] = [
            (os.path.relpath(start, directory), _spec(text))
            for directory, text in rules_above(start, repository)
        ]
        if any(spec.match_file(f"{place}/") for place, spec in self._above if place != "."):
            self._above = []  # the folder itself is ignored: by its own rules then

    def enter(self, directory: str, names: Collection[str]) -> None:
        """Part of `Rules`."""
        if RULES in names:
            place = os.path.join(self._start, directory, RULES)
            if not os.path.islink(place):
                self._of[directory] = _spec(text_of(place))

    def ignores(self, path: str, is_dir: bool) -> bool:
        """Part of `Rules`."""
        tail = "/" if is_dir else ""
        for directory in (*above(path), ""):
            spec = self._of.get(directory)
            if spec is None:
                continue
            name = path[len(directory) + 1 :] if directory else path
            verdict = spec.check_file(name + tail).include
            if verdict is not None:
                return verdict
        for place, spec in reversed(self._above):
            name = path if place == "." else f"{place}/{path}"
            verdict = spec.check_file(name + tail).include
            if verdict is not None:
                return verdict
        return False


def rules_above(start: str, repository: Repository | None) -> list[tuple[str, str]]:
    """Rules that hold in `start` without standing below it: the directory they are of, and their
    text; the outermost first."""
    if repository is None:
        return []
    found = [(repository.top, text_of(repository.exclude))]
    directory = repository.top
    inner = os.path.relpath(start, repository.top)
    for name in () if inner == "." else inner.split(os.sep):
        found.append((directory, text_of(os.path.join(directory, RULES))))
        directory = os.path.join(directory, name)
    return [(place, text) for place, text in found if _says_something(text)]


def _says_something(text: str) -> bool:
    return any(line.strip() and not line.startswith("#") for line in text.splitlines())


def _spec(text: str) -> pathspec.GitIgnoreSpec:
    """The rules in `text`; a line that is none says nothing."""
    import pathspec

    lines = []
    for line in text.splitlines():
        with suppress(ValueError):
            pathspec.GitIgnoreSpec.from_lines([line])
            lines.append(line)
    return pathspec.GitIgnoreSpec.from_lines(lines)


class Ruling:
    """Makes the rules of each repository the walk comes to.

    Args:
        git: Absolute path of git; None where there is none.
        empty: Where an empty repository of our own may be made.
    """

    def __init__(self, git: str | None, empty: str) -> None:
        self._git = Git(git, empty) if git else None

    def rules(self, start: str, repository: Repository | None) -> Rules:
        """Those that hold from `start` on."""
        if self._git is not None:
            return RulesOfGit(self._git, start, repository)
        return RulesByPattern(start, repository)
