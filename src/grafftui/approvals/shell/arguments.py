"""Why no allow rule may cover a simple command, whatever the rule says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grafftui.approvals.shell import (
    build_programs,
    code_programs,
    file_programs,
    git_programs,
    names,
    system_programs,
    text_programs,
)
from grafftui.approvals.shell.options import Arguments, ReadArguments
from grafftui.approvals.shell.options import known as options_of
from grafftui.approvals.shell.place import Place
from grafftui.approvals.shell.repository import objection_to_repository
from grafftui.approvals.shell.syntax import ReadCommand, Redirect

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_HARMLESS_REDIRECTS: Final = frozenset(
    (">/dev/null", "1>/dev/null", "2>/dev/null", "2>&1", "&>/dev/null")
)
_PATHSPEC_MAGIC: Final = re.compile(r"^:(\([^)]*\)|[!^/]+)")
_WILDCARD: Final = re.compile(r"[*?\[\\]")
_GLOB: Final = re.compile(r"[*?\[{(!]")
_CODE_GLOB: Final = re.compile(r"((\*\*|[^*?\[\]{}()!/]*)/)*[^/]*\.(\w+|\{[\w,]+\})")
"""Files by their endings, no directory: it may be a link that leads elsewhere."""

_PROGRAMS: Final[Mapping[str, Arguments]] = {
    **text_programs.PROGRAMS,
    **system_programs.PROGRAMS,
    **code_programs.PROGRAMS,
    **file_programs.PROGRAMS,
    **build_programs.TARGETS,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a program: its arguments, and how many words make its name."""

    arguments: Arguments
    words: int


def known_program(argv: tuple[str, ...]) -> Known | str:
    """What is known of the program `argv` runs; "" for nothing; else what is wrong with it."""
    program = argv[0]
    if argv[1:] == ("--version",) and program in names.TELL_THEIR_VERSION:
        return Known(Arguments("", "none"), 2)
    if argv[1:2] == ("-m",) and code_programs.PYTHON.fullmatch(program):
        module = code_programs.MODULES.get(" ".join(argv[2:3]))
        return Known(module, 3) if module else ""
    tables: Mapping[str, Arguments | Mapping[str, Arguments]] | None
    tables = git_programs.GIT if program == "git" else build_programs.SUBCOMMANDS.get(program)
    if tables is None:
        single = _PROGRAMS.get(program)
        return Known(single, 1) if single else ""
    return _known_subcommand(program, argv[1:], tables)


def _known_subcommand(
    program: str,
    words: tuple[str, ...],
    tables: Mapping[str, Arguments | Mapping[str, Arguments]],
) -> Known | str:
    if not words:
        return f"{program} alone is not known to be harmless"
    found = tables.get(words[0])
    if found is None:
        return f"{program} {words[0]} is not known to be harmless"
    if isinstance(found, Arguments):
        return Known(found, 2)
    inner = found.get(words[1]) if len(words) > 1 else None
    if inner is None:
        return f"{' '.join((program, *words[:2]))} is not known to be harmless"
    return Known(inner, 3)


def without_globals(argv: tuple[str, ...]) -> tuple[str, ...]:
    """`argv` without options that stand before a sub-command and change nothing."""
    if argv[0] != "git":
        return argv
    at = 1
    while at < len(argv) and argv[at] in git_programs.GLOBALS:
        at += 1
    return (argv[0], *argv[at:])


