"""Every group of methods of the app-server, once for both clients.

`R` is what a request is here: the result, or something to be awaited for it.
"""

from __future__ import annotations

from typing import TypeVar

from grafftui.backends.codex.methods.account import AccountMethods
from grafftui.backends.codex.methods.commands import CommandMethods
from grafftui.backends.codex.methods.extensions import ExtensionMethods
from grafftui.backends.codex.methods.files import FileMethods
from grafftui.backends.codex.methods.settings import SettingsMethods
from grafftui.backends.codex.methods.threads import ThreadMethods
from grafftui.backends.codex.methods.turns import TurnMethods

R = TypeVar("R")


class AllMethods(
    ThreadMethods[R],
    TurnMethods[R],
    AccountMethods[R],
    SettingsMethods[R],
    ExtensionMethods[R],
    CommandMethods[R],
    FileMethods[R],
):
    """All of them. Anything else is said with `request(method, params)`."""
