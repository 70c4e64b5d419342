"""A process that compacts, undoes, rewinds and pins until it is killed. Run with a home."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from grafftui import events
from grafftui.errors import GrafftuiError
from grafftui.history import CompactionPlan, Store
from grafftui.settings.paths import Paths


def main(home: str) -> None:
    store = Store.open(Paths.from_environment({"GRAFFTUI_HOME": home}))
    id = store.create_conversation(
        workspace="/w", backend="graff", agent="forge", provider="p", model="m"
    )
    for number in range(10_000):
        recorder = store.begin_turn(id, f"prompt {number}")
        recorder.record([events.markdown(f"answer {number}")])
        recorder.add_message("assistant", {"role": "assistant", "text": f"answer {number}"})
        live = store.contexts.live(id)
        if number % 3 == 2 and len(live) > 4:
            fates = {message.id: "summarised" for message in live[1:-2]}
            body = {"role": "user", "text": f"summary {number}"}
            figures = (2, 1, len(live), len(live) - len(fates) + 1)
            plan = CompactionPlan(fates, body, "auto", "extractive", "", *figures)  # type: ignore[arg-type]
            store.contexts.compact(recorder, plan)
        recorder.finish("done")
        compactions = store.contexts.ledger(id).compactions
        with suppress(GrafftuiError, IndexError):
            if number % 4 == 1:
                store.contexts.undo_compaction(compactions[-1].id)
            elif number % 4 == 2:
                store.contexts.redo_compaction(compactions[-1].id)
            elif number % 4 == 3:
                store.contexts.rewind(id, recorder.turn_id)
        os.write(1, b".")


if __name__ == "__main__":
    main(sys.argv[1])
