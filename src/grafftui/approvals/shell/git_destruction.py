"""What git would throw away."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from grafftui.approvals.shell.syntax import word_set
from grafftui.approvals.shell.unwrapping import Words

_GLOBALS_WITH_VALUE: Final = word_set(
    "-C -c --git-dir --work-tree --namespace --exec-path --config-env --super-prefix"
)


_UNTOLD: Final = re.compile(r"[$`{]")


def git_dangers(words: Words) -> list[str]:
    """What the git command `words`, without the word git, would throw away; one clause each."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _GLOBALS_WITH_VALUE else 1
    if at >= len(words):
        return []
    if _UNTOLD.search(words[at]):
        return [f"would do what cannot be told beforehand: git {words[at]}"]
    act = _ACTS.get(words[at])
    why = act(words[at + 1 :]) if act else ""
    untold = next(filter(_UNTOLD.match, words[at + 1 :]), "")
    if act and not why and untold:
        why = f"may discard or overwrite: {untold} cannot be told beforehand"
    return [why] if why else []


def _has(words: Words, letters: str, *names: str) -> bool:
    """Whether a cluster holds one of `letters`, or one of the long options is there, shortened
    or not."""
    for word in words:
        if word == "--":
            return False
        if word.startswith("--"):
            name = word.partition("=")[0]
            if len(name) > 3 and any(long.startswith(name) for long in names):
                return True
        elif letters and re.match(rf"-[A-Za-z0-9]*[{letters}]", word):
            return True
    return False


def _branch(words: Words) -> str:
    if _has(words, "dD", "--delete"):
        return "would remove a branch"
    if _has(words, "fMC", "--force"):
        return "would move a branch away from its commits"
    return ""


def _checkout(words: Words) -> str:
    if _has(words, "f", "--force", "--ours", "--theirs") or "--" in words or "." in words:
        return "would discard uncommitted changes"
    paths = [word for word in words if re.search(r"[*/]|\.\w+$", word)]
    if paths and not _has(words, "bBt", "--track", "--orphan") and _names_files(paths):
        return "would discard uncommitted changes"
    return "would move a branch away from its commits" if _has(words, "B") else ""


def _names_files(paths: list[str]) -> bool:
    return any(re.search(r"\.\w{1,5}$|[*]|^\.{0,2}/", path) for path in paths)


def _clean(words: Words) -> str:
    if _has(words, "n", "--dry-run"):
        return ""
    also = " and ignored" if _has(words, "xX") else ""
    return f"would remove untracked{also} files"


def _push(words: Words) -> str:
    if _has(words, "f", "--force", "--force-with-lease", "--force-if-includes", "--mirror"):
        return "would overwrite history on the remote"
    if _has(words, "d", "--delete", "--prune") or any(re.match(r":\S|\+", w) for w in words):
        return "would remove or overwrite history on the remote"
    return ""


def _reset(words: Words) -> str:
    kept = _has(words, "", "--hard", "--merge")
    return "would discard uncommitted changes" if kept else ""


def _restore(words: Words) -> str:
    if _has(words, "S", "--staged") and not _has(words, "W", "--worktree"):
        return ""
    return "would discard uncommitted changes"


def _stash(words: Words) -> str:
    return "would remove stashed changes" if {"drop", "clear"} & set(words[:1]) else ""


def _worktree(words: Words) -> str:
    removes = {"remove", "prune"} & set(words[:1])
    return "would remove a working tree" if removes else ""


def _reflog(words: Words) -> str:
    return "would remove the way back" if {"expire", "delete", "drop"} & set(words[:1]) else ""


_ACTS: Final[Mapping[str, Callable[[Words], str]]] = {
    "branch": _branch,
    "checkout": _checkout,
    "clean": _clean,
    "filter-branch": lambda _: "would rewrite history",
    "filter-repo": lambda _: "would rewrite history",
    "gc": lambda words: "would remove the way back" if _has(words, "", "--prune") else "",
    "prune": lambda _: "would remove the way back",
    "push": _push,
    "read-tree": lambda words: (
        "would discard uncommitted changes" if _has(words, "", "--reset") else ""
    ),
    "reflog": _reflog,
    "reset": _reset,
    "restore": _restore,
    "rm": lambda words: "" if _has(words, "n", "--cached", "--dry-run") else "would remove files",
    "stash": _stash,
    "switch": lambda words: (
        "would discard uncommitted changes"
        if _has(words, "fC", "--force", "--discard-changes", "--force-create")
        else ""
    ),
    "tag": lambda words: "would remove a tag" if _has(words, "d", "--delete") else "",
    "update-ref": lambda words: "would remove a branch" if _has(words, "d", "--delete") else "",
    "worktree": _worktree,
}
