"""The second reading: bashlex finds where the words are, `quoting` says what they mean.

It may be given only what the first reading let through, and may not expand words: on other texts
it can loop for ever, and it takes quotes out wrongly (`"a"'b'`).
"""

from __future__ import annotations

import re
from typing import Any

from grafftui.approvals.shell.quoting import literal
from grafftui.approvals.shell.syntax import ReadCommand, Redirect, UnreadableError

_JOINTS = frozenset(("&&", "||", ";"))
_OPERATORS = frozenset((">", ">>", ">|", "<", "&>", "&>>", ">&", "<&"))


def _parse(command: str) -> list[Any]:
    import bashlex  # type: ignore[import-untyped]

    try:
        return list(bashlex.parse(command, expansionlimit=-1))
    except Exception as error:  # it fails in many ways on what it does not know
        raise UnreadableError("is not bash that can be read") from error


def read(command: str) -> list[ReadCommand]:
    """The simple commands of `command`, in their order.

    Raises:
        ImportError: The parser is not installed.
        UnreadableError: There is anything in it that is not on the positive list.
    """
    found: list[ReadCommand] = []
    for tree in _parse(command):
        _collect(tree, command, found)
    return found


def _collect(node: Any, source: str, found: list[ReadCommand]) -> None:
    if node.kind == "command":
        found.append(_command(node, source))
    elif node.kind in ("list", "pipeline"):
        for part in node.parts:
            _collect(part, source, found)
    elif not _is_joint(node):
        raise UnreadableError(f"holds a {node.kind}, which is not read")


def _is_joint(node: Any) -> bool:
    if node.kind == "operator":
        return node.op in _JOINTS
    return bool(node.kind == "pipe" and node.pipe == "|")


def _command(node: Any, source: str) -> ReadCommand:
    words: list[str] = []
    redirects: list[Redirect] = []
    name_text = ""
    for part in node.parts:
        if part.kind == "word":
            name_text = name_text or _slice(part, source)
            words.append(_word(part, source))
        elif part.kind == "redirect":
            redirects.append(_redirect(part, source))
        else:
            raise UnreadableError(f"holds an {part.kind}, which is not read")
    if not words:
        raise UnreadableError("holds a redirect without a command")
    return ReadCommand(_slice(node, source), name_text, tuple(words), tuple(redirects))


def _word(node: Any, source: str) -> str:
    return literal(_slice(node, source))


def _redirect(node: Any, source: str) -> Redirect:
    if node.type not in _OPERATORS or node.heredoc is not None:
        raise UnreadableError(f"holds a {node.type} redirect, which is not read")
    descriptor = "" if node.input is None else str(node.input)
    if isinstance(node.output, int):
        text = source[node.pos[0] : node.pos[1]]
        if not re.fullmatch(r"\d*[<>]& ?\d+", text):
            raise UnreadableError("holds a redirect that cannot be read")
        return Redirect(descriptor, node.type, str(node.output))
    if isinstance(node.output, str):  # `>&-`
        raise UnreadableError("closes a stream, which is not read")
    return Redirect(descriptor, node.type, _word(node.output, source))


def _slice(node: Any, source: str) -> str:
    return source[node.pos[0] : node.pos[1]]
