"""T49: entries of the keyring that are not as we left them, and keyrings that do odd things."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from grafftui.errors import AuthenticationError, KeyringError
from grafftui.keys import Key, KeyInfo, KeyVault
from grafftui.keys.os_keyring import OsKeyring

if TYPE_CHECKING:
    from conftest import Desktop

KEY = "sk-test-0123456789abcdefghijklmnopqrstuvwxyz-END"
HERE = "https://api.example.com"


def get(vault: KeyVault) -> Key | None:
    return vault.get("openai", env_vars=["OPENAI_API_KEY"], origin=HERE)


def entry_of(key: str) -> str:
    return json.dumps({"key": key, "origin": HERE})


# -- entries that are not as we left them ----------------------------------------------------


@pytest.mark.needs("dbus")
@pytest.mark.needs("gnome-keyring")
@pytest.mark.parametrize(
    "secret",
    [
        json.dumps({"key": KEY + "\n", "origin": HERE}).encode(),
        json.dumps({"key": f" {KEY} ", "origin": HERE}).encode() + b"\n",
    ],
)
def test_white_space_around_a_stored_key_is_dropped(desktop: Desktop, secret: bytes) -> None:
    desktop.store("openai", secret)
    key = get(KeyVault())
    assert key is not None and key.value == KEY


@pytest.mark.needs("dbus")
@pytest.mark.needs("gnome-keyring")
@pytest.mark.parametrize(
    "secret",
    [
        KEY.encode(),
        b"",
        b"null",
        b"[]",
        b'{"key": null}',
        json.dumps({"key": KEY}).encode(),
        json.dumps({"key": [KEY], "origin": HERE}).encode(),
        (b'{"key": "' + KEY.encode()),
        b"\xff\xfe" + KEY.encode(),
    ],
)
def test_an_entry_of_another_shape_is_named_not_used(desktop: Desktop, secret: bytes) -> None:
    desktop.store("openai", secret)
    with pytest.raises(KeyringError) as caught:
        get(KeyVault())
    everything = "".join(map(repr, chain(caught.value)))
    assert KEY not in everything
    assert caught.value.hint


@pytest.mark.needs("dbus")
@pytest.mark.needs("gnome-keyring")
def test_a_stored_key_no_header_can_carry_is_refused(desktop: Desktop) -> None:
    desktop.store("openai", json.dumps({"key": f"{KEY}\r\nX: y", "origin": HERE}).encode())
    vault = KeyVault()
    with pytest.raises(AuthenticationError, match="the stored key for openai holds a line break"):
        get(vault)
    desktop.store("index", b'["openai"]')
    assert vault.list() == [KeyInfo("openai", "keyring", "…", HERE)]


@pytest.mark.needs("dbus")
@pytest.mark.needs("gnome-keyring")
@pytest.mark.parametrize("index", [b"nonsense", b"{}", b'[1, null, "openai"]'])
def test_a_damaged_index_loses_no_key(desktop: Desktop, index: bytes) -> None:
    vault = KeyVault()
    vault.set("openai", KEY, origin=HERE)
    desktop.store("index", index)
    assert get(KeyVault()) is not None
    vault.set("openai", KEY, origin=HERE)
    assert [info.provider_id for info in vault.list()] == ["openai"]


def chain(error: BaseException) -> list[object]:
    """The error, its causes and contexts, and everything they carry."""
    found: list[object] = []
    link: BaseException | None = error
    while link is not None:
        found += [link, link.args, vars(link), getattr(link, "doc", "")]
        link = link.__cause__ or link.__context__
    return found


# -- misbehaving -----------------------------------------------------------------------------


class Ring:
    """Stands for a backend of the keyring library that does odd things."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.fault: Exception | None = None
        self.delay: threading.Event | None = None

    def _call(self) -> None:
        if self.delay is not None:
            self.delay.wait(10)
        if self.fault is not None:
            raise self.fault

    def get_password(self, service: str, user: str) -> Any:
        found = self.entries.get(user)
        self._call()
        return found

    def set_password(self, service: str, user: str, password: str) -> None:
        self._call()
        self.entries[user] = password

    def delete_password(self, service: str, user: str) -> None:
        self._call()
        del self.entries[user]


def with_ring(ring: Ring, timeout: float = 5.0) -> KeyVault:
    vault = KeyVault()
    vault._keyring = OsKeyring(timeout)
    vault._keyring._backend = ring  # type: ignore[assignment]
    return vault


@pytest.mark.parametrize(
    "entry",
    [
        entry_of(KEY).encode(),
        bytearray(entry_of(KEY).encode() + b"\n"),
        entry_of(f"{KEY}\n") + "\n",
    ],
)
def test_bytes_and_line_ends_are_read(entry: object) -> None:
    ring = Ring()
    ring.entries["openai"] = entry
    assert get(with_ring(ring)) == Key(KEY, "keyring", HERE)


def test_none_is_no_key() -> None:
    ring = Ring()
    ring.entries["openai"] = None
    assert get(with_ring(ring)) is None


@pytest.mark.parametrize(
    "entry", [3, 1.5, ["x"], object(), b"\xff", "\ud800", "{" * 100_000], ids=range(7)
)
def test_nonsense_is_a_keyring_error(entry: object) -> None:
    ring = Ring()
    ring.entries["openai"] = entry
    with pytest.raises(KeyringError):
        get(with_ring(ring))


@pytest.mark.parametrize("fault", [RuntimeError(KEY), OSError(5, KEY), UnicodeError(KEY)])
def test_a_failing_keyring_says_nothing_of_the_key(fault: Exception) -> None:
    ring = Ring()
    ring.fault = fault
    vault = with_ring(ring)
    with pytest.raises(KeyringError) as caught:
        vault.set("openai", KEY, origin=HERE)
    error = caught.value
    assert type(fault).__name__ in str(error)
    assert (error.__cause__, error.__context__) == (None, None)
    assert KEY not in f"{error!r} {error.args} {vars(error)}"
    ring.fault = None
    assert get(vault) is None


def test_every_stored_key_is_in_the_index_whatever_fails() -> None:
    """Written before the key and removed after it: a failure in between hides no key."""

    class Failing(Ring):
        def __init__(self, at: int) -> None:
            super().__init__()
            self.left = at

        def _call(self) -> None:
            self.left -= 1
            if self.left < 0:
                raise OSError

    for change in ("set", "remove"):
        for at in range(6):
            ring = Failing(99)
            vault = with_ring(ring)
            if change == "remove":
                vault.set("openai", KEY, origin=HERE)
            ring.left = at
            try:
                if change == "set":
                    vault.set("openai", KEY, origin=HERE)
                else:
                    vault.remove("openai")
            except KeyringError:
                pass
            assert "openai" not in ring.entries or '"openai"' in ring.entries["index"]


def test_a_key_that_comes_late_is_not_cached() -> None:
    ring = Ring()
    ring.entries["openai"] = entry_of(KEY)
    ring.delay = threading.Event()
    vault = with_ring(ring, timeout=0.05)
    with pytest.raises(KeyringError, match="did not answer"):
        get(vault)
    ring.entries["openai"] = entry_of(f"{KEY}2")
    ring.delay.set()
    key = get(vault)
    assert key is not None and key.value == f"{KEY}2"
