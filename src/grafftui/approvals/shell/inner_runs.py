"""What a simple command runs in turn: the command behind `sudo`, in `sh -c '…'`, after `-exec`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from grafftui.approvals.shell.git_runs import run_by_git
from grafftui.approvals.shell.names import RUNNERS, WRAPPERS
from grafftui.approvals.shell.syntax import word_set
from grafftui.approvals.shell.unwrapping import ASSIGNMENT, Words

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?[smhdkKMG]?|0x[0-9a-f]+", re.IGNORECASE)

_VALUED: Final[Mapping[str, str]] = {
    "env": "-u -C --unset --chdir",
    "sudo": "-u -g -h -p -C -T -r -t -U -D -R --user --group --prompt --chdir",
    "doas": "-u -C",
    "nice": "-n --adjustment",
    "ionice": "-c -n -p --class --classdata",
    "timeout": "-s -k --signal --kill-after",
    "stdbuf": "-i -o -e --input --output --error",
    "watch": "-n --interval",
    "xargs": "-I -n -P -L -d -E -s -a --replace --max-args --max-procs --delimiter --arg-file",
    "time": "-f -o --format --output",
    "strace": "-o -e -p -s -u -E",
    "exec": "-a",
    "flock": "-w --timeout -E",
    "runuser": "-u -g -G --user --group --supp-group",
    "setpriv": "--reuid --regid --groups",
}
"""Options of wrappers whose value is the next word."""

_FLAGS: Final[Mapping[str, str]] = {
    "env": "-i -0 -v --ignore-environment --null --debug",
    "sudo": "-A -b -E -H -K -k -n -P -S -s -i -V --login --preserve-env --non-interactive",
    "xargs": "-0 -r -t -p -x -o --null --no-run-if-empty --verbose --exit",
    "timeout": "--foreground --preserve-status -v --verbose",
    "watch": "-d -t -b -e -g -c -x --differences --no-title --color",
    "time": "-p -v -a --portability --verbose",
    "command": "-p -v -V",
    "exec": "-c -l",
    "nohup": "",
    "setsid": "-c -f -w --fork --wait --ctty",
}
"""Options of wrappers that are known to take nothing; of any other, both is thought possible."""

_OPERANDS_FIRST: Final[Mapping[str, int]] = {
    "timeout": 1, "chroot": 1, "taskset": 1, "flock": 1, "gosu": 1, "su-exec": 1, "chrt": 1,
    "ssh": 1, "faketime": 1, "runuser": 0, "setarch": 1, "sg": 1,
}  # fmt: skip
_RUN_LIKE_WRAPPERS: Final = word_set(
    "ssh busybox toybox npx pnpx bunx uvx pipx command builtin exec coproc then do else if while "
    "! {"
)
_RUN_VERBS: Final = word_set("run exec x dlx tool shell develop foreach")
_HAVE_RUN_VERBS: Final = (
    RUNNERS - word_set("cargo go gem docker podman kubectl nerdctl")
) | word_set(
    "mise rtx asdf direnv pipenv rye rbenv pyenv nodenv volta fnm nvm micromamba opam dotenv pixi "
    "doppler aws-vault chamber infisical op teller sops flatpak heroku bun deno vagrant devbox "
    "devenv railway foreman mage lando ddev"
)
"""Programs that run a command that stands behind one of those verbs: `uv run git push`."""

_FIND_RUNS: Final = frozenset(["-exec", "-execdir", "-ok", "-okdir"])


def commands_inside(words: Words) -> Iterator[Words]:
    """The commands that the command `words` (as `run_directly` gives it) runs in turn."""
    program, rest = words[0], words[1:]
    if program == "git":
        yield from run_by_git(rest)
    elif program == "command" and re.fullmatch(r"-p?[vV]", "".join(rest[:1])):
        return  # it only tells where they are
    elif program in WRAPPERS or program in _RUN_LIKE_WRAPPERS or program.startswith("ld-"):
        yield from _wrapped(program, rest)
    elif program in ("docker", "podman", "kubectl", "nerdctl") and {"exec", "run"} & set(rest):
        yield from (rest[i:] for i in range(1, len(rest)) if not rest[i].startswith("-"))
    elif program in ("find", "fd", "fdfind"):
        for i, word in enumerate(rest):
            if word in _FIND_RUNS or word in ("-x", "-X", "--exec", "--exec-batch"):
                yield _up_to_end(rest[i + 1 :])
    if program in _HAVE_RUN_VERBS:
        yield from _behind_verb(rest)


def _behind_verb(words: Words) -> Iterator[Words]:
    """The commands that may stand behind `run` or its like, one operand before them or none."""
    verb = next((i for i, word in enumerate(words) if word in _RUN_VERBS), None)
    if verb is not None:
        for inner in _wrapped("", words[verb + 1 :]):
            yield inner
            yield inner[1:]


def _up_to_end(words: Words) -> Words:
    ends = [i for i, word in enumerate(words) if word in (";", "+", "\\;")]
    return words[: ends[0]] if ends else words


def _wrapped(program: str, rest: Words) -> Iterator[Words]:
    valued = _VALUED.get(program, "").split()
    flags = _FLAGS.get(program, "").split()
    skip = _OPERANDS_FIRST.get(program, 0)
    if "--" in rest:
        yield rest[rest.index("--") + 1 :]
    i = 0
    while i < len(rest):
        word = rest[i]
        if word == "--":
            i += 1
        elif word.startswith("-"):
            takes_next = word in valued
            known = takes_next or word in flags or (len(word) > 2 and word[:2] in valued)
            if not known and "=" not in word and i + 2 <= len(rest):
                yield rest[i + 2 :]  # the next word may be its value
            i += 2 if takes_next else 1
        elif ASSIGNMENT.fullmatch(word) or _NUMBER.fullmatch(word):
            skip -= bool(_NUMBER.fullmatch(word)) and skip > 0
            i += 1
        elif skip > 0:
            skip -= 1
            i += 1
        else:
            yield rest[i:]
            return
