"""Requests and decisions as values: their wire form, their digests, what a grant covers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from grafftui.approvals import (
    Allow,
    Ask,
    Decision,
    FileEdit,
    Policy,
    Request,
    decline_everything,
)
from grafftui.cancellation import Cancellation

COMMAND = Request(
    kind="command",
    tool="shell",
    subject="ls -l",
    cwd="/w",
    command="ls -l",
    argv=("/bin/bash", "-c", "ls -l"),
    environment=(("A", "1"), ("B", "2")),
    timeout=300.0,
    description="to see",
)
EDIT = Request(
    kind="edit",
    tool="patch",
    subject="a.py",
    cwd="/w",
    edits=(FileEdit("/w/a.py", "0" * 64, "1" * 64, "-a\n+b\n"),),
)
FETCH = Request(kind="fetch", tool="fetch", subject="http://x/", cwd="/w", url="http://x/")
READ = Request(kind="read", tool="read", subject="/etc/hosts", cwd="/etc")


@pytest.mark.parametrize("request_", [COMMAND, EDIT, FETCH, READ], ids=lambda r: r.kind)
def test_there_and_back(request_: Request) -> None:
    wire = json.loads(json.dumps(request_.to_wire()))
    back = Request.from_wire(wire)
    assert back == request_
    assert back.digest() == request_.digest() == wire["digest"]
    assert Request.from_wire(wire | {"unknown": 1}) == request_


@pytest.mark.parametrize(
    "change",
    [
        {"command": "ls -la"},
        {"argv": ("/bin/bash", "-c", "ls -la")},
        {"cwd": "/w2"},
        {"executor": "sandbox-1"},
        {"environment": (("A", "1"), ("B", "3"))},
        {"environment": ()},
        {"timeout": 1.0},
        {"description": "for fun"},
        {"subject": "ls"},
    ],
)
def test_every_part_counts_for_the_digest(change: dict[str, Any]) -> None:
    assert replace(COMMAND, **change).digest() != COMMAND.digest()


def test_every_byte_of_an_edit_counts() -> None:
    digests = {EDIT.digest()}
    edit = EDIT.edits[0]
    for other in (
        replace(edit, path="/w/b.py"),
        replace(edit, before_sha256="2" * 64),
        replace(edit, before_sha256=None),
        replace(edit, after_sha256="2" * 64),
        replace(edit, after_sha256=None),
        replace(edit, diff="-a\n+c\n"),
    ):
        digests.add(replace(EDIT, edits=(other,)).digest())
    digests.add(replace(EDIT, edits=(edit, edit)).digest())
    assert len(digests) == 8


@pytest.mark.parametrize(
    ("request_", "change", "covered"),
    [
        (COMMAND, {"description": "other words"}, True),
        (COMMAND, {"argv": ("/bin/bash", "-c", "ls -l ")}, False),
        (COMMAND, {"command": "ls", "argv": ("/bin/bash", "-c", "ls")}, False),
        (COMMAND, {"cwd": "/w/sub"}, False),
        (COMMAND, {"executor": "sandbox-1"}, False),
        (COMMAND, {"environment": (("A", "1"),)}, False),
        (FETCH, {"url": "http://x/y"}, True),
        (FETCH, {"url": "http://x:81/"}, False),
        (FETCH, {"url": "http://y/"}, False),
        (READ, {"subject": "/etc/passwd"}, False),
        (READ, {"tool": "fs_search"}, False),
        (EDIT, {"subject": "b.py", "tool": "write"}, True),
        (EDIT, {"cwd": "/etc"}, False),
        (EDIT, {"edits": (FileEdit("/w/a.py", "0" * 64, None, ""),)}, False),
    ],
)
def test_what_a_yes_for_the_session_covers(
    request_: Request, change: dict[str, Any], covered: bool
) -> None:
    """R-83."""
    policy = Policy()
    assert isinstance(policy.decide(request_, "c1"), Ask)
    policy.learn(request_, Decision("acceptForSession"), "c1")
    assert isinstance(policy.decide(request_, "c1"), Allow)
    assert isinstance(policy.decide(request_, "c2"), Ask)
    expected = Allow if covered else Ask
    assert isinstance(policy.decide(replace(request_, **change), "c1"), expected)


@pytest.mark.parametrize("value", ["accept", "decline", "cancel"])
def test_other_answers_are_for_once(value: Any) -> None:
    policy = Policy()
    question = policy.decide(COMMAND, "c1")
    assert isinstance(question, Ask)
    assert question.reasons == ("runs a command",)
    policy.learn(COMMAND, Decision(value), "c1")
    assert policy.decide(COMMAND, "c1") == question


def test_what_is_accepted() -> None:
    values: list[Any] = ["accept", "acceptForSession", "decline", "cancel"]
    assert [Decision(value).accepted for value in values] == [True, True, False, False]


def test_nobody_says_no() -> None:
    decision = decline_everything.decide(
        COMMAND, request_id="r", conversation_id="c", cancellation=Cancellation()
    )
    assert (decision.value, decision.by) == ("decline", "nobody")
