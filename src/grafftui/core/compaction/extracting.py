"""The extractive summary: what was said, and a line for each thing that was done. No model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, Final

from grafftui.core.compaction.sources import Source
from grafftui.models import AssistantMessage, ToolCall, ToolResultMessage, UserMessage
from grafftui.text import one_line

_INTRODUCTION: Final = "Earlier messages were left out to save room. This is what they came to."
_END: Final = (
    "Go on from here: do not do again what is done, and read a file anew before you change it."
)
_IN_SHORT: Final = "Earlier, in short: "
_VERBS: Final = {
    "read": "Read",
    "write": "Update",
    "patch": "Update",
    "multi_patch": "Update",
    "undo": "Update",
    "remove": "Delete",
    "fs_search": "Search",
    "sem_search": "Semantic search",
    "shell": "Execute",
    "fetch": "Fetch",
    "skill": "Skill",
    "todo_write": "Task plan",
}
_SUBJECTS: Final = ("file_path", "pattern", "command", "url", "path", "name", "queries", "tasks")
"""Arguments that say what a call is about, the most telling first."""
_FILES: Final = frozenset({"Read", "Update", "Delete"})
_FENCE: Final = re.compile(r"^\s*(`{3,})", re.MULTILINE)
_SUBJECT_CELLS: Final = 160
_LEAST_OF_A_TEXT: Final = 120
"""Characters."""


@dataclass(slots=True)
class _Deed:
    """A tool call. Of those with the same key only the last is told."""

    key: object
    line: str


@dataclass(slots=True)
class _Block:
    """What one message comes to."""

    id: int
    role: str
    text: str = ""
    deeds: list[_Deed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Extract:
    """A summary, and whom it tells of.

    Attributes:
        told: Ids of the live messages of which anything is in it.
    """

    text: str
    told: frozenset[int]


def extract(sources: Sequence[Source], cwd: str, most: int) -> Extract:
    """Summarise.

    Of neighbouring prompts only the last is kept, of what was done to a file or by a command
    only the last time; what is droppable is left out.

    Args:
        cwd: The workspace, taken out of paths.
        most: Characters the summary should not exceed; texts are shortened for it.
    """
    blocks = _without_repetitions(_blocks(sources, cwd.rstrip("/") + "/"))
    told = frozenset(block.id for block in blocks)
    return Extract(framed(_body(blocks, most)), told | _results_of(told, sources))


def extract_in_short(sources: Sequence[Source], cwd: str, most: int) -> Extract:
    """Summarise what is shorter than that which stands around a summary: in one line.

    Args:
        most: Characters of the whole summary; the newest is told.
    """
    blocks = _without_repetitions(_blocks(sources, cwd.rstrip("/") + "/"))
    told = frozenset(block.id for block in blocks)
    said = " / ".join(map(_in_short, blocks))
    room = max(0, most - len(_IN_SHORT))
    if len(said) > room:
        said = f"…{said[len(said) - max(0, room - 1) :]}"
    return Extract(_IN_SHORT + said, told | _results_of(told, sources))


def framed(body: str) -> str:
    """A summary as the model is sent it."""
    return f"{_INTRODUCTION}\n\n## Summary\n\n{body}\n\n{_END}"


def _results_of(told: frozenset[int], sources: Sequence[Source]) -> frozenset[int]:
    """The results of calls that are told of."""
    found: set[int] = set()
    is_told = False
    for source in sources:
        if isinstance(source.message, AssistantMessage):
            is_told = source.id in told
        elif isinstance(source.message, ToolResultMessage) and is_told:
            found.add(source.id)
    return frozenset(found)


# -- what there is to tell ---------------------------------------------------------------------


def _blocks(sources: Sequence[Source], cwd: str) -> Iterator[_Block]:
    for at, source in enumerate(sources):
        match source.message:
            case UserMessage(text, droppable):
                if not droppable:
                    yield _Block(source.id, "Summary" if source.is_summary else "User", text)
            case AssistantMessage():
                failed = _failed_calls(islice(sources, at + 1, None))
                deeds = [
                    _deed(call, cwd, call.call_id in failed) for call in source.message.tool_calls
                ]
                yield _Block(source.id, "Assistant", source.message.text, deeds)


def _failed_calls(following: Iterable[Source]) -> set[str]:
    """Ids of the calls of an answer that failed; ids repeat from answer to answer."""
    results = takewhile(lambda source: isinstance(source.message, ToolResultMessage), following)
    return {
        source.message.call_id
        for source in results
        if isinstance(source.message, ToolResultMessage) and source.message.is_error
    }


def _deed(call: ToolCall, cwd: str, failed: bool) -> _Deed:
    arguments: Mapping[str, Any] = call.arguments if isinstance(call.arguments, dict) else {}
    name = call.name.lower()
    verb = _VERBS.get(name) or ("MCP" if name.startswith("mcp_") else "Call")
    subject = next((str(arguments[key]) for key in _SUBJECTS if arguments.get(key)), "")
    if name == "todo_write":
        subject = "; ".join(_todo(todo) for todo in arguments.get("todos") or ())
    shown = one_line(subject.replace(cwd, ""), _SUBJECT_CELLS)
    words = f"{verb} {call.name} {shown}" if verb in ("MCP", "Call") else f"{verb} {shown}"
    key: object = (call.name, str(arguments))
    if name == "todo_write":
        key = name
    elif verb in _FILES or verb == "Execute":
        key = ("file" if verb in _FILES else verb, subject)
    return _Deed(key, f"- {words.rstrip()}{' (failed)' if failed else ''}")


def _todo(todo: Any) -> str:
    if not isinstance(todo, Mapping):
        return str(todo)
    return f"{todo.get('content', '')} [{todo.get('status', '')}]"


def _without_repetitions(blocks: Iterator[_Block]) -> list[_Block]:
    left: list[_Block] = []
    for block in blocks:
        if left and left[-1].role == block.role == "User":
            left.pop()
        left.append(block)
    known: set[object] = set()
    for block in reversed(left):
        deeds, block.deeds = block.deeds, []
        for deed in reversed(deeds):
            if deed.key not in known:
                known.add(deed.key)
                block.deeds.insert(0, deed)
    return [block for block in left if block.text.strip() or block.deeds]


# -- how it is told ----------------------------------------------------------------------------


def _body(blocks: Sequence[_Block], most: int) -> str:
    limit = max((len(block.text) for block in blocks), default=0)
    body = _told(blocks, limit)
    while len(body) > most and limit > _LEAST_OF_A_TEXT:
        limit = max(_LEAST_OF_A_TEXT, limit // 2)
        body = _told(blocks, limit)
    left = list(blocks)
    while len(body) > most and len(left) > 1:
        del left[: max(1, len(left) // 4)]
        body = f"({len(blocks) - len(left)} earlier messages are left out.)\n\n{_told(left, limit)}"
    return shortened(body, most)


def _told(blocks: Sequence[_Block], limit: int) -> str:
    return "\n\n".join(
        f"### {number}. {block.role}\n\n{_content(block, limit)}"
        for number, block in enumerate(blocks, 1)
    )


def _content(block: _Block, limit: int) -> str:
    text = shortened(block.text.strip(), limit)
    fence = "`" * (1 + max((len(found) for found in _FENCE.findall(text)), default=2))
    parts = [f"{fence}\n{text}\n{fence}"] if text else []
    if block.deeds:
        parts.append("\n".join(deed.line for deed in block.deeds))
    return "\n\n".join(parts)


def _in_short(block: _Block) -> str:
    return " ".join([f"{block.role}:", *block.text.split(), *(deed.line for deed in block.deeds)])


def shortened(text: str, limit: int) -> str:
    """`text` in at most about `limit` characters: its head, its tail, and what is not there."""
    if len(text) <= limit:
        return text
    half = max(0, limit // 2 - 20)
    tail = text[len(text) - half :]
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{tail}"
