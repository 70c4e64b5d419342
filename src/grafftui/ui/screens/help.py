"""All keys, read from the bindings as they are now: never wrong after a change of keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from grafftui.text import one_line
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet

if TYPE_CHECKING:
    from grafftui.ui.commands import Command

_KEY_COLUMN: Final = 22
_INDENT: Final = _KEY_COLUMN + 2
_LEAST_ROOM: Final = 16
"""Cells for what a key does, however narrow the screen."""
_NAMES: Final = {
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "question_mark": "?",
    "slash": "/",
    "exclamation_mark": "!",
    "at": "@",
    "comma": ",",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}
_TYPED: Final = (
    ("/", "Commands, by name"),
    ("@", "Names of files"),
    ("!", "A shell command of your own"),
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Some keys that belong together.

    Attributes:
        title: What they belong to.
        lines: Keys, and what they do.
    """

    title: str
    lines: tuple[tuple[str, str], ...]


class HelpScreen(Dialog[None]):
    """Every command with its keys, and the keys of what has the focus.

    Args:
        screen: The screen to explain.
        commands: The commands there are; by default all of `ui.commands`.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("help.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,question_mark", "close", "Close", id="help.close")
    ]

    def __init__(self, screen: Screen[Any], commands: Sequence[Command] | None = None) -> None:
        super().__init__()
        if commands is None:
            from grafftui.ui.commands import COMMANDS

            commands = COMMANDS
        self._topics = topics(screen, commands)

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(id="dialog", classes="-tall"):
            yield Static(Content("Help"), id="title")
            with VerticalScroll():
                yield TopicsText(self._topics)
            yield Static(Content("↑ ↓ scroll   esc close"), id="hint")

    def on_mount(self) -> None:
        """The text scrolls with the arrow keys."""
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)


class TopicsText(Widget):
    """Topics as a text; what a key does is wrapped beside it.

    Args:
        topics: What to draw.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        super().__init__()
        self._topics = topics

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines it takes."""
        return _drawn(self._topics, width).plain.count("\n")

    def render(self) -> Content:
        """All of it."""
        return _drawn(self._topics, self.size.width)


def topics(screen: Screen[Any], commands: Iterable[Command]) -> list[Topic]:
    """What `screen`'s bindings are at this moment, by topic."""
    by_id: dict[str, list[str]] = {}
    by_node: dict[str, dict[str, list[str]]] = {}
    known = {command.id for command in commands}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if binding.id in known:
            by_id.setdefault(binding.id or "", []).append(key)
        elif binding.description and not binding.system:
            node = by_node.setdefault(_words(type(active.node).__name__), {})
            node.setdefault(binding.description, []).append(key)
    found: dict[str, list[tuple[str, str]]] = {}
    for command in commands:
        keys = key_names(by_id.get(command.id, ()))
        lines = found.setdefault(command.group, [])
        lines.append((keys or f"/{command.id}", f"{command.title} – {command.help}"))
    return [
        *(Topic(group, tuple(lines)) for group, lines in found.items()),
        Topic("At the start of a word", _TYPED),
        *(
            Topic(title, tuple((key_names(keys), what) for what, keys in node.items()))
            for title, node in by_node.items()
        ),
    ]


def key_names(keys: Iterable[str]) -> str:
    """Keys as they stand on a keyboard: "ctrl+n", "f2" as `Ctrl+N, F2`."""
    return ", ".join(map(_key_name, keys))


def _key_name(key: str) -> str:
    """A letter is written as on its key when another is held with it, else as it is typed."""
    parts = [_NAMES.get(part, part) for part in key.replace("upper_", "").split("+")]
    alone = len(parts) == 1
    return "+".join(part if alone and len(part) == 1 else _capitalised(part) for part in parts)


def _capitalised(part: str) -> str:
    return part[:1].upper() + part[1:]


def _words(name: str) -> str:
    """`ConversationList` as `Conversation list`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _drawn(all_topics: Iterable[Topic], width: int) -> Content:
    parts: list[Content | str | tuple[str, str]] = []
    for topic in all_topics:
        parts.append((f"{one_line(topic.title, 60)}\n", "bold $text-accent"))
        for keys, what in topic.lines:
            shown = one_line(keys, 60)
            gap = " " * max(2, _KEY_COLUMN - Content(shown).cell_length)
            lines = wrap(one_line(what, 200), max(_LEAST_ROOM, width - _INDENT))
            parts += ["  ", shown, gap, (f"\n{' ' * _INDENT}".join(lines), "$text-muted"), "\n"]
        parts.append("\n")
    return Content.assemble(*parts)
