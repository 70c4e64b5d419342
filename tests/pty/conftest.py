"""The fixtures of the whole app in a terminal."""

from app_stage import app, provide, workspace

__all__ = ["app", "provide", "workspace"]
