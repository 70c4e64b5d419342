"""The sections of the side panel that are about what commands may do, line by line."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.panel_items import (
    AttemptItem,
    BackgroundItem,
    Item,
    MoreItem,
    PolicyItem,
    SandboxItem,
    WaitingItem,
)
from grafftui.ui.places import home_as_tilde

if TYPE_CHECKING:
    from grafftui.core.attempts import Attempt
    from grafftui.core.local_policy import LocalPolicy
    from grafftui.ui.foreign_hold import ForeignHold
    from grafftui.ui.live import Pending
    from grafftui.ui.panel_state import Running
    from grafftui.ui.sandbox_desk import Listed
    from grafftui.ui.themes import Signs

_FEW: Final = 3
"""Of each kind, beside the transcript."""

_MANY: Final = 50
"""Of each kind, where the panel is large."""

_MICRO: Final = 1_000_000
_UNFIT: Final = ("unknown", "changed")


@dataclass(frozen=True, slots=True)
class PanelLine:
    """One line.

    Attributes:
        content: What it says.
        item: What is chosen with it; None for what only belongs to the line above.
    """

    content: Content
    item: Item | None = None

    def same(self, other: PanelLine) -> bool:
        """Whether it looks and acts like `other`."""
        mine, its = self.content, other.content
        return mine.plain == its.plain and mine.spans == its.spans and self.item == other.item


Section = list[PanelLine]


@dataclass(frozen=True, slots=True)
class PanelLines:
    """Draws sections in `width` columns.

    Args:
        signs: For every state.
        large: Whether there is room for all of it.
    """

    signs: Signs
    width: int
    large: bool = False

    # -- what commands may do --------------------------------------------------------------

    def policy(self, policy: LocalPolicy | None, problem: str = "") -> Section:
        """What they may write, see and reach, and how that was proven.

        Args:
            problem: Why it may no longer be so.
        """
        lines = [PanelLine(Content.styled("Sandbox", "bold"), PolicyItem())]
        if policy is None:
            lines += self._none("$text-warning", "every command asks")
        elif not policy.held:
            lines += self._none("bold $text-error", one_line(policy.why_not, 4 * self._room))
        else:
            lines += map(PanelLine, self._held(policy))
        if policy is not None:
            lines += map(PanelLine, self._said(policy))
            if policy.works_in:
                words = f"tools act in {policy.works_in}"
                lines += map(PanelLine, self._wrapped(words, "$text-accent"))
        if problem:
            lines += map(PanelLine, self._wrapped(problem, "$text-error"))
        return lines

    def held_by(self, foreign: ForeignHold | None) -> Section:
        """How a backend holds its commands itself; nothing for our own core."""
        if foreign is None:
            return []
        head = PanelLine(Content.styled(f"Sandbox of {foreign.holder}", "bold"))
        sign, style = {
            True: (self.signs.done, "$text-success"),
            False: (self.signs.failed, "bold $text-error"),
            None: (self.signs.pending, "$text-muted"),
        }[foreign.holds]
        return [head, *map(PanelLine, self._wrapped(f"{sign} {foreign.words}", style))]

    def _none(self, style: str, why: str) -> Section:
        badge = Content.styled(f"{self.signs.failed} none", style)
        return [PanelLine(badge), *map(PanelLine, self._wrapped(why, "$text-muted"))]

    def _held(self, policy: LocalPolicy) -> Iterator[Content]:
        """Green only for what was proven."""
        kind = "workspace-write" if policy.writes else "read-only"
        yield Content.styled(f"{self.signs.done} {kind}", "$text-success")
        for at, path in enumerate(policy.writes):
            where = home_as_tilde(path) if at or self.large else "this folder"
            yield Content.assemble(("writes ", "$text-muted"), _end_of(where, self.width - 7))
        if not policy.writes:
            yield Content.styled("writes nothing", "$text-muted")
        network = ("on", "$text-warning") if policy.network else ("off", "$text-success")
        yield Content.assemble("network ", network)
        yield from self._masked(policy)
        proven = f"{policy.proof.engine} · proven {figures.age(time.time() - policy.proof.at)}"
        yield Content.styled(one_line(proven, self.width), "$text-muted")

    def _masked(self, policy: LocalPolicy) -> Iterator[Content]:
        names = [home_as_tilde(path) for path in policy.masked]
        if not names:
            return
        words = ", ".join(names)
        if not self.large:
            words = one_line(words, max(8, self.width - 12))
            yield Content.assemble((f"masked {len(names)}: ", "$text-muted"), words)
        else:
            yield from self._wrapped(f"masked {len(names)}: {words}", "$text-muted")

    def _said(self, policy: LocalPolicy) -> Iterator[Content]:
        """Rules and grants, and whether the folder is listened to."""
        counts = [f"{count} {name}" for name, count in policy.rules]
        counts += [_counted(policy.grants, "grant")] if policy.grants else []
        if counts:
            words = one_line(", ".join(counts), self.width)
            yield Content.styled(words, "$text-muted")
        if policy.broken:
            yield from self._wrapped("rules are broken: everything asks", "$text-error")
        if policy.trust in _UNFIT:
            said = {"unknown": "folder not trusted", "changed": "folder changed since trusted"}
            yield from self._wrapped(said[policy.trust], "$text-warning")

    # -- what was denied -------------------------------------------------------------------

    def denials(self, waiting: Sequence[Pending], attempts: Sequence[Attempt]) -> Section:
        """What waits for the person first, then what was decided, the newest first."""
        if not waiting and not attempts:
            return []
        denied = len(waiting) + sum(map(_is_denied, attempts))
        lines = [PanelLine(self._head("Attempts", f"{denied} denied", "$text-warning"))]
        for pending in waiting:
            words = one_line(pending.request.subject, self._room)
            sign = Content.assemble((f"{self.signs.waiting} ", "bold $text-warning"), words)
            lines.append(PanelLine(sign, WaitingItem(pending.request_id)))
            lines += self._below(pending.request.because, "$text-warning")
        most = _MANY if self.large else _FEW
        for attempt in attempts[:most]:
            lines += self._attempt(attempt)
        return lines + self._more(len(attempts) - most)

    def _attempt(self, attempt: Attempt) -> Section:
        """`✗ pip install x   2×`, why, and, where there is room, what would do."""
        allowed = bool(attempt.grant.allowed)
        style = "$text-success" if allowed else "$text-muted"
        if attempt.outcome == "denied" and not allowed:
            style = "$text-error"
        sign = self.signs.failed if _is_denied(attempt) else self.signs.done
        times = f" {attempt.times}×" if attempt.times > 1 else ""
        words = one_line(attempt.subject, self._room - len(times))
        gap = " " * max(0, self._room - len(words) - len(times)) if times else ""
        first = Content.assemble((f"{sign} ", style), words, gap, (times, "$text-muted"))
        lines = [PanelLine(first, AttemptItem(attempt))]
        lines += self._below(attempt.why, "$text-muted")
        if allowed:
            lines += self._below("goes ahead now", "$text-success")
        elif self.large:
            word = "enter: grant " if attempt.grant.scopes else ""
            lines += self._below(f"{word}{attempt.grant.words}", "$text-muted")
        return lines

    # -- what runs -------------------------------------------------------------------------

    def background(self, commands: Sequence[Running]) -> Section:
        """Those that run; where there is room, those that have ended too."""
        running = [one for one in commands if one.running]
        shown = list(commands) if self.large else running
        if not shown:
            return []
        words = f"{len(running)} in the background"
        lines = [PanelLine(Content.styled(words, "bold"))]
        most = _MANY if self.large else _FEW
        for one in shown[-most:]:
            state = "" if one.running else f"{one.state} "
            right = f"{state}{figures.age(time.monotonic() - one.since)}"
            sign, style = self.signs.running, "$text-accent"
            if not one.running:
                sign, style = self.signs.done, "$text-muted"
            line = self._row(sign, style, one.text, right)
            lines.append(PanelLine(line, BackgroundItem(one.number, one.text)))
        return lines + self._more(len(shown) - most)

    def sandboxes(self, sandboxes: Sequence[Listed]) -> Section:
        """Name, state and age; below engine, size and cost, as far as they are known."""
        if not sandboxes:
            return []
        lines = [PanelLine(self._head("Sandboxes", str(len(sandboxes)), ""))]
        most = _MANY if self.large else _FEW
        for one in sandboxes[:most]:
            age = "" if one.made_at is None else figures.age(time.time() - one.made_at)
            runs = one.state in ("started", "running")
            sign, style = self.signs.idle, "$text-muted"
            if runs:
                sign, style = self.signs.running, "$text-accent"
            line = self._row(sign, style, one.name or one.id, age)
            lines.append(PanelLine(line, SandboxItem(one.engine, one.id)))
            lines += self._below(_facts(one), "$text-muted")
        return lines + self._more(len(sandboxes) - most)

    # -- pieces ----------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        return self.width - 2

    def _head(self, words: str, right: str, style: str) -> Content:
        gap = " " * max(1, self.width - len(words) - len(right))
        return Content.assemble((words, "bold"), gap, (right, style))

    def _row(self, sign: str, style: str, words: str, right: str) -> Content:
        right = one_line(right, self.width // 2)
        room = max(4, self._room - len(right) - 1)
        shown = Content(one_line(words, room))
        gap = " " * max(1, self._room - shown.cell_length - len(right))
        return Content.assemble((f"{sign} ", style), shown, gap, (right, "$text-muted"))

    def _below(self, words: str, style: str) -> Section:
        """Under what it is about: in a line, or in as many as it takes where there is room."""
        if not self.large:
            shown = one_line(words, self._room)
            return [PanelLine(Content.styled(f"  {shown}", style))]
        inner = PanelLines(self.signs, self._room, True)
        return [PanelLine(Content.assemble("  ", line)) for line in inner._wrapped(words, style)]

    def _wrapped(self, words: str, style: str) -> list[Content]:
        from grafftui.ui.widgets.audited_text import wrapped

        flat = one_line(words, 40 * self.width)
        pieces = (flat[start:end].rstrip() for start, end in wrapped(flat, self.width))
        return [Content.styled(piece, style) for piece in pieces]

    def _more(self, count: int) -> Section:
        if count <= 0:
            return []
        return [PanelLine(Content.styled(f"… {count} more", "$text-muted"), MoreItem())]


def _is_denied(attempt: Attempt) -> bool:
    """Whether it was, and still would be."""
    return attempt.outcome != "allowed" and not attempt.grant.allowed


def _facts(one: Listed) -> str:
    """`local · stopped · 2 cpu · 4 GiB · $0.02`."""
    facts = [one.engine, one.state]
    if (cpu := one.size("cpu")) is not None:
        facts.append(f"{cpu:g} cpu")
    if (memory := one.size("memory")) is not None:
        facts.append(f"{memory:g} GiB")
    if one.cost:
        facts.append(figures.money(one.cost / _MICRO))
    return " · ".join(facts)


def _end_of(path: str, cells: int) -> str:
    """A path of which the end is seen, if not all of it is."""
    shown = one_line(path, 4 * cells)
    return shown if len(shown) <= cells else f"…{shown[1 - cells :]}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}"
