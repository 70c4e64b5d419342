"""Damaged files are read as far as they can be, and kept (T45)."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from history_helpers import Start, call_message, new_conversation, result_message, rows, run_turn

from grafftui import events
from grafftui.errors import StoreError
from grafftui.history import Store
from grafftui.history.blobs import INLINE
from grafftui.history.database import suspect
from grafftui.history.reader import Reader
from grafftui.history.rescue import _readable_rows
from grafftui.history.salvage import repair
from grafftui.settings.paths import Paths

CONVERSATIONS = 12


def fill(store: Store) -> list[str]:
    ids = []
    for number in range(CONVERSATIONS):
        conversation_id = new_conversation(store, title=f"Conversation {number}")
        ids.append(conversation_id)
        for turn in range(3):
            recorder = store.begin_turn(conversation_id, f"prompt {number} {turn}")
            recorder.record([events.reasoning("because " * 50)])
            recorder.record([events.markdown(f"answer {number} {turn} " * 100)])
            recorder.add_message("assistant", call_message("c"))
            recorder.record([events.tool_call_start("shell", "c", {"command": "ls"})])
            recorder.add_message("tool", result_message("c", "output " * 100))
            values = [{"text": "output " * 100}]
            recorder.record([events.tool_call_end("shell", "c", is_error=False, values=values)])
            recorder.finish("done")
    recorder = store.begin_turn(ids[0], "large")
    recorder.record([events.notice("info", "".join(map(str, range(INLINE // 4))))])
    recorder.finish("done")
    return ids


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a history that was closed."""
    home = tmp_path_factory.mktemp("sound")
    with Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(home)})) as store:
        fill(store)
    return home / "data"


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, left by a process that was killed: half of it is in the WAL."""
    home = tmp_path_factory.mktemp("crashed")
    store = Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(home)}))
    fill(store)
    run_turn(store, new_conversation(store), "the last", "before the crash")
    copy = home / "copy"
    with store._writing() as connection:  # nobody writes meanwhile
        connection.execute("SELECT 1")
        shutil.copytree(store.paths.data, copy)
    store.close()
    shutil.rmtree(home / "data")
    copy.rename(home / "data")
    assert (home / "data" / "history.db-wal").stat().st_size > 0
    return home / "data"


@pytest.fixture
def paths() -> Iterator[Paths]:
    """In memory where possible: what the disk takes to sync is not what is tested here."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as home:
        yield Paths.from_environment({"GRAFFTUI_HOME": home})


def put(source: Path, paths: Paths) -> Path:
    shutil.rmtree(paths.data, ignore_errors=True)
    shutil.copytree(source, paths.data)
    return paths.database


async def use(paths: Paths) -> int:
    """Open, read everything, write a turn. Returns how many conversations there were."""
    with Store.open(paths) as store:
        found = store.conversations()
        async with await Reader.open(paths) as reader:
            await reader.list_conversations("/w")
            await reader.prompts()
            for conversation in found:
                index = await reader.entry_index(conversation.id)
                entries = await reader.entries(conversation.id, 0, 10**6)
                assert len(entries) == len(index)
                store.live_messages(conversation.id)
                store.todos(conversation.id)
        conversation_id = new_conversation(store)
        run_turn(store, conversation_id, "p", "a")
        if store.unsaved:
            raise StoreError(store.unsaved, hint="as the banner says")
        store.live_messages(conversation_id)
    return len(found)


async def use_or_be_told(paths: Paths) -> int:
    """Like `use`; damage met on the way is told, and repaired by starting again."""
    try:
        return await use(paths)
    except StoreError as error:
        assert "is damaged" in str(error)
        assert error.hint
        return await use(paths)


def damaged_files(paths: Paths) -> list[Path]:
    return sorted(paths.data.glob("history.db.damaged-*Z"))


async def test_the_measures_of_these_tests(sound: Path, crashed: Path, paths: Paths) -> None:
    put(sound, paths)
    assert await use(paths) == CONVERSATIONS
    put(crashed, paths)
    assert await use(paths) == CONVERSATIONS + 1
    assert damaged_files(paths) == []


