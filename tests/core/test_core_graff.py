"""What a `Graff` holds, it holds as long as its block."""

from __future__ import annotations

import pytest

from corestage import Core, answer_of
from fakes.steps import text
from grafftui import Graff
from grafftui.errors import StoreError


def test_it_is_closed_with_the_block(core: Core) -> None:
    fake = core.provider([text("Hello.")])
    with core.graff(fake) as graff:
        assert isinstance(graff, Graff)
        assert answer_of(graff.chat("hello")) == "Hello."
    with pytest.raises(StoreError):
        graff.list_conversations()
