"""`grafftui sandbox`, as a person and as a script uses it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fakes.sandbox_gateway import FakeGateway
from grafftui.cli.main import main

pytestmark = pytest.mark.needs("bubblewrap")


class Command:
    """Runs it in this process."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.error = ""

    def __call__(self, *argv: str, code: int = 0) -> str:
        self._capfd.readouterr()
        found = main(["sandbox", *argv])
        said = self._capfd.readouterr()
        self.error = said.err
        assert found == code, said
        return said.out

    def json(self, *argv: str, code: int = 0) -> Any:
        action, *others = argv
        return json.loads(self(action, "--json", *others, code=code))


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    monkeypatch.chdir(workspace)
    return Command(capfd)


def test_a_life(command: Command, workspace: Path, tmp_path: Path) -> None:
    (workspace / "file").write_text("one\n")
    made = command("create", "--seed", "--label", "for=test", "--auto-stop", "0").strip()
    assert f"{made}    local     started" in command("list")
    assert command("exec", made, "cat file; exit 3", code=3) == "one\n"
    assert command("exec", made, "--cwd", "/tmp", "--", "sh", "-c", "pwd; echo $0 '*'") == (
        "/tmp\nsh *\n"
    )
    assert command("exec", made, "--env", "A=b c", "echo $A") == "b c\n"
    command("exec", made, "echo two >> file")
    assert "\n one\n+two\n" in command("diff", made)
    (tmp_path / "there").write_text("x")
    assert command("upload", made, str(tmp_path / "there"), "/tmp/x") == "/tmp/x is there\n"
    command("download", made, "/tmp/x", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "x"
    assert command("stop", made) == f"{made} is stopped\n"
    command("exec", made, "true", code=1)
    assert f"{made} is stopped; start it: grafftui sandbox start {made}" in command.error
    command("start", made)
    assert command("destroy", made) == f"{made} is gone\n"
    assert command("list") == "" and "there are no sandboxes" in command.error
    command("destroy", made, code=1)
    assert f"there is no local sandbox '{made}'" in command.error


def test_for_scripts(command: Command, workspace: Path) -> None:
    made = command.json("create", "--memory", "0.5", "--seed")
    assert (made["state"], made["memory"], made["seededFrom"]) == ("started", 0.5, str(workspace))
    assert [one["id"] for one in command.json("list")["sandboxes"]] == [made["id"]]
    done = command.json("exec", made["id"], "echo x; exit 7", code=7)
    assert (done["exitCode"], done["result"]) == (7, "x\n")
    command("exec", made["id"], "echo n > new")
    (change,) = command.json("diff", made["id"])["changes"]
    assert (change["path"], change["kind"]) == ("new", "added")
    stopped = command.json("stop", made["id"])
    assert stopped == {"id": made["id"], "action": "stop", "state": "stopped", "costMicro": 0}
    assert command.json("destroy", made["id"]) == {"id": made["id"], "action": "destroy"}
    assert command.json("prune") == {"removed": []}
    (local, *_) = command.json("engines")["engines"]
    limits = local.pop("limits")
    assert local == {"engine": "local", "usable": True, "problem": "", "default": True}
    assert limits.startswith("memory, processes") and limits == made["limits"]
    assert f"\n          limits: {limits}\n" in command("engines")
    assert command("engines").startswith("local     can be used (the default)\n")


def test_what_is_known_of_one(
    command: Command, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = command("create", "--label", "for=a test").strip()
    lines = dict(line.split(None, 1) for line in command("show", made).splitlines())
    assert (lines["id"], lines["engine"], lines["state"]) == (made, "gateway", "started")
    assert (lines["memory"], lines["labels"]) == ("1 GiB", "for=a test")
    assert command.json("show", made)["memory"] == 1
    costs = command("meter", made).splitlines()
    assert [line.split() for line in costs] == [
        ["current", "uptime", "60", "s"],
        ["billed", "so", "far", "$0.001000"],
        ["unbilled", "$0.000200"],
    ]
    assert command.json("meter", made)["billed_so_far_micro_usd"] == 1_000
    assert "https://3000-x.example\n" in command("preview", made, "3000")
    assert command.json("preview", made, "3000")["token"] == "t"
    command("preview", made, "70000", code=2)
    assert "port must be 1 to 65535" in command.error
    command("show", "0123456789abcdef", code=1)
    assert "Traceback" not in command.error
    gateway.faults.append({"raw": b'{"id": "x", "\\u001b[2J": "\\u001b]0;x\\u0007"}'})
    assert "\x1b" not in command("show", made)
    monkeypatch.setenv("GRAFFTUI_SANDBOX_ENGINE", "local")
    local = command("create").strip()
    command("preview", local, "3000", code=2)
    assert "the engine local" in command.error
    assert "billed so far" in command("meter", local)
    command("destroy", local)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["create", "--label", "x"], "is not NAME=VALUE"),
        (["create", "--engine", "nimbus"], "there is no sandbox engine 'nimbus'"),
        (["create", "--memory", "-1"], "memory must be a number above 0"),
        (["create", "--cpu", "1e9"], "cpu must be a number above 0 and below 1,000,000,000, not"),
        (["create", "--disk", "nan"], "disk must be a number above 0 and below 1,000,000,000, not"),
        (["create", "--auto-stop", "-1"], "must be a number"),
        (["create", "--auto-stop", "1000000"], "must be a whole number from 0 to 999,999, not"),
        (["exec", "0123456789ab"], "COMMAND"),
        (["upload", "0123456789ab", "/nothing", "relative"], "must be an absolute path"),
    ],
)
def test_wrong_arguments(command: Command, argv: list[str], words: str) -> None:
    command(*argv, code=2)
    assert words in command.error and "Traceback" not in command.error


def test_who_cannot_be_asked_is_told_the_whole_command(command: Command, workspace: Path) -> None:
    given = ["--engine", "local", "--cwd", str(workspace), "--conversation", "a b"]
    command("bring", *given, "0123456789ab", code=2)
    whole = f"--engine local --cwd {workspace} --conversation 'a b' 0123456789ab"
    assert f"then: grafftui sandbox bring --yes {whole}\n" in command.error
    command("bring", "--engine", "gateway", "0123456789ab", code=2)  # there is more to be said
    assert "the engine gateway does not know what a sandbox began with" in command.error
    command("bring", "--engine", "nimbus", "0123456789ab", code=2)
    assert "there is no sandbox engine 'nimbus'" in command.error


def test_the_home_is_refused(command: Command, home: Path) -> None:
    command("create", "--seed", "--cwd", str(home.parent), code=2)
    assert "is or holds the home directory" in command.error


def test_a_terminal_is_not_moved(command: Command) -> None:
    made = command("create").strip()
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "grafftui", "sandbox", "exec", made, r"printf 'a\033]0;x\007b'"]
    with subprocess.Popen(words, stdout=theirs, stderr=theirs, stdin=theirs) as program:
        os.close(theirs)
        seen = b""
        with suppress(OSError):
            while piece := os.read(ours, 1_024):
                seen += piece
        assert program.wait() == 0
    os.close(ours)
    assert seen.startswith(b"a") and b"b" in seen and b"\x1b" not in seen and b"\x07" not in seen
