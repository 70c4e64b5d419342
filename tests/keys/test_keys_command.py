"""`grafftui keys`: as a process, with a real keyring, without one, and at a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Desktop

KEY = "sk-test-0123456789abcdefghijklmnopqrstuvwxyz-END"
LABEL = "sk-te…-END"
with_keyring = [pytest.mark.needs("dbus"), pytest.mark.needs("gnome-keyring")]


def keys(*arguments: str, stdin: bytes = b"", **environ: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "grafftui", "keys", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environ},
        check=False,
        timeout=30,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class TestWithAKeyring:
    pytestmark = with_keyring

    def test_a_key_for_sandboxes(self, desktop: Desktop) -> None:
        code, out, err = keys("set", "e2b", "-", stdin=KEY.encode(), E2B_API_KEY="x" * 20)
        assert code == 0 and "E2B_API_KEY is set in the environment" in err
        assert out.endswith("for https://api.e2b.app only.\n")
        _, out, _ = keys("list", DAYTONA_API_KEY="y" * 20)
        rows = [line.split() for line in out.splitlines()[1:]]
        assert rows[0][:2] == ["daytona", "environment"]
        assert rows[1] == ["e2b", "keyring", LABEL, "https://api.e2b.app"]
        assert keys("remove", "e2b")[0] == 0

    def test_set_list_remove(self, desktop: Desktop) -> None:
        code, out, err = keys("set", "anthropic", "-", stdin=f"{KEY}\n".encode())
        assert (code, err) == (0, "")
        assert out == (
            "The key for anthropic is in the keyring (SecretService),"
            " for https://api.anthropic.com only.\n"
        )
        stored = {"key": KEY, "origin": "https://api.anthropic.com"}
        assert json.loads(desktop.items()["anthropic"][1]) == stored
        code, out, err = keys("list")
        assert (code, err) == (0, "")
        assert [line.split() for line in out.splitlines()] == [
            ["PROVIDER", "SOURCE", "KEY", "FOR"],
            ["anthropic", "keyring", LABEL, "https://api.anthropic.com"],
        ]
        assert keys("remove", "anthropic") == (
            0,
            "The key for anthropic is gone from the keyring.\n",
            "",
        )
        code, out, err = keys("remove", "anthropic")
        assert (code, out) == (1, "")
        assert err.startswith("grafftui: no key is stored for anthropic; ")
        code, out, err = keys("remove", KEY)
        assert (code, out) == (2, "")
        assert err.startswith("grafftui: there is no such provider; ") and KEY not in err
        code, out, err = keys("list")
        assert (code, out) == (0, "")
        assert err == "grafftui: there are no keys yet; add one with: grafftui keys set PROVIDER\n"

    def test_list_as_json_with_every_source(self, desktop: Desktop, home: Path) -> None:
        (home / "config").mkdir(parents=True)
        command = '[key_command]\ndeepseek = ["pass", "show", "deepseek"]\n'
        (home / "config" / "settings.toml").write_text(command)
        keys("set", "xai", "-", stdin=KEY.encode())
        code, out, err = keys("list", "--json", XAI_API_KEY=f"{KEY}2")
        assert (code, err) == (0, "")
        assert KEY not in out
        assert json.loads(out) == [
            {"provider": "deepseek", "source": "command", "label": "pass", "origin": None},
            {"provider": "xai", "source": "environment", "label": "sk-te…END2", "origin": None},
            {
                "provider": "xai",
                "source": "keyring",
                "label": LABEL,
                "origin": "https://api.x.ai",
            },
        ]

    def test_an_address_of_one_s_own(self, desktop: Desktop, home: Path) -> None:
        def origin() -> str:
            return str(json.loads(desktop.items()["openai_compatible"][1])["origin"])

        arguments = ("set", "openai_compatible", "-")
        code, out, err = keys(*arguments, stdin=KEY.encode())
        assert (code, out) == (2, "")
        assert "OPENAI_URL" in err and "--url" in err
        keys(*arguments, "--url", "https://User@Gateway.example:443/v1", stdin=KEY.encode())
        assert origin() == "https://gateway.example"
        keys(*arguments, stdin=KEY.encode(), OPENAI_URL="http://127.0.0.1:9/v1")
        assert origin() == "http://127.0.0.1:9"
        (home / "config").mkdir(parents=True)
        (home / "config" / "settings.toml").write_text(
            "[url_parameters.openai_compatible]\nOPENAI_URL = 'http://settings.example/v1'\n"
        )
        keys(*arguments, stdin=KEY.encode(), OPENAI_URL="http://127.0.0.1:9/v1")
        assert origin() == "http://settings.example"

    def test_the_environment_is_said_to_win(self, desktop: Desktop) -> None:
        code, _, err = keys("set", "xai", "-", stdin=KEY.encode(), XAI_API_KEY="other")
        assert code == 0
        assert err == "grafftui: XAI_API_KEY is set in the environment, and is used instead\n"

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is empty"),
            (b"\n", "is empty"),
            (f"{KEY} {KEY}".encode(), "holds a space"),
            (f"{KEY}\nlogin: me".encode(), "holds a line break"),
            (f'"{KEY}"'.encode(), "holds a quotation mark"),
            (KEY.encode() + b"\xff", "is not text"),
            (KEY.encode() * 3000, "characters"),
            (KEY.encode() + b"\x00", "holds a control character"),
        ],
        ids=["nothing", "line", "two", "lines", "quotes", "bytes", "long", "nul"],
    )
    def test_what_cannot_be_a_key_is_one_line(
        self, desktop: Desktop, content: bytes, words: str
    ) -> None:
        code, out, err = keys("set", "xai", "-", stdin=content)
        assert (code, out) == (2, "")
        assert words in err
        assert err.count("\n") == 1
        assert KEY not in err
        assert "xai" not in desktop.items()

    def test_nobody_is_asked_where_nobody_is(self, desktop: Desktop) -> None:
        code, out, err = keys("set", "xai", stdin=KEY.encode())
        assert (code, out) == (2, "")
        assert "stdin is no terminal" in err and "with -" in err

    def test_a_locked_keyring(self, desktop: Desktop) -> None:
        desktop.lock()
        code, out, err = keys("list", XAI_API_KEY=KEY)
        assert code == 1
        assert LABEL in out
        assert "(SecretService) is locked" in err
        assert err.count("\n") == 1
        for arguments in (("set", "xai", "-"), ("remove", "xai")):
            code, out, err = keys(*arguments, stdin=KEY.encode())
            assert (code, out) == (1, "")
            assert "(SecretService) is locked" in err
            assert err.count("\n") == 1

    def test_typed_at_a_terminal_it_does_not_show(self, desktop: Desktop) -> None:
        code, shown = at_terminal(["set", "xai"], "Key for xai at https://api.x.ai: ", f"{KEY}\n")
        assert code == 0
        assert KEY not in shown
        assert "is in the keyring" in shown
        assert json.loads(desktop.items()["xai"][1])["key"] == KEY

    @pytest.mark.parametrize(("typed", "expected"), [("\n", 2), ("\x04", 2), ("\x03", 130)])
    def test_typing_nothing(self, desktop: Desktop, typed: str, expected: int) -> None:
        code, shown = at_terminal(["set", "xai"], "Key for xai", typed)
        assert code == expected
        assert "Traceback" not in shown
        assert "xai" not in desktop.items()


def test_a_key_of_the_environment_is_listed_where_it_goes() -> None:
    def listed(**environ: str) -> list[str]:
        none = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        out = keys("list", "--json", OPENAI_API_KEY=KEY, **none, **environ)[1]
        return [row["provider"] for row in json.loads(out)]

    elsewhere = ["openai_compatible", "openai_responses_compatible"]
    assert listed() == ["openai"]
    assert listed(OPENAI_URL="http://127.0.0.1:9/v1") == elsewhere
    assert listed(OPENAI_URL="https://api.openai.com/v1") == ["openai", *elsewhere]


def test_without_a_keyring() -> None:
    code, out, err = keys("set", "xai", "-", stdin=KEY.encode())
    assert (code, out) == (1, "")
    assert err.startswith("grafftui: there is no OS keyring")
    assert "environment variable" in err and "key_command" in err
    assert err.count("\n") == 1
    code, out, err = keys("list", XAI_API_KEY=KEY)
    assert (code, err) == (0, "")
    assert LABEL in out
    code, out, err = keys("list")
    assert (code, out) == (0, "")
    assert "there is no OS keyring" in err
    assert keys("list", "--json")[1] == "[]\n"
    assert keys("remove", "xai")[0] == 1
    code, out, err = keys("remove", "nosuch")
    assert (code, out) == (2, "") and err.startswith("grafftui: there is no such provider; ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "xai", KEY),
        ("set", "xai", "-", KEY),
        ("set", "xai", "--key", KEY),
        ("set", "xai", f"--key={KEY}"),
        ("set", "xai", "--", KEY),
        ("set", KEY),
        ("set", KEY, "-"),
        ("list", KEY),
        ("remove", "xai", KEY),
        ("set", "xai", "-", "--url", f"https://user:{KEY}@"),
    ],
)
def test_a_key_among_the_arguments_is_refused_and_not_repeated(arguments: tuple[str, ...]) -> None:
    code, out, err = keys(*arguments)
    assert (code, out) == (2, "")
    assert KEY not in err
    assert err.startswith("grafftui: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "required"),
        (("nonsense",), "invalid choice"),
        (("set",), "PROVIDER"),
        (("remove",), "PROVIDER"),
        (("set", "antropic", "-"), "did you mean anthropic?"),
        (("set", "zzzzz", "-"), "anthropic"),
        (("set", "xai", "-", "--url", "nonsense"), "not an http(s) address"),
        (("remove", "a b"), "not a provider id"),
        (("remove", "index"), "not a provider id"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_code_2(
    arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = keys(*arguments, stdin=KEY.encode())
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_help_says_how() -> None:
    code, out, err = keys("--help")
    assert (code, err) == (0, "")
    assert "keyring of the operating system" in out
    assert "--url" in keys("set", "--help")[1]


def test_a_settings_problem_is_named_and_no_hindrance(home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("themes = 1\n")
    code, out, err = keys("list", XAI_API_KEY=KEY)
    assert code == 0
    assert LABEL in out
    assert "themes: is not a setting; did you mean theme?" in err


def test_a_terminal_that_cannot_show_the_sign() -> None:
    code, out, _ = keys("list", XAI_API_KEY=KEY, PYTHONIOENCODING="ascii")
    assert code == 0
    assert "sk-te?-END" in out


def test_parsing_loads_nothing_heavy() -> None:
    code = (
        "import argparse, sys\n"
        "from grafftui.cli import keys\n"
        "keys.add_parser(argparse.ArgumentParser().add_subparsers())\n"
        "heavy = {'keyring', 'pydantic', 'httpx2', 'textual', 'grafftui.keys', 'tomlkit'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def at_terminal(arguments: list[str], prompt: str, typed: str) -> tuple[int, str]:
    """Run in a terminal of its own; type once the prompt stands. Exit code and all shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "grafftui", "keys", *arguments])
    shown = b""
    deadline = time.monotonic() + 20
    answered = False
    while time.monotonic() < deadline and select.select([terminal], [], [], 5)[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if not answered and prompt.encode() in shown:
            os.write(terminal, typed.encode())
            answered = True
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert answered, shown
    return os.waitstatus_to_exitcode(status), shown.decode()
