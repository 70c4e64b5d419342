"""What a path means, and which are refused (R-20, R-21, R-23, T17, T18, T23)."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tool_hands import Hands

from grafftui import beneath
from grafftui.beneath import has_openat2, open_directory, walk
from grafftui.tools import Workspace
from grafftui.tools.base import ToolFailure
from grafftui.tools.files import read_image
from grafftui.tools.path_names import meant_name, shown_name


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "ws-evil" / "secret.txt"
    path.parent.mkdir()
    path.write_text("outside\n")
    return path


def test_inside_needs_no_yes_however_it_is_written(hands: Hands) -> None:
    (hands.root / "d").mkdir()
    (hands.root / "d" / "a.txt").write_text("x")
    for given in ("d/a.txt", "./d/../d/a.txt", str(hands.root / "d/a.txt"), "d//a.txt"):
        call = hands.prepare("read", path=given)
        assert call.request is None
        assert call.sub_title == "d/a.txt"


@pytest.mark.parametrize("given", ["../ws-evil/secret.txt", "a/../../ws-evil/secret.txt"])
def test_outside_is_asked_with_the_resolved_path(hands: Hands, secret: Path, given: str) -> None:
    for spelling in (given, str(secret)):
        call = hands.prepare("read", path=spelling)
        assert call.request is not None
        assert (call.request.kind, call.request.subject) == ("read", str(secret))
        assert call.sub_title == str(secret)
        assert "outside the workspace" in call.request.description
        assert "1:outside" in call.execute(hands.context).text


def test_a_write_outside_is_asked_and_bound_to_its_directory(hands: Hands, secret: Path) -> None:
    inside = hands.prepare("write", path="new.txt", content="x")
    outside = hands.prepare("write", path=str(secret.parent / "new.txt"), content="x")
    assert inside.request is not None and outside.request is not None
    assert outside.request.edits[0].path == str(secret.parent / "new.txt")
    assert "outside the workspace" in outside.request.description
    assert inside.request.grant_key() != outside.request.grant_key()


@pytest.mark.parametrize(
    "given", ["", "  ", "a\0b", "file:///etc/passwd", "FILE:x", "~/x", "~root/x", "~"]
)
def test_what_is_no_path_is_refused(hands: Hands, given: str) -> None:
    for tool, more in (("read", {}), ("write", {"content": "x"}), ("remove", {})):
        hands.refused(tool, path=given, **more)
    assert list(hands.root.iterdir()) == []


@pytest.mark.parametrize("given", ["/proc/self/environ", "/proc/kcore", "/dev/zero", "/sys/power"])
def test_kernel_files_are_refused(hands: Hands, given: str) -> None:
    assert "no files to work on" in hands.refused("read", path=given)


def test_the_store_is_off_limits_in_every_spelling(hands: Hands, store: Path) -> None:
    (store / "history.db-shm").write_text("x")
    (hands.root / "link").symlink_to(store / "history.db-shm")
    (hands.root / "dir").symlink_to(store)
    for given in (str(store / "history.db-shm"), "link", "dir/history.db-shm", "../store/x/"):
        for tool, more in (("read", {}), ("write", {"content": "x"}), ("remove", {})):
            assert "grafftui's own" in hands.refused(tool, path=given, **more)
    assert "grafftui's own" in hands.refused("shell", command="ls", cwd=str(store))
    assert "grafftui's own" in hands.refused("fs_search", pattern="x", path=str(store))


def test_a_link_that_leads_out_is_outside(hands: Hands, secret: Path) -> None:
    (hands.root / "link").symlink_to(secret)
    (hands.root / "dir").symlink_to(secret.parent)
    for given in ("link", "dir/secret.txt"):
        request = hands.prepare("read", path=given).request
        assert request is not None and request.subject == str(secret)
    request = hands.prepare("write", path="dir/new.txt", content="x").request
    assert request is not None and request.edits[0].path == str(secret.parent / "new.txt")


def test_a_link_at_the_destination_and_a_hard_link_are_told(hands: Hands) -> None:
    real = hands.file("real.txt")
    (hands.root / "link.txt").symlink_to("real.txt")
    request = hands.prepare("patch", path="link.txt", old_string="one", new_string="1").request
    assert request is not None and request.edits[0].path == str(real)
    assert "symbolic link" in request.description
    (hands.root / "twin.txt").hardlink_to(real)
    request = hands.prepare("patch", path="real.txt", old_string="one", new_string="1").request
    assert request is not None and "2 names" in request.description


def test_no_race_with_a_link_gives_bytes_from_outside(hands: Hands, secret: Path) -> None:
    inside = hands.root / "d"
    inside.mkdir()
    (inside / "secret.txt").write_text("inside\n")
    aside, stop = hands.root / "aside", threading.Event()

    def swap() -> None:
        while not stop.is_set():
            inside.rename(aside)
            inside.symlink_to(secret.parent)
            inside.unlink()
            aside.rename(inside)

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    deadline = time.monotonic() + 1.5
    try:
        while time.monotonic() < deadline:
            try:
                call = hands.prepare("read", path="d/secret.txt")
                if call.request is None:
                    seen.add(call.execute(hands.context).text.split("\n")[1])
            except ToolFailure:
                continue
    finally:
        stop.set()
        swapper.join()
    assert seen == {"1:inside"}


@pytest.mark.parametrize("way", ["openat2", "walk"])
def test_a_directory_is_opened_without_following_links(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "openat2" and not has_openat2():
        pytest.skip("needs Linux 5.6")
    monkeypatch.setattr(beneath, "has_openat2", lambda: way == "openat2")
    real = Path(os.path.realpath(tmp_path)) / "a" / "b"
    real.mkdir(parents=True)
    opened = open_directory(real)
    assert os.fstat(opened).st_ino == real.stat().st_ino
    os.close(opened)
    (real.parent / "link").symlink_to("b")
    for path in (real.parent / "link", real.parent / "link" / "..", Path("/proc/self/root/tmp")):
        with pytest.raises(OSError):
            os.close(open_directory(path))
    with pytest.raises(FileNotFoundError):
        open_directory(real / "none")
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        with pytest.raises(OSError):
            open_directory(real.parent / "link")
    assert len(os.listdir("/dev/fd")) == before


def test_the_walk_goes_where_it_should(tmp_path: Path) -> None:
    root = os.open("/", os.O_RDONLY)
    opened = walk(root, os.fsencode(os.path.realpath(tmp_path))[1:])
    assert os.fstat(opened).st_ino == tmp_path.stat().st_ino
    os.close(opened)
    os.close(root)


def test_what_is_no_file_is_refused_at_once(hands: Hands) -> None:
    os.mkfifo(hands.root / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(hands.root)
    try:
        listener.bind("socket")
    finally:
        os.chdir(here)
    (hands.root / "dir").mkdir()
    (hands.root / "loop").symlink_to("loop")
    (hands.root / "dangling").symlink_to("nowhere")
    with open(hands.root / "sparse", "wb") as sparse:
        sparse.truncate(1 << 40)
    started = time.monotonic()
    said = {
        name: hands.refused("read", path=name)
        for name in ("pipe", "socket", "dir", "loop", "dangling", "sparse", ".")
    }
    for name in ("pipe", "socket", "dir", "loop", "sparse"):
        hands.refused("write", path=name, content="x", overwrite=True)
        hands.refused("remove", path=name)
    assert time.monotonic() - started < 1
    listener.close()
    assert "named pipe" in said["pipe"] and "socket" in said["socket"]
    assert "directory" in said["dir"] and "larger" in said["sparse"]
    assert "no file" in said["dangling"]


def test_a_pipe_put_in_a_files_place_does_not_hang(hands: Hands) -> None:
    path = hands.file("a.txt")
    call = hands.prepare("read", path="a.txt")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ToolFailure, match="named pipe"):
        call.execute(hands.context)


@pytest.mark.parametrize(
    "given",
    [
        ".git/config",
        ".GIT/config",
        ".git /config",
        ".git./x",
        "sub/.Git/hooks/x",
        "git~1/config",
        ".gi\u200ct/config",
        "\uff0egit/config",
    ],
)
def test_git_is_governed_in_every_spelling(hands: Hands, given: str) -> None:
    assert "git" in hands.refused("write", path=given, content="x")
    assert list(hands.root.iterdir()) == []


def test_gitignore_is_a_file_like_any_other(hands: Hands) -> None:
    hands("write", path=".gitignore", content="x\n")
    hands("write", path=".github/workflow.yml", content="x\n")


def test_the_workspace_and_what_holds_it_are_never_removed(hands: Hands) -> None:
    for given in (".", "..", str(hands.root), "/"):
        assert "holds the workspace" in hands.refused("remove", path=given)
    (hands.root / "d").mkdir()
    assert "directory" in hands.refused("remove", path="d")


STRANGE = [
    b"new\nline",
    b"es\x1b[2Jcape",
    b"-rf",
    b" leading and trailing ",
    b"caf\xe9 latin",
    b"x" * 255,
    "\u05e9\u05dc\u202etxt".encode(),
    "zero\u200bwidth".encode(),
    b"back\\slash\\x41",
]


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_are_shown_escaped_and_can_be_edited(hands: Hands, name: bytes) -> None:
    path = hands.root / os.fsdecode(name)
    path.write_bytes(b"one\n")
    shown = shown_name(os.fsdecode(name))
    shown.encode()  # can be sent
    assert not set(shown) & set("\n\x1b\u200b\u202e")
    assert hands("fs_search", pattern="one").text == shown
    call = hands.prepare("read", path=shown)
    assert call.request is None and call.sub_title == shown
    call.execute(hands.context)
    edit = hands.prepare("patch", path=shown, old_string="one", new_string="two")
    assert edit.request is not None
    json.dumps(edit.request.to_wire(), ensure_ascii=False).encode()
    edit.execute(hands.context)
    assert path.read_bytes() == b"two\n"
    assert os.listdir(os.fsencode(hands.root)) == [name]


def test_a_directory_with_a_strange_name_can_be_worked_in(
    new_hands: Callable[[Path], Hands], tmp_path: Path
) -> None:
    hands = new_hands(tmp_path / os.fsdecode(b"w\xff\n"))
    for tool, more in (
        ("shell", {"command": "touch ran"}),
        ("write", {"path": "a", "content": "x"}),
    ):
        call = hands.prepare(tool, **more)
        assert call.request is not None
        json.dumps(call.request.to_wire(), ensure_ascii=False).encode()
        call.execute(hands.context)
    assert sorted(os.listdir(hands.root)) == ["a", "ran"]


@pytest.mark.parametrize("name", STRANGE[:-1])
def test_shown_names_lead_back(name: bytes) -> None:
    assert meant_name(shown_name(os.fsdecode(name))) == os.fsdecode(name)


def test_too_long_a_path_is_told(hands: Hands) -> None:
    assert "too long" in hands.refused("read", path="d/" * 5_000 + "x")
    assert "too long" in hands.refused("write", path="x" * 256, content="y")


def test_a_workspace_that_is_gone_is_told(hands: Hands) -> None:
    hands.root.rmdir()
    assert "no file" in hands.refused("read", path="a.txt")
    assert "no directory" in hands.refused("shell", command="ls").lower()


def test_the_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    workspace = Workspace(tmp_path / "link", lambda path: False)
    (tmp_path / "real" / "a.txt").write_text("x")
    assert workspace.resolve(str(tmp_path / "link" / "a.txt")).inside
    assert workspace.resolve("a.txt").shown == "a.txt"


def test_a_file_that_grows_while_it_is_read_stays_bounded(tmp_path: Path) -> None:
    path = Path(os.path.realpath(tmp_path)) / "a"
    path.write_bytes(b"x" * 11)
    with pytest.raises(ToolFailure, match="larger than 10 bytes"):
        read_image(path, 10)
    assert read_image(path, 11) is not None
