"""Going back: which turn, and what it would do to the conversation and to each file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.key_lines import key_lines
from grafftui.ui.screens.confirm import GUARD
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.screens.undo_notes import ROOM, notes
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.diff_view import DiffView
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.checkpoints import Step
    from grafftui.core.undo_plans import UndoPlan, UndoTurn
    from grafftui.tools.diffs import Diff

_SIGNS: Final = {"create": "+", "delete": "-", "restore": "~", "mode": "~"}
_DEEDS: Final = {
    "create": "comes back",
    "delete": "goes",
    "restore": "as it was",
    "mode": "mode as it was",
}
_NARROW: Final = 50
"""Cells up to which every one counts."""


class PlanDiffs(Protocol):
    """Knows what a plan would do to one file. May raise `GrafftuiError`; blocks."""

    def undo_diff(self, plan: UndoPlan, path: str) -> Diff:
        """The diff from what stands there to what would."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person wants done of a plan.

    Attributes:
        overwrite: Paths that are changed although somebody else changed them last.
    """

    files: bool
    words: bool
    overwrite: frozenset[str]


class TurnList(VirtualList["UndoTurn"]):
    """One line each: the prompt, how many files it changed, how old it is."""

    def render_row(self, row: UndoTurn, width: int, selected: bool) -> Content:
        """` Add a logout button              taken back   3 files    5m `."""
        age = figures.age(time.time() - row.started_at)
        back = "taken back   " if row.rewound else ""
        right = f"{back}{_count(row.files, 'file'):>10}  {age:>4} "
        room = max(8, width - len(right) - 3)
        prompt = Content(one_line(row.prompt or "(no prompt)", room))
        gap = " " * max(1, width - prompt.cell_length - len(right) - 1)
        return Content.assemble(" ", prompt, gap, (right, "$text-muted"))


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}" if count else f"no {noun}s"


class UndoTurns(Dialog["int | None"]):
    """Asks which turn to go back to the beginning of; returns its id, or None.

    Args:
        turns: Those there are, newest first.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("undo.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="undo.cancel"),
    ]

    def __init__(self, turns: Sequence[UndoTurn]) -> None:
        super().__init__()
        self._turns = turns

    def compose(self) -> ComposeResult:
        """Title, the turns, the keys."""
        with Vertical(id="dialog", classes="-tall"):
            yield Static(Content("Go back to before…"), id="title")
            yield TurnList(self._turns)
            yield Static(Content("enter look at what it would do   esc close"), id="hint")

    def on_mount(self) -> None:
        """The cursor is on the latest turn that stands."""
        listed = self.query_one(TurnList)
        listed.focus()
        standing = (at for at, turn in enumerate(self._turns) if not turn.rewound)
        listed.cursor = next(standing, 0)

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """A turn was chosen."""
        event.stop()
        self.dismiss(event.row.id)

    def action_cancel(self) -> None:
        """Choose none."""
        self.dismiss(None)


