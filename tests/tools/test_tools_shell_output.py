"""The tool `shell`: what becomes of what commands print."""

from __future__ import annotations

import resource
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tool_hands import Hands, exit_of, stdout, until, until_aborted

from grafftui.tools import ToolResult
from grafftui.tools.output import LineWindow

# -- output --------------------------------------------------------------------------------


def test_long_output_keeps_its_ends_and_goes_to_a_file(hands: Hands, store: Path) -> None:
    result = hands("shell", command="seq 1 5000; echo error >&2")
    lines = stdout(result).split("\n")
    assert lines[:2] == ["1", "2"] and lines[99:102] == ["100", "… 4,800 lines omitted …", "4901"]
    assert lines[-1] == "5000"
    (kept,) = (store / "outputs").iterdir()
    assert f"The whole output (23,899 bytes) is in {kept}" in result.text
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    call = hands.prepare("read", path=str(kept), range={"start_line": 2_500, "end_line": 2_500})
    assert call.request is None and "2500:2500" in call.execute(hands.context).text


def test_short_output_leaves_no_file(hands: Hands, store: Path) -> None:
    hands("shell", command="seq 1 200")
    assert list((store / "outputs").iterdir()) == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("printf 'a\\nb'", "a\nb"),
        ("printf '10%%\\r50%%\\r100%%\\n'", "100%"),
        ("printf 'a\\r\\nb\\r\\n'", "a\nb"),
        ("printf '\\033[31mred\\033[0m \\033]0;t\\007x'", "red x"),
        ("printf '\\377\\376 \\342\\202\\254'", "\ufffd\ufffd €"),
        ("head -c 600 /dev/zero | tr '\\0' x", "x" * 500 + "… (cut)"),
        ("for i in $(seq 600); do printf '\\342\\202\\254'; done", "€" * 500 + "… (cut)"),
        ("for i in $(seq 100); do printf '%9999d\\r' $i; done; echo done", "done"),
    ],
)
def test_lines(hands: Hands, command: str, expected: str) -> None:
    assert stdout(hands("shell", command=command)) == expected


@given(st.lists(st.sampled_from([b"a", b"bb", b"\r", b"\n", b"\r\n", b"c" * 7]), max_size=30))
def test_how_output_is_cut_into_pieces_does_not_matter(words: list[bytes]) -> None:
    text = b"".join(words)
    whole, pieces = (LineWindow(3, 2, 1, str) for _ in range(2))
    whole.feed(text)
    for byte in range(len(text)):
        pieces.feed(text[byte : byte + 1])
    for window in (whole, pieces):
        window.finish()
    assert (whole.lines, whole.omitted) == (pieces.lines, pieces.omitted)
    assert whole.omitted or whole.cut == pieces.cut
    assert whole.first_lines() + whole.last_lines() == pieces.first_lines() + pieces.last_lines()


def test_colours_are_kept_when_asked_for(hands: Hands) -> None:
    result = hands("shell", command="printf '\\033[31mred'", keep_ansi=True)
    assert stdout(result) == "\033[31mred"


def grown(work: Callable[[], Any]) -> int:
    """Bytes by which our greatest memory use grew."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


@pytest.mark.parametrize(
    "command",
    [
        "yes | head -c 200000000",
        "head -c 200000000 /dev/zero",
        "head -c 100000000 /dev/zero | tr '\\0' x",
        "head -c 50000000 /dev/urandom",
    ],
)
def test_endless_output_takes_no_memory(hands: Hands, store: Path, command: str) -> None:
    hands("shell", command="seq 1 1000")  # whatever is loaded once
    assert grown(lambda: hands("shell", command=command)) < 20_000_000
    assert sum(file.stat().st_size for file in (store / "outputs").iterdir()) < 17 << 20
    assert sum(map(len, hands.pieces)) < 5_000_000


def test_a_full_disk_does_not_stop_the_command(hands: Hands, store: Path) -> None:
    (store / "outputs").write_text("a file where the directory should be")
    result = hands("shell", command="seq 1 5000")
    assert exit_of(result) == "exit_code 0" and stdout(result).endswith("5000")


def test_output_is_reported_while_it_comes(hands: Hands) -> None:
    done: list[ToolResult] = []
    call = hands.prepare("shell", command="echo first; read -t 20 < <(sleep 20); echo never")
    thread = threading.Thread(target=lambda: done.append(until_aborted(hands, call.execute)))
    thread.start()
    until(lambda: "first\n" in "".join(hands.pieces))
    assert not done
    hands.context.cancellation.cancel()
    thread.join(5)
    assert "never" not in "".join(hands.pieces)


def test_pieces_come_seldom_however_fast_the_output(hands: Hands) -> None:
    started = time.monotonic()
    hands("shell", command="for i in $(seq 20000); do echo line $i; done; printf last")
    seconds = time.monotonic() - started
    assert len(hands.pieces) <= seconds * 20 + 2
    assert "".join(hands.pieces).endswith("last")
    assert max(map(len, hands.pieces)) <= 4_096


def test_a_split_character_is_not_broken(hands: Hands) -> None:
    hands("shell", command="printf '\\342\\202'; sleep 0.2; printf '\\254'")
    assert "".join(hands.pieces) == "€"
