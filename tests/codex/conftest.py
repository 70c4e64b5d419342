"""The stage these tests play on."""

from codexstage import clients, scripted, stages  # noqa: F401
