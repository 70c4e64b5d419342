"""JSON that a person wrote: read strictly, and every complaint says in which line."""

from __future__ import annotations

import json
import re
from typing import Any, Final

Steps = tuple[str | int, ...]
"""The way to a value: keys and positions."""

MOST_DEEP: Final = 32

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|\n|[^\s{}\[\],:"]+')


class JsonProblem(ValueError):
    """What is wrong, and in which line.

    Args:
        words: What is wrong.
        line: Counted from 1.
    """

    def __init__(self, words: str, line: int) -> None:
        super().__init__(words)
        self.line = line


def read_json(text: str) -> Any:
    """What `text` says.

    Raises:
        JsonProblem: It is no JSON, nests too deep, or names a key twice.
    """
    text = text.removeprefix("\ufeff")
    _check_depth(text)
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise JsonProblem(f"this is no JSON: {error.msg.lower()}", error.lineno) from None
    except ValueError as error:  # Infinity; a number of a thousand digits
        raise JsonProblem(str(error), 1) from None
    seen: set[Steps] = set()
    for steps, line in _keys(text):
        if steps in seen:
            raise JsonProblem(f"{in_words(steps)} stands here a second time", line)
        seen.add(steps)
    return value


def line_of(text: str, steps: Steps) -> int:
    """The line of `text`, which is JSON, in which the last of `steps` stands that is there."""
    lines = dict(_keys(text))
    while steps and steps not in lines:
        steps = steps[:-1]
    return lines.get(steps, 1)


def in_words(steps: Steps) -> str:
    """`mcpServers.docs.args[1]`."""
    words = ""
    for step in steps:
        words += f"[{step}]" if isinstance(step, int) else f".{step}"
    return words.removeprefix(".")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _check_depth(text: str) -> None:
    depth, line = 0, 1
    for token in _TOKEN.finditer(text):
        sign = token[0]
        line += sign.count("\n")
        depth += (sign in "{[") - (sign in "}]")
        if depth > MOST_DEEP:
            raise JsonProblem("it nests too deep", line)


def _keys(text: str) -> list[tuple[Steps, int]]:
    """The way to every value that has a key or a position → the line it begins in."""
    found: list[tuple[Steps, int]] = []
    way: list[str | int] = []
    open_signs: list[str] = []
    line, last = 1, ""
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign == "\n":
            line += 1
            continue
        if sign in ("}", "]"):
            way.pop()
            open_signs.pop()
        elif sign == ",":
            if open_signs[-1] == "[":
                assert isinstance(way[-1], int)
                way[-1] += 1
        elif open_signs and open_signs[-1] == "{" and last in ("{", ","):
            way[-1] = json.loads(sign)
            found.append((tuple(way), line))
        elif sign != ":":
            if open_signs and open_signs[-1] == "[":
                found.append((tuple(way), line))
            if sign in ("{", "["):
                open_signs.append(sign)
                way.append(0 if sign == "[" else "")
        last = sign
    return found