class StepList(VirtualList["Step"]):
    """One line for each file: what would become of it, and whether it needs a yes of its own."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(steps)
        self.overwrite: set[str] = set()

    def render_row(self, row: Step, width: int, selected: bool) -> Content:
        """` ~ src/app.py                                        as it was `."""
        right = _DEEDS[row.deed]
        left = f" {_SIGNS[row.deed]} "
        if row.doubt:
            right = row.doubt if row.path not in self.overwrite else f"{right}, all the same"
            left = " ? " if row.path not in self.overwrite else left
        style = "$text-warning" if row.doubt else "$text-muted"
        right = one_line(right, max(8, width // 2))
        room = max(8, width - len(right) - 5)
        path = Content(one_line(row.path, room))
        gap = " " * max(1, width - len(left) - path.cell_length - len(right) - 1)
        return Content.assemble((left, style), path, gap, (right, style), " ")

    def toggle(self) -> None:
        """Give the file under the cursor its yes, or take it back."""
        row = self.highlighted
        if row is None or not row.doubt or self.cursor is None:
            return
        self.overwrite ^= {row.path}
        self.refresh_row(self._order[self.cursor])


class UndoPlanScreen(Dialog["Wanted | None"]):
    """Shows what an undo or redo would do; returns what is wanted of it, or None.

    Args:
        plan: What it would do.
        diffs: Knows what it would do to each file.
        turns: How many turns would be taken back.
    """

    CSS_PATH = [  # noqa: RUF012
        style_sheet("dialogs.tcss"), style_sheet("transcript.tcss"), style_sheet("undo.tcss")
    ]  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "act", "Do it", id="undo.act"),
        Binding("f", "files", "Files or not", id="undo.files"),
        Binding("w", "words", "Words or not", id="undo.words"),
        Binding("space", "also", "This file all the same", id="undo.also"),
        Binding("left_square_bracket", "scroll_diff(-1)", "Diff up", show=False, id="undo.up"),
        Binding("right_square_bracket", "scroll_diff(1)", "Diff down", show=False, id="undo.down"),
        Binding("escape", "cancel", "Close", id="undo.cancel"),
    ]

    def __init__(self, plan: UndoPlan, diffs: PlanDiffs, turns: int) -> None:
        super().__init__()
        self._plan = plan
        self._diffs = diffs
        self._turns = turns
        self._files = bool(plan.files.steps)
        self._words = turns > 0
        self._deaf_until = float("inf")

    def compose(self) -> ComposeResult:
        """What is done, the files, the diff of one, what is not covered, the keys."""
        with Vertical(id="dialog"):
            yield Static(Content(self._title()), id="title")
            yield Static(id="what")
            yield StepList(self._plan.files.steps)
            yield Vertical(id="diff")
            said = notes(self._plan)
            yield Static(Content(said), id="notes", classes="" if said else "-empty")
            yield Static(id="hint")

    def on_mount(self) -> None:
        """The list has the focus; keys count from a moment after it can be seen."""
        listed = self.query_one(StepList)
        listed.focus()
        listed.cursor = 0 if self._plan.files.steps else None
        self._draw()
        self.call_after_refresh(self._listen)

    def _listen(self) -> None:
        self._deaf_until = time.monotonic() + GUARD

    # -- drawing ---------------------------------------------------------------------------

    def on_resize(self) -> None:
        """The keys take as many lines as they need."""
        self.call_after_refresh(self._draw)

    def _title(self) -> str:
        act = "Redo" if self._plan.act == "redo" else "Undo"
        return f"{act}: {'after' if act == 'Redo' else 'before'} “{self._prompt(50)}”"

    def _prompt(self, room: int) -> str:
        return one_line(self._plan.turn.prompt or "(no prompt)", room)

    def _draw(self) -> None:
        steps = self._plan.files.steps
        instead = "" if steps else self._plan.no_files
        parts = [
            _choice("files", self._files, _count(len(steps), "file"), instead),
            _choice("words", self._words, _count(self._turns, "turn")),
        ]
        hint = self.query_one("#hint", Static)
        width = hint.content_size.width or 80
        gap = " " * (5 if width > _NARROW else 2)
        self.query_one("#what", Static).update(Content(gap.join(parts)))
        keys = ["u " + self._plan.act] if self._files or self._words else []
        if self._plan.act == "undo":
            keys += ["f files"] * bool(steps) + ["w words"] * bool(self._turns)
        keys += ["space also what others changed"] * bool(self._plan.doubtful)
        keys += ["[ ] scroll"] * bool(steps)
        hint.update(Content(key_lines([*keys, "esc close"], width)))

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        """Another file: show its diff."""
        self.run_worker(self._show_diff(event.row.path), group="diff", exclusive=True)

    async def _show_diff(self, path: str) -> None:
        box = self.query_one("#diff", Vertical)
        try:
            diff = await asyncio.to_thread(self._diffs.undo_diff, self._plan, path)
        except GrafftuiError as error:
            shown: DiffView | Static = Static(Content(one_line(str(error), 200)))
        else:
            shown = DiffView(diff.text)
        await box.remove_children()
        await box.mount(shown)

    # -- choosing --------------------------------------------------------------------------

    def action_files(self) -> None:
        """Files go back, or stay."""
        self._files = not self._files and bool(self._plan.files.steps)
        self._draw()

    def action_words(self) -> None:
        """The conversation goes back, or stays."""
        self._words = not self._words and self._turns > 0
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """A redo brings back all that its undo took."""
        return self._plan.act == "undo" or action not in ("files", "words")

    def action_also(self) -> None:
        """A file that somebody else changed last is changed all the same, or not."""
        self.query_one(StepList).toggle()

    def action_scroll_diff(self, pages: int) -> None:
        """Move the diff by a page."""
        for view in self.query(DiffView):
            view.scroll_relative(y=pages * max(1, view.size.height - 1), animate=False)

    def action_act(self) -> None:
        """That is wanted."""
        if time.monotonic() < self._deaf_until or not (self._files or self._words):
            return
        chosen: Collection[str] = self.query_one(StepList).overwrite
        self.dismiss(Wanted(self._files, self._words, frozenset(chosen)))

    def action_cancel(self) -> None:
        """Nothing is done."""
        self.dismiss(None)


def _choice(name: str, on: bool, much: str, instead: str = "") -> str:
    sign = "[x]" if on else "[ ]"
    return f"{sign} {name}: {one_line(instead, ROOM) if instead else much}"
