"""What a request would do, act by act, as rules are asked about it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from grafftui.approvals.commands import CommandReading
from grafftui.approvals.governed import governed
from grafftui.approvals.hosts import host_of
from grafftui.approvals.path_rules import spellings
from grafftui.approvals.request import Request
from grafftui.approvals.rules import Act

_MOST_FOLLOWED = 256
"""Words of one command of which links are followed; of more only what is written counts."""


def acts(request: Request, conversation_id: str, reading: CommandReading | None) -> list[Act]:
    """What rules are asked about `request`, to forbid it or to have it asked."""
    if reading is not None:
        return [*_of_command(request, conversation_id, reading)]
    if request.kind == "edit":
        return [
            Act("write", request, conversation_id, edit.path, paths=spellings(edit.path, "/"))
            for edit in request.edits
        ]
    if request.kind == "read":
        paths = spellings(request.subject, request.cwd)
        return [Act("read", request, conversation_id, request.subject, paths=paths)]
    if request.kind == "fetch":
        host = host_of(request.url)
        return [Act("host", request, conversation_id, request.url, host=host)]
    return [Act("tool", request, conversation_id, request.tool)]


def governed_paths(
    request: Request, reading: CommandReading | None, own: tuple[str, ...]
) -> Iterator[str]:
    """The governed paths that `request` writes, or might."""
    if request.kind == "edit":
        named: Iterator[str] = (edit.path for edit in request.edits)
    elif reading is None or reading.only_reads:
        return
    else:
        named = iter(reading.named)
    for number, word in enumerate(named):
        for path in _spellings(word, request.cwd, number):
            if found := governed(path, own):
                yield found
                break


def _of_command(request: Request, conversation_id: str, reading: CommandReading) -> Iterator[Act]:
    yield Act(
        "command",
        request,
        conversation_id,
        request.command,
        argvs=reading.argvs,
    )
    for number, word in enumerate(reading.named):
        paths = _spellings(word, request.cwd, number)
        yield Act("read", request, conversation_id, word, paths=paths)
        if not reading.only_reads:
            certain = word in reading.written
            yield Act("write", request, conversation_id, word, paths=paths, certain=certain)
        if "." in word or "://" in word:
            host = host_of(word if "://" in word else f"http://{word}")
            yield Act("host", request, conversation_id, word, host=host)


def _spellings(word: str, cwd: str, number: int) -> tuple[str, ...]:
    if number < _MOST_FOLLOWED:
        return spellings(word, cwd)
    return (os.path.normpath(os.path.join(cwd or "/", os.path.expanduser(word))),)
