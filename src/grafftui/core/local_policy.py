"""What commands may do here at this moment, and how far that was shown to hold."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from grafftui.approvals import Confinement
from grafftui.approvals.mode import IN_WORDS
from grafftui.core.holding import held_in
from grafftui.sandboxes.view import roots_of
from grafftui.trust import Changed, Trusted, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grafftui.approvals import Mode, Policy
    from grafftui.core.project import Project
    from grafftui.sandboxes import LocalSandbox, Proof

TrustState = Literal["nothing", "unknown", "trusted", "changed"]

TRUST_IN_WORDS: Final[dict[TrustState, str]] = {
    "nothing": "this folder says nothing",
    "unknown": "not trusted: nothing this folder says is loaded",
    "trusted": "what this folder says is trusted",
    "changed": "changed since it was trusted: what changed is not loaded",
}

_FULL: Final = "mode full: nothing holds commands"


@dataclass(frozen=True, slots=True)
class LocalPolicy:
    """What commands may do in a conversation. Only what was proven is claimed.

    Attributes:
        mode: Its mode.
        meaning: What goes ahead in it without asking.
        held: Whether commands are held at all.
        why_not: Why they are not, in a sentence; "" if they are.
        writes: Real paths of the directories that commands may write in.
        protects: Whether files there that decide what programs do (.git, …) stay as they are.
        network: Whether commands reach a network.
        masked: Real paths of what is there and no command sees.
        proof: What was found on this machine, by which engine, and when.
        rules: How many rules there are of each decision, "deny" first.
        broken: Why rules cannot be read, so that everything asks; "" when they can.
        grants: How many grants hold in the conversation.
        trust: How the folder stands with what it says itself.
        works_in: Id of the sandbox in which its tools act instead; "" for the workspace.
    """

    mode: Mode
    meaning: str
    held: bool
    why_not: str
    writes: tuple[str, ...]
    protects: bool
    network: bool
    masked: tuple[str, ...]
    proof: Proof
    rules: tuple[tuple[str, int], ...]
    broken: str
    grants: int
    trust: TrustState
    works_in: str = ""


def local_policy(
    sandbox: LocalSandbox, policy: Policy, project: Project, conversation_id: str, mode: Mode
) -> LocalPolicy:
    """What holds in `mode`; the first time the sandbox is tried out, which takes a moment.

    Raises:
        GrafftuiError: What is trusted cannot be read.
    """
    proof = sandbox.prove()
    confinement = sandbox.confinement(held_in(mode)) if mode != "full" else None
    project.use_rules()
    return LocalPolicy(
        mode=mode,
        meaning=IN_WORDS[mode],
        held=confinement is not None,
        why_not="" if confinement else _why_not(sandbox, proof, mode),
        writes=roots_of(confinement, sandbox.workspace) if confinement else (),
        protects=confinement is not None and confinement.carves,
        network=confinement is None or confinement.network,
        masked=_there(sandbox.masked) if confinement else (),
        proof=proof,
        rules=_counted(rule.decision for rule in policy.rules()),
        broken=next((source.broken for source in policy.sources if source.broken), ""),
        grants=len(policy.grants(conversation_id)),
        trust=_trust(project),
    )


def _why_not(sandbox: LocalSandbox, proof: Proof, mode: Mode) -> str:
    if mode == "full":
        return _FULL
    if proof.engine is None:
        return proof.words
    return sandbox.obstacle(Confinement(proof.engine, held_in(mode)))


def _there(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(path for path in paths if os.path.lexists(path))


def _counted(decisions: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(decisions)
    return tuple((name, counts[name]) for name in ("deny", "ask", "allow") if counts[name])


def _trust(project: Project) -> TrustState:
    state = project.state()
    if isinstance(state, Trusted):
        return "trusted"
    if isinstance(state, Unknown):
        return "unknown"
    return "changed" if isinstance(state, Changed) else "nothing"
