"""Characters beyond U+FFFF that a server cut in two halves."""

from __future__ import annotations


def whole_characters(text: str) -> str:
    """`text` with halves that stand side by side joined, and lone ones as U+FFFD.

    JSON may spell a character as two escapes, and a server may put each into a piece of its
    own; as they are, no file, database or terminal takes them.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def split_half(text: str) -> tuple[str, str]:
    """`text` without the first half of a character at its end, and that half or ""."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return text[:-1], text[-1]
    return text, ""
