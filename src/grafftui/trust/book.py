"""`TrustBook`: which folders a person trusts, and whether they are still what was trusted."""

from __future__ import annotations

import os

from grafftui.errors import UsageError
from grafftui.trust.changes import changes_since
from grafftui.trust.contents import Contents
from grafftui.trust.governed import read_contents
from grafftui.trust.record import TrustedFile, TrustRecord, TrustRecords
from grafftui.trust.state import Changed, Nothing, State, Trusted, Unknown


class TrustBook:
    """Trust in folders, kept in `records`. Every method blocks and may raise `StoreError`.

    It is always the folder that is opened, by its real path: what a `.git` file or a
    `commondir` in it points at makes no difference.
    """

    def __init__(self, records: TrustRecords) -> None:
        self._records = records

    def state(self, folder: str) -> State:
        """How `folder` stands at this moment. Raises `UsageError` if it cannot be opened."""
        contents = read_contents(folder)
        record = self._records.find(contents.folder)
        if record is None:
            return Unknown(contents) if contents.files else Nothing(contents)
        changes = changes_since(record, contents)
        replaced = record.identity != contents.identity
        if changes or replaced:
            return Changed(contents, changes, replaced)
        return Trusted(contents)

    def trust(self, seen: Contents) -> None:
        """Trust what was seen: these bytes, not whatever stands in the files by now.

        Args:
            seen: The `contents` of the state that was shown. Empty ones, of a folder that was
                trusted and has lost its files, end the trust.

        Raises:
            UsageError: There is nothing to trust.
        """
        if seen.files:
            files = [TrustedFile(f.path, f.sha256, f.size, f.text) for f in seen.files]
            self._records.keep(seen.folder, seen.identity, files)
        elif not self._records.remove(seen.folder):
            raise UsageError(f"there is nothing to trust in {seen.folder}")

    def distrust(self, folder: str) -> bool:
        """Trust nothing of `folder` any more. Whether it was trusted."""
        return self._records.remove(os.path.realpath(folder))

    def as_trusted(self, folder: str, path: str) -> str | None:
        """What a file of `folder` said when it was trusted, whatever became of it; no secrets."""
        record = self._records.find(os.path.realpath(folder))
        files = record.files if record else ()
        return next((file.text for file in files if file.path == path), None)

    def trusted(self) -> list[TrustRecord]:
        """What was trusted, in order of folder. Files may have changed since: see `state`."""
        return self._records.all()
