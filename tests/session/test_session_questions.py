"""Questions of agents on the screen: answered by keys, never by typing."""

from __future__ import annotations

import json
import time
from typing import Any

from session_stage import Begin, Session, answering
from textual.widgets import Input

from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.ui.widgets.question_panel import QuestionPanel

ONE = tool("followup", {"question": "Which colour?", "option1": "red", "option2": "blue"})
MANY = tool(
    "followup",
    {"question": "Which?", "multiple": True, "option1": "a", "option2": "b", "option3": "c"},
)
OPEN = tool("followup", {"question": "Which name?\n\x1b[31mred\x1b[0m [bold]x[/bold]"})
MUSE: dict[str, Any] = {"agent": "muse"}


def result(provider: FakeProvider) -> str:
    """What the model was told last."""
    return str(provider.requests[-1].body["messages"][-1]["content"])


def panel(session: Session) -> QuestionPanel:
    return session.screen.query_one(QuestionPanel)


async def asked(session: Session) -> QuestionPanel:
    """Wait until a question stands on the screen, and listens."""
    await session.until(lambda: session.screen.query("QuestionPanel.-open"), "no question came")
    shown = panel(session)
    await session.until(lambda: shown._bodies() and shown.all_seen(), "it is not whole")
    await session.pilot.press("ctrl+g")
    await session.until(lambda: shown.has_focus)
    await session.until(lambda: time.monotonic() >= shown._deaf_until, "it never listens")
    return shown


async def test_an_option_is_chosen(begin: Begin) -> None:
    with FakeProvider([[ONE], [text("Red it is.")]]) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("paint")
            await asked(session)
            await session.until_seen("muse asks", "Which colour?", "1 red", "2 blue", "l later")
            assert "1 waiting" in session.text and session.current.phase == "waiting"
            await session.pilot.press("2")
            await session.until_seen("Red it is.")
            assert result(provider) == '<answer by="person">\n- blue\n</answer>'
            await session.until(lambda: session.screen.composer.has_focus)
            assert not panel(session).has_class("-open")
            assert "waiting" not in session.text


async def test_several_are_chosen(begin: Begin) -> None:
    with FakeProvider([[MANY], [text("So be it.")]]) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("choose")
            shown = await asked(session)
            await session.until_seen("1 2 3 choose")
            await session.pilot.press("d")
            await session.until_seen("nothing is chosen")
            for key, seen in (("1", "1 [x] a"), ("3", "3 [x] c"), ("1", "1 [ ] a")):
                await session.pilot.press(key)
                await session.until_seen(seen)
                await session.until(lambda: not shown._held)
            await session.pilot.press("d")
            await session.until(lambda: not shown._held)
            if shown.has_class("-open") and "once more" in session.text:
                await session.pilot.press("d")
            await session.until_seen("So be it.")
            assert result(provider) == '<answer by="person">\n- c\n</answer>'


async def test_own_words(begin: Begin) -> None:
    with FakeProvider([[OPEN], [text("A good name.")]]) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("name it")
            await asked(session)
            await session.until_seen("Which name?", "[bold]x[/bold]")
            await session.pilot.press("o")
            await session.until(lambda: session.app.screen.query(Input))
            await session.type("rosebud")
            await session.pilot.press("enter")
            await session.until_seen("A good name.")
            assert result(provider) == '<answer by="person">\nrosebud\n</answer>'


async def test_no_answer_and_later(begin: Begin) -> None:
    with FakeProvider([[ONE], [text("Then none.")]]) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("paint")
            shown = await asked(session)
            await session.pilot.press("enter")  # the mark is on “later”
            await session.until(lambda: session.screen.composer.has_focus)
            assert shown.has_class("-open") and len(provider.requests) == 1
            session.screen.composer.last_key_at = 0.0
            await session.screen.show_question()
            assert session.screen.composer.has_focus  # it does not come back by itself
            await asked(session)
            await session.pilot.press("s")
            await session.until_seen("Then none.")
            assert "gave no answer" in result(provider)


async def test_typing_is_no_answer(begin: Begin) -> None:
    with FakeProvider([[ONE]]) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("paint")
            shown = await asked(session)
            await session.type("12 so lots")
            await session.until(lambda: session.screen.composer.text == "12 so lots")
            assert shown.has_class("-open") and len(provider.requests) == 1
            await session.pilot.press("escape")
            await session.until(lambda: not session.current.running)
            await session.until(lambda: not shown.has_class("-open"))


async def test_what_typing_has_picked_is_taken_back(begin: Begin) -> None:
    with FakeProvider([[MANY]]) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("choose")
            shown = await asked(session)
            await session.pilot.press("3", "x")
            await session.until(lambda: session.screen.composer.text == "3x")
            await session.until_seen("3 [ ] c")
            assert not shown._picked and len(provider.requests) == 1


async def test_typing_while_a_question_comes(begin: Begin) -> None:
    with FakeProvider([[MANY]]) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("choose")
            await session.type("1231 d 2")
            await session.until(lambda: session.screen.query("QuestionPanel.-open"))
            await session.type(" 1d")
            assert session.screen.composer.text == "1231 d 2 1d"
            assert not panel(session)._picked and len(provider.requests) == 1


async def test_a_question_of_another_conversation(begin: Begin) -> None:
    script = answering(paint=[[ONE], [text("Blue then.")]], hello=[[text("Hi.")]])
    with FakeProvider(handler=script) as provider:
        async with begin(provider, options=MUSE) as session:
            await session.say("paint")
            await session.until(lambda: session.screen.query("QuestionPanel.-open"))
            await session.pilot.press("ctrl+n")
            await session.until(lambda: session.current.id is None)
            await session.until(lambda: not panel(session).has_class("-open"))
            await session.say_and_wait("hello")
            assert "1 waiting" in session.text
            await session.pilot.press("ctrl+g")
            await asked(session)
            await session.until_seen("muse asks in “paint”")
            await session.pilot.press("2")
            await session.until(lambda: not session.desk.questions)
            await session.until(lambda: "blue" in json.dumps(provider.requests[-1].body))


async def test_a_question_of_a_sub_agent_says_whose_it_is(begin: Begin) -> None:
    task = tool("task", {"tasks": ["paint"], "agent_id": "muse"})
    with FakeProvider([[task], [ONE], [text("Red.")], [text("Painted.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await asked(session)
            await session.until_seen("Muse asks", "1 red")
            await session.pilot.press("1")
            await session.until_seen("Painted.")
            assert not session.desk.questions
