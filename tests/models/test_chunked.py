"""The chunked coding, cut anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafftui.models.chunked import ChunkedBody


@given(chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=8), cut=st.integers(1, 50))
def test_cutting_anywhere_changes_nothing(chunks: list[bytes], cut: int) -> None:
    wire = b"".join(b"%X;ext=1\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\nT: 1\r\n\r\n"
    body = ChunkedBody()
    got = b"".join(body.feed(wire[at : at + cut]) for at in range(0, len(wire), cut))
    assert got == b"".join(chunks)
    assert body.done


@pytest.mark.parametrize(
    "wire", [b"3\r\nabc\r\n", b"3\r\nabc\r\n0\r\n", b"3\r\nab", b"3", b"0\r\nT: 1\r\n"]
)
def test_what_is_cut_short_is_not_done(wire: bytes) -> None:
    body = ChunkedBody()
    body.feed(wire)
    assert not body.done


@pytest.mark.parametrize(
    "wire", [b"x\r\nabc", b"-3\r\nabc", b"3\r\nabcd\r\n", b"z" * 5000, b"\r\n"]
)
def test_what_is_not_chunked_is_refused(wire: bytes) -> None:
    with pytest.raises(ValueError):
        ChunkedBody().feed(wire)
