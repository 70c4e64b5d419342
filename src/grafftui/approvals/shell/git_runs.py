"""What git runs in turn: commands behind its sub-commands, in its options and its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from grafftui.approvals.shell.unwrapping import Words

_RUNS: Final = {"foreach": "submodule", "run": "bisect"}
_TEXT_OPTION: Final = re.compile(
    r"(--exec|--extcmd|--upload-pack|--receive-pack|--open-files-in-pager|--[a-z]+-filter|-x|-O)"
    r"(?:=?(?<=[=xO])(.+))?",
    re.DOTALL,
)
_ALIAS: Final = re.compile(r"alias\.[\w-]+(?:\.command)?(?:=(.*))?", re.DOTALL)


def run_by_git(words: Words) -> Iterator[Words]:
    """The commands that git with the arguments `words` runs: `submodule foreach git push`."""
    for i, word in enumerate(words):
        if word in _RUNS and _RUNS[word] in words[:i]:
            yield tuple(_without_options(words[i + 1 :]))
        if word == "for-each-repo":
            yield ("git", *_without_options(words[i + 1 :]))
    yield from (("git", *text.split()) for text in _aliases(words) if not text.startswith("!"))


def texts_run_by_git(words: Words) -> Iterator[str]:
    """The arguments of git that are shell text, and get run: `rebase -x 'git push'`."""
    for i, word in enumerate(words):
        if word in _RUNS and _RUNS[word] in words[:i]:
            yield " ".join(_without_options(words[i + 1 :]))
        if option := _TEXT_OPTION.fullmatch(word):
            yield option[2] or "".join(words[i + 1 : i + 2])
    yield from (text[1:] for text in _aliases(words) if text.startswith("!"))
    yield from (word.partition("!")[2] for word in words if "=!" in word)
    yield from (word.partition("=")[2] for word in words if re.match(r"[a-z][\w.]*=", word))


def _aliases(words: Words) -> Iterator[str]:
    for i, word in enumerate(words):
        if alias := _ALIAS.fullmatch(word):
            yield alias[1] if alias[1] is not None else " ".join(words[i + 1 : i + 2])


def _without_options(words: Words) -> Words:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 1
    return words[at:]
