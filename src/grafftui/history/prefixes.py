"""Finding conversations by the beginning of their id."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from grafftui.history.snapshot import snapshot

_WITH_PREFIX: Final = """
SELECT id FROM conversations
WHERE id >= :prefix AND id < :prefix || 'g' AND (deleted_at IS NULL) = :kept LIMIT 2"""
"""Ids are of 0–9, a–f and "-"."""


def ids_with_prefix(path: Path, prefix: str) -> list[str]:
    """Ids that begin with `prefix`: all, if there is one, else two of them.

    What is in the bin is found only where nothing else is. Raises `StoreError`.
    """
    with snapshot(path) as connection:
        for kept in (True, False):
            rows = connection.execute(_WITH_PREFIX, {"prefix": prefix, "kept": kept}).fetchall()
            if rows:
                return [str(id) for (id,) in rows]
    return []
