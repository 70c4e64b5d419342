"""Conversations whose tools act in a lasting sandbox instead of the workspace."""
