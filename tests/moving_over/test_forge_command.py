"""`grafftui import forge`, and the keys it takes over."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from forge_folder import ID, OTHER, ForgeFolder, answer, user

from corestage import Command, Core, files_holding, kept
from grafftui import Graff, UsageError
from keyringstage import Desktop

SECRET = "sk-ant-theirs-0123456789abcdef"
ANTHROPIC = {"id": "anthropic", "auth_details": {"api_key": SECRET}}
"""As ForgeCode writes it."""


@pytest.fixture
def theirs(home: Path) -> ForgeFolder:
    return ForgeFolder(Path(os.environ["HOME"]) / ".forge")


def command(core: Core) -> Command:
    return Command(core.home, core.workspace)


with_keyring = pytest.mark.needs("gnome-keyring", "dbus")


@with_keyring
def test_both_with_one_command(core: Core, theirs: ForgeFolder, desktop: Desktop) -> None:
    theirs.credentials(ANTHROPIC)
    theirs.conversation(user("hi"), answer("ho"))
    before = theirs.fingerprint()
    done = command(core).run("import", "forge")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "imported      key anthropic  https://api.anthropic.com",
        "imported      conversation 0b0e7d0a  Parser",
        f"1 keys and 1 conversations imported, 0 here already, 0 skipped: {theirs.path}",
    ]
    assert SECRET.encode() in str(desktop.items()).encode()
    assert theirs.fingerprint() == before
    assert files_holding(core.home, SECRET) == []
    again = command(core).run("import", "forge").stdout
    assert again.splitlines()[-1].startswith("0 keys and 0 conversations imported, 2 here already")


@with_keyring
@pytest.mark.parametrize(
    ("which", "keys", "conversations"), [("--credentials", 1, 0), ("--conversations", 0, 1)]
)
def test_one_of_both(
    core: Core, theirs: ForgeFolder, desktop: Desktop, which: str, keys: int, conversations: int
) -> None:
    """What is not asked for is not even read."""
    theirs.credentials(ANTHROPIC)
    theirs.conversation(user("hi"), answer("ho"))
    other = theirs.database if keys else theirs.path / ".credentials.json"
    other.write_bytes(b"broken")
    done = command(core).run("import", "forge", which, "--json")
    assert done.returncode == 0, done.stderr
    found = [item["kind"] for item in json.loads(done.stdout)["items"]]
    assert found == ["credential"] * keys + ["conversation"] * conversations


@with_keyring
def test_a_dry_run_of_another_folder(core: Core, tmp_path: Path, desktop: Desktop) -> None:
    other = ForgeFolder(tmp_path / "theirs")
    other.credentials(ANTHROPIC)
    other.conversation(user("hi"), answer("ho"), title="\x1b[2J" + "x" * 900)
    done = command(core).run("import", "forge", "--from", str(other.path), "--dry-run")
    assert done.returncode == 0
    assert done.stdout.count("would import ") == 2
    assert "\x1b" not in done.stdout and len(done.stdout) < 800
    assert desktop.items() == {}
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["forge", "--from", "/none"], "there is no such folder: /none"),
        (["pi"], "invalid choice: 'pi'"),
        ([], "the following arguments are required: SOURCE"),
    ],
)
def test_what_cannot_be_meant(core: Core, arguments: list[str], complaint: str) -> None:
    done = command(core).run("import", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


@with_keyring
def test_a_file_that_is_broken(core: Core, theirs: ForgeFolder, desktop: Desktop) -> None:
    theirs.credentials(ANTHROPIC)
    theirs.database.write_bytes(b"broken" * 1_000)
    done = command(core).run("import", "forge")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"grafftui: {theirs.database}: is damaged, or no SQLite database")
    assert desktop.items() == {}


# -- keys ------------------------------------------------------------------------------------


@pytest.fixture
def graff(core: Core) -> Iterator[Graff]:
    """With whatever keyring there is."""
    with closing(Graff(cwd=str(core.workspace))) as made:
        yield made


def outcomes(graff: Graff) -> list[tuple[str, str, str]]:
    done = graff.import_forge(conversations=False)
    return [(item.id, item.outcome, item.why or item.title) for item in done.items]


@with_keyring
def test_keys_with_an_address(theirs: ForgeFolder, desktop: Desktop, graff: Graff) -> None:
    theirs.credentials(
        {
            "id": "openai_compatible",
            "auth_details": {"ApiKey": SECRET},
            "url_params": {"OPENAI_URL": "http://127.0.0.1:9/v1"},
        }
    )
    assert outcomes(graff) == [("openai_compatible", "imported", "http://127.0.0.1:9")]
    assert outcomes(graff) == [("openai_compatible", "known", "http://127.0.0.1:9")]
    assert graff.settings.url_parameters["openai_compatible"] == {
        "OPENAI_URL": "http://127.0.0.1:9/v1"
    }


@with_keyring
def test_a_key_that_is_kept_stays(theirs: ForgeFolder, desktop: Desktop, graff: Graff) -> None:
    theirs.credentials(ANTHROPIC)
    graff.upsert_credential("anthropic", "sk-ant-mine-0123456789abcdef")
    before = desktop.items()
    assert outcomes(graff) == [("anthropic", "skipped", "another key is kept for it; it stays")]
    assert desktop.items() == before


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"id": "claude_code", "auth_details": {"o_auth": {"tokens": {}}}}, "through a browser"),
        ({"id": "vertex_ai", "auth_details": {"google_adc": "x"}}, "Google"),
        ({"id": "bedrock", "auth_details": {"awsProfile": "x"}}, "AWS profile"),
        ({"id": "google_ai_studio", "auth_details": {"api_key": SECRET}}, "not supported yet"),
        ({"id": "of-theirs", "auth_details": {"api_key": SECRET}}, "there is no provider"),
        ({"id": "anthropic", "auth_details": {"api_key": "a b\nc"}}, "the key for anthropic"),
        ({"id": "anthropic", "auth_details": {"api_key": 7}}, "it has no key"),
        ({"id": "anthropic", "auth_details": {"by_magic": SECRET}}, "a form that is not known"),
        ({"id": "anthropic"}, "a form that is not known"),
        ({"id": "openai_compatible", "auth_details": {"api_key": SECRET}, "url_params": [1]},
         "its address is kept in a form"),
    ],
)  # fmt: skip
def test_keys_that_cannot_be_used(
    theirs: ForgeFolder, graff: Graff, entry: dict[str, Any], why: str
) -> None:
    theirs.credentials(entry)
    ((id, outcome, said),) = outcomes(graff)
    assert (id, outcome) == (entry["id"], "skipped")
    assert why in said and SECRET not in said


@with_keyring
def test_a_key_that_came_of_signing_in(theirs: ForgeFolder, desktop: Desktop, graff: Graff) -> None:
    signed_in = {"tokens": {"access_token": "t"}, "api_key": SECRET, "config": {}}
    theirs.credentials({"id": "xai", "auth_details": {"o_auth_with_api_key": signed_in}})
    assert outcomes(graff) == [("xai", "imported", "https://api.x.ai")]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "is not JSON; nothing was imported"),
        (b"\xff", "is not UTF-8; nothing was imported"),
        (f'[{{"id": "x", "k": "{SECRET}"'.encode(), "is not JSON; nothing was imported"),
        (b'{"anthropic": 1}', "is no list of credentials; nothing was imported"),
        (b'[{"id": "xai", "auth_details": {}}, 7]', "entry 2 names no provider; nothing was"),
        (b" " * 2_000_000, "longer than 1,048,576 bytes; nothing was imported"),
    ],
    ids=["open", "bytes", "secret", "object", "number", "long"],
)
def test_files_that_hold_no_keys(
    theirs: ForgeFolder, graff: Graff, content: bytes, complaint: str
) -> None:
    path = theirs.path / ".credentials.json"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        outcomes(graff)
    assert str(raised.value).startswith(f"{path}: {complaint}")


def test_without_a_keyring(core: Core, theirs: ForgeFolder) -> None:
    """What can be taken over is, and what cannot is told, with what to do about it."""
    bedrock = {"id": "bedrock", "auth_details": {"awsProfile": "x"}}
    theirs.credentials(ANTHROPIC, bedrock, {**ANTHROPIC, "id": "xai"})
    theirs.conversation(user("hi"), answer("ho"))
    done = command(core).run("import", "forge", "--json")
    items = json.loads(done.stdout)["items"]
    assert [(item["id"], item["outcome"]) for item in items] == [
        ("anthropic", "failed"),
        ("bedrock", "skipped"),
        ("xai", "failed"),
        (ID, "imported"),
    ]
    why, hint = items[0]["why"], items[0]["hint"]
    assert "keyring" in why and hint
    assert (items[2]["why"], items[2]["hint"]) == (why, hint)
    assert (done.returncode, SECRET in done.stdout + done.stderr) == (1, False)
    assert done.stderr == f"grafftui: 2 of 4 are not imported: {why}; {hint}\n"
    assert kept(core.home, "SELECT id FROM conversations") == [(ID,)]
    again = command(core).run("import", "forge")
    assert again.returncode == 1
    assert f"failed        key anthropic ({why})" in again.stdout
    assert again.stdout.splitlines()[-1].startswith(
        "0 keys and 0 conversations imported, 1 here already, 1 skipped, 2 failed: "
    )


def test_a_conversation_that_cannot_be_written(
    core: Core, theirs: ForgeFolder, graff: Graff
) -> None:
    theirs.conversation(user("hi"), answer("ho"), id=OTHER)
    theirs.conversation(user("hi"), answer("ho"))
    with closing(sqlite3.connect(graff.paths.database)) as connection:
        connection.execute(
            f"CREATE TRIGGER no BEFORE UPDATE ON conversations WHEN NEW.id = '{OTHER}'"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    done = {item.id: item for item in graff.import_forge(credentials=False).items}
    assert (done[ID].outcome, done[OTHER].outcome) == ("imported", "failed")
    assert "no room" in done[OTHER].why
    assert kept(core.home, "SELECT id FROM conversations") == [(ID,)]
