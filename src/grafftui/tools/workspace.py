"""Where the agent works: what a path the model gives means, and whether it lies inside."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from grafftui.tools.base import ToolFailure
from grafftui.tools.files import FileImage, read_image, remove_file, replace_file
from grafftui.tools.path_names import meant_name, shown_name

_KERNEL_TREES = tuple(map(Path, ("/proc", "/sys", "/dev")))


@dataclass(frozen=True, slots=True)
class Place:
    """A path, resolved.

    Attributes:
        path: Real and absolute: no part of it was a symbolic link.
        shown: As a person and the model see it: relative inside the workspace, else absolute.
        inside: Whether it lies in the workspace.
        through_link: Whether the path as given was a symbolic link to this one.
        hard_links: How many names the file has; 0 when there is none.
        executor: Where that is: "local", or a sandbox; `Request.executor`.
    """

    path: Path
    shown: str
    inside: bool
    through_link: bool = False
    hard_links: int = 0
    executor: str = "local"

    @property
    def facts(self) -> tuple[str, ...]:
        """What a person should know before saying yes to a change here; usually nothing."""
        said = []
        if not self.inside:
            said.append(f"{self.shown} is outside the workspace.")
        if self.through_link:
            said.append(f"The path given is a symbolic link to {self.shown}.")
        if self.hard_links > 1:
            said.append(f"{self.shown} is one of {self.hard_links} names of the same file.")
        return tuple(said)


class Workspace:
    """The directory a conversation works in.

    Args:
        root: The directory; symbolic links in it are resolved once, now.
        off_limits: Says of a real path that no tool may touch it (our own data).
        forbidden: The rule, in words, that forbids to read a real path; "" for none.

    Attributes:
        root: Its real path.
        told: What the model should know of it besides; "" for nothing.
    """

    told = ""

    def __init__(
        self,
        root: Path,
        off_limits: Callable[[Path], bool],
        forbidden: Callable[[Path], str] = lambda path: "",
    ) -> None:
        self.root = Path(os.path.realpath(root))
        self.is_off_limits = off_limits
        self._forbidden = forbidden

    def hides(self, path: Path) -> bool:
        """Whether nothing of what lies at a real path may be shown."""
        return self.is_off_limits(path) or bool(self._forbidden(path))

    def rule_against(self, path: Path) -> str:
        """The rule, in words, that forbids to read a real path; "" for none."""
        return self._forbidden(path)

    def resolve(
        self, given: str, *, readable: Path | None = None, lent: Collection[Path] = ()
    ) -> Place:
        """What the path `given` by the model means: links and `..` are followed first.

        Args:
            readable: A directory that may be seen though it is our own.
            lent: Real paths of directories likewise, as far as no rule forbids it.

        Raises:
            ToolFailure: It cannot be meant, or is never allowed.
        """
        literal = self.root / checked_path(given)
        if "\\" in given and not os.path.lexists(literal):
            escaped = self.root / checked_path(meant_name(given))
            literal = escaped if os.path.lexists(escaped) else literal
        path = Path(os.path.realpath(literal))
        if readable is None or not path.is_relative_to(os.path.realpath(readable)):
            self._refuse_forbidden(path, given, any(map(path.is_relative_to, lent)))
        return Place(
            path,
            self.shown(path),
            inside=path.is_relative_to(self.root),
            through_link=literal.is_symlink(),
            hard_links=_hard_links(path),
        )

    def image(self, place: Place, limit: int) -> FileImage | None:
        """The file at a place as it is; see `read_image`."""
        return read_image(place.path, limit)

    def replace(
        self,
        place: Place,
        content: bytes,
        before: FileImage | None,
        *,
        mode: int | None = None,
        mtime_ns: int | None = None,
    ) -> None:
        """Have the file at a place hold `content`, if it is as `before`; see `replace_file`."""
        replace_file(place.path, content, before, mode=mode, mtime_ns=mtime_ns)

    def remove(self, place: Place, before: FileImage) -> None:
        """Remove the file at a place if it is as `before`; see `remove_file`."""
        remove_file(place.path, before)

    def shown(self, path: Path) -> str:
        """How a real path is written for a person and the model."""
        if path.is_relative_to(self.root):
            path = path.relative_to(self.root)
        return shown_name(str(path))

    def refuse_protected(self, place: Place, verb: str) -> None:
        """Raise `ToolFailure` for what file tools never change: `.git`, and what holds us."""
        parts = place.path.relative_to(self.root).parts if place.inside else place.path.parts
        if any(map(_means_git, parts)):
            raise ToolFailure(
                f"{place.shown} belongs to git; it is never {verb} directly. Use git commands."
            )
        if self.root.is_relative_to(place.path):
            raise ToolFailure(f"{place.path} holds the workspace; it is never {verb}.")

    def _refuse_forbidden(self, path: Path, given: str, is_lent: bool) -> None:
        if self.is_off_limits(path) and not is_lent:
            raise ToolFailure(f"{given!r} is grafftui's own data; no tool may touch it.")
        if rule := self._forbidden(path):
            raise ToolFailure(f"{given!r} may not be read or changed: {rule}.")
        for tree in _KERNEL_TREES:
            if path.is_relative_to(tree) and not self.root.is_relative_to(tree):
                raise ToolFailure(f"{given!r} is in {tree}, which holds no files to work on.")


def _hard_links(path: Path) -> int:
    try:
        status = os.lstat(path)
    except OSError:
        return 0
    return status.st_nlink if stat.S_ISREG(status.st_mode) else 0


def checked_path(given: str) -> str:
    """`given`, if it is a path at all."""
    if not given.strip():
        raise ToolFailure("The path is empty.")
    if "\0" in given:
        raise ToolFailure("The path holds a NUL character.")
    if given.lower().startswith("file:"):
        raise ToolFailure(f"{given!r} is a URL. Give a path.")
    if given.startswith("~"):
        raise ToolFailure(
            f"{given!r}: ~ is not expanded. Give an absolute path, or ./~… for a file of that name."
        )
    return given


def _means_git(name: str) -> bool:
    """Whether some file system takes `name` for `.git`: by case, width, or ignored characters."""
    plain = unicodedata.normalize("NFKC", name)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc"))
    return plain.casefold().rstrip(" .") in (".git", "git~1")
