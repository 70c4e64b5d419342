"""Conversations as files: for people, for scripts, and for another grafftui."""
