"""An app that shows hostile text in every kind of widget; also run by itself on a pty.

python payload_app.py raw|safe filter|no-filter
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from hostile import CONTROL_PAYLOADS
from rich.text import Text
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import (
    Button,
    Checkbox,
    DataTable,
    Header,
    Input,
    Label,
    Log,
    Markdown,
    OptionList,
    RichLog,
    Static,
    TextArea,
    Tree,
)
from textual.widgets.option_list import Option

from grafftui.text import display
from grafftui.ui.line_filter import LineFilter

RAW = " | ".join(CONTROL_PAYLOADS.values())
SAFE = " | ".join(display(payload) for payload in CONTROL_PAYLOADS.values())


def titled(text: str) -> Static:
    widget = Static("titled")
    widget.border_title = Content(text)  # type: ignore[assignment]
    widget.styles.border = ("round", "white")
    return widget


WIDGETS: dict[str, Callable[[str], Widget]] = {
    "static content": lambda text: Static(Content(text)),
    "static text": lambda text: Static(Text(text)),
    "static from ansi": lambda text: Static(Text.from_ansi(text)),
    "label": lambda text: Label(text, markup=False),
    "markdown": Markdown,
    "fence": lambda text: Markdown(f"```\n{text}\n```"),
    "rich log": lambda text: RichLog(markup=False, min_width=500),
    "log": lambda text: Log(),
    "input": Input,
    "placeholder": lambda text: Input(placeholder=text),
    "text area": TextArea,
    "button": lambda text: Button(Content(text)),
    "checkbox": lambda text: Checkbox(Content(text)),
    "tree": lambda text: Tree(Text(text)),
    "table": lambda text: DataTable(),
    "option list": lambda text: OptionList(Option(Content(text))),
    "border title": titled,
}


def fill(widget: Widget, text: str) -> None:
    """Give the text to widgets that only take it when they are mounted."""
    if isinstance(widget, RichLog):
        widget.write(Text(text))
    elif isinstance(widget, Log):
        widget.write(text)
    elif isinstance(widget, DataTable):
        widget.add_column("column")
        widget.add_row(Text(text))


class PayloadApp(App[None]):
    """`text` in one widget of each of `kinds`, in the header and in a notification."""

    CSS = "* { height: auto; min-height: 1; } Screen { height: 100%; }"

    def __init__(self, text: str, kinds: list[str], *, filtered: bool = True) -> None:
        super().__init__()
        self.title = self.text = text
        self.kinds = kinds
        self.filter = LineFilter()
        if filtered:
            self._filters.append(self.filter)

    def compose(self) -> ComposeResult:
        yield Header()
        for kind in self.kinds:
            yield WIDGETS[kind](self.text)

    def on_mount(self) -> None:
        for widget in self.query("*"):
            fill(widget, self.text)
        self.notify(self.text, markup=False)


class OnePass(PayloadApp):
    """Leaves once everything has been on the screen."""

    def on_ready(self) -> None:
        self.set_interval(0.02, self.leave_when_painted)

    def leave_when_painted(self) -> None:
        mounted = all(markdown.children for markdown in self.query(Markdown))
        if mounted and self.screen.query("Toast"):
            self.call_after_refresh(self.exit)


def main(kind: str, filtering: str) -> None:
    app = OnePass(RAW if kind == "raw" else SAFE, list(WIDGETS), filtered=filtering == "filter")
    app.run()
    if app.filter.fired and kind == "safe":
        sys.exit("the filter had to do something")


if __name__ == "__main__":
    main(*sys.argv[1:])
