"""A Secret Service of the test's own: a private D-Bus and a real gnome-keyring-daemon."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

DEFAULT_COLLECTION = "/org/freedesktop/secrets/aliases/default"
NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND")


@pytest.fixture(autouse=True)
def no_desktop(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own desktop reaches a test."""
    for name in (*NAMES, "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)


class Desktop:
    """A private session bus, and the keyring daemon on it once it is started.

    Attributes:
        address: The bus.
        home: The daemon's own HOME; its keyring file is below it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._environ = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "XDG_RUNTIME_DIR": str(home),
        }
        self._log = home / "bus.log"
        with self._log.open("wb") as log:
            bus = subprocess.Popen(
                ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
                env=self._environ,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert bus.stdout is not None
        with bus.stdout as output:
            self.address = output.readline().decode().strip()
        self._environ["DBUS_SESSION_BUS_ADDRESS"] = self.address
        self._processes = [bus]

    @property
    def log(self) -> str:
        """What the bus and the programs it started wrote to standard error."""
        return self._log.read_text(errors="replace")

    def start_keyring(self) -> None:
        """Start the daemon with its default keyring unlocked."""
        with self._log.open("ab") as log:
            daemon = subprocess.Popen(
                ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._processes.append(daemon)
        assert daemon.stdin is not None
        with daemon.stdin as stdin:
            stdin.write(b"password of the keyring")
        wait_until(self._is_owned)

    def _is_owned(self) -> bool:
        from jeepney import DBusErrorResponse, message_bus
        from jeepney.io.blocking import open_dbus_connection

        try:
            with closing(open_dbus_connection(self.address)) as bus:
                reply = bus.send_and_get_reply(message_bus.NameHasOwner("org.freedesktop.secrets"))
                return bool(reply.body[0])
        except (OSError, DBusErrorResponse):
            return False

    def lock(self) -> None:
        """Lock the default keyring, as a screen lock can."""
        import secretstorage

        with closing(secretstorage.dbus_init()) as bus:
            secretstorage.Collection(bus, DEFAULT_COLLECTION).lock()

    def items(self) -> dict[str, tuple[str, bytes]]:
        """Everything stored: user name → (service, secret)."""
        import secretstorage

        with closing(secretstorage.dbus_init()) as bus:
            found = {}
            for item in secretstorage.Collection(bus, DEFAULT_COLLECTION).get_all_items():
                attributes = item.get_attributes()
                found[attributes["username"]] = (attributes["service"], item.get_secret())
            return found

    def store(self, username: str, secret: bytes, service: str = "grafftui") -> None:
        """Put an entry there past grafftui, in place of its own."""
        import secretstorage
        from keyring.backends.SecretService import Keyring

        same = {"service": service, "username": username, "application": Keyring.appid}
        with closing(secretstorage.dbus_init()) as bus:
            secretstorage.Collection(bus, DEFAULT_COLLECTION).create_item(
                "by hand", same, secret, replace=True
            )

    def stop(self) -> None:
        """End what was started."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """A session bus. Asking it for a Secret Service starts one without any keyring."""
    home = Path(tempfile.mkdtemp(prefix="keyring"))
    desktop = Desktop(home)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop.address)
    yield desktop
    desktop.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def desktop(bus: Desktop) -> Desktop:
    """A session bus with an unlocked keyring."""
    bus.start_keyring()
    return bus


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return once `condition` holds; fail when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
