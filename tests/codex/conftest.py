"""The stage these tests play on."""

from codexstage import clients, scripted, stages, warm_home  # noqa: F401
