"""F4: the models of the provider in use; of others, only when they are chosen."""

from __future__ import annotations

import pytest
from session_stage import PROVIDER, Begin, Session

from fakes.server import FakeProvider
from grafftui.ui.screens.picker import Picker, PickerList

KEY = "sk-test-0123456789abcdef4567"


def rows_of(session: Session) -> list[str]:
    return [row.value for row in session.app.screen.query_one(PickerList).rows]


async def picked(session: Session, letters: str) -> None:
    await session.type(letters)
    await session.pilot.press("enter")


async def test_only_the_provider_in_use_is_asked(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(models=["mine"]) as here, FakeProvider(models=["theirs"]) as there:
        monkeypatch.setenv("ANTHROPIC_URL", there.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        async with begin(here) as session:
            await session.pilot.press("f4")
            await session.shows(Picker)
            first = session.app.screen
            rows = rows_of(session)
            assert rows[0] == f"{PROVIDER}/mine"
            assert "anthropic_compatible/" in rows
            assert not {"openai/", "anthropic/"} & {*rows}, "their keys are for other addresses"
            assert there.requests == []

            await picked(session, "anthropic_compatible")
            await session.until(lambda: session.app.screen is not first)
            await session.shows(Picker)
            assert rows_of(session)[0] == "anthropic_compatible/theirs"
            assert [request.path for request in there.requests] == ["/v1/models"]
            await picked(session, "theirs")
            await session.until(lambda: session.current.model == "theirs")
            assert session.current.provider == "anthropic_compatible"
            assert len(here.requests) == 1


async def test_one_without_a_list_is_told(begin: Begin) -> None:
    with FakeProvider(models=None) as here:
        async with begin(here) as session:
            await session.pilot.press("f4")
            await session.shows(Picker)
            await session.until_seen("lists no models")


async def test_what_is_nowhere_to_be_found_is_told_before_the_first_prompt(begin: Begin) -> None:
    async with begin(None, options={"agent": "nosuch", "provider": "opnai"}) as session:
        await session.until_seen("no agent “nosuch”; there are: forge,", "did you mean")
        assert "there is no provider 'opnai'" in session.text
