"""Markdown to lines, chunk by chunk.

markdown-it is loaded by `warm_up`, never before the first frame; until then a chunk is shown
as its source. Whatever it makes of the text is made safe again, because entities such as
`&#27;` are control characters only after parsing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from threading import Event
from typing import TYPE_CHECKING

from grafftui.text import SafeText, display
from grafftui.ui.transcript.glyphs import glyphs
from grafftui.ui.transcript.lines import Cells, Line, Run
from grafftui.ui.transcript.links import (
    BARE_URL,
    host_of,
    may_follow,
    place_of,
    shows_its_place,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_loaded = Event()

RULE_WIDTH = 24
_STYLES = {"strong": "strong", "em": "emphasis", "s": "strike"}
_TASKS = {"[ ] ": False, "[x] ": True, "[X] ": True}


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def load_parser() -> None:
    """Import markdown-it and make a parser. Slow (50–90 ms): for a worker thread."""
    _parser().parse("# warm\n\n- *up* `x` [a](https://b)")
    _loaded.set()


def parser_loaded() -> bool:
    """Whether markdown is drawn as such yet."""
    return _loaded.is_set()


def markdown_lines(source: str, style: str = "") -> list[Line]:
    """Lines of one chunk of markdown (no fences or tables at its top level).

    Args:
        source: The chunk, untrusted.
        style: Goes under all its styles.
    """
    safe = display(source)
    if not _loaded.is_set():
        return plain_lines(safe, style)
    try:
        return _Walk(style).lines(_parser().parse(str(safe))) or plain_lines(safe, style)
    except Exception:  # whatever the parser chokes on is still text
        return plain_lines(safe, style)


def plain_lines(safe: SafeText, style: str = "") -> list[Line]:
    """`safe` as it stands."""
    return [Line(line, style=style) for line in str(safe).split("\n")]


class _Walk:
    """One walk over the tokens of a chunk."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._lines: list[Line] = []
        self._first: list[Cells] = []  # of each container around, what its next line begins with
        self._rest: list[Cells] = []
        self._counts: list[int | None] = []  # of each list around, the next number
        self._heading = ""

    def lines(self, tokens: Sequence[Token]) -> list[Line]:
        """The lines of the chunk."""
        for token in tokens:
            self._block(token)
        return self._lines

    def _block(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._counts.append(None)
            case "ordered_list_open":
                self._counts.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._counts.pop()
            case "list_item_open":
                marker = self._marker()
                self._enter(((marker, "marker"),), ((" " * len(marker), ""),))
            case "blockquote_open":
                bar = ((f"{glyphs().quote} ", "quote-bar"),)
                self._enter(bar, bar)
            case "list_item_close" | "blockquote_close":
                self._first.pop()
                self._rest.pop()
            case "paragraph_open" if not token.hidden and self._needs_air():
                self._add(Line("", style=self._style))
            case "heading_open":
                self._heading = "heading-1" if token.tag == "h1" else "heading"
            case "heading_close":
                self._heading = ""
            case "inline":
                self._inline(token)
            case "code_block" | "fence":
                for text in token.content.rstrip("\n").split("\n"):
                    self._add(Line(text, style="code-block", wrap="fold", fill=True))
            case "hr":
                self._add(Line(glyphs().rule * RULE_WIDTH, style="rule", wrap="fold"))

    def _enter(self, first: Cells, rest: Cells) -> None:
        self._first.append(first)
        self._rest.append(rest)

    def _marker(self) -> str:
        count = self._counts[-1]
        if count is None:
            bullet = glyphs().bullet if len(self._counts) == 1 else glyphs().inner_bullet
            return f"{bullet} "
        self._counts[-1] = count + 1
        return f"{count}. "

    def _needs_air(self) -> bool:
        """Whether a paragraph follows another in the same container."""
        return bool(self._lines) and self._first[:] == self._rest[:] and bool(self._rest)

    def _add(self, line: Line) -> None:
        first = tuple(cell for cells in self._first for cell in cells)
        rest = tuple(cell for cells in self._rest for cell in cells)
        self._lines.append(line._replace(first=first + line.first, rest=rest + line.rest))
        self._first = list(self._rest)

    def _inline(self, token: Token) -> None:
        style = "+".join(filter(None, (self._style, self._heading)))
        if any(cells and cells[0][1] == "quote-bar" for cells in self._rest):
            style = "+".join(filter(None, (style, "quote")))
        for line in inline_lines(token.children or (), style):
            checked = _TASKS.get(line.text[:4]) if self._counts else None
            if checked is not None and self._first != self._rest:
                line = _without_start(line, 4)
                box = glyphs().checked if checked else glyphs().unchecked
                self._first[-1] = ((f"{box} ", "marker"),)
                self._rest[-1] = ((" " * 2, ""),)
            self._add(line)


def _without_start(line: Line, count: int) -> Line:
    runs = tuple((max(0, a - count), b - count, style) for a, b, style in line.runs if b > count)
    links = tuple((max(0, a - count), b - count, url) for a, b, url in line.links if b > count)
    return line._replace(text=line.text[count:], runs=runs, links=links)


def inline_lines(tokens: Sequence[Token], style: str = "") -> list[Line]:
    """Lines of inline tokens; a hard break begins a new one."""
    build = _Inline(style)
    for token in tokens:
        build.take(token)
    return list(build.finished())


def cell_line(source: str, style: str = "") -> Line:
    """One line of markdown, as in the cell of a table. `source` is safe already."""
    if not _loaded.is_set():
        return Line(source, style=style)
    tokens = _parser().parseInline(source)
    return inline_lines(tokens[0].children or (), style)[0]


class _Inline:
    """Collects text, styles and links of inline tokens."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._done: list[Line] = []
        self._stack: list[str] = []
        self._link: tuple[int, str] | None = None
        self._begin()

    def _begin(self) -> None:
        self._text: list[str] = []
        self._size = 0
        self._runs: list[Run] = []
        self._links: list[tuple[int, int, str]] = []

    def finished(self) -> Iterator[Line]:
        """The lines."""
        self._end()
        yield from self._done

    def _end(self) -> None:
        self._done.append(
            Line("".join(self._text), tuple(self._runs), self._style, links=tuple(self._links))
        )
        self._begin()

    def take(self, token: Token) -> None:
        """Take the next token."""
        kind = token.type
        if kind == "text":
            self._words(str(display(token.content)))
        elif kind == "softbreak":
            self._put(" ")
        elif kind == "hardbreak":
            self._end()
        elif kind == "code_inline":
            self._put(str(display(token.content)), "code")
        elif kind == "image":
            host = host_of(str(token.attrGet("src") or ""))
            self._put(f"[image: {display(host)}]", "place")
        elif kind == "link_open":
            self._link = (self._size, str(token.attrGet("href") or ""))
            self._stack.append("link")
        elif kind == "link_close":
            self._close_link()
        elif kind.endswith("_open"):
            self._stack.append(_STYLES.get(token.tag, ""))
        elif kind.endswith("_close"):
            self._stack.pop()
        elif token.content:
            self._put(str(display(token.content)))

    def _words(self, text: str) -> None:
        """Text, with the addresses in it made links."""
        done = 0
        if self._link is None and "://" in text:
            for found in BARE_URL.finditer(text):
                self._put(text[done : found.start()])
                self._address(found[0])
                done = found.end()
        self._put(text[done:])

    def _address(self, url: str) -> None:
        """An address that stands in the text as it is."""
        start = self._size
        self._put(url, "link")
        self._end_link(start, url)

    def _put(self, text: str, style: str = "") -> None:
        if not text:
            return
        names = [name for name in (*self._stack, style) if name]
        end = self._size + len(text)
        if names:
            self._runs.append((self._size, end, "+".join(names)))
        self._text.append(text)
        self._size = end

    def _close_link(self) -> None:
        assert self._link is not None
        self._stack.pop()
        (start, url), self._link = self._link, None
        self._end_link(min(start, self._size), url)

    def _end_link(self, start: int, url: str) -> None:
        """What was written since `start` is a link; say where it leads."""
        label = "".join(self._text)[start:]
        if not shows_its_place(label, url):
            self._put(f" ({display(place_of(url))})", "place")
        if may_follow(url):
            self._links.append((start, self._size, url))
