"""Compaction: older messages give way to a summary, and no request is larger than a model takes."""
