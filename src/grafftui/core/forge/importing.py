"""Takes over keys and conversations from ForgeCode's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafftui.core.credentials import Credentials
from grafftui.core.forge import arriving
from grafftui.core.forge.database import ForgeDatabase, ForgeRow, opened
from grafftui.core.forge.imported import ForgeImport, ForgeItem, Outcome
from grafftui.core.forge.keys import ForgeKey, keep, read_keys
from grafftui.core.forge.telling import Told, told
from grafftui.errors import KeyringError, StoreError, UsageError
from grafftui.history import Store
from grafftui.text import one_line
from grafftui.text.redact import redact


@dataclass(frozen=True, slots=True)
class ForgeImporter:
    """Reads both files before anything is kept: one that is not what it should be ends it.

    Args:
        folder: Theirs. Nothing is written there.
        workspace: Where conversations go whose own folder cannot be told.
    """

    folder: Path
    workspace: str
    store: Store
    credentials: Credentials
    dry_run: bool

    def run(self, *, keys: bool, conversations: bool) -> ForgeImport:
        """Take over what is asked for. See `Graff.import_forge`."""
        if not self.folder.is_dir():
            raise UsageError(f"there is no such folder: {self.folder}")
        found = read_keys(self.folder) if keys else []
        with opened(self.folder) if conversations else nullcontext() as database:
            rows = database.rows() if database is not None else []
            items = list(self._keys(found))
            if database is not None:
                items += self._conversations(database, rows)
        return ForgeImport(str(self.folder), tuple(items), self.dry_run)

    def _keys(self, found: list[ForgeKey]) -> Iterator[ForgeItem]:
        fault: KeyringError | None = None
        for key in found:
            if fault is None or key.why:
                try:
                    yield keep(key, self.credentials, dry_run=self.dry_run)
                    continue
                except KeyringError as error:
                    fault = error  # the next key would only wait for the same keyring
            yield ForgeItem("credential", key.provider_id, "", "failed", str(fault), fault.hint)

    def _conversations(self, database: ForgeDatabase, rows: list[ForgeRow]) -> Iterator[ForgeItem]:
        for row in rows:
            if self.store.conversation(row.id) is not None:
                if not self.dry_run:
                    self.store.order.restore(row.id)  # whoever takes it in wants it out of the bin
                yield _item(row, "known")
                continue
            try:
                context = database.context(row)
                turns = told(context)
            except ValueError as error:
                yield _item(row, "skipped", one_line(str(error), 300))
                continue
            if context.get("initiator") == "agent":
                yield _item(row, "skipped", "a sub-agent's")
            elif not any(turn.messages for turn in turns):
                yield _item(row, "skipped", "nothing was said in it")
            else:
                try:
                    if not self.dry_run:
                        self._write(database, row, context, turns)
                except StoreError as error:
                    yield _item(row, "failed", str(error), error.hint)
                else:
                    yield _item(row, "imported")

    def _write(
        self, database: ForgeDatabase, row: ForgeRow, context: dict[str, Any], turns: list[Told]
    ) -> None:
        arriving.write(
            self.store,
            row,
            turns,
            todos=database.todos(row),
            workspace=arriving.folder_of(context) or self.workspace,
            origin=f"Imported from ForgeCode: {database.path}, conversation {row.id}.",
        )


def _item(row: ForgeRow, outcome: Outcome, why: str = "", hint: str = "") -> ForgeItem:
    return ForgeItem("conversation", row.id, redact(row.title), outcome, redact(why), hint)
