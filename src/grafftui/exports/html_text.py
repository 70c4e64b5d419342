"""Text as HTML: escaped, and Markdown drawn without anything that would be loaded or run.

All of it is well-formed XML as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence
from functools import cache
from html import escape as escaped_html
from typing import TYPE_CHECKING, Any, Final

from grafftui.exports.passage import harmless
from grafftui.text.diff_lines import read_diff

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererProtocol
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

_MOST_DRAWN: Final = 200_000
"""Characters of Markdown that are drawn; more is shown as it was written."""
_NO_CHARACTER: Final = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""What no document may hold, and `harmless` leaves."""
_LINES: Final = 1_000


def text_html(text: str) -> str:
    """`text` as it is, for between tags and in attributes."""
    return escaped_html(_NO_CHARACTER.sub("\ufffd", harmless(text)))


def markdown_html(text: str) -> str:
    """`text`, which is Markdown; addresses are shown, not linked, and pictures only named."""
    if len(text) > _MOST_DRAWN:
        return f"<pre>{text_html(text)}</pre>"
    drawn: str = _renderer().render(_NO_CHARACTER.sub("\ufffd", harmless(text)))
    return drawn


def diff_html(diff: str) -> Iterator[str]:
    """A unified diff with its lines coloured, in pieces."""
    yield '<pre class="diff">'
    lines = harmless(diff).removesuffix("\n").split("\n")
    piece: list[str] = []
    for line, (read, _) in zip(lines, read_diff(lines), strict=True):
        piece.append(f'<span class="{read.kind}">{text_html(line)}</span>\n')
        if len(piece) >= _LINES:
            yield "".join(piece)
            piece.clear()
    yield "".join(piece) + "</pre>\n"


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    for name, rule in _RULES.items():
        md.add_render_rule(name, rule)
    return md


def _link_open(
    self: RendererProtocol,
    tokens: Sequence[Token],
    at: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    env.setdefault("links", []).append(str(tokens[at].attrGet("href") or ""))
    return '<span class="link">'


def _link_close(
    self: RendererProtocol,
    tokens: Sequence[Token],
    at: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    return f'</span><span class="address"> ({text_html(env["links"].pop())})</span>'


def _image(
    self: RendererProtocol,
    tokens: Sequence[Token],
    at: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    words = f"[picture {tokens[at].content} ({tokens[at].attrGet('src') or ''})]"
    return f'<span class="address">{text_html(words)}</span>'


def _fence(
    self: RendererProtocol,
    tokens: Sequence[Token],
    at: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    return f"<pre><code>{text_html(tokens[at].content)}</code></pre>\n"


_RULES: Final = {
    "link_open": _link_open,
    "link_close": _link_close,
    "image": _image,
    "fence": _fence,
    "code_block": _fence,
}
