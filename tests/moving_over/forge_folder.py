"""Makes folders like ForgeCode's `~/.forge` (shapes: the CodeGraff SDK 0.1)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE conversations (
    conversation_id TEXT PRIMARY KEY NOT NULL, title TEXT, workspace_id BIGINT NOT NULL,
    context TEXT, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP, metrics TEXT);
CREATE TABLE trajectory_events (
    id INTEGER PRIMARY KEY, conversation_id TEXT, agent_id TEXT, parent_agent_id TEXT,
    seq INTEGER, ts_ms BIGINT, kind TEXT, payload TEXT);
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL);
"""
ID = "0b0e7d0a-6f1c-4b7e-9a51-8b1c2d3e4f50"
OTHER = "0b0e7d0a-6f1c-4b7e-9a51-8b1c2d3e4f51"


class ForgeFolder:
    """A folder of theirs, filled as a test needs it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    @property
    def database(self) -> Path:
        return self.path / ".forge.db"

    def credentials(self, *entries: Mapping[str, Any]) -> None:
        (self.path / ".credentials.json").write_text(json.dumps(entries, indent=2))

    def open(self) -> sqlite3.Connection:
        """Their database as they have it: with a write-ahead log. To be closed."""
        is_new = not self.database.exists()
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        if is_new:
            connection.executescript(_TABLES)
        return connection

    def conversation(
        self,
        *messages: Mapping[str, Any],
        id: str = ID,
        title: str | None = "Parser",
        todos: Sequence[Mapping[str, str]] = (),
        **context: Any,
    ) -> None:
        said = {"conversation_id": id, "messages": list(messages), **context}
        self.row(id, title, json.dumps(said), json.dumps({"todos": list(todos)}))

    def row(self, id: str, title: str | None, context: str, metrics: str | None = None) -> None:
        with closing(self.open()) as connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, 77, ?, ?, ?, ?)",
                (id, title, context, "2026-01-02 03:04:05.5", "2026-01-02 04:04:05", metrics),
            )

    def fingerprint(self) -> dict[str, tuple[str, int]]:
        """Name → content and time of every file."""
        return {
            path.name: (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in sorted(self.path.iterdir())
        }


# -- messages --------------------------------------------------------------------------------


def system(content: str) -> dict[str, Any]:
    return {"text": {"role": "System", "content": content}}


def user(content: str, typed: str | None = None, **more: Any) -> dict[str, Any]:
    raw = {} if typed is None else {"raw_content": {"Text": typed}}
    return {"text": {"role": "User", "content": content, **raw, **more}}


def answer(content: str, *calls: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    called = {"tool_calls": list(calls)} if calls else {}
    text = {"role": "Assistant", "content": content, "model": "claude-x", **called, **more}
    tokens = {"prompt_tokens": {"actual": 9}, "total_tokens": {"approx": 11}, "cost": 0.01}
    return {"text": text, "usage": tokens}


def call(name: str, call_id: str | None, arguments: Any) -> dict[str, Any]:
    return {"name": name, "call_id": call_id, "arguments": arguments}


def result(name: str, call_id: str | None, *values: Any, is_error: bool = False) -> dict[str, Any]:
    output = {"is_error": is_error, "values": list(values)}
    return {"tool": {"name": name, "call_id": call_id, "output": output}}