@pytest.mark.parametrize(
    ("size", "kept"), [(0, 0), (1, 0), (100, 0), (4096, 0), (0.5, 1), (0.9, 8), (-1, 11)]
)
async def test_cut_short(sound: Path, paths: Paths, size: float, kept: int) -> None:
    path = put(sound, paths)
    whole = path.stat().st_size
    left = int(whole * size) if 0 < size < 1 else int(size) if size >= 0 else whole - 1
    os.truncate(path, left)
    with Store.open(paths) as store:
        assert len(store.notices) == (size >= 0)
        assert len(store.conversations()) >= kept
    assert await use(paths) >= kept
    if size > 0:
        (aside,) = damaged_files(paths)
        assert aside.stat().st_size == left
        assert str(aside) in store.notices[0]
        assert aside.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("what", ["magic", "header", "first page"])
async def test_a_first_page_that_is_gone_is_replaced(sound: Path, paths: Paths, what: str) -> None:
    """The first page only names the tables; all that was said is in the others."""
    path = put(sound, paths)
    overwrite(path, 0, os.urandom({"magic": 16, "header": 100, "first page": 4096}[what]))
    with Store.open(paths) as store:
        assert len(store.conversations()) == CONVERSATIONS
        assert "damaged" in store.notices[0]
    assert await use(paths) == CONVERSATIONS


async def test_not_a_database_at_all(sound: Path, paths: Paths) -> None:
    path = put(sound, paths)
    path.write_bytes(b"To whom it may concern:\n" * 1000)
    assert await use(paths) == 0
    assert damaged_files(paths)[0].read_bytes().startswith(b"To whom")


async def test_a_page_of_each_table_overwritten(sound: Path, paths: Paths) -> None:
    """Whatever page is lost, most conversations are not."""
    pages = (sound / "history.db").stat().st_size // 4096
    for page in random.Random(1).sample(range(1, pages), 15):
        path = put(sound, paths)
        overwrite(path, page * 4096, b"\xa5" * 4096)
        suspect(path).touch()
        assert await use(paths) >= CONVERSATIONS - 2, page


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


