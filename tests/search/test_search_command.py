"""`grafftui conversations search` and `grafftui history reindex`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from search_stage import Clock, index_of, opened, rows, say

from grafftui import events
from grafftui.cli.main import main
from grafftui.history import Store
from grafftui.settings.paths import Paths
from ptyharness import start

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def ids(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Conversations of this folder and of another, nothing of them indexed."""
    monkeypatch.chdir(tmp_path)
    here = opened(store, title="Here \x1b[2J", workspace=os.path.realpath(tmp_path))
    say(store, here, "fix the login", events.markdown("The login is fixed."))
    there = opened(store, title="There", workspace="/elsewhere")
    say(store, there, "login sk-ant-api03-" + "a1" * 20)
    store.close()
    return [here, there]


def done(capsys: Capture, *arguments: str, code: int = 0) -> tuple[str, str]:
    assert main(list(arguments)) == code
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    return out, err


def test_search(ids: list[str], capsys: Capture) -> None:
    here, there = ids
    out, err = done(capsys, "conversations", "search", "login")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == [there[:8], "0", here[:8], "1", here[:8], "0"]
    assert lines[0].endswith("There  /elsewhere")
    assert lines[3] == "    1 (answer): The login is fixed."
    assert err == ""
    assert (
        done(capsys, "conversations", "search", "--workspace", ".", "login")[0].count("login") == 2
    )
    out, _ = done(capsys, "conversations", "search", "project:elsewhere login", "--json")
    assert [one["id"] for one in json.loads(out)] == [there]
    out, _ = done(capsys, "conversations", "search", "--all", "login", "--json")
    found = json.loads(out)
    assert [(one["id"], one["entry"]) for one in found] == [(there, 0), (here, 1), (here, 0)]
    assert found[1]["snippet"] == "The login is fixed."
    assert found[1]["workspace"] == os.getcwd()
    assert {"title", "updated_at"} <= set(found[1])
    assert "a1a1a1" not in out  # what looks like a key
    out, _ = done(capsys, "conversations", "search", "--all", "--limit", "2", "--json", "login")
    assert json.loads(out) == found[:2]


def test_search_in_a_folder(ids: list[str], capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    folder = str(tmp_path / "sub")
    out, err = done(capsys, "conversations", "search", "login", "--workspace", folder)
    assert out == "" and "nothing was found here" in err
    gone = str(tmp_path / "gone")
    out, err = done(capsys, "conversations", "search", "login", "--workspace", gone, code=2)
    assert out == "" and f"no such folder: {gone}" in err
    out, _ = done(capsys, "conversations", "search", "login", "--workspace", "/elsewhere", "--json")
    assert len(json.loads(out)) == 1  # a folder that is gone
    out, _ = done(capsys, "conversations", "search", "fix -fixed", "file:x", "--json")
    assert json.loads(out) == []
    out, _ = done(capsys, "conversations", "search", '"the login" -fixed', "--json")
    assert [one["entry"] for one in json.loads(out)] == [0]


def test_only_what_is_left_out(ids: list[str], capsys: Capture) -> None:
    _, err = done(capsys, "conversations", "search", "--", "-zebra", code=2)
    assert "only says what is left out" in err and "signs" not in err


@pytest.mark.parametrize("query", ["foo:bar", "is:x", "->", "before:then"])
def test_what_cannot_be_meant_is_one_line(ids: list[str], capsys: Capture, query: str) -> None:
    out, err = done(capsys, "conversations", "search", query, code=2)
    assert out == "" and err.count("\n") == 1 and err.startswith("grafftui: ")


def test_reindex(ids: list[str], capsys: Capture, paths: Paths) -> None:
    assert done(capsys, "history", "reindex") == ("3 entries indexed\n", "")
    out, _ = done(capsys, "history", "reindex", "--json")
    assert json.loads(out) == {"entries": 3}
    with Store.open(paths) as store:
        assert store.search_index.waiting == 0
        with store._writing() as connection:  # as no code of ours leaves it
            connection.execute("DELETE FROM search WHERE rowid = 1")
            connection.execute("INSERT INTO search (rowid, text) VALUES (99, 'orphan')")
    done(capsys, "history", "reindex")
    with Store.open(paths) as store:
        assert len(index_of(store)[0]) == 3
        assert rows(store, "SELECT * FROM forgotten") == []


def test_progress_is_shown_to_who_watches(store: Store, home: Path, clock: Clock) -> None:
    id = opened(store)
    for number in range(40):
        say(store, id, f"prompt {number} " + "words " * 20_000)
    store.close()
    environment = {"GRAFFTUI_HOME": str(home), "HOME": str(home)}
    import sys

    argv = [sys.executable, "-m", "grafftui", "history", "reindex"]
    with start(argv, environment, (80, 24), home) as term:
        term.wait_for("indexing: ", 20)
        term.wait_for("40 entries indexed", 60)
        assert "indexing" not in "\n".join(term.emulator.screen.display)
