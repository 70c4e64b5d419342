"""Runs one turn whose approvals are never answered, until it is killed.

Arguments: the workspace, the prompt, and a conversation's id if one goes on.
"""

from __future__ import annotations

import sys
import threading

from grafftui import Graff
from grafftui.approvals import Decision, Request


def say(word: str) -> None:
    """A line for whoever started this."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


class Nobody:
    """Keeps whoever asks waiting."""

    def decide(self, request: Request, **rest: object) -> Decision:
        say("asked")
        threading.Event().wait()
        raise AssertionError


def main() -> None:
    workspace, prompt, *conversation = sys.argv[1:]
    graff = Graff(
        cwd=workspace, provider="openai_compatible", model="fake-model", approver=Nobody()
    )
    for event in graff.chat(prompt, conversation_id=conversation[0] if conversation else None):
        say(event.type)


if __name__ == "__main__":
    main()
