"""A commit before it is made: its files, and its message to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.text import display, one_line
from grafftui.ui.composing.pasting import clean
from grafftui.ui.screens.confirm import Confirm
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.approval.hunk_editor import HunkDraft

if TYPE_CHECKING:
    from grafftui.core.committing import ProposedCommit

_OTHER_ROWS: Final = 18
"""Of a small screen, for the message and the keys."""


class CommitScreen(Dialog[str | None]):
    """Returns the message as the person leaves it, once they said yes to the commit; else None.

    Args:
        proposed: What would be committed.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("approval.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "commit", "Commit…", id="commit.commit", priority=True),
        Binding("escape", "cancel", "No commit", id="commit.cancel"),
    ]

    def __init__(self, proposed: ProposedCommit) -> None:
        super().__init__()
        self._proposed = proposed

    def compose(self) -> ComposeResult:
        """Title, files, message, keys."""
        names = files(self._proposed, max(3, (self.app.size.height - _OTHER_ROWS) // 2))
        with Vertical(id="dialog", classes="-wide"):
            yield Static(Content(heading(self._proposed)), id="title")
            yield Static(Content(display("\n".join([*names, ""]))))
            yield HunkDraft(clean(self._proposed.message).split("\n"))
            yield Static(Content("ctrl+s commit…   esc no commit"), id="hint")

    def on_mount(self) -> None:
        """The message has the focus."""
        self.query_one(HunkDraft).focus()

    def action_commit(self) -> None:
        """Ask, then return the message."""
        message = self.query_one(HunkDraft).draft.text
        if not message.strip():
            self.notify("The commit has no message.", markup=False)
            return

        def commit(yes: bool | None) -> None:
            if yes:
                self.dismiss(message)

        subject = one_line(message.strip().splitlines()[0], 100)
        self.app.push_screen(Confirm(f"{heading(self._proposed)}?\n\n{subject}", "Commit"), commit)

    def action_cancel(self) -> None:
        """No commit."""
        self.dismiss(None)


def heading(proposed: ProposedCommit) -> str:
    """What would be committed, in a few words."""
    count = len(proposed.files)
    which = "what is staged" if proposed.changes.staged else "all that has changed"
    return f"Commit {which}: {count:,} file{'' if count == 1 else 's'}"


def files(proposed: ProposedCommit, most: int) -> list[str]:
    """The files, a line each; of many the first."""
    names = [one_line(name, 200) for name in proposed.files[:most]]
    more = [f"… {len(proposed.files) - most:,} more"] if len(proposed.files) > most else []
    left_out = len(proposed.changes.hidden)
    return [*names, *more, *([f"{left_out} not shown: a rule forbids it"] if left_out else [])]
