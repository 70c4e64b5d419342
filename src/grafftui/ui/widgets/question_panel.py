"""A question of an agent's: its text, the answers it proposes, and the keys that answer.

Like an approval it takes no typing for an answer (see `GuardedPanel`). Enter gives nothing away:
what is marked at first leaves the question for later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from grafftui.approvals import Question, Reply
from grafftui.text import display, one_line
from grafftui.ui.live import PendingQuestion
from grafftui.ui.widgets.approval.guarded import Choice, Undo
from grafftui.ui.widgets.approval.reading import ReadingPanel
from grafftui.ui.widgets.command_view import CommandView

_LATER = Choice("l", "later", "later")
_DONE = Choice("d", "done", "done", accepts=True)
_OWN = Choice("o", "own words…", "own")
_SKIP = Choice("s", "no answer", "skip")
_LONGEST_WORD = 16
"""Cells of an option beside its key; all of it stands above."""


class QuestionText(CommandView):
    """The question and its options, to be read."""

    def __init__(self, asked: PendingQuestion, picked: set[int]) -> None:
        super().__init__("")
        self._asked = asked
        self._picked = picked

    def compose(self) -> ComposeResult:
        """All of it."""
        yield Static(self._content(), id="asked", markup=False)

    def draw_picked(self) -> None:
        """Others were picked."""
        self.query_one("#asked", Static).update(self._content())

    def _content(self) -> Content:
        question = self._asked.question
        lines = [Content(display(question.text))]
        for number, option in enumerate(question.options):
            sign = ("[x] " if number in self._picked else "[ ] ") if question.multiple else ""
            key = (f"{number + 1} ", "bold $text-accent")
            lines.append(Content.assemble(key, sign, display(option)))
        return Content("\n").join(lines)


class QuestionPanel(ReadingPanel):
    """Shows one question at a time; hidden when there is none."""

    @dataclass
    class Answered(Message):
        """The person answered, or will not."""

        asked: PendingQuestion
        reply: Reply

    @dataclass
    class OwnWordsWanted(Message):
        """The person wants to write the answer."""

        asked: PendingQuestion
        chosen: tuple[str, ...]

    @dataclass
    class Later(Message):
        """Not now."""

        asked: PendingQuestion

    def __init__(self) -> None:
        super().__init__()
        self._asked: PendingQuestion | None = None
        self._picked: set[int] = set()

    @property
    def asked(self) -> PendingQuestion | None:
        """The question on show."""
        return self._asked

    async def show(self, asked: PendingQuestion | None, heading: str = "") -> None:
        """Show a question, or nothing."""
        if asked is not None and asked is self._asked:
            return
        self._asked = asked
        self._picked = set()
        self.listen_anew()
        self.set_class(asked is not None, "-open")
        await self.query(QuestionText).remove()
        if asked is None or self._asked is not asked:  # another one came meanwhile
            return
        self.ask(Content.styled(one_line(heading, 200), "bold $text-warning"), Content(""))
        await self.put(QuestionText(asked, self._picked))

    # -- answers ---------------------------------------------------------------------------

    @property
    def moves(self) -> str:  # type: ignore[override]
        """Where several may be chosen, their keys only pick them."""
        question = self._question
        return "12345"[: len(question.options)] if question and question.multiple else ""

    @property
    def _question(self) -> Question | None:
        return self._asked.question if self._asked else None

    def choices(self) -> Sequence[Choice]:
        """Later first."""
        question = self._question
        if question is None:
            return (_LATER,)
        return (_LATER, *self._answers(question), _OWN, _SKIP)

    def _answers(self, question: Question) -> Iterator[Choice]:
        if question.multiple:
            yield _DONE
            return
        for number, option in enumerate(question.options, 1):
            word = one_line(option, _LONGEST_WORD)
            yield Choice(str(number), word, f"option_{number}", accepts=True)

    def move(self, key: str) -> Undo | None:
        """Pick an option, or no more."""

        def toggle() -> None:
            self._picked ^= {int(key) - 1}
            for view in self.query(QuestionText):
                view.draw_picked()

        toggle()
        return toggle

    def keys_hint(self) -> Content:
        """Where several may be chosen: by what."""
        words = f"{' '.join(self.moves)} choose" if self.moves else ""
        return Content.styled(words, "$text-muted")

    async def give(self, choice: Choice) -> None:
        """Give an answer."""
        if choice.name.startswith("option_"):
            self._choose(int(choice.key) - 1)
        else:
            await super().give(choice)

    def _choose(self, number: int) -> None:
        question = self._question
        if question is not None and self.may_accept():
            self._reply(Reply((question.options[number],)))

    def answer_done(self) -> None:
        """What is picked is the answer."""
        if not self._picked:
            self.say("nothing is chosen: 1 2 … choose, s gives no answer")
        elif self.may_accept():
            self._reply(Reply(self._chosen))

    def answer_own(self) -> None:
        """Write it, besides what is picked."""
        if self._asked is not None:
            self.post_message(self.OwnWordsWanted(self._asked, self._chosen))

    def answer_skip(self) -> None:
        """Have the agent go on without."""
        self._reply(Reply())

    def answer_later(self) -> None:
        """Leave it open."""
        if self._asked is not None:
            self.post_message(self.Later(self._asked))

    @property
    def _chosen(self) -> tuple[str, ...]:
        question = self._question
        return tuple(question.options[at] for at in sorted(self._picked)) if question else ()

    def _reply(self, reply: Reply) -> None:
        if self._asked is not None:
            self.post_message(self.Answered(self._asked, reply))
