"""What is known of git's sub-commands.

Left out, and so objected to: whatever writes a file (`--output`), runs a program (`--ext-diff`,
`--textconv`, `-O` of grep, signatures), reads a file it is given (`-O` of diff, `--no-index`) or
files git does not keep (`--untracked` of grep), or changes branches and tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from grafftui.approvals.shell import git_contents
from grafftui.approvals.shell.options import Arguments, ReadArguments

GLOBALS: Final = frozenset(
    [
        "--no-pager",
        "-P",
        "--no-optional-locks",
        "--literal-pathspecs",
        "--no-replace-objects",
        "--no-lazy-fetch",
        "--no-advice",
    ]
)
"""Options before the sub-command that take nothing and give nothing."""

_DIFF = (
    "-p -u -U[=] --unified= -s --no-patch --patch --raw --patch-with-raw --indent-heuristic "
    "--no-indent-heuristic --minimal --patience --histogram --anchored= --diff-algorithm= "
    "--stat[=] --compact-summary --numstat --shortstat --dirstat[=] --cumulative --summary "
    "--patch-with-stat -z --name-only --name-status --submodule[=] --color[=] --no-color "
    "--color-moved[=] --no-color-moved --color-moved-ws= --word-diff[=] --word-diff-regex= "
    "--color-words[=] --no-renames --check --ws-error-highlight= --full-index --binary "
    "--abbrev[=] --no-abbrev -B[=] -M[=] -C[=] -D --find-renames[=] --find-copies[=] "
    "--find-copies-harder --irreversible-delete --diff-filter= -S= -G= --find-object= "
    "--pickaxe-all --pickaxe-regex -R --relative[=] -a --text --ignore-cr-at-eol "
    "--ignore-space-at-eol -b -w --ignore-space-change --ignore-all-space --ignore-blank-lines "
    "-I= --ignore-matching-lines= --inter-hunk-context= -W --function-context --exit-code "
    "--quiet --no-ext-diff --no-textconv --ignore-submodules[=] --src-prefix= --dst-prefix= "
    "--no-prefix --default-prefix --line-prefix= --ita-invisible-in-index "
)
_COMMITS = (
    "-n= --max-count= --skip= --since= --after= --until= --before= --author= --committer= --grep= "
    "--all-match --invert-grep -i -E -F -P --regexp-ignore-case --extended-regexp "
    "--fixed-strings --perl-regexp --merges --no-merges --min-parents= --max-parents= "
    "--first-parent --all --branches[=] --tags[=] --remotes[=] --glob= --exclude= --oneline "
    "--graph --pretty[=] --format= --abbrev-commit --no-abbrev-commit --date= --topo-order "
    "--date-order --author-date-order --reverse --left-right --left-only --right-only "
    "--cherry-pick --cherry-mark --cherry --boundary --simplify-by-decoration --full-history "
    "--simplify-merges --sparse --dense --ancestry-path[=] --relative-date --parents --children "
    "--no-walk[=] --do-walk --show-pulls --remove-empty --not "
)
_LOG = (
    _DIFF + _COMMITS + "--follow --full-diff --source --reflog -g --walk-reflogs --decorate[=] "
    "--no-decorate --decorate-refs= --decorate-refs-exclude= --notes[=] --no-notes -L= -c --cc -m "
    "--no-diff-merges --diff-merges= -t -r --root --log-size --mailmap --use-mailmap "
    "--no-mailmap --encoding= --expand-tabs[=] --no-expand-tabs -q"
)


_SIGNED = re.compile(r"%[-+ ]*G|(^-?|%\()\*?signature")
"""In formats: `%GK`, `%-G?`, and `%(signature:key)` of the programs that list branches and tags."""

_UP_TO_DOTS = re.compile(r":([^:]+?)\.\.")
"""The file of the revision before `..`: `HEAD:a..HEAD:b`."""


def _check_format(read: ReadArguments) -> str:
    for name, value in read.options:
        if name in ("--pretty", "--format", "--sort") and _SIGNED.search(value):
            return f"the format {value} runs the program that checks signatures"
    return ""


def _check_diff(read: ReadArguments) -> str:
    """What is wrong with arguments of git diff and log; puts the files they name among the
    paths."""
    for name, value in read.options:
        if name == "-L":
            read.paths += _after_colons(value)
        if name == "--submodule" and value not in ("", "log", "short"):
            return "runs git in other repositories"
    for word in read.operands:
        read.paths += _UP_TO_DOTS.findall(word)
    return _check_format(read)


def _after_colons(value: str) -> list[str]:
    # Where the path begins is certain only to who reads the patterns before it as git does
    parts = value.split(":")
    return [":".join(parts[i:]) for i in range(1, len(parts)) if parts[i]]


def _check_listing(read: ReadArguments) -> str:
    lists = ("-l", "--list", "--contains", "--no-contains", "--merged", "--no-merged")
    if read.operands and not read.has(*lists, "--points-at"):
        return f"makes {read.operands[0]}; it lists only with --list"
    return _check_format(read)


def _check_reflog(read: ReadArguments) -> str:
    if read.operands and read.operands[0] not in ("show", "HEAD"):
        return f"git reflog {read.operands[0]} is not known to be harmless"
    return _check_diff(read)


_REFS = (
    "--list -l --contains= --no-contains= --merged[=] --no-merged[=] --points-at= --sort= "
    "--format= --color[=] --no-color --column[=] --no-column -i --ignore-case "
)
_LOGS = Arguments(
    _LOG,
    "revisions",
    numbers=True,
    values_checked=True,
    check=_check_diff,
    check_in=git_contents.check_log,
)

GIT: Final[Mapping[str, Arguments | Mapping[str, Arguments]]] = {
    "add": Arguments("-A -u -v -n -N --all --update --verbose --dry-run --intent-to-add", "paths"),
    "blame": Arguments(
        "-L= -w -M[=] -C[=] -e -s -l -t -c -n -f -p --porcelain --line-porcelain --show-email "
        "--date= --since= --abbrev= --root --show-stats --show-name --show-number --first-parent "
        "--color-lines --color-by-age --incremental",
        "revisions",
        values_checked=True,
    ),
    "branch": Arguments(
        _REFS + "-a -r -v --all --remotes --verbose --show-current --abbrev= --no-abbrev -q",
        "text",
        check=_check_listing,
    ),
    "cat-file": Arguments("-p -t -s -e", "revisions"),
    "commit": Arguments(
        "-m= -a -q -s -v --message= --all --quiet --signoff --verbose --dry-run --short --no-edit "
        "--allow-empty --no-gpg-sign",
        "paths",
    ),
    "count-objects": Arguments("-v -H --verbose --human-readable", "none"),
    "describe": Arguments(
        "--tags --all --long --always --dirty[=] --broken[=] --abbrev= --match= --exclude= "
        "--exact-match --contains --first-parent --candidates= --debug",
        "revisions",
    ),
    "diff": Arguments(
        _DIFF + "--cached --staged --merge-base --base --ours --theirs -0 -1 -2 -3",
        "revisions",
        values_checked=True,
        check=_check_diff,
        check_in=git_contents.check_diff,
    ),
    "diff-tree": Arguments(
        _DIFF + "-r -t -m -c --cc --root --no-commit-id --pretty[=] --format= --always",
        "revisions",
        values_checked=True,
        check=_check_diff,
        check_in=git_contents.check_log,
    ),
    "for-each-ref": Arguments(_REFS + "--count= --exclude=", "text", check=_check_format),
    "grep": Arguments(
        "-n -i -w -v -l -L -c -o -E -F -G -P -e= -h -H -I -a -p -W -z -q -r -A[=] -B[=] -C[=] "
        "-m= --cached --name-only --files-with-matches --files-without-match --count "
        "--line-number --column --ignore-case --word-regexp --invert-match --heading --break "
        "--show-function --function-context --context= --before-context= --after-context= "
        "--max-depth= --and --or --not --all-match --threads= --color[=] --no-color --null "
        "--quiet --max-count= --recursive --full-name --only-matching --fixed-strings "
        "--extended-regexp --basic-regexp --perl-regexp --text",
        "pattern revisions",
        numbers=True,
        check_in=git_contents.check_grep,
    ),
    "log": _LOGS,
    "ls-files": Arguments(
        "-c -d -m -o -i -s -u -k -z -t -v -x= --cached --deleted --modified --others --ignored "
        "--stage --unmerged --killed --exclude= --exclude-standard --full-name --error-unmatch "
        "--directory --no-empty-directory --eol --deduplicate --abbrev[=]",
    ),
    "ls-tree": Arguments(
        "-r -t -d -l -z --name-only --name-status --object-only --full-name --full-tree --long "
        "--abbrev[=] --format=",
        "revisions",
    ),
    "merge-base": Arguments("-a --all --octopus --independent --is-ancestor", "revisions"),
    "name-rev": Arguments("--tags --refs= --always --name-only", "revisions"),
    "reflog": replace(_LOGS, check=_check_reflog),
    "remote": {
        "-v": Arguments("", "none"),
        "get-url": Arguments("--all --push", "text"),
    },
    "rev-list": Arguments(
        _COMMITS + "--count --objects --disk-usage[=] --timestamp --no-commit-header",
        "revisions",
        numbers=True,
        values_checked=True,
        check=_check_format,
    ),
    "rev-parse": Arguments(
        "-q --show-toplevel --show-prefix --show-cdup --abbrev-ref[=] --short[=] --verify --quiet "
        "--git-dir --git-common-dir --absolute-git-dir --is-inside-work-tree "
        "--is-inside-git-dir --is-bare-repository --symbolic-full-name --symbolic --all "
        "--branches[=] --tags[=] --remotes[=] --show-superproject-working-tree",
        "revisions",
    ),
    "shortlog": Arguments(
        _COMMITS.replace("-n= ", "-n ") + "-s -e -c --summary --numbered --email --group=",
        "revisions",
        numbers=True,
        check=_check_format,
    ),
    "show": replace(_LOGS, check_in=git_contents.check_show),
    "stash": {
        "list": _LOGS,
        "show": Arguments(
            _DIFF + "--include-untracked --only-untracked",
            "revisions",
            check=_check_diff,
            check_in=git_contents.check_show,
        ),
    },
    "status": Arguments(
        "-s -b -v -z -u[=] -M[=] --short --branch --porcelain[=] --long --verbose "
        "--untracked-files[=] --ignored[=] --column[=] --no-column --ahead-behind "
        "--no-ahead-behind --show-stash --renames --no-renames --find-renames[=] "
        "--ignore-submodules[=]",
    ),
    "tag": Arguments(_REFS + "-n[=]", "text", check=_check_listing),
    "worktree": {"list": Arguments("-v -z --porcelain --verbose", "none")},
}
