"""Exporting: which formats there are, and writing one of them to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from grafftui.errors import NotFoundError, UsageError
from grafftui.exports.document import document
from grafftui.exports.html import html
from grafftui.exports.known_keys import learn_keys
from grafftui.exports.markdown import markdown
from grafftui.exports.passage import Passage
from grafftui.exports.records import lines
from grafftui.history import Store
from grafftui.history.rows import CONVERSATION_COLUMNS, conversation
from grafftui.history.snapshot import snapshot
from grafftui.history.whole import WholeConversation
from grafftui.new_file import new_file

_CONVERSATION: Final = f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE id = ?"

Writer = Callable[[Passage], Iterator[str]]
"""Gives a document in pieces."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a conversation down.

    Attributes:
        suffix: Of its files' names, with the dot.
        title: What it is, for a person.
        whole: Whether it is always of a whole conversation.
    """

    suffix: str
    title: str
    write: Writer
    whole: bool = False


FORMATS: Final[Mapping[str, Format]] = {
    "markdown": Format(".md", "Markdown, to read", markdown),
    "html": Format(".html", "one HTML page, to read and pass on", html),
    "json": Format(".json", "JSON, for scripts", document),
    "jsonl": Format(".jsonl", "lines of events, to import again", lambda p: lines(p.whole), True),
}
"""Name → format; pictures are drawn by the screen."""


@contextmanager
def passage(
    store: Store, conversation_id: str, first: int = 0, end: int | None = None
) -> Iterator[Passage]:
    """A passage of a conversation as it is now, however long reading it takes.

    May take seconds the first time: the keyring is asked what to take out.

    Raises:
        NotFoundError: There is no such conversation.
        StoreError: It cannot be read.
    """
    learn_keys()
    with snapshot(store.paths.database) as connection:
        row = connection.execute(_CONVERSATION, (conversation_id,)).fetchone()
        if row is None:
            raise NotFoundError(f"Conversation with ID '{conversation_id}' not found")
        yield Passage(conversation(row), WholeConversation(connection, row[0]), first, end)


def export_file(store: Store, pieces: Iterator[str], path: Path, *, force: bool = False) -> int:
    """Write a document to a file of its own. Returns its size in bytes.

    Raises:
        TakenError: There is something at `path` already.
        UsageError: There is no such folder, or it is grafftui's own.
        GrafftuiError: It cannot be written.
        StoreError: The conversation cannot be read.
    """
    if store.paths.owns(path):
        raise UsageError(f"{path} is grafftui's own", hint="name a file elsewhere")
    with new_file(path, force=force) as file:
        return write_pieces(pieces, file)


class _Output(Protocol):
    def write(self, content: bytes, /) -> int: ...


def write_pieces(pieces: Iterator[str], file: _Output) -> int:
    """Write a document, piece by piece. Returns its size in bytes."""
    return sum(file.write(piece.encode("utf-8", "replace")) for piece in pieces)
