"""Events are split on bytes, as the specification says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafftui.models.sse import EventSplitter, EventTooLong, ServerSentEvent


def split(*pieces: bytes, limit: int = 1 << 20) -> list[ServerSentEvent]:
    splitter = EventSplitter(limit)
    return [event for piece in pieces for event in splitter.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(end: bytes) -> None:
    stream = end.join([b"event: a", b"data: 1", b"", b"data: 2", b"", b""])
    assert split(stream) == [("a", "1"), ("", "2")]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data:x\n\n", [("", "x")]),
        (b"data:  x\n\n", [("", " x")]),
        (b"data: a\ndata: b\n\n", [("", "a\nb")]),
        (b"data\n\n", [("", "")]),
        (b": ping\n\ndata: x\n\n", [("", "x")]),
        (b"event: a\n\ndata: x\n\n", [("", "x")]),
        (b"id: 1\nretry: 5\nfuture: y\ndata: x\n\n", [("", "x")]),
        (b"\xef\xbb\xbfdata: x\n\n", [("", "x")]),
        (b"data: x\n\n\xef\xbb\xbfdata: y\n\n", [("", "x")]),
        (b"data: x", []),
        (b"data: x\n", []),
        (b"\n\n\ndata: x\n\n", [("", "x")]),
        ("data: a\u2028b\u0085c\x0bd\n\n".encode(), [("", "a\u2028b\u0085c\x0bd")]),
        (b"data: \xff\n\n", [("", "\ufffd")]),
    ],
)
def test_specification(stream: bytes, events: list[tuple[str, str]]) -> None:
    assert split(stream) == events


@given(
    lines=st.lists(
        st.sampled_from(
            [b"data: x", b"data:", "data: é🙂\u2028".encode(), b"event: e", b": c", b"", b""]
        ),
        max_size=12,
    ),
    ends=st.lists(st.sampled_from([b"\n", b"\r\n", b"\r"]), min_size=1),
    cuts=st.lists(st.integers(1, 9), min_size=1),
)
def test_cutting_anywhere_changes_nothing(
    lines: list[bytes], ends: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(line + ends[n % len(ends)] for n, line in enumerate(lines))
    pieces, at, n = [], 0, 0
    while at < len(stream):
        pieces.append(stream[at : at + cuts[n % len(cuts)]])
        at, n = at + len(pieces[-1]), n + 1
    assert split(*pieces) == split(stream)


def test_an_event_over_the_limit_is_refused_before_it_is_held() -> None:
    with pytest.raises(EventTooLong):
        split(b"data: ", *[b"x" * 100] * 20, limit=1000)
    with pytest.raises(EventTooLong):
        split(*[b"data: xxxxxxxxxx\n"] * 100, limit=1000)


def test_many_events_and_pings_are_no_long_event() -> None:
    assert len(split(*[b"data: xxxxxxxxxx\n\n"] * 1000, limit=1000)) == 1000
    assert split(*[b": ping\n\n"] * 1000, limit=1000) == []
