"""`grafftui conversations`: what it prints, where, and its exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from exports_stage import full_turn, new_conversation, told
from page_checks import require_picture, require_whole

from corestage import Command
from grafftui import events
from grafftui.cli.main import main
from grafftui.history import Store
from grafftui.settings.paths import Paths

Capture = pytest.CaptureFixture[str]
SECRET = "hunter2-hunter2"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder the command is used in."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return str(folder)


@pytest.fixture
def said(store: Store, here: str) -> Iterator[list[str]]:
    """Ids of three conversations, oldest first: one of another folder, two of this one."""
    ids = []
    for title, folder in (("Elsewhere", "/other"), ("First \x1b[2J", here), ("Second", here)):
        ids.append(new_conversation(store, title, folder))
        full_turn(store, ids[-1], "go", f"{title}.", "output")
    store.close()  # each command opens it by itself
    yield ids


def done(capsys: Capture, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What the command prints to stdout and to stderr."""
    assert main(["conversations", *arguments]) == code
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    return out, err


def failed(capsys: Capture, *arguments: str, code: int = 2) -> str:
    """The one line that is said when it cannot be done."""
    out, err = done(capsys, *arguments, code=code)
    assert out == "" and err.count("\n") == 1 and err.startswith("grafftui: ")
    return err


def test_list(said: list[str], here: str, capsys: Capture) -> None:
    out, err = done(capsys, "list")
    assert [line.split()[0] for line in out.splitlines()] == [said[2][:8], said[1][:8]]
    assert "Second" in out and err == ""
    found = json.loads(done(capsys, "list", "--json")[0])
    assert [each["id"] for each in found] == [said[2], said[1]]
    assert found[0]["title"] == "Second" and found[0]["workspace"] == here
    assert found[0]["updated_at"] > found[1]["updated_at"] > "2020-01-01T00:00:00+00:00"
    everywhere = json.loads(done(capsys, "list", "--all", "--json", "--limit", "2")[0])
    assert [each["id"] for each in everywhere] == [said[2], said[1]]
    assert "/other" in done(capsys, "list", "--all")[0]


def test_lists_of_nothing(said: list[str], tmp_path: Path, capsys: Capture) -> None:
    out, err = done(capsys, "list", "--workspace", str(tmp_path))
    assert out == "" and "no conversations" in err
    assert json.loads(done(capsys, "list", "--json", "--workspace", str(tmp_path))[0]) == []


def test_lists_of_a_folder_that_is_gone(said: list[str], tmp_path: Path, capsys: Capture) -> None:
    out, _ = done(capsys, "list", "--workspace", "/other")
    assert "Elsewhere" in out
    assert "no such folder" in failed(capsys, "list", "--workspace", str(tmp_path / "slip"))


def test_show(said: list[str], capsys: Capture) -> None:
    out, _ = done(capsys, "show", "last")
    assert out.startswith("# Second\n") and "\n## Answer\n\nSecond.\n" in out
    assert json.loads(done(capsys, "show", said[0][:9].upper(), "--json")[0])["id"] == said[0]


def test_which_is_meant(said: list[str], paths: Paths, capsys: Capture) -> None:
    assert "no id" in failed(capsys, "show", "../x")
    assert "there is no conversation" in failed(capsys, "show", "f" * 36, code=1)
    with Store.open(paths) as store:
        for id in ("00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8001-000000000000"):
            store.create_conversation(
                id=id, workspace="/w", backend="graff", agent="a", provider="p", model="m"
            )
    assert "several conversations begin with 00000000" in failed(capsys, "show", "00000000")


def test_last_where_there_is_none(store: Store, here: str, capsys: Capture) -> None:
    store.close()
    assert "no conversation in this folder" in failed(capsys, "export", "last", code=1)


@pytest.mark.parametrize("suffix", ["md", "html", "json", "jsonl", "svg"])
def test_export_to_a_file(said: list[str], here: str, capsys: Capture, suffix: str) -> None:
    path = Path(here, f"out.{suffix}")
    out, _ = done(capsys, "export", "last", path.name, "--json")
    wrote = json.loads(out)
    assert wrote["file"] == str(path) and wrote["bytes"] == path.stat().st_size > 0
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert "Second" in text
    if suffix == "html":
        require_whole(text)
    if suffix == "svg":
        require_picture(text)
    path.write_text("mine")
    assert "there is a file" in failed(capsys, "export", "last", path.name)
    assert path.read_text() == "mine"
    done(capsys, "export", "last", path.name, "--force")
    assert path.read_text() == text
    assert os.listdir(here) == [path.name]


def test_export_some_entries(said: list[str], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["conversations", "export", "last", "--entries", "2-3"]) == 0
    out = capsysbinary.readouterr().out
    assert b"## Answer" in out and b"### Execute" in out and b"## Prompt" not in out
    assert b"Done." not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--entries", "3-2"], "ends before it begins"),
        (["--entries", "x"], "must be like 3-7"),
        (["x.jsonl", "--entries", "1"], "whole conversation"),
        (["nowhere/x.md"], "no folder"),
        ([".", "--format", "html"], "is a folder"),
        (["--json"], "name a FILE"),
        (["x.pdf"], "no format ends in '.pdf'"),
    ],
)
def test_exports_that_cannot_be_meant(
    said: list[str], capsys: Capture, arguments: list[str], words: str
) -> None:
    assert words in failed(capsys, "export", "last", *arguments)


