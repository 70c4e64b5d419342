"""Turns as a person at a terminal has them: streamed, asked for, declined, interrupted."""

from __future__ import annotations

import json
from pathlib import Path

from app_stage import Provide, answer, left_in_order, numbered, read_then, say

from fakes.steps import text, tool
from ptyharness import Open

EDIT = tool("patch", {"file_path": "prices.txt", "old_string": "milk 2", "new_string": "milk 4"})


def test_an_answer_streams_and_the_app_quits_in_order(app: Open, provide: Provide) -> None:
    provider = provide([text(numbered(60), rate=60)])
    term = app(provider)
    say(term, "count for me")
    term.wait_for("w5.")
    assert "w59." not in term.text
    term.wait_for("w59.")
    term.wait_for("done")
    term.press("ctrl+q")
    left_in_order(term, 0)
    assert term.text.strip() == ""
    messages = provider.requests[-1].body["messages"]
    assert messages[-1]["content"] == "count for me"


def test_an_approved_edit_is_on_disk_and_not_before(
    app: Open, provide: Provide, workspace: Path
) -> None:
    term = app(provide(*read_then(EDIT), [text("All set.")]))
    say(term, "milk is 4 now")
    term.wait_for("milk 4")
    assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 2\n"
    answer(term, "Make this edit?", "a")
    term.wait_for("All set.")
    assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 4\n"


def test_a_declined_command_does_not_run(app: Open, provide: Provide, workspace: Path) -> None:
    provider = provide(
        [tool("shell", {"command": "touch ran; echo it ran"})], [text("As you wish.")]
    )
    term = app(provider)
    say(term, "run it")
    answer(term, "Run this command?", "r")
    term.wait_for("As you wish.")
    assert not (workspace / "ran").exists()
    assert "permission_denied" in json.dumps(provider.requests[-1].body["messages"][-1])


def test_a_reason_goes_to_the_model(app: Open, provide: Provide, workspace: Path) -> None:
    provider = provide([tool("shell", {"command": "touch ran"})], [text("Then not.")])
    term = app(provider)
    say(term, "run it")
    answer(term, "Run this command?", "R")
    term.wait_for("Reject, because")
    term.type("the disk is full")
    term.press("enter")
    term.wait_for("Then not.")
    assert not (workspace / "ran").exists()
    assert "the disk is full" in json.dumps(provider.requests[-1].body["messages"][-1])


def test_an_approved_command_runs(app: Open, provide: Provide, workspace: Path) -> None:
    term = app(provide([tool("shell", {"command": "touch ran"})], [text("It ran.")]))
    say(term, "run it")
    answer(term, "Run this command?", "a")
    term.wait_for("It ran.")
    assert (workspace / "ran").exists()


def test_escape_interrupts_and_the_next_prompt_goes(app: Open, provide: Provide) -> None:
    provider = provide([text(numbered(2000), rate=50)], [text("Hello again.")])
    term = app(provider)
    say(term, "count for me")
    term.wait_for("w20.")
    term.press("escape")
    term.wait_for("ready")
    assert provider.disconnected.wait(5)
    say(term, "and now hello")
    term.wait_for("Hello again.")


def test_typing_never_answers_a_question(app: Open, provide: Provide, workspace: Path) -> None:
    term = app(
        provide(
            [text(numbered(30), rate=60), tool("shell", {"command": "touch ran"})],
            [text("Declined, I see.")],
        )
    )
    say(term, "run it")
    term.wait_for("w3.")
    typed = "a A aa r AaA a a banana A\tAha a a" * 4
    for character in typed.replace("\t", " "):
        term.type(character)
    term.wait_for("Run this command?")
    for character in "a A a A":
        term.type(character)
    term.wait_for(lambda t: "a A a A" in " ".join(t.text.split()))
    assert "Run this command?" in term.text
    assert not (workspace / "ran").exists()


EDITOR = """#!/bin/sh
printf 'the editor has %s\\n' "$(basename "$1")"
read -r line < /dev/tty
sed -i 's/milk 4/milk 5/' "$1"
printf '%s\\n' "$line" >> "$1"
"""


def test_what_is_applied_is_what_the_editor_left(
    app: Open, provide: Provide, workspace: Path, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    provider = provide(*read_then(EDIT), [text("All set.")])
    term = app(provider, env={"EDITOR": str(editor)})
    say(term, "milk is 4 now")
    answer(term, "Make this edit?", "E")
    term.wait_for("the editor has prices.txt")
    term.type("cocoa 7\n")
    term.wait_for("once, as changed")
    term.wait_for(lambda t: "milk 5" in t.text and "cocoa 7" in t.text)
    assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 2\n"
    answer(term, "Make this edit?", "a")
    term.wait_for("All set.")
    assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 5\ncocoa 7\n"
    assert "cocoa 7" in json.dumps(provider.requests[-1].body["messages"][-1])  # the model knows
    term.press("ctrl+q")
    left_in_order(term, 0)


def test_the_prompt_and_the_settings_are_written_in_the_editor(
    app: Open, provide: Provide, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    provider = provide([text("Brewed.")])
    term = app(provider, env={"EDITOR": str(editor)})
    term.wait_for("ready")
    term.type("brew ")
    term.press("alt+e")
    term.wait_for("the editor has prompt.md")
    term.type("some tea\n")
    term.wait_for("› brew some tea")
    term.press("enter")
    term.wait_for("Brewed.")
    said = provider.requests[-1].body["messages"][-1]["content"]
    assert said.split() == ["brew", "some", "tea"]
    say(term, "/config-edit")
    term.wait_for("the editor has settings.toml")
    term.type("vim = true\n")
    term.wait_for("INSERT")
    term.press("ctrl+q")
    left_in_order(term, 0)


def test_an_editor_that_cannot_be_started_leaves_the_screen_as_it_was(
    app: Open, provide: Provide
) -> None:
    term = app(provide([text("Brewed.")]), env={"EDITOR": "/no/such/editor"})
    term.wait_for("ready")
    term.type("brew")
    term.press("alt+e")
    term.wait_for("cannot be started")
    term.press("enter")
    term.wait_for("Brewed.")
    term.press("ctrl+q")
    left_in_order(term, 0)
