"""Markdown to lines."""

from __future__ import annotations

import subprocess
import sys

import pytest
from rich.cells import cell_len

from grafftui.ui.transcript.lines import Line
from grafftui.ui.transcript.links import may_follow, place_of
from grafftui.ui.transcript.render_markdown import markdown_lines
from grafftui.ui.transcript.render_table import table_lines


def drawn(source: str) -> list[str]:
    """Each line with what stands before it."""
    lines = markdown_lines(source)
    return ["".join(text for text, _ in line.first) + line.text for line in lines]


def styled(line: Line) -> dict[str, str]:
    """The styled pieces of a line."""
    return {line.text[a:b]: style for a, b, style in line.runs}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("one\ntwo", ["one two"]),
        ("one  \ntwo\\\nthree", ["one", "two", "three"]),
        ("# Head *x*", ["Head x"]),
        ("- a\n  - b\n    1. c\n    2. d", ["• a", "  ◦ b", "    1. c", "    2. d"]),
        ("7. a\n8. b", ["7. a", "8. b"]),
        ("- a\n\n  b", ["• a", "  ", "  b"]),
        ("- [ ] a\n- [x] b\n- [y] c", ["☐ a", "☑ b", "• [y] c"]),
        ("> a\n> b\n>\n> c", ["▎ a b", "▎ ", "▎ c"]),
        ("> - a\n>   b", ["▎ • a b"]),
        ("    code", ["code"]),
        ("***", ["─" * 24]),
        ("<b>x</b> &lt; &amp;", ["<b>x</b> < &"]),
        ("&#27;[2J", ["[2J"]),
        ("![alt](https://h.example/x.png)", ["[image: h.example]"]),
        ("![alt](x.png)", ["[image: here]"]),
    ],
)
def test_what_is_drawn(source: str, lines: list[str]) -> None:
    shown = drawn(source)
    if "27" in source:
        assert "\x1b" not in shown[0]
    else:
        assert shown == lines


def test_styles_of_words() -> None:
    (line,) = markdown_lines("*a* **b** ~~c~~ `d` ***e***")
    found = styled(line)
    assert found["a"] == "emphasis" and found["b"] == "strong" and found["c"] == "strike"
    assert found["d"] == "code" and set(found["e"].split("+")) == {"emphasis", "strong"}


@pytest.mark.parametrize(
    ("source", "text", "url"),
    [
        ("[docs](https://a.example/b)", "docs (a.example/b)", "https://a.example/b"),
        ("https://a.example/b.", "https://a.example/b.", "https://a.example/b"),
        ("[https://good.example](https://evil.example)", None, "https://evil.example"),
        ("<https://good.example@evil.example/x>", None, "https://good.example@evil.example/x"),
        ("https://good.example@evil.example/x", None, "https://good.example@evil.example/x"),
        ("[x](https://аpple.com)", "x (xn--pple-43d.com)", "https://xn--pple-43d.com"),
        ("[x](mailto:a@b.example)", "x (mailto:a@b.example)", "mailto:a@b.example"),
    ],
)
def test_links_say_where_they_lead(source: str, text: str | None, url: str) -> None:
    (line,) = markdown_lines(source)
    if text is None:
        assert "(evil.example" in line.text
    else:
        assert line.text == text
    assert [link for _, _, link in line.links] == [url]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "ssh://host",
        "vscode://x",
        "x-man-page://ls",
        "data:text/html,x",
        "//host/x",
        "x.html",
        "http://",
        "https:evil",
        "http://[",
        "",
    ],
)
def test_other_addresses_are_no_links(url: str) -> None:
    assert not may_follow(url)
    for source in (f"[x]({url})", f"[x](<{url}>)", f"<{url}>", url):
        assert all(not line.links for line in markdown_lines(source))


def test_places_are_short() -> None:
    assert place_of("https://h.example/" + "a" * 99 + "?q=secret") == "h.example/" + "a" * 29 + "…"
    assert place_of("https://u:p@h.example:8/x#y") == "h.example/x"


def test_tables_are_aligned_and_fit() -> None:
    source = "| a | bb | c |\n|:--|--:|:-:|\n| 1 | 2 | 3 |\n| long `code` | 漢字 | x \\| y |"
    lines = [line.text for line in table_lines(source, 40)]
    assert lines == [
        "a            bb    c",
        "─────────  ────  ─────",
        "1             2    3",
        "long code  漢字  x | y",
    ]
    for width in range(16, 40):
        assert all(cell_len(line.text) <= width for line in table_lines(source, width))


def test_a_table_that_cannot_fit_is_its_source() -> None:
    source = "| long | head |\n|---|---|\n| \x1b[2J | c |"
    lines = table_lines(source, 9)
    assert lines[0].text == "| long | head |" and "\x1b" not in lines[2].text


def test_a_table_with_too_many_columns_is_its_source() -> None:
    lines = table_lines("| a " * 40 + "\x1b[2J|\n" + "|---" * 40, 400)
    assert lines[0].text == "| a " * 40 + "|" and lines[1].text == "|---" * 40


def test_ragged_tables_are_drawn() -> None:
    lines = [line.text for line in table_lines("a | b\n--|--\n1\n1 | 2 | 3\n|", 40)]
    assert lines[2] == "1" and lines[3] == "1  2"


def test_nothing_heavy_is_imported_with_the_view() -> None:
    code = (
        "import sys; import grafftui.ui.transcript, grafftui.ui.widgets.diff_view;"
        "import grafftui.ui.widgets.virtual_list;"
        "print([m for m in ('markdown_it', 'pygments', 'textual.highlight') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_until_the_parser_is_loaded_text_is_plain_and_safe() -> None:
    code = (
        "from grafftui.ui.transcript.render_markdown import markdown_lines as m;"
        "from grafftui.ui.transcript.render_table import table_lines as t;"
        "print([l.text for l in m('# *a*\\x1b[2J\\n- b')], [l.text for l in t('|*a*|\\n|-|', 9)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['# *a*', '- b'] ['*a*', '───']"
