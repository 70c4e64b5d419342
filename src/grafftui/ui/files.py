"""Names of files for `@`, found while they are being written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from grafftui.cancellation import Cancellation
from grafftui.ui import fuzzy

Lister = Callable[[str, Cancellation], list[str]]
"""Lists the files below a directory; blocks."""


class FileNames:
    """The files of each workspace, listed once and again when something may have changed.

    Args:
        lister: Lists them; by default `tools.listing.list_files`.
    """

    def __init__(self, lister: Lister | None = None) -> None:
        self._lister = lister
        self._names: dict[str, asyncio.Task[list[str]]] = {}
        self._stopping = Cancellation()

    async def complete(self, workspace: str, prefix: str) -> list[str]:
        """Up to 200 paths, relative to `workspace`, that `prefix` can mean, likeliest first.

        Names that cannot be drawn as they are cannot be named in a prompt, and are left out.
        """
        names = await self._listed(workspace)
        order = await asyncio.to_thread(fuzzy.rank, prefix, names)
        return [names[index] for index in order]

    def refresh(self, workspace: str) -> None:
        """Forget what is known: files may have come or gone."""
        self._names.pop(workspace, None)

    def close(self) -> None:
        """Stop what is being listed."""
        self._stopping.cancel()

    async def _listed(self, workspace: str) -> list[str]:
        task = self._names.get(workspace)
        if task is None or (task.done() and task.exception() is not None):
            task = asyncio.create_task(asyncio.to_thread(self._list, workspace))
            self._names[workspace] = task
        return await asyncio.shield(task)  # whoever asked may lose interest, the next will not

    def _list(self, workspace: str) -> list[str]:
        lister = self._lister
        if lister is None:
            from grafftui.tools.listing import list_files

            lister = list_files
        names = [name for name in lister(workspace, self._stopping) if name.isprintable()]
        return sorted(names, key=lambda name: (name.count("/"), name))


def mention(path: str) -> str:
    """How a file is named in a prompt: `@src/app.py`, `@"two words.txt"`."""
    return f'@"{path}"' if any(letter.isspace() for letter in path) else f"@{path}"
