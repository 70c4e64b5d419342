"""Files through the app-server: `fs/…`. Not sandboxed and never asked, whatever a thread is."""

from __future__ import annotations

import base64
from typing import TypeVar

from grafftui.backends.codex.methods.calling import Calling

R = TypeVar("R")


class FileMethods(Calling[R]):
    """Read, write, copy, remove, watch. Paths are absolute."""

    def fs_read_file(self, path: str) -> R:
        """`{dataBase64}`."""
        return self._call("fs/readFile", path=path)

    def fs_write_file(self, path: str, data: bytes) -> R:
        """Write it, in the place of what is there."""
        return self._call("fs/writeFile", path=path, data_base64=base64.b64encode(data).decode())

    def fs_read_directory(self, path: str) -> R:
        """`{entries}`."""
        return self._call("fs/readDirectory", path=path)

    def fs_get_metadata(self, path: str) -> R:
        """What it is, and when it changed."""
        return self._call("fs/getMetadata", path=path)

    def fs_create_directory(self, path: str, *, recursive: bool = True) -> R:
        """Make a directory."""
        return self._call("fs/createDirectory", path=path, recursive=recursive)

    def fs_copy(self, source_path: str, destination_path: str, *, recursive: bool = False) -> R:
        """Copy."""
        return self._call(
            "fs/copy",
            source_path=source_path,
            destination_path=destination_path,
            recursive=recursive,
        )

    def fs_remove(self, path: str, *, recursive: bool = False, force: bool = False) -> R:
        """Remove."""
        return self._call("fs/remove", path=path, recursive=recursive, force=force)

    def fs_watch(self, path: str, watch_id: str) -> R:
        """Say `fs/changed` when it does."""
        return self._call("fs/watch", path=path, watch_id=watch_id)

    def fs_unwatch(self, watch_id: str) -> R:
        """Say so no more."""
        return self._call("fs/unwatch", watch_id=watch_id)
