"""In which directories the parts of a command may run, its `cd`s followed as far as they can be
told.

A directory matters for what a command destroys: `cd .. && rm -rf ws` removes the workspace.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grafftui.approvals.shell.unwrapping import Words, home_expanded

MOST: Final = 32
"""So many directories are looked at; where there may be more, it cannot be told."""

_UNTOLD: Final = re.compile(r"[$`*?\[{]")
_MOVES: Final = frozenset(("cd", "pushd", "chdir"))
_CHANGES_BACK: Final = frozenset(("popd", "z", "j"))
_MOVING_OPTION: Final = re.compile(
    r"(--chdir|--directory|--working-directory|--workdir|--cwd|-C|-D)(?:=?(?<=[=CD])(.+))?"
)
_HAVE_MOVING_OPTION: Final = frozenset(
    ("env", "sudo", "doas", "systemd-run", "bwrap", "firejail", "uv")
)


@dataclass(frozen=True, slots=True)
class Directories:
    """Where a command may run.

    Attributes:
        known: Real paths, the likeliest first.
        untold: Whether it may be any other too.
    """

    known: tuple[str, ...]
    untold: bool = False


def after(words: Words, before: Directories, home: str) -> Directories:
    """Where what follows the command `words` runs, if `words` did what they say."""
    target = _target(words)
    if target is None:
        return before
    moved = [_moved(directory, target, home) for directory in before.known]
    known = tuple(dict.fromkeys(path for paths in moved for path in paths))
    return Directories(known or before.known, before.untold or not known)


def anywhere(commands: Iterable[Words], start: Directories, home: str) -> Directories:
    """Where any of `commands` may run, if each may run at any time, or not at all."""
    found = start
    moving = [words for words in commands if _target(words) is not None]
    for words in (*moving, *moving):  # a loop may come by once more
        now = after(words, found, home)
        known = tuple(dict.fromkeys((*found.known, *now.known)))
        found = Directories(known[:MOST], now.untold or len(known) > MOST)
    return found


def moves_inside(commands: Sequence[Words]) -> bool:
    """Whether what the first of `commands` runs in turn, the rest, moves somewhere on its own."""
    return any(
        _target(words) is not None and (i > 0 or words[0] in _HAVE_MOVING_OPTION)
        for i, words in enumerate(commands)
    )


def _target(words: Words) -> str | None:
    """Where the command `words` moves to; "$" where it cannot be told, None where it does not."""
    program, rest = words[0], words[1:]
    if program in _CHANGES_BACK:
        return "$"
    if program in _MOVES:
        return _first_operand(rest) or ("~" if program != "pushd" else "$")
    if program in _HAVE_MOVING_OPTION:
        for i, word in enumerate(rest):
            if option := _MOVING_OPTION.fullmatch(word):
                return option[2] or "".join(rest[i + 1 : i + 2]) or "$"
    return None


def _first_operand(words: Sequence[str]) -> str:
    return next((word for word in words if word == "-" or not word.startswith("-")), "")


def _moved(directory: str, target: str, home: str) -> tuple[str, ...]:
    """What `target` means in `directory`; as the shell takes it, and as the system does."""
    name = home_expanded(target, home, directory)
    if name == "-" or name.startswith(("+", "~")) or _UNTOLD.search(name):
        return ()
    path = os.path.join(directory, name)
    return (os.path.realpath(os.path.normpath(path)), os.path.realpath(path))
