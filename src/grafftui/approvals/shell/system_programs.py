"""What is known of programs that tell about the machine, its processes, and what files hold.

They change nothing and run nothing. As in `text_programs`, an option that writes a file, runs a
program or reads names from a file is left out, and so is objected to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from grafftui.approvals.shell.options import Arguments, ReadArguments

_JQ_REACHES = re.compile(r"\b(env|ENV|import|include|modulemeta)\b")
_VARIABLES = (
    r"PATH|HOME|USER|LOGNAME|SHELL|PWD|LANG|LC_[A-Z]+|TZ|TERM|COLUMNS|LINES|EDITOR|VIRTUAL_ENV|"
    r"CONDA_PREFIX|NODE_ENV|GOPATH|GOROOT|JAVA_HOME|CARGO_HOME|PYTHONPATH|TMPDIR|CI"
)
"""Of the environment; others may hold keys."""


def _check_jq(read: ReadArguments) -> str:
    if any(_JQ_REACHES.search(word) for word in read.operands):
        return "the jq program reaches for the environment or for other files"
    return ""


def _check_printenv(read: ReadArguments) -> str:
    return "" if read.operands else "printenv alone shows every variable, keys too"


_DIGEST = Arguments("-b -t -z --binary --text --tag --zero")
_FD = Arguments(
    "-H -I -i -s -g -F -a -p -0 -1 -e= -t= -d= -E= -S= --hidden --no-ignore --ignore-case "
    "--case-sensitive --glob --fixed-strings --absolute-path --full-path --print0 --extension= "
    "--type= --max-depth= --min-depth= --exclude= --size= --changed-within= --changed-before= "
    "--max-results= --color=",
    "pattern",
)

PROGRAMS: Final[Mapping[str, Arguments]] = {
    "arch": Arguments("", "none"),
    "b2sum": _DIGEST,
    "base64": Arguments("-d -i -w= --decode --ignore-garbage --wrap="),
    "cal": Arguments("-1 -3 -m -y -j", "text", form=r"\d+", most=3),
    "cksum": Arguments(""),
    "dircolors": Arguments("-p --print-database", "none"),
    "fd": _FD,
    "fdfind": _FD,
    "fmt": Arguments("-c -s -t -u -w= --width="),
    "free": Arguments("-b -k -m -g -h -t -w --human --si --total --wide --mega --giga", "none"),
    "groups": Arguments("", "text"),
    "hexdump": Arguments("-b -c -C -d -o -v -x -n= -s= --canonical --length= --skip="),
    "hostname": Arguments("-f -s -d -i -I --fqdn --long --short --domain", "none"),
    "jq": Arguments(
        "-r -e -c -n -s -S -M -C -a -j --raw-output --exit-status --compact-output --null-input "
        "--slurp --sort-keys --monochrome-output --color-output --ascii-output --join-output "
        "--tab --indent= --unbuffered --arg== --argjson==",
        "pattern",
        check=_check_jq,
    ),
    "locale": Arguments("-a -m --all-locales --charmaps", "none"),
    "logname": Arguments("", "none"),
    "lsblk": Arguments("-a -f -l -n -o= -p -J --all --fs --list --noheadings --json", "none"),
    "lscpu": Arguments("-a -e -J --all --json", "none"),
    "nm": Arguments(
        "-a -A -C -D -g -n -p -r -S -u --demangle --dynamic --extern-only", expands=True
    ),
    "numfmt": Arguments("--from= --to= --suffix= --padding= --field= --round=", "text"),
    "objdump": Arguments(
        "-a -C -d -f -h -p -r -s -t -T -x --demangle --no-show-raw-insn", expands=True
    ),
    "pgrep": Arguments("-c -i -l -n -o -u= -x --count --list-name --newest --oldest", "text"),
    "pidof": Arguments("-s -x", "text"),
    "printenv": Arguments("", "text", form=_VARIABLES, check=_check_printenv),
    "readelf": Arguments(
        "-a -d -e -h -l -n -r -s -S -V -W --all --dynamic --headers --wide", expands=True
    ),
    "shuf": Arguments("-i= -n= -z -r --input-range= --head-count= --zero-terminated --repeat"),
    "size": Arguments("-A -B -d -o -x -t", expands=True),
    "strings": Arguments("-a -n= -t= -w --all --bytes= --radix=", expands=True),
    "sum": Arguments("-r -s"),
    "sha224sum": _DIGEST,
    "sha384sum": _DIGEST,
    "tokei": Arguments("-C -f -s= -e= --compact --files --sort= --exclude= --hidden"),
    "tty": Arguments("-s", "none"),
    "uptime": Arguments("-p -s --pretty --since", "none"),
    "zcat": Arguments(""),
}
