"""Large JSON texts, compressed, kept apart and capped, so that rows stay small.

A column holds either the text itself or the SHA-256 of a row in `blobs`. Stored as a
statement beside the row that refers to it, in the same transaction.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from typing import Any, Final

from grafftui.history.values import from_json, shortened, to_json

INLINE: Final = 256 * 1024
"""Most characters of a JSON text that stands in its own row."""
LARGEST: Final = 16 * 1024 * 1024
"""Most characters of any JSON text; what is longer keeps head and tail of its strings."""
QUOTA: Final = 1024 * 1024 * 1024
"""Most compressed bytes of all blobs together; beyond it the oldest are emptied."""

_KEEP = """
INSERT INTO blobs (conversation_id, sha256, size, data)
VALUES (:conversation, :sha256, :size, :data) ON CONFLICT DO NOTHING"""

UNREADABLE: Final = """
CASE typeof({column})
    WHEN 'text' THEN NOT json_valid({column})
    WHEN 'blob' THEN {column} NOT IN (SELECT sha256 FROM blobs)
    ELSE true END"""
"""Whether a column holds neither a JSON text nor the name of a blob that is there."""

Column = str | bytes
"""JSON text, or the SHA-256 of the blob that holds it."""
Statement = tuple[str, dict[str, Any]]
"""SQL and its named parameters."""


def to_column(value: Any, conversation_id: str) -> tuple[Column, list[Statement]]:
    """What to write in the column for `value`, and what has to be stored beside it.

    A blob belongs to one conversation, so that it goes when the conversation is deleted.
    """
    text = to_json(value)
    if len(text) <= INLINE:
        return text, []
    if len(text) > LARGEST:
        text = to_json(shortened(value, LARGEST // 16))
        if len(text) > LARGEST:  # very many strings, not few long ones
            text = to_json({"unreadable": f"{len(text)} characters are more than are kept"})
    data = text.encode()
    digest = hashlib.sha256(conversation_id.encode() + data).digest()
    blob = {
        "conversation": conversation_id,
        "sha256": digest,
        "size": len(data),
        "data": zlib.compress(data, 3),
    }
    return digest, [(_KEEP, blob)]


def from_blob(data: Any) -> Any:
    """The value in a blob's bytes. Raises `ValueError` when it is damaged, missing or pruned."""
    if not isinstance(data, bytes):
        raise ValueError("its text is missing")
    if not data:
        raise ValueError("its text was dropped to save space")
    inflate = zlib.decompressobj()
    try:
        return from_json(inflate.decompress(data, 4 * LARGEST))
    except zlib.error as error:
        raise ValueError("its text is damaged") from error


def is_whole(size: Any, data: Any) -> bool:
    """Whether a blob's bytes are a text of `size` bytes."""
    inflate = zlib.decompressobj()
    try:
        return len(inflate.decompress(data, size + 1)) == size and inflate.eof
    except (zlib.error, TypeError, ValueError):
        return False


def prune(connection: sqlite3.Connection, quota: int) -> int:
    """Empty the oldest blobs until all fit in `quota` bytes. Returns how many were emptied."""
    (total,) = connection.execute("SELECT total(length(data)) FROM blobs").fetchone()
    if total <= quota:
        return 0
    emptied = 0
    rows = connection.execute(
        "SELECT id, sum(length(data)) OVER (ORDER BY id DESC) FROM blobs WHERE length(data) > 0"
    )
    for blob, size_from_newest in rows.fetchall():
        if size_from_newest > quota:
            connection.execute("UPDATE blobs SET data = x'' WHERE id = ?", (blob,))
            emptied += 1
    return emptied
