"""What of an entry is indexed.

Of a text longer than `HEAD` + `TAIL` characters only the head and the tail are: what an output is
of stands at its head, what went wrong at its tail, and between them a log repeats itself. Whole
outputs of megabytes would make the index larger than all that was said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from grafftui.entries import Entry, ToolCard
from grafftui.history.search import paths
from grafftui.history.search.dates import tokens_of
from grafftui.history.search.words import all_parts, spaced
from grafftui.history.values import plain
from grafftui.text import display

HEAD: Final = 24 * 1024
TAIL: Final = 8 * 1024
"""Characters indexed of an entry's text, of its arguments and of its diff, each."""
_OMITTED: Final = "\n…\n"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an entry itself does not say.

    Attributes:
        title: The conversation's, for its first entry; else "".
        model: Provider and model.
        at: Unix second its turn began.
    """

    workspace: str
    backend: str
    agent: str
    model: str
    title: str
    at: float


class Document(NamedTuple):
    """An entry as the columns of the table `search`."""

    at: float
    days: str
    project: str
    backend: str
    agent: str
    model: str
    tool: str
    signs: str
    files: str
    title: str
    parts: str
    text: str


def document(entry: Entry, around: Surroundings) -> Document:
    """What is indexed of an entry."""
    card = entry.tool
    text = display("\n".join(_texts(entry)))
    title = display(around.title)
    at = entry.started_at or around.at
    return Document(
        at=at,
        days=tokens_of(at),
        project=_column(around.workspace),
        backend=_column(around.backend),
        agent=_column(around.agent),
        model=_column(around.model),
        tool=_column(card.name) if card else "",
        signs=" ".join(_signs(entry)),
        files=_column("\n".join(paths.of_call(card, around.workspace))) if card else "",
        title=_column(title),
        parts=all_parts(f"{title}\n{text}"),
        text=_column(text),
    )


def _column(text: str) -> str:
    return spaced(plain(text))


def _signs(entry: Entry) -> Iterator[str]:
    yield entry.kind
    if entry.tool is not None and entry.tool.diff:
        yield "change"
    if entry.state == "failed" or (entry.kind == "notice" and entry.level == "error"):
        yield "error"


def _texts(entry: Entry) -> Iterator[str]:
    if entry.tool is not None:
        yield f"{entry.tool.title} {entry.tool.subject}".strip()
        yield _ends("\n".join(_strings(_arguments(entry.tool))))
        yield _ends(entry.tool.diff)
    yield _ends(entry.text)


def _arguments(card: ToolCard) -> Any:
    """Without what stands in the diff in any case."""
    if card.diff and isinstance(card.arguments, dict):
        return {key: value for key, value in card.arguments.items() if "path" in key}
    return card.arguments


def _strings(value: Any) -> Iterator[str]:
    """The texts and numbers in a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _ends(text: str) -> str:
    """The head and the tail of a long text."""
    if len(text) <= HEAD + TAIL:
        return text
    return f"{text[:HEAD]}{_OMITTED}{text[-TAIL:]}"
