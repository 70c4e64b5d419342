"""The fixtures of the app steered by a pilot, with MCP servers."""

from __future__ import annotations

from keys.conftest import bus, desktop
from session.session_stage import begin, workspace

__all__ = ["begin", "bus", "desktop", "workspace"]
