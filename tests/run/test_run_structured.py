"""`grafftui run --json-schema`: a JSON value on stdout, or a clear error and nothing there."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from corestage import KEY, Core, kept, turns_asked, wait_until
from fakes.steps import hang, status, text, tool
from grafftui import UsageError
from grafftui.cli.schema_file import read_schema

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(SCHEMA))
    return str(path)


def test_a_value(core: Core, schema: str) -> None:
    (core.workspace / "a").write_text("36\n")
    fake = core.provider(
        [text("Let me look."), tool("read", {"file_path": "a"})],
        [text('```json\n{"age": 36,\n "name": "Ädä"}\n```')],
    )
    done = core.command(fake).run("run", "--json-schema", schema, "how old?")
    assert done.stdout == '{"age": 36, "name": "\\u00c4d\\u00e4"}\n'
    assert done.stderr == "▸ Read a\n"
    assert done.returncode == 0


def test_an_answer_that_is_repaired_in_its_conversation(core: Core, schema: str) -> None:
    fake = core.provider([text("One.")], [text("Old.")], [text('{"age": 36}')])
    command = core.command(fake)
    command.run("run", "hi")
    done = command.run("run", "--json-schema", schema, "--continue", "how old?")
    assert (done.returncode, done.stdout) == (0, '{"age": 36}\n')
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(1,)]


def test_an_answer_that_never_follows(core: Core, schema: str) -> None:
    fake = core.provider([text("Old.")], [text('{"age": "36"}')])
    done = core.command(fake).run("run", "--json-schema", schema, "how old?")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "grafftui: the answer does not follow the schema: $.age: '36' is not of type 'integer'\n"
    )


def test_a_turn_without_an_answer(core: Core, schema: str) -> None:
    done = core.command(core.provider([status(400, {"error": "no"})])).run(
        "run", "--json-schema", schema, "how old?"
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "rejected the request: no" in line


def test_a_key_in_the_value(core: Core, tmp_path: Path) -> None:
    anything = tmp_path / "anything.json"
    anything.write_text("{}")
    written = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    fake = core.provider([text(f'["{written}"]')])
    done = core.command(fake).run("run", "--json-schema", str(anything), "say it")
    assert done.returncode == 0
    assert "redacted:" in done.stdout
    assert KEY not in done.stdout


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "schema.json: cannot be read (No such file or directory)"),
        (b"\xff", "schema.json: is not UTF-8 (byte 0)"),
        (b"", "schema.json: is not JSON: Expecting value (line 1, column 1)"),
        (b'{"type":\n "x', "schema.json: is not JSON: Unterminated string starting at (line 2,"),
        (b"[" * 100_000, "schema.json: is not JSON that can be read"),
        (b" " * 1_000_001, "schema.json: longer than 1,000,000 bytes"),
        (b"[]", "schema.json: a JSON schema is an object"),
        (b'{"type": "objekt"}', "schema.json: invalid json_schema: 'objekt' is not"),
    ],
    ids=["absent", "bytes", "empty", "open", "deep", "long", "list", "no schema"],
)
def test_files_that_hold_no_schema(schema: str, content: bytes | None, complaint: str) -> None:
    path = Path(schema)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_schema(schema)
    assert complaint in str(raised.value)


def test_a_file_that_holds_none(core: Core) -> None:
    fake = core.provider()
    done = core.command(fake).run("run", "--json-schema", "absent", "how old?")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "grafftui: absent: cannot be read (No such file or directory)\n"
    assert turns_asked(fake) == []


def test_both_forms_at_once(core: Core, schema: str) -> None:
    done = core.command(core.provider()).run("run", "--json", "--json-schema", schema, "hi")
    assert done.returncode == 2
    assert "not allowed with argument --json" in done.stderr


def test_a_signal_meanwhile(core: Core, schema: str) -> None:
    fake = core.provider([text("Half"), hang()])
    process = core.command(fake).start("run", "--json-schema", schema, "hi")
    wait_until(lambda: turns_asked(fake))
    wait_until(lambda: kept(core.home, "SELECT 1 FROM events WHERE data LIKE '%Half%'"))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert (out, err) == (b"", b"grafftui: interrupted\n")
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]
    assert len(turns_asked(fake)) == 1
