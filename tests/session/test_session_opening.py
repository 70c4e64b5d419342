"""A history that cannot be opened at first."""

from __future__ import annotations

from pathlib import Path

import pytest
from session_stage import Begin, Session

from grafftui.ui.screens import session as screens


async def test_it_is_opened_as_soon_as_it_can_be(
    begin: Begin, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "_AGAIN", (0.05,))
    in_the_way = home / "data" / "history.db"
    in_the_way.mkdir(parents=True)

    async def clear_up(session: Session) -> None:
        await session.until_seen("history.db")
        assert session.desk.reader is None
        in_the_way.rmdir()

    async with begin(None, early=clear_up) as session:
        await session.until(lambda: "history.db" not in session.text)
        assert session.desk.reader is not None
