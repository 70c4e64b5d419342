"""Commands that may stand in what is handed to a program: in its arguments, its environment and
its input. Nobody knows every option that runs something, so for what forbids the first words of
such text count, unless the program only speaks of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from grafftui.approvals.shell.arguments import Known, known_program
from grafftui.approvals.shell.names import BUILTINS, kind_of
from grafftui.approvals.shell.syntax import word_set
from grafftui.approvals.shell.unwrapping import ASSIGNMENT, Words, base_name

_SPEAKERS: Final = word_set(
    "echo printf git gh glab hub jj hg svn logger wall notify-send say curl tee patch apply_patch "
    "mail sendmail ag ack ack-grep ugrep pcregrep apropos whatis xclip wl-copy pbcopy"
)
"""Programs that tell others of commands; what they run themselves is told by their options."""

_MOST_SEGMENTS: Final = 256
_MOST_WORDS: Final = 64
_MAY_RUN: Final = re.compile(r"[\s!;&|`]|\$\(")
_SEGMENT: Final = re.compile(r"\$\(|\\[ntr]|[!;&|\n`(){}\[\]:=,\"']+")
_PLAIN: Final = re.compile(r"[\w./+~-]*\w")
_PROGRAM_FILE: Final = re.compile(r"(?:/[\w.+-]+)*/s?bin/[\w.+-]+")
_COPIERS: Final = word_set("cp ln install mv")
_RUN_VARIABLE: Final = re.compile(
    r"(\w+_)?(PAGER|EDITOR|VISUAL|BROWSER|SHELL|COMMAND|CMD|SSH|ASKPASS|WRAPPER|EXTERNAL_DIFF|"
    r"PS[0-4]|LESSOPEN|LESSCLOSE|RSH|RUN)"
)
"""Variables of whose values programs are known to run what they find."""

_DECLARING: Final = word_set("export declare typeset")


def only_speaks(words: Words) -> bool:
    """Whether `words` run nothing of what their arguments speak of."""
    if words[0] in _SPEAKERS or words[0] in BUILTINS or words[0] == "cd":
        return True
    return isinstance(known_program(words), Known)


def guessed_in(text: str) -> Iterator[Words]:
    """The commands that may stand in `text`: at its start, and behind what often stands before
    one."""
    if not _MAY_RUN.search(text):
        return
    for segment in _SEGMENT.split(text)[:_MOST_SEGMENTS]:
        words = tuple(segment.replace("\\", "").lstrip(" \t@").split())[:_MOST_WORDS]
        if words and _PLAIN.fullmatch(words[0]):
            yield words


def guessed_before(words: Words) -> Iterator[Words]:
    """The commands in the assignments of `words`: those before a program are handed to it."""
    at = 0
    while at < len(words) and ASSIGNMENT.fullmatch(words[at]):
        at += 1
    for word in words[:at]:
        yield from _in_assignment(word, handed=at < len(words))


def guessed_behind(words: Words, inner: Collection[str]) -> Iterator[Words]:
    """The commands in the arguments of `words`, as `run_directly` gives it.

    Args:
        inner: Arguments that have been looked through as commands or as shell text.
    """
    program, rest = words[0], words[1:]
    if program in _DECLARING:
        for word in filter(ASSIGNMENT.fullmatch, rest):
            yield from _in_assignment(word, handed=True)
    if program in _COPIERS:
        yield from ((base_name(word),) for word in rest if _PROGRAM_FILE.fullmatch(word))
    if only_speaks(words):
        return
    for word in words:
        if word in inner:
            continue
        yield from guessed_in(word)
        if ASSIGNMENT.fullmatch(word):
            yield from _in_assignment(word, handed=False)


def runs_input(words: Words) -> bool:
    """Whether `words`, as `run_directly` gives it, may run what it reads."""
    wraps = kind_of(words[0]) == "runs another program"
    return not wraps and not only_speaks(words)


def _in_assignment(word: str, *, handed: bool) -> Iterator[Words]:
    name, _, value = word.partition("=")
    is_run = bool(_RUN_VARIABLE.fullmatch(name.rstrip("+")))
    if is_run or handed:
        yield from guessed_in(value)
    if is_run and _PLAIN.fullmatch(value):
        yield (value,)
