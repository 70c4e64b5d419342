"""Retention is off unless it is asked for, and says what it has done."""

from __future__ import annotations

import time

from corestage import Core, of_type
from fakes.steps import text
from grafftui.history import Store
from grafftui.settings.paths import Paths

DAY = 86_400.0


def test_what_is_old_goes_to_the_bin_and_the_next_turn_says_so(core: Core) -> None:
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(core.home)})
    with Store.open(paths, clock=lambda: time.time() - 40 * DAY) as store:
        old = store.create_conversation(
            workspace=str(core.workspace), backend="graff", agent="forge", provider="p", model="m"
        )
        store.begin_turn(old, "long ago").finish("done")
    fake = core.provider([text("Yes.")], [text("Yes.")])
    graff = core.graff(fake)
    assert not of_type([*graff.chat("hi")], "Notice")
    assert {each.id for each in graff.store.conversations()} > {old}
    graff.close()
    core.settings("retention_days = 30\n")
    graff = core.graff(fake)
    (notice,) = of_type([*graff.chat("hi")], "Notice")
    assert notice["text"] == "1 conversation not used for 30 days: in the bin now."
    assert old not in {each.id for each in graff.store.conversations()}
    assert graff.store.order.restore(old)
