"""Diffs: right, and in bounded time (R-94)."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafftui.tools.diffs import MAX_RUN, Diff, unified

LINES = st.lists(st.sampled_from(["a", "b", "c", "\r", "", "\u2028"]), max_size=25)


def diff(before: str, after: str) -> Diff:
    return unified(before, after, "f", created=False, removed=False)


def test_a_diff_as_everybody_knows_it() -> None:
    before = "".join(f"{n}\n" for n in range(1, 14))
    after = before.replace("3\n", "X\n", 1).removesuffix("13\n")
    assert diff(before, after) == Diff(
        "--- a/f\n+++ b/f\n"
        "@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+X\n 4\n 5\n 6\n"
        "@@ -10,4 +10,3 @@\n 10\n 11\n 12\n-13\n",
        added=1,
        removed=2,
    )


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("a\n", "a\n", ""),
        ("a", "a\n", "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"),
        ("a\n", "a", "@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n"),
        ("", "a\n", "@@ -0,0 +1,1 @@\n+a\n"),
        ("a\n", "", "@@ -1,1 +0,0 @@\n-a\n"),
        ("a\r\n", "a\n", "@@ -1,1 +1,1 @@\n-a\r\n+a\n"),
    ],
)
def test_ends_of_files(before: str, after: str, text: str) -> None:
    assert diff(before, after).text == ("--- a/f\n+++ b/f\n" + text if text else "")


@pytest.mark.needs("git")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LINES, LINES, LINES, st.booleans(), st.booleans())
def test_git_applies_our_diffs(
    tmp_path: Path, start: list[str], old: list[str], new: list[str], end: bool, ends: bool
) -> None:
    before = "\n".join([*start, *old, *start]) + ("\n" if end else "")
    after = "\n".join([*start, *new, *start]) + ("\n" if ends else "")
    made = diff(before, after)
    if before == after:
        assert made == Diff("", 0, 0)
        return
    if not before or not after:
        return  # git wants /dev/null for these
    (tmp_path / "f").write_bytes(before.encode())
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "--unidiff-zero", "-"],
        input=made.text.encode(),
        cwd=tmp_path,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "f").read_bytes() == after.encode()
    signs = [line[:1] for line in made.lines[2:]]
    assert (signs.count("+"), signs.count("-")) == (made.added, made.removed)


@pytest.mark.parametrize("size", [500, 2_000, 200_000])
@pytest.mark.parametrize(("old_cycle", "new_cycle"), [(7, 5), (1, 2), (2, 3), (1_000, 999)])
def test_hopeless_texts_end_soon(size: int, old_cycle: int, new_cycle: int) -> None:
    before = "".join(f"{n % old_cycle}\n" for n in range(size))
    after = "x\n" + "".join(f"{n % new_cycle}\n" for n in range(size)) + "y\n"
    started = time.monotonic()
    made = diff(before, after)
    assert time.monotonic() - started < 3
    assert made.added - made.removed == 2


def test_many_small_changes_in_a_large_file_stay_small() -> None:
    lines = [f"    value = {n}\n" if n % 3 else "\n" for n in range(6_000)]
    after = [
        line.replace("value", "worth") if n % 500 == 1 else line for n, line in enumerate(lines)
    ]
    made = diff("".join(lines), "".join(after))
    changed = sum(line != other for line, other in zip(lines, after, strict=True))
    assert changed == 8 == made.added == made.removed


def test_a_small_change_in_a_large_file_stays_small() -> None:
    lines = [f"{n}\n" for n in range(200_000)]
    after = [*lines[:100_000], "new\n", *lines[100_000:]]
    made = diff("".join(lines), "".join(after))
    assert (made.added, made.removed) == (1, 0) and len(made.lines) == 10


def test_what_is_removed_is_shown_in_part_what_is_added_in_full() -> None:
    before = "".join(f"old {n}\n" for n in range(10_000))
    after = "".join(f"new {n}\n" for n in range(10_000))
    made = diff(before, after)
    assert made.text.count("\n-old") == MAX_RUN and made.text.count("\n+new") == 10_000
    assert "\\ 8,000 more lines removed\n" in made.text
    assert (made.added, made.removed) == (10_000, 10_000)
