"""A panel that is answered by keys, and never by typing.

It ignores answers for `GUARD` seconds after it has the focus, and takes an answer key only when
it stands alone: a second key within `ALONE` seconds means that a person is typing, and both go to
the composer; one that accepts must not follow closely on any other key either. Where the focus
came by itself, nobody may have seen it come: then one that accepts waits for longer, so that it
is not the first letter of somebody who types slowly. What counts is when a key was pressed,
however late it comes. Keys that only move act at once; if they turn out to be typing, what they
did is taken back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import ClassVar, Final, Self

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

GUARD: Final = 0.3
"""Seconds during which a panel that has just taken the focus answers to no key (R-42)."""

ALONE: Final = 0.3
"""Seconds in which no other key may follow an answer key, nor come before one that accepts."""

UNSEEN: Final = 0.8
"""Seconds in which no other key may follow one that accepts, where the focus came by itself.
Whoever looks for each letter on the keyboard needs some 0.4 s for the next."""

Undo = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer, its key and its word.

    Attributes:
        name: The panel's method `answer_…` that gives it.
        accepts: Whether it lets anything happen.
    """

    key: str
    word: str
    name: str
    accepts: bool = False


class GuardedPanel(Vertical, can_focus=True, can_focus_children=False):
    """Keys, guards and the row of answers; subclasses say what is asked and what answers there are.

    A widget with the id `choices`, and one called `hint`, must be among its children.
    """

    DEFAULT_CSS = """
    GuardedPanel { height: auto; display: none; }
    GuardedPanel.-open { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "Previous answer", show=False, id="approval.previous"),
        Binding("right", "choose(1)", "Next answer", show=False, id="approval.next"),
        Binding("enter", "take", "Give the chosen answer", id="approval.take"),
    ]

    moves: str = ""
    """Keys that act at once."""

    @dataclass
    class Typed(Message):
        """Keys that were typing, not an answer; they belong to the composer."""

        text: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._choice = 0
        self._deaf_until = 0.0
        self._held = ""
        self._hurried = False
        self._last_key_at = 0.0
        self._remark = ""
        self._came_by_itself = False
        self._undo: list[Undo] = []
        self._held_timer: Timer | None = None

    # -- what subclasses say ---------------------------------------------------------------

    def choices(self) -> Sequence[Choice]:
        """The answers there are now; the first is the one that does nothing."""
        raise NotImplementedError

    def other_keys(self) -> Sequence[Choice]:
        """Keys that are taken like answers, and are none."""
        return ()

    def move(self, key: str) -> Undo | None:
        """Do what a key of `moves` stands for; returns what takes it back."""
        raise NotImplementedError

    def hint(self) -> Content:
        """What to say below the answers."""
        return Content("")

    # -- guards ----------------------------------------------------------------------------

    def listen_anew(self) -> None:
        """Something else is asked: nothing that is on its way may answer it."""
        self._forget_keys()
        self._remark = ""
        self._choice = 0
        self._deaf_until = time.monotonic() + GUARD
        if self.is_mounted:
            self.draw_choices()

    def focus(self, scroll_visible: bool = True) -> Self:
        """The person goes here."""
        self._came_by_itself = False
        return super().focus(scroll_visible)

    def come_forward(self) -> None:
        """Take the focus without being asked to."""
        self.focus()
        self._came_by_itself = True

    def watch_has_focus(self, has_focus: bool) -> None:
        """Nothing that was on its way when the focus came may answer."""
        super().watch_has_focus(has_focus)
        if not has_focus:
            self._came_by_itself = False
        self.listen_anew()

    def on_key(self, event: events.Key) -> None:
        """Answer keys answer when they stand alone; other characters are typing."""
        early = event.time < self._deaf_until
        hurried = event.time - self._last_key_at < ALONE
        self._last_key_at = event.time
        if self._remark:
            self.say("")
        if not event.is_printable or event.character is None:
            self._came_by_itself = False
            enter = event.key == "enter"
            doubtful = bool(self._held) and (enter or not self._only_moves(self._held))
            self._forget_keys()
            if doubtful or (early and enter):  # neither is an answer
                event.stop()
                event.prevent_default()
            return
        event.stop()
        event.prevent_default()
        key = event.character
        if not early and self._only_moves(self._held + key):
            self._hold(key)
            if (undo := self.move(key)) is not None:
                self._undo.append(undo)
        elif not early and not self._held and (choice := self._choice_of(key)) is not None:
            self._hurried = hurried
            self._hold(key, UNSEEN if self._came_by_itself and choice.accepts else ALONE)
        else:
            self._is_typing(key)

    def on_paste(self, event: events.Paste) -> None:
        """A paste is never an answer."""
        event.stop()
        self._is_typing(event.text)

    def _only_moves(self, keys: str) -> bool:
        return all(key in self.moves for key in keys)

    def _hold(self, key: str, seconds: float = ALONE) -> None:
        """Keep a key back until it is known whether another follows."""
        if self._held_timer is not None:
            self._held_timer.stop()
        self._held += key
        self._held_timer = self.set_timer(seconds, self._stood_alone)

    def _is_typing(self, text: str) -> None:
        """All that is held back, and `text`, is the composer's."""
        for undo in reversed(self._undo):
            undo()
        typed = self._held + text
        self._forget_keys()
        self.post_message(self.Typed(typed))

    async def _stood_alone(self) -> None:
        key, hurried = self._held, self._hurried
        self._forget_keys()
        choice = self._choice_of(key)
        if choice is None or self._only_moves(key):
            return
        if hurried and choice.accepts:
            self.say(f"{key} came right after another key: once more, if it was meant")
        else:
            self._came_by_itself = False
            await self.give(choice)

    def _choice_of(self, key: str) -> Choice | None:
        known = (*self.choices(), *self.other_keys())
        return next((choice for choice in known if choice.key == key), None)

    def _forget_keys(self) -> None:
        self._held = ""
        self._hurried = False
        self._undo.clear()
        if self._held_timer is not None:
            self._held_timer.stop()
            self._held_timer = None

    # -- answers ---------------------------------------------------------------------------

    async def give(self, choice: Choice) -> None:
        """Give an answer."""
        given = getattr(self, f"answer_{choice.name}")()
        if isawaitable(given):
            await given

    def action_choose(self, step: int) -> None:
        """Move along the answers."""
        self._choice = (self._choice + step) % len(self.choices())
        self.draw_choices()

    async def action_take(self) -> None:
        """Give the answer that is marked; it starts at the one that does nothing."""
        choices = self.choices()
        await self.give(choices[self._choice % len(choices)])

    # -- drawing ---------------------------------------------------------------------------

    def say(self, remark: str) -> None:
        """Say something in place of the hint, until the next key."""
        self._remark = remark
        self.draw_choices()

    def draw_choices(self) -> None:
        """Draw the answers, and below them a remark or the hint."""
        if not self.query("#choices"):  # the app is on its way out
            return
        rows: list[Content] = []
        width = max(20, self.content_size.width)
        for index, choice in enumerate(self.choices()):
            marked = self.has_focus and self.marks_choice and index == self._choice
            word = Content.assemble(
                (" ", "reverse" if marked else ""),
                (choice.key, "bold reverse" if marked else "bold $text-accent"),
                (f" {choice.word} ", "reverse" if marked else self.style_of(choice)),
            )
            if rows and rows[-1].cell_length + word.cell_length + 1 <= width:
                rows[-1] = Content.assemble(rows[-1], " ", word)
            else:
                rows.append(word)
        self.query_one("#choices", Static).update(Content("\n").join(rows))
        remark = Content.styled(self._remark, "$text-warning")
        hint = remark if self._remark else self.hint()
        line = self.query_one("#hint", Static)
        line.update(hint)
        line.display = bool(hint)

    @property
    def marks_choice(self) -> bool:
        """Whether Enter gives the marked answer."""
        return True

    def style_of(self, choice: Choice) -> str:
        """The style of an answer's word."""
        return ""

    def on_resize(self) -> None:
        """The answers stay in sight, whatever the width."""
        self.draw_choices()
