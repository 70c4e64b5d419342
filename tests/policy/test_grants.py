"""Grants as values, and the store they are in for a session."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from grafftui.approvals.grants import Grant, GrantRule, GrantsInMemory
from grafftui.approvals.request import Confinement

RULE = GrantRule(
    "command",
    ("sh", "go.sh"),
    cwd="/w",
    environment=(("GRAFFTUI_SCRIPTS", "go.sh sha256:0"),),
    confinement=Confinement("bubblewrap", "workspace-write", writable=("/cache",)),
    version=1,
)
GRANT = Grant("g", RULE, "times", "c", "/w", 2, 100.0, 0.0, "sh go.sh, here")


def test_a_rule_there_and_back() -> None:
    assert GrantRule.from_wire(json.loads(json.dumps(RULE.to_wire()))) == RULE


@pytest.mark.parametrize(
    "wire",
    [{}, {"kind": "prefix"}, RULE.to_wire() | {"later": 1}, RULE.to_wire() | {"words": None}],
)
def test_what_is_no_rule_is_said(wire: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a rule of a grant"):
        GrantRule.from_wire(wire)


def test_where_and_how_long_it_holds() -> None:
    assert GRANT.applies("c", "/w", 99.9)
    assert not GRANT.applies("c", "/w", 100.0)
    assert not GRANT.applies("d", "/w", 0)
    assert not GRANT.applies("c", "/v", 0)
    assert not replace(GRANT, uses_left=0).applies("c", "/w", 0)
    assert replace(GRANT, conversation_id="", workspace="").applies("d", "/v", 0)


def test_uses_are_counted_and_end() -> None:
    store = GrantsInMemory()
    store.add(GRANT)
    assert [store.use("g"), store.use("g"), store.use("g"), store.use("none")] == [
        True,
        True,
        False,
        False,
    ]
    assert store.expire(0) == 1
    assert store.all() == []


def test_expiry_and_revoking() -> None:
    store = GrantsInMemory()
    for number, end in enumerate((10.0, None)):
        store.add(replace(GRANT, id=str(number), uses_left=None, expires_at=end))
    assert store.expire(9.9) == 0
    assert store.expire(10.0) == 1
    assert store.use("1")
    assert store.use("1")
    assert store.revoke("1")
    assert not store.revoke("1")
