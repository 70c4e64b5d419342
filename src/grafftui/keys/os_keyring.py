"""Our entries in the OS keyring, each call bounded in time.

An entry is a small JSON object `{"key": …, "origin": …}` under the service "grafftui" and the
provider's id. Keyrings cannot list, so one more entry, "index", holds the ids: it is written
before a key is and after a key is gone, so that every stored key is in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from grafftui.errors import GrafftuiError, KeyringError
from grafftui.keys.backend import (
    WITHOUT_KEYRING,
    NoKeyringError,
    backend_name,
    find_backend,
    is_locked,
    require_ready,
    usual_name,
)
from grafftui.keys.bounded import Late, within
from grafftui.keys.key import INDEX_NAME

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

SERVICE: Final = "grafftui"
_WINDOWS_CHARACTERS: Final = 1280
"""Windows keeps 2,560 bytes of UTF-16 in an entry."""


@dataclass(frozen=True, slots=True)
class KeyringStatus:
    """How the OS keyring is.

    Attributes:
        backend: Its name ("SecretService", "macOS"), or "" when there is none.
        usable: Whether keys can be kept in it.
        message: How it is, one line.
        hint: What the person can do where that is needed, or "".
    """

    backend: str
    usable: bool
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class StoredKey:
    """An entry as it is stored."""

    value: str
    origin: str


class OsKeyring:
    """The entries of this person.

    Every method raises `KeyringError` when the keyring is locked, fails, or does not answer
    within `timeout` seconds, and its subclass `NoKeyringError` when there is none to use. A
    write that was reported as late may still happen.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._backend: KeyringBackend | None = None

    @property
    def name(self) -> str:
        """The keyring's name, or "" while it is not known."""
        return backend_name(self._backend) if self._backend else ""

    def read(self, provider_id: str) -> StoredKey | None:
        """The stored key, or None. Raises `KeyringError` for an entry that is not ours."""
        return self._ask(lambda ring: _read(ring, provider_id))

    def read_all(self) -> dict[str, StoredKey]:
        """Every stored key by provider id."""

        def read_all(ring: KeyringBackend) -> dict[str, StoredKey]:
            entries = ((name, _read(ring, name)) for name in _index(ring))
            return {name: entry for name, entry in entries if entry is not None}

        return self._ask(read_all)

    def write(self, provider_id: str, key: StoredKey) -> None:
        """Store `key`, replacing what was there."""
        payload = json.dumps({"key": key.value, "origin": key.origin}, separators=(",", ":"))

        def write(ring: KeyringBackend) -> None:
            _require_room(ring, payload, "this key")
            names = _index(ring)
            if provider_id not in names:
                _write_index(ring, [*names, provider_id])
            ring.set_password(SERVICE, provider_id, payload)

        self._ask(write, writing=True)

    def delete(self, provider_id: str) -> bool:
        """Remove the key; whether there was one."""

        def delete(ring: KeyringBackend) -> bool:
            found = ring.get_password(SERVICE, provider_id) is not None
            if found:
                ring.delete_password(SERVICE, provider_id)
            names = _index(ring)
            if provider_id in names:
                _write_index(ring, [name for name in names if name != provider_id])
            return found

        return self._ask(delete)

    def read_text(self, name: str) -> str | None:
        """An entry that is no provider's key, as it is; None if there is none."""

        def read(ring: KeyringBackend) -> str | None:
            found: str | bytes | None = ring.get_password(SERVICE, name)
            return found.decode("utf-8", "replace") if isinstance(found, bytes) else found

        return self._ask(read)

    def write_text(self, name: str, text: str) -> None:
        """Keep such an entry, in the place of what was there."""

        def write(ring: KeyringBackend) -> None:
            _require_room(ring, text, "what is to be kept")
            ring.set_password(SERVICE, name, text)

        self._ask(write, writing=True)

    def delete_text(self, name: str) -> bool:
        """Remove such an entry; whether there was one."""

        def delete(ring: KeyringBackend) -> bool:
            found = ring.get_password(SERVICE, name) is not None
            if found:
                ring.delete_password(SERVICE, name)
            return found

        return self._ask(delete)

    def status(self) -> KeyringStatus:
        """Probe it by looking for an entry that does not exist. Never makes it ask anything."""

        def probe(ring: KeyringBackend) -> str:
            if is_locked(ring):
                return "is locked and will ask for its password when a key is needed"
            ring.get_password(SERVICE, "probe")
            return "works"

        try:
            words = self._ask(probe)
        except KeyringError as error:
            return KeyringStatus(self.name, False, error.message, error.hint)
        return KeyringStatus(self.name, True, f"the keyring ({self.name}) {words}")

    def _ask(self, call: Callable[[KeyringBackend], T], *, writing: bool = False) -> T:
        def work() -> T:
            if self._backend is None:
                self._backend = find_backend()
            require_ready(self._backend, writing=writing)
            return call(self._backend)

        try:
            return within(self._timeout, work, name="grafftui-keyring")
        except GrafftuiError:
            raise
        except (Late, TimeoutError) as error:  # D-Bus has shorter limits of its own
            limit = f" within {self._timeout:g} seconds" if isinstance(error, Late) else ""
            happened = f"did not answer{limit}"
            hint = f"it may be asking for its password in another window; or {WITHOUT_KEYRING}"
        except Exception as error:
            # The cause is left out: what a backend puts into its errors can be the entry itself.
            happened, hint = f"failed ({type(error).__name__})", WITHOUT_KEYRING
        raise KeyringError(f"the keyring ({self.name or usual_name()}) {happened}", hint=hint)


def _require_room(ring: KeyringBackend, payload: str, what: str) -> None:
    if backend_name(ring) == "Windows" and len(payload) > _WINDOWS_CHARACTERS:
        raise KeyringError(
            f"the Windows Credential Manager holds {_WINDOWS_CHARACTERS:,} characters;"
            f" {what} is longer",
            hint=WITHOUT_KEYRING,
        )


def _read(ring: KeyringBackend, provider_id: str) -> StoredKey | None:
    stored = ring.get_password(SERVICE, provider_id)
    if stored is None:
        return None
    entry = _parsed(stored)
    if isinstance(entry, dict):
        value, origin = entry.get("key"), entry.get("origin")
        if isinstance(value, str) and isinstance(origin, str):
            return StoredKey(value.strip(), origin)
    raise KeyringError(
        f"the keyring's entry for {provider_id} is not one that grafftui wrote",
        hint=f"store the key again: grafftui keys set {provider_id}",
    )


def _index(ring: KeyringBackend) -> list[str]:
    """Ids of the stored keys; an unreadable index is an empty one, and is written anew."""
    names = _parsed(ring.get_password(SERVICE, INDEX_NAME) or "[]")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _write_index(ring: KeyringBackend, names: list[str]) -> None:
    ring.set_password(SERVICE, INDEX_NAME, json.dumps(sorted(names), separators=(",", ":")))


def _parsed(stored: str | bytes) -> Any:
    """JSON of an entry, which some backends give as bytes; None when it is not JSON."""
    try:
        return json.loads(stored)
    except ValueError:
        return None


__all__ = ["KeyringStatus", "NoKeyringError", "OsKeyring", "StoredKey"]
