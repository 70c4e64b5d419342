"""T49 and R-74 to R-76 with a real Secret Service: kept there, and nowhere else."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grafftui.errors import KeyringError
from grafftui.keys import Key, KeyInfo, KeyOriginError, KeyVault

if TYPE_CHECKING:
    from conftest import Desktop

pytestmark = [pytest.mark.needs("dbus"), pytest.mark.needs("gnome-keyring")]

KEY = "sk-test-0123456789abcdefghijklmnopqrstuvwxyz-END"
HERE = "https://api.example.com"
THERE = "https://elsewhere.example.com"


def get(vault: KeyVault, origin: str = HERE) -> Key | None:
    return vault.get("openai", env_vars=["OPENAI_API_KEY"], origin=origin)


def test_a_key_is_kept_listed_and_removed(desktop: Desktop) -> None:
    KeyVault().set("openai", f"  {KEY}\n", origin=HERE)
    vault = KeyVault()
    key = get(vault)
    assert key == Key(KEY, "keyring", HERE)
    assert vault.list() == [KeyInfo("openai", "keyring", "sk-te…-END", HERE)]
    assert vault.remove("openai") is True
    assert vault.remove("openai") is False
    assert get(vault) is None
    assert vault.list() == []
    assert {name: json.loads(secret) for name, (_, secret) in desktop.items().items()} == {
        "index": []
    }


def test_what_is_stored(desktop: Desktop) -> None:
    vault = KeyVault()
    vault.set("openai", KEY, origin=f"{HERE.upper()}:443/v1/")
    vault.set("anthropic", KEY, origin="http://127.0.0.1:8080/v1")
    items = desktop.items()
    assert {service for service, _ in items.values()} == {"grafftui"}
    assert {name: json.loads(secret) for name, (_, secret) in items.items()} == {
        "index": ["anthropic", "openai"],
        "openai": {"key": KEY, "origin": HERE},
        "anthropic": {"key": KEY, "origin": "http://127.0.0.1:8080"},
    }
    assert max(len(secret) for _, secret in items.values()) < 1280


def test_a_new_key_replaces_the_old(desktop: Desktop) -> None:
    vault = KeyVault()
    vault.set("openai", KEY, origin=HERE)
    vault.set("openai", KEY + "2", origin=THERE)
    assert get(vault, THERE) == Key(KEY + "2", "keyring", THERE)
    assert get(KeyVault(), THERE) == Key(KEY + "2", "keyring", THERE)
    assert [info.provider_id for info in vault.list()] == ["openai"]


def test_another_process_finds_it(desktop: Desktop) -> None:
    KeyVault().set("openai", KEY, origin=HERE)
    code = (
        "from grafftui.keys import KeyVault\n"
        f"key = KeyVault().get('openai', env_vars=[], origin={HERE!r})\n"
        f"print(key.value == {KEY!r}, key)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    shown = f"Key('sk-te…-END', source='keyring', origin={HERE!r})"
    assert (done.stdout, done.stderr) == (f"True {shown}\n", "")


def test_it_is_read_once_and_again_when_told(desktop: Desktop) -> None:
    vault = KeyVault()
    vault.set("openai", KEY, origin=HERE)
    KeyVault().set("openai", KEY + "2", origin=HERE)
    first = get(vault)
    assert first is not None and first.value == KEY
    vault.forget_cache("openai")
    second = get(vault)
    assert second is not None and second.value == KEY + "2"
    desktop.lock()
    assert get(vault) is second


def test_a_key_is_not_sent_to_another_address(desktop: Desktop) -> None:
    vault = KeyVault()
    vault.set("openai", KEY, origin=HERE)
    for one in (vault, KeyVault()):
        with pytest.raises(KeyOriginError) as caught:
            get(one, THERE)
        assert HERE in str(caught.value) and THERE in str(caught.value)
        assert f"grafftui keys set openai --url {THERE}" in caught.value.hint
    for same in (f"{HERE}:443", f"{HERE}/v1/chat", HERE.upper()):
        assert get(vault, same) is not None
    for other in ("http://api.example.com", f"{HERE}:8443", "https://api.example.com.evil.org"):
        with pytest.raises(KeyOriginError):
            get(vault, other)
    vault.set("openai", KEY, origin=THERE)
    assert get(vault, THERE) is not None


def test_not_one_byte_of_a_key_is_on_disk(
    desktop: Desktop, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    vault = KeyVault()
    vault.set("openai", KEY, origin=HERE)
    vault.set("anthropic", KEY, origin=HERE, persist=False)
    get(KeyVault())
    vault.list()
    with pytest.raises(KeyOriginError):
        get(vault, THERE)
    looked_at = 0
    for root in (home.parent, tmp_path, desktop.home):
        for path in filter(Path.is_file, root.rglob("*")):
            content = path.read_bytes()
            looked_at += 1
            for form in (KEY, KEY[8:30]):
                for encoded in (
                    form.encode(),
                    form.encode("utf-16-le"),
                    form[::-1].encode(),
                    base64.b64encode(form.encode()).rstrip(b"=")[:-2],
                    form.encode().hex().encode(),
                ):
                    assert encoded not in content, path
    assert any(path.name == "login.keyring" for path in desktop.home.rglob("*"))
    assert looked_at >= 2
    assert not home.exists()


# -- keyrings that cannot be used ------------------------------------------------------------


def test_a_locked_keyring_is_named_at_once_and_nobody_is_asked(desktop: Desktop) -> None:
    KeyVault().set("openai", KEY, origin=HERE)
    desktop.lock()
    vault = KeyVault()
    calls = (
        lambda: get(vault),
        lambda: vault.set("openai", KEY, origin=HERE),
        lambda: vault.remove("openai"),
        vault.list,
    )
    began = time.monotonic()
    for call in calls:
        with pytest.raises(KeyringError) as caught:
            call()
        assert "the keyring (SecretService) is locked" in str(caught.value)
        assert "environment variable" in caught.value.hint
        assert "key_command" in caught.value.hint
        assert "this session only" in caught.value.hint
    status = vault.status()
    assert (status.backend, status.usable) == ("SecretService", False)
    assert "locked" in status.message
    assert time.monotonic() - began < 4
    assert "rompt" not in desktop.log
    assert "WARNING" not in desktop.log


def test_a_locked_keyring_is_no_hindrance_to_other_sources(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.lock()
    vault = KeyVault(commands={"openai": ["echo", KEY]})
    command = get(vault)
    assert command == Key(KEY, "command")
    vault.set("openai", KEY + "2", origin=HERE, persist=False)
    assert get(vault) == Key(KEY + "2", "memory", HERE)
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "3")
    assert get(vault) == Key(KEY + "3", "environment")


def test_a_service_without_any_keyring_holds_nothing(bus: Desktop) -> None:
    vault = KeyVault()
    assert get(vault) is None
    assert vault.list() == []
    assert vault.remove("openai") is False
    with pytest.raises(KeyringError, match="SecretService has no default keyring"):
        vault.set("openai", KEY, origin=HERE)
    assert vault.status().usable is False
    assert "Prompter" not in bus.log


PROMPTED = """
import os
from grafftui.errors import KeyringError
from grafftui.keys import KeyVault
vault = KeyVault()
print(vault.status().message)
try:
    vault.get("openai", env_vars=[], origin="https://api.example.com")
except KeyringError as error:
    print(error)
"""


def test_a_prompt_that_fails_is_a_keyring_error(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a display the keyring may ask; on this one nothing can be shown."""
    desktop.lock()
    environ = {**os.environ, "DISPLAY": ":987"}
    done = subprocess.run(
        [sys.executable, "-c", PROMPTED], capture_output=True, text=True, check=True, env=environ
    )
    asks, failed = done.stdout.splitlines()
    assert "is locked and will ask for its password" in asks
    assert failed.startswith("the keyring (SecretService) failed (KeyringLocked)")
    assert done.stderr == ""


def test_status_of_a_working_keyring(desktop: Desktop) -> None:
    status = KeyVault().status()
    assert (status.backend, status.usable) == ("SecretService", True)
    assert status.message == "the keyring (SecretService) works"
    assert list(desktop.items()) == []


def test_a_daemon_that_dies_is_a_keyring_error(desktop: Desktop) -> None:
    vault = KeyVault()
    vault.set("openai", KEY, origin=HERE)
    vault.forget_cache("openai")
    desktop.stop()
    with pytest.raises(KeyringError, match=r"the keyring \(SecretService\) failed"):
        get(vault)
