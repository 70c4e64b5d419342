"""Every command that a text could run, for what may never run: wide, and never failing.

Unlike `reading`, which takes only what is certain, this takes what is possible: commands inside
substitutions, behind wrappers, in strings handed to a shell; and where a text cannot be parsed,
every word of it counts as a command that may run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from grafftui.approvals.shell import by_tree_sitter
from grafftui.approvals.shell.arguments import Known, known_program
from grafftui.approvals.shell.inner_runs import commands_inside
from grafftui.approvals.shell.inner_texts import scanned_inside, texts_inside
from grafftui.approvals.shell.joints import (
    NOTHING,
    between_joints,
    expanded,
    plain,
    redirected,
    with_escapes,
    without_redirects,
)
from grafftui.approvals.shell.names import BUILTINS, SHELLS, kind_of
from grafftui.approvals.shell.reading import read
from grafftui.approvals.shell.syntax import UnreadableError, word_set
from grafftui.approvals.shell.untold import is_untold, with_choices
from grafftui.approvals.shell.unwrapping import (
    Words,
    base_name,
    run_directly,
    without_assignments,
)

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 8
"""So many wrappers, or shells within shells, are looked through; more are scanned by words."""

MAX_SCANNED_WORDS = 64
"""How many words of a command found by scanning are kept."""

ANYWHERE: Final = ""
"""The first of words in which a forbidden command may begin at any."""

_MOST_PROGRAMS: Final = 64
_MOST_UNTOLD: Final = 8
_SPACE: Final = re.compile(r"\$\{?IFS\b[^}\s/'\"]*\}?")
_DEFAULT: Final = re.compile(r"\$\{\w+:?[-=+?]")
_CUT: Final = re.compile(r"[\s;&|()<>{}`,]+")
_SEGMENT: Final = re.compile(r"[;&|\n]+")
_SPEAKERS: Final = word_set("echo printf git gh glab hub jj hg svn logger wall notify-send say")
"""Programs that tell others of commands; what they run themselves is told by their options."""

_QUOTING: Final = ("string", "heredoc_body")
"""What holds commands that are not seen between joints."""

_COMMANDS: Final = ("command", "declaration_command", "unset_command", "test_command")
_OF_CONTAINERS: Final = word_set("docker podman kubectl nerdctl")
_RUN_OTHERS: Final = ("is a shell", "runs another program", "reaches the network")
_READ_INPUT: Final = SHELLS | word_set("source . xargs parallel")


def words_run(command: str) -> list[Words]:
    """The words of every simple command that `command` could run, programs by their bare names.

    Looks through quotes, wrappers (`sudo`, `xargs`, `sh -c`, `find -exec`) and substitutions,
    over all of `command` however long it is. Where it cannot be parsed, every word in it
    begins a command; where a word is only told when it runs, it is a choice of all words; words
    that begin with `ANYWHERE` may hold a command behind any of them. The answer may hold
    commands that never run; it is for rules that forbid.
    """
    search = _searched(command)
    tokens = tuple(dict.fromkeys(base_name(word) for word in _tokens(command)))
    aliases = frozenset(search.aliases)
    chosen = (with_choices(words, tokens, aliases) for words in search.found)
    return [*search.found, *filter(None, chosen), *search.anywhere]


def likely_run(command: str) -> list[Words]:
    """As `words_run`, but where words had to be scanned no command reaches past a `;`, `&`, `|`
    or line end, and words that cannot be told are left as they are."""
    return [words for words, likely in _searched(command).found.items() if likely]


def may_run(command: str) -> list[Words]:
    """The commands of `command` whose programs cannot be told, as they may turn out."""
    untold = [words for words in _searched(command).found if is_untold(words[0])]
    programs = list(dict.fromkeys(map(base_name, _tokens(command))))[:_MOST_PROGRAMS]
    return [(name, *words[1:]) for words in untold[:_MOST_UNTOLD] for name in programs]


def untold_runs(command: str) -> list[str]:
    """The programs in `command` that only the shell can tell, as they are written."""
    return list(dict.fromkeys(_searched(command).untold))


def runs(argv: Words) -> list[Words]:
    """The command `argv`, its program by its bare name, and all that it runs in turn."""
    search = _Search()
    search.command(argv, 0)
    return [words for words, likely in search.found.items() if likely]


def redirects_in(command: str) -> dict[str, bool]:
    """Where the redirects of `command`, and of all that it could run, lead: whether it writes."""
    return dict(_searched(command).redirects)


@lru_cache(maxsize=8)
def _searched(command: str) -> _Search:
    search = _Search()
    search.text(command, 0)
    return search


@dataclass(slots=True)
class _Search:
    """What has been found.

    Attributes:
        found: Commands, and whether they are likely: not only scanned from all words of a text.
        untold: Programs that cannot be told.
        aliases: Names that may come to mean other programs.
        anywhere: Words in which a command may begin anywhere, after `ANYWHERE`.
        redirects: Where redirects lead, and whether there it is written.
    """

    found: dict[Words, bool] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    anywhere: list[Words] = field(default_factory=list)
    redirects: dict[str, bool] = field(default_factory=dict)

    def text(self, text: str, depth: int) -> None:
        """Add what the shell text `text` runs."""
        self._redirects(text)
        if depth > MAX_DEPTH:
            self.untold.append("more shells within shells than are looked through")
            self.scan(text)
            return
        commands = self._commands(text)
        for words in commands:
            self.command(words, depth)
        if not commands or any(_reads_commands(words) for words in commands):
            self.scan(text)
        if any(_reads_language(words) for words in commands):
            self.anywhere.append((ANYWHERE, *_tokens(text)))
        for words in commands:
            if _reads_shell(words) and "<<" not in text.replace("<<<", ""):
                self.untold.append(f"what {words[0]} reads")

    def _redirects(self, text: str) -> None:
        for target, writes in redirected(text):
            self.redirects[target] = writes or self.redirects.get(target, False)

    def _commands(self, text: str) -> list[Words]:
        try:
            return [part.argv for part in read(text)]
        except (UnreadableError, RecursionError):
            pass
        try:
            found, heredocs = _by_tree_sitter(text)
            found += between_joints(text, heredocs)
            return [*found, *between_joints(text)] if any(map(_may_read_shell, found)) else found
        except (ImportError, UnreadableError, RecursionError):
            self.untold.append("what cannot be read")
            return []

    def command(self, words: Words, depth: int, *, guessed: bool = False) -> None:
        """Add the command `words`, and all that it runs in turn."""
        program = next(iter(without_assignments(words)), "")
        words = run_directly(words)
        if not words or self.found.get(words):
            return
        self.found[words] = True
        if not guessed and is_untold(program):
            self.untold.append(program)
        if words[0] == "alias":
            self._alias(words[1:], depth)
        if depth > MAX_DEPTH:
            self.scan(" ".join(words))
            return
        inside = list(commands_inside(words))
        texts = list(texts_inside(words))
        for inner in inside:
            self.command(inner, depth + 1, guessed=words[0] in _OF_CONTAINERS)
        for text in texts:
            self.text(text, depth + 1)
        for text in scanned_inside(words):
            self.scan(text)
        if not inside and not texts and not _only_speaks(words):
            self.anywhere.append((ANYWHERE, *_tokens(" ".join(words[1:]))))

    def _alias(self, definitions: Words, depth: int) -> None:
        for definition in definitions:
            name, equals, meaning = definition.partition("=")
            if equals:
                self.aliases.append(name)
                self.untold.append(f"the alias {name}")
                self.text(meaning, depth + 1)

    def scan(self, text: str) -> None:
        """Add a command for every word of `text`, quotes and backslashes taken out."""
        for variant in _variants(text):
            for segment in _SEGMENT.split(variant):
                self._scan_words(_unquoted(segment), likely=True)
            self._scan_words(_apart(variant), likely=False)

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
    computed = bool(re.search(r"[$`*?\[{]", words[0]))
    return computed or words[0] in ("at", "batch") or _reads_input(words, _READ_INPUT)


def _may_read_shell(words: Words) -> bool:
    """Whether what `words` reads could be shell text: a here-document of theirs is."""
    words = run_directly(words)
    return bool(words) and (is_untold(words[0]) or kind_of(words[0]) in _RUN_OTHERS)


def _reads_shell(words: Words) -> bool:
    """Whether `words` runs what it reads as shell text."""
    return _reads_input(run_directly(words), SHELLS | {"parallel", "source", "."})


def _reads_language(words: Words) -> bool:
    words = run_directly(words)
    if not words or _has_operand(words[1:]):
        return False
    return words[0] == "crontab" or kind_of(words[0]) == "does what its arguments say"


def _reads_input(words: Words, programs: frozenset[str]) -> bool:
    return bool(words) and words[0] in programs and not _has_operand(words[1:])


def _has_operand(words: Words) -> bool:
    return any(not word.startswith("-") and word != "/dev/stdin" for word in words)


def _only_speaks(words: Words) -> bool:
    """Whether `words` run nothing of what their arguments speak of."""
    if words[0] in _SPEAKERS or words[0] in BUILTINS or words[0] == "cd":
        return True
    return isinstance(known_program(words), Known)


def _tokens(text: str) -> list[str]:
    """The words of `text` as they stand apart when nothing is heeded."""
    apart = " ".join(map(_apart, _variants(text)))
    return [word for word in _CUT.split(apart) if word]


def _variants(text: str) -> Iterator[str]:
    text = text.replace("\\\n", "")
    yield NOTHING.sub("", _SPACE.sub(" ", text))
    if "<" in text or ">" in text:
        yield without_redirects(text)
    if "$'" in text:
        yield with_escapes(text)


def _unquoted(text: str) -> str:
    return re.sub(r"[\"'\\]", "", text)


def _apart(text: str) -> str:
    text = _DEFAULT.sub(" ", text)
    return re.sub(r"[=\[\]]", " ", re.sub(r"[\"'\\$]", "", text))


def _by_tree_sitter(text: str) -> tuple[list[Words], frozenset[str]]:
    """The commands of `text`, and the words that end its here-documents."""
    root = by_tree_sitter.parser().parse(text.encode("utf-8", "replace")).root_node
    if root.has_error:
        raise UnreadableError("is not bash that can be read")
    nodes = list(_below(root))
    ends = frozenset(plain(_text(node)) for node in nodes if node.type == "heredoc_start")
    found: list[Words] = []
    for node in nodes:
        if node.type == "command_substitution" and node.parent and node.parent.type in _QUOTING:
            found += between_joints(_text(node).lstrip("$<>"), ends)
        elif node.type in _COMMANDS:
            found.append(expanded(tuple(map(plain, _words(node)))))
    return found, ends


def _below(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def _words(node: Node) -> list[str]:
    left_out = ("file_redirect", "herestring_redirect", "heredoc_redirect")
    return [_text(child) for child in node.children if child.type not in left_out]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
