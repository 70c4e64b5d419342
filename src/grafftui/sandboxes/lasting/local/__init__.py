"""Sandboxes of this machine, each with files of its own, held by bubblewrap."""

from grafftui.sandboxes.lasting.local.engine import LocalEngine

__all__ = ["LocalEngine"]
