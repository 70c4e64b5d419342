"""One line of text, safe to paste into."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from grafftui.ui.composing.pasting import clean, is_typed

_LONGEST = 4_096


class LineInput(Input):
    """Textual's `Input` without its blinking, and with what is pasted or loaded cleaned.

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
            one_clean_line(value),
            placeholder=placeholder,
            password=password,
            select_on_focus=False,
            max_length=_LONGEST,
            compact=True,
            id=id,
        )
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        room = _LONGEST - len(self.value)
        self.replace(one_clean_line(event.text)[: max(0, room)], *sorted(self.selection))

    async def _on_key(self, event: events.Key) -> None:
        if event.character and event.is_printable and not is_typed(event.character):
            event.stop()
            event.prevent_default()


def one_clean_line(text: str) -> str:
    """The first line of `text` that holds anything, as it may be drawn."""
    lines = clean(text[: 4 * _LONGEST]).replace("\t", " ").split("\n")
    return next((line for line in lines if line.strip()), "")
