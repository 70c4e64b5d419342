"""The note with which a conversation is handed over: what one agent leaves for the next to read.

Made of what stands in the transcript, without asking any model; the person edits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grafftui.backends.registry import title_of
from grafftui.entries import Entry
from grafftui.text import for_model
from grafftui.text.redact import redact

_PROMPT: Final = 1_000
_ANSWER: Final = 4_000
"""Characters of one, at most."""
_PROMPTS: Final = 12
_FILES: Final = 40
_COMMANDS: Final = 12


@dataclass(frozen=True, slots=True)
class HandOver:
    """What is handed over.

    Attributes:
        title: Of the conversation.
        giver: Name of the backend it was with.
        workspace: The folder it is about.
        entries: Its transcript, or the end of it, oldest first.
        todos: What is to do, each `{content, status}`.
    """

    title: str
    giver: str
    workspace: str
    entries: Sequence[Entry]
    todos: Sequence[Mapping[str, str]]


def note(handed: HandOver) -> str:
    """The note, in markdown. What looks like a key is taken out."""
    parts = [
        f"You take over a conversation from another agent ({title_of(handed.giver)}), which was"
        f" working for me in `{handed.workspace}`. You have not seen it. This is where it stands;"
        " look at the files before you rely on it.",
        _section("What it is about", [handed.title] if handed.title else []),
        _section("What I asked for, oldest first", _prompts(handed.entries)),
        _section("Files it changed", _files(handed.entries)),
        _section("The last commands it ran", _commands(handed.entries)),
        _section("What is to do", _todos(handed.todos)),
        _last_answer(handed.entries),
        "Go on from here.",
    ]
    return redact(for_model("\n\n".join(part for part in parts if part)))


def _section(heading: str, lines: Sequence[str]) -> str:
    listed = "\n".join(f"- {line}" for line in lines)
    return f"## {heading}\n\n{listed}" if lines else ""


def _prompts(entries: Iterable[Entry]) -> list[str]:
    said = [_indented(_cut(entry.text, _PROMPT)) for entry in entries if entry.kind == "prompt"]
    if len(said) <= _PROMPTS:
        return said
    left_out = len(said) - _PROMPTS
    return [said[0], f"({left_out} more)", *said[1 - _PROMPTS :]]


def _files(entries: Iterable[Entry]) -> list[str]:
    changed = {
        entry.tool.subject: entry.tool
        for entry in entries
        if entry.tool is not None and entry.tool.diff and entry.tool.subject
    }
    lines = [
        f"`{path}` (+{card.lines_added} -{card.lines_removed})" for path, card in changed.items()
    ]
    return lines[-_FILES:]


def _commands(entries: Iterable[Entry]) -> list[str]:
    found: dict[str, str] = {}
    for entry in entries:
        card = entry.tool
        if card is not None and card.title.startswith("Execute") and card.subject:
            found.pop(card.subject, None)
            found[card.subject] = "" if entry.state == "done" else f" ({entry.state})"
    lines = [f"`{_cut(' '.join(command.split()), 200)}`{end}" for command, end in found.items()]
    return lines[-_COMMANDS:]


def _todos(todos: Iterable[Mapping[str, str]]) -> list[str]:
    marks = {"completed": "[x]", "in_progress": "[~]"}
    return [
        f"{marks.get(todo.get('status', ''), '[ ]')} {todo.get('content', '')}" for todo in todos
    ]


def _last_answer(entries: Sequence[Entry]) -> str:
    for entry in reversed(entries):
        if entry.kind == "answer" and entry.text.strip():
            return f"## What it said last\n\n{_cut(entry.text.strip(), _ANSWER)}"
    return ""


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n  ")


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"
