"""The files of a sandbox, as the tools for files see them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from grafftui.core.sandboxed.box import Box
from grafftui.core.sandboxed.failures import told
from grafftui.core.sandboxed.posting import Posting
from grafftui.tools import ToolFailure, Workspace
from grafftui.tools.files import FileImage, sha256
from grafftui.tools.workspace import Place, checked_path

_MISSING: Final = 44
_NO_FILE: Final = 45
_LINK: Final = 46
_CHANGED: Final = 47

_LOOK: Final = """
[ -e "$1" ] || exit 44
[ -f "$1" ] || exit 45
exec stat -L -c '%f %s' -- "$1"
"""
_KIND: Final = '[ -d "$1" ] && exit 0; [ -f "$1" ] && exit 45; exit 44'

_REPLACE: Final = """
trap 'rm -f -- "$2"' EXIT
[ -L "$1" ] && exit 46
if [ -n "$3" ]; then
    [ "$(sha256sum < "$1" | cut -c1-64)" = "$3" ] || exit 47
else
    [ -e "$1" ] && exit 47
fi
[ -z "$4" ] || chmod "$4" "$2"
mv -f -- "$2" "$1"
"""
"""Path, the new content beside it, the hash of the old one ("" for none), the mode ("" for any)."""

_TOLD: Final = (
    "\n\nYou work in the sandbox {id}: files and commands are those of the sandbox, where {root} "
    "is the copy of the person's workspace, if it began with one. Nothing you do there changes "
    "the workspace itself; the person looks at your changes and brings them there.\n"
)

_REMOVE: Final = """
[ -L "$1" ] && exit 46
[ "$(sha256sum < "$1" | cut -c1-64)" = "$2" ] || exit 47
exec rm -f -- "$1"
"""


class SandboxWorkspace(Workspace):
    """A `Workspace` that lies in a sandbox.

    Paths are what they say there: no link is followed on this machine, and those in the sandbox
    lead nowhere out of it. What may not be read of the workspace may not be read of its copy
    either. What grafftui lends (long outputs, skills) is read where it is, on this machine.

    Args:
        box: Gives the sandbox.
        own: The workspace it stands for.
    """

    def __init__(self, posting: Posting, box: Callable[[], Box], own: Workspace) -> None:
        self.root = Path(posting.root)
        self.posting = posting
        self.told = _TOLD.format(id=posting.sandbox_id, root=posting.root)
        self.is_off_limits = lambda path: False
        self._box = box
        self._own = own

    def hides(self, path: Path) -> bool:
        """Whether nothing of what lies at a path of the sandbox may be shown."""
        return bool(self._rule_against(path))

    def resolve(
        self, given: str, *, readable: Path | None = None, lent: Collection[Path] = ()
    ) -> Place:
        """As of a `Workspace`. What `readable` and `lent` hold is meant on this machine."""
        lenders = [*lent, *([Path(os.path.realpath(readable))] if readable else [])]
        if given.startswith("/") and any(map(Path(given).is_relative_to, lenders)):
            return self._own.resolve(given, readable=readable, lent=lent)
        path = Path(os.path.normpath(self.root / checked_path(given)))
        if rule := self._rule_against(path):
            raise ToolFailure(f"{given!r} may not be read or changed: {rule}.")
        inside = path.is_relative_to(self.root)
        return Place(path, self.shown(path), inside, executor=self.posting.executor)

    def image(self, place: Place, limit: int) -> FileImage | None:
        """As of a `Workspace`."""
        if place.executor != self.posting.executor:
            return self._own.image(place, limit)
        with self._told():
            said = self._box().run(_LOOK, str(place.path))
            if said.code == _MISSING:
                return None
            if said.code == _NO_FILE:
                raise ToolFailure(f"{place.shown} is no file.")
            mode, size = _looked(place, said.output)
            content = self._box().download(str(place.path)) if size <= limit else b""
        if max(size, len(content)) > limit:
            raise ToolFailure(f"{place.shown} is larger than {limit:,} bytes.")
        known = (mode, 0, 0, 1, 0, 0, len(content), 0, 0, 0)
        status = os.stat_result(known, {"st_mtime_ns": 0})  # the rest nobody asks for
        return FileImage(content, sha256(content), status)

    def replace(
        self,
        place: Place,
        content: bytes,
        before: FileImage | None,
        *,
        mode: int | None = None,
        mtime_ns: int | None = None,
    ) -> None:
        """As of a `Workspace`, but for the time, which is that of the edit."""
        part = f"{place.path.parent}/.grafftui-{secrets.token_hex(8)}"
        wanted = mode if mode is not None else before.mode & 0o1777 if before else None
        arguments = (before.sha256 if before else "", "" if wanted is None else f"{wanted:o}")
        with self._told():
            self._box().upload(content, part)
            code = self._box().run(_REPLACE, str(place.path), part, *arguments).code
        _refuse(code, place)

    def remove(self, place: Place, before: FileImage) -> None:
        """As of a `Workspace`."""
        with self._told():
            code = self._box().run(_REMOVE, str(place.path), before.sha256).code
        _refuse(code, place)

    def is_directory(self, place: Place) -> bool:
        """Whether a place is a directory, and not a file. Raises `ToolFailure`: neither."""
        with self._told():
            code = self._box().run(_KIND, str(place.path)).code
        if code not in (0, _NO_FILE):
            raise ToolFailure(f"There is no file or directory {place.shown}.")
        return code == 0

    def _told(self) -> AbstractContextManager[None]:
        return told(self.posting.sandbox_id)

    def _rule_against(self, path: Path) -> str:
        """The rule that forbids to read a path, or what it is the copy of."""
        rule = self._own.rule_against(path)
        if not rule and path.is_relative_to(self.root):
            rule = self._own.rule_against(self._own.root / path.relative_to(self.root))
        return rule


def _looked(place: Place, output: str) -> tuple[int, int]:
    """Mode and size, as `stat` printed them."""
    try:
        mode, size = output.split()
        return int(mode, 16), int(size)
    except ValueError:
        raise ToolFailure(f"The sandbox does not tell what {place.shown} is.") from None


def _refuse(code: int, place: Place) -> None:
    """Raise what an edit that was not made has to say."""
    if code == _LINK:
        raise ToolFailure(f"{place.shown} is a symbolic link. Edit the file it leads to.")
    if code == _CHANGED:
        raise ToolFailure(
            f"{place.shown} changed since this edit was prepared; nothing was written. Read it "
            "again."
        )
    if code:
        raise ToolFailure(f"{place.shown} cannot be written in the sandbox.")
