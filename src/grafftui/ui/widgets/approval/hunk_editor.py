"""A small editor for the new lines of one hunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.text.auditing import audit
from grafftui.ui.composing.pasting import clean
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.approval.hunks import Hunk
from grafftui.ui.widgets.composer_keys import KEYS
from grafftui.ui.widgets.draft_editor import DraftEditor

_NOT_HERE: Final = ("send", "newline", "search", "stash", "edit", "complete", "dismiss")
"""What the composer's keys do that has no meaning here."""


def can_be_written(lines: Sequence[str]) -> bool:
    """Whether these lines look in the editor as they are, and stay so."""
    text = "\n".join(lines)
    return clean(text) == text


def _editing_keys() -> list[BindingType]:
    """The composer's keys, as the person has them."""
    unwanted = {f"composer.{name}" for name in _NOT_HERE}
    return [key for key in KEYS if isinstance(key, Binding) and key.id not in unwanted]


class HunkDraft(DraftEditor):
    """The lines. Enter begins a new one; what is pasted stands there in full.

    Args:
        lines: What is there at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *_editing_keys(),
        Binding("enter,shift+enter,ctrl+j", "newline", "New line", id="hunk.newline"),
        Binding("tab", "indent", "Indent", id="hunk.indent"),
    ]

    prompt = "   "

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = lines
        self._indent = "\t" if any(line.startswith("\t") for line in lines) else "    "

    def on_mount(self) -> None:
        """Begin at the start."""
        super().on_mount()
        self.draft.insert("\n".join(self._lines))
        self.draft.move(0)
        self.changed()

    def paste(self, text: str) -> None:
        """Write it as it is, as far as it can be seen."""
        self.draft.insert(clean(text))
        self.changed()

    def action_indent(self) -> None:
        """Indent as the other lines are."""
        self.draft.insert(self._indent)
        self.changed()

    def action_row(self, rows: int, select: bool = False) -> None:
        """Move by rows."""
        self.step(rows, select=select)

    def _wanted(self) -> int:
        most = max(3, self.app.size.height * 6 // 10)
        return max(3, min(most, len(self._rows.spans)))

    def _repaint(self, first: int, last: int) -> None:
        self.refresh()


class HunkEditor(Dialog[tuple[str, ...] | None]):
    """Returns the lines as the person wants them, or None when it was cancelled.

    Args:
        hunk: What is edited; nothing is changed in it here.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("approval.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Done", id="hunk.save", priority=True),
        Binding("escape", "cancel", "Leave it as it was", id="hunk.cancel"),
    ]

    def __init__(self, hunk: Hunk) -> None:
        super().__init__()
        self._hunk = hunk

    def compose(self) -> ComposeResult:
        """Which hunk, its lines, the keys."""
        place = audit(f"{self._hunk.path}, hunk {self._hunk.number + 1}")
        with Vertical(id="dialog", classes="-wide"):
            yield Static(Content(place), id="title")
            yield HunkDraft(self._hunk.new_lines)
            yield Static(Content("ctrl+s done   esc cancel"), id="hint")

    def on_mount(self) -> None:
        """The lines have the focus."""
        self.query_one(HunkDraft).focus()

    def action_save(self) -> None:
        """Return the lines."""
        self.dismiss(tuple(self.query_one(HunkDraft).draft.text.split("\n")))

    def action_cancel(self) -> None:
        """Return nothing."""
        self.dismiss(None)
