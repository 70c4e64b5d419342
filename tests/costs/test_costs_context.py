"""What fills a context: every part where it belongs, and in sum what the provider counts."""

from __future__ import annotations

import pytest

from corestage import Core, played
from fakes.steps import Turn, reasoning, text, tool
from grafftui.core.context_breakdown import ContextBreakdown, Parts
from grafftui.errors import NotFoundError, UsageError

NEVER = {"usage": None}


def breakdown(core: Core, *script: Turn, settings: str = "") -> ContextBreakdown:
    core.settings(settings)
    (core.workspace / "a.txt").write_text(("x" * 99 + "\n") * 40)
    graff = core.graff(core.provider(*script))
    return graff.context_breakdown(played(graff.chat("y" * 400)))


def test_each_part_where_it_belongs(core: Core) -> None:
    found = breakdown(
        core,
        [reasoning("z" * 800), text("Looking."), tool("read", {"file_path": "a.txt"}), NEVER],
        [tool("fs_search", {"pattern": "q" * 200, "path": "."}), NEVER],
        [text("w" * 2_000), NEVER],
    )
    parts = found.parts
    assert not found.counted
    assert parts.conversation == 100 + 2 + 500
    assert parts.reasoning == 200
    assert 1_000 < parts.files < 1_150
    assert 50 < parts.results < 300
    assert parts.system > 200
    assert parts.tools > 500
    assert found.used == sum(parts.named().values())
    assert (found.window, found.free) == (None, None)


def test_it_is_corrected_by_what_the_provider_counted(core: Core) -> None:
    """The last request is as large as it said; what came after it in proportion."""
    usage = {"usage": {"prompt": 50_000, "completion": 10, "cached": 0}}
    window = "[context_window]\nfake-model = 200000\n"
    found = breakdown(core, [text("w" * 400), usage], settings=window)
    assert found.counted
    answer = found.parts.conversation / 2  # as long as the prompt
    assert found.used - answer == pytest.approx(50_000, rel=0.001)
    assert found.window == 200_000
    assert found.free == 200_000 - found.used
    wire = found.to_wire()
    assert wire["used"] + wire["free"] == wire["window"]
    assert set(Parts().named()) < set(wire)


def test_not_by_a_request_that_was_another(core: Core) -> None:
    """The model was changed, or a part of what was sent is in the context no more."""
    graff = core.graff(core.provider([text("One.")], [text("Two.")], [text("Three.")]))
    id = played(graff.chat("hi"))
    assert graff.context_breakdown(id).counted
    graff.store.set_model(id, provider="openai_compatible", model="another", agent="forge")
    assert not graff.context_breakdown(id).counted
    graff.store.set_model(id, provider="openai_compatible", model="fake-model", agent="forge")
    played(graff.chat("again", conversation_id=id))
    assert graff.context_breakdown(id).counted
    (*_, last) = graff.store.contexts.live(id)
    graff.store.contexts.rewind(id, last.turn_id)
    assert not graff.context_breakdown(id).counted
    played(graff.chat("again", conversation_id=id))
    assert graff.context_breakdown(id).counted


def test_of_what_is_no_conversation(core: Core) -> None:
    graff = core.graff(core.provider())
    with pytest.raises(UsageError):
        graff.context_breakdown("x")
    with pytest.raises(NotFoundError):
        graff.context_breakdown("00000000-0000-0000-0000-000000000000")
