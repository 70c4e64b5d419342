"""T50: no unusable key ever reaches a header."""

from __future__ import annotations

import pytest

from fakes.server import FakeProvider
from grafftui.cancellation import Cancellation
from grafftui.errors import AuthenticationError
from grafftui.models import check_key, connect, list_models, validate_key
from grafftui.models.api_key import last_four

UNUSABLE = {
    "line break": "sk-abc\ndef",
    "carriage return": "sk-abc\r\nX-Evil: 1",
    "space": "sk-abc def",
    "quotes": '"sk-abcdef"',
    "backquote": "`sk-abcdef`",
    "not ASCII": "sk-äbcdef",
    "invisible": "sk-abc\u200bdef",
    "NUL": "sk-abc\0def",
    "10 KB": "k" * 10_240,
    "empty": "",
    "only space": "  \n",
}


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(AuthenticationError) as raised:
        validate_key(key)
    said = raised.value.message + raised.value.hint
    assert "sk-" not in said and "kkk" not in said
    assert "\n" not in said


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_nothing_is_sent_with_it(key: str) -> None:
    with FakeProvider() as fake:
        where = {"OPENAI_URL": fake.url}
        with pytest.raises(AuthenticationError):
            connect("openai_compatible", "m", key, where)
        with pytest.raises(AuthenticationError):
            list_models("openai_compatible", key, where, Cancellation())
        with pytest.raises(AuthenticationError):
            check_key("openai_compatible", key, where, Cancellation())
        assert fake.requests == []


def test_space_around_a_key_is_taken_off() -> None:
    assert validate_key(" sk-abc\n") == "sk-abc"


def test_last_four() -> None:
    assert last_four("sk-0123456789abcdef") == "…cdef"
    assert last_four("short") == "…"
