"""Who answers: picked, with its models; what it cannot do; who is signed in to it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from codexstage import CodexStage
from fakes.steps import text
from grafftui.cli.arguments import BACKENDS
from grafftui.settings.settings import Settings
from grafftui.ui.screens.confirm import Confirm
from grafftui.ui.screens.keys import KeysScreen
from grafftui.ui.screens.picker import Picker
from grafftui.ui.screens.sign_in import KeyPrompt, SignIn
from grafftui.ui.screens.text_editor import TextEditor
from grafftui.ui.screens.whole_text import WholeText
from session.session_stage import Begin, Session

pytestmark = pytest.mark.needs("codex")

Stages = Callable[..., CodexStage]


async def pick(session: Session, words: str) -> None:
    """Choose by a few letters in the picker that is about to come."""
    await session.shows(Picker)
    await session.type(words)
    await session.until(lambda: session.app.screen.query_one(Input).value == words)
    await session.pilot.press("enter")


async def over(session: Session) -> None:
    """Until the turn that was begun is over."""
    await session.until(lambda: session.current.id and not session.current.in_turn)


def test_the_command_line_names_the_backends_of_the_settings() -> None:
    assert set(BACKENDS) == set(Settings.model_json_schema()["properties"]["backend"]["enum"])


async def test_a_backend_a_model_and_an_effort_are_picked(
    stages: Stages, begin_codex: Begin
) -> None:
    stage = stages([[text("Hello.")]])
    async with begin_codex(stage, backend="graff") as session:
        assert session.current.backend == "graff"
        await session.say("/backend")
        await pick(session, "codex")
        await session.until(lambda: session.current.backend == "codex")
        await session.say("/model")
        await pick(session, "5.5")
        await session.until(lambda: session.current.model == "gpt-5.5")
        await session.say("/reasoning-effort")
        await pick(session, "low")
        await session.until(lambda: session.current.effort == "low")
        await session.until_seen("codex · gpt-5.5 low")
        await session.say("hello")
        await over(session)
        body = stage.fake.requests[-1].body
        assert (body["model"], body["reasoning"]["effort"]) == ("gpt-5.5", "low")


async def test_without_codex_it_is_said_how_to_get_it(
    stages: Stages, begin_codex: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stages()
    async with begin_codex(stage, backend="graff") as session:
        monkeypatch.setenv("PATH", "/nowhere")
        monkeypatch.setitem(sys.modules, "codex_cli_bin", None)
        await session.say("/backend")
        await session.shows(Picker)
        await session.until_seen("cannot be used")
        await session.type("codex")
        await session.pilot.press("enter")
        await session.until_seen("pip install 'grafftui[codex]'")
        assert session.current.backend == "graff"


WHY = {
    "/context": "tells only how large it is",
    "/ledger": "keeps its context to itself",
    "/act": "agents and their tools do not answer here",
    "/tools": "is an agent of its own",
    "!ls": "would not be told of commands of your own",
}


async def test_what_it_cannot_do_says_why(stages: Stages, begin_codex: Begin) -> None:
    async with begin_codex(stages([[text("Hello.")]])) as session:
        await session.say("hello")
        await over(session)
        for said, why in WHY.items():
            await session.say(said)
            await session.until(lambda why=why: why in told(session), why)  # type: ignore[misc]


def told(session: Session) -> str:
    """What was said beside the conversation, and what is in it."""
    beside = [notification.message for notification in session.app._notifications]
    return " ".join([*beside, *(entry.text for entry in session.current.entries)])


KEY = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"


async def test_signing_in_with_a_key_and_out(
    stages: Stages, begin_codex: Begin, home: Path
) -> None:
    stage = stages()
    config = stage.home / "config.toml"
    needing = "requires_openai_auth = true\nwire_api ="
    config.write_text(config.read_text().replace("wire_api =", needing))
    async with begin_codex(stage) as session:
        await session.until_seen("codex · gpt-5.5 · not signed in")
        await session.say("/sign-in")
        await pick(session, "API key")
        await session.shows(KeyPrompt)
        session.app.screen.query_one(Input).value = KEY
        await session.pilot.press("enter")
        await session.until_seen("Codex: with an API key.")
        assert KEY in (stage.home / "auth.json").read_text()
        await session.say("/info")
        await session.shows(WholeText)
        await session.until_seen("account    with an API key")
        await session.pilot.press("escape")
        await session.say("/sign-out")
        await session.shows(Confirm)
        session.app.screen.dismiss(True)
        await session.until_seen("Codex: not signed in.")
        assert not (stage.home / "auth.json").exists()
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert KEY.encode() not in written


class Begun:
    """A sign-in as `backends.codex.Login` has it, which is over when it is told."""

    id = "login-1"
    url = "https://auth.example/authorize?state=a&x=\x1b[31mred"
    code = "ABCD-1234"

    def __init__(self) -> None:
        self.over = threading.Event()
        self.ended: dict[str, Any] = {"success": True}
        self.cancelled = False

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        self.over.wait(10)
        return self.ended

    def cancel(self) -> None:
        self.cancelled = True
        self.ended = {"success": False, "error": "cancelled"}
        self.over.set()


async def test_a_sign_in_shows_its_address_and_waits(stages: Stages, begin_codex: Begin) -> None:
    async with begin_codex(stages(), backend="graff") as session:
        await session.say("/login")
        await session.shows(KeysScreen)
        await session.pilot.press("escape")
        said: list[str | None] = []
        login = Begun()
        session.app.push_screen(SignIn("Codex", login), said.append)  # type: ignore[arg-type]
        await session.shows(SignIn)
        await session.until_seen("https://auth.example/authorize", "Code: ABCD-1234")
        await session.pilot.press("c")
        await session.until(lambda: "auth.example" in session.app.clipboard)
        assert "\x1b" not in session.app.clipboard
        login.over.set()
        await session.until(lambda: said == [""])

        login = Begun()
        session.app.push_screen(SignIn("Codex", login), said.append)  # type: ignore[arg-type]
        await session.shows(SignIn)
        await session.pilot.press("escape")
        await session.until(lambda: len(said) == 2 and login.cancelled)
        assert said[1]
        await session.say("still here")


async def test_a_conversation_is_handed_over_and_back(stages: Stages, begin_codex: Begin) -> None:
    stage = stages([[text("Ours.")], [text("Theirs.")], [text("Ours again.")]])
    async with begin_codex(stage, backend="graff") as session:
        await session.say("paint it blue")
        await session.until_seen("Ours.")
        await over(session)
        id = session.current.id
        turns = (("codex", "Codex", "Theirs."), ("graff", "grafftui", "Ours again."))
        for to, title, seen in turns:
            await session.say("/hand-over")
            await session.shows(Picker)
            await session.pilot.press("enter")
            await session.shows(TextEditor)
            await session.until_seen("paint it blue")
            await session.pilot.press("home", *"NB ")
            await session.pilot.press("ctrl+s")
            await session.until(lambda to=to: session.current.backend == to)  # type: ignore[misc]
            await over(session)
            await session.until_seen(f"From here on {title} answers")
            await session.say("go on")
            await session.until_seen(seen)
            await over(session)
            assert session.current.id == id
            asked = str(stage.fake.requests[-1].body)
            assert "NB " in asked and "paint it blue" in asked and "go on" in asked


async def test_what_was_said_elsewhere_is_in_the_list(
    stages: Stages, begin_codex: Begin, clients: Callable[..., Any]
) -> None:
    stage = stages([[text("From elsewhere.")]])
    where = {"cwd": str(stage.workspace)}
    elsewhere = clients(stage.options())
    elsewhere.responses_create(prompt="elsewhere", thread_params=where)
    elsewhere.close()
    async with begin_codex(stage) as session:
        await session.until_seen("elsewhere · codex")
        (row,) = (row for row in session.screen.rows if row.title == "elsewhere")
        await session.screen.open_row(row)
        await session.until_seen("From elsewhere.", "asked yet")
