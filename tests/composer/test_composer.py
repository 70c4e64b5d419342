"""The composer on a screen: keys, pastes, history, completions."""

from __future__ import annotations

import time

import pytest
from composer_host import Desk, Host
from textual import events
from textual.geometry import Size

from grafftui.ui.composing.pasting import MAX_PROMPT
from grafftui.ui.widgets.composer import Composer

A_KEY = "sk-ant-api03-" + "Ab1_" * 20


async def paste(desk: Desk, text: str) -> None:
    desk.app.post_message(events.Paste(text))
    await desk.pilot.pause()


async def after_the_paste(desk: Desk) -> None:
    """Until Enter means Enter again."""
    desk.composer._paste_ends_at = 0.0


def submitted(desk: Desk) -> list[Composer.Submitted]:
    return [said for said in desk.app.said if isinstance(said, Composer.Submitted)]


# -- writing and sending -------------------------------------------------------------------


async def test_enter_sends_and_empties_it(desk: Desk) -> None:
    await desk.type("hello there")
    await desk.press("enter")
    assert submitted(desk) == [Composer.Submitted("hello there", shell=False)]
    assert desk.composer.is_empty
    await desk.press("ctrl+z")
    assert desk.composer.is_empty


async def test_a_suggestion_is_sent_once_by_enter_alone(desk: Desk) -> None:
    desk.composer.suggestion = "do it"
    await desk.press("enter", "enter")
    assert submitted(desk) == [Composer.Submitted("do it", shell=False)]


async def test_what_is_typed_goes_instead_of_a_suggestion(desk: Desk) -> None:
    desk.composer.suggestion = "do it"
    await desk.type("no")
    await desk.press("enter")
    assert submitted(desk) == [Composer.Submitted("no", shell=False)]
    await desk.press("tab")
    await desk.type("!")
    assert desk.composer.text == "do it!"


async def test_keys_that_come_together_are_done_in_order(desk: Desk) -> None:
    await desk.type("old")
    for key in ("ctrl+u", "h", "i", "enter", "n", "e", "x", "t"):
        desk.composer.post_message(events.Key(key, key if len(key) == 1 else None))
    await desk.pilot.pause()
    assert submitted(desk) == [Composer.Submitted("hi", shell=False)]
    assert desk.composer.text == "next"


async def test_nothing_is_sent_when_nothing_is_written(desk: Desk) -> None:
    await desk.press("enter", "space", "enter", "ctrl+u", "exclamation_mark", "enter")
    assert submitted(desk) == []


@pytest.mark.parametrize("key", ["shift+enter", "ctrl+j", "alt+enter"])
async def test_new_lines(desk: Desk, key: str) -> None:
    await desk.press("a", key, "b")
    assert desk.composer.prompt_text == "a\nb"
    assert submitted(desk) == []


async def test_it_grows_to_eight_rows_and_keeps_the_cursor_in_sight(desk: Desk) -> None:
    for number in range(1, 12):
        await desk.pilot.pause()
        assert desk.composer.size.height == min(8, number)
        await desk.type(str(number % 10))
        await desk.press("ctrl+j")
    await desk.pilot.pause()
    assert desk.drawn()[-2:] == ["   1", ""]
    for _ in range(11):
        await desk.press("up")
    await desk.pilot.pause()
    assert desk.drawn()[0] == " › 1"


async def test_it_shrinks_again(desk: Desk) -> None:
    await desk.press("a", "ctrl+j", "b", "backspace", "backspace")
    await desk.pilot.pause()
    assert desk.composer.size.height == 1


async def test_a_narrow_screen_wraps_again(desk: Desk) -> None:
    await desk.type("one two three four five six")
    await desk.pilot.resize_terminal(16, 12)
    await desk.pilot.pause()
    assert desk.drawn() == [" › one two", "   three four", "   five six"]


async def test_the_cursor_stays_with_its_letter_when_the_width_changes(desk: Desk) -> None:
    await desk.type("one two three four five six")
    await desk.press("ctrl+left")
    for width in (16, 40, 20):
        await desk.pilot.resize_terminal(width, 12)
        await desk.pilot.pause()
        x, y = desk.composer.cursor_cell
        assert desk.drawn()[y][x : x + 3] == "six"
        assert (
            desk.app.cursor_position
            == desk.composer.content_region.offset + desk.composer.cursor_cell
        )


