"""The fixtures of the app steered by a pilot, with MCP servers."""

from __future__ import annotations

from session.session_stage import begin, workspace

__all__ = ["begin", "workspace"]
