"""A new file is there whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from grafftui.errors import GrafftuiError, UsageError
from grafftui.new_file import new_file


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0o777)  # takes even the owner's bits
    try:
        with new_file(tmp_path / "a") as file:
            file.write(b"x")
            assert not (tmp_path / "a").exists()
    finally:
        os.umask(before)
    assert (tmp_path / "a").read_bytes() == b"x"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("error", "raised"),
    [(OSError(errno.ENOSPC, "No space left"), GrafftuiError), (KeyboardInterrupt(), None)],
)
def test_nothing_is_left_of_one_that_failed(
    tmp_path: Path, error: BaseException, raised: type[BaseException] | None
) -> None:
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(raised or type(error)) as caught, new_file(tmp_path / "a", force=True):
        raise error
    assert raised is None or "cannot write" in str(caught.value)
    assert (tmp_path / "a").read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["a"]


def test_what_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already"), new_file(tmp_path / "a") as file:
        file.write(b"x")
        (tmp_path / "a").write_bytes(b"mine")
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"mine")
    (tmp_path / "a").symlink_to(tmp_path / "target")
    with pytest.raises(UsageError, match="already"), new_file(tmp_path / "a"):
        pass
    with new_file(tmp_path / "a", force=True) as file:
        file.write(b"x")
    assert (tmp_path / "target").read_bytes() == b"mine"
    assert not (tmp_path / "a").is_symlink()


def test_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: object, target: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    with new_file(tmp_path / "a") as file:
        file.write(b"x")
    assert (tmp_path / "a").read_bytes() == b"x"
    with pytest.raises(UsageError, match="already"), new_file(tmp_path / "b") as file:
        (tmp_path / "b").write_bytes(b"mine")
    assert (tmp_path / "b").read_bytes() == b"mine"
