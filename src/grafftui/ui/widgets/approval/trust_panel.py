"""Asks once whether an unknown folder, or what changed in a known one, is to be trusted.

It is answered like an approval, and like one it takes no typing for an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message

from grafftui.text.auditing import audit
from grafftui.trust import Changed, Contents, GovernedFile, Unknown
from grafftui.ui.places import home_as_tilde
from grafftui.ui.widgets.approval.guarded import Choice
from grafftui.ui.widgets.approval.reading import ReadingPanel
from grafftui.ui.widgets.diff_view import DiffView

_CHOICES = (
    Choice("n", "not now", "not_now"),
    Choice("t", "trust", "trust", accepts=True),
    Choice("f", "full", "full"),
)


class TrustPanel(ReadingPanel):
    """Shows what the folder would have loaded; hidden when there is nothing to ask."""

    @dataclass
    class Answered(Message):
        """The person decided about what was shown."""

        seen: Contents
        trusted: bool

    @dataclass
    class FullWanted(Message):
        """The person wants to see it on a screen of its own."""

        state: Unknown | Changed

    _state: Unknown | Changed | None = None

    async def show(self, state: Unknown | Changed | None) -> None:
        """Ask about `state`, or nothing."""
        self._state = state
        self.listen_anew()
        self.set_class(state is not None, "-open")
        await self.query(DiffView).remove()
        if state is not None and self._state is state:
            self.ask(_question(state), _files(state))
            await self.put(DiffView("\n".join(_contents(state))))

    def choices(self) -> Sequence[Choice]:
        """Not now is first."""
        return _CHOICES[:2] if self._full else _CHOICES

    def answer_not_now(self) -> None:
        """Nothing of it is loaded."""
        if self._state is not None:
            self.post_message(self.Answered(self._state.contents, trusted=False))

    def answer_trust(self) -> None:
        """What was shown may be loaded."""
        if self._state is not None and self.may_accept():
            self.post_message(self.Answered(self._state.contents, trusted=True))

    def answer_full(self) -> None:
        """See it on a screen of its own."""
        if self._state is not None:
            self.post_message(self.FullWanted(self._state))


def _question(state: Unknown | Changed) -> Content:
    folder = audit(home_as_tilde(state.contents.folder))
    words = "Trust this folder?" if isinstance(state, Unknown) else "Trust what changed here?"
    return Content.assemble((words, "bold $text-warning"), (f"  {folder}", "$text-muted"))


def _files(state: Unknown | Changed) -> Content:
    """Which files it is about, in a line; nothing of them is used yet."""
    if isinstance(state, Changed) and state.replaced:
        return Content.styled("another directory stands at this path now", "$text-warning")
    if isinstance(state, Changed):
        names = [f"{change.path} {change.kind}" for change in state.changes]
    else:
        names = [file.path for file in state.contents.files]
    listed = audit(", ".join(names[:6]) + (f" and {len(names) - 6} more" if names[6:] else ""))
    return Content.styled(f"not loaded until you say so: {listed}", "$text-muted")


def _contents(state: Unknown | Changed) -> Iterator[str]:
    """All of it as one diff: what is there, or what changed."""
    if isinstance(state, Changed) and not state.replaced:
        for change in state.changes:
            if not change.diff.startswith("--- "):
                yield f"+++ {_in_a_line(change.path)}"
            yield change.diff
    else:
        for file in state.contents.files:
            yield from _file(file)
    for refused in state.contents.refused:
        yield f"never loaded: {_in_a_line(refused.path)}: {refused.why}"


def _file(file: GovernedFile) -> Iterator[str]:
    yield f"+++ {_in_a_line(file.path)}"
    if file.text is None:
        yield f"no text; {file.size:,} bytes"
        return
    lines = file.text.removesuffix("\n").split("\n")
    yield f"@@ -0,0 +1,{len(lines)} @@"
    yield from (f"+{line}" for line in lines)


def _in_a_line(path: str) -> str:
    return path.replace("\n", "␊")
