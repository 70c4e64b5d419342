"""Where markdown is cut, and that it makes no difference how it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafftui.ui.transcript.chunk import CODE_LINES, LINE_CHARS, TABLE_LINES, plain_chunks
from grafftui.ui.transcript.splitter import Splitter
from work import counted

PIECES = st.lists(
    st.sampled_from(
        [
            "\n",
            "\n\n",
            "# Head",
            "## ",
            "word ",
            "*a* `b` ",
            "- item",
            "  - inner",
            "   more",
            "2. two",
            "10) ten",
            "> quote",
            "```py",
            "```",
            "~~~",
            "    code",
            "| a | b |",
            "|---|:-:|",
            "---",
            "===",
            "\t",
            "\r",
            "x" * (LINE_CHARS + 5),
            "z\n" * (CODE_LINES + 5),
            "|",
            "`",
            "-",
        ]
    ),
    max_size=40,
)


def shapes(splitter: Splitter) -> list[tuple[object, ...]]:
    return [chunk.shape() for chunk in splitter.chunks]


@given(PIECES, st.data())
def test_pieces_make_no_difference(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    splitter, at = Splitter(), 0
    while at < len(text):
        end = at + data.draw(st.integers(1, 12))
        splitter.feed(text[at:end])
        at = end
        assert shapes(splitter) == shapes(Splitter(text[:at]))


@given(PIECES)
def test_first_changed_chunk_is_said(pieces: list[str]) -> None:
    splitter = Splitter()
    for piece in pieces:
        before = [(chunk, chunk.version) for chunk in splitter.chunks]
        first = splitter.feed(piece)
        now = [(chunk, chunk.version) for chunk in splitter.chunks]
        assert now[:first] == before[:first]


@given(PIECES)
def test_no_word_is_lost(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    kept = "".join(chunk.source for chunk in Splitter(text).chunks)
    for word in ("word", "item", "inner", "Head", "quote", "two", "code", "x"):
        assert kept.count(word) == text.count(word)


def test_closing_a_fence_changes_all_its_parts() -> None:
    splitter = Splitter("text\n\n```py\n" + "z\n" * 3 * CODE_LINES)
    before = [chunk.version for chunk in splitter.chunks]
    assert splitter.feed("```\n") == 1
    now = [chunk.version for chunk in splitter.chunks]
    assert [a == b for a, b in zip(before, now, strict=True)] == [True, False, False, False]


def test_kinds_indents_and_gaps() -> None:
    text = (
        "# Title\ntext\nmore\n\n- one\n  two\n- three\n  ```py\n  x = 1\n\n  y\n  ```\n  after\n"
        "> quote\nlazy\n\n| a | b |\n|---|---|\n| 1 | 2 |\nend\n"
    )
    found = [(c.kind, c.source, c.indent, c.gap) for c in Splitter(text).chunks]
    assert found == [
        ("heading", "# Title", 0, 0),
        ("text", "text\nmore", 0, 1),
        ("text", "- one\n  two", 0, 1),
        ("text", "- three", 0, 0),
        ("fence", "x = 1\n\ny", 2, 0),
        ("text", "after", 2, 0),
        ("quote", "> quote\nlazy", 0, 1),
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |", 0, 1),
        ("text", "end", 0, 1),
    ]


def test_a_long_fence_is_cut_into_parts_that_belong_together() -> None:
    code = "\n".join(f"line {n}" for n in range(3 * CODE_LINES))
    chunks = Splitter(f"```py\n{code}\n```\n").chunks
    assert [chunk.part for chunk in chunks] == [0, 1, 2]
    assert all(chunk.kind == "fence" and chunk.language == "py" for chunk in chunks)
    assert "\n".join(chunk.source for chunk in chunks) == code


def test_a_long_line_is_torn_and_put_together_is_whole() -> None:
    line = "".join(chr(97 + n % 26) for n in range(5 * LINE_CHARS + 7))
    chunks = Splitter(line).chunks
    assert "".join(chunk.source for chunk in chunks) == line
    assert max(len(chunk.source) for chunk in chunks) == LINE_CHARS


def test_a_long_line_is_torn_between_words() -> None:
    line = "words " * (LINE_CHARS // 2)
    chunks = Splitter(line).chunks
    assert "".join(chunk.source for chunk in chunks) == line
    assert all(chunk.source.startswith("words ") for chunk in chunks)


def test_a_long_table_goes_on_as_text() -> None:
    chunks = Splitter("| a |\n|---|\n" + "| x |\n" * 3 * TABLE_LINES).chunks
    assert chunks[0].kind == "table" and len(chunks[0].lines) == TABLE_LINES
    assert sum(chunk.source.count("x") for chunk in chunks) == 3 * TABLE_LINES


def test_a_token_costs_the_same_however_long_the_message_is() -> None:
    paragraph = "Some words of a paragraph that goes on for a while.\n\n- an item\n\n"

    def lines(start: int) -> int:
        splitter = Splitter(paragraph * start)
        with counted() as work:
            for word in (paragraph * 20).split(" "):
                splitter.feed(word + " ")
        return work.lines

    assert lines(4_000) <= 1.1 * lines(20)


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n\nb", "\r\n\r\n", "a" * 5_000])
def test_plain_chunks_keep_every_line(text: str) -> None:
    lines = [line for chunk in plain_chunks("plain", text) for line in chunk.lines]
    assert "".join(lines) == text.replace("\n", "")
    assert all(len(line) <= LINE_CHARS for line in lines)
