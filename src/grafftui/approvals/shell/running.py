"""Every command that a text could run, for what may never run: wide, and never failing.

Unlike `reading`, which takes only what is certain, this takes what is possible: commands inside
substitutions, behind wrappers, in strings handed to a shell; and where a text cannot be parsed,
every word of it counts as a command that may run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grafftui.approvals.shell import by_tree_sitter
from grafftui.approvals.shell.names import SHELLS
from grafftui.approvals.shell.reading import read
from grafftui.approvals.shell.syntax import UnreadableError
from grafftui.approvals.shell.unwrapping import (
    Words,
    commands_inside,
    run_directly,
    scanned_inside,
    texts_inside,
)

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 8
"""So many wrappers, or shells within shells, are looked through; more are scanned by words."""

MAX_SCANNED_WORDS = 64
"""How many words of a command found by scanning are kept."""

_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|u[0-9A-Fa-f]{1,4}|.)", re.DOTALL)
_ANSI_C: Final = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NOTHING: Final = re.compile(r"\$[@*#?!0-9-]|\$\{[@*0-9]\}|''|\"\"")
_SPACE: Final = re.compile(r"\$\{?IFS\b[^}\s/'\"]*\}?")
_CUT: Final = re.compile(r"[\s;&|()<>{}`,]+")
_QUOTED: Final = r"""'[^']*'|"(?:[^"\\]|\\.)*"|\\."""
_PARTS: Final = re.compile(rf"""(?:{_QUOTED}|[^;&|\n(){{}}`'"\\])+""", re.DOTALL)
_QUOTED_WORDS: Final = re.compile(rf"""(?:{_QUOTED}|[^\s'"\\<>])+""", re.DOTALL)
_SEGMENT: Final = re.compile(r"[;&|\n]+")


def words_run(command: str) -> list[Words]:
    """The words of every simple command that `command` could run, programs by their bare names.

    Looks through quotes, wrappers (`sudo`, `xargs`, `sh -c`, `find -exec`) and substitutions,
    over all of `command` however long it is. Where it cannot be parsed, every word in it
    begins a command. The answer may hold commands that never run; it is for rules that forbid.
    """
    search = _Search()
    search.text(command, 0)
    return list(search.found)


def likely_run(command: str) -> list[Words]:
    """As `words_run`, but where words had to be scanned no command reaches past a `;`, `&`, `|`
    or line end."""
    search = _Search()
    search.text(command, 0)
    return [words for words, likely in search.found.items() if likely]


def runs(argv: Words) -> list[Words]:
    """The command `argv`, its program by its bare name, and all that it runs in turn."""
    search = _Search()
    search.command(argv, 0)
    return [words for words, likely in search.found.items() if likely]


@dataclass(slots=True)
class _Search:
    found: dict[Words, bool] = field(default_factory=dict)

    def text(self, text: str, depth: int) -> None:
        """Add what the shell text `text` runs."""
        if depth > MAX_DEPTH:
            self.scan(text)
            return
        try:
            commands = [part.argv for part in read(text)]
            for words in commands:
                self.command(words, depth)
            if any(map(_reads_commands, commands)):
                self.scan(text)
            return
        except (UnreadableError, RecursionError):
            pass
        try:
            commands = _by_tree_sitter(text)
        except (ImportError, UnreadableError, RecursionError):
            self.scan(text)
            return
        for words in [*commands, *_by_joints(text)]:
            self.command(words, depth)
        if not commands or any(map(_reads_commands, commands)):
            self.scan(text)

    def command(self, words: Words, depth: int) -> None:
        """Add the command `words`, and all that it runs in turn."""
        words = run_directly(words)
        if not words or self.found.get(words):
            return
        self.found[words] = True
        if depth > MAX_DEPTH:
            self.scan(" ".join(words))
            return
        for inner in commands_inside(words):
            self.command(inner, depth + 1)
        for text in texts_inside(words):
            self.text(text, depth + 1)
        for text in scanned_inside(words):
            self.scan(text)

    def scan(self, text: str) -> None:
        """Add a command for every word of `text`, quotes and backslashes taken out."""
        for variant in _variants(text):
            for segment in _SEGMENT.split(variant):
                self._scan_words(re.sub(r"[\"'\\]", "", segment), likely=True)
            self._scan_words(re.sub(r"[\"'\\$]", "", variant.replace("=", " ")), likely=False)

    def _scan_words(self, text: str, *, likely: bool) -> None:
        words = [word for word in _CUT.split(text) if word]
        for i in range(len(words)):
            if found := run_directly(tuple(words[i : i + MAX_SCANNED_WORDS])):
                self.found.setdefault(found, likely)


def _reads_commands(words: Words) -> bool:
    """Whether what `words` runs is computed, or read from its input as a shell does."""
    words = run_directly(words)
    if not words:
        return False
    reads_input = words[0] in SHELLS or words[0] in ("source", ".", "xargs", "parallel")
    return bool(re.search(r"[$`*?\[{]", words[0])) or (reads_input and not _has_operand(words[1:]))


def _has_operand(words: Words) -> bool:
    return any(not word.startswith("-") and word != "/dev/stdin" for word in words)


def _variants(text: str) -> Iterator[str]:
    text = text.replace("\\\n", "")
    yield _NOTHING.sub("", _SPACE.sub(" ", text))
    if "$'" in text:
        yield _ANSI_C.sub(lambda match: _ESCAPE.sub(_letter, match[1]), text)


def _letter(match: re.Match[str]) -> str:
    escape = match[1]
    try:
        if escape[0] in "xu" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape[0].isdigit():
            return chr(int(escape, 8) & 0xFF)
    except ValueError:
        return escape
    return " " if escape in "nrtfv" else escape


def _by_tree_sitter(text: str) -> list[Words]:
    root = by_tree_sitter.parser().parse(text.encode("utf-8", "replace")).root_node
    if root.has_error:
        raise UnreadableError("is not bash that can be read")
    return [tuple(map(_plain, _words(node))) for node in _commands(root)]


def _commands(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in ("command", "declaration_command", "unset_command", "test_command"):
            yield node
        waiting += node.children


def _words(node: Node) -> list[str]:
    left_out = ("file_redirect", "herestring_redirect", "heredoc_redirect")
    words = [child for child in node.children if child.type not in left_out]
    return [(word.text or b"").decode("utf-8", "replace") for word in words]


def _by_joints(text: str) -> Iterator[Words]:
    """The words between whatever ends a command, quotes heeded and nothing else.

    tree-sitter takes some line ends for spaces (before a backslash, after a pipeline).
    """
    for part in _PARTS.findall(text.replace("\\\n", "")):
        words = tuple(map(_plain, _QUOTED_WORDS.findall(part)))
        if words:
            yield words


def _plain(word: str) -> str:
    # Quotes and backslashes out; expansions stay, to be seen as such
    word = _NOTHING.sub("", word.replace("\\\n", ""))
    if word.startswith("$'"):
        return _ESCAPE.sub(_letter, word[2:-1])
    if word[:1] == word[-1:] and word[:1] in ("'", '"') and word.count(word[0]) == 2:
        inside = word[1:-1]
        return inside if word[0] == "'" else re.sub(r"\\([\\\"$`])", r"\1", inside)
    return re.sub(r"[\"'\\]", "", word)
