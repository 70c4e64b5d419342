"""All of a local policy in words, to be read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from grafftui.core.local_policy import TRUST_IN_WORDS
from grafftui.ui import figures
from grafftui.ui.places import home_as_tilde

if TYPE_CHECKING:
    from grafftui.core.local_policy import LocalPolicy


def policy_in_words(policy: LocalPolicy) -> str:
    """What commands may do, what holds them to it, how that was shown; a paragraph each."""
    parts = [f"Mode {policy.mode}: {policy.meaning}."]
    if policy.works_in:
        parts.append(f"The tools of this conversation act in the sandbox {policy.works_in}.")
    parts += _held(policy) if policy.held else [f"Nothing holds commands: {policy.why_not}."]
    parts += _proof(policy)
    parts.append("\n".join(_said(policy)))
    return "\n\n".join(parts)


def _held(policy: LocalPolicy) -> Iterator[str]:
    if policy.writes:
        where = "\n".join(f"  {home_as_tilde(path)}" for path in policy.writes)
        yield f"Commands may write in\n{where}\nand nowhere else."
    else:
        yield "Commands may write nowhere."
    if policy.writes and policy.protects:
        yield (
            "What decides there what programs do (.git, .envrc and the like) stays as it is; what "
            "a command makes of it in folders below is reported."
        )
    elif policy.writes:
        yield "What decides there what programs do (.git and the like) is not protected."
    reach = "reach the network" if policy.network else "reach no network, and no local socket"
    yield f"Commands {reach}."
    if policy.masked:
        names = "\n".join(f"  {home_as_tilde(path)}" for path in policy.masked)
        yield f"Commands do not see\n{names}"


def _proof(policy: LocalPolicy) -> Iterator[str]:
    proof = policy.proof
    if proof.engine is not None:
        ago = figures.age(time.time() - proof.at)
        when = "just now" if ago == "now" else f"{ago} ago"
        tried = ", ".join(proof.refused)
        yield f"Proven {when}, by {proof.engine}: refused were {tried}. {proof.words}."
    yield from (f"Not used – {failure}." for failure in proof.failures)
    if proof.notes:
        yield "To be known: " + "; ".join(proof.notes) + "."


def _said(policy: LocalPolicy) -> Iterator[str]:
    rules = ", ".join(f"{count} {name}" for name, count in policy.rules) or "none"
    yield f"Rules: {rules}. Grants that hold here: {policy.grants}. (/rules lists them)"
    if policy.broken:
        yield f"Rules cannot be read, so that everything asks: {policy.broken}"
    yield f"Trust: {TRUST_IN_WORDS[policy.trust]}. (/trust)"
