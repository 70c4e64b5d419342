"""A history that cannot be saved: the status line says so, once, and closing is no crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from session_stage import Begin

from fakes.server import FakeProvider
from fakes.steps import text, until
from grafftui.errors import StoreError

WORDS = "history is not being saved: the disk is full"


async def test_the_status_line_says_so_and_the_transcript_does_not(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"

    def failing(*, durable: bool) -> object:
        raise StoreError("the disk is full")

    with FakeProvider([[text("One. "), until(gate), text("Two.")]]) as provider:
        async with begin(provider) as session:
            await session.say("count")
            await session.until_seen("One.")
            graff = session.desk.graff
            assert graff is not None
            monkeypatch.setattr(graff.store._database, "transaction", failing)
            gate.touch()
            await session.until_seen("Two.", WORDS)
            await session.until(lambda: not session.current.running)
            assert session.text.count("not being saved") == 1
    assert graff.store.unsaved == "the disk is full"
