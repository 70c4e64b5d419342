"""R-70, R-71: no secret gets to the history, to the model, or to anything we write."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from corestage import (
    KEY,
    Core,
    Scripted,
    answer_of,
    files_holding,
    kept,
    of_type,
    results_of,
)
from fakes.steps import hang, reasoning, text, tool
from grafftui import AgentEvent
from grafftui.core.redaction import holds_placeholder, redacted

GITHUB = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
"""A key nobody told us of, known by its shape."""


def nowhere(core: Core, fake: Any, *secrets: str) -> None:
    """None of them in any file of ours, packed or plain, nor in any request."""
    blobs = [zlib.decompress(row[0]).decode() for row in kept(core.home, "SELECT data FROM blobs")]
    for secret in secrets:
        assert files_holding(core.home, secret) == []
        assert not any(secret in blob for blob in blobs)
        assert secret not in json.dumps([request.body for request in fake.requests])


def test_what_a_command_prints(core: Core) -> None:
    script = core.workspace / "show"
    script.write_text(f"#!/bin/sh\nseq 3000\necho key={KEY} token={GITHUB}\n")
    script.chmod(0o700)
    fake = core.provider([tool("shell", {"command": "./show"})], [text("Done.")])
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    shown = "key=‹redacted:openai_compatible› token=‹redacted:github-token›"
    assert shown in results_of(events)[0]
    assert KEY not in repr(events)
    (whole,) = (core.home / "data" / "output").iterdir()
    assert whole.read_text().endswith(f"3000\n{shown}\n")
    nowhere(core, fake, KEY, GITHUB)


def test_what_a_command_prints_in_pieces_and_on_two_streams(core: Core) -> None:
    """A key is cut by the end of a write, by the other stream, and by what is left out."""
    (core.workspace / "show.py").write_text(
        "import os, time\n"
        "for number in range(600):\n"
        "    os.write(1, b'%d\\n' % number)\n"
        f"for piece in ('{KEY[:9]}', '{KEY[9:]}\\n{GITHUB[:7]}', '{GITHUB[7:]}\\n'):\n"
        "    os.write(1, piece.encode())\n"
        "    os.write(2, b'meanwhile\\n')\n"
        "    time.sleep(0.1)\n"
        f"os.write(1, (('x' * 4090 + '{KEY}') * 5 + '\\n').encode())\n"
        "print('\\n'.join(map(str, range(600))))\n"
    )
    fake = core.provider([tool("shell", {"command": "python3 show.py"})], [text("Done.")])
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    assert "‹redacted:github-token›" in "".join(d["text"] for d in of_type(events, "ToolProgress"))
    (whole,) = (core.home / "data" / "output").iterdir()
    assert whole.read_text().count("‹redacted:openai_compatible›") == 6
    assert not any(KEY[n : n + 12] in repr(events[6:]) for n in range(len(KEY) - 12))
    nowhere(core, fake, KEY, KEY[:12], KEY[-12:], GITHUB)


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_what_the_model_says(core: Core, size: int) -> None:
    """An answer and a thought that hold a key, however they are cut into pieces."""
    said = f"Your key is {KEY}, and the token {GITHUB}. Is that right, sk?"
    thought = f"They use {GITHUB} there"
    pieces = [text(said[n : n + size]) for n in range(0, len(said), size)]
    thoughts = [reasoning(thought[n : n + size]) for n in range(0, len(thought), size)]
    fake = core.provider([*thoughts, *pieces], [text("Done.")])
    graff = core.graff(fake)
    events = [*graff.chat("go")]
    shown = "Your key is ‹redacted:openai_compatible›, and the token ‹redacted:github-token›."
    assert answer_of(events) == f"{shown} Is that right, sk?"
    thoughts_shown = "".join(data["content"] for data in of_type(events, "TaskReasoning"))
    assert thoughts_shown == "They use ‹redacted:github-token› there"
    conversation = events[0].data["conversationId"]
    [*graff.chat("go on", conversation_id=conversation)]
    assert shown in json.dumps(fake.requests[-1].body, ensure_ascii=False)
    nowhere(core, fake, KEY, GITHUB)


def test_what_the_model_had_said_when_it_was_stopped(core: Core) -> None:
    """Also what was held back, as it could have been the beginning of a key."""
    fake = core.provider([text(f"It is {KEY} and "), text("the end:sk-"), hang()])
    graff = core.graff(fake)
    stream = graff.chat("go")
    events: list[AgentEvent] = []
    while "end" not in answer_of(events):
        events.append(next(stream))
    assert "sk-" not in answer_of(events)
    stream.close()
    nowhere(core, fake, KEY)
    bodies = repr(kept(core.home, "SELECT body FROM messages"))
    assert "It is ‹redacted:openai_compatible› and the end:sk-" in bodies


def test_what_is_so_long_that_it_is_packed_away(core: Core) -> None:
    (core.workspace / "long").write_text(("x" * 500 + "\n") * 1_000 + f"{KEY}\n{GITHUB}\n")
    fake = core.provider([tool("read", {"file_path": "long"})], [text("Done.")])
    events = [*core.graff(fake).chat("go")]
    assert "1001:‹redacted:openai_compatible›" in results_of(events)[0]
    assert kept(core.home, "SELECT count(*) > 0 FROM blobs") == [(1,)]
    nowhere(core, fake, KEY, GITHUB)


def test_what_a_command_prints_while_it_runs(core: Core) -> None:
    command = f"printf 'a {KEY[:10]}'; sleep 0.2; printf '{KEY[10:]} b\\n'"
    fake = core.provider([tool("shell", {"command": command})], [text("Done.")])
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    pieces = "".join(data["text"] for data in of_type(events, "ToolProgress"))
    assert "‹redacted:openai_compatible›" in pieces
    nowhere(core, fake, KEY)


def test_what_a_file_holds(core: Core) -> None:
    env = f"NAME=x\nOPENAI_API_KEY={KEY}\nGITHUB={GITHUB}\nPORT=1\n"
    (core.workspace / ".env").write_text(env)
    fake = core.provider(
        [tool("read", {"file_path": ".env"})],
        [tool("fs_search", {"pattern": "KEY", "output_mode": "content"})],
        [tool("patch", {"file_path": ".env", "old_string": "PORT=1", "new_string": "PORT=2"})],
        [text("Done.")],
    )
    approver = Scripted("accept")
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert (core.workspace / ".env").read_text() == env.replace("PORT=1", "PORT=2")
    assert KEY in approver.requests[0].edits[0].diff  # nothing is hidden from who decides
    assert KEY in json.dumps(of_type(events, "ApprovalRequested"))
    assert KEY not in json.dumps(of_type(events, "FileChanged"))
    assert "‹redacted:openai_compatible›" in results_of(events)[0]
    assert events[-1].type == "TaskComplete"
    snapshots = core.home / "data" / "snapshots"
    copies = [Path(name) for name in files_holding(core.home, KEY)]
    assert all(copy.is_relative_to(snapshots) for copy in copies)  # the file as it was, to undo
    assert KEY not in json.dumps([request.body for request in fake.requests])


def test_a_placeholder_is_never_written_over_a_secret(core: Core) -> None:
    env = f"OPENAI_API_KEY={KEY}\nPORT=1\n"
    (core.workspace / ".env").write_text(env)
    whole = {"file_path": ".env", "overwrite": True}
    fake = core.provider(
        [tool("read", {"file_path": ".env"})],
        [tool("write", whole | {"content": "OPENAI_API_KEY=‹redacted:openai›\nPORT=2\n"})],
        [text("Done.")],
    )
    approver = Scripted("accept")
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert approver.requests == []
    assert "it would replace that secret" in results_of(events)[1]
    assert (core.workspace / ".env").read_text() == env


def test_what_the_person_writes(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a key that looks like nothing, of a provider that is not even asked."""
    monkeypatch.setenv("DEEPSEEK_API_KEY", "correct.horse.battery")
    fake = core.provider([text("Done.")])
    events = [*core.graff(fake).chat(f"use correct.horse.battery and {GITHUB}")]
    said = "use ‹redacted:deepseek› and ‹redacted:github-token›"
    assert events[1].data == {"text": said}
    assert "looks like a key was taken out" in of_type(events, "Notice")[0]["text"]
    assert kept(core.home, "SELECT title, prompt FROM turns JOIN conversations") == [(said, said)]
    nowhere(core, fake, "correct.horse.battery", GITHUB)


