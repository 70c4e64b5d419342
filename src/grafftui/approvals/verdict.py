"""What policy says about a request, and everything a person needs to know to say it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from grafftui.approvals.request import Scope

PartState = Literal["allowed", "new", "dangerous", "denied", "unreadable"]
"""Of a part of a command: a rule allows it; none does; it destroys; a rule forbids it; it
cannot be understood."""


@dataclass(frozen=True, slots=True)
class Part:
    """One simple command of a compound one.

    Attributes:
        text: As it stands in the command.
        argv: Its words, as the program gets them; empty when it cannot be read.
        state: What policy makes of it.
        rule: The rule that allows or forbids it, in words; "" for none.
        reasons: Why it is not simply allowed; for "dangerous" what would go, and how much.
    """

    text: str
    argv: tuple[str, ...]
    state: PartState
    rule: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A wider yes that the person could give.

    Attributes:
        scope: How far it would reach.
        words: The rules it would make, in words: "git status with any arguments, in ~/shop".
    """

    scope: Scope
    words: str


@dataclass(frozen=True, slots=True)
class Allow:
    """Goes ahead without asking, because of `rule`."""

    rule: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to say yes, for these reasons.

    Attributes:
        reasons: Why, one short clause each.
        parts: Of a command.
        offers: The wider answers there are; none where only this one act can be approved.
        matching: Past commands that the rules of the widest offer would have allowed too.
    """

    reasons: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    offers: tuple[Offer, ...] = ()
    matching: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """JSON for the `question` of an `ApprovalRequested` event."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Ask:
        """The question in `wire`; an empty one has no reasons."""
        parts = [
            Part(**{**part, "argv": tuple(part["argv"]), "reasons": tuple(part["reasons"])})
            for part in wire.get("parts", ())
        ]
        return cls(
            tuple(wire.get("reasons", ())),
            tuple(parts),
            tuple(Offer(**offer) for offer in wire.get("offers", ())),
            tuple(wire.get("matching", ())),
        )


@dataclass(frozen=True, slots=True)
class Deny:
    """Never, because of `rule`."""

    rule: str
    parts: tuple[Part, ...] = ()


Verdict = Allow | Ask | Deny
