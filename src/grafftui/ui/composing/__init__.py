"""The prompt being written: its text, how it falls into rows, what pasting does to it.

Nothing in here draws or knows Textual, so all of it is tested without a screen.
"""
