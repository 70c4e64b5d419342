"""Reading: numbers, ranges, limits, pictures (facts: codegraff 1 and 5.1)."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from tool_hands import Hands


def test_text_comes_with_numbers(hands: Hands) -> None:
    (hands.root / "a.txt").write_text("one\ntwo\n")
    call = hands.prepare("read", path="a.txt")
    assert (call.title, call.sub_title, call.request) == ("Read", "a.txt", None)
    result = call.execute(hands.context)
    assert result.text == (
        '<file path="a.txt" display_lines="1-2" total_lines="2">\n1:one\n2:two\n</file>'
    )
    assert not result.is_error and result.output is None and result.values == []
    plain = hands("read", path="a.txt", show_line_numbers=False).text
    assert "\none\ntwo\n" in plain


@pytest.mark.parametrize(
    ("lines", "sub_title", "display", "first"),
    [
        ({"start_line": 2, "end_line": 3}, "a.txt:2-3", "2-3", "2:two"),
        ({"start_line": 3}, "a.txt:3", "3-5", "3:three"),
        ({"end_line": 2}, "a.txt:1-2", "1-2", "1:one"),
        ({}, "a.txt", "1-5", "1:one"),
        ({"start_line": 5, "end_line": 99}, "a.txt:5-99", "5-5", "5:five"),
    ],
)
def test_ranges(
    hands: Hands, lines: dict[str, int], sub_title: str, display: str, first: str
) -> None:
    (hands.root / "a.txt").write_text("one\ntwo\nthree\nfour\nfive")
    call = hands.prepare("read", path="a.txt", range=lines)
    assert call.sub_title == sub_title
    text = call.execute(hands.context).text
    assert f'display_lines="{display}" total_lines="5"' in text
    assert text.split("\n")[1] == first


def test_limits(hands: Hands) -> None:
    (hands.root / "a.txt").write_text("x" * 3_000 + "\n" + "y\n" * 2_500)
    lines = hands("read", path="a.txt").text.split("\n")
    assert 'display_lines="1-2000" total_lines="2501"' in lines[0] and len(lines) == 2_002
    assert lines[1] == "1:" + "x" * 2_000 + "… (1,000 more characters)"
    rest = hands("read", path="a.txt", range={"start_line": 2_001}).text
    assert 'display_lines="2001-2501"' in rest
    hands.limit(max_file_size_bytes=100)
    assert "larger than 100 bytes" in hands.refused("read", path="a.txt")


def test_what_is_not_there_is_told(hands: Hands) -> None:
    assert hands.refused("read", path="a.txt") == "There is no file a.txt."
    assert hands.refused("read", path="d/a.txt") == "There is no file d/a.txt."
    (hands.root / "e.txt").touch()
    said = hands.refused("read", path="e.txt", range={"start_line": 2})
    assert "beyond its end" in said
    assert 'display_lines="0-0" total_lines="0"' in hands("read", path="e.txt").text


PICTURES = {
    "image/png": b"\x89PNG\r\n\x1a\n rest",
    "image/jpeg": b"\xff\xd8\xff\xe0 rest",
    "image/gif": b"GIF89a rest",
    "image/webp": b"RIFF\0\0\0\0WEBP rest",
    "application/pdf": b"%PDF-1.7 rest",
}


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_come_as_they_are_whatever_they_are_called(hands: Hands, kind: str) -> None:
    (hands.root / "a.txt").write_bytes(PICTURES[kind])
    result = hands("read", path="a.txt")
    content = base64.b64encode(PICTURES[kind]).decode()
    assert result.values == [{"image": {"url": f"data:{kind};base64,{content}", "mime_type": kind}}]
    hands.limit(max_image_size_bytes=5)
    assert "go up to 5" in hands.refused("read", path="a.txt")


def test_bytes_that_are_no_text(hands: Hands) -> None:
    (hands.root / "a.txt").write_bytes(b"ok \xe2\x82\xac \xff bad\r\nlast")
    assert "1:ok € \ufffd bad\n2:last\n" in hands("read", path="a.txt").text
    (hands.root / "b.bin").write_bytes(b"\x7fELF\0\0")
    assert "binary (6 bytes)" in hands.refused("read", path="b.bin")


def test_our_own_output_is_read_without_asking(hands: Hands, store: Path) -> None:
    output = store / "outputs"
    output.mkdir()
    (output / "output-1.txt").write_text("a needle\n")
    call = hands.prepare("read", path=str(output / "output-1.txt"))
    assert call.request is None
    assert "1:a needle" in call.execute(hands.context).text
    assert (
        "needle"
        in hands(
            "fs_search", pattern="needle", path=str(output / "output-1.txt"), output_mode="content"
        ).text
    )
    (output / "link").symlink_to(store / "history.db")
    (store / "history.db").write_text("private")
    assert "grafftui's own" in hands.refused("read", path=str(output / "link"))
    assert "grafftui's own" in hands.refused(
        "write", path=str(output / "output-1.txt"), content="x", overwrite=True
    )