async def test_what_is_loaded_before_the_first_layout_is_drawn() -> None:
    app = Host()
    app.at_first = "\n".join(f"line {number}" for number in range(30))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        desk = Desk(app, app.query_one(Composer), pilot)
        assert desk.drawn() == [f"   line {number}" for number in range(22, 30)]


async def test_a_key_repaints_one_row_and_lays_nothing_out(desk: Desk) -> None:
    await desk.press("a", "ctrl+j", "b")
    await desk.pilot.pause()
    layouts = desk.app.screen._layout_updates
    painted: list[int] = []
    draw = desk.composer.render_line
    desk.composer.render_line = lambda y: painted.append(y) or draw(y)  # type: ignore[method-assign, func-returns-value]
    await desk.press("c")
    await desk.pilot.pause()
    assert set(painted) == {1}
    assert desk.app.screen._layout_updates == layouts


async def test_the_time_of_the_last_key_is_known(desk: Desk) -> None:
    assert desk.composer.last_key_at == 0
    before = time.monotonic()
    await desk.press("left")
    assert before <= desk.composer.last_key_at <= time.monotonic()


async def test_control_characters_are_not_typed(desk: Desk) -> None:
    for character in ("\x1b", "\u202e", "\U000f0000"):
        desk.app.post_message(events.Key("unknown", character))
    await desk.pilot.pause()
    assert desk.composer.is_empty


async def test_emoji_can_be_typed_character_by_character(desk: Desk) -> None:
    for character in "👩\u200d💻":
        desk.app.post_message(events.Key("unknown", character))
    await desk.pilot.pause()
    assert desk.composer.prompt_text == "👩\u200d💻"
    await desk.press("backspace")
    assert desk.composer.is_empty


# -- editing -------------------------------------------------------------------------------


async def test_clear_undo_redo(desk: Desk) -> None:
    await desk.type("one two")
    await desk.press("ctrl+u")
    assert desk.composer.is_empty
    await desk.press("ctrl+z")
    assert desk.composer.text == "one two"
    await desk.press("ctrl+y")
    assert desk.composer.is_empty


async def test_delete_a_word(desk: Desk) -> None:
    await desk.type("one two")
    await desk.press("ctrl+w")
    assert desk.composer.text == "one "


async def test_select_and_cut_then_copy_goes_to_the_host(desk: Desk) -> None:
    await desk.type("one two")
    await desk.press("ctrl+shift+left", "ctrl+x")
    assert desk.composer.text == "one "
    assert desk.app.clipboard == "two"
    await desk.press("ctrl+c")
    assert desk.app.interrupts == 1


async def test_moving_up_and_down_keeps_the_column(desk: Desk) -> None:
    await desk.type("long line")
    await desk.press("ctrl+j", "a", "ctrl+j")
    await desk.type("third line")
    await desk.press("up", "up", "x")
    assert desk.composer.prompt_text == "long linex\na\nthird line"


async def test_the_mouse_sets_the_cursor_and_selects(desk: Desk) -> None:
    await desk.type("hello world")
    await desk.pilot.click(Composer, offset=(3 + 5, 0))
    await desk.press("comma")
    assert desk.composer.text == "hello, world"
    await desk.pilot.mouse_down(Composer, offset=(3, 0))
    await desk.pilot.hover(Composer, offset=(3 + 6, 0))
    await desk.pilot.mouse_up(Composer, offset=(3 + 6, 0))
    await desk.press("delete")
    assert desk.composer.text == " world"


# -- pasting -------------------------------------------------------------------------------


async def test_a_paste_never_sends(desk: Desk) -> None:
    await paste(desk, "rm -rf /\r")
    assert submitted(desk) == []
    assert desk.composer.prompt_text == "rm -rf /\n"


async def test_a_paste_that_ends_itself_early_does_not_send_either(desk: Desk) -> None:
    await paste(desk, "harmless")
    await desk.press("y", "enter")
    assert submitted(desk) == []
    assert desk.composer.prompt_text == "harmlessy\n"
    await after_the_paste(desk)
    await desk.press("enter")
    assert len(submitted(desk)) == 1


