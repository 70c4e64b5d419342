"""Help says what the keys are, not what they were."""

from __future__ import annotations

from dialog_host import screen_text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from grafftui.ui.commands import Command
from grafftui.ui.screens.help import HelpScreen, key_names, topics
from grafftui.ui.widgets.composer import Composer

COMMANDS = (
    Command("new", "New conversation", "Start an empty one", "ctrl+n", "Conversations"),
    Command("delete", "Delete conversation", "After a question", "", "Conversations"),
    Command("help", "Help", "All keys", "f1", "Screen"),
)


class Session(Screen[None]):
    BINDINGS: list[BindingType] = [  # noqa: RUF012
        Binding(one.keys, f"command('{one.id}')", one.title, id=one.id, priority=True)
        for one in COMMANDS
        if one.keys
    ]

    def compose(self) -> ComposeResult:
        yield Composer()

    def on_mount(self) -> None:
        self.query_one(Composer).focus()

    def action_command(self, name: str) -> None:
        self.app.push_screen(HelpScreen(self, COMMANDS))


class Host(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def on_mount(self) -> None:
        self.push_screen(Session())


def lines(screen: Screen[None]) -> dict[str, str]:
    """What each key does, or each thing its keys, for looking up."""
    return {what: keys for topic in topics(screen, COMMANDS) for keys, what in topic.lines}


async def test_commands_by_group_with_their_keys() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        found = topics(app.screen, COMMANDS)
        assert [topic.title for topic in found][:2] == ["Conversations", "Screen"]
        assert found[0].lines == (
            ("Ctrl+N", "New conversation – Start an empty one"),
            ("/delete", "Delete conversation – After a question"),
        )


async def test_what_has_the_focus_is_explained() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        shown = lines(app.screen)
        assert shown["Send"] == "Enter"
        assert shown["New line"] == "Shift+Enter, Ctrl+J, Alt+Enter"


async def test_changed_keys_are_the_ones_shown() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.set_keymap({"new": "f7", "composer.send": "ctrl+s"})
        shown = lines(app.screen)
        assert shown["New conversation – Start an empty one"] == "F7"
        assert shown["Send"] == "Ctrl+S"


async def test_it_opens_scrolls_and_closes() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("f1")
        await pilot.pause()
        assert "New conversation" in screen_text(app)
        await pilot.press("end")
        await pilot.pause()
        assert "New conversation" not in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Session)


def test_names_of_keys() -> None:
    assert key_names(["ctrl+n", "f2"]) == "Ctrl+N, F2"
    assert key_names(["question_mark", "shift+tab", "A", "pageup"]) == "?, Shift+Tab, A, PgUp"


async def test_what_a_key_does_is_wrapped_beside_it() -> None:
    app = Host()
    async with app.run_test(size=(52, 30)) as pilot:
        await pilot.pause()
        await pilot.press("f1")
        await pilot.pause()
        found = screen_text(app).splitlines()
        at = next(n for n, line in enumerate(found) if "New conversation" in line)
        assert found[at + 1].index("Start an empty one") == found[at].index("New conversation")
