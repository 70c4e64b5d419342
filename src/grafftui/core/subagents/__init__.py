"""Other agents at work for a turn, each in a conversation of its own."""
