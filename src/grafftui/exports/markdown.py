"""A conversation as Markdown: answers as they were written, everything else so that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grafftui.entries import Entry
from grafftui.exports.json_text import json_text
from grafftui.exports.passage import Passage, card_of, harmless, moment, outcome

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_BACKTICKS = re.compile(r"`+")


def markdown(passage: Passage) -> Iterator[str]:
    """The document in pieces."""
    yield f"# {_escaped(passage.title)}\n\n"
    yield "".join(f"- {name}: {code_span(value)}\n" for name, value in passage.facts())
    for _, entry in passage.entries():
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    text = harmless(entry.text)
    match entry.kind:
        case "prompt":
            yield f"\n## Prompt · {moment(entry.started_at)}\n{quoted(text)}"
        case "answer":
            yield f"\n## Answer\n\n{text.rstrip(chr(10))}\n"
        case "tool":
            yield from _tool(entry, text)
        case "reasoning":
            yield f"\n### Reasoning\n{quoted(text)}"
        case kind:
            level = entry.level if entry.level != "info" else kind
            yield quoted(f"**{level.capitalize()}:** {_escaped(text)}")


def _tool(entry: Entry, text: str) -> Iterator[str]:
    card = card_of(entry)
    title = _escaped(harmless(card.title or card.name or "tool").replace("\n", " "))
    subject = f" {code_span(harmless(card.subject))}" if card.subject else ""
    ended = outcome(entry)
    yield f"\n### {title}{subject}{f' — {ended}' if ended else ''}\n"
    if card.reason:
        yield quoted(f"Reason: {_escaped(harmless(card.reason))}")
    if card.diff:
        yield fenced(harmless(card.diff), "diff")
    elif card.arguments not in (None, "", {}):
        yield fenced(_arguments(card.arguments), "json")
    if text and not (card.diff and entry.state == "done"):
        yield fenced(text)


def _arguments(arguments: object) -> str:
    if isinstance(arguments, str):
        return harmless(arguments)
    return json_text(arguments, indent=2)


def fenced(text: str, language: str = "") -> str:
    """A block that shows `text` as it is, whatever fences are in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"\n{fence}{language}\n{text}{end}{fence}\n"


def code_span(text: str) -> str:
    """`text` in one line, shown as it is."""
    line = text.replace("\n", "␊")
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def quoted(text: str) -> str:
    """`text` as a quotation, line by line."""
    return "\n" + "".join(f"> {line}".rstrip() + "\n" for line in text.split("\n"))


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0) if "`" in text else 0


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
