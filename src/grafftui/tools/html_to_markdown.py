"""HTML as markdown: what a reader wants of a page, without its scripts and looks."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from urllib.parse import urljoin

SECONDS = 3.0
"""Time a page is given; the standard parser can need the square of a broken page's length."""

_DROPPED = re.compile(
    "script|style|noscript|template|svg|canvas|iframe|object|button|select|nav", re.ASCII
)
_BLOCK = re.compile(
    "p|div|section|article|main|header|footer|aside|figure|figcaption|title|table|thead|tbody|tr|"
    "dl|dt|dd|address|details|summary|fieldset|form|hr",
    re.ASCII,
)
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "samp": "`"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MANY_NEWLINES = re.compile(r"\n{3,}")
_TAG = re.compile(r"<[^<>]*>")


class _TooLong(Exception):
    """The time is over."""


def html_to_markdown(html: str, base_url: str) -> str:
    """`html` as markdown; links are made absolute with `base_url`.

    A page that takes too long to parse, or has nothing but navigation, is given as text without
    its tags.
    """
    writer = _Writer(base_url)
    try:
        writer.feed(html)
        writer.close()
        markdown = writer.markdown()
    except (_TooLong, AssertionError):  # AssertionError: the parser's own, for broken "<!["
        markdown = ""
    return markdown or _SPACE.sub(" ", _TAG.sub(" ", html)).strip()


class _Writer(HTMLParser):
    def __init__(self, base_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base_url = base_url
        self._deadline = time.monotonic() + SECONDS
        self._pieces: list[str] = []
        self._dropped = 0  # how many elements we are in of which nothing is wanted
        self._preformatted = 0
        self._lists: list[int | None] = []  # the next number, None in a bulleted list
        self._links: list[tuple[str, int]] = []  # target, and where its text begins
        self._cells = 0

    def markdown(self) -> str:
        lines = (line.rstrip() for line in "".join(self._pieces).split("\n"))
        return _MANY_NEWLINES.sub("\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._check_time()
        if _DROPPED.fullmatch(tag):
            self._dropped += 1
        if self._dropped:
            return
        if tag in _HEADINGS:
            self._pieces.append(f"\n\n{_HEADINGS[tag]} ")
        elif tag in _MARKS:
            self._mark(tag)
        elif tag in ("ul", "ol"):
            self._pieces.append("" if self._lists else "\n")
            self._lists.append(1 if tag == "ol" else None)
        elif _BLOCK.fullmatch(tag):
            self._pieces.append("\n\n---\n\n" if tag == "hr" else "\n" if tag == "tr" else "\n\n")
            self._cells = 0
        else:
            self._inline(tag, dict(attributes))

    def _inline(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "br":
            self._pieces.append("\n")
        elif tag == "li":
            self._pieces.append(self._bullet())
        elif tag == "pre":
            self._preformatted += 1
            self._pieces.append("\n\n```\n")
        elif tag == "blockquote":
            self._pieces.append("\n\n> ")
        elif tag in ("td", "th"):
            self._pieces.append(" | " if self._cells else "")
            self._cells += 1
        elif tag == "a":
            self._links.append((attributes.get("href") or "", len(self._pieces)))
        elif tag == "img" and attributes.get("alt"):
            self._pieces.append(f"[image: {_SPACE.sub(' ', attributes['alt'] or '')}]")

    def handle_endtag(self, tag: str) -> None:
        self._check_time()
        if _DROPPED.fullmatch(tag):
            self._dropped = max(0, self._dropped - 1)
            return
        if self._dropped:
            return
        if tag in _MARKS:
            self._mark(tag)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._pieces.append("" if self._lists else "\n\n")
        elif tag == "pre" and self._preformatted:
            self._preformatted -= 1
            self._pieces.append("\n```\n\n")
        elif tag == "a" and self._links:
            self._end_link()
        elif tag in _HEADINGS or tag == "blockquote" or (_BLOCK.fullmatch(tag) and tag != "tr"):
            self._pieces.append("\n\n")

    def handle_data(self, text: str) -> None:
        self._check_time()
        if self._dropped:
            return
        if not self._preformatted:
            text = _SPACE.sub(" ", text)
            if not self._pieces or self._pieces[-1].endswith(("\n", " ")):
                text = text.lstrip(" ")
        if text:
            self._pieces.append(text)

    def _mark(self, tag: str) -> None:
        if not self._preformatted:
            self._pieces.append(_MARKS[tag])

    def _bullet(self) -> str:
        indent = "  " * max(0, min(len(self._lists), 20) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"\n{indent}- "
        self._lists[-1] = number + 1
        return f"\n{indent}{number}. "

    def _end_link(self) -> None:
        target, start = self._links.pop()
        text = "".join(self._pieces[start:]).strip()
        try:
            target = urljoin(self._base_url, target.strip())
        except ValueError:
            target = ""
        if text and target.startswith(("http://", "https://")) and not self._preformatted:
            self._pieces[start:] = [f"[{_SPACE.sub(' ', text)}]({target})"]

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise _TooLong
