"""What a new sandbox is to be like: one line for each thing, with what holds unless it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.text import one_line
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.screens.picker import Picker, Row
from grafftui.ui.screens.text_prompt import TextPrompt
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting.engine import Ability
    from grafftui.ui.sandbox_desk import SandboxDesk

_KEYS: Final = "enter change   ctrl+s create   esc cancel"
_NAME_COLUMN: Final = 15
_LANGUAGES: Final = ("javascript", "typescript", "python", "go", "rust")
_ON_OFF: Final[Mapping[bool | None, str]] = {
    None: "as the engine has it",
    True: "on",
    False: "off",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be said of a new sandbox.

    Attributes:
        key: As `Graff.create_sandbox` calls it; "name" becomes a label.
        label: What it is called here.
        question: What is asked for it; "" where Enter takes the next of a few.
        ability: What an engine has to have for it; None for every engine.
        read: What is meant by a text that is not empty. Raises `ValueError`.
        empty: What holds if nothing is said.
    """

    key: str
    label: str
    question: str = ""
    ability: Ability | None = None
    read: Callable[[str], Any] = str
    empty: str = ""


def _amount(text: str) -> float:
    value = float(text.replace(",", "."))
    if not 0 < value < 1e9:
        raise ValueError
    return value


def _minutes(text: str) -> int:
    value = int(text)
    if not 0 <= value < 1_000_000:
        raise ValueError
    return value


_FIELDS: Final = (
    Field("engine", "Engine"),
    Field("name", "Name", "A name to know it by", empty="none"),
    Field("language", "Language", ability="language"),
    Field("image", "Image", "Container image", "image", empty="that of the language"),
    Field("seed", "Begins with", ability="seed"),
    Field("network", "Network", ability="network"),
    Field("cpu", "Processors", "How many processors it may use", "cpu", _amount, "as many as here"),
    Field("memory", "Memory", "GiB of memory it may use", "memory", _amount, "the engine's own"),
    Field("disk", "Disk", "GiB of disk it may use", "disk", _amount, "the engine's own"),
    Field(
        "auto_stop_minutes",
        "Stops unused",
        "Minutes without use after which it stops; 0 for never",
        read=_minutes,
        empty="30",
    ),
)


class FieldList(VirtualList[Field]):
    """Names and values."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._values = values

    def render_row(self, row: Field, width: int, selected: bool) -> Content:
        """` Network        off`."""
        said = one_line(shown(row, self._values.get(row.key)), max(8, width - _NAME_COLUMN - 3))
        style = "" if row.key in self._values else "$text-muted"
        return Content.assemble(f" {row.label:<{_NAME_COLUMN}} ", (said, style))


def shown(field: Field, value: object) -> str:
    """A value in words."""
    if field.key == "seed":
        return "a copy of this workspace" if value else "nothing"
    if field.key == "network":
        return _ON_OFF[value if isinstance(value, bool) else None]
    if field.key == "auto_stop_minutes" and value is not None:
        return f"after {value} minutes" if value else "never"
    if field.key == "language" and value is None:
        return _LANGUAGES[0]
    if value is None:
        return "after 30 minutes" if field.key == "auto_stop_minutes" else field.empty
    return f"{value:g} GiB" if field.key in ("memory", "disk") else f"{value}"


class SandboxWizard(Dialog["dict[str, Any] | None"]):
    """Returns what is wanted, by the names of `Graff.create_sandbox` and "name"; or None.

    Args:
        desk: Knows the engines.
        values: What was said before.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("sandboxes.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "create", "Create it", id="sandbox_wizard.create"),
        Binding("escape", "cancel", "Close", id="sandbox_wizard.cancel"),
    ]

    def __init__(self, desk: SandboxDesk, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._desk = desk
        usable = [view.name for view in desk.engines.values() if view.problem == ""]
        begin = {"engine": next(iter(usable), "local"), "seed": True}
        self._values: dict[str, Any] = dict(values) or begin
        self._listed = FieldList(self._values)

    def compose(self) -> ComposeResult:
        """Title, the fields, the keys."""
        with Vertical(id="dialog"):
            yield Static(Content("New sandbox"), id="title")
            yield self._listed
            yield Static(Content(_KEYS), id="hint")

    def on_mount(self) -> None:
        """The cursor is on the engine."""
        self._listed.focus()
        self._show()
        self._listed.cursor = 0

    def _show(self) -> None:
        """The fields that this engine can be told."""
        abilities = self._desk.abilities(self._values["engine"])
        fields = [one for one in _FIELDS if one.ability is None or one.ability in abilities]
        self._listed.set_rows(fields)
        self._listed.styles.height = len(fields)

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: say something else."""
        event.stop()
        field: Field = event.row
        if field.key in ("engine", "language"):
            rows = self._engines() if field.key == "engine" else [Row(x, x) for x in _LANGUAGES]
            current = str(self._values.get(field.key, rows[0].value))
            self.app.push_screen(
                Picker(field.label, rows, current=current), lambda value: self._say(field, value)
            )
        elif field.key == "seed":
            self._say(field, None if self._values.get("seed") else True)
        elif field.key == "network":
            order = (None, True, False)
            now = order.index(self._values.get("network"))
            self._say(field, order[(now + 1) % len(order)], forget=now == len(order) - 1)
        else:
            value = self._values.get(field.key)
            said = "" if value is None else f"{value}"
            self.app.push_screen(
                TextPrompt(field.question, said), lambda text: self._read(field, text)
            )

    def _engines(self) -> list[Row]:
        return [
            Row(view.name, view.name, view.problem or "") for view in self._desk.engines.values()
        ]

    def _read(self, field: Field, text: str | None) -> None:
        if text is None:
            return
        if not text.strip():
            return self._say(field, None, forget=True)
        try:
            self._say(field, field.read(text.strip()))
        except ValueError:
            self.notify(f"{field.label}: that cannot be meant.", severity="warning", markup=False)

    def _say(self, field: Field, value: object, *, forget: bool = False) -> None:
        if value is None:
            if forget or field.key == "seed":
                self._values.pop(field.key, None)
        elif field.key == "engine" and (problem := self._desk.engines[str(value)].problem):
            words = f"{value} cannot be used here: {one_line(problem, 200)}"
            return self.notify(words, severity="warning", markup=False)
        else:
            self._values[field.key] = value
        self._show()

    def action_create(self) -> None:
        """That is wanted."""
        known = {field.key for field in self._listed.rows}
        self.dismiss({key: value for key, value in self._values.items() if key in known})

    def action_cancel(self) -> None:
        """None is wanted."""
        self.dismiss(None)
