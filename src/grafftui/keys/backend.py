"""Which OS keyring there is, and whether asking it can succeed.

Only keyrings of the operating system are used. The choice is made here rather than by
`keyring.get_keyring()`, which would load every installed plug-in and silently settle for one
that keeps keys in a plain file.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import closing
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final, Literal

from grafftui.errors import KeyringError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

WITHOUT_KEYRING: Final = (
    "set the provider's environment variable, or key_command in settings.toml,"
    " or keep the key for this session only"
)
"""What always works, in words for a hint."""

_PREFIX: Final = "keyring.backends."
_CANDIDATES: Final = {
    "darwin": (("keyring.backends.macOS", "Keyring"),),
    "win32": (("keyring.backends.Windows", "WinVaultKeyring"),),
    "linux": (
        ("keyring.backends.SecretService", "Keyring"),
        ("keyring.backends.libsecret", "Keyring"),
        ("keyring.backends.kwallet", "DBusKeyring"),
    ),
}
_ALLOWED: Final = frozenset(module for rows in _CANDIDATES.values() for module, _ in rows)
_CHAINER: Final = "keyring.backends.chainer"
_SECRET_SERVICES: Final = frozenset(
    {"keyring.backends.SecretService", "keyring.backends.libsecret"}
)
_DEFAULT_COLLECTION: Final = "/org/freedesktop/secrets/aliases/default"


class NoKeyringError(KeyringError):
    """There is no keyring that may be used, so nothing can be stored in one either."""


def _candidates() -> tuple[tuple[str, str], ...]:
    return _CANDIDATES.get(sys.platform, _CANDIDATES["linux"])


def usual_name() -> str:
    """The name of this system's usual keyring, for when the real one is not known yet."""
    return _candidates()[0][0].removeprefix(_PREFIX)


def backend_name(backend: KeyringBackend) -> str:
    """The keyring's name for a person, for example "SecretService"."""
    return type(backend).__module__.removeprefix(_PREFIX)


def find_backend() -> KeyringBackend:
    """The keyring the person configured for the keyring library, else the system's best.

    May block for as long as D-Bus does. Raises `NoKeyringError`, which says what was found, and
    `TimeoutError`.
    """
    _keep_quiet()
    backend = _configured()
    if backend is None:
        backend, reason = _best_of_system()
        if backend is None:
            raise NoKeyringError(
                f"there is no OS keyring to keep keys in ({reason}){_passed_over()}",
                hint=WITHOUT_KEYRING,
            )
    if not _allowed(backend):
        name = f"{type(backend).__module__}.{type(backend).__qualname__}"
        raise NoKeyringError(
            f"the configured keyring {name} is not an OS keyring and may keep keys in the open;"
            " it is not used",
            hint=WITHOUT_KEYRING,
        )
    return backend


def require_ready(backend: KeyringBackend, *, writing: bool) -> None:
    """Raise where the call that follows could only fail, or would ask a pointless question.

    A locked Secret Service starts a graphical prompter. Without a display that fails, with
    warnings on the standard error of whoever started D-Bus, which can be our own terminal.
    """
    match _secret_service_state(backend):
        case "absent" if not (writing and has_display()):
            raise NoKeyringError(
                f"{backend_name(backend)} has no default keyring yet", hint=WITHOUT_KEYRING
            )
        case "locked" if not has_display():
            raise KeyringError(
                f"the keyring ({backend_name(backend)}) is locked, and there is no display to"
                " ask for its password on",
                hint=f"unlock it, for example with gnome-keyring-daemon --unlock; or"
                f" {WITHOUT_KEYRING}",
            )
        case _:
            pass


def is_locked(backend: KeyringBackend) -> bool:
    """Whether the next call makes the keyring ask for its password."""
    return _secret_service_state(backend) == "locked"


def has_display() -> bool:
    """Whether a keyring could ask for its password on a screen."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _configured() -> KeyringBackend | None:
    """The one named by PYTHON_KEYRING_BACKEND or keyringrc.cfg."""
    from keyring import core

    try:
        return core.load_env() or core.load_config()
    except Exception as error:
        reason = type(error).__name__
    raise NoKeyringError(
        f"the keyring named in PYTHON_KEYRING_BACKEND or keyringrc.cfg cannot be used ({reason})",
        hint=f"correct or remove that setting; or {WITHOUT_KEYRING}",
    )


def _best_of_system() -> tuple[KeyringBackend | None, str]:
    """The keyring that works and ranks first; or None and why the usual one does not.

    Raises `TimeoutError` for one that is there and does not answer: keys may be in it.
    """
    usable, reasons = [], []
    for module, name in _candidates():
        try:
            kind: type[KeyringBackend] = getattr(import_module(module), name)
            usable.append((kind.priority, kind))
        except TimeoutError:
            raise
        except Exception as error:
            reasons.append(" ".join(str(error).split())[:200])
    if not usable:
        return None, reasons[0]
    _, best = max(usable, key=lambda ranked: ranked[0])
    return best(), ""


def _allowed(backend: KeyringBackend) -> bool:
    module = type(backend).__module__
    if module == _CHAINER:
        links = getattr(backend, "backends", [])
        return bool(links) and all(_allowed(link) for link in links)
    return module in _ALLOWED


def _passed_over() -> str:
    """Names the plug-ins that the keyring library would have used instead; loads none."""
    plugins = entry_points(group="keyring.backends")
    names = sorted({p.module for p in plugins if not p.module.startswith(_PREFIX)})
    if not names:
        return ""
    return f"; {', '.join(names)} is installed but not used, being no OS keyring"


def _secret_service_state(backend: KeyringBackend) -> Literal["unlocked", "locked", "absent"]:
    """Asked without unlocking anything. "unlocked" for keyrings of other kinds."""
    if type(backend).__module__ not in _SECRET_SERVICES:
        return "unlocked"
    try:
        import secretstorage
    except ImportError:
        return "unlocked"  # libsecret without SecretStorage: the call itself will tell
    path = getattr(backend, "preferred_collection", _DEFAULT_COLLECTION)
    with closing(secretstorage.dbus_init()) as bus:
        try:
            return "locked" if secretstorage.Collection(bus, path).is_locked() else "unlocked"
        except secretstorage.exceptions.ItemNotFoundException:
            return "absent"


def _keep_quiet() -> None:
    """Without a handler, what the keyring library logs would be printed over the screen."""
    logger = logging.getLogger("keyring")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
