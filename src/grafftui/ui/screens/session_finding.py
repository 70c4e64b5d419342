"""Commands that find: in every conversation, and in the open one."""

from __future__ import annotations

from grafftui.ui.screens.session_reading import SessionReading


class SessionFinding(SessionReading):
    """Actions `command_…` of these commands."""
