"""A command as literal words: only what two independent parsers read alike."""

from __future__ import annotations

from functools import lru_cache

from grafftui.approvals.shell import by_bashlex, by_tree_sitter
from grafftui.approvals.shell.characters import check_characters
from grafftui.approvals.shell.syntax import ReadCommand, UnreadableError

MAX_COMMANDS = 16
"""More simple commands than this nobody looks through."""

_RESERVED = frozenset(
    [
        "if",
        "then",
        "elif",
        "else",
        "fi",
        "time",
        "for",
        "in",
        "until",
        "while",
        "do",
        "done",
        "case",
        "esac",
        "coproc",
        "select",
        "function",
        "{",
        "}",
        "[[",
        "]]",
        "!",
    ]
)


def read(command: str) -> tuple[ReadCommand, ...]:
    """The simple commands of `command`, joined by `&&`, `||`, `;` or `|` if several.

    Raises:
        UnreadableError: It is not made of literal words alone, the parsers differ, or one of
            them is missing.
    """
    found = _read(command)
    if isinstance(found, str):
        raise UnreadableError(found)
    return found


@lru_cache(maxsize=512)  # a command is looked at from several sides, and past ones again and again
def _read(command: str) -> tuple[ReadCommand, ...] | str:
    """The simple commands, or why it cannot be read."""
    try:
        check_characters(command)
        first = by_tree_sitter.read(command)
        second = by_bashlex.read(command)
    except ImportError:
        return "cannot be read: no parser is installed"
    except UnreadableError as error:
        return str(error)
    if len(first) != len(second) or not all(map(ReadCommand.same_as, first, second)):
        return "is read differently by two parsers"
    if not first:
        return "is empty"
    if len(first) > MAX_COMMANDS:
        return f"has more than {MAX_COMMANDS} parts"
    for part in first:
        if part.argv[0] in _RESERVED:
            return f"holds the shell word {part.argv[0]}"
    return tuple(first)


def load_parsers() -> None:
    """Load them now, which takes some 0.2 s, so that the first command need not wait for it."""
    _read("true")


def literal_words(command: str) -> tuple[str, ...]:
    """The words of a command that is a single one without redirects; () for any other."""
    try:
        parts = read(command)
    except UnreadableError:
        return ()
    return parts[0].argv if len(parts) == 1 and not parts[0].redirects else ()
