"""T49: no keyring, one that hangs, one that keeps keys in the open, one that misbehaves."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grafftui.errors import KeyringError
from grafftui.keys import Key, KeyInfo, KeyVault
from grafftui.keys.bounded import Late, within

KEY = "sk-test-0123456789abcdefghijklmnopqrstuvwxyz-END"
HERE = "https://api.example.com"


def get(vault: KeyVault) -> Key | None:
    return vault.get("openai", env_vars=["OPENAI_API_KEY"], origin=HERE)


def offers_ways_around(error: KeyringError) -> bool:
    ways = ("environment variable", "key_command", "this session only")
    return all(way in error.hint for way in ways)


# -- none ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [None, "", "unix:path=/nonexistent/bus", "nonsense", "tcp:"])
def test_without_a_bus_nothing_is_stored_and_all_else_works(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if address is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    vault = KeyVault()
    assert get(vault) is None
    assert vault.list() == []
    assert vault.remove("openai") is False
    with pytest.raises(KeyringError, match="there is no OS keyring") as caught:
        vault.set("openai", KEY, origin=HERE)
    assert offers_ways_around(caught.value)
    assert get(vault) is None
    status = vault.status()
    assert (status.backend, status.usable) == ("", False)
    assert "\n" not in status.message
    vault.set("openai", KEY, origin=HERE, persist=False)
    assert get(vault) == Key(KEY, "memory", HERE)
    assert vault.list() == [KeyInfo("openai", "memory", "sk-te…-END", HERE)]
    assert vault.remove("openai") is True
    assert get(vault) is None


# -- hanging ---------------------------------------------------------------------------------


@pytest.fixture
def hanging_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """A bus that greets whoever comes and never says another word; the connections it took."""
    path = tmp_path / "bus"
    taken: list[socket.socket] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(64)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            taken.append(connection)
            connection.recv(1000)  # AUTH
            connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")

    thread = threading.Thread(target=accept)
    thread.start()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
    before = set(threading.enumerate())
    yield taken
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()
    with warnings.catch_warnings():  # the keyring library closes nothing when it is cut off
        warnings.simplefilter("ignore", ResourceWarning)
        for connection in taken:
            connection.close()
        for stuck in set(threading.enumerate()) - before:
            if isinstance(stuck, threading.Timer):  # of a library that was loaded before
                continue
            stuck.join(60)
            assert not stuck.is_alive()
        gc.collect()


def test_a_bus_that_hangs_is_given_up(hanging_bus: list[socket.socket]) -> None:
    vault = KeyVault(timeout=0.3)
    calls: tuple[Callable[[], object], ...] = (
        lambda: get(vault),
        lambda: vault.set("openai", KEY, origin=HERE),
        lambda: vault.remove("openai"),
        vault.list,
    )
    silence = r"the keyring \(SecretService\) did not answer within 0\.3 seconds"
    for call in calls:
        began = time.monotonic()
        with pytest.raises(KeyringError, match=silence) as caught:
            call()
        assert 0.25 < time.monotonic() - began < 2
        assert offers_ways_around(caught.value)
    assert vault.status().usable is False
    assert len(hanging_bus) == len(calls) + 1


def test_a_bus_that_never_greets_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bus"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(64)  # the kernel accepts
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
        with pytest.raises(KeyringError, match=r"\(SecretService\) did not answer"):
            get(KeyVault())


def test_other_sources_do_not_wait_for_it(
    hanging_bus: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = KeyVault(timeout=30)
    stuck = threading.Thread(target=lambda: within(0.5, lambda: get(vault), name="t"), daemon=True)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    stuck.start()
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    began = time.monotonic()
    key = vault.get("anthropic", env_vars=["ANTHROPIC_API_KEY"], origin=HERE)
    assert key is not None
    vault.set("openai", KEY, origin=HERE, persist=False)
    assert vault.list(env_vars={"anthropic": ["ANTHROPIC_API_KEY"]}, stored=False) == [
        KeyInfo("anthropic", "environment", "sk-te…-END"),
        KeyInfo("openai", "memory", "sk-te…-END", HERE),
    ]
    assert time.monotonic() - began < 0.4
    stuck.join(5)


def test_the_process_ends_although_the_keyring_hangs(hanging_bus: list[socket.socket]) -> None:
    code = (
        "from grafftui.keys import KeyVault\n"
        "print(KeyVault(timeout=0.5).status().message, flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout == "the keyring (SecretService) did not answer within 0.5 seconds\n"
    assert done.stderr == ""


def test_a_late_answer_is_never_looked_at() -> None:
    release, answered = threading.Event(), threading.Event()

    def answer() -> str:
        release.wait(10)
        answered.set()
        return "late"

    with pytest.raises(Late):
        within(0.01, answer, name="late")
    assert within(5, lambda: "in time", name="next") == "in time"
    release.set()
    assert answered.wait(10)


# -- in the open -----------------------------------------------------------------------------

PLAINTEXT = """
import os, pathlib
(pathlib.Path(os.environ["HOME"]) / "imported").write_text("")
from keyring.backend import KeyringBackend
class PlaintextKeyring(KeyringBackend):
    priority = 0.5
    def _file(self, user): return pathlib.Path(os.environ["HOME"]) / ("plain-" + user)
    def get_password(self, service, user):
        return self._file(user).read_text() if self._file(user).exists() else None
    def set_password(self, service, user, password): self._file(user).write_text(password)
