"""Commands about what runs in the background."""

from __future__ import annotations

from grafftui.ui.screens.session_reading import SessionReading


class SessionBackground(SessionReading):
    """Actions `command_…` of these commands."""
