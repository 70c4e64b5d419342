"""Syntax colours for code, made on a worker thread and kept for a while.

Pygments is loaded by `warm_up`, and so is each language's lexer: code is drawn plain first
and again when its colours are there, so neither a long fence nor a first one holds up a frame.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from grafftui.ui.transcript.lines import Run

LineRuns = list[tuple[Run, ...]]
"""The styles of each line of a piece of code; names begin with "@"."""

MOST_CHARS = 120_000
"""Longer code stays plain."""
KEPT = 100

_loaded = Event()


def load_highlighter() -> None:
    """Import Pygments and Textual's highlighter. Slow (20–60 ms): for a worker thread."""
    highlight_runs("def f(x: int) -> str: return 'x'", "python")
    _loaded.set()


def highlighter_loaded() -> bool:
    """Whether code is coloured yet."""
    return _loaded.is_set()


def highlight_runs(code: str, language: str) -> LineRuns:
    """Styles of each line of `code`, which is safe; an unknown language has none."""
    from textual.highlight import highlight

    runs: LineRuns = []
    content = highlight(code, language=language)
    marks = sorted((span.start, span.end, _style_name(span.style)) for span in content.spans)
    marks = [mark for mark in marks if mark[2] != "@$text"]
    start = index = 0
    for line in code.split("\n"):
        end, found = start + len(line), list[Run]()
        while index < len(marks) and marks[index][0] < end:
            begin, stop, style = marks[index]
            if min(stop, end) > max(begin, start):
                found.append((max(begin, start) - start, min(stop, end) - start, style))
            if stop > end:
                break
            index += 1
        runs.append(tuple(found))
        start = end + 1
    return runs


def _style_name(style: object) -> str:
    """A style of Textual's as a name; only links are underlined here."""
    return "@" + str(style).replace(" underline", "")


class Highlighter:
    """Colours of code that has been seen lately.

    Args:
        when_done: Called on the worker thread each time more colours are there.
    """

    def __init__(self, when_done: Callable[[], None]) -> None:
        self._when_done = when_done
        self._known: OrderedDict[tuple[str, str], LineRuns | None] = OrderedDict()
        self._pool: ThreadPoolExecutor | None = None

    def runs(self, code: str, language: str) -> LineRuns | None:
        """The styles of `code`, or None while they are made (or if there will be none)."""
        if not _loaded.is_set() or not language or len(code) > MOST_CHARS:
            return None
        key = (code, language)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        self._known[key] = None
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="highlight")
        self._pool.submit(highlight_runs, code, language).add_done_callback(
            lambda future: self._keep(key, future)
        )
        return None

    def close(self) -> None:
        """Stop making colours."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _keep(self, key: tuple[str, str], future: Future[LineRuns]) -> None:
        if future.cancelled() or future.exception() is not None:
            return  # plain code is as true as coloured code
        self._known[key] = future.result()
        self._when_done()
