"""What stands where a governed file should and is none: links, pipes, devices, too much of it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from grafftui.trust import Contents, Nothing, TrustBook
from grafftui.trust import governed as reading


def contents(folder: Path) -> Contents:
    return reading.read_contents(str(folder))


def only_refused(folder: Path) -> tuple[str, str]:
    found = contents(folder)
    assert found.files == ()
    ((path, why),) = [(each.path, each.why) for each in found.refused]
    return path, why


def test_a_link_to_a_file_of_the_folder(folder: Path) -> None:
    (folder / "docs").mkdir()
    (folder / "docs/CLAUDE.md").write_text("hello")
    (folder / "AGENTS.md").symlink_to("docs/CLAUDE.md")
    (file,) = contents(folder).files
    assert (file.path, file.content) == ("AGENTS.md", b"hello")


def test_a_link_out_of_the_folder(folder: Path, tmp_path: Path, book: TrustBook) -> None:
    (tmp_path / "repository-evil").mkdir()
    for target in (tmp_path / "repository-evil/x", tmp_path / "secret"):
        target.write_text("secret")
        (folder / "AGENTS.md").symlink_to(target)
        assert only_refused(folder) == ("AGENTS.md", "is a link out of the folder")
        assert isinstance(book.state(str(folder)), Nothing)
        (folder / "AGENTS.md").unlink()


def test_links_that_lead_nowhere(folder: Path) -> None:
    (folder / "AGENTS.md").symlink_to("missing")
    assert only_refused(folder) == ("AGENTS.md", "is a link to nothing")
    (folder / "AGENTS.md").unlink()
    (folder / "AGENTS.md").symlink_to("AGENTS.md")
    assert only_refused(folder) == ("AGENTS.md", "is no plain file")


@pytest.mark.parametrize("path", [".grafftui", ".grafftui/skills"])
def test_a_directory_that_is_a_link(folder: Path, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    (outside / "skills").mkdir(parents=True)
    (outside / "policy.toml").write_text("x")
    (outside / "skills/x.md").write_text("x")
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).symlink_to(outside, target_is_directory=True)
    found = contents(folder)
    assert found.files == ()
    assert {(each.path, each.why) for each in found.refused} >= {
        (path, "is a link, or no directory")
    }


def test_a_link_to_a_directory_in_a_tree(folder: Path) -> None:
    skills = folder / ".grafftui/skills"
    skills.mkdir(parents=True)
    (skills / "loop").symlink_to("..", target_is_directory=True)
    assert only_refused(folder) == (".grafftui/skills/loop", "is no plain file")


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "AGENTS.md")
    assert only_refused(folder) == ("AGENTS.md", "is no plain file")


def test_a_socket_a_device_and_a_directory(folder: Path) -> None:
    (folder / ".mcp.json").symlink_to("/dev/zero")
    (folder / "forge.toml").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(folder)  # the address may only be short
        try:
            listening.bind("AGENTS.md")
        finally:
            os.chdir(here)
        found = contents(folder)
    assert found.files == ()
    assert [(each.path, each.why) for each in found.refused] == [
        (".mcp.json", "is a link out of the folder"),
        ("AGENTS.md", "is no plain file"),
        ("forge.toml", "is no plain file"),
    ]


def test_a_file_swapped_for_a_pipe_after_the_look(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder / "AGENTS.md"
    place.write_text("x")

    def swap(status: os.stat_result) -> None:
        check(status)
        if place.is_file():
            place.unlink()
            os.mkfifo(place)

    check = reading._require_plain
    monkeypatch.setattr(reading, "_require_plain", swap)
    assert only_refused(folder) == ("AGENTS.md", "is no plain file")


def test_too_large(folder: Path) -> None:
    with open(folder / "AGENTS.md", "wb") as file:
        file.truncate(1 << 40)
    assert only_refused(folder) == ("AGENTS.md", "is larger than 262,144 bytes")


def test_too_much_together(folder: Path) -> None:
    skills = folder / ".grafftui/skills"
    skills.mkdir(parents=True)
    for number in range(20):
        (skills / f"{number:02}").write_bytes(b"x" * reading.MOST_BYTES)
    found = contents(folder)
    assert sum(file.size for file in found.files) <= reading.MOST_BYTES_TOGETHER
    assert len(found.files) + len(found.refused) == 20
    assert "4,194,304 bytes" in found.refused[0].why


def test_too_many(folder: Path) -> None:
    skills = folder / ".forge/skills"
    skills.mkdir(parents=True)
    for number in range(reading.MOST_NAMES + 1):
        (skills / str(number)).touch()
    (folder / "AGENTS.md").write_text("x")
    found = contents(folder)
    assert [file.path for file in found.files] == ["AGENTS.md"]
    assert [(each.path, each.why) for each in found.refused] == [
        (".forge/skills", "holds more than 500 names")
    ]


def test_too_deep(folder: Path) -> None:
    deep = folder / ".forge/agents" / "/".join("d" * 12)
    deep.mkdir(parents=True)
    (deep / "x").touch()
    assert only_refused(folder) == (".forge/agents", "holds directories more than 8 deep")


def test_a_name_that_is_not_utf8(folder: Path) -> None:
    agents = folder / ".forge/agents"
    agents.mkdir(parents=True)
    with open(os.fsencode(agents) + b"/\xff", "w"):
        pass
    path, why = only_refused(folder)
    assert os.fsencode(path) == b".forge/agents/\xff"
    assert why == "has a name that is not UTF-8"


def test_descriptors_are_given_back(folder: Path) -> None:
    (folder / "AGENTS.md").symlink_to("missing")
    (folder / ".grafftui").symlink_to("/")
    os.mkfifo(folder / "forge.toml")
    (folder / ".forge/skills/a").mkdir(parents=True)
    before = os.listdir("/dev/fd")
    for _ in range(5):
        contents(folder)
    assert len(os.listdir("/dev/fd")) == len(before)