"""
TRY = f"""
from grafftui.errors import KeyringError
from grafftui.keys import KeyVault
vault = KeyVault()
print(vault.get("openai", env_vars=[], origin={HERE!r}))
try:
    vault.set("openai", {KEY!r}, origin={HERE!r})
except KeyringError as error:
    print(error)
    print(error.hint)
print(vault.status().usable)
"""


@pytest.fixture
def plaintext(tmp_path: Path) -> Path:
    """A folder with a package of the name, entry point and habits of keyrings.alt."""
    package = tmp_path / "site" / "keyrings" / "alt"
    package.mkdir(parents=True)
    (package / "file.py").write_text(PLAINTEXT)
    info = tmp_path / "site" / "keyrings.alt-5.0.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 5.0.2\n")
    (info / "entry_points.txt").write_text("[keyring.backends]\nfile = keyrings.alt.file\n")
    return tmp_path / "site"


def attempt(**environ: str) -> list[str]:
    path = os.pathsep.join(filter(None, (environ.pop("site", ""), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-c", TRY],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path, **environ},
    )
    assert done.stderr == ""
    found, message, hint, usable = done.stdout.splitlines()
    assert (found, usable) == ("None", "False")
    assert "environment variable" in hint
    return [message, hint]


def written(home: Path) -> list[str]:
    return sorted(path.name for path in home.parent.rglob("*"))


def test_the_keyring_library_itself_would_use_it(plaintext: Path, home: Path) -> None:
    """What the allow list protects from; were this to change, so could the list."""
    code = "import keyring; keyring.set_password('s', 'u', 'p')"
    environ = {**os.environ, "PYTHONPATH": str(plaintext)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environ)
    assert "plain-u" in written(home)


def test_one_that_is_installed_is_named_and_not_even_loaded(plaintext: Path, home: Path) -> None:
    message, _ = attempt(site=str(plaintext))
    assert "keyrings.alt.file is installed but not used" in message
    assert written(home) == []


@pytest.mark.parametrize("how", ["environment", "configuration file"])
def test_one_that_is_configured_is_named_and_not_used(
    plaintext: Path, home: Path, how: str
) -> None:
    name = "keyrings.alt.file.PlaintextKeyring"
    environ = {"site": str(plaintext)}
    if how == "environment":
        environ["PYTHON_KEYRING_BACKEND"] = name
    else:
        file = home.parent / ".config" / "python_keyring" / "keyringrc.cfg"
        file.parent.mkdir(parents=True)
        file.write_text(f"[backend]\ndefault-keyring={name}\n")
    message, _ = attempt(**environ)
    assert f"the configured keyring {name} is not an OS keyring" in message
    assert not [entry for entry in written(home) if entry.startswith("plain-")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("keyring.backends.null.Keyring", "keyring.backends.null.Keyring is not an OS keyring"),
        ("keyring.backends.fail.Keyring", "keyring.backends.fail.Keyring is not an OS keyring"),
        ("keyring.backends.chainer.ChainerBackend", "ChainerBackend is not an OS keyring"),
        ("no.such.module.Keyring", "cannot be used (ModuleNotFoundError)"),
        ("os.NoSuchClass", "cannot be used (AttributeError)"),
        ("nonsense", "cannot be used (ValueError)"),
        ("", "cannot be used (ValueError)"),
    ],
)
def test_a_configured_one_that_keeps_nothing_is_named(name: str, words: str) -> None:
    message, _ = attempt(PYTHON_KEYRING_BACKEND=name)
    assert words in message
