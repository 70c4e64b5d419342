"""A running composer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from composer_host import Desk, Host

from grafftui.ui.widgets.composer import Composer


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """The host at 40 by 12, the composer in focus."""
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        yield Desk(app, app.query_one(Composer), pilot)