def words_to_say(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words of `argv` that a rule has to hold itself to allow it.

    All of them where the program is in no table, so that nothing is added to what somebody
    wrote down; else the options that change more than the program does without them.
    """
    argv = without_globals(argv)
    known = known_program(argv)
    if isinstance(known, Known):
        read = known.arguments.read(argv[known.words :])
        said = options_of(known.arguments.said)
        return tuple(name for name, _ in read.options if name in said)
    return () if argv[0] == "cd" else argv


def objections(command: ReadCommand, place: Place) -> tuple[str, ...]:
    """Why no rule may cover `command` in `place`, one clause each; empty if one may."""
    found = [_name_objection(command, place), place.objection_to_read(place.cwd)]
    found += [_redirect_objection(redirect, place) for redirect in command.redirects]
    argv = without_globals(command.argv)
    known = known_program(argv)
    if isinstance(known, Known):
        found += _known_objections(known, argv, place)
    elif known:
        found.append(known)
    elif kind := names.kind_of(argv[0]):
        found.append(f"{argv[0]} {kind}")
    elif argv[0] == "cd":
        found.append(_cd_objection(argv, place))
    else:
        found += _unknown_objections(command, place)
    return tuple(dict.fromkeys(filter(None, found)))


def _name_objection(command: ReadCommand, place: Place) -> str:
    name = command.argv[0]
    if command.name_text != name or not _PLAIN_NAME.fullmatch(name):
        return f"{command.name_text} is not a plain program name"
    for directory in place.path_dirs:
        path = os.path.join(directory, name)
        if not os.path.isabs(directory):
            return f"{name} is looked for in {directory!r}, which is no absolute directory"
        if os.path.lexists(path) and os.access(path, os.X_OK):
            real = os.path.realpath(path)
            inside = place.in_workspace(real) or place.in_workspace(path)
            return f"{name} is {path}, in the workspace" if inside else ""
    return ""


def _redirect_objection(redirect: Redirect, place: Place) -> str:
    if str(redirect) in _HARMLESS_REDIRECTS:
        return ""
    if not redirect.to_file:
        return f"redirects with {redirect}"
    verb = "writes to" if redirect.writes else "reads from"
    return f"{verb} {os.path.realpath(os.path.join(place.cwd, redirect.target))}"


def _cd_objection(argv: tuple[str, ...], place: Place) -> str:
    target = argv[1] if len(argv) == 2 else ""
    if target.startswith("/") and os.path.realpath(target) == place.cwd:
        return ""
    return "changes the directory in which what follows runs"


def _known_objections(known: Known, argv: tuple[str, ...], place: Place) -> list[str]:
    arguments = known.arguments
    read = arguments.read(argv[known.words :])
    found = [*read.objections]
    if arguments.check:
        found.append(arguments.check(read))
    if arguments.check_in:
        found.append(arguments.check_in(read, place))
    found += _operand_objections(arguments, read, place)
    found += [place.objection_to_read(path) for path in read.paths]
    if argv[0] == "git":
        found.append(objection_to_repository(place, argv))
    return found


def _operand_objections(arguments: Arguments, read: ReadArguments, place: Place) -> list[str]:
    operands = list(read.operands)
    found = []
    if arguments.operands == "none" and operands:
        found.append(f"{operands[0]} is not known to be harmless")
    if arguments.most is not None and len(operands) > arguments.most:
        found.append(f"{operands[arguments.most]} is one operand too many")
    for word in operands:
        if arguments.form and not re.fullmatch(arguments.form, word):
            found.append(f"{word} is not known to be harmless")
    if arguments.operands in ("pattern", "pattern revisions"):
        listing = read.has("--files", "--type-list")
        if not listing and not read.has("-e", "-f", "--regexp", "--file"):
            operands = operands[1:]
    globs = [value for name, value in read.options if name in arguments.globs.split()]
    found += [place.objection_to_pattern(value) for value in globs if not value.startswith("!")]
    if arguments.operands in ("paths", "pattern"):
        found += [place.objection_to_read(word) for word in operands]
        found += _tree_objections(arguments, read, operands, place)
    elif arguments.operands == "code":
        files = [word.split("::")[0] for word in operands]
        found += [place.objection_to_run(name) for name in files]
        found += [
            f"{name} may match what lies elsewhere"
            for name in files
            if _GLOB.search(name) and not _CODE_GLOB.fullmatch(name)
        ]
        found += [f"takes arguments from {word}" for word in operands if word.startswith("@")]
    elif arguments.operands == "made":
        found += [place.objection_to_make(word) for word in operands]
    elif arguments.operands in ("revisions", "pattern revisions"):
        found += [_revision_objection(word, place) for word in operands]
    return found


def _tree_objections(
    arguments: Arguments, read: ReadArguments, operands: list[str], place: Place
) -> list[str]:
    if not _chosen(arguments.recursive, read):
        return []
    hidden = _chosen(arguments.hidden, read)
    follows = _chosen(arguments.follows, read)
    if read.has("--files", "--type-list"):
        return []
    return [
        place.objection_below(word, hidden=hidden, follows=follows) for word in operands or ["."]
    ]


def _chosen(options: str, read: ReadArguments) -> bool:
    return options == "always" or read.has(*options.split())


def _revision_objection(word: str, place: Place) -> str:
    # A revision, a path, or `revision:path` from the top or, with ./, from here
    word = _PATHSPEC_MAGIC.sub("", word)
    path = word.rpartition(":")[2]
    if _WILDCARD.search(path):
        return place.objection_to_pattern(path)
    for name in {word, path, os.path.join(place.workspace, path.lstrip("/"))}:
        if name and (why := place.objection_to_read(name)):
            return why
    return ""


def _unknown_objections(command: ReadCommand, place: Place) -> list[str]:
    program, *words = command.argv
    found = []
    if command.piped:
        found.append(f"nothing is known of what {program} does with what it is sent")
    for word in words:
        value = word.partition("=")[2]
        slash = word.find("/")
        dashed = word.startswith("-")
        names_found = [value, (word[slash:] if slash >= 0 else "") if dashed else word.lstrip("@")]
        found += [place.objection_to_read(name) for name in names_found if name]
    return found
