"""What the history should say of contexts, as plain Python over lists: no SQL, no shared code."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["user", "assistant", "tool"]


class Refused(Exception):
    """What the history should refuse."""


@dataclass(eq=False)
class Said:
    """A message. Equal only to itself; known by its text, which is unique."""

    text: str
    role: Role
    turn: int
    unit: int
    pinned: bool = False
    summary_of: Compaction | None = None


@dataclass(eq=False)
class Compaction:
    """Members → whether they were put back."""

    turn: int
    members: dict[Said, bool]
    summary: Said | None = None
    undone: bool = False


@dataclass(eq=False)
class Turn:
    prompt: str
    entries: list[tuple[str, str]]
    rewound: int | None = None


@dataclass(eq=False)
class Talk:
    """A conversation.

    Attributes:
        said: Every message, in the order in which they stand.
    """

    turns: list[Turn] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    compactions: list[Compaction] = field(default_factory=list)
    binned: bool = False

    # -- what follows from the marks -------------------------------------------------------

    def stands(self, said: Said) -> bool:
        return self.turns[said.turn].rewound is None

    def counts(self, compaction: Compaction) -> bool:
        return not compaction.undone and all(map(self.stands, compaction.members))

    def is_live(self, said: Said) -> bool:
        if not self.stands(said):
            return False
        if said.summary_of is not None and not self.counts(said.summary_of):
            return False
        held = any(self.counts(one) and not one.members.get(said, True) for one in self.compactions)
        return said.pinned or not held

    def live(self) -> list[Said]:
        return [said for said in self.said if self.is_live(said)]

    def unit(self, said: Said) -> list[Said]:
        return [one for one in self.said if one.unit == said.unit]

    def is_swallowed(self, compaction: Compaction) -> bool:
        return any(
            self.counts(one) and compaction.summary in one.members for one in self.compactions
        )

    def overlaps(self) -> bool:
        active = [one for one in self.compactions if self.counts(one)]
        for a in active:
            for b in active:
                shared = any(not a.members[m] and not b.members.get(m, True) for m in a.members)
                apart = b.summary not in a.members and a.summary not in b.members
                if a is not b and shared and apart:
                    return True
        return False

    # -- what is done ----------------------------------------------------------------------

    def compact(self, taken: list[Said], text: str) -> None:
        members = dict.fromkeys(taken, False)
        for said in taken:
            if said.summary_of is not None:
                inner = said.summary_of.members
                members |= {one: False for one, back in inner.items() if not back}
        self.turns.append(Turn("", [("compaction", "")]))
        compaction = Compaction(len(self.turns) - 1, members)
        unit = max((one.unit for one in self.said), default=0) + 1
        compaction.summary = Said(text, "user", taken[-1].turn, unit, summary_of=compaction)
        self.compactions.append(compaction)
        self.said.insert(self._after(taken[-1]), compaction.summary)

    def _after(self, last: Said) -> int:
        """Behind it, and behind the summaries that stand there already."""
        at = self.said.index(last) + 1
        while at < len(self.said) and self.said[at].summary_of is not None:
            at += 1
        return at

    def undo(self, compaction: Compaction) -> None:
        if not self.counts(compaction) or self.is_swallowed(compaction):
            raise Refused
        compaction.undone = True

    def redo(self, compaction: Compaction) -> None:
        if not compaction.undone:
            raise Refused
        compaction.undone = False
        if self.overlaps():
            compaction.undone = True
            raise Refused

    def edit(self, compaction: Compaction, text: str) -> None:
        if not self.counts(compaction) or self.is_swallowed(compaction):
            raise Refused
        assert compaction.summary is not None
        compaction.summary.text = text

    def put_back(self, said: Said) -> None:
        if self.is_live(said) or not self.stands(said):
            raise Refused
        if said.summary_of is not None and not self.counts(said.summary_of):
            raise Refused
        for one in self.unit(said):
            for compaction in self.compactions:
                if self.counts(compaction) and one in compaction.members:
                    compaction.members[one] = True

    def pin(self, said: Said, pinned: bool) -> None:
        for one in self.unit(said):
            one.pinned = pinned

    def rewind(self, turn: int) -> None:
        if self.turns[turn].rewound is not None:
            raise Refused
        number = max((one.rewound or 0 for one in self.turns), default=0) + 1
        for one in self.turns[turn:]:
            if one.rewound is None:
                one.rewound = number

    def redo_rewind(self) -> None:
        number = max((one.rewound or 0 for one in self.turns), default=0)
        if not number:
            raise Refused
        back = [at for at, one in enumerate(self.turns) if one.rewound == number]
        if any(one.prompt and one.rewound is None for one in self.turns[back[0] + 1 :]):
            raise Refused
        for at in back:
            self.turns[at].rewound = None
        if self.overlaps():
            for at in back:
                self.turns[at].rewound = number
            raise Refused

    def fork(self, turns: int) -> Talk:
        """A copy that begins with so many turns."""
        copy = deepcopy(self)
        copy.binned = False
        del copy.turns[turns:]
        copy.compactions = [one for one in copy.compactions if one.turn < turns]
        copy.said = [
            one
            for one in copy.said
            if one.turn < turns and (one.summary_of is None or one.summary_of in copy.compactions)
        ]
        return copy

    # -- what is seen ----------------------------------------------------------------------

    def transcript(self) -> list[tuple[str, str]]:
        """Kind and text of every entry; one line for each run of turns taken back."""
        shown: list[tuple[str, str]] = []
        run = None
        for turn in self.turns:
            if turn.rewound is None:
                shown += turn.entries
                run = None
            elif run is None:
                run = len(shown)
                shown.append(("notice", str(int(bool(turn.prompt)))))
            else:
                shown[run] = ("notice", str(int(shown[run][1]) + bool(turn.prompt)))
        return shown
