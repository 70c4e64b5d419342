"""Environment, memory and command; what a key may look like; that it never shows."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest

from grafftui.errors import AuthenticationError, UsageError
from grafftui.keys import Key, KeyInfo, KeyOriginError, KeyVault, command, origin_of
from grafftui.text.redact import secrets

KEY = "sk-test-0123456789abcdefghijklmnopqrstuvwxyz-END"
HERE = "https://api.example.com"
NAMES = ["OPENAI_API_KEY", "OTHER_API_KEY"]


def get(vault: KeyVault, origin: str = HERE) -> Key | None:
    return vault.get("openai", env_vars=NAMES, origin=origin)


# -- environment and memory ------------------------------------------------------------------


def test_the_environment_comes_first_and_is_not_bound() -> None:
    environ = {"OTHER_API_KEY": f"{KEY}2"}
    vault = KeyVault(environ=environ)
    vault.set("openai", KEY, origin=HERE, persist=False)
    assert get(vault, "https://anywhere.example") == Key(f"{KEY}2", "environment")
    environ["OPENAI_API_KEY"] = f" {KEY}1\r\n"
    assert get(vault) == Key(f"{KEY}1", "environment")
    environ |= {"OPENAI_API_KEY": "", "OTHER_API_KEY": " \n"}
    assert get(vault) == Key(KEY, "memory", HERE)


def test_a_key_in_memory_is_bound_and_is_this_vault_s_only() -> None:
    vault = KeyVault(environ={})
    vault.set("openai", KEY, origin=HERE, persist=False)
    with pytest.raises(KeyOriginError):
        get(vault, "https://elsewhere.example.com")
    vault.forget_cache("openai")
    assert get(vault) == Key(KEY, "memory", HERE)
    assert get(KeyVault(environ={})) is None


def test_the_list_names_every_source() -> None:
    vault = KeyVault(
        environ={"A_KEY": KEY, "B_KEY": "two words"}, commands={"openai": ["/usr/bin/pass", "x"]}
    )
    vault.set("openai", KEY, origin=HERE, persist=False)
    assert vault.list(env_vars={"a": ["A_KEY"], "b": ["B_KEY"], "c": ["C_KEY"]}) == [
        KeyInfo("a", "environment", "sk-te…-END"),
        KeyInfo("b", "environment", "…"),
        KeyInfo("openai", "memory", "sk-te…-END", HERE),
        KeyInfo("openai", "command", "pass"),
    ]


# -- what a key may be: T50 ------------------------------------------------------------------

BAD = [
    (f"{KEY}\nX-Evil: 1", "a line break"),
    (f"{KEY}\r\nX-Evil: 1", "a line break"),
    (f"{KEY} {KEY}", "a space"),
    (f"{KEY}\t{KEY}", "a control character"),
    (f"{KEY}\x00", "a control character"),
    (f"\x1b[31m{KEY}", "a control character"),
    (f'"{KEY}"', "a quotation mark"),
    (f"'{KEY}'", "a quotation mark"),
    (f"{KEY}é", "not ASCII"),
    (f"{KEY[:9]}\u202e{KEY}", "not ASCII"),
    (f"{KEY[:9]}\xa0{KEY}", "a space"),
    (f"{KEY[:9]}\u2011{KEY}", "not ASCII"),
    (f"{KEY}\ud800", "not ASCII"),
    (KEY * 220, "characters"),
]


@pytest.mark.parametrize(("value", "words"), BAD, ids=range(len(BAD)))
def test_what_no_header_can_carry_is_refused_everywhere(value: str, words: str) -> None:
    vault = KeyVault(environ={})
    with pytest.raises(UsageError, match="the key for openai") as refused:
        vault.set("openai", value, origin=HERE, persist=False)
    assert get(vault) is None
    with pytest.raises(AuthenticationError, match="OPENAI_API_KEY") as found:
        get(KeyVault(environ={"OPENAI_API_KEY": value}))
    for error in (refused.value, found.value):
        assert words in str(error)
        assert KEY[:9] not in "".join(traceback.format_exception(error))
        assert str(error).isprintable()


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_key_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        KeyVault(environ={}).set("openai", value, origin=HERE, persist=False)


@pytest.mark.parametrize("value", ["local", "x", KEY, "a.b-c_d~e+f/g=", "k" * 4096], ids=len)
def test_what_a_header_can_carry_is_taken(value: str) -> None:
    vault = KeyVault(environ={})
    vault.set("openai", f"\n {value}\r\n", origin=HERE, persist=False)
    key = get(vault)
    assert key is not None and key.value == value


@pytest.mark.parametrize("provider_id", ["index", "", "a b", "../x", "a\nb", "é", "-x", "x" * 65])
def test_a_provider_id_is_a_word(provider_id: str) -> None:
    vault = KeyVault(environ={})
    with pytest.raises(UsageError):
        vault.set(provider_id, KEY, origin=HERE, persist=False)
    with pytest.raises(UsageError):
        vault.get(provider_id, env_vars=[], origin=HERE)
    with pytest.raises(UsageError):
        vault.remove(provider_id)


# -- that it does not show -------------------------------------------------------------------


@pytest.mark.parametrize("value", [KEY, "local", "x", "k" * 8, "abcdefgh12345678"])
def test_a_key_shows_at_most_a_quarter_of_itself(value: str) -> None:
    key = Key(value, "keyring", HERE)
    for shown in (repr(key), str(key), f"{key}", f"{[key]}", key.label):
        assert value not in shown.replace("keyring", "").replace("example", "")
    assert len(key.label) - 1 <= len(value) / 4
    head, tail = key.label.split("…")
    assert value.startswith(head) and value.endswith(tail)


def test_every_key_is_known_to_the_redactor(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(type(secrets), "add_secret", lambda _, v, who: seen.append((v, who)))
    vault = KeyVault(
        environ={"A": f"{KEY}1", "PATH": os.environ["PATH"]},
        commands={"b": ["echo", f"{KEY}2"]},
    )
    vault.get("a", env_vars=["A"], origin=HERE)
    vault.get("b", env_vars=[], origin=HERE)
    vault.set("c", f"{KEY}3", origin=HERE, persist=False)
    assert seen == [(f"{KEY}1", "a"), (f"{KEY}2", "b"), (f"{KEY}3", "c")]


# -- origins ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com"),
        ("HTTPS://API.OpenAI.com:443/", "https://api.openai.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("https://user:pass@host.example.?q#f", "https://host.example"),
        (" https://host ", "https://host"),
    ],
)
def test_origins_have_one_spelling(url: str, origin: str) -> None:
    assert origin_of(url) == origin
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.openai.com",
        "ftp://host",
        "file:///etc/passwd",
        "https://",
        "https://host:99999",
        "https://host:x",
        "https://[::1",
        "https://ho st",
        "https://hos\u202et",
        "https://host\x1b[31m",
        "https://user:sk-secret@",
    ],
)
def test_other_addresses_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="not an http") as caught:
        origin_of(url)
    assert "secret" not in str(caught.value)


# -- commands --------------------------------------------------------------------------------


def with_command(*argv: str, **environ: str) -> KeyVault:
    return KeyVault(environ={"PATH": os.environ["PATH"], **environ}, commands={"openai": argv})


def test_a_command_prints_the_key_once(tmp_path: Path) -> None:
    count = tmp_path / "count"
    vault = with_command("sh", "-c", f"echo run >> {count}; printf '  {KEY}\\n\\n'")
    assert get(vault) == get(vault) == Key(KEY, "command")
    assert count.read_text() == "run\n"
    vault.forget_cache("openai")
    get(vault)
    assert count.read_text() == "run\nrun\n"


def test_it_is_run_without_a_shell_and_without_our_terminal(tmp_path: Path) -> None:
    assert get(with_command("echo", "$HOME;`id`".replace("`", ""))) == Key("$HOME;id", "command")
    code = (
        "import os, sys\n"
        "assert sys.stdin.read() == ''\n"
        "assert os.getsid(0) == os.getpid()\n"
        "assert 'GPG_TTY' not in os.environ\n"
        "try: open('/dev/tty')\n"
        "except OSError: print(os.environ['MARK'])\n"
    )
    vault = with_command(sys.executable, "-c", code, GPG_TTY="/dev/pts/0", MARK="mark")
    assert get(vault) == Key("mark", "command")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["/nonexistent/pass"], "pass) cannot be started: No such file"),
        (["/etc/passwd"], "cannot be started: Permission denied"),
        (["echo", "a\0b"], "cannot be started: its arguments"),
        (["sh", "-c", f"echo {KEY}; echo {KEY} >&2; exit 3"], "ended with exit code 3"),
        (["sh", "-c", "kill -9 $$"], "ended with exit code -9"),
        (["true"], "printed nothing"),
        (["echo", " "], "printed nothing"),
        (["echo", f"{KEY} {KEY}"], "printed holds a space"),
        (["printf", f"{KEY}\\nlogin: me\\n"], "printed holds a line break"),
        (["printf", f"{KEY}\\377"], "not ASCII"),
        (["yes", KEY], "characters"),
        (["yes"], "characters"),
    ],
)
def test_what_goes_wrong_with_a_command_is_said(
    argv: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        get(with_command(*argv))
    assert words in str(caught.value)
    assert caught.value.hint
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert capfd.readouterr() == ("", "")


def test_a_command_that_hangs_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "TIMEOUT", 0.3)
    pid = tmp_path / "pid"
    vault = with_command("sh", "-c", f"sleep 600 & echo $! > {pid}; echo {KEY}; wait")
    began = time.monotonic()
    with pytest.raises(AuthenticationError, match="took more than"):
        get(vault)
    assert time.monotonic() - began < 3
    deadline = time.monotonic() + 5
    while _is_alive(int(pid.read_text())):
        assert time.monotonic() < deadline
    wait_for_threads("grafftui-key-command")


def test_one_that_leaves_something_behind_holding_its_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It answered and ended; what it left in a session of its own keeps the pipe open."""
    monkeypatch.setattr(command, "TIMEOUT", 0.3)
    pid = tmp_path / "pid"
    script = f"setsid sh -c 'echo $$ > {pid}; exec sleep 600' & echo {KEY}"
    with pytest.raises(AuthenticationError, match="took more than"):
        get(with_command("sh", "-c", script))
    os.kill(int(pid.read_text()), 9)
    wait_for_threads("grafftui-key-command")


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for_threads(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(5)
            assert not thread.is_alive()
