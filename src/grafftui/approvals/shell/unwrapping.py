"""The words of a command: assignments before it, its bare name, the home directory in it."""

from __future__ import annotations

import os
import re
from typing import Final

Words = tuple[str, ...]

ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*(\[[^\]]*\])?\+?=.*", re.DOTALL)


def base_name(word: str) -> str:
    """The program a command word means, without directories."""
    return word.rstrip("/").rpartition("/")[2] or word


def run_directly(words: Words) -> Words:
    """`words` without assignments before it, its program by its bare name."""
    rest = without_assignments(words)
    return (base_name(rest[0]), *rest[1:]) if rest else ()


def without_assignments(words: Words) -> Words:
    """`words` without assignments before it."""
    at = 0
    while at < len(words) and ASSIGNMENT.fullmatch(words[at]):
        at += 1
    return words[at:]


def home_expanded(word: str, home: str, cwd: str) -> str:
    """`word` with `~`, `$HOME` and `$PWD` at its start written out."""
    match = re.match(r"(~\+|~|\$HOME\b|\$\{HOME\}|\$PWD\b|\$\{PWD\})(?=/|$)", word)
    if not match:
        return word
    start = cwd if match[1] in ("~+", "$PWD", "${PWD}") else home
    return os.path.join(start, word[match.end() :].lstrip("/")) if start else word
