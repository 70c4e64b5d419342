"""Undo and its snapshots (R-26, R-101, T25)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from tool_hands import Hands

from grafftui.tools import Snapshots, ToolFailure
from grafftui.tools.files import read_image
from grafftui.tools.snapshots import KEPT_PER_FILE


def test_undo_brings_back_bytes_mode_and_time(hands: Hands) -> None:
    path = hands.file("a.sh", b"one\r\ntwo\n\xff")
    path.chmod(0o750)
    os.utime(path, ns=(1, 1_500_000_000_123_456_789))
    before = path.stat()
    hands("patch", path="a.sh", old_string="one", new_string="1")
    call = hands.prepare("undo", path="a.sh")
    assert (call.title, call.sub_title) == ("Undo", "a.sh")
    assert call.request is not None and call.request.kind == "edit"
    assert "-1\r\n+one\r\n" in call.request.edits[0].diff
    result = call.execute(hands.context)
    after = path.stat()
    assert path.read_bytes() == b"one\r\ntwo\n\xff"
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert result.changes[0].change == "restored"
    assert "file_undone" in result.text


def test_undo_goes_back_step_by_step_and_then_says_there_is_no_more(hands: Hands) -> None:
    path = hands.file("a.txt", "0\n")
    for number in range(1, 4):
        hands("patch", path="a.txt", old_string=str(number - 1), new_string=str(number))
    for number in (2, 1, 0):
        hands("undo", path="a.txt")
        assert path.read_text() == f"{number}\n"
    assert "No snapshots found" in hands.refused("undo", path="a.txt")


def test_undo_of_a_removal(hands: Hands) -> None:
    path = hands.file("d/a.txt", "one\n")
    path.chmod(0o600)
    hands("remove", path="d/a.txt")
    path.parent.rmdir()
    hands("undo", path="d/a.txt")
    assert path.read_text() == "one\n" and stat.S_IMODE(path.stat().st_mode) == 0o600


def test_undo_of_a_creation_is_told(hands: Hands) -> None:
    hands("write", path="a.txt", content="x")
    assert "No snapshots found" in hands.refused("undo", path="a.txt")


def test_undo_never_overwrites_what_came_after(hands: Hands) -> None:
    path = hands.file("a.txt", "one\n")
    hands("patch", path="a.txt", old_string="one", new_string="1")
    path.write_text("a person's work\n")
    assert "would lose the change" in hands.refused("undo", path="a.txt")
    path.unlink()
    assert "would lose the change" in hands.refused("undo", path="a.txt")
    path.write_text("1\n")
    hands("undo", path="a.txt")
    assert path.read_text() == "one\n"


def test_undo_of_a_removal_does_not_replace_a_new_file(hands: Hands) -> None:
    path = hands.file("a.txt", "one\n")
    hands("remove", path="a.txt")
    call = hands.prepare("undo", path="a.txt")
    path.write_text("new\n")
    with pytest.raises(ToolFailure, match="came into being"):
        call.execute(hands.context)
    assert "would lose the change" in hands.refused("undo", path="a.txt")
    assert path.read_text() == "new\n"


def test_a_change_between_yes_and_undo_is_kept_and_so_is_the_snapshot(hands: Hands) -> None:
    path = hands.file("a.txt", "one\n")
    hands("patch", path="a.txt", old_string="one", new_string="1")
    call = hands.prepare("undo", path="a.txt")
    path.write_text("2\n")
    with pytest.raises(ToolFailure, match="changed"):
        call.execute(hands.context)
    assert path.read_text() == "2\n"
    assert hands.context.snapshots.newest(path) is not None


def test_undo_writes_through_no_link(hands: Hands, tmp_path: Path) -> None:
    path = hands.file("a.txt", "one\n")
    hands("patch", path="a.txt", old_string="one", new_string="1")
    (hands.root / "twin").hardlink_to(path)
    assert "does not write through links" in hands.refused("undo", path="a.txt")
    (hands.root / "twin").unlink()
    outside = tmp_path / "outside.txt"
    path.rename(outside)
    path.symlink_to(outside)
    assert "does not write through links" in hands.refused("undo", path="a.txt")
    assert outside.read_text() == "1\n"


def test_snapshots_are_private_and_bounded(tmp_path: Path) -> None:
    root, path = tmp_path / "snapshots", tmp_path / "a.txt"
    snapshots = Snapshots(root)
    for number in range(KEPT_PER_FILE + 5):
        path.write_text(str(number))
        image = read_image(path, 100)
        assert image is not None
        snapshots.take(path, image, None)
    kept = sorted(root.rglob("*.snap"))
    assert len(kept) == KEPT_PER_FILE
    newest = snapshots.newest(path)
    assert newest is not None and newest.content == str(KEPT_PER_FILE + 4).encode()
    for directory in (root, kept[0].parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"garbage", b'{"sha256": "0"}\nx'])
def test_a_damaged_snapshot_is_not_restored(hands: Hands, damage: bytes) -> None:
    path = hands.file("a.txt", "one\n")
    hands("patch", path="a.txt", old_string="one", new_string="1")
    snapshot = hands.context.snapshots.newest(path)
    assert snapshot is not None
    snapshot.stored.write_bytes(damage)
    assert "damaged" in hands.refused("undo", path="a.txt")
    assert path.read_text() == "1\n" and snapshot.stored.read_bytes() == damage


def test_a_planted_link_in_place_of_our_directory_is_refused(hands: Hands, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "store" / "snapshots").symlink_to(elsewhere)
    path = hands.file("a.txt", "one\n")
    said = hands.refused("patch", path="a.txt", old_string="one", new_string="1")
    assert "symbolic link" in said
    assert path.read_text() == "one\n" and os.listdir(elsewhere) == []


def test_without_a_snapshot_there_is_no_edit(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "store" / "snapshots").write_text("a file where the directory should be")
    path = hands.file("a.txt", "one\n")
    hands.refused("patch", path="a.txt", old_string="one", new_string="1")
    hands.refused("remove", path="a.txt")
    assert path.read_text() == "one\n"
