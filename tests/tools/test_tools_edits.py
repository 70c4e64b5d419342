"""Edits: exactly what was shown, or nothing (R-22, R-80, T16, T19 to T22)."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tool_hands import Hands

from grafftui.tools import PreparedCall, ToolFailure
from grafftui.tools.source_text import Replacement, SourceText


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# -- what is asked is what is done ---------------------------------------------------------


def test_create_asks_with_the_bytes_and_writes_them(hands: Hands) -> None:
    call = hands.prepare("write", path="a/b/c.txt", content="one\ntwo")
    assert (call.title, call.sub_title, call.category) == ("Create", "a/b/c.txt", "debug")
    assert call.request is not None
    (edit,) = call.request.edits
    assert call.request.kind == "edit" and call.request.cwd == str(hands.root)
    assert edit.before_sha256 is None and edit.after_sha256 == sha(b"one\ntwo")
    assert edit.diff == (
        "--- /dev/null\n+++ b/a/b/c.txt\n@@ -0,0 +1,2 @@\n"
        "+one\n+two\n\\ No newline at end of file\n"
    )
    assert not (hands.root / "a").exists()
    result = call.execute(hands.context)
    assert (hands.root / "a/b/c.txt").read_bytes() == b"one\ntwo"
    assert result.text == '<file_created path="a/b/c.txt" total_lines="2"/>'
    (change,) = result.changes
    assert (change.path, change.change, change.added, change.removed) == (
        "a/b/c.txt",
        "created",
        2,
        0,
    )
    assert result.output is None


def test_patch_shows_and_does_one_replacement(hands: Hands) -> None:
    path = hands.file("a.txt", "one\ntwo\nthree\n")
    call = hands.prepare("patch", path="a.txt", search="two", content="2")
    assert (call.title, call.sub_title) == ("Replace", "a.txt")
    assert call.request is not None
    (edit,) = call.request.edits
    assert (edit.before_sha256, edit.after_sha256) == (
        sha(b"one\ntwo\nthree\n"),
        sha(b"one\n2\nthree\n"),
    )
    assert path.read_bytes() == b"one\ntwo\nthree\n"
    result = call.execute(hands.context)
    assert path.read_bytes() == b"one\n2\nthree\n"
    assert result.output == edit.diff == result.changes[0].diff
    assert "-two\n+2" in result.text and result.changes[0].change == "modified"


def test_multi_patch_makes_all_or_none(hands: Hands) -> None:
    path = hands.file("a.txt")
    edits = [
        {"old_string": "one", "new_string": "1"},
        {"old_string": "1\ntwo", "new_string": "1\n2"},
    ]
    call = hands.prepare("multi_patch", path="a.txt", edits=edits)
    assert (call.title, call.sub_title) == ("Replace", "a.txt (2 edits)")
    call.execute(hands.context)
    assert path.read_text() == "1\n2\nthree\n"
    edits = [{"old_string": "three", "new_string": "3"}, {"old_string": "zero", "new_string": "0"}]
    assert "Edit 2: old_string is not" in hands.refused("multi_patch", path="a.txt", edits=edits)
    assert path.read_text() == "1\n2\nthree\n"


def test_replace_all(hands: Hands) -> None:
    path = hands.file("a.txt", "x x\nxx\n")
    call = hands.prepare("patch", path="a.txt", old_string="x", new_string="y", replace_all=True)
    assert call.title == "Replace All"
    call.execute(hands.context)
    assert path.read_text() == "y y\nyy\n"


def test_remove(hands: Hands) -> None:
    path = hands.file("a.txt")
    call = hands.prepare("remove", path="a.txt")
    assert call.title == "Remove" and call.request is not None
    assert call.request.edits[0].after_sha256 is None
    assert "-three" in call.request.edits[0].diff
    result = call.execute(hands.context)
    assert not path.exists() and result.changes[0].change == "removed"
    (hands.root / "link").symlink_to("x")
    assert "symbolic link" in hands.refused("remove", path="link")
    assert "no file" in hands.refused("remove", path="nothing")


def test_an_edit_keeps_the_mode_but_not_set_user_id(hands: Hands) -> None:
    path = hands.file("run.sh")
    path.chmod(0o4755)
    call = hands.prepare("patch", path="run.sh", old_string="one", new_string="1")
    assert call.request is not None and "set-user-id" in call.request.description
    call.execute(hands.context)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    path.chmod(0o640)
    hands("patch", path="run.sh", old_string="1", new_string="2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_any_editor_gives(hands: Hands) -> None:
    before = os.umask(0o027)
    try:
        hands("write", path="a.txt", content="x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((hands.root / "a.txt").stat().st_mode) == 0o640


def test_it_says_so_when_what_was_written_does_not_parse(hands: Hands) -> None:
    assert "syntax error in line 1" in hands("write", path="a.py", content="def (:\n").text
    assert "does not parse" in hands("write", path="a.json", content="{").text
    assert "does not parse" in hands("write", path="a.toml", content="x = \n").text
    assert "Warning" not in hands("write", path="b.py", content="x = 1\n").text
    assert "does not parse" in hands("write", path="deep.json", content="[" * 100_000).text


# -- only what was read, and as it was read ------------------------------------------------


def test_a_file_must_be_read_before_it_is_changed(hands: Hands) -> None:
    (hands.root / "a.txt").write_text("one\n")
    assert "exists" in hands.refused("write", path="a.txt", content="x")
    assert "Read a.txt" in hands.refused("write", path="a.txt", content="x", overwrite=True)
    assert "Read a.txt" in hands.refused("patch", path="a.txt", old_string="one", new_string="1")
    hands("read", path="a.txt")
    call = hands.prepare("write", path="a.txt", content="x", overwrite=True)
    assert call.title == "Overwrite"
    result = call.execute(hands.context)
    assert result.output and result.text.startswith("<file_overwritten")
    hands("write", path="a.txt", content="y", overwrite=True)  # knows what it wrote


def test_a_file_changed_since_it_was_read_is_not_replaced_whole(hands: Hands) -> None:
    path = hands.file("a.txt")
    path.write_text("somebody else's\n")
    said = hands.refused("write", path="a.txt", content="x", overwrite=True)
    assert "changed since you read it" in said
    hands("patch", path="a.txt", old_string="else's", new_string="else")  # still exact
    assert path.read_text() == "somebody else\n"


# -- the world changes between yes and deed ------------------------------------------------


def prepared_patch(hands: Hands) -> PreparedCall:
    return hands.prepare("patch", path="d/a.txt", old_string="two", new_string="2")


def refused_now(hands: Hands, call: PreparedCall) -> None:
    with pytest.raises(ToolFailure) as failure:
        call.execute(hands.context)
    assert "\n" not in str(failure.value)
    left = [name for _, _, names in os.walk(hands.root) for name in names]
    assert not [name for name in left if name.startswith(".grafftui")]


def test_changed_content_is_refused_even_with_the_same_size_and_time(hands: Hands) -> None:
    path = hands.file("d/a.txt")
    call = prepared_patch(hands)
    status = path.stat()
    path.write_bytes(b"one\ntwo\nTHREE\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    refused_now(hands, call)
    assert path.read_bytes() == b"one\ntwo\nTHREE\n"
    assert hands.context.snapshots.newest(path) is None


def test_another_file_with_the_same_content_is_refused(hands: Hands) -> None:
    path = hands.file("d/a.txt")
    call = prepared_patch(hands)
    other = path.with_name("b.txt")
    other.write_bytes(path.read_bytes())
    other.rename(path)
    refused_now(hands, call)
    assert path.read_text() == "one\ntwo\nthree\n"


def test_a_file_that_became_a_link_is_refused(hands: Hands, tmp_path: Path) -> None:
    path = hands.file("d/a.txt")
    call = prepared_patch(hands)
    outside = tmp_path / "outside.txt"
    path.rename(outside)
    path.symlink_to(outside)
    refused_now(hands, call)
    assert outside.read_text() == "one\ntwo\nthree\n"


def test_a_directory_that_became_a_link_is_refused(hands: Hands, tmp_path: Path) -> None:
    hands.file("d/a.txt")
    call = prepared_patch(hands)
    created = hands.prepare("write", path="d/new.txt", content="x")
    (hands.root / "d").rename(tmp_path / "outside")
    (hands.root / "d").symlink_to(tmp_path / "outside")
    refused_now(hands, call)
    refused_now(hands, created)
    assert os.listdir(tmp_path / "outside") == ["a.txt"]
    assert (tmp_path / "outside" / "a.txt").read_text() == "one\ntwo\nthree\n"


def test_a_file_that_went_away_or_came_is_refused(hands: Hands) -> None:
    path = hands.file("d/a.txt")
    call = prepared_patch(hands)
    removal = hands.prepare("remove", path="d/a.txt")
    path.unlink()
    refused_now(hands, call)
    refused_now(hands, removal)
    creation = hands.prepare("write", path="d/new.txt", content="mine")
    (hands.root / "d/new.txt").write_text("theirs")
    refused_now(hands, creation)
    assert (hands.root / "d/new.txt").read_text() == "theirs"
    assert not path.exists()


def test_a_removal_of_changed_content_is_refused(hands: Hands) -> None:
    path = hands.file("d/a.txt")
    call = hands.prepare("remove", path="d/a.txt")
    path.write_text("newer\n")
    refused_now(hands, call)
    assert path.read_text() == "newer\n"


def test_an_interrupted_turn_writes_nothing(hands: Hands) -> None:
    from grafftui.errors import AbortedError

    hands.file("d/a.txt")
    call = prepared_patch(hands)
    hands.context.cancellation.cancel()
    with pytest.raises(AbortedError):
        call.execute(hands.context)
    assert (hands.root / "d/a.txt").read_text() == "one\ntwo\nthree\n"


# -- bytes outside the edit ----------------------------------------------------------------

FILES = [
    (b"one\r\ntwo\r\nthree\r\n", b"one\r\n2\r\n2b\r\nthree\r\n"),
    (b"one\rtwo\rthree\r", b"one\r2\r2b\rthree\r"),
    (b"one\ntwo\nthree", b"one\n2\n2b\nthree"),
    (b"\xef\xbb\xbfone\ntwo\n", b"\xef\xbb\xbfone\n2\n2b\n"),
    (b"a\xff\xfe\ntwo\n\xe2\x82\xac\n", b"a\xff\xfe\n2\n2b\n\xe2\x82\xac\n"),
    (b"caf\xe9\ntwo\n\x85\n", b"caf\xe9\n2\n2b\n\x85\n"),
    ("\ufeffone\r\ntwo\r\n".encode("utf-16-le"), "\ufeffone\r\n2\r\n2b\r\n".encode("utf-16-le")),
    ("\ufeffone\ntwo\n".encode("utf-16-be"), "\ufeffone\n2\n2b\n".encode("utf-16-be")),
    ("\ufeffone\ntwo\n".encode("utf-32-le"), "\ufeffone\n2\n2b\n".encode("utf-32-le")),
    (b"u\xe2\x80\xa8v\x0bw\x0c\ntwo\n", b"u\xe2\x80\xa8v\x0bw\x0c\n2\n2b\n"),
]


@pytest.mark.parametrize(("before", "after"), FILES)
def test_a_patch_keeps_every_byte_around_it(hands: Hands, before: bytes, after: bytes) -> None:
    path = hands.file("a.txt", before)
    call = hands.prepare("patch", path="a.txt", old_string="two", new_string="2\n2b")
    assert call.request is not None
    call.request.edits[0].diff.encode()  # can be sent
    assert call.request.edits[0].after_sha256 == sha(after)
    call.execute(hands.context)
    assert path.read_bytes() == after


def test_mixed_newlines_stay_mixed(hands: Hands) -> None:
    path = hands.file("a.txt", b"a\r\nb\nc\rd\r\ne\n")
    hands("patch", path="a.txt", old_string="a\nb\nc\nd\ne", new_string="a\nB\nc\nd\ne")
    assert path.read_bytes() == b"a\r\nB\nc\rd\r\ne\n"


def test_replacing_a_file_whole_keeps_its_style(hands: Hands) -> None:
    path = hands.file("a.txt", b"\xef\xbb\xbfone\r\ntwo\r\n")
    hands("write", path="a.txt", content="1\n2\n", overwrite=True)
    assert path.read_bytes() == b"\xef\xbb\xbf1\r\n2\r\n"
    hands("write", path="b.txt", content="1\r\n2\n")
    assert (hands.root / "b.txt").read_bytes() == b"1\r\n2\n"


def test_what_an_encoding_cannot_say_is_refused(hands: Hands) -> None:
    path = hands.file("a.txt", b"caf\xe9\n")
    said = hands.refused("patch", path="a.txt", old_string="caf", new_string="€")
    assert "latin-1" in said
    assert path.read_bytes() == b"caf\xe9\n"


def test_binary_files_are_not_edited_as_text(hands: Hands) -> None:
    path = hands.root / "a.bin"
    path.write_bytes(b"a\0b")
    assert "binary" in hands.refused("read", path="a.bin")
    call = hands.prepare("remove", path="a.bin")
    assert call.request is not None
    assert call.request.edits[0].diff == "Binary file a.bin: 3 bytes → nothing\n"


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="ab \u2028é\x85", max_size=8),
    st.lists(st.sampled_from(["\n", "\r\n", "\r", "x", "é"]), max_size=12),
    st.sampled_from(["utf-8", "utf-16-le", "latin-1"]),
)
def test_text_goes_round_byte_for_byte(start: str, rest: list[str], encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    text = (start + "".join(rest)).replace("\u2028", "" if encoding == "latin-1" else "\u2028")
    content = mark + text.encode(encoding)
    source = SourceText.decode(content)
    assert source is not None and source.encode(source.text) == content


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40).filter(lambda content: b"\0" not in content))
def test_any_bytes_go_round(content: bytes) -> None:
    source = SourceText.decode(content)
    if source is not None:
        assert source.encode(source.text) == content
        source.readable.encode()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "\n", "\r\n", "\r"]), max_size=12), st.data())
def test_a_replacement_changes_nothing_else(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    if text[start - 1 : start + 1] == "\r\n" or text[stop - 1 : stop + 1] == "\r\n":
        return  # half a newline is none
    changed = text[:start] + "<" + text[start:stop] + ">" + text[stop:]
    result = Replacement("<" + text[start:stop] + ">", "<!>").apply(changed)
    assert result == text[:start] + "<!>" + text[stop:]


# -- edits that cannot be made -------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "old", "new", "said"),
    [
        ("one\n", "zero", "x", "not in the file"),
        ("one\none\n", "one", "x", "more than once (lines 1, 2)"),
        ("aaa\n", "aa", "x", "more than once"),
        ("  one\n\ttwo\n", "one\n two", "x", "line 1 differs from it only in white space"),
        ("one\n", "one", "one", "nothing to do"),
        ("one\n", "", "x", "empty"),
        ("one\r\none\r\n", "one\n", "x", "more than once"),
    ],
)
def test_what_cannot_be_replaced_is_told(
    hands: Hands, content: str, old: str, new: str, said: str
) -> None:
    path = hands.file("a.txt", content)
    assert said in hands.refused("patch", path="a.txt", old_string=old, new_string=new)
    assert path.read_bytes() == content.encode()


def test_edits_that_overlap_or_undo_each_other(hands: Hands) -> None:
    path = hands.file("a.txt", "one\r\ntwo\r\n")
    overlapping = [
        {"old_string": "one\ntwo", "new_string": "x"},
        {"old_string": "two\n", "new_string": "y"},
    ]
    assert "overlap" in hands.refused("multi_patch", path="a.txt", edits=overlapping)
    back = [{"old_string": "one", "new_string": "1"}, {"old_string": "1", "new_string": "one"}]
    assert "undo each other" in hands.refused("multi_patch", path="a.txt", edits=back)
    assert path.read_bytes() == b"one\r\ntwo\r\n"


def test_a_read_only_file_is_left_alone(hands: Hands) -> None:
    path = hands.file("a.txt")
    path.chmod(0o444)
    for tool, more in (
        ("patch", {"old_string": "one", "new_string": "1"}),
        ("write", {"content": "x", "overwrite": True}),
        ("remove", {}),
    ):
        assert "read-only" in hands.refused(tool, path="a.txt", **more)


def test_hopeless_edits_end_soon(hands: Hands) -> None:
    hands.file("a.txt", "\n" * 300_000)
    started = time.monotonic()
    hands.refused("patch", path="a.txt", old_string="\n" * 300_001, new_string="x")
    hands.refused("patch", path="a.txt", old_string="x" + "\n" * 5_000, new_string="y")
    assert time.monotonic() - started < 5


# -- a system that says no -----------------------------------------------------------------

TROUBLE = Path(__file__).with_name("write_in_trouble.py")


@pytest.mark.needs("bubblewrap")
@pytest.mark.parametrize(
    ("trouble", "options", "said"),
    [
        ("full", ["--size", "65536", "--tmpfs", "/mnt"], "No space left"),
        ("read-only", [], "Read-only file system"),
        ("forbidden", ["--cap-drop", "ALL", "--tmpfs", "/mnt"], "Permission denied"),
        ("no descriptors", ["--tmpfs", "/mnt"], "Too many open files"),
    ],
)
def test_trouble_leaves_the_original(
    tmp_path: Path, trouble: str, options: list[str], said: str
) -> None:
    """ENOSPC, EROFS, EACCES, EMFILE."""
    if trouble == "read-only":
        (tmp_path / "a.txt").write_text("original\n")
        options = ["--ro-bind", str(tmp_path), "/mnt"]
    box = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *options]
    command = ["bwrap", *box, "--tmpfs", "/var/tmp", sys.executable, str(TROUBLE), trouble]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert run.stderr == ""
    assert said in run.stdout and "intact" in run.stdout, run.stdout
