"""A shell command taken apart: what each part is, and what speaks against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from grafftui.approvals.shell.arguments import objections
from grafftui.approvals.shell.destruction import NONE_THERE, Harm, add_harm, add_harm_anywhere
from grafftui.approvals.shell.directories import Directories, after, anywhere, moves_inside
from grafftui.approvals.shell.place import Place
from grafftui.approvals.shell.reading import read
from grafftui.approvals.shell.running import likely_run, may_run, runs, untold_runs
from grafftui.approvals.shell.syntax import ReadCommand, Redirect, UnreadableError
from grafftui.approvals.shell.unwrapping import Words, run_directly

_MOST_TOLD: Final = 8
"""Programs that cannot be told, of which each is named."""


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One part of a command, read for certain.

    Attributes:
        text: As it stands in the command.
        argv: Its words, as the program gets them.
        objections: Why no rule may allow it, one clause each.
        dangers: What it would destroy, and how much; asked about in every mode.
        refusals: What it would destroy that is never destroyed; not done at all.
        redirects: Where its streams go.
    """

    text: str
    argv: tuple[str, ...]
    objections: tuple[str, ...] = ()
    dangers: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """A command taken apart.

    Attributes:
        simple: Its parts, in their order; empty where it is unreadable.
        unreadable: Why it cannot be read, as a clause: "holds a variable"; "" where it can.
        dangers: What it, or anything it could run, would destroy; also where it is unreadable.
        refusals: The same, of what is never destroyed.
    """

    simple: tuple[SimpleCommand, ...]
    unreadable: str = ""
    dangers: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def joined(self) -> bool:
        """Whether it has several parts."""
        return len(self.simple) > 1

    @property
    def argv(self) -> tuple[str, ...]:
        """What can be run without a shell: of one part without redirects its words; else ()."""
        if len(self.simple) != 1 or self.simple[0].redirects:
            return ()
        return self.simple[0].argv


def analyse(command: str, place: Place) -> Analysis:
    """Take `command` apart as it would run in `place`. Never fails."""
    try:
        parts = read(command)
    except UnreadableError as error:
        return _unreadable(command, str(error), place)
    except RecursionError:
        return _unreadable(command, "is nested too deep", place)
    where = _where(command, parts, place)
    simple = tuple(map(_simple, parts, [place] * len(parts), where))
    # Parts do more together: `echo 'rm -rf /' | sh`
    dangers, refusals = _harm_of_all(command, place, where[0] if len(set(where)) == 1 else None)
    dangers = (*(danger for part in simple for danger in part.dangers), *dangers)
    refusals = (*(refusal for part in simple for refusal in part.refusals), *refusals)
    return Analysis(simple, "", _once(dangers), _once(refusals))


def _where(command: str, parts: Sequence[ReadCommand], place: Place) -> list[Directories]:
    """Where each of `parts` may run.

    Behind `cd x &&` it is told for certain. In a pipeline, after a `;` or in a shell of its own
    a `cd` may hold or not.
    """
    start = Directories((place.cwd,))
    inside = [runs(part.argv) for part in parts]
    if any(map(moves_inside, inside)) or re.search(r"[|;]", command):
        every = anywhere((words for commands in inside for words in commands), start, place.home)
        return [every] * len(parts)
    found = []
    for part in parts:
        found.append(start)
        start = after(run_directly(part.argv), start, place.home)
    return found


def _simple(part: ReadCommand, place: Place, where: Directories) -> SimpleCommand:
    dangers, refusals = _harm(runs(part.argv), place, where)
    return SimpleCommand(
        part.text, part.argv, objections(part, place), dangers, refusals, part.redirects
    )


def _unreadable(command: str, why: str, place: Place) -> Analysis:
    where = anywhere(likely_run(command), Directories((place.cwd,)), place.home)
    dangers, refusals = _harm_of_all(command, place, where)
    return Analysis((), why, dangers, refusals)


def _harm_of_all(
    command: str, place: Place, where: Directories | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What all of `command` destroys together.

    Args:
        where: Where its parts run; None where each runs somewhere else, and was looked at there.
    """
    untold = tuple(
        f"runs what cannot be told beforehand: {name}" for name in untold_runs(command)[:_MOST_TOLD]
    )
    commands = likely_run(command) if where else []
    dangers, refusals = _harm(
        [*commands, *may_run(command)], place, where or Directories((place.cwd,))
    )
    return (*dangers, *untold), refusals


def _harm(
    commands: Sequence[Words], place: Place, where: Directories
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    harm = Harm()
    for directory in where.known:
        there = Harm()
        for words in commands:
            add_harm(words, replace(place, cwd=directory), there)
        harm.refusals += there.refusals
        harm.dangers += _of_directory(there.dangers, harm, directory, where)
    if where.untold:
        add_harm_anywhere(commands, place, harm)
    return _once(harm.dangers), _once(harm.refusals)


def _of_directory(
    dangers: Sequence[str], known: Harm, directory: str, where: Directories
) -> list[str]:
    if directory == where.known[0]:
        return list(dangers)
    new = [danger for danger in dangers if danger not in known.dangers]
    return [f"{danger}, if it runs in {directory}" for danger in new if NONE_THERE not in danger]


def _once(clauses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clauses))
