"""What the policy needs to know of a command: its parts, and every word that may matter.

The parts come from the shell analysis, which reads what is harmless to read. What only serves to
forbid, or to ask, looks further: at wrapped commands, and at the plain words of what cannot be
read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from grafftui.approvals.request import Request
    from grafftui.approvals.shell import SimpleCommand

_READ_ONLY: Final = (
    frozenset(
        ("basename", "cat", "cmp", "cut", "date", "df", "diff", "dirname", "du", "echo", "false")
    )
    | frozenset(
        ("file", "find", "grep", "head", "id", "ls", "nl", "printf", "pwd", "readlink", "realpath")
    )
    | frozenset(("rg", "sort", "stat", "tail", "tree", "true", "uname", "uniq", "wc", "which"))
)
_READ_ONLY_GIT: Final = frozenset(
    ("blame", "describe", "diff", "grep", "log", "ls-files", "rev-parse", "shortlog", "show")
) | {"status"}
WRITERS: Final = frozenset(
    ("chmod", "chown", "cp", "dd", "install", "ln", "mkdir", "mv", "patch", "rm", "rmdir")
) | frozenset(("rsync", "sed", "shred", "tee", "touch", "truncate", "unlink", "unzip", "tar"))
"""Programs whose operands are files they write: a rule for one file is none for another."""

_SEPARATORS = re.compile(r"""[\s;&|()<>`'"{}\[\],=]+""")
_REDIRECT_TARGET = re.compile(r""">[>|&]?\s*["']?([^\s;&|()<>"']+)""")


@dataclass(frozen=True, slots=True)
class CommandReading:
    """A command, read as far as it goes.

    Attributes:
        simple: Its simple commands; none where it cannot be read.
        unreadable: Why it cannot be read; "" if it can.
        dangers: What it would destroy.
        refusals: What it would destroy that is never destroyed.
        argvs: The words of everything it may run, wrapped commands too, for what forbids.
        named: Every word in it that could be a path or an address.
        written: Those that are written, as far as can be told.
        only_reads: Whether all it does is known to be reading.
    """

    simple: tuple[SimpleCommand, ...]
    unreadable: str
    dangers: tuple[str, ...]
    refusals: tuple[str, ...]
    argvs: tuple[tuple[str, ...], ...]
    named: tuple[str, ...]
    written: frozenset[str]
    only_reads: bool


def read_command(
    request: Request, workspace: str, is_off_limits: Callable[[str], bool]
) -> CommandReading:
    """The command of `request`.

    Args:
        is_off_limits: Whether a rule forbids to read a path, in whatever spelling.
    """
    from grafftui.approvals.shell import Place, analyse, looks_secret, redirects_in, words_run

    command = request.command
    place = Place(
        cwd=request.cwd,
        workspace=workspace or request.cwd,
        home=os.path.expanduser("~"),
        path_dirs=tuple(os.environ.get("PATH", os.defpath).split(os.pathsep)),
        is_off_limits=lambda path: looks_secret(path) or is_off_limits(path),
        is_forbidden=is_off_limits,
    )
    analysis = analyse(command, place)
    simple, unreadable = analysis.simple, analysis.unreadable
    if not _runs_its_text(request, simple):
        simple, unreadable = (), "would run something else than its text"
    argvs = (*(part.argv for part in simple), *words_run(command))
    tokens = _tokens(command)
    redirects = redirects_in(command)
    return CommandReading(
        simple,
        unreadable,
        analysis.dangers,
        analysis.refusals,
        tuple(dict.fromkeys(argv for argv in argvs if argv)),
        _named((*tokens, *redirects, *(word for argv in argvs for word in argv[1:]))),
        _written(command, argvs) | {target for target, writes in redirects.items() if writes},
        bool(simple) and all(map(reads_only, simple)),
    )


def without_harm(reading: CommandReading) -> CommandReading:
    """A command that runs in a lasting sandbox: what it destroys is a copy, and what would be
    lost of it cannot be told from here."""
    simple = tuple(replace(part, dangers=(), refusals=()) for part in reading.simple)
    return replace(reading, simple=simple, dangers=(), refusals=())


def _runs_its_text(request: Request, simple: tuple[SimpleCommand, ...]) -> bool:
    """Whether the process that is started does what the text says: bash with it, or its words.

    As a login shell bash reads files of the person's own before.
    """
    argv = request.argv
    if not argv or (len(simple) == 1 and argv == simple[0].argv and not simple[0].redirects):
        return True
    runs = (("-c", request.command), ("-lc", request.command))
    return argv[0].rpartition("/")[2] == "bash" and argv[-2:] in runs


def reads_only(part: SimpleCommand) -> bool:
    """Whether all that `part` does is reading what may be read."""
    if part.objections or part.dangers or part.refusals or not part.argv:
        return False
    if part.argv[0] == "git":
        return part.argv[1:2] != () and part.argv[1] in _READ_ONLY_GIT
    return part.argv[0] in _READ_ONLY


def _tokens(command: str) -> tuple[str, ...]:
    plain = command.replace("\\\n", "").replace("\\", "")
    return tuple(word for word in _SEPARATORS.split(plain) if word)


def _named(words: Iterable[str]) -> tuple[str, ...]:
    """`words`, and the names in them: of `HEAD:.env`, `@.env` and `-f.env` it is `.env`."""
    found = dict.fromkeys(words)
    for word in tuple(found):
        if word.startswith("-"):
            found.setdefault(word[2:])
        if ":" in word or "@" in word:
            found.update(dict.fromkeys(re.split("[:@]", word)))
    return tuple(filter(None, found))


def _written(command: str, argvs: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    found = set(_REDIRECT_TARGET.findall(command))
    for argv in argvs:
        if argv and argv[0].rpartition("/")[2] in WRITERS:
            found.update(word for word in argv[1:] if not word.startswith("-"))
            found.update(word.partition("=")[2] for word in argv[1:] if "=" in word)
    return frozenset(found)
