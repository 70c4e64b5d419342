"""Random commands, and what bash makes of them: the words each program is started with."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

PROGRAMS = ("ga", "gb", "gc")
"""Names of programs that only write down their words."""

# One write for one call: several of them run at a time in a pipeline
_RECORDER = """#!/bin/sh
printf '%s\\0' "${0##*/}" "$@" "$END" >> "$RECORD"
"""

_BARE = [*"abz019-_=+,.:/@%^#!~", "--", "-n", "a=b", "HEAD~1", "HEAD^", "x#y", "//"]
_NASTY = [
    *"*?[]{}$`\\'\"();<>|&\n\t ",
    "\\\\", "\\'", '\\"', "\\ ", "$x", "${x}", "$(x)", "$'a'", '$"a"', "~", "~/", ":~", "=~", "!",
    "{a,b}", "é", "\\\n", "''", '""', ">/dev/null", "2>&1", ">&2", "# c", "\\~", "\\$", "\\;",
    "''~", "$", "\\#", "'#'", "\\-", "\\\\\\", "a\\", "x''\\;", "1>", "2", "0x1", "-5", "[[", "if",
    "time",
]  # fmt: skip
_INSIDE_SINGLE = [*'ab $`\\"*?~!#;|&(){}<>=é', "\\\\", "\\n", "$x"]
_INSIDE_DOUBLE = [
    *"ab *?~!#;|&(){}<>='é",
    "\\\\",
    '\\"',
    "\\$",
    "\\`",
    "\\n",
    "\\.",
    "$",
    "\\",
    "$x",
]
_JOINTS = ["; ", " && ", " | ", " || ", ";", "&&", "|", ";  "]


def random_command(chance: random.Random) -> str:
    """One to four simple commands of the recording programs, with quoting of every kind."""
    text = " " * (chance.random() < 0.05)
    for number in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        if number:
            text += chance.choice(_JOINTS)
        text += _simple(chance)
    return text + chance.choice(("", "", "", "", ";", " ", " ;", "\n"))


def _simple(chance: random.Random) -> str:
    name = chance.choice(PROGRAMS)
    if chance.random() < 0.1:
        name = chance.choice((f"'{name}'", f'"{name}"', f"{name[0]}''{name[1:]}", f"\\{name}"))
    words = [name] + [_word(chance) for _ in range(chance.randrange(6))]
    if chance.random() < 0.15:
        words.append(
            chance.choice((">/dev/null", "2>/dev/null", "2>&1", "&>/dev/null", "> /dev/null"))
        )
    return chance.choice((" ", " ", " ", "  ")).join(words)


def _word(chance: random.Random) -> str:
    pieces = []
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        kind = chance.random()
        if kind < 0.45:
            pieces.append("".join(chance.choices(_BARE, k=chance.randint(1, 4))))
        elif kind < 0.62:
            pieces.append(
                "'" + "".join(chance.choices(_INSIDE_SINGLE, k=chance.randrange(5))) + "'"
            )
        elif kind < 0.79:
            pieces.append(
                '"' + "".join(chance.choices(_INSIDE_DOUBLE, k=chance.randrange(5))) + '"'
            )
        elif kind < 0.90:
            pieces.append("\\" + chance.choice("abn *?[]{}$`'\"();<>|&~#!\\-=é"))
        else:
            pieces.append(chance.choice(_NASTY))
    return "".join(pieces)


def make_recorders(directory: Path) -> None:
    """Put the recording programs into `directory`."""
    for name in PROGRAMS:
        path = directory / name
        path.write_text(_RECORDER)
        path.chmod(0o755)


def words_by_bash(command: str, programs: Path, empty: Path) -> list[tuple[str, ...]]:
    """What bash starts for `command`, in no certain order where it is a pipeline.

    Args:
        command: As given to `bash -c`.
        programs: A directory with the recording programs; all there is on the PATH.
        empty: An empty directory to run in.
    """
    record = programs / "record"
    record.write_bytes(b"")
    subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-c", command],
        env={"PATH": str(programs), "RECORD": str(record), "END": "\1", "LANG": "C.UTF-8"},
        cwd=empty,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    calls = record.read_bytes().decode().split("\0\1\0")[:-1]
    return [tuple(call.split("\0")) for call in calls]
