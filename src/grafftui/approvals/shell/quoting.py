"""What bash makes of the quotes and backslashes of one word, where nothing is expanded."""

from __future__ import annotations

from grafftui.approvals.shell.syntax import UnreadableError

_EXPANDS = {
    "*": "a wildcard",
    "?": "a wildcard",
    "[": "a wildcard",
    "]": "a wildcard",
    "{": "a brace",
    "}": "a brace",
    "$": "an expansion",
    "`": "a command substitution",
}
_SYNTAX = frozenset("();<>|& \t\n")
_ESCAPABLE = frozenset('\\"$`')
_LITERAL_DOLLAR_BEFORE = frozenset('" |)/.,;:%')
"""After `$` inside double quotes these begin no expansion."""


def unquoted(word: str) -> str:
    """The literal meaning of the bare text `word`: backslashes taken out.

    Raises:
        UnreadableError: Something in it would be expanded.
    """
    letters: list[str] = []
    before = ""
    characters = iter(word)
    for letter in characters:
        if letter == "\\":
            letter = next(characters, "")
            if not letter:
                raise UnreadableError("ends in a backslash")
            letters.append(letter)
            before = "\\"
            continue
        if letter in _EXPANDS:
            raise UnreadableError(f"holds {_EXPANDS[letter]} ({letter})")
        if letter in _SYNTAX or letter in "'\"":
            raise UnreadableError(f"holds {letter!r} where it cannot be read")
        if letter == "~" and not (before.isalnum() or (before in ("^", "~") and before)):
            raise UnreadableError("holds a home directory (~)")
        if letter == "#" and not before:
            raise UnreadableError("holds a comment")
        letters.append(letter)
        before = letter
    return "".join(letters)


def double_quoted(inside: str) -> str:
    """The literal meaning of what stands between double quotes.

    Raises:
        UnreadableError: Something in it would be expanded.
    """
    letters: list[str] = []
    i = 0
    while i < len(inside):
        letter = inside[i]
        after = inside[i + 1 : i + 2]
        if letter == "\\" and after in _ESCAPABLE and after:
            letters.append(after)
            i += 2
            continue
        if letter == "`":
            raise UnreadableError("holds a command substitution (`)")
        if letter == "$" and after and after not in _LITERAL_DOLLAR_BEFORE:
            raise UnreadableError("holds an expansion ($)")
        if letter == '"' or (letter == "\\" and not after):
            raise UnreadableError("holds a quote that cannot be read")
        letters.append(letter)
        i += 1
    return "".join(letters)


def literal(word: str) -> str:
    """The literal meaning of a whole word, read letter by letter without a parser.

    Raises:
        UnreadableError: Something in it would be expanded, or a quote stays open.
    """
    pieces: list[str] = []
    i = 0
    while i < len(word):
        if word[i] == "'":
            end = word.find("'", i + 1)
            pieces.append(word[i + 1 : end])
        elif word[i] == '"':
            end = _closing(word, i)
            pieces.append(double_quoted(word[i + 1 : end]))
        else:
            end = _end_of_bare(word, i)
            pieces.append(_bare(word[i:end], first=i == 0))
            i = end
            continue
        if end < 0:
            raise UnreadableError("holds a quote that stays open")
        i = end + 1
    return "".join(pieces)


def _bare(text: str, *, first: bool) -> str:
    # A # in mid-word is plain; what stands before it is not in `text` any more
    if not first and text.startswith("#"):
        return "#" + unquoted("_" + text[1:])[1:]
    return unquoted(text)


def _closing(word: str, start: int) -> int:
    i = start + 1
    while i < len(word):
        if word[i] == "\\":
            i += 2
        elif word[i] == '"':
            return i
        else:
            i += 1
    return -1


def _end_of_bare(word: str, start: int) -> int:
    i = start
    while i < len(word) and word[i] not in "'\"":
        i += 2 if word[i] == "\\" else 1
    return min(i, len(word))
