"""What is read of the app-server's results.

A version nobody has seen yet may leave it out, or answer with something else altogether. Whoever
asked is told that by a `CodexResultError`, whatever came instead.
"""

from __future__ import annotations

from typing import Any

from grafftui.backends.codex.errors import CodexResultError

Json = dict[str, Any]


def fields_of(result: Any) -> Json:
    """`result`, which has to be a table. Raises `CodexResultError`."""
    if not isinstance(result, dict):
        raise _without("what was asked for")
    return result


def thread_in(result: Any) -> Json:
    """Its thread, which has an id. Raises `CodexResultError`."""
    return _with_id(result, "thread")


def turn_in(result: Any) -> Json:
    """Its turn, which has an id. Raises `CodexResultError`."""
    return _with_id(result, "turn")


def rows_in(result: Any) -> list[Json]:
    """The tables it lists. Raises `CodexResultError`."""
    data = fields_of(result).get("data")
    if not isinstance(data, list):
        raise _without("the list that was asked for")
    return [row for row in data if isinstance(row, dict)]


def exit_code_in(result: Any) -> int:
    """How the command ended. Raises `CodexResultError`."""
    code = fields_of(result).get("exitCode")
    if not isinstance(code, int):
        raise _without("an exit code")
    return code


def _with_id(result: Any, name: str) -> Json:
    found = fields_of(result).get(name)
    if not isinstance(found, dict) or not isinstance(found.get("id"), str) or not found["id"]:
        raise _without(f"a {name}")
    return found


def _without(what: str) -> CodexResultError:
    return CodexResultError(
        f"codex answered without {what}", hint="try another version: see `codex --version`"
    )
