"""Grants on disk: used exactly as often as given, by however many processes, and ended in time."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from history_helpers import Start, new_conversation, rows

from grafftui.approvals import Confinement
from grafftui.approvals.grants import Grant, GrantRule, GrantStore
from grafftui.errors import StoreError
from grafftui.history import Store
from grafftui.history import grants as grants_module
from grafftui.history.reader import Reader
from grafftui.settings.paths import Paths

NOW = 1_700_000_000.0
RULE = GrantRule(
    "prefix",
    ("git", "status"),
    cwd="/w",
    environment=(("A", "b"),),
    confinement=Confinement("bubblewrap", "workspace-write", writable=("/tmp/x",)),
    version=1,
)
GRANT = Grant("g", RULE, "always", "", "", None, None, NOW, "git status with any arguments")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def grants(store: Store) -> GrantStore:
    return store.grants  # which mypy checks to be one


def opened(paths: Paths, clock: Clock) -> Store:
    return Store.open(paths, clock=clock)


def test_a_grant_comes_back_as_it_was(paths: Paths, clock: Clock) -> None:
    timed = replace(GRANT, id="t", scope="minutes", expires_at=NOW + 900, conversation_id="c")
    with opened(paths, clock) as store:
        for grant in (GRANT, timed):
            grants(store).add(grant)
    with opened(paths, clock) as store:
        assert list(grants(store).all()) == [GRANT, timed]


async def test_the_screen_reads_them(store: Store) -> None:
    now = time.time()
    grant = replace(GRANT, created_at=now, expires_at=now + 900)
    store.grants.add(grant)
    async with await Reader.open(store.paths) as reader:
        assert await reader.grants() == [grant]


def test_one_of_the_same_id_is_replaced_in_its_place(store: Store) -> None:
    store.grants.add(GRANT)
    store.grants.add(replace(GRANT, id="h"))
    store.grants.add(replace(GRANT, words="other"))
    assert [(grant.id, grant.words) for grant in store.grants.all()] == [
        ("g", "other"),
        ("h", GRANT.words),
    ]


def test_used_up(store: Store) -> None:
    store.grants.add(replace(GRANT, scope="times", uses_left=2))
    assert [store.grants.use("g") for _ in range(3)] == [True, True, False]
    (grant,) = store.grants.all()
    assert grant.uses_left == 0
    assert store.grants.expire(NOW) == 1
    assert store.grants.all() == []


def test_any_number_of_uses(store: Store) -> None:
    store.grants.add(GRANT)
    assert all(store.grants.use("g") for _ in range(3))
    assert list(store.grants.all()) == [GRANT]


def test_one_that_is_not_there(store: Store) -> None:
    assert not store.grants.use("g")
    assert not store.grants.revoke("g")


def test_revoked(store: Store) -> None:
    store.grants.add(GRANT)
    with Store.open(store.paths) as other:
        assert other.grants.revoke("g")
    assert not store.grants.use("g")
    assert store.grants.all() == []


def test_two_processes_use_it_exactly_as_often_as_it_was_given(start: Start, store: Store) -> None:
    store.grants.add(replace(GRANT, scope="times", uses_left=50))
    children = [start("use_grant", "g", 40) for _ in range(2)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
    used = 0
    for child in children:
        assert child.stdout is not None
        used += int(child.stdout.readline().split()[1])
    assert used == 50
    assert store.grants.all()[0].uses_left == 0


def test_its_time_is_over(paths: Paths, clock: Clock) -> None:
    with opened(paths, clock) as store:
        store.grants.add(replace(GRANT, scope="minutes", expires_at=NOW + 900))
        clock.now = NOW + 899
        assert store.grants.use("g")
        assert store.grants.expire(clock.now) == 0
        clock.now = NOW + 900
        assert not store.grants.use("g")
        assert store.grants.all()[0].ended(clock.now)
        assert store.grants.expire(clock.now) == 1


def test_setting_the_clock_back_does_not_lengthen_it(
    paths: Paths, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(paths, clock) as store:
        store.grants.add(replace(GRANT, scope="minutes", expires_at=NOW + 900))
        began = grants_module.since_boot()
        monkeypatch.setattr(grants_module, "since_boot", lambda: began + 901)
        clock.now = NOW - 30  # and yet 15 minutes have gone by
        (grant,) = store.grants.all()
        assert grant.ended(clock.now)
        assert not store.grants.use("g")
        assert store.grants.expire(clock.now) == 1


def test_a_clock_from_before_it_was_given(paths: Paths, clock: Clock) -> None:
    """After another start of the machine only the wall clock is left, and it makes no sense."""
    with opened(paths, clock) as store:
        store.grants.add(replace(GRANT, scope="minutes", expires_at=NOW + 900))
        store.grants.add(replace(GRANT, id="for ever"))
        with store._writing() as connection:
            connection.execute("UPDATE grants SET boot = 'another'")
        clock.now = NOW - 10
        assert store.grants.use("g")
        clock.now = NOW - 3600
        assert store.grants.all()[0].ended(clock.now)
        assert not store.grants.use("g")
        assert store.grants.use("for ever")
        assert store.grants.expire(clock.now) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "rule = '{'",
        "rule = '{}'",
        "rule = '[]'",
        """rule = '{"kind": "prefix", "words": ["rm"], "more": 1}'""",
        "scope = 'everything'",
        "created_at = 'x'",
    ],
)
def test_a_damaged_grant_covers_nothing(store: Store, damage: str) -> None:
    store.grants.add(GRANT)
    store.grants.add(replace(GRANT, id="h"))
    with store._writing() as connection:
        connection.execute(f"UPDATE grants SET {damage} WHERE id = 'g'")
    assert [grant.id for grant in store.grants.all()] == ["h"]


def test_those_of_a_deleted_conversation_go(store: Store) -> None:
    conversation_id = new_conversation(store)
    store.grants.add(replace(GRANT, conversation_id=conversation_id))
    store.grants.add(replace(GRANT, id="h"))
    store.delete_conversation(conversation_id)
    assert [grant.id for grant in store.grants.all()] == ["h"]


def test_nothing_is_granted_that_cannot_be_kept(store: Store) -> None:
    store.grants.add(replace(GRANT, scope="times", uses_left=1))
    store.read_only = "it may not be"
    with pytest.raises(StoreError):
        store.grants.use("g")
    with pytest.raises(StoreError):
        store.grants.add(GRANT)
    assert rows(store, "SELECT uses_left FROM grants") == [(1,)]
