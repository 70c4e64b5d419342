"""One line of text, safe to paste into."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.widgets import Input

from grafftui.ui.composing.pasting import clean

LONGEST: Final = 4_096
"""Characters; more of a paste is left out, and that is said."""

_LONGEST_SECRET: Final = 20_000
"""More than any key: a larger one comes through and is refused where keys are checked."""


class LineInput(Input):
    """Textual's `Input` without its blinking, and with what is pasted or loaded cleaned.

    What is secret is not cleaned, as it is drawn as dots and has to stay what it is.

    Args:
        value: What stands in it at first.
        placeholder: Shown while it is empty.
        password: Whether dots are drawn instead of letters.
    """

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(
            first_line(value, LONGEST),
            placeholder=placeholder,
            password=password,
            select_on_focus=False,
            compact=True,
            id=id,
        )
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if self.password:
            text = event.text[:_LONGEST_SECRET].strip()
        else:
            text = first_line(event.text, LONGEST)
            if len(event.text) > LONGEST:
                self.notify(f"Only {LONGEST:,} characters were taken.", markup=False)
        self.replace(text, *sorted(self.selection))


def first_line(text: str, most: int) -> str:
    """The first line of `text` that holds anything, as it may be drawn, up to `most` long."""
    lines = clean(text[: 4 * most]).replace("\t", " ").split("\n")
    return next((line for line in lines if line.strip()), "")[:most]
