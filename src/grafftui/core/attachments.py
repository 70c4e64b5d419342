"""What a prompt mentions is sent with it: files, parts of files, folders, pictures."""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from grafftui import events
from grafftui.core.asking import Asking
from grafftui.core.execution import interruptible
from grafftui.core.mentions import Mention, definition, mentions
from grafftui.core.redaction import redacted
from grafftui.core.working_tree import WorkingTree
from grafftui.errors import GrafftuiError
from grafftui.events import AgentEvent, NoticeLevel
from grafftui.history import TurnRecorder
from grafftui.models import Message, Picture, UserMessage
from grafftui.text import for_model, one_line
from grafftui.text.redact import redact
from grafftui.tools import Toolbox, ToolContext, ToolFailure, ToolResult
from grafftui.tools.base import element
from grafftui.tools.files import read_image
from grafftui.tools.path_names import shown_name
from grafftui.tools.reading import place_to_read
from grafftui.tools.source_text import SourceText
from grafftui.tools.workspace import Place

MOST: Final = 20
"""Files of one prompt."""
MOST_CHARACTERS: Final = 200_000
"""Of all that is attached to one prompt."""
_MOST_NAMES: Final = 500
"""Of one folder that are shown."""
_MOST_LOOKED_AT: Final = 20_000
_CHANGES: Final = {"git:changes": False, "git:staged": True}
"""What is no file: what has changed since the last commit. Whether only what is staged."""


class _NotAttached(Exception):
    """Why, in words for the person."""


@dataclass(slots=True)
class Attachments:
    """Attaches what a prompt mentions.

    Reading it is a `read`: inside the workspace nobody is asked, elsewhere the policy decides,
    and what a rule forbids is left out. The prompt itself stays as it was typed.
    """

    recorder: TurnRecorder
    context: ToolContext
    asking: Asking

    def attach(self, prompt: str, messages: list[Message]) -> Generator[AgentEvent]:
        """Append a message for each file that `prompt` mentions; yield what happens.

        Raises:
            AbortedError: Interrupted, or the person answered with "cancel".
        """
        if "@" not in prompt:
            return
        found = mentions(prompt, self._is_file_here)
        room = MOST_CHARACTERS
        for mention in found[:MOST]:
            try:
                result = yield from self._read(mention)
            except ToolFailure as failure:
                yield self._told("warning", f"Not attached: {failure}")
            except _NotAttached as reason:
                yield self._told("warning", f"Not attached: {mention.path}: {reason}")
            else:
                room -= yield from self._keep(mention, result, room, messages)
        if len(found) > MOST:
            left_out = len(found) - MOST
            yield self._told("warning", f"Not attached: {left_out} more; {MOST} files at most.")

    def _is_file_here(self, name: str) -> bool:
        root = self.context.workspace.root
        path = os.path.realpath(root / name)
        return Path(path).is_relative_to(root) and os.path.isfile(path)

    def _read(self, mention: Mention) -> Generator[AgentEvent, None, ToolResult]:
        if mention.path in _CHANGES and not self._is_file_here(mention.path):
            return interruptible(lambda: self._changes(mention.path), self.context.cancellation)
        given = os.path.expanduser(mention.path)
        place, request = place_to_read("read", given, self.context)
        if request is not None:
            call_id = f"attached_{uuid.uuid4().hex[:12]}"
            decision = yield from self.asking.decide(call_id, request, {})
            if not decision.accepted:
                raise _NotAttached(decision.reason or "that was not approved")

        def work() -> ToolResult:
            try:
                if place.path.is_dir():
                    return self._listing(place)
                lines = self._lines(mention, place)
            except OSError as error:
                raise _NotAttached(error.strerror or "it cannot be read") from error
            arguments = {"file_path": given} | ({"range": lines} if lines else {})
            return Toolbox(["read"]).prepare("read", arguments, self.context).execute(self.context)

        return interruptible(work, self.context.cancellation)

    def _changes(self, name: str) -> ToolResult:
        """What differs from the last commit, as git shows it."""
        try:
            changes = WorkingTree(self.context.workspace).changes(staged=_CHANGES[name])
        except GrafftuiError as error:
            raise _NotAttached(str(error)) from error
        if not changes.files:
            raise _NotAttached("nothing has changed")
        lines = [*changes.files, "", changes.diff] + (["… (it goes on)"] if changes.cut else [])
        return ToolResult(element("changes", {"hidden": len(changes.hidden)}, lines))

    def _lines(self, mention: Mention, place: Place) -> dict[str, int]:
        """The lines that are meant; none for all."""
        lines = {"start_line": mention.start, "end_line": mention.end}
        image = None
        if mention.symbol:
            image = read_image(place.path, self.context.limits.max_file_size_bytes)
        if image is not None:
            source = SourceText.decode(image.content)
            found = definition(source.readable, mention.symbol) if source else None
            if found is None:
                raise _NotAttached(f"no definition of {mention.symbol} was found in it")
            lines = dict(zip(lines, found, strict=True))
        return {name: line for name, line in lines.items() if line is not None}

    def _listing(self, place: Place) -> ToolResult:
        workspace = self.context.workspace
        with os.scandir(place.path) as entries:
            names = sorted(
                shown_name(entry.name) + ("/" if entry.is_dir() else "")
                for entry in islice(entries, _MOST_LOOKED_AT)
                if not workspace.hides(Path(os.path.realpath(entry.path)))
            )
        more = [f"… ({len(names) - _MOST_NAMES:,} more)"] if len(names) > _MOST_NAMES else []
        return ToolResult(element("folder", {"path": place.shown}, names[:_MOST_NAMES] + more))

    def _keep(
        self, mention: Mention, result: ToolResult, room: int, messages: list[Message]
    ) -> Generator[AgentEvent, None, int]:
        """Write down what was read, as much as there is room for. Returns its characters."""
        said = redact(for_model(result.text))
        text = said if len(said) <= room else said[: max(0, room)].rpartition("\n")[0]
        if not text:
            yield self._told("warning", f"Not attached: {mention.path}: there is no room left.")
            return 0
        if len(text) < len(said):
            text += f"\n… (cut off here: {len(said) - len(text):,} more characters)"
            yield self._told("warning", f"Attached only in part, it is too long: {mention.path}")
        yield self._committed(events.tool_input("Attached", redacted(_shown(mention)), "info"))
        pictures = tuple(
            Picture(value["image"]["mime_type"], value["image"]["url"])
            for value in result.values
            if "image" in value
        )
        message = UserMessage(
            f"I attached this to my message:\n{text}", droppable=True, pictures=pictures
        )
        messages.append(message)
        self.recorder.add_message("user", message.to_wire())
        return len(text)

    def _told(self, level: NoticeLevel, words: str) -> AgentEvent:
        return self._committed(events.notice(level, one_line(redact(words), 300)))

    def _committed(self, event: AgentEvent) -> AgentEvent:
        self.recorder.record([event])
        return event


def _shown(mention: Mention) -> str:
    path = one_line(mention.path, 200)
    if mention.symbol:
        return f"{path}#{one_line(mention.symbol, 60)}"
    if mention.start is None:
        return path
    return f"{path}:{mention.start}" + (f"-{mention.end}" if mention.end else "")
