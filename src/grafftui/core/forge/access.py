"""The part of `Graff` that takes over what a person has in ForgeCode."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from grafftui.settings.forge_home import forge_home

if TYPE_CHECKING:
    from grafftui.core.credentials import Credentials
    from grafftui.core.forge.imported import ForgeImport
    from grafftui.history import Store


class ForgeAccess:
    """Only when it is asked for, and nothing is ever written in their folder."""

    store: Store
    _credentials: Credentials

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        raise NotImplementedError

    def import_forge(
        self,
        *,
        folder: str | None = None,
        credentials: bool = True,
        conversations: bool = True,
        dry_run: bool = False,
    ) -> ForgeImport:
        """Take over keys and conversations from ForgeCode.

        Keys go to the OS keyring; one that is kept already stays as it is. Conversations keep
        their ids and times, and belong to the folder they speak of, else to this workspace; each
        says where it came from. To import again adds what is new. What could not be kept (there
        is no keyring, the disk is full) is among the items, as "failed", with the reason.

        Args:
            folder: Theirs; `FORGE_CONFIG`, `~/forge` or `~/.forge` by default.
            credentials: Whether keys are taken over.
            conversations: Whether conversations are.
            dry_run: Only say what would be done.

        Raises:
            UsageError: There is no such folder, or a file in it is not what it should be: the
                message names it. Nothing was imported.
        """
        from grafftui.core.forge.importing import ForgeImporter

        place = forge_home() if folder is None else Path(os.path.expanduser(folder))
        importer = ForgeImporter(
            place.absolute(), self.workspace, self.store, self._credentials, dry_run
        )
        return importer.run(keys=credentials, conversations=conversations)
