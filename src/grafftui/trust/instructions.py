"""What a trusted folder has to say: instructions for the model, rules for the policy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from grafftui.text import for_model
from grafftui.text.redact import redact
from grafftui.trust.book import TrustBook

LONGEST: Final = 32 * 1024
"""Bytes of instructions, in UTF-8; what is longer is cut, and says so."""
_INSTRUCTIONS: Final = "AGENTS.md"
_POLICY: Final = ".grafftui/policy.toml"


@dataclass(frozen=True, slots=True)
class ProjectPolicy:
    """A trusted folder's rules. They may only narrow what the person's own allow.

    Attributes:
        path: Where they stand, for messages; it is not to be read again.
        content: The bytes that were trusted.
    """

    path: str
    content: bytes


def project_instructions(folder: str, trust: TrustBook) -> str | None:
    """What `AGENTS.md` says, fit for a model; None unless it is trusted as it is.

    Raises:
        UsageError: The folder cannot be opened.
        StoreError: What is trusted cannot be read.
    """
    content = trust.state(folder).usable(_INSTRUCTIONS)
    if content is None:
        return None
    text = redact(for_model(content.decode("utf-8-sig", "replace"))).strip()
    return _cut(text) or None


def project_policy(folder: str, trust: TrustBook) -> ProjectPolicy | None:
    """The rules in `.grafftui/policy.toml`; None if none were trusted.

    When the file has changed, or is gone, they are still those that were trusted: what they
    forbid is not allowed by whoever can write the file.

    Raises:
        UsageError: The folder cannot be opened.
        StoreError: What is trusted cannot be read.
    """
    state = trust.state(folder)
    content = state.usable(_POLICY)
    if content is None:
        text = trust.as_trusted(folder, _POLICY)
        content = None if text is None else text.encode()
    if content is None:
        return None
    return ProjectPolicy(os.path.join(state.contents.folder, _POLICY), content)


def _cut(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= LONGEST:
        return text
    note = f"\n[cut: {_INSTRUCTIONS} has {len(encoded):,} bytes, of which {LONGEST:,} are read]"
    return encoded[: LONGEST - len(note.encode())].decode(errors="ignore") + note
