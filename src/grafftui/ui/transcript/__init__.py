"""The transcript: one widget that shows a conversation of any length."""

from grafftui.ui.transcript.places import EntryStub
from grafftui.ui.transcript.view import TranscriptView
from grafftui.ui.transcript.warming import warm_up

__all__ = ["EntryStub", "TranscriptView", "warm_up"]
