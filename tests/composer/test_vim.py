"""Vim's keys: what each makes of a text, the cursor shown as `|`."""

from __future__ import annotations

import pytest
from composer_host import Desk

from grafftui.ui.composing.draft import Draft
from grafftui.ui.composing.vim import Vim
from grafftui.ui.widgets.composer import Composer


def begun(text: str) -> tuple[Draft, Vim]:
    """A draft in normal mode, with the cursor where the `|` is."""
    draft = Draft()
    draft.insert(text.replace("|", ""))
    vim = Vim(draft)
    vim.to_normal()
    draft.move(text.index("|"))
    return draft, vim


def after(text: str, keys: str) -> str:
    """What the keys make of it; `<` stands for Esc, and letters are typed in insert mode."""
    draft, vim = begun(text)
    for key in keys:
        if key == "<":
            vim.to_normal()
        elif vim.mode == "insert":
            draft.insert(key, typed=True)
        elif vim.press(key) == "undo":
            draft.undo()
    return f"{draft.text[: draft.cursor]}|{draft.text[draft.cursor :]}"


@pytest.mark.parametrize(
    ("text", "keys", "wanted"),
    [
        ("|one two", "w", "one |two"),
        ("|one.two", "w", "one|.two"),
        ("|one.two three", "W", "one.two |three"),
        ("one t|wo", "bb", "|one two"),
        ("|one two", "e", "on|e two"),
        ("|one two", "ee", "one tw|o"),
        ("one|.two three", "E", "one.tw|o three"),
        ("one two.thre|e", "B", "one |two.three"),
        ("  one t|wo", "0", "|  one two"),
        ("  one t|wo", "^", "  |one two"),
        ("o|ne\ntwo", "$", "on|e\ntwo"),
        ("|one two three four", "3w", "one two three |four"),
        ("|one two", "99l", "one tw|o"),
        ("one\n|two", "h", "one\n|two"),
        ("one\ntw|o\nthree", "gg", "|one\ntwo\nthree"),
        ("o|ne\ntwo\n  three", "G", "one\ntwo\n  |three"),
        ("o|ne\ntwo\nthree", "2G", "one\n|two\nthree"),
        ("|one, two", "f,", "one|, two"),
        ("|one, two", "t,", "on|e, two"),
        ("one, tw|o", "F,", "one|, two"),
        ("one, tw|o", "T,", "one,| two"),
        ("|one", "fz", "|one"),
        ("|one two", "10l", "one tw|o"),
    ],
)
def test_motions(text: str, keys: str, wanted: str) -> None:
    assert after(text, keys) == wanted


@pytest.mark.parametrize(
    ("text", "keys", "wanted"),
    [
        ("o|ne", "x", "o|e"),
        ("on|e", "x", "o|n"),
        ("one| two", "3x", "one|o"),
        ("on|e", "X", "o|e"),
        ("|one two", "dw", "|two"),
        ("one |two\nthree", "dw", "one| \nthree"),
        ("|one two three", "d2w", "|three"),
        ("|one two three", "2dw", "|three"),
        ("one tw|o", "db", "one |o"),
        ("|one two", "de", "| two"),
        ("one |two three", "d$", "one| "),
        ("one |two three", "D", "one| "),
        ("one t|wo", "d0", "|wo"),
        ("|one, two", "df,", "| two"),
        ("|one, two", "dt,", "|, two"),
        ("one t|wo three", "diw", "one | three"),
        ("one t|wo three", "daw", "one |three"),
        ("one t|wo", "daw", "on|e"),
        ("one\nt|wo\nthree", "dd", "one\n|three"),
        ("one\nt|wo", "dd", "|one"),
        ("|one\ntwo\nthree", "2dd", "|three"),
        ("|one", "dd", "|"),
        ("one\nt|wo\nthree", "dG", "|one"),
        ("one\nt|wo\nthree", "dgg", "|three"),
        ("|one two", "dq", "|one two"),
        ("a|👩‍👧b", "x", "a|b"),
        ("a👩‍👧|b", "xx", "|a"),
    ],
)
def test_deleting(text: str, keys: str, wanted: str) -> None:
    assert after(text, keys) == wanted


@pytest.mark.parametrize(
    ("text", "keys", "wanted"),
    [
        ("|one two", "cwsix", "six| two"),
        ("|a two", "cwsix", "six| two"),
        ("|a two three", "c2wsix", "six| three"),
        ("one t|wo three", "ciwsix", "one six| three"),
        ("one t|wo", "Csix", "one tsix|"),
        ("one\nt|wo\nthree", "ccsix", "one\nsix|\nthree"),
        ("o|ne", "isix", "osix|ne"),
        ("o|ne", "asix", "onsix|e"),
        ("  o|ne", "Isix", "  six|one"),
        ("o|ne\ntwo", "Asix", "onesix|\ntwo"),
        ("o|ne\ntwo", "osix", "one\nsix|\ntwo"),
        ("one\nt|wo", "Osix", "one\nsix|\ntwo"),
        ("o|ne", "isix<", "osi|xne"),
        ("|one two", "cwsix<u", "| two"),
        ("one |two", "dwu", "one |two"),
        ("o|ne", "rx", "o|xe"),
        ("o|ne", "2rx", "ox|x"),
        ("o|ne", "9rx", "o|ne"),
        ("|oNe", "2~", "On|e"),
        ("on|e\n  two", "J", "one| two"),
    ],
)
def test_changing(text: str, keys: str, wanted: str) -> None:
    assert after(text, keys) == wanted


@pytest.mark.parametrize(
    ("text", "keys", "wanted"),
    [
        ("|one two", "yww", "one |two"),
        ("|one two", "ywP", "one| one two"),
        ("|one", "xp", "n|oe"),
        ("|one two", "yiw$p", "one twoon|e"),
        ("o|ne\ntwo", "yyp", "one\n|one\ntwo"),
        ("o|ne\ntwo", "YP", "|one\none\ntwo"),
        ("|one\ntwo", "ddp", "two\n|one"),
        ("|one\ntwo", "yy2p", "one\n|one\none\ntwo"),
        ("|", "p", "|"),
    ],
)
def test_copying(text: str, keys: str, wanted: str) -> None:
    assert after(text, keys) == wanted


def test_a_paste_that_is_drawn_as_one_goes_as_one() -> None:
    draft, vim = begun("|x")
    draft.insert(draft.chip("long"))
    draft.move(0)
    for key in "xp":
        vim.press(key)
    assert draft.expanded(draft.text) == "xlong"


@pytest.mark.parametrize("keys", ["d<x", "2<x", "g<x", "r<x", "f<x"])
def test_esc_ends_what_has_begun(keys: str) -> None:
    assert after("|one", keys) == "|ne"


async def test_in_the_composer(desk: Desk) -> None:
    composer = desk.composer
    composer.history = ["earlier"]
    composer.use_vim(True)
    await desk.press(*"one", "space", *"two", "escape", "b", "x")
    assert composer.text == "one wo"
    assert desk.app.escapes == 0
    await desk.press("u", "d", "escape", "escape")
    assert composer.text == "one two"
    assert desk.app.escapes == 1, "Esc is the host's where it has no meaning here"
    await desk.press("k")
    assert composer.text == "earlier"
    await desk.press("j", "enter")
    assert desk.app.said[-1] == Composer.Submitted("one two", shell=False)
    await desk.press("x")
    assert composer.text == "x", "the next prompt is written"
    await desk.press("escape", "d", "d", "slash")
    assert composer.text == "/"
    composer.use_vim(False)
    await desk.press("j")
    assert composer.text == "/j"
