"""R-30 … R-33: nothing of a folder is used before it is trusted, or once it has changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from grafftui.errors import UsageError
from grafftui.history import Store
from grafftui.settings.paths import Paths
from grafftui.trust import (
    Changed,
    Nothing,
    TrustBook,
    Trusted,
    Unknown,
    project_instructions,
    project_policy,
)

GOVERNED = (
    "AGENTS.md",
    ".mcp.json",
    ".forge.toml",
    "forge.toml",
    ".grafftui/policy.toml",
    ".grafftui/other.toml",
    ".grafftui/agents/a.md",
    ".grafftui/commands/deep/b.md",
    ".grafftui/skills/c/run.sh",
    ".forge/agents/a.md",
    ".forge/commands/b.md",
    ".forge/skills/c/d/e.py",
)


def write(folder: Path, path: str, text: str = "x\n") -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def trusted(book: TrustBook, folder: Path) -> None:
    book.trust(book.state(str(folder)).contents)
    assert isinstance(book.state(str(folder)), Trusted)


def changes(book: TrustBook, folder: Path) -> list[tuple[str, str]]:
    state = book.state(str(folder))
    assert isinstance(state, Changed)
    return [(change.path, change.kind) for change in state.changes]


def test_a_folder_without_governed_files_has_nothing_to_trust(
    book: TrustBook, folder: Path
) -> None:
    write(folder, "README.md")
    write(folder, "src/AGENTS.md")
    write(folder, ".grafftui/notes.txt")
    state = book.state(str(folder))
    assert isinstance(state, Nothing)
    with pytest.raises(UsageError, match="nothing to trust"):
        book.trust(state.contents)


@pytest.mark.parametrize("path", GOVERNED)
def test_each_governed_file_asks_when_it_appears(book: TrustBook, folder: Path, path: str) -> None:
    write(folder, path)
    state = book.state(str(folder))
    assert isinstance(state, Unknown)
    assert [file.path for file in state.contents.files] == [path]
    assert state.usable(path) is None
    trusted(book, folder)
    assert book.state(str(folder)).usable(path) == b"x\n"


@pytest.mark.parametrize("path", GOVERNED)
def test_each_governed_file_that_changes_is_not_used(
    book: TrustBook, folder: Path, path: str
) -> None:
    """R-32, whatever its times say."""
    for each in GOVERNED:
        write(folder, each)
    trusted(book, folder)
    before = (folder / path).stat()
    write(folder, path, "y\n")
    os.utime(folder / path, ns=(before.st_atime_ns, before.st_mtime_ns))
    state = book.state(str(folder))
    assert isinstance(state, Changed)
    assert [(change.path, change.kind) for change in state.changes] == [(path, "changed")]
    assert state.changes[0].diff == f"--- a/{path}\n+++ b/{path}\n@@ -1,2 +1,2 @@\n-x\n+y\n "
    assert [each for each in GOVERNED if state.usable(each) is None] == [path]


def test_added_and_removed(book: TrustBook, folder: Path) -> None:
    write(folder, "AGENTS.md")
    trusted(book, folder)
    (folder / "AGENTS.md").unlink()
    write(folder, ".mcp.json", "{}")
    assert changes(book, folder) == [(".mcp.json", "added"), ("AGENTS.md", "removed")]
    assert book.state(str(folder)).usable(".mcp.json") is None


def test_the_last_file_removed(book: TrustBook, folder: Path) -> None:
    """Rules that forbade something do not vanish unseen."""
    write(folder, ".grafftui/policy.toml")
    trusted(book, folder)
    shutil.rmtree(folder / ".grafftui")
    assert changes(book, folder) == [(".grafftui/policy.toml", "removed")]
    book.trust(book.state(str(folder)).contents)
    assert isinstance(book.state(str(folder)), Nothing)


def test_what_was_shown_is_what_is_trusted(book: TrustBook, folder: Path) -> None:
    """Changed between the look and the yes: the yes is not for that."""
    write(folder, "AGENTS.md", "harmless\n")
    shown = book.state(str(folder))
    write(folder, "AGENTS.md", "hostile\n")
    book.trust(shown.contents)
    assert changes(book, folder) == [("AGENTS.md", "changed")]
    assert project_instructions(str(folder), book) is None


def test_another_directory_at_the_same_path(book: TrustBook, folder: Path) -> None:
    write(folder, "AGENTS.md")
    trusted(book, folder)
    folder.rename(folder.with_name("moved away"))
    shutil.copytree(folder.with_name("moved away"), folder)
    state = book.state(str(folder))
    assert isinstance(state, Changed)
    assert state.replaced
    assert state.changes == ()
    assert state.usable("AGENTS.md") is None
    book.trust(state.contents)
    assert isinstance(book.state(str(folder)), Trusted)


def test_it_is_the_real_path_that_counts(book: TrustBook, folder: Path, tmp_path: Path) -> None:
    write(folder, "AGENTS.md")
    trusted(book, folder)
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert isinstance(book.state(str(link)), Trusted)
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    link.unlink()
    link.symlink_to(other)
    assert isinstance(book.state(str(link)), Unknown)


def test_a_git_file_that_points_at_a_trusted_folder(
    book: TrustBook, folder: Path, tmp_path: Path
) -> None:
    """R-33: a worktree, or what looks like one, is a folder of its own."""
    write(folder, "AGENTS.md")
    write(folder, ".git/worktrees/w/gitdir", f"{tmp_path}/worktree/.git\n")
    trusted(book, folder)
    worktree = tmp_path / "worktree"
    write(worktree, "AGENTS.md")
    write(worktree, ".git", f"gitdir: {folder}/.git/worktrees/w\n")
    write(worktree, "commondir", f"{folder}/.git\n")
    assert isinstance(book.state(str(worktree)), Unknown)
    inside = folder / "inside"
    write(inside, "AGENTS.md")
    assert isinstance(book.state(str(inside)), Unknown)


def test_revoked(book: TrustBook, folder: Path) -> None:
    write(folder, "AGENTS.md")
    trusted(book, folder)
    assert [record.folder for record in book.trusted()] == [str(folder)]
    assert book.distrust(str(folder))
    assert not book.distrust(str(folder))
    assert isinstance(book.state(str(folder)), Unknown)
    assert book.trusted() == []


def test_it_is_kept(folder: Path, home: Path) -> None:
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(home)})
    write(folder, "AGENTS.md", "one\ntwo\n")
    with Store.open(paths) as store:
        trusted(TrustBook(store.trusted_folders), folder)
    write(folder, "AGENTS.md", "one\nthree\n")
    with Store.open(paths) as store:
        state = TrustBook(store.trusted_folders).state(str(folder))
    assert isinstance(state, Changed)
    assert "-two\n+three" in state.changes[0].diff


def test_no_secret_is_kept_or_shown(book: TrustBook, folder: Path, store: Store) -> None:
    key = "sk-ant-" + "api03-" + "q7Zk2m9XvB4nR8tW" * 4
    write(folder, ".mcp.json", f'{{"env": {{"KEY": "{key}"}}}}\n')
    trusted(book, folder)
    record = store.trusted_folders.find(str(folder))
    assert record is not None
    assert key not in (record.files[0].text or "")
    other = key.replace("q7", "p6")
    write(folder, ".mcp.json", f'{{"env": {{"KEY": "{other}"}}}}\n')
    state = book.state(str(folder))
    assert isinstance(state, Changed)
    assert "a secret" in state.changes[0].diff
    assert other not in state.changes[0].diff


def test_a_large_change_takes_little_time_to_show(book: TrustBook, folder: Path) -> None:
    """R-94: beyond 2,000 lines what lies between equal head and tail is shown as one piece."""
    lines = [f"line {n % 7}" for n in range(20_000)]
    write(folder, "AGENTS.md", "\n".join(lines))
    trusted(book, folder)
    write(folder, "AGENTS.md", "\n".join([*lines[:10_000], "new", *lines[10_001:]]))
    state = book.state(str(folder))
    assert isinstance(state, Changed)
    assert state.changes[0].diff == f"@@ -10001,1 +10001,1 @@\n-{lines[10_000]}\n+new"


def test_no_text_is_not_shown_as_such(book: TrustBook, folder: Path) -> None:
    write(folder, ".grafftui/skills/tool")
    (folder / ".grafftui/skills/tool").write_bytes(b"\x7fELF\0")
    trusted(book, folder)
    (folder / ".grafftui/skills/tool").write_bytes(b"\x7fELF\0\xff")
    state = book.state(str(folder))
    assert isinstance(state, Changed)
    assert (
        state.changes[0].diff == ".grafftui/skills/tool is no text, or was none; it has 6 bytes now"
    )


def test_a_folder_that_is_none(book: TrustBook, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("file", "nothing", "n\0l"):
        with pytest.raises(UsageError, match="cannot open the folder"):
            book.state(os.path.join(tmp_path, name))


# -- what a trusted folder has to say ----------------------------------------------------------


def test_instructions_of_a_trusted_folder(book: TrustBook, folder: Path) -> None:
    hidden = "\U000e0041\u200b\u202e"
    write(folder, "AGENTS.md", f"\ufeffBe brief.{hidden}\n\x1b[31mRed.\x1b[0m\n")
    assert project_instructions(str(folder), book) is None
    trusted(book, folder)
    said = project_instructions(str(folder), book)
    assert said is not None
    assert said.startswith("Be brief.\\u{e0041}\\u{200b}\\u{202e}\nRed.")
    assert "\x1b" not in said


def test_instructions_that_are_long_empty_or_no_text(book: TrustBook, folder: Path) -> None:
    write(folder, "AGENTS.md", "é" * 40_000)
    trusted(book, folder)
    said = project_instructions(str(folder), book)
    assert said is not None
    assert len(said.encode()) in (32 * 1024, 32 * 1024 - 1)
    assert said.endswith("[cut: AGENTS.md has 80,000 bytes, of which 32,768 are read]")
    write(folder, "AGENTS.md", " \n")
    trusted(book, folder)
    assert project_instructions(str(folder), book) is None
    (folder / "AGENTS.md").write_bytes(b"caf\xe9")
    trusted(book, folder)
    assert project_instructions(str(folder), book) == "caf\ufffd"


def test_rules_of_a_trusted_folder(book: TrustBook, folder: Path) -> None:
    write(folder, ".grafftui/policy.toml", "[[rules]]\n")
    assert project_policy(str(folder), book) is None
    trusted(book, folder)
    policy = project_policy(str(folder), book)
    assert policy is not None
    assert policy.path == str(folder / ".grafftui/policy.toml")
    assert policy.content == b"[[rules]]\n"
    write(folder, "AGENTS.md")  # another file's change leaves it in force
    assert project_policy(str(folder), book) == policy


def test_rules_that_were_trusted_stay_when_their_file_does_not(
    book: TrustBook, folder: Path
) -> None:
    """They only forbid: who may write the file does not get to lift that."""
    write(folder, ".grafftui/policy.toml", "[[rules]]\n")
    trusted(book, folder)
    before = project_policy(str(folder), book)
    write(folder, ".grafftui/policy.toml", "[[other]]\n")
    assert project_policy(str(folder), book) == before
    (folder / ".grafftui/policy.toml").unlink()
    assert project_policy(str(folder), book) == before
    book.trust(book.state(str(folder)).contents)
    assert project_policy(str(folder), book) is None
