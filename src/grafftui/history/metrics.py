"""What a conversation did to files, and what its answers took: told by its events."""

from __future__ import annotations

import os
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.events import AgentEvent
from grafftui.history.context_rows import IN_ORDER
from grafftui.history.database import Database
from grafftui.history.folding import stored_event
from grafftui.sub_agents import whose

_EVENTS: Final = """
SELECT turn_id, seq, type, events.data, blobs.data, at
FROM turns JOIN events ON turn_id = turns.id LEFT JOIN blobs ON blobs.sha256 = events.data
WHERE turns.conversation_id = ? AND rewound IS NULL AND type IN ({types})
ORDER BY turn_id, seq"""
_ANSWERS: Final = f"""
SELECT messages.id, turn_id, last_event, state = 'live' FROM messages
WHERE conversation_id = ? AND role = 'assistant' ORDER BY {IN_ORDER}"""

_LEFT: Final = """
SELECT done.turn_id, done.call_id, json_extract(edit.value, '$.path'),
       json_extract(edit.value, '$.after_sha256')
FROM turns JOIN tool_runs AS done ON done.turn_id = turns.id
JOIN approvals AS asked ON asked.turn_id = done.turn_id AND asked.digest = done.digest
     AND asked.call_id = done.call_id
JOIN json_each(CASE WHEN typeof(request) = 'text' AND json_valid(request) THEN request
                    ELSE '{}' END, '$.edits') AS edit
WHERE turns.conversation_id = ? AND done.outcome = 'done'
ORDER BY done.id"""
"""What edits left behind, the latest last, where all of the request stands in its row."""


@dataclass(frozen=True, slots=True)
class FileOperation:
    """The latest change of a file.

    Attributes:
        tool: Name of the tool that made it; "" for what no tool call did.
        sha256: Hash of what it left; None where that is not known, and for a file it removed.
    """

    lines_added: int
    lines_removed: int
    tool: str
    sha256: str | None


@dataclass(slots=True)
class FileUse:
    """The files of a conversation: paths are relative inside the workspace, else absolute.

    Attributes:
        changed: By path, in the order of their first change.
        read: Those that the `read` tool read.
    """

    changed: dict[str, FileOperation] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)


class Metrics:
    """Reads them. Turns that were taken back do not count, nor what sub-agents did: that is in
    their own conversations. Every method may raise `StoreError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def files(self, conversation_id: str, root: str) -> FileUse:
        """Which files were changed and read; `root` is the workspace's."""
        use = FileUse()
        called: dict[tuple[int, Any], tuple[str, Any]] = {}
        left = self._left(conversation_id, root)
        types = ("ToolCallStart", "FileChanged", "ToolCallEnd")
        for turn, _, event in self._events(conversation_id, types):
            data = event.data
            if event.type == "ToolCallStart":
                call = data.get("tool_call") or {}
                key = (turn, call.get("call_id"))
                called[key] = (str(call.get("name")), call.get("arguments"))
            elif event.type == "FileChanged":
                key, path = (turn, data.get("call_id")), str(data.get("path"))
                tool, _ = called.get(key, ("", None))
                added, removed = data.get("lines_added") or 0, data.get("lines_removed") or 0
                sha256 = left.get((*key, path))
                use.changed[path] = FileOperation(int(added), int(removed), tool, sha256)
            else:
                result = data.get("result") or {}
                tool, arguments = called.get((turn, result.get("call_id")), ("", None))
                failed = (result.get("output") or {}).get("is_error")
                if tool == "read" and not failed and isinstance(arguments, dict):
                    path = str(arguments.get("file_path") or arguments.get("path"))
                    use.read.add(_within(root, path))
        return use

    def usages(self, conversation_id: str) -> list[dict[str, Any] | None]:
        """For each answer among the live messages, oldest first, the data of the "UsageReported"
        event that told what it took; None where none did: it was cut off, or came from elsewhere.
        """
        answers = self._database.rows(_ANSWERS, (conversation_id,))
        of_turn: dict[int, list[tuple[int, int]]] = {}
        for id, turn, last_event, _ in answers:
            insort(of_turn.setdefault(turn, []), (last_event, id))
        found: dict[int, dict[str, Any]] = {}
        for turn, seq, event in self._events(conversation_id, ("UsageReported",)):
            told = of_turn.get(turn, [])
            before = bisect_left(told, (seq, 0))
            if before:  # what an answer took is told right after it: its first report is its own
                found.setdefault(told[before - 1][1], event.data)
        return [found.get(id) for id, _, _, live in answers if live]

    def _left(self, conversation_id: str, root: str) -> dict[tuple[int, Any, str], str | None]:
        """Turn, call and path → hash of what the call left there."""
        rows = self._database.rows(_LEFT, (conversation_id,))
        return {(turn, call, _within(root, str(path))): sha256 for turn, call, path, sha256 in rows}

    def _events(
        self, conversation_id: str, types: Sequence[str]
    ) -> Iterator[tuple[int, int, AgentEvent]]:
        sql = _EVENTS.format(types=", ".join("?" * len(types)))
        for turn, seq, *row in self._database.rows(sql, (conversation_id, *types)):
            event, _ = stored_event(tuple(row))
            if event.type in types and whose(event) is None:
                yield turn, seq, event


def _within(root: str, path: str) -> str:
    """`path` as files are shown: relative below `root`."""
    whole = os.path.normpath(os.path.join(root, path))
    return os.path.relpath(whole, root) if whole.startswith(root + os.sep) else whole
