"""The files in a sandbox: looked through, read, brought there and back."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from grafftui.errors import AbortedError, GrafftuiError
from grafftui.text import one_line
from grafftui.text.auditing import audit
from grafftui.ui import figures
from grafftui.ui.own_thread import on_own_thread
from grafftui.ui.sandbox_desk import in_words
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.themes import needs_ascii
from grafftui.ui.widgets.charts import bar
from grafftui.ui.widgets.sandbox_file_list import UP, SandboxFileList
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Sandbox
    from grafftui.sandboxes.lasting.folders import Entry
    from grafftui.sandboxes.lasting.progress import Progress

_HOME: Final = "/workspace"
_KEYS: Final = "enter open  ← up  g go to  d download  u upload  r reload  esc back"
_LOOK_EVERY: Final = 0.2
"""Seconds, while something is moved."""

_MOST_READ: Final = 200_000
"""Bytes of a file that is read here: the first."""

_BAR: Final = 20


class SandboxFiles(Dialog[None]):
    """Looks through the files of `sandbox`.

    Args:
        name: What it is called.
        workspace: The folder that files go to and come from.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("sandboxes.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,backspace", "up", "The folder above", id="sandbox_files.up"),
        Binding("g", "go", "Go to a folder", id="sandbox_files.go"),
        Binding("d", "download", "Into the workspace", id="sandbox_files.download"),
        Binding("u", "upload", "Into this folder", id="sandbox_files.upload"),
        Binding("r", "reload", "Look again", id="sandbox_files.reload"),
        Binding("c", "stop", "End what is moved", id="sandbox_files.stop"),
        Binding("escape", "escape", "End what is moved, or close", id="sandbox_files.escape"),
    ]

    def __init__(self, sandbox: Sandbox, name: str, workspace: str) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._heading = name
        self._workspace = Path(workspace)
        self._path = _HOME
        self._listed = SandboxFileList()
        self._title = Static(id="title", markup=False)
        self._note = Static(id="whole", markup=False)
        self._looking: Worker[None] | None = None
        self._moving: Worker[None] | None = None
        self._progress: Progress | None = None
        self._moved = ("", 0.0)

    def compose(self) -> ComposeResult:
        """The folder, what is in it, what is being moved, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield self._title
            yield self._listed
            yield self._note
            yield Static(Content(_KEYS), id="hint")

    def on_mount(self) -> None:
        """Begin in the workspace of the sandbox."""
        self._listed.focus()
        self.set_interval(_LOOK_EVERY, self._show_progress)
        self._open(_HOME)

    # -- looking ---------------------------------------------------------------------------

    def _open(self, path: str, under: str = "") -> None:
        """Show a folder, the cursor on what is called `under`."""
        self._looking = self.run_worker(self._list(path, under), group="looking", exclusive=True)

    async def _list(self, path: str, under: str) -> None:
        self._title.update(Content(one_line(f"{self._heading}: {audit(path)} …", 120)))
        try:
            found = await on_own_thread(self._sandbox.list_folder, path)
        except (GrafftuiError, OSError) as error:
            self._say(in_words(error))
        else:
            self._path = path
            entries = [*([] if path == "/" else [UP]), *found.entries]
            self._listed.cursor = None
            self._listed.set_rows(entries)
            names = [one.name for one in entries]
            self._listed.cursor = names.index(under) if under in names else 0 if entries else None
            if found.cut:
                self._say("There are more; only these are shown.")
        self._title.update(Content(one_line(f"{self._heading}: {audit(self._path)}", 120)))

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click: into the folder, or read the file."""
        event.stop()
        entry: Entry = event.row
        if entry is UP:
            self.action_up()
        elif entry.kind in ("folder", "link"):
            self.run_worker(self._enter(entry), group="looking", exclusive=True)
        else:
            self.run_worker(self._read(self._place(entry)), group="looking", exclusive=True)

    async def _enter(self, entry: Entry) -> None:
        """A link may lead to a folder or to a file."""
        if entry.kind == "link":
            try:
                await on_own_thread(self._sandbox.list_folder, self._place(entry))
            except GrafftuiError:
                await self._read(self._place(entry))
                return
        await self._list(self._place(entry), "")

    async def _read(self, path: str) -> None:
        from grafftui.ui.screens.whole_text import WholeText

        self._say(f"Reading {audit(path)}…")
        try:
            text = await on_own_thread(self._sandbox.read_start, path, _MOST_READ)
        except (GrafftuiError, OSError) as error:
            self._say(in_words(error))
            return
        self._say("")
        cut = " (its beginning)" if len(text.encode()) >= _MOST_READ else ""
        self.app.push_screen(WholeText(f"{audit(path)}{cut}", text or "(it is empty)"))

    def _place(self, entry: Entry) -> str:
        return posixpath.join(self._path, entry.name)

    def action_up(self) -> None:
        """The folder above; the cursor on the one we come from."""
        if self._path != "/":
            above, name = posixpath.split(self._path)
            self._open(above, name)

    def action_go(self) -> None:
        """A folder by its path."""
        from grafftui.ui.screens.text_prompt import TextPrompt

        def wanted(path: str | None) -> None:
            if path and path.strip():
                self._open(posixpath.normpath(posixpath.join("/", self._path, path.strip())))

        self.app.push_screen(TextPrompt("Which folder of the sandbox", self._path), wanted)

    def action_reload(self) -> None:
        """Look again."""
        under = self._listed.highlighted
        self._open(self._path, under.name if under else "")

    # -- moving ----------------------------------------------------------------------------

    def action_download(self) -> None:
        """Copy what is under the cursor into the workspace."""
        from grafftui.sandboxes.lasting.progress import Progress
        from grafftui.ui.screens.text_prompt import TextPrompt

        entry = self._listed.highlighted
        if entry is None or entry is UP or self._is_busy():
            return
        place = self._place(entry)
        progress = Progress(entry.size if entry.kind == "file" else None)

        def wanted(text: str | None) -> None:
            if text and text.strip():
                target = self._workspace / Path(text.strip()).expanduser()
                self._move(
                    f"Downloading {audit(entry.name)}",
                    f"{target} is here.",
                    progress,
                    lambda: self._sandbox.download_path(place, target, progress=progress),
                )

        question = f"What {audit(entry.name)} becomes in the workspace"
        self.app.push_screen(TextPrompt(question, _harmless(entry.name)), wanted)

    def action_upload(self) -> None:
        """Copy something of the workspace into this folder."""
        from grafftui.sandboxes.lasting.progress import Progress
        from grafftui.ui.screens.text_prompt import TextPrompt

        if self._is_busy():
            return
        folder, progress = self._path, Progress()

        def wanted(text: str | None) -> None:
            if text and text.strip():
                source = self._workspace / Path(text.strip()).expanduser()
                place = posixpath.join(folder, source.name or "workspace")
                self._move(
                    f"Uploading {source.name}",
                    f"{place} is there.",
                    progress,
                    lambda: self._sandbox.upload_path(source, place, progress=progress),
                )

        question = "Which file or folder of the workspace goes into this folder"
        self.app.push_screen(TextPrompt(question), wanted)

    def _is_busy(self) -> bool:
        if self._moving is not None and self._moving.is_running:
            self.notify("Something is on its way: wait, or c ends it.", markup=False)
            return True
        return False

    def _move(self, doing: str, done: str, progress: Progress, call: Callable[[], None]) -> None:
        async def moved() -> None:
            self._progress, self._moved = progress, (doing, time.monotonic())
            try:
                await on_own_thread(call)
            except AbortedError:
                words = "It was ended; nothing is left half done here."
            except (GrafftuiError, OSError) as error:
                words = in_words(error)
            else:
                words = done
            self._progress = None
            self._say(words)
            self.action_reload()

        self._moving = self.run_worker(moved(), group="moving")

    def _show_progress(self) -> None:
        progress = self._progress
        if progress is None:
            return
        doing, begun = self._moved
        done, total = progress.done, progress.total
        waited = figures.seconds(time.monotonic() - begun)
        if total:
            share = min(1.0, done / total)
            drawn = bar(share, _BAR, ascii=needs_ascii())
            how = f"{drawn:<{_BAR}} {share:4.0%} of {figures.size(total)}"
        else:
            how = f"{figures.size(done)}" if done else f"{waited}"
        self._say(f"{doing}  {how}   c ends it")

    def _say(self, words: str) -> None:
        self._note.update(Content(one_line(words, 300)))

    def action_stop(self) -> None:
        """End what is on its way."""
        if not self._stop():
            self._say("Nothing is on its way.")

    def _stop(self) -> bool:
        """End what is on its way; whether anything is. Where an engine cannot end it, nobody
        waits for it any longer."""
        if self._progress is None or self._moving is None:
            return False
        self._progress.cancellation.cancel()
        if not self._sandbox.has_progress:
            self._moving.cancel()
            self._progress = None
            self._say("It is not waited for any longer; it may still come about.")
        return True

    def action_escape(self) -> None:
        """End what is on its way; if nothing is, go back."""
        if not self._stop():
            self.dismiss(None)

    def on_unmount(self) -> None:
        """Nobody looks at it any more."""
        if self._progress is not None:
            self._progress.cancellation.cancel()


def _harmless(name: str) -> str:
    """A name that can be typed, for one that is anybody's."""
    return "".join(one if one.isprintable() else "_" for one in name).strip() or "file"
