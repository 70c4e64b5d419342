"""Files as text and back: what an edit does not touch keeps every byte."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grafftui.tools.base import ToolFailure

_MARKED = (
    # UTF-32 first: its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_NEWLINE = re.compile(r"\r\n|\n|\r")
_ANY_NEWLINE = r"(?:\r\n|\n|\r)"
_MAX_GUESSED_CHARS = 1_000_000  # beyond this nobody looks for what the model may have meant


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a file, without its byte order mark.

    Attributes:
        text: The text, newlines as they are. Bytes that are no UTF-8 are lone surrogates.
        encoding: How it is written.
        mark: Its byte order mark, or b"".
    """

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""

    @classmethod
    def decode(cls, content: bytes) -> SourceText | None:
        """The text in `content`, or None when it is no text (holds a NUL)."""
        for mark, encoding in _MARKED:
            if content.startswith(mark):
                try:
                    return cls(content[len(mark) :].decode(encoding), encoding, mark)
                except UnicodeDecodeError:
                    break
        if b"\0" in content:
            return None
        text = content.decode("utf-8", "surrogateescape")
        if _is_latin_1(text):
            return cls(content.decode("latin-1"), "latin-1")
        return cls(text)

    def encode(self, text: str) -> bytes:
        """`text` as this file is written.

        Raises:
            ToolFailure: The file's encoding has no such character.
        """
        errors = "surrogateescape" if self.encoding == "utf-8" else "strict"
        try:
            return self.mark + text.encode(self.encoding, errors)
        except UnicodeEncodeError as error:
            character = text[error.start]
            raise ToolFailure(
                f"The file is written in {self.encoding}, which has no {character!r}."
            ) from error

    @property
    def readable(self) -> str:
        """The text as it can be sent: what is no UTF-8 became U+FFFD."""
        return self.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    @property
    def newline(self) -> str:
        """The newline most lines end with; "\\n" when there is none."""
        return most_common_newline(self.text)

    def in_my_style(self, text: str) -> str:
        """`text` with this file's newline, if it came with plain LF only."""
        if self.newline == "\n" or "\r" in text:
            return text
        return text.replace("\n", self.newline)


def _is_latin_1(text: str) -> bool:
    """Whether there are bytes above 127 and not one of them is part of valid UTF-8."""
    above = [character for character in text if character > "\x7f"]
    return bool(above) and all("\udc80" <= character <= "\udcff" for character in above)


def most_common_newline(text: str) -> str:
    """CRLF, LF or CR, whichever ends most lines of `text`."""
    windows = text.count("\r\n")
    unix, mac = text.count("\n") - windows, text.count("\r") - windows
    if windows > max(unix, mac):
        return "\r\n"
    return "\r" if mac > unix else "\n"


@dataclass(frozen=True, slots=True)
class Replacement:
    """One exact replacement, as the model asked for it.

    Attributes:
        old: Text to find; any newline in it matches any newline.
        new: Text to put there.
        all: Whether every place is meant; otherwise there must be exactly one.
    """

    old: str
    new: str
    all: bool = False

    def apply(self, text: str) -> str:
        """`text` with the replacement made. Unchanged lines keep their newlines.

        Raises:
            ToolFailure: Nothing to find, not found, or found more than once.
        """
        if not self.old:
            raise ToolFailure("old_string is empty. Give the exact text to replace.")
        if self.old == self.new:
            raise ToolFailure("old_string and new_string are the same; there is nothing to do.")
        found = list(self._places(text))
        if not found:
            raise ToolFailure(_not_found(self.old, text))
        if len(found) > 1 and not self.all:
            raise ToolFailure(
                f"old_string appears more than once (lines {_line_numbers(text, found)}). "
                "Add lines around it until it is unique, or set replace_all."
            )
        newline = most_common_newline(text)
        pieces, end = [], 0
        for start, stop in found:
            pieces += [text[end:start], self._replaced(text[start:stop], newline)]
            end = stop
        return "".join((*pieces, text[end:]))

    def found_in(self, text: str) -> bool:
        """Whether there is something to replace in `text`."""
        return bool(self.old) and next(self._places(text), None) is not None

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it is: all places for `all`, else up to two, overlapping ones too."""
        lines = _NEWLINE.split(self.old)
        if "\r" not in text:
            old = "\n".join(lines)
            start = text.find(old)
            while start >= 0:
                yield start, start + len(old)
                start = text.find(old, start + (len(old) if self.all else 1))
            return
        pattern = re.compile(_ANY_NEWLINE.join(map(re.escape, lines)))
        match = pattern.search(text)
        while match:
            yield match.span()
            match = pattern.search(text, match.end() if self.all else match.start() + 1)

    def _replaced(self, matched: str, newline: str) -> str:
        """What stands for `matched`: lines equal at both ends stay, the rest is written anew."""
        there = _NEWLINE.split(matched)
        ends = _NEWLINE.findall(matched)
        new = _NEWLINE.split(self.new)
        shorter = min(len(there), len(new))
        same = next((i for i in range(shorter) if there[i] != new[i]), shorter)
        rest = shorter - same
        tail = next((i for i in range(rest) if there[-1 - i] != new[-1 - i]), rest)
        before = ends[:same]
        after = ends[len(ends) - tail :] if tail else []
        middle = [ends[0] if ends else newline] * (len(new) - 1 - len(before) - len(after))
        new_ends = [*before, *middle, *after][: len(new) - 1]
        return "".join(line + end for line, end in zip(new, [*new_ends, ""], strict=True))


def _not_found(old: str, text: str) -> str:
    said = "old_string is not in the file"
    again = f"{said}. Read the file again and copy the text exactly, without the line numbers."
    if len(text) > _MAX_GUESSED_CHARS or len(old) > _MAX_GUESSED_CHARS // 100:
        return again
    squeezed = [" ".join(line.split()) for line in _NEWLINE.split(old.strip())]
    lines = [" ".join(line.split()) for line in _NEWLINE.split(text)]
    for number in range(len(lines) - len(squeezed) + 1):
        if lines[number : number + len(squeezed)] == squeezed:
            return (
                f"{said}, but line {number + 1} differs from it only in white space. "
                "Copy the text exactly, without the line numbers."
            )
    return again


def _line_numbers(text: str, found: list[tuple[int, int]], most: int = 5) -> str:
    numbers = [str(len(_NEWLINE.findall(text, 0, start)) + 1) for start, _ in found[:most]]
    return ", ".join(numbers) + (", …" if len(found) > most else "")
