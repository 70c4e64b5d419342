"""Codex in our history: its turns as our events, its questions as ours.

`CodexBackend` is the door. The protocol is that of `grafftui.backends.codex`.
"""

from grafftui.backends.codex.conversing.backend import CodexBackend
from grafftui.backends.codex.conversing.offers import CodexModel, CodexSandbox

__all__ = ["CodexBackend", "CodexModel", "CodexSandbox"]
