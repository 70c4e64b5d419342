"""Pages and pictures: whole in themselves, and whatever is said in them is only said."""

from __future__ import annotations

import re

import pytest
from exports_stage import exported, full_turn, new_conversation, told
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from page_checks import Page, require_picture, require_whole

from grafftui import events
from grafftui.entries import Entry
from grafftui.errors import UsageError
from grafftui.exports.exporting import passage
from grafftui.history import Store
from grafftui.ui.picture_app import draw_picture

HOSTILE = (
    "</pre></section><script>alert(1)</script> <img src=x onerror=alert(1)> <!-- \n"
    "[a](javascript:alert(1)) [b](http://tracker.example/) ![c](http://tracker.example/p.png)\n"
    "<style>@import url(http://tracker.example/s.css)</style> ]]> <![CDATA[ &lt; &#x3c; \x00\ufffe"
    '" onload="x" \' \x1b]8;;http://tracker.example/\x07link \u202e\U000e0041 \x9b31m `` ```\n'
    "<https://tracker.example/auto> [r]: http://tracker.example 'x'\n\n| a |\n|---|\n| <b> |\n"
)


def hostile_conversation(store: Store, text: str = HOSTILE) -> str:
    return told(
        store,
        [
            events.reasoning(text),
            events.markdown(text),
            events.tool_call_start(text, "c", {text: [text]}),
            events.tool_input(text, text),
            events.tool_call_end("shell", "c", is_error=True, values=[{"text": text}]),
            events.tool_call_start("patch", "d", {}),
            events.file_changed("d", text, "modify", f"@@ -1 +1 @@\n-{text}\n+{text}", 1, 1),
            events.notice("error", text),
        ],
        prompt=text,
    )


def test_a_page_of_hostile_words(store: Store) -> None:
    text = exported(store, hostile_conversation(store), "html")
    page = require_whole(text)
    assert "<script>alert(1)</script>" in page.said and "onerror" in page.said
    assert "http://tracker.example/p.png" in page.said
    assert not set(text) & set("\x00\x07\x1b\x9b\u202e\U000e0041\ufffe")
    assert "<style>@import" not in text


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text("<>&\"'`[]()!*_~#|-+:/ \n\\ax1\x00\x1b\u2028\ufffe\ud7ff", max_size=60))
@example("`\n" * 40)
def test_pages_of_any_words(store: Store, text: str) -> None:
    conversation_id = hostile_conversation(store, text)
    require_whole(exported(store, conversation_id, "html"))
    store.delete_conversation(conversation_id)


def test_what_is_in_a_page(store: Store) -> None:
    conversation_id = new_conversation(store, "Log <out>")
    full_turn(store, conversation_id, "go", "**Yes**:\n\n```py\nx = 1 < 2\n```", "output")
    text = exported(store, conversation_id, "html")
    require_whole(text)
    for part in (
        "<title>Log &lt;out&gt;</title>",
        "prefers-color-scheme: dark",
        "default-src 'none'",
        "<strong>Yes</strong>",
        "<pre><code>x = 1 &lt; 2\n</code></pre>",
        '<details class="done"><summary><span class="state">+2 −2</span><b>Execute</b>',
        '<span class="removed">--- y</span>\n<span class="added">+new</span>',
        '<span class="file">--- a/x</span>',
    ):
        assert part in text


def test_markdown_shows_what_is_in_fences_as_it_is(store: Store) -> None:
    conversation_id = new_conversation(store, "A *title*\nwith # signs")
    full_turn(store, conversation_id, "go", "Yes.", "output")
    output = "````\nnot the end\n# no heading\n"
    call = [
        events.tool_call_start("shell", "c", {"command": "x"}),
        events.tool_input("Execute", "a `b`\n"),
        events.tool_call_end("shell", "c", is_error=True, values=[{"text": output}]),
    ]
    text = exported(store, told(store, call), "markdown")
    assert f"\n`````\n{output}`````\n" in text
    assert "### Execute ``a `b`␊`` — failed\n" in text
    heading = exported(store, conversation_id, "markdown").split("\n")[0]
    assert heading == "# A \\*title\\*␊with \\# signs"


def test_large_output_is_whole_and_comes_in_pieces(store: Store) -> None:
    output = "".join(f"<{number}>\n" for number in range(50_000))
    call = [
        events.tool_call_start("shell", "c", {}),
        events.tool_call_end("shell", "c", is_error=False, values=[{"text": output}]),
    ]
    conversation_id = told(store, call)
    assert output in exported(store, conversation_id, "markdown")
    assert output in Page(exported(store, conversation_id, "html")).said


def test_a_picture_of_hostile_words(store: Store) -> None:
    with passage(store, hostile_conversation(store)) as found:
        entries = [entry for _, entry in found.entries()]
    said = require_picture("".join(draw_picture(entries, range(9), HOSTILE.split("\x00")[0])))
    assert "alert(1)" in said
    assert not set(said) & set("\x00\x07\x1b\x9b\u202e\U000e0041")


def test_a_picture_in_light_and_with_colours() -> None:
    card = Entry("answer", "A `code` and **bold**\n\n```python\nx = 'y'\n```", state="done")
    pictures = [
        "".join(draw_picture([card], (), "T", theme))
        for theme in ("grafftui-dark", "grafftui-light")
    ]
    for picture, background in zip(pictures, ("#14161a", "#fbfaf7"), strict=True):
        require_picture(picture)
        assert f'fill="{background}"' in picture.split("\n")[3]
        assert 'font-weight="bold">bold<' in picture
        colours = set(re.findall(r'<text [^>]*fill="(#[0-9a-f]{6})"', picture))
        assert len(colours) > 3


def test_a_picture_that_cannot_be_made() -> None:
    long = Entry("answer", "line\n\n" * 2_000, state="done")
    for entries, words in (([long], "at most 1,000 rows"), ([], "nothing there")):
        with pytest.raises(UsageError, match=words):
            list(draw_picture(entries, (), "T"))