async def test_a_long_paste_is_one_chip_and_sent_in_full(desk: Desk) -> None:
    await desk.type("see ")
    await paste(desk, "x" * 1_234)
    assert desk.composer.text == "see [Pasted 1,234 characters]"
    assert desk.composer.prompt_text == "see " + "x" * 1_234
    await after_the_paste(desk)
    await desk.press("enter")
    assert submitted(desk)[0].text == "see " + "x" * 1_234


async def test_a_paste_of_many_lines_is_one_chip(desk: Desk) -> None:
    await paste(desk, "line\r" * 100_000)
    await desk.pilot.pause()
    assert desk.composer.text == "[Pasted 500,000 characters]"
    assert desk.composer.size == Size(40, 1)


async def test_a_paste_of_10_mb_is_refused(desk: Desk) -> None:
    await desk.type("kept")
    await paste(desk, "x" * 10_000_000)
    assert desk.app.said[-1] == Composer.PasteRefused(10_000_000)
    assert desk.composer.prompt_text == "kept"


async def test_many_pastes_cannot_go_beyond_the_limit(desk: Desk) -> None:
    for _ in range(3):
        await paste(desk, "x" * (MAX_PROMPT // 2))
    assert len(desk.composer.prompt_text) == MAX_PROMPT
    assert isinstance(desk.app.said[-1], Composer.PasteRefused)


async def test_a_paste_is_cleaned(desk: Desk) -> None:
    await paste(desk, "a\x1b[2Jb\x00c\x9b31md\x1b]52;c;AAAA\x07e")
    assert desk.composer.prompt_text == "ab␀cde"


async def test_a_pasted_key_is_left_out(desk: Desk) -> None:
    await paste(desk, f"it is {A_KEY}, is it not?")
    assert isinstance(desk.app.said[-1], Composer.KeyPasted)
    assert desk.composer.prompt_text == "it is ‹redacted:anthropic-key›, is it not?"
    await paste(desk, A_KEY + "\n" * 100)  # shown as its label
    for key in ("ctrl+z", "ctrl+z", "ctrl+y"):
        await desk.press(key)
        assert A_KEY not in desk.composer.prompt_text
    assert A_KEY not in repr(vars(desk.composer)) + repr(vars(desk.composer.draft))


# -- earlier prompts -----------------------------------------------------------------------


async def test_up_and_down_walk_earlier_prompts(desk: Desk) -> None:
    desk.composer.history = ["newest", "two\nlines", "oldest"]
    await desk.type("half")
    shown = []
    for key in ("up", "up", "up", "up", "down", "down", "down", "down", "down"):
        await desk.press(key)
        shown.append(desk.composer.prompt_text)
    older = ["newest", "two\nlines", "oldest", "oldest"]
    newer = ["two\nlines", "newest", "half", "half", "half"]
    assert shown[:4] == older
    assert list(dict.fromkeys(shown[4:])) == newer[:3]


async def test_up_moves_inside_the_draft_first(desk: Desk) -> None:
    desk.composer.history = ["earlier"]
    await desk.press("a", "ctrl+j", "b", "up")
    assert desk.composer.prompt_text == "a\nb"
    await desk.press("up")
    assert desk.composer.prompt_text == "earlier"


async def test_a_pasted_block_survives_a_walk(desk: Desk) -> None:
    desk.composer.history = ["earlier"]
    await paste(desk, "x" * 2_000)
    await desk.press("up", "down")
    assert desk.composer.prompt_text == "x" * 2_000


async def test_search_finds_and_enter_takes_it(desk: Desk) -> None:
    desk.composer.history = ["run tests", "fix parser", "run linter"]
    await desk.type("draft")
    await desk.press("ctrl+r", "r", "u", "n")
    await desk.pilot.pause()
    assert desk.drawn() == [" search: run▏", " › run tests"]
    await desk.press("ctrl+r")
    await desk.pilot.pause()
    assert desk.drawn()[1] == " › run linter"
    await desk.press("enter")
    assert desk.composer.prompt_text == "run linter"
    assert submitted(desk) == []
    await desk.press("ctrl+z")
    assert desk.composer.prompt_text == "draft"


async def test_escape_leaves_the_search_and_is_not_the_hosts(desk: Desk) -> None:
    desk.composer.history = ["run tests"]
    await desk.type("draft")
    await desk.press("ctrl+r", "r", "x", "backspace", "escape")
    await desk.pilot.pause()
    assert desk.composer.prompt_text == "draft"
    assert desk.drawn() == [" › draft"]
    assert desk.app.escapes == 0
    await desk.press("escape")
    assert desk.app.escapes == 1


async def test_a_search_without_a_hit_says_so(desk: Desk) -> None:
    desk.composer.history = ["run tests"]
    await desk.press("ctrl+r", "z")
    await desk.pilot.pause()
    assert desk.drawn()[0] == " search: z▏  nothing found"


async def test_a_huge_earlier_prompt_is_one_chip(desk: Desk) -> None:
    desk.composer.history = ["x" * 50_000]
    await desk.press("up")
    assert desk.composer.text == "[Pasted 50,000 characters]"
    assert len(desk.composer.prompt_text) == 50_000


# -- shell, commands, files ----------------------------------------------------------------


async def test_an_exclamation_mark_makes_it_a_shell(desk: Desk) -> None:
    await desk.type("!ls -l")
    await desk.pilot.pause()
    assert desk.composer.has_class("-shell")
    assert desk.drawn() == [" ! !ls -l"]
    await desk.press("enter")
    assert submitted(desk) == [Composer.Submitted("ls -l", shell=True)]
    assert not desk.composer.has_class("-shell")


async def test_a_slash_at_the_start_is_a_command(desk: Desk) -> None:
    await desk.type("/he")
    assert desk.app.said == [Composer.CommandTyped(prefix) for prefix in ("", "h", "he")]
    await desk.type(" /x")
    assert len(desk.app.said) == 3


async def test_an_at_sign_at_a_word_start_is_a_file(desk: Desk) -> None:
    await desk.type("mail@me @sr")
    assert desk.app.said == [Composer.FileTyped(prefix) for prefix in ("", "s", "sr")]
    desk.composer.complete("@src/app.py")
    assert desk.composer.text == "mail@me @src/app.py "


class Popup:
    """A popup that notes what it is told."""

    def __init__(self, query: str = "he") -> None:
        self.is_open = True
        self.query_text = query
        self.told: list[str] = []

    def move(self, rows: int) -> None:
        self.told.append(f"move {rows}")

    def choose(self) -> None:
        self.told.append("choose")

    def close(self) -> None:
        self.told.append("close")
        self.is_open = False


async def test_an_open_popup_gets_the_keys(desk: Desk) -> None:
    desk.composer.popup = popup = Popup()
    await desk.type("/he")
    await desk.press("down", "up", "tab", "enter")
    assert popup.told == ["move 1", "move -1", "choose", "choose"]
    assert submitted(desk) == []
    await desk.press("escape")
    assert popup.told[-1] == "close"
    assert desk.app.escapes == 0
    said = len(desk.app.said)
    await desk.press("l")  # dismissed: not offered again for this name
    assert len(desk.app.said) == said


async def test_a_popup_that_is_a_key_behind_is_not_taken(desk: Desk) -> None:
    """Typed faster than it is drawn, "/he" is no choice of what "/" would have offered first."""
    desk.composer.popup = popup = Popup("")
    await desk.type("/he")
    await desk.press("tab")
    assert popup.told == [] and submitted(desk) == []
    await desk.press("enter")
    assert popup.told == ["close"]
    assert [message.text for message in submitted(desk)] == ["/he"]


async def test_a_file_that_is_named_halfway_is_not_sent(desk: Desk) -> None:
    await desk.type("see @r")
    desk.composer.popup = popup = Popup("r")
    await desk.press("e")
    await desk.press("enter")
    assert popup.told == ["close"] and submitted(desk) == []
    await desk.press("enter")
    assert [message.text for message in submitted(desk)] == ["see @re"]


async def test_leaving_the_name_closes_the_popup(desk: Desk) -> None:
    desk.composer.popup = popup = Popup()
    await desk.type("/he")
    await desk.press("space")
    assert popup.told == ["close"]


async def test_loading_offers_nothing(desk: Desk) -> None:
    desk.composer.load("/help")
    await desk.pilot.pause()
    assert desk.app.said == []
    assert desk.composer.draft.cursor == 5


async def test_keys_can_be_rebound(desk: Desk) -> None:
    desk.app.set_keymap({"composer.send": "ctrl+s"})
    await desk.press("a", "enter")
    assert submitted(desk) == []
    await desk.press("ctrl+s")
    assert len(submitted(desk)) == 1
