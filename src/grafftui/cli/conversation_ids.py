"""What the commands about conversations have in common: the history, folders, ids."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from grafftui.cli import terminal
from grafftui.cli.arguments import folder, plain
from grafftui.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from grafftui.history import Conversation, Store

SHORT: Final = 8
"""Characters of an id that are shown."""
_PREFIX: Final = re.compile(r"[0-9a-f-]{1,36}\Z")


def add_id(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Let the command name a conversation."""
    many: dict[str, Any] = {"nargs": "+"} if several else {}
    parser.add_argument("id", metavar="ID", type=plain, help="id, its beginning, or last", **many)


@contextmanager
def open_store() -> Iterator[Store]:
    """The history; what is to be said of it is said. Raises `StoreError`."""
    from grafftui.history import Store
    from grafftui.settings.paths import Paths

    with Store.open(Paths.from_environment()) as store:
        for notice in store.notices:
            terminal.say(notice)
        yield store


def here(given: str | None = None) -> str:
    """Real path of the folder that is meant; the current one by default. Raises `UsageError`."""
    try:
        return os.path.realpath(given or folder("."))
    except argparse.ArgumentTypeError as error:
        raise UsageError(str(error), hint="name one: --workspace") from None


def place(given: str) -> str:
    """Real path of a folder that may be gone, though its conversations are not.

    Raises:
        UsageError: It is said from a current folder that is gone.
    """
    try:
        return os.path.realpath(given)
    except OSError:
        raise UsageError(
            "the current folder no longer exists", hint="name the whole path"
        ) from None


def require_place(workspace: str) -> None:
    """Of a folder without conversations: it is there, so that no slip of the pen goes unsaid.

    Raises:
        UsageError: It is not.
    """
    if not os.path.isdir(workspace):
        raise UsageError(f"no such folder: {workspace}", hint="no conversation was held in it")


def find(store: Store, named: str, workspace: str | None = None) -> Conversation:
    """The conversation that is meant.

    Args:
        workspace: Real path of the folder whose last one may be; by default the current one.

    Raises:
        UsageError: No id begins like this, or several do.
        NotFoundError: There is none.
    """
    from grafftui.history.prefixes import ids_with_prefix

    if named == "last":
        newest = store.last_conversation(workspace or here())
        if newest is None:
            raise NotFoundError("there is no conversation in this folder", hint="name one by id")
        return newest
    prefix = named.lower()
    if not _PREFIX.match(prefix):
        raise UsageError(f"{named!a} is no id", hint="see them: grafftui conversations list")
    ids = ids_with_prefix(store.paths.database, prefix)
    if len(ids) > 1:
        raise UsageError(f"several conversations begin with {prefix}", hint="give more of the id")
    found = store.conversation(ids[0]) if ids else None
    if found is None:
        hint = "see them: grafftui conversations list --all"
        raise NotFoundError(f"there is no conversation {prefix}", hint=hint)
    return found


def as_wire(conversation: Conversation) -> dict[str, Any]:
    """A conversation as scripts are given it; times as in RFC 3339."""
    from grafftui.text.redact import redact

    return {
        "id": conversation.id,
        "title": redact(conversation.title) if conversation.title else None,
        "workspace": redact(conversation.workspace),
        "backend": conversation.backend,
        "agent": conversation.agent,
        "provider": conversation.provider,
        "model": conversation.model,
        "state": conversation.state,
        "parent_id": conversation.parent_id,
        "pinned": conversation.pinned,
        "created_at": _rfc3339(conversation.created_at),
        "updated_at": _rfc3339(conversation.updated_at),
    }


def _rfc3339(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):  # damage, or a clock that was
        return datetime.fromtimestamp(0, UTC).isoformat()