def test_a_command_of_ones_own_runs_as_it_was_typed(core: Core) -> None:
    fake = core.provider([text("I see.")])
    graff = core.graff(fake)
    events = [*graff.run_command(f"printf %s {GITHUB} | wc -c")]
    assert "40" in results_of(events)[0]
    begun = events[0].data["conversationId"]
    assert answer_of(graff.chat("well?", conversation_id=begun)) == "I see."
    nowhere(core, fake, GITHUB)


@pytest.mark.parametrize("code", [400, 401, 500])
def test_what_a_provider_says(core: Core, code: int) -> None:
    from fakes.steps import status

    words = {"error": {"message": f"Incorrect API key provided: {KEY}, or {GITHUB}"}}
    core.settings("retry_attempts = 1\n")
    fake = core.provider([status(code, words)])
    graff = core.graff(fake)
    with pytest.raises(RuntimeError) as raised:
        _ = [*graff.chat("hi")]
    assert KEY not in str(raised.value)
    assert GITHUB not in str(raised.value)
    nowhere(core, fake, KEY, GITHUB)


def test_json_of_any_shape() -> None:
    value = {"a": [GITHUB, {"b": (GITHUB, 1, None, True)}], "n": 1.5}
    there = "‹redacted:github-token›"
    assert redacted(value) == {"a": [there, {"b": [there, 1, None, True]}], "n": 1.5}


@pytest.mark.parametrize(
    ("arguments", "holds"),
    [
        ({"content": "x ‹redacted:openai› y"}, True),
        ({"edits": [{"new_string": "‹redacted:a›"}]}, True),
        ({"content": "redacted"}, False),
        ({"edits": [{"new_string": "a", "replace_all": True}]}, False),
        ("‹redacted:", True),
    ],
)
def test_placeholders_are_found(arguments: Any, holds: bool) -> None:
    assert holds_placeholder(arguments) is holds
