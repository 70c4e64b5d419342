"""A change to one file: worked out to the last byte, shown, approved, then done exactly so."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass

from grafftui.approvals import Decision, FileEdit, Request
from grafftui.tools.base import (
    Change,
    FileChange,
    PreparedCall,
    ToolContext,
    ToolFailure,
    ToolResult,
)
from grafftui.tools.diffs import Diff, unified
from grafftui.tools.files import FileImage, sha256
from grafftui.tools.path_names import shown_name
from grafftui.tools.revision import proposed_text, revised_content, told_of_revision
from grafftui.tools.source_text import SourceText
from grafftui.tools.workspace import Place, Workspace


@dataclass(frozen=True, slots=True)
class Edit:
    """One file, before and after.

    Attributes:
        place: Which file.
        before: As it is; None when there is none.
        after: The bytes that shall stand there; None removes it.
        diff: What a person sees.
        mode: Permission bits to set; None keeps them.
        mtime_ns: Modification time to set, nanoseconds; None is the time of the edit.
    """

    place: Place
    before: FileImage | None
    after: bytes | None
    diff: Diff
    mode: int | None = None
    mtime_ns: int | None = None

    @classmethod
    def between(
        cls,
        place: Place,
        before: FileImage | None,
        after: bytes | None,
        *,
        mode: int | None = None,
        mtime_ns: int | None = None,
    ) -> Edit:
        """The edit that turns `before` into `after`."""
        diff = _diff(place.shown, before.content if before else None, after)
        return cls(place, before, after, diff, mode, mtime_ns)

    @property
    def after_sha256(self) -> str | None:
        """Hash of what shall stand there; None when it is removed."""
        return None if self.after is None else sha256(self.after)

    def request(self, tool: str, workspace: Workspace) -> Request:
        """What a person is asked.

        An ordinary edit happens "in" the workspace, one out of the ordinary (outside, through
        a link, to a file with several names) in its own directory: what was granted for the
        workspace does not cover it.
        """
        place = self.place
        return Request(
            kind="edit",
            tool=tool,
            subject=place.shown,
            cwd=shown_name(str(place.path.parent if place.facts else workspace.root)),
            executor=place.executor,
            edits=(self.part(),),
            description=" ".join(self._facts()),
        )

    def part(self) -> FileEdit:
        """Its part of a request."""
        return FileEdit(
            path=shown_name(str(self.place.path)),
            before_sha256=self.before.sha256 if self.before else None,
            after_sha256=self.after_sha256,
            diff=self.diff.text,
        )

    @property
    def proposed(self) -> dict[str, str]:
        """Path → the text that shall stand there, if it is one."""
        text = proposed_text(self.after)
        return {} if text is None else {shown_name(str(self.place.path)): text}

    def revised(self, decision: Decision) -> Edit:
        """This edit as the person changed it.

        Raises:
            ToolFailure: The changes cannot be meant, or leave nothing to do.
        """
        before = self.before.content if self.before else None
        path = shown_name(str(self.place.path))
        after = revised_content(before, self.after, path, decision)
        return Edit.between(self.place, self.before, after, mode=self.mode, mtime_ns=self.mtime_ns)

    def apply(self, context: ToolContext, change: Change, *, undoable: bool = True) -> FileChange:
        """Do it, keeping a snapshot of what was there first.

        Raises:
            ToolFailure: The file is no longer as it was.
            OSError: It cannot be written; what was there is intact.
        """
        context.cancellation.raise_if_cancelled()
        path, before = self.place.path, self.before
        stored = None
        if before is not None and undoable:
            stored = context.snapshots.take(path, before, self.after_sha256)
        try:
            if self.after is not None:
                context.workspace.replace(
                    self.place, self.after, before, mode=self.mode, mtime_ns=self.mtime_ns
                )
            elif before is not None:
                context.workspace.remove(self.place, before)
        except BaseException:
            if stored is not None:
                context.snapshots.drop(stored)
            raise
        if self.after_sha256 is None:
            context.reads.forget(path)
        else:
            context.reads.saw(path, self.after_sha256)
        place, diff = self.place, self.diff
        return FileChange(place.shown, change, diff.text, diff.added, diff.removed, place.executor)

    def _facts(self) -> tuple[str, ...]:
        before, keeps_mode = self.before, self.after is not None and self.mode is None
        if before and keeps_mode and before.mode & (stat.S_ISUID | stat.S_ISGID):
            return (*self.place.facts, "Its set-user-id and set-group-id bits are cleared.")
        return self.place.facts


def image_to_edit(place: Place, context: ToolContext) -> FileImage | None:
    """The file at `place` as it is, if file tools may change it; None when there is none.

    Raises:
        ToolFailure: It is protected, read-only, no regular file, or too large.
    """
    context.workspace.refuse_protected(place, "edited")
    image = context.workspace.image(place, context.limits.max_file_size_bytes)
    if image is not None and not image.mode & stat.S_IWUSR:
        raise ToolFailure(f"{place.shown} is read-only. Make it writable first, if that is meant.")
    return image


def image_to_patch(place: Place, context: ToolContext) -> tuple[FileImage, SourceText]:
    """The file at `place` and its text, if the model has read it.

    Raises:
        ToolFailure: As `image_to_edit`, or there is none, it was never read, or it is no text.
    """
    image = image_to_edit(place, context)
    if image is None:
        raise ToolFailure(f"There is no file {place.shown}.")
    if not context.reads.known(place.path):
        raise ToolFailure(f"Read {place.shown} before you edit it.")
    source = SourceText.decode(image.content)
    if source is None:
        raise ToolFailure(f"{place.shown} is binary; it cannot be edited as text.")
    return image, source


def prepared(
    edit: Edit,
    context: ToolContext,
    *,
    tool: str,
    title: str,
    change: Change,
    told: Callable[[], str],
    sub_title: str | None = None,
    shows_diff: bool = True,
) -> PreparedCall:
    """The call that applies `edit` once approved; `told` says what the model hears then."""

    def execute(context: ToolContext) -> ToolResult:
        done = edit.apply(context, change)
        output = edit.diff.text if shows_diff else None
        return ToolResult(told(), output=output, changes=[done])

    def revise(decision: Decision) -> PreparedCall:
        revised = edit.revised(decision)
        return prepared(
            revised,
            context,
            tool=tool,
            title=title,
            change=change,
            told=lambda: told_of_revision(revised.place.shown, revised.diff, decision),
            sub_title=sub_title,
            shows_diff=True,
        )

    return PreparedCall(
        title=title,
        sub_title=sub_title or edit.place.shown,
        request=edit.request(tool, context.workspace),
        execute=execute,
        executor=edit.place.executor,
        proposed=edit.proposed,
        revise=revise,
    )


def _diff(shown: str, before: bytes | None, after: bytes | None) -> Diff:
    old = SourceText.decode(before) if before is not None else SourceText("")
    new = SourceText.decode(after) if after is not None else SourceText("")
    if old is None or new is None:
        sizes = [f"{len(c):,} bytes" if c is not None else "nothing" for c in (before, after)]
        return Diff(f"Binary file {shown}: {sizes[0]} → {sizes[1]}\n", 0, 0)
    return unified(old.readable, new.readable, shown, created=before is None, removed=after is None)
