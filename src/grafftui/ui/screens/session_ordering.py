"""Commands that keep conversations in order: pin, archive, fork, export."""

from __future__ import annotations

from grafftui.ui.screens.session_reading import SessionReading


class SessionOrdering(SessionReading):
    """Actions `command_…` of these commands."""
