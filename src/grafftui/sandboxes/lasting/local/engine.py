"""The local engine: sandboxes with files of their own on this machine, without an account."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import NotFoundError, SandboxError
from grafftui.sandboxes import bubblewrap
from grafftui.sandboxes.lasting import shells
from grafftui.sandboxes.lasting.engine import Ability, Altered, Change, Command, Wanted, unable
from grafftui.sandboxes.lasting.execution import Execution
from grafftui.sandboxes.lasting.local import records
from grafftui.sandboxes.lasting.local.altering import altered, altered_content, note_brought
from grafftui.sandboxes.lasting.local.differences import differences
from grafftui.sandboxes.lasting.local.jail import PROCESSES, Jail
from grafftui.sandboxes.lasting.local.records import Record, Records
from grafftui.sandboxes.lasting.local.running import Running
from grafftui.sandboxes.lasting.local.seeding import seed
from grafftui.sandboxes.lasting.transfers import Transfers, WatchedTransfers
from grafftui.settings.paths import Paths

_GIB: Final = 1 << 30
_MEMORY: Final = 4.0
_DISK: Final = 10.0
_TINY: Final = 64 << 20
"""Least memory in bytes: with less not even a shell and its programs start."""


class LocalEngine(WatchedTransfers):
    """An `Engine`.

    Nothing runs in a sandbox between two commands: each has processes of its own, which end with
    it, with a stop, and with the process that asked for it. What is kept are the files.

    Args:
        paths: Sandboxes are kept in `sandboxes` of its data directory.
        places: Where bubblewrap is looked for.
        processes: How many processes and threads a sandbox may have.
        workspace: Where the person works, which no sandbox sees.
    """

    name = "local"
    abilities: frozenset[Ability] = frozenset(("network", "cpu", "memory", "disk", "seed", "diff"))

    def __init__(
        self,
        paths: Paths,
        places: Sequence[Path] = bubblewrap.PLACES,
        processes: int = PROCESSES,
        workspace: str = "",
    ) -> None:
        self._workspace = workspace
        self._own = (paths.data, paths.settings, paths.runtime)
        self._kept = Records(paths.data / "sandboxes")
        self._jail = Jail(self._own, places, processes, workspace)
        self._running = Running(self._kept, self._jail)
        self._transfers = Transfers(self._running)

    def problem(self) -> str:
        """Part of `Engine`."""
        return self._jail.problem()

    def limits(self) -> str:
        """Part of `Engine`."""
        return self._jail.limits()

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Part of `Engine`."""
        if wanted.image is not None:
            raise unable(self.name, "has no images", "use docker or podman, or leave it out")
        memory = round((wanted.memory or _MEMORY) * _GIB)
        if memory < _TINY:
            raise unable(self.name, "needs 0.0625 GiB of memory at least")
        with self._kept.making() as (name, folder):
            record = Record(
                id=name,
                language=wanted.language,
                auto_stop_minutes=wanted.auto_stop_minutes,
                network=bool(wanted.network),
                cpu=wanted.cpu or os.cpu_count() or 1,
                memory=memory,
                disk=round((wanted.disk or _DISK) * _GIB),
                seeded_from=str(wanted.workspace or ""),
                made_in=self._workspace,
                labels=dict(wanted.labels),
                created_at=time.time(),
            )
            if wanted.workspace is not None:
                seed(wanted.workspace, self._own, (folder / "root/workspace", folder / "base"))
            records.write(folder, record)
        return self.info(name)

    def list(self) -> list[dict[str, Any]]:
        """Part of `Engine`. One that cannot be read has the state "broken"."""
        found = []
        for name in self._kept.ids():
            try:
                found.append(self.info(name))
            except NotFoundError:
                continue  # destroyed meanwhile
            except SandboxError as error:
                found.append(
                    {"id": name, "engine": self.name, "state": "broken", "why": str(error)}
                )
        return sorted(found, key=lambda one: str(one.get("createdAt", "")))

    def info(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        folder = self._kept.place(sandbox_id)
        record = records.read(folder)
        return {
            "id": record.id,
            "engine": self.name,
            "state": records.state(folder, record),
            "cpu": record.cpu,
            "memory": record.memory / _GIB,
            "disk": record.disk / _GIB,
            "labels": record.labels,
            "createdAt": datetime.fromtimestamp(record.created_at, UTC).isoformat(),
            "language": record.language,
            "autoStopMinutes": record.auto_stop_minutes,
            "network": record.network,
            "seededFrom": record.seeded_from,
            "running": len(records.runs(folder)),
            "limits": self._jail.limits(),
        }

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Part of `Engine`."""
        self._kept.place(sandbox_id)
        return Execution(partial(self._running.run, sandbox_id, command))

    def shell(self, sandbox_id: str, terminal: int, signal: Cancellation) -> int:
        """Part of `HasTerminals`."""
        argv = ["/bin/sh", "-c", shells.OUR_TERMINAL]
        where = shells.streams(terminal)
        with (
            self._running.started(sandbox_id, argv, None, shells.environment(), where) as (
                process,
                end,
            ),
            signal.on_cancel(end),
        ):
            return shells.exit_code(process.wait())

    def upload(self, sandbox_id: str, content: bytes, path: str) -> None:
        """Part of `Engine`."""
        self._transfers.upload(sandbox_id, content, path)

    def download(self, sandbox_id: str, path: str) -> bytes:
        """Part of `Engine`."""
        return self._transfers.download(sandbox_id, path)

    def upload_path(self, sandbox_id: str, source: Path, path: str) -> None:
        """Part of `Engine`."""
        self._transfers.upload_path(sandbox_id, source, path)

    def download_path(self, sandbox_id: str, path: str, target: Path) -> None:
        """Part of `Engine`."""
        self._transfers.download_path(sandbox_id, path, target)

    def diff(self, sandbox_id: str) -> Sequence[Change]:
        """Part of `Engine`."""
        folder = self._kept.place(sandbox_id)
        return differences(folder / "base", folder / "root" / "workspace")

    def altered(self, sandbox_id: str) -> Sequence[Altered]:
        """Part of `Compares`."""
        return altered(self._kept.place(sandbox_id))

    def altered_content(self, sandbox_id: str, path: str, most: int) -> bytes:
        """Part of `Compares`."""
        return altered_content(self._kept.place(sandbox_id), path, most)

    def brought(self, sandbox_id: str, hashes: Mapping[str, str | None]) -> None:
        """Part of `Compares`."""
        with self._kept.held(sandbox_id) as folder:
            note_brought(folder, hashes)

    def stop(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`. It costs nothing."""
        with self._kept.held(sandbox_id) as folder:
            records.write(folder, replace(records.read(folder), stopped=True))
            records.end_runs(folder)
        return {"state": "stopped", "costMicro": 0}

    def start(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        with self._kept.held(sandbox_id) as folder:
            records.write(folder, replace(records.read(folder), stopped=False))
            records.now_used(folder)
        return {"state": "started"}

    def destroy(self, sandbox_id: str) -> None:
        """Part of `Engine`."""
        with self._kept.held(sandbox_id) as folder:
            records.end_runs(folder)
            self._jail.leave(sandbox_id)
            gone = self._kept.take_away(folder)
            records.remove(gone)

    def preview(self, sandbox_id: str, port: int) -> dict[str, Any]:
        """Part of `Engine`."""
        raise unable(self.name, "has no previews: nothing runs between two commands")

    def meter(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        self._kept.place(sandbox_id)
        return {"billed_so_far_micro_usd": 0, "unbilled_cost_micro_usd": 0}

    def prune(self) -> Sequence[str]:
        """Part of `Engine`."""
        removed = []
        for folder in self._kept.leftovers():
            records.remove(folder)
            removed.append(f"what was left of the local sandbox {folder.name.removeprefix('.')}")
        gone = self._jail.prune()
        return removed + [f"the cgroup of the local sandbox {name}" for name in gone]
