"""What a request would do, act by act, as rules are asked about it."""

from __future__ import annotations

import glob
import os.path
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from grafftui.approvals.commands import CommandReading
from grafftui.approvals.governed import governed
from grafftui.approvals.hosts import host_of
from grafftui.approvals.path_rules import is_inside, spellings
from grafftui.approvals.request import Request
from grafftui.approvals.rewriting import rewritten
from grafftui.approvals.rules import ACT_KINDS, Act, RuleSource

_MOST_FOLLOWED: Final = 256
"""Words of one command of which links are followed; of more only what is written counts."""

_MOST_EXPANDED: Final = 32
"""Words of one command whose wildcards are looked up, and how many names of each."""

_MOST_MATCHES: Final = 256
_WILD: Final = re.compile(r"[*?\[]")
_VARIABLE: Final = re.compile(r"\$(?!HOME\b|PWD\b|\{HOME\}|\{PWD\})(\w+|\{[^}]*\}|\(.*\))|`[^`]*`")


class Spellings:
    """The paths that words of a command may name, each looked up once.

    Args:
        cwd: Where the command runs.
        copy: For what is done in a sandbox: the directory there that is the copy of one here, and
            that one. Links are not followed there, and what is in the copy is named as it is
            named here too: a rule about a file is one about its copy.
    """

    def __init__(self, cwd: str, copy: tuple[str, str] | None = None) -> None:
        self._cwd = cwd
        self._copy = copy
        self._known: dict[str, tuple[str, ...]] = {}
        self._expanded = 0

    def of(self, word: str) -> tuple[str, ...]:
        """The absolute paths that `word` may name."""
        found = self._known.get(word)
        if found is None:
            follow = len(self._known) < _MOST_FOLLOWED
            found = spellings(word, self._cwd, follow=follow and self._copy is None)
            if self._copy is not None:
                found = (*found, *self._as_here(found, follow))
            self._known[word] = found
        return found

    def expanded(self, word: str) -> tuple[str, ...]:
        """As `of`, with the paths that the wildcards in `word` stand for now."""
        found = self.of(word)
        if self._copy is not None or not _WILD.search(word):
            return found
        self._expanded += 1
        if self._expanded > _MOST_EXPANDED:
            return found
        names = (name for path in found for name in islice(glob.iglob(path), _MOST_MATCHES))
        return (*found, *(path for name in names for path in spellings(name, "/")))

    def directories(self, word: str) -> tuple[str, ...]:
        """As `of`, those of them that may be directories."""
        found = self.of(word)
        return found if self._copy is not None else tuple(filter(os.path.isdir, found))

    def _as_here(self, paths: Sequence[str], follow: bool) -> Iterator[str]:
        there, here = self._copy or ("", "")
        for path in paths:
            if here and is_inside(path, there):
                yield from spellings(here + path.removeprefix(there), "/", follow=follow)


def narrowing_kinds(sources: Sequence[RuleSource]) -> frozenset[str]:
    """The kinds of acts that a rule of `sources` could speak against."""
    kinds = {rule.kind for source in sources for rule in source.rules() if rule.decision != "allow"}
    return frozenset(ACT_KINDS) if "permission" in kinds else frozenset(kinds)


def acts(
    request: Request,
    conversation_id: str,
    reading: CommandReading | None,
    named: Spellings,
    kinds: frozenset[str],
) -> list[Act]:
    """What rules are asked about `request`, to forbid it or to have it asked.

    Args:
        kinds: Those that matter for what a command names besides what it runs.
    """
    if reading is not None:
        return [*_of_command(request, conversation_id, reading, named, kinds)]
    if request.kind == "edit":
        return [
            Act("write", request, conversation_id, edit.path, paths=named.of(edit.path))
            for edit in request.edits
        ]
    if request.kind == "read":
        paths = named.of(request.subject)
        return [Act("read", request, conversation_id, request.subject, paths=paths)]
    if request.kind == "fetch":
        host = host_of(request.url)
        return [Act("host", request, conversation_id, request.url, host=host)]
    return [Act("tool", request, conversation_id, request.tool)]


def governed_paths(
    request: Request, reading: CommandReading | None, named: Spellings, own: tuple[str, ...]
) -> Iterator[str]:
    """The governed paths that `request` writes, or might."""
    words: Sequence[str] = ()
    if request.kind == "edit":
        words = [edit.path for edit in request.edits]
    elif reading is not None and not reading.only_reads:
        words = reading.named
    for word in words:
        found = filter(None, (governed(path, own) for path in named.of(word)))
        yield from list(found)[:1]


def _of_command(
    request: Request,
    conversation_id: str,
    reading: CommandReading,
    named: Spellings,
    kinds: frozenset[str],
) -> Iterator[Act]:
    yield Act("command", request, conversation_id, request.command, argvs=reading.argvs)
    for word in reading.named:
        told = _VARIABLE.search(word) is None
        paths = named.expanded(word if told else _VARIABLE.sub("*", word))
        if "read" in kinds:
            yield Act("read", request, conversation_id, word, paths=paths, certain=told)
        if "write" in kinds and not reading.only_reads:
            certain = told and word in reading.written
            yield Act("write", request, conversation_id, word, paths=paths, certain=certain)
        if "host" in kinds and ("." in word or "://" in word):
            host = host_of(word if "://" in word else f"http://{word}")
            yield Act("host", request, conversation_id, word, host=host)
    if "write" in kinds and not reading.only_reads:
        for word in dict.fromkeys(_rewritten(reading, named)):
            paths = named.directories(word)
            yield Act(
                "write", request, conversation_id, word, paths=paths, certain=False, below=True
            )


def _rewritten(reading: CommandReading, named: Spellings) -> Iterator[str]:
    for argv in reading.argvs:
        words = rewritten(argv)
        yield from words
        # Words that name nothing are values of options
        if words and not any(os.path.exists(path) for word in words for path in named.of(word)):
            yield "."
