"""A conversation as one HTML file: no scripts, nothing loaded from anywhere, dark and light."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from grafftui.entries import Entry
from grafftui.exports.html_text import diff_html, markdown_html, text_html
from grafftui.exports.json_text import json_text
from grafftui.exports.passage import Passage, card_of, moment, outcome

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever slipped through, a browser would neither run nor load it."""

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --back: #fbfaf7; --fore: #20242b; --muted: #5b616b; --line: #dcd8cf; --box: #f1efea;
  --accent: #1f5fae; --good: #00695c; --bad: #a01030; --warn: #7a5300;
  --added: #dcefe6; --removed: #f8dfe0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14161a; --fore: #d8dbe2; --muted: #9a9fab; --line: #2c313b; --box: #1b1e24;
    --accent: #7aa7e0; --good: #56b6a4; --bad: #ee8266; --warn: #e6b450;
    --added: #17312c; --removed: #3a211e;
  }
}
body { background: var(--back); color: var(--fore); margin: 0 auto; max-width: 52rem;
  padding: 2rem 1.25rem 4rem; font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.3; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
section { margin: 1.25rem 0; overflow-wrap: anywhere; }
.prompt { border-left: 3px solid var(--accent); padding-left: 1rem; white-space: pre-wrap;
  font-weight: 600; }
.time { display: block; color: var(--muted); font-size: .8rem; font-weight: 400; }
.reasoning, .notice, .compaction { color: var(--muted); }
.reasoning { font-style: italic; }
.notice, .compaction { white-space: pre-wrap; }
.warning { color: var(--warn); } .error { color: var(--bad); }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { cursor: pointer; padding: .35rem .75rem; }
summary code { background: none; }
details > div { padding: 0 .75rem .5rem; }
.state { float: right; color: var(--muted); }
.failed > summary .state, .declined > summary .state { color: var(--bad); }
pre, code { font: .85rem/1.45 ui-monospace, monospace; background: var(--box); }
code { padding: .1em .3em; border-radius: 3px; }
pre { padding: .6rem .75rem; border-radius: 6px; overflow-x: auto; white-space: pre-wrap; }
pre code { padding: 0; }
.diff .added { background: var(--added); } .diff .removed { background: var(--removed); }
.diff .hunk, .diff .file { color: var(--muted); }
.link { text-decoration: underline; } .address { color: var(--muted); }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 1rem;
  color: var(--muted); }
"""


def html(passage: Passage) -> Iterator[str]:
    """The document in pieces; well-formed XML too."""
    title = text_html(passage.title)
    facts = "".join(
        f"<dt>{text_html(name)}</dt><dd>{text_html(value)}</dd>" for name, value in passage.facts()
    )
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>\n'
        '<meta name="viewport" content="width=device-width"/>\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<dl>{facts}</dl>\n"
    )
    for ordinal, entry in passage.entries():
        yield from _entry(ordinal, entry)
    yield "</body>\n</html>\n"


def _entry(ordinal: int, entry: Entry) -> Iterator[str]:
    yield f'<section id="entry-{ordinal}">\n'
    match entry.kind:
        case "prompt":
            time = f'<span class="time">{moment(entry.started_at)}</span>'
            yield f'<div class="prompt">{time}{text_html(entry.text)}</div>\n'
        case "answer":
            yield markdown_html(entry.text)
        case "tool":
            yield from _tool(entry)
        case "reasoning":
            yield '<details class="reasoning"><summary>Reasoning</summary>\n<div>'
            yield markdown_html(entry.text)
            yield "</div></details>\n"
        case kind:
            yield f'<div class="{kind} {text_html(entry.level)}">{text_html(entry.text)}</div>\n'
    yield "</section>\n"


def _tool(entry: Entry) -> Iterator[str]:
    card = card_of(entry)
    subject = f" <code>{text_html(card.subject)}</code>" if card.subject else ""
    ended = f'<span class="state">{outcome(entry)}</span>' if outcome(entry) else ""
    title = text_html(card.title or card.name or "tool")
    yield f'<details class="{entry.state}"><summary>{ended}<b>{title}</b>{subject}</summary>\n<div>'
    if card.reason:
        yield f"<p>Reason: {text_html(card.reason)}</p>\n"
    if card.diff:
        yield from diff_html(card.diff)
    elif card.arguments not in (None, "", {}):
        arguments = card.arguments
        shown = arguments if isinstance(arguments, str) else json_text(arguments, indent=2)
        yield f"<pre>{text_html(shown)}</pre>\n"
    if entry.text and not (card.diff and entry.state == "done"):
        yield f"<pre>{text_html(entry.text)}</pre>\n"
    yield "</div></details>\n"
