"""Prompts put away, written elsewhere, found again; pictures mentioned."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from textual import events

from fakes.server import FakeProvider
from fakes.steps import text
from grafftui.core.clipboard import keep_clipboard_picture
from grafftui.history import Store
from grafftui.settings.paths import Paths
from grafftui.ui.commands import ALIASES, COMMANDS, command, typed
from grafftui.ui.screens.picker import Picker
from session.session_stage import Begin


def test_prompts_are_put_away_and_brought_back(home: Path) -> None:
    paths = Paths.from_environment()
    with Store.open(paths, clock=lambda: 1_000.0) as store:
        assert [store.stash.put("/a", words) for words in ("one", "two")] == [1, 2]
        store.stash.put("/b", "other")
        store.stash.put("/a b", "more")
    with Store.open(paths, clock=lambda: 900.0) as store:  # a clock that was set back
        store.stash.put("/a", "three")
        assert [store.stash.take("/a") for _ in range(4)] == ["three", "two", "one", None]
        assert store.stash.take("/b") == "other"


def test_names_lead_to_commands() -> None:
    ids = [one.id for one in COMMANDS]
    assert len(set(ids)) == len(ids) and not set(ids) & set(ALIASES)
    assert set(ALIASES.values()) <= set(ids)
    assert command("dump") is command("export")
    assert typed("/suggest  list files ") == (command("suggest"), "list files")
    assert typed("/dump") == (command("export"), "")
    assert typed("/export it all") is None  # it takes nothing
    assert typed("/compact keep the names") == (command("compact"), "keep the names")
    assert typed("/agent-sage") == (command("agent"), "sage")
    assert typed("/nothing") is None and typed("dump") is None


async def test_a_draft_is_put_away_and_comes_back(begin: Begin) -> None:
    async with begin(None) as session:
        composer = session.screen.composer
        await session.type("half a thought")
        await session.pilot.press("ctrl+s")
        await session.until(lambda: composer.is_empty)
    async with begin(None) as session:
        composer = session.screen.composer
        assert composer.is_empty
        await session.pilot.press("ctrl+s")
        await session.until(lambda: composer.text == "half a thought")
        await session.pilot.press("ctrl+u", "ctrl+s")
        await session.until_seen("Nothing was put away here")


async def test_prompts_of_all_projects(begin: Begin, home: Path) -> None:
    with Store.open(Paths.from_environment()) as store:
        for place, prompt in (("/elsewhere", "polish the brass"), ("/elsewhere", "sweep")):
            id = store.create_conversation(
                workspace=place, backend="graff", agent="forge", provider="", model="", title="t"
            )
            recorder = store.begin_turn(id, prompt)
            recorder.finish("done")
    with FakeProvider([[text("Swept.")]]) as provider:
        async with begin(provider) as session:
            composer = session.screen.composer
            await session.say_and_wait("polish the floor")
            await session.pilot.press("up")
            assert composer.text == "polish the floor"
            await session.pilot.press("up")
            assert composer.text == "polish the floor", "others are not walked through"
            await session.pilot.press("ctrl+u", "ctrl+r")
            await session.type("polish")
            assert composer.text == "polish the floor"
            await session.pilot.press("ctrl+r")
            assert composer.text == "polish the brass"
            await session.pilot.press("escape", "ctrl+u")
            await session.say("/prompts")
            await session.shows(Picker)
            await session.until_seen("polish the brass", "/elsewhere")
            await session.type("brs")
            await session.pilot.press("enter")
            await session.until(lambda: composer.text == "polish the brass")


@pytest.fixture
def picture(workspace: Path) -> Path:
    path = workspace / "a view.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    return path


async def test_pictures_are_mentioned(begin: Begin, picture: Path) -> None:
    async with begin(None) as session:
        composer = session.screen.composer
        await session.say("/image a view.png")
        await session.until(lambda: composer.text == "@[a view.png] ")
        composer.load("see ")
        escaped = str(picture).replace(" ", "\\ ")
        composer.post_message(events.Paste(escaped))
        await session.until(lambda: composer.text == "see @[a view.png] ")
        composer.load("")
        composer.post_message(events.Paste("/no/such.png "))
        composer.post_message(events.Paste(f"'{picture}'"))
        await session.until(lambda: composer.text == "/no/such.png @[a view.png] ")
        composer.load("!open ")
        composer.post_message(events.Paste(f"'{picture}'"))
        await session.until(lambda: str(picture) in composer.text)
        await session.pilot.pause()
        assert composer.text == f"!open '{picture}'"


PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\xff\n" * 400


def clipboard_program(
    name: str, prints: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desktop's program of that name, with which the clipboard is read."""
    folder = tmp_path / f"bin-{name}"
    folder.mkdir()
    (folder / "held").write_bytes(prints)
    program = folder / name
    program.write_text(f"#!/bin/sh\nexec cat {folder}/held\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def test_the_picture_on_the_clipboard_is_sent_without_a_question(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipboard_program("xclip", PNG, tmp_path, monkeypatch)
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with FakeProvider([[text("A pixel.")]]) as provider:
        async with begin(provider) as session:
            composer = session.screen.composer
            await session.type("see ")
            await session.pilot.press("ctrl+v")
            await session.until(lambda: composer.text.endswith("] "))
            (kept,) = Paths.from_environment().outputs.glob("clipboard-*")
            assert kept.read_bytes() == PNG and kept.stat().st_mode & 0o777 == 0o600
            assert composer.text == f"see @[{kept}] "
            await session.pilot.press("enter")
            await session.until_seen("A pixel.")
        assert b64encode(PNG).decode() in str(provider.requests[0].body)


async def test_what_the_clipboard_has_no_picture_for_is_said(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipboard_program("wl-paste", b"words, not a picture", tmp_path, monkeypatch)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.delenv("DISPLAY", raising=False)
    async with begin(None) as session:
        await session.until(lambda: session.screen.desk.graff is not None)
        await session.pilot.press("ctrl+v")
        await session.until_seen("there is no")
        monkeypatch.delenv("WAYLAND_DISPLAY")
        await session.pilot.press("ctrl+v")
        await session.until_seen("no program here")
        assert session.screen.composer.is_empty


def test_a_picture_that_apple_script_spells(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spelled = f"«data PNGf{PNG.hex().upper()}»\n".encode()
    clipboard_program("osascript", spelled, tmp_path, monkeypatch)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert keep_clipboard_picture(Paths.from_environment()).read_bytes() == PNG


async def test_the_editor_writes_the_prompt(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with begin(None) as session:
        composer = session.screen.composer
        composer.load("as it was")
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.delenv("EDITOR", raising=False)
        await session.pilot.press("alt+e")
        await session.until_seen("Set EDITOR")
        assert composer.text == "as it was"


async def test_commands_in_files_are_in_the_palette(begin: Begin) -> None:
    async with begin(None) as session:
        await session.pilot.press("ctrl+p")
        await session.shows(Picker)
        await session.type("write agents")
        await session.until_seen("/init")
        await session.pilot.press("enter")
        await session.until(lambda: session.screen.composer.text == "/init ")


async def test_what_is_typed_after_a_command(begin: Begin) -> None:
    with FakeProvider([[text("Hi.")]]) as provider:
        async with begin(provider) as session:
            await session.say("/agent-sage")
            await session.until(lambda: session.current.agent == "sage")
            await session.say("/model openai_compatible/other/model")
            await session.until(lambda: session.current.model == "other/model")
            await session.say_and_wait("Hello")
            assert provider.requests[-1].body["model"] == "other/model"
            await session.say("/rename A better one")
            await session.until_seen("A better one")
            await session.say("/agent nobody")
            await session.shows(Picker)
