"""The tree of errors, as a program meets it: told apart by class and field, never by words."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import grafftui
from corestage import Core, Scripted, each_wire
from fakes.steps import error, hang, status, text, tool
from grafftui import (
    AbortedError,
    AuthenticationError,
    Cancellation,
    EventHooks,
    GrafftuiError,
    NotFoundError,
    PolicyError,
    ProviderError,
    StoreError,
    TurnFailedError,
    errors,
)
from sdkstage import Sdk

MISLEADING = {"error": {"message": "401 unauthorized: invalid api key, rate limit, overloaded"}}
EDIT = tool("write", {"file_path": "new.txt", "content": "x\n"})


def test_every_error_is_exported_and_in_one_tree() -> None:
    for name, value in vars(errors).items():
        if inspect.isclass(value) and value.__module__ == errors.__name__:
            assert issubclass(value, GrafftuiError)
            assert getattr(grafftui, name) is value and name in grafftui.__all__


@each_wire
@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        (400, ProviderError, False),
        (401, AuthenticationError, None),
        (403, AuthenticationError, None),
        (404, ProviderError, False),
        (500, ProviderError, True),
    ],
)
def test_by_status_whatever_the_words(
    core: Core, wire: str, code: int, kind: type[GrafftuiError], retryable: bool | None
) -> None:
    core.settings("retry_attempts = 1\n")
    fake = core.provider([status(code, MISLEADING)])
    result = core.graff(fake, wire).run("go")
    with pytest.raises(TurnFailedError) as raised:
        result.raise_for_status()
    cause = raised.value.__cause__
    assert type(cause).__mro__.index(kind) >= 0
    assert isinstance(cause, ProviderError) == (kind is ProviderError)
    assert getattr(cause, "status", None) == code
    assert "overloaded" in getattr(cause, "body", "")
    if isinstance(cause, ProviderError):
        assert cause.retryable == retryable
    assert len(fake.requests) == 1


@each_wire
def test_an_error_within_the_stream(sdk: Sdk, wire: str) -> None:
    sdk.core.settings("retry_attempts = 1\n")
    fake = sdk.core.provider([text("Half"), error("server_error", "nobody knows")])
    result = sdk.graff(fake, wire).run("go")
    assert (result.status, result.text) == ("failed", "Half")
    assert result.error is not None and isinstance(result.error.__cause__, ProviderError)


def test_what_does_not_exist(sdk: Sdk) -> None:
    graff = sdk.graff(sdk.core.provider())
    nowhere = "11111111-1111-4111-8111-111111111111"
    for call in (
        lambda: graff.run("go", agent="nobody"),
        lambda: graff.run("go", conversation_id=nowhere),
        lambda: graff.run("go", provider="nothing"),
        lambda: graff.delete_conversation(nowhere),
        lambda: graff.rename_conversation(nowhere, "x"),
    ):
        with pytest.raises(NotFoundError):
            call()


def test_what_was_stopped(sdk: Sdk) -> None:
    fake = sdk.core.provider()
    signal = Cancellation()
    signal.cancel()
    with pytest.raises(AbortedError):
        sdk.graff(fake).run("go", signal=signal)
    assert signal.cancelled and fake.requests == []


def test_what_is_stopped_by_a_signal(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("Half"), hang()])
    signal = Cancellation()
    hooks = EventHooks(on_type={"TaskMessage": lambda event: signal.cancel()})
    result = sdk.graff(fake).run("go", signal=signal, hooks=hooks)
    assert (result.status, result.text) == ("interrupted", "Half")


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_what_was_declined(sdk: Sdk, answer: Any) -> None:
    fake = sdk.core.provider([EDIT], [text("Well.")])
    result = sdk.graff(fake, approver=Scripted(answer)).run("go").raise_for_status()
    if answer == "accept":
        assert result.raise_for_declined() is result
    else:
        with pytest.raises(PolicyError, match="write was declined"):
            result.raise_for_declined()


def test_nobody_was_there_to_say_yes(sdk: Sdk) -> None:
    fake = sdk.core.provider([EDIT], [text("Well.")])
    with pytest.raises(PolicyError, match="write was declined: nobody is there to approve it"):
        sdk.graff(fake).run("go").raise_for_declined()


def test_a_history_that_cannot_be_opened(sdk: Sdk) -> None:
    (sdk.core.home / "data").mkdir(parents=True)
    (sdk.core.home / "data" / "history.db").mkdir()
    with pytest.raises(StoreError):
        sdk.graff(sdk.core.provider()).list_conversations()


def test_an_error_says_what_to_do_and_never_a_key(sdk: Sdk) -> None:
    sdk.core.settings("retry_attempts = 1\n")
    key = "sk-test-0123456789abcdef0123"
    fake = sdk.core.provider([status(401, {"error": {"message": f"bad key {key}"}})])
    error_ = sdk.graff(fake).run("go").error
    assert error_ is not None and error_.hint
    for one in (error_, error_.__cause__):
        assert key not in f"{one} {getattr(one, 'body', '')} {getattr(one, 'hint', '')}"
