"""Commands about tokens and money."""

from __future__ import annotations

from grafftui.ui.screens.session_reading import SessionReading


class SessionCosts(SessionReading):
    """Actions `command_…` of these commands."""
