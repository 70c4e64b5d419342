"""Where keys are found, kept and forgotten."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence

from grafftui.errors import AuthenticationError, UsageError
from grafftui.keys.command import run_key_command
from grafftui.keys.key import Key, KeyInfo, KeyOriginError, check_provider_id, masked
from grafftui.keys.origin import origin_of
from grafftui.keys.os_keyring import KeyringStatus, NoKeyringError, OsKeyring, StoredKey
from grafftui.text.key_flaws import flaw


class KeyVault:
    """The person's keys. Any thread may use it; calls may take seconds, so never the screen's.

    Args:
        environ: Where environment variables are looked up; also what key commands get.
        timeout: Seconds the OS keyring may take for one call.
        commands: Provider id → argv of a program that prints its key (`Settings.key_command`).
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str] = os.environ,
        timeout: float = 5.0,
        commands: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._environ = environ
        self._keyring = OsKeyring(timeout)
        self._commands = dict(commands or {})
        self._memory: dict[str, Key] = {}
        self._cache: dict[str, Key] = {}
        self._lock = threading.Lock()

    def get(self, provider_id: str, *, env_vars: Sequence[str], origin: str) -> Key | None:
        """The key for `provider_id`: from the environment, this process, its command, the keyring.

        What a command or the keyring gave is kept for the life of the process. Without a
        keyring that may be used nothing can be stored there, so the answer is None.

        Args:
            env_vars: Names to look for, first one set wins.
            origin: The address the key would be sent to.

        Raises:
            KeyOriginError: The stored key was given for another address.
            AuthenticationError: What was found cannot be a key, or the command failed.
            KeyringError: The keyring is locked, fails or does not answer.
        """
        check_provider_id(provider_id)
        key = self._from_environment(provider_id, env_vars) or self._kept(provider_id)
        if key is None:
            key = self._from_command(provider_id) or self._from_keyring(provider_id)
        if key is None:
            return None
        _require_origin(provider_id, key, origin_of(origin))
        return key

    def forget_cache(self, provider_id: str) -> None:
        """Read the key again next time, for example after the provider has refused it."""
        with self._lock:
            self._cache.pop(provider_id, None)

    def set(self, provider_id: str, value: str, *, origin: str, persist: bool = True) -> None:
        """Keep a key, in the OS keyring or (`persist=False`) in this process only.

        Args:
            value: The key; white space around it is dropped.
            origin: The address it is for; it will not be sent anywhere else.

        Raises:
            UsageError: It cannot be a key, or `origin` is not an address.
            KeyringError: The keyring is missing, locked, fails or does not answer.
        """
        check_provider_id(provider_id)
        value = value.strip()
        if reason := flaw(value):
            raise UsageError(f"the key for {provider_id} {reason}", hint="copy it once more")
        bound = origin_of(origin)
        _redact(value, provider_id)
        if persist:
            self._keyring.write(provider_id, StoredKey(value, bound))
        with self._lock:
            self._memory.pop(provider_id, None)
            self._cache.pop(provider_id, None)
            if persist:
                self._cache[provider_id] = Key(value, "keyring", bound)
            else:
                self._memory[provider_id] = Key(value, "memory", bound)

    def remove(self, provider_id: str) -> bool:
        """Forget a key wherever it was kept; whether there was one.

        Raises:
            KeyringError: The keyring is locked, fails or does not answer.
        """
        check_provider_id(provider_id)
        with self._lock:
            kept = self._memory.pop(provider_id, None) is not None
            self._cache.pop(provider_id, None)
        try:
            return self._keyring.delete(provider_id) or kept
        except NoKeyringError:
            return kept

    def list(
        self, *, env_vars: Mapping[str, Sequence[str]] | None = None, stored: bool = True
    ) -> list[KeyInfo]:
        """What keys there are, by provider id; several rows where one has several.

        Args:
            env_vars: Provider id → names to look for, to list keys of the environment too.
            stored: Whether to look into the keyring.

        Raises:
            KeyringError: The keyring is locked, fails or does not answer.
        """
        rows = []
        for provider_id, names in (env_vars or {}).items():
            if found := self._set_variable(names):
                rows.append(KeyInfo(provider_id, "environment", masked(found[1])))
        with self._lock:
            rows += [_info(provider_id, key) for provider_id, key in self._memory.items()]
        for provider_id, argv in self._commands.items():
            rows.append(KeyInfo(provider_id, "command", os.path.basename(argv[0])))
        for provider_id, entry in (self._stored() if stored else {}).items():
            _redact(entry.value, provider_id)
            rows.append(KeyInfo(provider_id, "keyring", masked(entry.value), entry.origin))
        return sorted(rows, key=lambda row: row.provider_id)

    def status(self) -> KeyringStatus:
        """Whether the OS keyring can be used. Never raises, never makes it ask anything."""
        return self._keyring.status()

    # -- sources ---------------------------------------------------------------------------

    def _from_environment(self, provider_id: str, names: Sequence[str]) -> Key | None:
        found = self._set_variable(names)
        if found is None:
            return None
        name, value = found
        return _checked(Key(value, "environment"), provider_id, name)

    def _set_variable(self, names: Sequence[str]) -> tuple[str, str] | None:
        for name in names:
            if value := self._environ.get(name, "").strip():
                return name, value
        return None

    def _kept(self, provider_id: str) -> Key | None:
        with self._lock:
            return self._memory.get(provider_id) or self._cache.get(provider_id)

    def _from_command(self, provider_id: str) -> Key | None:
        argv = self._commands.get(provider_id)
        if not argv:
            return None
        value = run_key_command(provider_id, argv, self._environ)
        words = f"what the key command for {provider_id} printed"
        return self._cached(provider_id, _checked(Key(value, "command"), provider_id, words))

    def _from_keyring(self, provider_id: str) -> Key | None:
        try:
            stored = self._keyring.read(provider_id)
        except NoKeyringError:
            return None
        if stored is None:
            return None
        key = Key(stored.value, "keyring", stored.origin)
        words = f"the stored key for {provider_id}"
        return self._cached(provider_id, _checked(key, provider_id, words))

    def _cached(self, provider_id: str, key: Key) -> Key:
        with self._lock:
            return self._cache.setdefault(provider_id, key)

    def _stored(self) -> Mapping[str, StoredKey]:
        try:
            return self._keyring.read_all()
        except NoKeyringError:
            return {}


def _checked(key: Key, owner: str, words: str) -> Key:
    """`key`, known to the redactor from here on; raises when it cannot be one."""
    if reason := flaw(key.value):
        raise AuthenticationError(f"{words} {reason}", hint="set the key again")
    _redact(key.value, owner)
    return key


def _require_origin(provider_id: str, key: Key, origin: str) -> None:
    if key.origin not in (None, origin):
        raise KeyOriginError(
            f"the key for {provider_id} was given for {key.origin}; it is not sent to {origin}",
            hint=f"to use it there, enter it again: grafftui keys set {provider_id} --url {origin}",
        )


def _info(provider_id: str, key: Key) -> KeyInfo:
    return KeyInfo(provider_id, key.source, key.label, key.origin)


def _redact(value: str, owner: str) -> None:
    """From now on the value is taken out of everything that is shown or written."""
    from grafftui.text.redact import secrets

    secrets.add_secret(value, owner)
