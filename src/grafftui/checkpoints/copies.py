"""Where the contents of files are kept, under names made of the contents themselves."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from grafftui.checkpoints.files import write_private
from grafftui.checkpoints.items import Item, content_id
from grafftui.errors import CheckpointError
from grafftui.settings.paths import private_directory

Content = Callable[[str], bytes]
"""Gives what is kept under a name. Raises `CheckpointError`."""


class Keeping(Protocol):
    """One state of a workspace, while it is being kept."""

    def put(self, name: str, content: bytes) -> None:
        """Keep `content`, whose `content_id` is `name`."""
        ...

    def finish(self, base: str, removed: Sequence[str], placed: Mapping[str, Item]) -> str:
        """Keep the state as a whole.

        Args:
            base: Name of the state it differs from; "" for an empty one.
            removed: Paths of files and links that are there no more.
            placed: Files and links that are new or other ones.

        Returns:
            The state's name.
        """
        ...


class Copies(Protocol):
    """Keeps the contents of one workspace's files.

    Every method raises `CheckpointError` or `OSError` when it cannot do its work.
    """

    @property
    def kind(self) -> str:
        """What keeps them: what one kind has kept another does not have."""
        ...

    def keeping(self) -> AbstractContextManager[Keeping]:
        """Keep a state; what was put is there only once it is finished."""
        ...

    def reading(self) -> AbstractContextManager[Content]:
        """Gives what is kept under a name, again and again."""
        ...

    def states(self) -> set[str]:
        """The names of the states that are kept as such."""
        ...

    def has(self, state: str) -> bool:
        """Whether a state is there, as far as can be told at once."""
        ...

    def forget(self, states: Collection[str], contents: Callable[[], Collection[str]]) -> None:
        """Drop all but these states, and all contents that are neither in one nor named."""
        ...

    def tidy(self) -> None:
        """Lay out anew what has become scattered."""
        ...


def verified(name: str, content: bytes) -> bytes:
    """`content`, if it is what was kept. Raises `CheckpointError`."""
    if content_id(content) != name:
        raise CheckpointError("a copy of a file is damaged", hint="it cannot be brought back")
    return content


class PlainCopies:
    """A file for each content, for where there is no git.

    Args:
        directory: Where; made when something is kept.
    """

    kind = "files"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def keeping(self) -> Iterator[Keeping]:
        """Part of `Copies`."""
        private_directory(self._directory)
        yield self

    def put(self, name: str, content: bytes) -> None:
        """Part of `Keeping`."""
        place = self._place(name)
        if place.exists():
            return
        private_directory(place.parent)
        write_private(place, zlib.compress(content, 1))

    def finish(self, base: str, removed: Sequence[str], placed: Mapping[str, Item]) -> str:
        """Part of `Keeping`: the history knows what a state is made of."""
        return self.kind

    @contextmanager
    def reading(self) -> Iterator[Content]:
        """Part of `Copies`."""
        yield self._content

    def _content(self, name: str) -> bytes:
        try:
            content = zlib.decompress(self._place(name).read_bytes())
        except (OSError, zlib.error) as error:
            raise CheckpointError("a copy of a file is gone or damaged") from error
        return verified(name, content)

    def states(self) -> set[str]:
        """Part of `Copies`: none; what a state is made of is in the history."""
        return set()

    def has(self, state: str) -> bool:
        """Part of `Copies`."""
        return self._directory.exists()

    def forget(self, states: Collection[str], contents: Callable[[], Collection[str]]) -> None:
        """Part of `Copies`."""
        wanted = contents()
        for folder in list(self._directory.iterdir()) if self._directory.exists() else ():
            for file in list(folder.iterdir()):
                if folder.name + file.name not in wanted:
                    with suppress(OSError):
                        file.unlink()

    def tidy(self) -> None:
        """Part of `Copies`: nothing is ever scattered."""

    def _place(self, name: str) -> Path:
        return self._directory / name[:2] / name[2:]
