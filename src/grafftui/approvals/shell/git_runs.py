"""What git runs in turn: commands behind its sub-commands, in its options and its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from grafftui.approvals.shell.git_settings import Setting, objection_to_setting
from grafftui.approvals.shell.unwrapping import Words

_RUNS: Final = {"foreach": "submodule", "run": "bisect"}
_TEXT_OPTION: Final = re.compile(
    r"(--exec|--extcmd|--upload-pack|--receive-pack|--open-files-in-pager|--[a-z]+-filter|-x|-O)"
    r"(?:=?(?<=[=xO])(.+))?",
    re.DOTALL,
)
_ONLY_OF: Final = {"-x": ("rebase", "difftool"), "-O": ("grep",)}
"""To other sub-commands these say what to leave out, or in which order."""

_SETTING: Final = re.compile(r"(?:-c)?([a-z][\w-]*)\.(?:(.+)\.)?([\w-]+)(?:=(.*))?", re.I | re.S)
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
        if (option := _TEXT_OPTION.fullmatch(word)) and _is_of(option[1], words[:i]):
            yield option[2] or "".join(words[i + 1 : i + 2])
    yield from (text[1:] for text in _aliases(words) if text.startswith("!"))
    yield from _programs_set(words)


def _is_of(option: str, before: Words) -> bool:
    return option not in _ONLY_OF or not {*_ONLY_OF[option]}.isdisjoint(before)


def _programs_set(words: Words) -> Iterator[str]:
    """The programs that settings name: of `-c core.pager=less`, `config core.pager less`."""
    for i, word in enumerate(words):
        is_set = words[i - 1 : i] in (("-c",), ("--config",)) or "config" in words[:i]
        found = _SETTING.fullmatch(word) if is_set or word.startswith("-c") else None
        if found is None:
            continue
        value = "".join(words[i + 1 : i + 2]) if found[4] is None else found[4]
        section, name, key = found[1].lower(), found[2] or "", found[3].lower()
        setting = Setting(section, name, key, value)
        if key == "helper" or objection_to_setting(setting).startswith("name a program"):
            yield value.removeprefix("!")
        elif value.startswith("!"):
            yield value[1:]


def _aliases(words: Words) -> Iterator[str]:
    for i, word in enumerate(words):
        if alias := _ALIAS.fullmatch(word):
            yield alias[1] if alias[1] is not None else " ".join(words[i + 1 : i + 2])


def _without_options(words: Words) -> Words:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 1
    return words[at:]
