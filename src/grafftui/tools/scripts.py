"""Which scripts a command runs, as far as can be seen, so that a yes is bound to their content.

A yes to `bash build.sh` is a yes to what build.sh says now. Seen are the plain forms: a script
by its path, one handed to an interpreter, the file a task runner reads. What hides behind
variables is not; that is for the sandbox.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from grafftui.tools.path_names import shown_name

_INTERPRETER = re.compile(
    r"(?:ba|z|da|k|fi|c|tc)?sh|source|\.|python[\d.]*|pypy[\d.]*|node|deno|bun|ruby|perl|php|lua|"
    r"Rscript|osascript"
)
_TASK_FILES = {
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun", "npx"), ("package.json",)),
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "just": ("justfile", "Justfile"),
}
_OPERATOR = re.compile(r"[;&|()<>\n]+")
_SYSTEM_TREES = ("/usr/", "/bin/", "/sbin/", "/opt/", "/lib", "/nix/", "/System/", "/Library/")
_MAX_SCRIPT_BYTES = 8 << 20


def scripts_pin(command: str, cwd: Path, off_limits: Callable[[Path], bool]) -> str:
    """The scripts `command` runs when started in `cwd`, and one hash of all their contents.

    Args:
        off_limits: Real paths that are not even opened: to close a file of the history in this
            process drops SQLite's locks on it.

    Returns:
        "names sha256:…", or "" when there are none.
    """
    found = sorted({path for path in _scripts(command, cwd) if not off_limits(path)})
    if not found:
        return ""
    digest = hashlib.sha256()
    for path in found:
        digest.update(os.fsencode(path) + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    names = " ".join(shown_name(os.path.relpath(path, cwd)) for path in found)
    return f"{names} sha256:{digest.hexdigest()}"


def _scripts(command: str, cwd: Path) -> Iterator[Path]:
    for words in _simple_commands(command):
        interpreted = False
        for word in words:
            name = word.rpartition("/")[2]
            for task_file in _TASK_FILES.get(name, ()):
                yield from _script(cwd / task_file)
            if word.startswith("-"):
                continue
            here = list(_script(cwd / word))
            if here and (interpreted or here[0].stat().st_mode & stat.S_IXUSR):
                yield from here
                break  # what follows are its arguments
            interpreted = interpreted or bool(_INTERPRETER.fullmatch(name))


def _simple_commands(command: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(command.replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    try:
        for word in lexer:
            if _OPERATOR.fullmatch(word):
                yield words
                words = []
            else:
                words.append(word)
    except ValueError:  # no closing quotation
        words = _OPERATOR.sub(" ", command).split()
    yield words


def _script(path: Path) -> Iterator[Path]:
    """`path` resolved, if it is a file somebody could change while a yes is awaited."""
    try:
        real = Path(os.path.realpath(path))
        status = real.stat()
    except (OSError, ValueError):
        return
    if (
        stat.S_ISREG(status.st_mode)
        and status.st_size <= _MAX_SCRIPT_BYTES
        and not str(real).startswith(_SYSTEM_TREES)
    ):
        yield real
