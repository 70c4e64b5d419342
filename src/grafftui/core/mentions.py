"""Files a prompt names: `@[path]`, `@[path:start:end]`, `@[path#symbol]`, `@path`, `@"a path"`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_BRACKETED: Final = re.compile(r"@\[([^\]\n]{1,4096})\]")
_PLAIN: Final = re.compile(r'(?<![\w@/.`])@(?:"([^"\n]{1,4096})"|([^\s"@\[\]]{1,4096}))')
_WHERE: Final = re.compile(r"(?P<path>.+?)(?::(?P<start>\d{1,9})(?::(?P<end>\d{1,9}))?)?")
_NEWLINE: Final = re.compile(r"\r\n|\n|\r")
_AFTER: Final = ".,;:!?)}>'`”’»…"
"""What may follow a path without belonging to it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A file, or a part of it, that belongs to a prompt.

    Attributes:
        path: As it was written.
        start: First line, from 1; None for the file's first.
        end: Last line, included; None for the file's last.
        symbol: The name whose definition is meant; "" for none.
    """

    path: str
    start: int | None = None
    end: int | None = None
    symbol: str = ""


def mentions(prompt: str, is_file: Callable[[str], bool]) -> list[Mention]:
    """What `prompt` mentions, each once, in order.

    Args:
        is_file: Whether there is a file of that name. Without brackets only that is a mention:
            `@property` is none.
    """
    found: dict[int, Mention] = {}
    for match in _BRACKETED.finditer(prompt):
        found[match.start()] = _in_brackets(match[1].strip(), is_file)
    for match in _PLAIN.finditer(prompt):
        names = [match[1]] if match[1] else [match[2], match[2].rstrip(_AFTER)]
        name = next((name for name in names if name and is_file(name)), None)
        if name is not None:
            found[match.start()] = Mention(name)
    return list(dict.fromkeys(found[at] for at in sorted(found) if found[at].path))


def _in_brackets(written: str, is_file: Callable[[str], bool]) -> Mention:
    if is_file(written):
        return Mention(written)
    path, _, symbol = written.partition("#")
    match = _WHERE.fullmatch(path)
    if match is None:
        return Mention(written)
    start, end = (int(match[name]) if match[name] else None for name in ("start", "end"))
    return Mention(match["path"], start, end, symbol.strip())


_DEFINITION: Final = (
    r"^(?P<indent>[ \t]*)(?:@?[\w$<>\[\]*&,.:()]+[ \t]+){{0,6}}?"
    r"(?:def|class|fn|func|function|fun|sub|struct|enum|union|interface|trait|impl|type|module|"
    r"mod|namespace|object|record|protocol|extension|macro|const|let|var|val|static)[ \t*]+"
    r"(?:\([^)\n]*\)[ \t]*)?{name}\b"
)
_ASSIGNMENT: Final = r"^(?P<indent>[ \t]*)(?:[\w$]+[ \t]+){{0,3}}?{name}[ \t]*(?::[^=\n]+)?[=(:{{]"


def definition(text: str, symbol: str) -> tuple[int, int] | None:
    """First and last line of what looks like the definition of `symbol`; None for none.

    By its words and by indentation, in whatever language: a guess, which is usually right. Of
    `Outer.inner` the last name counts, within the first.
    """
    lines = _NEWLINE.split(text)
    first, last = 1, len(lines)
    for name in re.split(r"\.|::", symbol):
        found = _defined(lines, name, first, last)
        if found is None:
            return None
        first, last = found
    return first, last


def _defined(lines: list[str], name: str, first: int, last: int) -> tuple[int, int] | None:
    for pattern in (_DEFINITION, _ASSIGNMENT):
        begins = re.compile(pattern.format(name=re.escape(name)))
        for at in range(first, last + 1):
            if len(lines[at - 1]) < 2_000 and (match := begins.match(lines[at - 1])):
                return at, _end(lines, at, len(match["indent"]))
    return None


def _end(lines: list[str], at: int, indent: int) -> int:
    """The last line of the block that begins at `at`: what stands deeper, and what closes it."""
    end = at
    for number in range(at + 1, len(lines) + 1):
        line = lines[number - 1].rstrip()
        words = line.lstrip()
        if not words:
            continue
        if len(line) - len(words) <= indent and words[0] not in "{}])" and words != "end":
            break
        end = number
    return end
