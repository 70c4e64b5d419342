"""T57: what interrupts a write of settings leaves the old file or the new, and one line."""

from __future__ import annotations

import fcntl
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from grafftui.errors import SettingsError
from grafftui.settings import Settings, load_settings, save_settings, writing
from grafftui.settings.paths import Paths


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SAVE_FOR_EVER = """
import sys
from grafftui.settings import save_settings
from grafftui.settings.paths import Paths
paths = Paths.from_environment()
number = 0
while True:
    number += 1
    save_settings(paths, {"keymap": {f"a{n}": f"f{number}" for n in range(200)}})
    if number == 1:
        print("saving", flush=True)
"""


def test_killed_at_any_moment_the_file_is_whole(paths: Paths, file: Path) -> None:
    pause = random.Random(57)
    for _ in range(8):
        process = _python(SAVE_FOR_EVER)
        assert process.stdout is not None
        assert process.stdout.readline() == "saving\n", process.communicate()[1]
        time.sleep(pause.uniform(0, 0.05))  # the moment itself is what is tested
        process.send_signal(signal.SIGKILL)
        process.communicate()
        settings, problems = load_settings(paths)
        assert problems == []
        assert len(set(settings.keymap.values())) == 1
        assert len(settings.keymap) == 200
    save_settings(paths, {"theme": "nord"})
    assert {path.name for path in file.parent.iterdir()} == {"settings.toml", ".settings.lock"}


FULL_DISK = """
import resource, signal, sys
from grafftui.errors import SettingsError
from grafftui.settings import save_settings
from grafftui.settings.paths import Paths
paths = Paths.from_environment()
save_settings(paths, {"theme": "old"})
before = (paths.settings / "settings.toml").read_bytes()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
try:
    save_settings(paths, {"theme": "new", "model": "m" * 3000})
except SettingsError as error:
    print(error, "|", error.hint)
print((paths.settings / "settings.toml").read_bytes() == before)
print(sorted(path.name for path in paths.settings.iterdir()))
"""


@pytest.mark.parametrize("room", [0, 1, 1000])
def test_without_room_the_old_file_stays(home: Path, room: int) -> None:
    """A file-size limit gives the same failing write as a full disk does, at any byte."""
    output, errors = _python(FULL_DISK, str(room)).communicate(timeout=30)
    message, unchanged, names = output.splitlines()
    assert "cannot be written" in message
    assert "unchanged" in message
    assert (unchanged, names) == ("True", "['.settings.lock', 'settings.toml']"), errors


def test_two_processes_lose_nothing(paths: Paths) -> None:
    code = """
import sys
from grafftui.settings import save_settings
from grafftui.settings.paths import Paths
for number in range(15):
    save_settings(Paths.from_environment(), {"keymap": {f"{sys.argv[1]}{number}": "f1"}})
"""
    processes = [_python(code, name) for name in ("a", "b")]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert len(load_settings(paths)[0].keymap) == 30


def test_two_threads_lose_nothing(paths: Paths) -> None:
    def work(name: str) -> None:
        for number in range(10):
            save_settings(paths, {"keymap": {f"{name}{number}": "f1"}})

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_settings(paths)[0].keymap) == 30


def test_a_writer_that_hangs_is_not_waited_for_for_ever(
    paths: Paths, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_LOCK_SECONDS", 0.1)
    with open(file.parent / ".settings.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SettingsError, match="another process"):
            save_settings(paths, {"theme": "nord"})
    assert not file.exists()
    save_settings(paths, {"theme": "nord"})
    assert load_settings(paths)[0] == Settings(theme="nord")


def test_a_directory_that_cannot_be_written_is_named(home: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    paths = Paths(tmp_path, blocked / "settings", tmp_path)
    with pytest.raises(Exception) as caught:
        save_settings(paths, {"theme": "nord"})
    assert type(caught.value).__name__ in ("SettingsError", "StoreError")
    assert str(blocked) in str(caught.value)


def test_something_planted_at_the_temporary_name_is_not_followed(
    paths: Paths, file: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (file.parent / ".settings.toml.new").symlink_to(victim)
    save_settings(paths, {"theme": "nord"})
    assert victim.read_text() == "precious"
    assert load_settings(paths)[0].theme == "nord"
