"""`grafftui audit`: what a real turn leaves behind."""

from __future__ import annotations

import json

from corestage import Core
from fakes.steps import text, tool

HOSTILE = "echo \x1b]0;x\x07\u202e hidden"


def one_turn(core: Core) -> str:
    """A command that runs, one that fails and one that nobody approves; the conversation's id."""
    fake = core.provider(
        [tool("shell", {"command": "echo done"}, "a")],
        [tool("shell", {"command": "exit 3"}, "b")],
        [text("Well.")],
        [tool("shell", {"command": HOSTILE}, "c")],
        [text("Well.")],
    )
    command = core.command(fake)
    arguments = ("--provider", "openai_compatible", "--model", "fake-model")
    done = command.run("run", *arguments, "--approve", "all", "--json", "go")
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout.splitlines()[0])
    assert command.run("run", *arguments, "go on").returncode == 0
    return str(started["data"]["conversationId"])


def test_what_a_turn_leaves_behind(core: Core) -> None:
    conversation_id = one_turn(core)
    command = core.command(core.provider())
    rows = [json.loads(line) for line in command.run("audit", "--json").stdout.splitlines()]
    assert [row["subject"] for row in rows] == ["echo done", "exit 3", HOSTILE]
    assert [row["decision"] for row in rows] == ["accept", "accept", "decline"]
    assert [row["by"] for row in rows] == ["script", "script", "nobody"]
    assert [row["outcome"] for row in rows] == ["done", "failed", "nothing"]
    assert [row["acted"] for row in rows] == [rows[0]["digest"], rows[1]["digest"], None]
    assert all(row["workspace"] == str(core.workspace) for row in rows)
    of_one = command.run("audit", "--json", "--conversation", conversation_id).stdout
    assert [json.loads(line)["subject"] for line in of_one.splitlines()] == ["echo done", "exit 3"]
    (last,) = command.run("audit", "--json", "--limit", "1").stdout.splitlines()
    assert json.loads(last) == rows[-1]


def test_in_words_that_cannot_touch_the_terminal(core: Core) -> None:
    one_turn(core)
    done = core.command(core.provider()).run("audit")
    first, second, third, *_ = done.stdout.splitlines()
    assert "script: accept" in first
    assert first.endswith("command   echo done")
    assert "because: --approve all" in second
    assert "failed" in third
    assert "echo ␛]0;x␇\\u{202e} hidden" in done.stdout
    assert not any(character < " " and character != "\n" for character in done.stdout)


def test_nothing_yet(core: Core) -> None:
    done = core.command(core.provider()).run("audit")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "grafftui: nothing was asked yet\n"


def test_arguments_that_cannot_be_meant(core: Core) -> None:
    command = core.command(core.provider())
    for arguments in (["--limit", "0"], ["--limit", "x"], ["--conversation", "a\nb"], ["x"]):
        done = command.run("audit", *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
