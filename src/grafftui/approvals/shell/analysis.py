"""A shell command taken apart: what each part is, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grafftui.approvals.shell.arguments import objections
from grafftui.approvals.shell.destruction import Harm, add_harm
from grafftui.approvals.shell.place import Place
from grafftui.approvals.shell.reading import read
from grafftui.approvals.shell.running import likely_run, runs
from grafftui.approvals.shell.syntax import ReadCommand, Redirect, UnreadableError
from grafftui.approvals.shell.unwrapping import Words


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
    simple = tuple(_simple(part, place) for part in parts)
    # Parts do more together: `echo 'rm -rf /' | sh`
    dangers, refusals = _harm(likely_run(command), place)
    return Analysis(simple, "", dangers, refusals)


def _simple(part: ReadCommand, place: Place) -> SimpleCommand:
    dangers, refusals = _harm(runs(part.argv), place)
    return SimpleCommand(
        part.text, part.argv, objections(part, place), dangers, refusals, part.redirects
    )


def _unreadable(command: str, why: str, place: Place) -> Analysis:
    dangers, refusals = _harm(likely_run(command), place)
    return Analysis((), why, dangers, refusals)


def _harm(commands: list[Words], place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    harm = Harm()
    for words in commands:
        add_harm(words, place, harm)
    return _once(harm.dangers), _once(harm.refusals)


def _once(clauses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clauses))
