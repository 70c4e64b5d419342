"""`grafftui run`: what it takes, what it prints where, and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from corestage import KEY, Core, answer_of, kept, kept_messages, turns_asked, types
from fakes.steps import status, text, tool
from grafftui import AgentEvent


def test_the_answer_goes_to_stdout_and_the_rest_to_stderr(core: Core) -> None:
    (core.workspace / "a").write_text("A\n")
    fake = core.provider(
        [text("Let me look."), tool("read", {"file_path": "a"})], [text("It says A.")]
    )
    done = core.command(fake).run("run", "what does it say?")
    assert done.stdout == "Let me look.\nIt says A.\n"
    assert done.stderr == "▸ Read a\n"
    assert done.returncode == 0
    assert len(turns_asked(fake)) == 2


@pytest.mark.parametrize("wire", ["responses", "anthropic"])
def test_json_is_one_event_a_line_and_nothing_else(core: Core, wire: str) -> None:
    fake = core.provider([tool("shell", {"command": "true"})], [text("Hé\x1b[31m"), text("llo")])
    done = core.command(fake, wire).run("run", "--json", "hi")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(line) == {"type", "data"} for line in lines)
    events = [AgentEvent(line["type"], line["data"]) for line in lines]
    assert types(events)[:2] == ["ConversationStarted", "PromptSubmitted"]
    assert types(events)[-1] == "TaskComplete"
    assert answer_of(events) == "Hé\x1b[31mllo"
    assert "\x1b" not in done.stdout
    assert done.stdout.isascii()
    assert done.returncode == 0


@pytest.mark.parametrize(("approve", "made"), [("edits", False), ("all", True)])
def test_an_edit_of_what_decides_what_programs_do_is_no_plain_one(
    core: Core, approve: str, made: bool
) -> None:
    """R-35, where nobody is there to ask."""
    fake = core.provider([tool("write", {"file_path": ".envrc", "content": "x\n"})], [text("Ok.")])
    core.command(fake).run("run", "--approve", approve, "--mode", "edits", "go")
    assert (core.workspace / ".envrc").exists() is made


@pytest.mark.parametrize(
    ("mode", "done"),
    [("none", []), ("edits", ["made"]), ("all", ["made", "ran"])],
)
def test_what_is_done_unasked(core: Core, tmp_path: Path, mode: str, done: list[str]) -> None:
    outside = tmp_path / "outside"
    fake = core.provider(
        [tool("write", {"file_path": "made", "content": "x\n"})],
        [tool("shell", {"command": "touch ran"})],
        [tool("write", {"file_path": str(outside), "content": "x\n"})],
        [text("Done.")],
    )
    ended = core.command(fake).run("run", "--approve", mode, "go")
    assert sorted(path.name for path in core.workspace.iterdir()) == done
    assert outside.exists() is (mode == "all")
    assert ended.returncode == 0
    last = ended.stderr.splitlines()[-1]
    if mode == "all":
        assert "declined" not in ended.stderr
    else:
        count = {"none": 3, "edits": 2}[mode]
        assert last == (
            f"grafftui: {count} declined, since nobody is there to ask; see --approve all"
        )
    by = {row[0] for row in kept(core.home, "SELECT DISTINCT by FROM approvals")}
    assert by == {"none": {"nobody"}, "edits": {"script", "nobody"}, "all": {"script"}}[mode]


def test_nothing_is_done_unless_it_is_asked_for(core: Core) -> None:
    """The flag that would be needed is named (R-34)."""
    fake = core.provider([tool("write", {"file_path": "made", "content": "x\n"})], [text("Well.")])
    ended = core.command(fake).run("run", "go")
    assert ended.stderr.splitlines()[-1] == (
        "grafftui: 1 declined, since nobody is there to ask; see --approve edits or --approve all"
    )
    assert [*core.workspace.iterdir()] == []


def test_a_prompt_from_a_pipe(core: Core) -> None:
    fake = core.provider([text("Yes.")])
    done = core.command(fake).run("run", "-", stdin="﻿Grüße\nzwei".encode())
    assert done.returncode == 0
    assert [m["text"] for m in kept_messages(core.home)] == ["Grüße\nzwei", "Yes."]


@pytest.mark.parametrize(
    ("arguments", "stdin", "complaint"),
    [
        (["-"], b"\xff", "the prompt on stdin is not UTF-8 (byte 0)"),
        (["-"], b"", "prompt is empty"),
        ([], None, "the following arguments are required: PROMPT"),
        (["--cwd", "/none", "hi"], None, "no such folder: /none"),
        (["--conversation", "7", "hi"], None, "there is no conversation 7"),
        (["--conversation", "seven", "hi"], None, "'seven' is no id"),
        (["--conversation", "last", "hi"], None, "there is no conversation in this folder"),
        (["--continue", "hi"], None, "there is no conversation here to continue"),
        (["--provider", "openaj", "hi"], None, "there is no provider 'openaj'; did you mean"),
        (["--agent", "smith", "hi"], None, "no agent “smith”; there are: forge, muse, sage"),
        (["--model", "", "hi"], None, "must not be empty"),
    ],
)
def test_what_cannot_be_meant(
    core: Core, arguments: list[str], stdin: bytes | None, complaint: str
) -> None:
    fake = core.provider()
    done = core.command(fake).run("run", *arguments, stdin=stdin)
    assert done.returncode == 2
    assert done.stdout == ""
    assert complaint in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert turns_asked(fake) == []


def test_a_turn_that_fails(core: Core) -> None:
    fake = core.provider([text("Half"), {"stop": "length"}], [status(400, {"error": "no"})])
    command = core.command(fake)
    cut_off = command.run("run", "hi")
    assert (cut_off.returncode, cut_off.stdout) == (1, "Half\n")
    assert "cut off" in cut_off.stderr
    rejected = command.run("run", "--continue", "hi")
    assert (rejected.returncode, rejected.stdout) == (1, "")
    (line,) = rejected.stderr.splitlines()
    assert line.startswith("grafftui: openai_compatible (127.0.0.1:")
    assert "rejected the request: no" in line


def test_no_provider_is_set_up(core: Core) -> None:
    command = core.command(core.provider())
    del command.environ["OPENAI_URL"], command.environ["OPENAI_API_KEY"]
    for name in ("OLLAMA", "VLLM", "LM_STUDIO", "LLAMA_CPP", "JAN_AI"):
        command.environ[f"{name}_PORT"] = "9"
    done = command.run("run", "hi")
    assert done.returncode == 2
    assert "no model provider is set up" in done.stderr
    assert "grafftui keys set" in done.stderr


def test_going_on(core: Core) -> None:
    numbers = ("One", "Two", "Three", "Four", "Five", "Six")
    fake = core.provider(*[[text(f"{number}.")] for number in numbers])
    command = core.command(fake)
    first = json.loads(command.run("run", "--json", "first").stdout.splitlines()[0])
    begun = first["data"]["conversationId"]
    assert command.run("run", "other").returncode == 0
    named = command.run("run", "--conversation", begun, "--model", "m2", "second")
    assert named.stdout == "Three.\n"
    newest = command.run("run", "--continue", "third")
    assert newest.stdout == "Four.\n"
    assert command.run("run", "--conversation", begun[:8].upper(), "fourth").stdout == "Five.\n"
    assert command.run("run", "--conversation", "last", "fifth").stdout == "Six.\n"
    last = turns_asked(fake)[-1]
    assert last["model"] == "m2"
    said = [m["content"] for m in last["messages"][1::2]]
    assert said == ["first", "second", "third", "fourth", "fifth"]


def test_another_folder(core: Core, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a").write_text("from there\n")
    fake = core.provider([tool("read", {"file_path": "a"})], [text("Read.")])
    assert core.command(fake).run("run", "--cwd", str(other), "go").returncode == 0
    assert "from there" in str(turns_asked(fake)[1])
    assert kept(core.home, "SELECT workspace FROM conversations") == [(str(other),)]


def test_words_that_are_no_text(core: Core) -> None:
    fake = core.provider([text("Fine.")])
    done = core.command(fake).run("run", os.fsdecode(b"a\xffb"))
    assert (done.returncode, done.stdout) == (0, "Fine.\n")


def test_a_locale_that_has_no_such_letters(core: Core) -> None:
    command = core.command(core.provider([text("Grüße 😀")]))
    command.environ |= {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = command.run("run", "hi")
    assert ended.returncode == 0
    assert ended.stdout == "Gr??e ?\n"


def test_a_reader_that_leaves(core: Core) -> None:
    """T11: `grafftui run … | head -1`."""
    fake = core.provider([text("line\n" + " more" * 1_000, rate=100)])
    with core.command(fake).start("run", "hi") as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 128 + signal.SIGPIPE
    assert said == b""
    assert fake.disconnected.wait(5)
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]


@pytest.mark.parametrize("form", ["text", "json", "schema"])
def test_an_output_that_is_full(core: Core, form: str) -> None:
    """No fault of ours: one line, and no crash report."""
    schema = core.workspace / "schema.json"
    schema.write_text('{"type": "object"}')
    options = {"text": [], "json": ["--json"], "schema": ["--json-schema", str(schema)]}[form]
    command = core.command(core.provider([text('{"a": 1}')]))
    with open("/dev/full", "wb") as full, command.start("run", *options, "hi", stdout=full) as run:
        said = run.communicate(timeout=30)[1]
    assert (run.returncode, said) == (
        1,
        b"grafftui: cannot write the output: No space left on device\n",
    )


def test_closed_descriptors(core: Core) -> None:
    command = core.command(core.provider([text("Fine.")], [text("Fine.")]))
    for closed in (">&-", "<&- >&- 2>&-"):
        line = f'"$0" -m grafftui run hi {closed}'
        ended = subprocess.run(
            ["/bin/sh", "-c", line, sys.executable],
            cwd=core.workspace,
            env={**os.environ, "GRAFFTUI_HOME": str(core.home), **command.environ},
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert (ended.returncode, b"Traceback" in ended.stderr) == (0, False), closed


def test_no_key_in_anything_it_writes(core: Core) -> None:
    (core.workspace / ".env").write_text(f"KEY={KEY}\nA=1\n")
    fake = core.provider(
        [tool("read", {"file_path": ".env"})],
        [tool("patch", {"file_path": ".env", "old_string": "A=1", "new_string": "A=2"})],
        [text("Done.")],
    )
    done = core.command(fake).run("run", "--json", "--approve", "edits", "go")
    assert done.returncode == 0
    assert (core.workspace / ".env").read_text() == f"KEY={KEY}\nA=2\n"
    assert "redacted:" in done.stdout
    assert KEY not in done.stdout + done.stderr
