"""What all dialogs have in common."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.screen import ModalScreen
from textual.types import CSSPathType

from grafftui.ui.styles import style_sheet

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A box over the session that returns an `Answer`; its widgets are in one called `dialog`."""

    CSS_PATH: ClassVar[CSSPathType | None] = style_sheet("dialogs.tcss")
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-high")]  # noqa: RUF012