@pytest.mark.parametrize("seed", range(5))
async def test_random_bytes_flipped_at_rest(sound: Path, paths: Paths, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        path = put(sound, paths)
        flip(path, chance, chance.choice([1, 1, 1, 10, 100]))
        assert await use_or_be_told(paths) >= CONVERSATIONS // 2
        assert await use_or_be_told(paths) > 0


@pytest.mark.parametrize("seed", range(5))
async def test_random_bytes_flipped_after_a_crash(crashed: Path, paths: Paths, seed: int) -> None:
    chance = random.Random(100 + seed)
    for _ in range(25):
        path = put(crashed, paths)
        victim = chance.choice([path, path, Path(f"{path}-wal"), Path(f"{path}-shm")])
        flip(victim, chance, chance.choice([1, 1, 1, 10, 100]))
        await use_or_be_told(paths)
        assert await use_or_be_told(paths) > 0


def flip(path: Path, chance: random.Random, count: int) -> None:
    size = path.stat().st_size
    for _ in range(count):
        overwrite(path, chance.randrange(size), bytes([chance.randrange(256)]))


Deed = Callable[[Path, Path], None]


def _remove_wal(path: Path, sound: Path) -> None:
    Path(f"{path}-wal").unlink()


def _foreign_wal(path: Path, sound: Path) -> None:
    """The WAL of another database, every checksum of it right."""
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t (x);")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
        connection.commit()
        shutil.copy(f"{other}-wal", f"{path}-wal")
    for name in path.parent.glob("other.db*"):
        name.unlink()


def _garbage_wal(path: Path, sound: Path) -> None:
    Path(f"{path}-wal").write_bytes(os.urandom(50_000))


def _short_wal(path: Path, sound: Path) -> None:
    wal = Path(f"{path}-wal")
    os.truncate(wal, wal.stat().st_size // 2)


def _garbage_shm(path: Path, sound: Path) -> None:
    Path(f"{path}-shm").write_bytes(os.urandom(32768))


def _garbage_journal(path: Path, sound: Path) -> None:
    Path(f"{path}-journal").write_bytes(os.urandom(5000))


@pytest.mark.parametrize(
    "deed",
    [_remove_wal, _foreign_wal, _garbage_wal, _short_wal, _garbage_shm, _garbage_journal],
)
@pytest.mark.parametrize("state", ["sound", "crashed"])
async def test_files_beside_it(
    sound: Path, crashed: Path, paths: Paths, deed: Deed, state: str
) -> None:
    path = put(crashed if state == "crashed" else sound, paths)
    if deed in (_remove_wal, _short_wal) and state == "sound":
        return
    deed(path, sound)
    found = await use_or_be_told(paths)
    assert found >= (CONVERSATIONS if state == "sound" or deed is _garbage_shm else 0)
    assert await use(paths) > 0


async def test_an_empty_file_is_reported(paths: Paths, sound: Path) -> None:
    path = put(sound, paths)
    path.write_bytes(b"")
    with Store.open(paths) as store:
        assert "empty" in store.notices[0]


async def test_a_wal_whose_file_is_gone_is_kept(crashed: Path, paths: Paths) -> None:
    path = put(crashed, paths)
    wal = Path(f"{path}-wal").read_bytes()
    path.unlink()
    with Store.open(paths) as store:
        assert "gone" in store.notices[0]
    (aside,) = paths.data.glob("history.db.damaged-*-wal")
    assert aside.read_bytes() == wal
    assert await use(paths) == 0


def test_a_damaged_newer_history_is_left_to_the_newer_grafftui(sound: Path, paths: Paths) -> None:
    path = put(sound, paths)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")
    suspect(path).touch()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer"):
        Store.open(paths)
    assert path.read_bytes() == before


async def test_what_is_repaired_is_all_there(crashed: Path, paths: Paths) -> None:
    """A repair of a sound file loses nothing but drafts of what does not exist."""
    put(crashed, paths)
    with Store.open(paths) as store:
        before = await everything(store)
    repair(paths)
    with Store.open(paths) as store:
        assert await everything(store) == before
        assert rows(store, "PRAGMA foreign_key_check") == []
        assert rows(store, "PRAGMA integrity_check") == [("ok",)]


async def everything(store: Store) -> list[object]:
    result: list[object] = []
    async with await Reader.open(store.paths) as reader:
        for conversation in store.conversations():
            entries = await reader.entries(conversation.id, 0, 10**6)
            result.append(conversation)
            result.append([entry.to_wire() for entry in entries])
            result.append(store.live_messages(conversation.id))
            result.append(await reader.entry_index(conversation.id))
    return result


async def test_conversations_whose_row_is_lost_are_shown_everywhere(
    sound: Path, paths: Paths
) -> None:
    put(sound, paths)
    with Store.open(paths) as store, store._writing() as connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")
    with closing(sqlite3.connect(paths.database)) as raw:
        raw.execute("DELETE FROM conversations WHERE title = 'Conversation 3'")
        raw.commit()
    repair(paths)
    with Store.open(paths) as store:
        found = store.conversations("/anywhere")
        assert [conversation.title for conversation in found] == ["Recovered conversation"]
        assert len(store.live_messages(found[0].id)) == 9


async def test_a_damaged_file_in_use_is_left_alone(start: Start, paths: Paths) -> None:
    child = start("hold")
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == b"holding\n"
    overwrite(paths.database, 0, b"x" * 100)
    with pytest.raises(StoreError):
        Store.open(paths, wait=0.2)
    assert damaged_files(paths) == []
    child.stdin.write(b"\n")
    child.stdin.flush()
    child.wait(10)


def test_rows_out_of_order_do_not_keep_the_repair_busy_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "disordered.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (x)")  # its root is page 2
        database.executemany("INSERT INTO t VALUES (?)", [("x" * 100,) for _ in range(200)])
        database.commit()
    root = path.read_bytes()[4096:8192]
    assert root[0] == 5, "an interior page"
    cells = [int.from_bytes(root[at : at + 2], "big") for at in (12, 14, 16)]
    children = [root[cell : cell + 4] for cell in cells]
    for cell, child in zip(cells, (children[1], children[0], b"\0\0\xff\xff"), strict=True):
        overwrite(path, 4096 + cell, child)
    with closing(sqlite3.connect(path)) as database:
        found = list(islice(_readable_rows(database, "SELECT rowid, rowid FROM t"), 10_000))
    assert len(found) < 10_000
    assert 100 < len(set(found)) < 200
