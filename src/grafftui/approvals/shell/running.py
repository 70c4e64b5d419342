"""Every command that a text could run, for what may never run: wide, and never failing.

Unlike `reading`, which takes only what is certain, this takes what is possible: commands inside
substitutions, behind wrappers, in strings handed to a shell; and where a text cannot be parsed,
every word of it counts as a command that may run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Final

from grafftui.approvals.shell.guessing import (
    guessed_before,
    guessed_behind,
    guessed_in,
    only_speaks,
    runs_input,
)
from grafftui.approvals.shell.inner_runs import commands_inside
from grafftui.approvals.shell.inner_texts import scanned_inside, texts_inside
from grafftui.approvals.shell.joints import between_joints, redirected
from grafftui.approvals.shell.loose_words import CUT, apart, loose_words, unquoted, variants
from grafftui.approvals.shell.names import SHELLS, kind_of
from grafftui.approvals.shell.reading import read
from grafftui.approvals.shell.syntax import UnreadableError, word_set
from grafftui.approvals.shell.tree_commands import commands_and_inputs
from grafftui.approvals.shell.untold import is_untold, with_choices
from grafftui.approvals.shell.unwrapping import (
    Words,
    base_name,
    run_directly,
    without_assignments,
)

MAX_DEPTH = 8
"""So many wrappers, or shells within shells, are looked through; more are scanned by words."""

MAX_SCANNED_WORDS = 64
"""How many words of a command found by scanning are kept."""

ANYWHERE: Final = ""
"""The first of words in which a forbidden command may begin at any."""

_MOST_PROGRAMS: Final = 64
_MOST_UNTOLD: Final = 8
_SEGMENT: Final = re.compile(r"[;&|\n]+")
_OF_CONTAINERS: Final = word_set("docker podman kubectl nerdctl")
_RUN_OTHERS: Final = ("is a shell", "runs another program", "reaches the network")
_SHOW: Final = word_set("less more most pg tee xxd open xdg-open dialog whiptail")
"""They do what their arguments say, but not what they read."""

_TAKE_COMMANDS: Final = word_set("ed red ex gdb lldb")
"""They read commands even if they are given a file."""

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
    tokens = tuple(dict.fromkeys(base_name(word) for word in loose_words(command)))
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
    programs = list(dict.fromkeys(map(base_name, loose_words(command))))[:_MOST_PROGRAMS]
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
            self.anywhere.append((ANYWHERE, *loose_words(text)))
            self._guess(guessed_in(text))
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
            found, heredocs, inputs = commands_and_inputs(text)
            for words, given in inputs:
                if any(map(runs_input, _unwrapped(words))):
                    self._guess(guessed_in(given))
            found += between_joints(text, heredocs)
            return [*found, *between_joints(text)] if any(map(_may_read_shell, found)) else found
        except (ImportError, UnreadableError, RecursionError):
            self.untold.append("what cannot be read")
            return []

    def command(
        self, words: Words, depth: int, *, guessed: bool = False, handed: bool = True
    ) -> None:
        """Add the command `words`, and all that it runs in turn.

        Args:
            guessed: Whether it may well be no command, so that it need not be told.
            handed: Whether commands are looked for in its arguments that are not known to be any.
        """
        program = next(iter(without_assignments(words)), "")
        self._guess(guessed_before(words))
        words = run_directly(words)
        if not words or self.found.get(words):
            return
        self.found[words] = True
        if not guessed and is_untold(program):
            self.untold.append(program)
        if words[0] == "alias":
            self._alias(words[1:], depth)
        if words[0] == "hash":
            self._hashed(words[1:], depth)
        if depth > MAX_DEPTH:
            self.scan(" ".join(words))
            return
        inside = list(commands_inside(words))
        texts = list(texts_inside(words))
        in_container = words[0] in _OF_CONTAINERS
        tails = {inner[1:] for inner in inside}
        for inner in inside:
            is_other = inner in tails or "".join(inner[:1]) in texts
            self.command(inner, depth + 1, guessed=in_container, handed=not is_other)
        for text in texts:
            self.text(text, depth + 1)
        for text in scanned_inside(words):
            self.scan(text)
        if handed and not guessed:
            self._guess(guessed_behind(words, {*chain(*inside), *texts}))
        if not inside and not texts and not only_speaks(words):
            self.anywhere.append((ANYWHERE, *loose_words(" ".join(words[1:]))))

    def _guess(self, commands: Iterable[Words]) -> None:
        for words in commands:
            for each in _unwrapped(words):
                self.found.setdefault(each, False)

    def _hashed(self, words: Words, depth: int) -> None:
        """Add what `hash -p path name` makes of names."""
        for i, word in enumerate(words):
            if word.startswith("-p"):
                path, *names = (*filter(None, [word[2:]]), *words[i + 1 :], "")
                self.command((path,), depth + 1)
                self.aliases += filter(None, names)
                self.untold += (f"what {name} is after hash" for name in names if name)

    def _alias(self, definitions: Words, depth: int) -> None:
        for definition in definitions:
            name, equals, meaning = definition.partition("=")
            if equals:
                self.aliases.append(name)
                self.untold.append(f"the alias {name}")
                self.text(meaning, depth + 1)

    def scan(self, text: str) -> None:
        """Add a command for every word of `text`, quotes and backslashes taken out."""
        for variant in variants(text):
            for segment in _SEGMENT.split(variant):
                self._scan_words(unquoted(segment), likely=True)
            self._scan_words(apart(variant), likely=False)

    def _scan_words(self, text: str, *, likely: bool) -> None:
        words = [word for word in CUT.split(text) if word]
        for i in range(len(words)):
            if found := run_directly(tuple(words[i : i + MAX_SCANNED_WORDS])):
                self.found.setdefault(found, likely)


def _unwrapped(words: Words) -> Iterator[Words]:
    """The command `words`, and those that it is given to run."""
    found: set[Words] = set()
    waiting = [words]
    while waiting:
        words = run_directly(waiting.pop()[:MAX_SCANNED_WORDS])
        if words and words not in found:
            found.add(words)
            yield words
            waiting += commands_inside(words)


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
    if words and words[0] in _TAKE_COMMANDS:
        return True
    if not words or _has_operand(words[1:]) or words[0] in _SHOW:
        return False
    kind = kind_of(words[0])
    if kind == "runs what files or packages say":
        return "-" in words or "/dev/stdin" in words
    return words[0] == "crontab" or kind == "does what its arguments say"


def _reads_input(words: Words, programs: frozenset[str]) -> bool:
    return bool(words) and words[0] in programs and not _has_operand(words[1:])


def _has_operand(words: Words) -> bool:
    return any(not word.startswith("-") and word != "/dev/stdin" for word in words)
