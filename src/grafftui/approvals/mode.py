"""How much goes ahead without a person, as the person has set it for a conversation."""

from __future__ import annotations

from typing import Final, Literal, get_args

Mode = Literal["plan", "ask", "edits", "sandboxed", "full"]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)

IN_WORDS: Final[dict[Mode, str]] = {
    "plan": "nothing is written or run; reads only",
    "ask": "every edit and command asks, unless a rule allows it",
    "edits": "edits in the workspace go ahead; commands ask",
    "sandboxed": "edits, and commands that a proven sandbox holds, go ahead",
    "full": "everything goes ahead, unless a rule forbids it or it destroys",
}
"""What each means, for pickers and help."""

DEFAULT: Final[Mode] = "ask"