def test_export_never_into_the_history(said: list[str], home: Path, capsys: Capture) -> None:
    history = home / "data" / "history.db"
    size = history.stat().st_size
    err = failed(capsys, "export", "last", str(history), "--force", "--format", "html")
    assert "grafftui's own" in err and history.stat().st_size == size


def test_export_takes_the_keys_of_the_environment_out(
    store: Store, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of its own learns them; what was written before did not know them."""
    told(store, [events.markdown(f"The password is {SECRET}.")])
    store.close()
    grafftui = Command(store.paths.data.parent, Path(here), {"OPENAI_API_KEY": SECRET})
    id = grafftui.run("conversations", "list", "--all").stdout[:8]
    shown = grafftui.run("conversations", "export", id).stdout
    assert "The password is ‹redacted:" in shown and SECRET not in shown


def test_an_ending_that_is_no_format_is_refused_unless_one_is_named(
    said: list[str], here: str, capsys: Capture
) -> None:
    failed(capsys, "export", "last", "x.pdf")
    assert not Path("x.pdf").exists()
    done(capsys, "export", "last", "x.pdf", "--format", "html")
    assert Path("x.pdf").read_text().startswith("<!DOCTYPE html>")
    done(capsys, "export", "last", "plain")
    assert Path("plain").read_text().startswith("# ")


def test_the_mark_that_editors_put_before_utf8_is_no_fault(
    said: list[str], here: str, capsys: Capture
) -> None:
    done(capsys, "export", "last", "x.jsonl")
    text = Path("x.jsonl").read_text()
    Path("x.jsonl").write_text(text, encoding="utf-8-sig")
    assert "Nothing to do" in done(capsys, "import", "x.jsonl")[0]
    Path("x.jsonl").write_text(text.replace("Second.", "Third."), encoding="utf-8-sig")
    assert "Imported" in done(capsys, "import", "x.jsonl")[0]


def test_import(said: list[str], here: str, home: Path, capsys: Capture) -> None:
    done(capsys, "export", "last", "x.jsonl")
    assert "Nothing to do" in done(capsys, "import", "x.jsonl")[0]
    text = Path("x.jsonl").read_text().replace("Second.", "Third.")
    Path("x.jsonl").write_text(text)
    found = json.loads(done(capsys, "import", "x.jsonl", "--json", "--workspace", here)[0])
    assert found["was_there"] is False and found["id"] != said[2]
    assert "Third." in done(capsys, "show", found["id"])[0]
    assert "cannot read" in failed(capsys, "import", "missing")
    assert "is no file" in failed(capsys, "import", here)
    Path("x.jsonl").write_text(text[:-20])
    assert "nothing was imported: line " in failed(capsys, "import", "x.jsonl")


def test_delete(said: list[str], capsys: Capture) -> None:
    assert "no terminal to ask on" in failed(capsys, "delete", "last")
    out = json.loads(done(capsys, "delete", said[1], "last", "--yes", "--json")[0])
    assert out == {"deleted": [said[1], said[2]], "final": True}
    assert failed(capsys, "show", said[1], code=1)
    assert "in the bin" in done(capsys, "delete", said[0][:8], "--bin", "--yes")[0]
    assert json.loads(done(capsys, "list", "--all", "--json")[0]) == []
    assert "already" in failed(capsys, "delete", said[0], "--bin", "--yes", code=1)
    assert "deleted for good" in done(capsys, "delete", said[0], "--yes")[0]


def test_compact(store: Store, here: str, capsys: Capture) -> None:
    id = new_conversation(store, "Long", here)
    for number in range(8):
        full_turn(store, id, f"say {number}", f"Said {number}. " * 40, "output\n" * 40)
    store.close()
    found = json.loads(done(capsys, "compact", "last", "--json")[0])
    assert found["id"] == id
    assert found["original_messages"] == 32 > found["compacted_messages"]
    assert found["original_tokens"] > found["compacted_tokens"] > 0
    assert "Nothing to compact" in done(capsys, "compact", id[:8])[0]
    assert done(capsys, "show", id)[0].count("\n## Prompt") == 8
    assert "no conversation" in failed(capsys, "compact", "0000", code=1)


def test_output_that_cannot_be_written(said: list[str], home: Path, here: str) -> None:
    grafftui = Command(home, Path(here))
    with open("/dev/full", "wb") as full:
        child = grafftui.start("conversations", "list", "--json", stdout=full)
        _, err = child.communicate(timeout=30)
        assert child.returncode == 1
        assert err == b"grafftui: cannot write the output: No space left on device\n"
    child = grafftui.start("conversations", "export", "last", "--format", "html")
    assert child.stdout is not None and child.stderr is not None
    child.stdout.close()
    assert (child.wait(30), child.stderr.read()) == (141, b"")
    child.stderr.close()


def test_a_history_that_cannot_be_read(said: list[str], home: Path, capsys: Capture) -> None:
    (home / "data" / "history.db").rename(home / "moved")
    (home / "data" / "history.db").mkdir()
    assert "is not a plain file" in failed(capsys, "list", code=1)
