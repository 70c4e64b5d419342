"""Commands that write what was said to a file: all of it, or a picture of some of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grafftui.errors import GrafftuiError
from grafftui.ui.places import home_as_tilde
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.exports.exporting import Format
    from grafftui.ui.transcript.picture import PictureRow

_LONGEST_NAME: Final = 60
_NO_NAME: Final = re.compile(r"[^\w-]+")
_ROWS: Final = 50
"""Of a picture, painted at once."""

Write = Callable[[Path, bool], int]
"""Writes a file, over another if it must; the number of bytes."""


class SessionExporting(SessionReading):
    """Actions `command_export` and `command_picture`."""

    def action_command_export(self) -> None:
        """Ask for a format and a path."""
        self.run_worker(self._export(), group="export", exclusive=True)

    def action_command_picture(self) -> None:
        """Ask for a path."""
        self.run_worker(self._picture(), group="export", exclusive=True)

    async def _export(self) -> None:
        from grafftui.ui.screens.picker import Picker, Row

        graff, id = self.desk.graff, self.desk.current.id
        if graff is None or id is None:
            self.notify("Nothing was said here yet.", markup=False)
            return
        formats = await asyncio.to_thread(_formats)
        rows = [Row(name, each.title, each.suffix) for name, each in formats.items()]
        chosen = await self.app.push_screen_wait(Picker("Export as", rows))
        if chosen is None:
            return
        format = formats[chosen]

        def write(path: Path, force: bool) -> int:
            from grafftui.exports.exporting import export_file, passage

            with passage(graff.store, id) as found:
                return export_file(graff.store, format.write(found), path, force=force)

        await self._write_where_asked(graff, "Export to", format.suffix, write)

    async def _picture(self) -> None:
        graff, id = self.desk.graff, self.desk.current.id
        numbers = await self._chosen()
        if graff is None or id is None or not numbers or self.regions is None:
            self.notify("There is nothing here to make a picture of.", markup=False)
            return
        unfolded = self.regions.transcript.unfolded(numbers)
        try:
            rows, title = await asyncio.to_thread(_picture_rows, graff, id, numbers, unfolded)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        pieces = await self._painted(rows, title)

        def write(path: Path, force: bool) -> int:
            from grafftui.exports.exporting import export_file

            return export_file(graff.store, iter(pieces), path, force=force)

        await self._write_where_asked(graff, "Save the picture as", ".svg", write)

    async def _chosen(self) -> range | None:
        """Numbers of the selected entries, or of those of the last turn."""
        reader, id = self.desk.reader, self.desk.current.id
        if self.regions is None or reader is None or id is None:
            return None
        chosen = self.regions.transcript.chosen()
        if chosen is not None:
            return chosen
        index = await reader.entry_index(id)
        prompts = [row[0] for row in index if row[1] == "prompt"]
        return range(prompts[-1], len(index)) if prompts else None

    async def _painted(self, rows: list[PictureRow], title: str) -> list[str]:
        """The picture in this theme; other things go on meanwhile."""
        from grafftui.ui.picture_app import colours_of
        from grafftui.ui.transcript.palette import Palette
        from grafftui.ui.transcript.picture import svg

        assert self.regions is not None
        palette = Palette(self.regions.transcript)
        pieces: list[str] = []
        for count, piece in enumerate(svg(rows, palette, colours_of(self.app), title)):
            pieces.append(piece)
            if count % _ROWS == 0:
                await asyncio.sleep(0)
        return pieces

    async def _write_where_asked(
        self, graff: Graff, question: str, suffix: str, write: Write
    ) -> None:
        """Ask for a path until there is a file, or nobody wants one."""
        from grafftui.new_file import TakenError
        from grafftui.ui.screens.confirm import Confirm
        from grafftui.ui.screens.text_prompt import TextPrompt

        named = f"~/{_name(self.desk.current.title)}{suffix}"
        while True:
            answer = await self.app.push_screen_wait(TextPrompt(question, named))
            if not answer or not answer.strip():
                return
            named = answer.strip()
            path = Path(graff.workspace, _without_tilde(named))
            shown = home_as_tilde(str(path))
            try:
                try:
                    size = await asyncio.to_thread(write, path, False)
                except TakenError:
                    words = f"There is a file {shown} already."
                    if not await self.app.push_screen_wait(Confirm(words, "Replace it")):
                        continue
                    size = await asyncio.to_thread(write, path, True)
            except GrafftuiError as error:
                self.notify(str(error), severity="error", markup=False)
                continue
            self.notify(f"{size:,} bytes are in {shown}", markup=False)
            return


def _formats() -> Mapping[str, Format]:
    """On a worker thread: it loads what writes them all."""
    from grafftui.exports.exporting import FORMATS

    return FORMATS


def _picture_rows(
    graff: Graff, id: str, numbers: range, unfolded: set[int]
) -> tuple[list[PictureRow], str]:
    """The rows of a picture, and its title."""
    from grafftui.exports.exporting import passage
    from grafftui.ui.transcript.picture import picture_rows

    with passage(graff.store, id, numbers.start, numbers.stop) as chosen:
        found = list(chosen.entries())
        opened = [at for at, (ordinal, _) in enumerate(found) if ordinal in unfolded]
        return picture_rows([entry for _, entry in found], opened), chosen.title


def _name(title: str) -> str:
    """A title as a file's name, without anything that has a meaning there."""
    return _NO_NAME.sub("-", title).strip("-")[:_LONGEST_NAME].strip("-") or "conversation"


def _without_tilde(named: str) -> str:
    try:
        return str(Path(named).expanduser())
    except RuntimeError:  # nobody is called like that
        return named
