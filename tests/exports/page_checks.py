"""Whether pages and pictures are whole in themselves."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.said += data


def require_whole(text: str) -> Page:
    """A page that is well-formed and loads, links and runs nothing."""
    ElementTree.fromstring(text.split("\n", 1)[1])
    page = Page(text)
    assert page.tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "dl", "dt", "dd", "section", "div",
        "span", "details", "summary", "b", "code", "pre", "p", "table", "thead", "tbody", "tr",
        "th", "td", "strong", "em", "s", "br", "hr", "ul", "ol", "li", "blockquote", "h2", "h3",
        "h4", "h5", "h6",
    }  # fmt: skip
    assert page.attributes <= {
        "lang", "charset", "http-equiv", "content", "name", "id", "class", "style", "start"
    }  # fmt: skip
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None and "url" not in style[1] and "@import" not in style[1]
    return page


def require_picture(text: str) -> str:
    """A picture that is well-formed and loads nothing; what it says."""
    root = ElementTree.fromstring(text)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "style", "rect", "text"}
        assert not any("href" in name or name.startswith("on") for name in element.attrib)
        assert not any("url" in value for value in element.attrib.values())
    assert "url" not in (root.findtext(f"{SVG}style") or "")
    return "\n".join(element.text or "" for element in root.iter(f"{SVG}text"))
