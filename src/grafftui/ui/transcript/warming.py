"""Loading what the first frame can do without."""

from __future__ import annotations

from grafftui.ui.transcript.highlighting import load_highlighter
from grafftui.ui.transcript.render_markdown import load_parser


def warm_up() -> None:
    """Import the markdown parser and the highlighter; call it on a worker thread.

    Until it has run, entries are drawn as their plain text. Afterwards call
    `TranscriptView.rerender` on the user interface's thread.
    """
    load_parser()
    load_highlighter()
