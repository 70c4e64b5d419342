"""`grafftui conversations compact`."""

from __future__ import annotations

import argparse
import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

from grafftui.backends.registry import OURS, Backends, title_of
from grafftui.cli import output, terminal
from grafftui.cli.conversation_ids import SHORT, add_id, find, open_store
from grafftui.errors import UsageError

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.events import AgentEvent
    from grafftui.history import Conversation


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "compact",
        help="put a summary in the place of older messages",
        description="Let the model be sent a summary instead of the older messages. The transcript"
        " stays whole, and the app can undo it. The summary is extracted, without asking a model,"
        " unless there are instructions for one. A conversation with Codex is compacted by Codex,"
        " its own way.",
    )
    add_id(parser)
    parser.add_argument(
        "--instructions", metavar="TEXT", help="have the model write it, and keep this in mind"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as a JSON object")


def run(args: argparse.Namespace) -> int:
    """Run the action; the exit code.

    Raises:
        NotFoundError: There is no such conversation.
        ConversationBusyError: A turn of it is running.
        UsageError: Its backend takes no instructions.
        GrafftuiError: It could not be done.
    """
    with open_store() as store:
        conversation = find(store, args.id)
    from grafftui.core import Graff
    from grafftui.core.hooks import EventHooks

    known = conversation.workspace if os.path.isdir(conversation.workspace) else None
    with closing(Graff(cwd=known)) as graff:
        if conversation.backend not in ("", OURS):
            return _by_its_backend(graff, conversation, args)
        figures = graff.compact_conversation(
            conversation.id,
            instructions=args.instructions,
            hooks=EventHooks(on_type={"Notice": _say}),
        )
    if args.json:
        output.line(json.dumps({"id": conversation.id, **figures}))
    else:
        tokens = f"{figures['original_tokens']:,} → {figures['compacted_tokens']:,} tokens"
        messages = f"{figures['original_messages']:,} → {figures['compacted_messages']:,} messages"
        same = figures["original_messages"] == figures["compacted_messages"]
        what = "Nothing to compact" if same else "Compacted"
        output.line(f"{what}: {conversation.id[:SHORT]}  about {tokens}, {messages}")
    output.finish()
    return 0


def _say(notice: AgentEvent) -> None:
    if notice.data["level"] != "info":
        terminal.say(notice.data["text"])


def _by_its_backend(graff: Graff, conversation: Conversation, args: argparse.Namespace) -> int:
    """Have it compacted by who keeps its context, and tells nobody how large that is now."""
    title = title_of(conversation.backend)
    if args.instructions:
        raise UsageError(f"{title} takes no instructions for a summary")
    with closing(Backends(graff)) as backends:
        for _ in backends.keeper(conversation.backend).compact(conversation.id):
            pass
    if args.json:
        output.line(json.dumps({"id": conversation.id, "backend": conversation.backend}))
    else:
        output.line(f"Compacted: {conversation.id[:SHORT]}  by {title}, which keeps its context")
    output.finish()
    return 0
