"""Commands that take back: words, files, or both; and that redo."""

from __future__ import annotations

from grafftui.ui.screens.session_reading import SessionReading


class SessionUndoing(SessionReading):
    """Actions `command_…` of these commands."""
