"""What became of the workspace that a sandbox was made with: the files, and the diff of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.text import one_line
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.diff_view import DiffView
from grafftui.ui.widgets.virtual_list import VirtualList

Change = Mapping[str, str]
_SIGNS: Final = {"added": "+", "deleted": "-", "modified": "~"}
_STYLES: Final = {"added": "$text-success", "deleted": "$text-error"}


class ChangeList(VirtualList[Change]):
    """One line for each file."""

    def render_row(self, row: Change, width: int, selected: bool) -> Content:
        """` ~ src/app.py   modified`."""
        kind = row["kind"]
        path = one_line(row["path"], max(8, width - 15))
        sign = _SIGNS.get(kind, "?")
        return Content.assemble(
            (f" {sign} ", _STYLES.get(kind, "$text-warning")), path, (f"   {kind}", "$text-muted")
        )


class SandboxChanges(Dialog[bool]):
    """Shows `changes`, as `Sandbox.diff` gives them; returns whether they are to be brought."""

    CSS_PATH = [  # noqa: RUF012
        style_sheet("dialogs.tcss"), style_sheet("transcript.tcss"), style_sheet("sandboxes.tcss")
    ]  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "scroll_diff(-1)", "Diff up", id="sandbox_changes.up"),
        Binding("right_square_bracket", "scroll_diff(1)", "Diff down", id="sandbox_changes.down"),
        Binding("b", "bring", "Bring them into the workspace", id="sandbox_changes.bring"),
        Binding("escape", "close", "Back", id="sandbox_changes.close"),
    ]

    def __init__(self, name: str, changes: Sequence[Change]) -> None:
        super().__init__()
        self._name_of_it = name
        self._listed = ChangeList(changes)

    def compose(self) -> ComposeResult:
        """Title, the files, the diff of one, the keys."""
        count = len(self._listed.rows)
        files = "1 file" if count == 1 else f"{count:,} files"
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(
                Content(one_line(f"{files} changed in {self._name_of_it}", 90)), id="title"
            )
            yield self._listed
            yield Vertical(id="diff")
            yield Static(Content("↑ ↓ file   [ ] scroll   b bring them   esc back"), id="hint")

    def on_mount(self) -> None:
        """The first file's diff."""
        self._listed.focus()
        self._listed.cursor = 0

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        """Another file: show its diff."""
        self.run_worker(self._show(event.row), group="diff", exclusive=True)

    async def _show(self, change: Change) -> None:
        box = self.query_one("#diff", Vertical)
        note, diff = one_line(change["note"], 300), change["diff"]
        await box.remove_children()
        await box.mount(*([Static(Content(note))] if note else []))
        await box.mount(*([DiffView(diff)] if diff else []))

    def action_scroll_diff(self, pages: int) -> None:
        """Move the diff by a page."""
        for view in self.query(DiffView):
            view.scroll_relative(y=pages * max(1, view.size.height - 1), animate=False)

    def action_bring(self) -> None:
        """They are to come into the workspace: a turn, which asks first."""
        self.dismiss(True)

    def action_close(self) -> None:
        """Back to the sandboxes."""
        self.dismiss(False)
