"""Commands about the context: compact, look at the ledger, pin an entry."""

from __future__ import annotations

from grafftui.ui.screens.session_reading import SessionReading


class SessionCompacting(SessionReading):
    """Actions `command_…` of these commands."""
