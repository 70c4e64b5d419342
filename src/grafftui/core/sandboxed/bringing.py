"""Brings what a sandbox changed into the workspace: one patch, looked at once, and applied."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from grafftui import events
from grafftui.approvals import Decision, Request
from grafftui.core.ending import Outcome
from grafftui.core.sandboxed.failures import told
from grafftui.core.sandboxed.gathering import Gathered, gather
from grafftui.core.tool_calls import ToolCalls
from grafftui.errors import GrafftuiError
from grafftui.events import AgentEvent
from grafftui.models import ToolCall, UserMessage
from grafftui.text import for_model
from grafftui.text.redact import redact
from grafftui.tools import AllRejected, PreparedCall, Toolbox, ToolContext, ToolFailure, ToolResult
from grafftui.tools.base import Change, FileChange
from grafftui.tools.edits import Edit
from grafftui.tools.path_names import shown_name

if TYPE_CHECKING:
    from grafftui.history import TurnRecorder
    from grafftui.sandboxes.lasting.engine import Compares

TOOL: Final = "bring_changes"
_TITLE: Final = "Bring changes"
_MOST_NAMED: Final = 5


@dataclass(slots=True)
class Bringing:
    """A turn in which the person brings what a sandbox changed.

    Its one call is asked about as a model's is; what came of it becomes a message, so that the
    model knows of it in the next turn.
    """

    engine: Compares
    sandbox_id: str
    recorder: TurnRecorder
    tools: ToolCalls
    _told: bool = False

    def steps(self) -> Generator[AgentEvent, None, Outcome]:
        """Ask, and bring; yield what happens."""
        yield from self.tools.checkpoints.at_start()
        bring = _Bring(self.engine, self.sandbox_id)
        calls = replace(self.tools, toolbox=Toolbox((), foreign=(bring,)))
        call = ToolCall(f"own_{uuid.uuid4().hex[:12]}", TOOL, {"sandbox": self.sandbox_id})
        yield from calls.run_for_person(call, lambda result: self._tell(result.text))
        return Outcome("done", events.task_complete())

    def abandon(self) -> None:
        """The model learns of a patch that was stopped, too."""
        if not self._told:
            self._tell("It was stopped; some of it may have been applied.")

    def _tell(self, words: str) -> None:
        self._told = True
        said = f"I had the changes of the sandbox {self.sandbox_id} brought here:\n\n{words}"
        self.recorder.add_message("user", UserMessage(redact(for_model(said))).to_wire())


@dataclass(slots=True)
class _Bring:
    """The one tool of that turn."""

    engine: Compares
    sandbox_id: str
    name: str = TOOL
    other_names: tuple[str, ...] = ()
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)

    def prepare(self, arguments: dict[str, Any], context: ToolContext) -> PreparedCall:
        """The whole patch, with every byte worked out."""
        with told(self.sandbox_id):
            gathered = gather(self.engine, self.sandbox_id, context)
        if not gathered.edits:
            return self._nothing(gathered)
        return self._patch(gathered, gathered.edits, context)

    def _nothing(self, gathered: Gathered) -> PreparedCall:
        words = "There is nothing to bring: the workspace is as the sandbox is."
        if gathered.left:
            words = f"Nothing can be brought. Left out: {_listed(gathered.left, 100)}."
        result = ToolResult(words, is_error=bool(gathered.left), output=words)
        where = f"of the sandbox {self.sandbox_id}"
        return PreparedCall(_TITLE, where, lambda context: result)

    def _patch(
        self, gathered: Gathered, edits: Sequence[Edit], context: ToolContext
    ) -> PreparedCall:
        request = Request(
            kind="edit",
            tool=TOOL,
            subject=_files(edits),
            cwd=shown_name(str(context.workspace.root)),
            edits=tuple(edit.part() for edit in edits),
            because=self._because(gathered, edits),
        )

        def execute(context: ToolContext) -> ToolResult:
            return self._apply(gathered, edits, context)

        def revise(decision: Decision) -> PreparedCall:
            return self._patch(gathered, _revised(edits, decision), context)

        return PreparedCall(
            _TITLE,
            f"of the sandbox {self.sandbox_id}: {_files(edits)}",
            execute,
            request=request,
            proposed={path: text for edit in edits for path, text in edit.proposed.items()},
            revise=revise,
        )

    def _because(self, gathered: Gathered, edits: Sequence[Edit]) -> str:
        """Why it is asked in every mode that asks, and what the diff does not say."""
        added, removed = sum(e.diff.added for e in edits), sum(e.diff.removed for e in edits)
        said = [
            f"brings what the sandbox {self.sandbox_id} changed: {_files(edits)}"
            f" (+{added} −{removed})",
            *gathered.modes.values(),
        ]
        if gathered.left:
            said.append(f"LEFT OUT: {_listed(gathered.left, _MOST_NAMED)}")
        if gathered.ignored:
            said.append(f"{gathered.ignored:,} ignored file(s) stay there")
        return "; ".join(said)

    def _apply(self, gathered: Gathered, edits: Sequence[Edit], context: ToolContext) -> ToolResult:
        """All of it, if everything is still as it was shown."""
        for edit in edits:
            _require_same(edit, context)
        done: list[FileChange] = []
        try:
            for edit in edits:
                done.append(edit.apply(context, _change(edit)))
        except (ToolFailure, OSError) as error:
            if not done:
                raise
            raise ToolFailure(
                f"Only {len(done)} of {len(edits)} files were brought: {error} What was brought "
                "can be taken back with an undo of this turn."
            ) from error
        finally:
            self._note(gathered, edits[: len(done)])
        lines = [f"{change.change} {change.path}" for change in done]
        warnings = [f"Not brought: {path}: {why}." for path, why in gathered.left.items()]
        return ToolResult(
            "\n".join(["Brought:", *lines, *warnings]),
            output="".join(edit.diff.text for edit in edits),
            changes=done,
            warnings=warnings[:_MOST_NAMED],
        )

    def _note(self, gathered: Gathered, edits: Sequence[Edit]) -> None:
        """Remember what the workspace has, for the next time. Without that it is a conflict."""
        pairs = zip(gathered.edits, gathered.paths, strict=True)
        names = {id(edit.place): path for edit, path in pairs}
        hashes = {names[id(edit.place)]: edit.after_sha256 for edit in edits}
        with suppress(GrafftuiError, OSError):
            self.engine.brought(self.sandbox_id, gathered.already | hashes)


def _revised(edits: Sequence[Edit], decision: Decision) -> list[Edit]:
    """The edits as the person changed them, without those of which nothing is left.

    Raises:
        AllRejected: Nothing is left at all.
        ToolFailure: The answer cannot be meant.
    """
    found = []
    for edit in edits:
        path = edit.part().path
        hunks = tuple(choice for choice in decision.hunks if choice.path == path)
        contents = tuple(pair for pair in decision.contents if pair[0] == path)
        if hunks or contents:
            with suppress(AllRejected):
                found.append(edit.revised(replace(decision, hunks=hunks, contents=contents)))
        else:
            found.append(edit)
    if not found:
        raise AllRejected("The person rejected every part of the patch; nothing was brought.")
    return found


def _require_same(edit: Edit, context: ToolContext) -> None:
    try:
        now = context.workspace.image(edit.place, context.limits.max_file_size_bytes)
    except NotADirectoryError:  # of a file that is still to be removed
        now = None
    if now is not edit.before and (now is None or not now.same_as(edit.before)):
        raise ToolFailure(
            f"{edit.place.shown} changed since the patch was shown; nothing was brought."
        )


def _change(edit: Edit) -> Change:
    if edit.after is None:
        return "removed"
    return "created" if edit.before is None else "modified"


def _files(edits: Sequence[Edit]) -> str:
    return edits[0].place.shown if len(edits) == 1 else f"{len(edits):,} files"


def _listed(left: dict[str, str], most: int) -> str:
    named = [f"{path} ({why})" for path, why in list(left.items())[:most]]
    more = [f"{len(left) - most:,} more"] if len(left) > most else []
    return ", ".join([*named, *more])
