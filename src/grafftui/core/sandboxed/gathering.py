"""What a sandbox made of its copy of the workspace, as edits of the workspace itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from grafftui.core.sandboxed.ignoring import ignored
from grafftui.core.sandboxed.moves import keep_moves_whole
from grafftui.errors import SandboxError, SandboxGoneError
from grafftui.sandboxes.lasting.engine import Altered, Compares
from grafftui.tools import ToolContext, ToolFailure
from grafftui.tools.edits import Edit, image_to_edit
from grafftui.tools.files import FileImage, sha256
from grafftui.tools.path_names import shown_name
from grafftui.tools.workspace import Place

MOST_FILES: Final = 2_000
MOST_BYTES: Final = 128 << 20
"""Of one patch, as it was and as it would be."""

_RUNS: Final = 0o111


@dataclass(slots=True)
class Gathered:
    """What can be brought, and what cannot.

    Attributes:
        edits: Removals first: a file may have become a folder.
        paths: Path in the sandbox, of each edit.
        removed: Those of them that are removed.
        already: The same of files that are here already as they are there, with their hash.
        left: Path, as shown → why it is left out.
        ignored: How many files are left out because they are nobody's work.
        modes: Path in the sandbox → what becomes of the file besides, in words.
    """

    edits: list[Edit] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    already: dict[str, str | None] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    ignored: int = 0
    modes: dict[str, str] = field(default_factory=dict)

    def leave(self, out: Mapping[str, str]) -> None:
        """Leave edits out after all: path in the sandbox → why."""
        pairs = zip(self.edits, self.paths, strict=True)
        kept = [(edit, path) for edit, path in pairs if path not in out]
        self.edits, self.paths = [edit for edit, _ in kept], [path for _, path in kept]
        self.removed -= out.keys()
        for path, why in out.items():
            self.left[shown_name(path)] = why
            self.modes.pop(path, None)


def gather(engine: Compares, sandbox_id: str, context: ToolContext) -> Gathered:
    """Compare the sandbox with what it began with and with the workspace as it is now.

    A file that is neither as the sandbox began nor as it was brought was changed here by others:
    it is left out. So is what a link would lead elsewhere, in the sandbox or here, and what was
    moved from or to something that is left out.

    Raises:
        ToolFailure: It is too much for one patch.
        SandboxError, NotFoundError: The sandbox cannot be looked at.
    """
    altered = engine.altered(sandbox_id)
    nobodys = ignored(context.workspace.root, [one.path for one in altered])
    found, room = Gathered(ignored=len(nobodys)), MOST_BYTES
    wanted = [one for one in altered if one.path not in nobodys]
    for one in sorted(wanted, key=lambda one: not one.gone):
        try:
            edit = _edit(engine, sandbox_id, one, context, found)
        except SandboxGoneError:
            raise
        except (ToolFailure, SandboxError) as failure:
            found.left[shown_name(one.path)] = str(failure).rstrip(".")
            continue
        except OSError as error:
            found.left[shown_name(one.path)] = error.strerror or str(error)
            continue
        if edit is None:
            continue
        room -= len(edit.after or b"") + (len(edit.before.content) if edit.before else 0)
        found.edits.append(edit)
        found.paths.append(one.path)
        if edit.after is None:
            found.removed.add(one.path)
        if room < 0 or len(found.edits) > MOST_FILES:
            raise ToolFailure(
                f"The sandbox changed more than fits in one patch ({MOST_FILES:,} files, "
                f"{MOST_BYTES >> 20} MiB). Have it clean up, or download what is wanted."
            )
    limit = context.limits.max_file_size_bytes
    keep_moves_whole(found, wanted, lambda path: engine.altered_content(sandbox_id, path, limit))
    return found


def _edit(
    engine: Compares, sandbox_id: str, one: Altered, context: ToolContext, found: Gathered
) -> Edit | None:
    """The edit that makes a file here what it is there; None where it is so already.

    Raises:
        ToolFailure: It is not to be made; says why.
    """
    if one.problem:
        raise ToolFailure(f"{one.problem} there")
    place = _place(one.path, context)
    image = None if _is_made_way_for(one.path, found) else image_to_edit(place, context)
    theirs = None
    if not one.gone:
        limit = context.limits.max_file_size_bytes
        theirs = engine.altered_content(sandbox_id, one.path, limit)
    mode = _mode(one, image)
    ours = image.sha256 if image else None
    if ours == (None if theirs is None else sha256(theirs)) and mode is None:
        found.already[one.path] = ours
        return None
    if ours not in one.known:
        raise ToolFailure("it was removed here meanwhile" if image is None else "it changed here")
    if mode is not None and image is not None:
        verb = "makes" if mode & _RUNS else "no longer makes"
        found.modes[one.path] = f"{verb} {place.shown} executable"
    return Edit.between(place, image, theirs, mode=mode)


def _place(path: str, context: ToolContext) -> Place:
    place = context.workspace.resolve(f"./{path}")
    if place.path != context.workspace.root / path or place.hard_links > 1:
        raise ToolFailure("a link leads elsewhere here")
    return place


def _is_made_way_for(path: str, found: Gathered) -> bool:
    """Whether a file that is removed stands where a folder of `path` will."""
    return any(str(folder) in found.removed for folder in PurePosixPath(path).parents)


def _mode(one: Altered, image: FileImage | None) -> int | None:
    """Permission bits to be set; None for those it has, or a new file gets."""
    if one.gone or one.executable == bool(one.was_executable):
        return None
    if image is None:
        return 0o755 if one.executable else None
    wanted = image.mode | _RUNS if one.executable else image.mode & ~_RUNS
    return wanted if wanted != image.mode else None
