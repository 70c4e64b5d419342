"""What providers are sent, whatever was done to the context: whole, in turns, never too much."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

from corestage import MODEL, Core, each_wire, of_type, played
from fakes.steps import Turn, text, tool, tools
from fakes.strictness import Strict
from grafftui import Graff
from grafftui.errors import GrafftuiError

WINDOW = 14_000
SETTINGS = f"""
max_tokens = 1000
[context_window]
"{MODEL}" = {WINDOW}
"""


def rambling(chance: random.Random) -> Any:
    """A model that calls tools now and then, and talks."""

    def answer(body: dict[str, Any]) -> Turn:
        match chance.randrange(5):
            case 0:
                return [text("Let me look. "), tool("read", {"file_path": "long.txt"})]
            case 1:
                return [
                    tools(*(tool("read", {"file_path": name}) for name in ("a.txt", "long.txt")))
                ]
            case 2:
                return [tool("no_such_tool", {"text": "x" * chance.randrange(2_000)})]
        return [text("Word " * chance.randrange(1, 800))]

    return answer


def fiddle(graff: Graff, id: str, chance: random.Random) -> None:
    """Do something to the context, as far as that can be done."""
    contexts = graff.store.contexts
    ledger = contexts.ledger(id)
    message = chance.choice(ledger.messages)
    compaction = chance.choice(ledger.compactions).id if ledger.compactions else ""
    what = chance.choice(
        [
            lambda: list(graff.compact(id)),
            lambda: contexts.put_back(id, message.id),
            lambda: contexts.pin(id, message.id, chance.random() < 0.5),
            lambda: contexts.undo_compaction(compaction),
            lambda: contexts.redo_compaction(compaction),
            lambda: contexts.rewind(id, message.turn_id),
            lambda: contexts.redo_rewind(id),
        ]
    )
    with suppress(GrafftuiError):
        what()


@each_wire
def test_no_request_is_malformed_or_too_long(core: Core, wire: str) -> None:
    chance = random.Random(wire)
    core.settings(SETTINGS)
    (core.workspace / "a.txt").write_text("a short one\n")
    (core.workspace / "long.txt").write_text("a line of it\n" * 600)
    strict = Strict(wire, rambling(chance), WINDOW)
    graff = core.graff(core.provider(handler=strict), wire)
    id = played(graff.chat("begin"))
    events = []
    for _ in range(25):
        events += list(graff.chat("go on " * chance.randrange(1, 300), conversation_id=id))
        for _ in range(chance.randrange(3)):
            fiddle(graff, id, chance)
    assert strict.rejected == []
    assert of_type(events, "Compacted"), "nothing was compacted: the test tests nothing"
    assert max(strict.tokens) > 0.6 * WINDOW
