"""The arguments of a simple command that are text it runs: shell text, or text of its own language
in which commands stand.

Only what a program is known to run counts: a pattern for `rg` is no shell text, though `--pre` is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from grafftui.approvals.shell.git_runs import texts_run_by_git
from grafftui.approvals.shell.names import INTERPRETERS, SHELLS, kind_of
from grafftui.approvals.shell.syntax import word_set
from grafftui.approvals.shell.unwrapping import ASSIGNMENT, Words

_TEXTS: Final = word_set(
    "hyperfine tmux screen dtach entr at batch watch parallel rush concurrently nodemon watchexec "
    "chokidar reflex nix nix-shell mosh lerna nx turbo lint-staged"
)
"""Programs of whose arguments each may be shell text."""

_COMMANDS: Final = "-c --command --session-command --run"
_REMOTE: Final = "-e --exec -c --sh-exec"
_CALLS: Final = "-c --call"
_TEXT_OPTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("su", "runuser", "script", "sg", "flock"), _COMMANDS),
    **dict.fromkeys(("mapfile", "readarray", "complete", "compgen"), "-C"),
    **dict.fromkeys(("nc", "ncat", "netcat"), _REMOTE),
    **dict.fromkeys(("npm", "npx", "pnpm", "pnpx", "bunx"), _CALLS),
    "fish": "-C --init-command",
    "make": "--eval",
    "man": "-P -H --pager --html",
    "nix": "--command --run",
    "nix-shell": "--command --run",
    "rg": "--pre --hostname-bin",
    "rsync": "-e --rsh --rsync-path",
    "sort": "--compress-program",
    "split": "--filter",
    "tar": "-I -F --use-compress-program --to-command --info-script --new-volume-script "
    "--rsh-command --rmt-command --checkpoint-action",
}
"""Options whose values are shell text. Long ones may be cut short, as GNU's."""

_MAKERS: Final = word_set("make gmake")
_REMOTE_SHELLS: Final = word_set("ssh scp sftp")
_SSH_VALUED: Final = frozenset(f"-{letter}" for letter in "BbcDEeFIiJLlmOopPQRSWw")
_REMOTE_COMMAND: Final = re.compile(r"(?:-o)?\w*command[= ](.+)", re.IGNORECASE | re.DOTALL)
_JOINED: Final = word_set("eval ssh watch parallel rush batch")
_ONE_NAME: Final = re.compile(r"[\w./~+][\w./~+-]*")
_SHELL_VALUED: Final = word_set("-o +o -O +O --rcfile --init-file")
_SHELLS_OF_THEIR_OWN: Final = SHELLS - word_set("busybox toybox")
"""The others name the program they are to be: `busybox sh -c`."""

_ADDRESS: Final = r"(?:\d+|\$|/(?:\\.|[^/\\])*/)"
_SED_BEGIN: Final = rf"(?:^|[;{{}}\n])\s*(?:{_ADDRESS}(?:,{_ADDRESS})?)?\s*!?\s*"
_SED_RUNS: Final = re.compile(rf"{_SED_BEGIN}e\s*([^\n]+)")
_SED_REPLACED: Final = re.compile(
    rf"{_SED_BEGIN}s([^\w\s\\])(?:\\.|(?!\1).)*\1((?:\\.|(?!\1).)*)\1\w*e", re.DOTALL
)


def texts_inside(words: Words) -> Iterator[str]:
    """The arguments of `words` (as `run_directly` gives it) that are shell text, and get run."""
    program, rest = words[0], words[1:]
    if program in _TEXTS:
        yield from filter(_is_command, rest)
    if program in _JOINED:
        yield " ".join(_behind_host(rest) if program == "ssh" else rest)
        yield from (word for word in rest if " " in word)
    elif program == "trap":
        yield from rest[:1]
    elif program in _SHELLS_OF_THEIR_OWN:
        yield from _of_shell(rest)
    elif program == "env":
        yield from _split_by_env(rest)
    elif program == "git":
        yield from texts_run_by_git(rest)
    elif program == "sed":
        yield from _run_by_sed(rest)
    if program in _MAKERS:
        values = (word.partition("=")[2] for word in rest if ASSIGNMENT.fullmatch(word))
        yield from (value for value in values if _is_command(value) and "$" not in value)
    if program in _REMOTE_SHELLS:
        yield from (match[1] for match in map(_REMOTE_COMMAND.fullmatch, rest) if match)
    yield from _behind_options(_TEXT_OPTIONS.get(program, "").split(), rest)


def scanned_inside(words: Words) -> Iterator[str]:
    """The arguments of `words` in another language, in which commands may stand anywhere."""
    kind = kind_of(words[0])
    if kind == "does what its arguments say" or words[0] in INTERPRETERS:
        yield from (word for word in words[1:] if re.search(r"[\s('\"!]", word))


def _is_command(text: str) -> bool:
    """Whether `text`, of which it is not known if it is run, could be a command: `.` and `*.py`
    alone are files."""
    if re.search(r"[\s$`]", text):
        return True
    return bool(_ONE_NAME.fullmatch(text)) and bool(re.search(r"\w", text))


def _behind_options(options: list[str], words: Words) -> Iterator[str]:
    """The values in `words` of `options`."""
    for i, word in enumerate(words):
        name, equals, value = word.partition("=")
        if any(_is_option(name, option) for option in options):
            yield value.removeprefix("exec=") if equals else "".join(words[i + 1 : i + 2])
        elif any(len(option) == 2 and word.startswith(option) for option in options):
            yield word[2:]


def _behind_host(words: Words) -> Words:
    """What `ssh` with the arguments `words` joins to the text that the other side runs."""
    operands = 0
    i = 0
    while i < len(words) and (words[i].startswith("-") or operands == 0):
        operands += not words[i].startswith("-")
        i += 2 if words[i] in _SSH_VALUED else 1
    return words[i:]


def _is_option(name: str, option: str) -> bool:
    if option.startswith("--"):
        return name == option or (len(name) > 4 and option.startswith(name))
    return bool(re.fullmatch(rf"-[A-Za-z]*{option[1]}", name))


def _of_shell(words: Words) -> Iterator[str]:
    """The text behind `-c`; behind a script, options are the script's."""
    for i, word in enumerate(words):
        if re.fullmatch(r"-[A-Za-z]*c|--command", word):
            yield from words[i + 1 : i + 2]
        elif word.startswith("--command="):
            yield word.partition("=")[2]
        elif word[:1] not in ("-", "+") and "".join(words[max(i - 1, 0) : i]) not in _SHELL_VALUED:
            return


def _split_by_env(words: Words) -> Iterator[str]:
    for i, word in enumerate(words):
        if re.fullmatch(r"-[A-Za-z]*S|--split-string", word):
            yield " ".join(words[i + 1 :])
        elif match := re.fullmatch(r"(?:-[A-Za-z]*S|--split-string=)(.+)", word, re.DOTALL):
            yield " ".join((match[1], *words[i + 1 :]))


def _run_by_sed(words: Words) -> Iterator[str]:
    """What the `e` of sed's scripts runs, and what it puts in its place to be run."""
    scripts = [*_behind_options(["-e", "--expression"], words)]
    operands = (word for word in words if not word.startswith("-"))
    # What stands before may be the value of an option: of -l a number, of -i nothing
    scripts = scripts or [*islice((word for word in operands if word.strip("0123456789")), 1)]
    for script in scripts:
        yield from (match[1] for match in _SED_RUNS.finditer(script))
        yield from (match[2] for match in _SED_REPLACED.finditer(script))
