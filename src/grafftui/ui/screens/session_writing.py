"""What the session screen does with what is being written: completions, queue, sending."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from grafftui.text import one_line
from grafftui.ui import commands
from grafftui.ui.screens.session_reading import SessionReading
from grafftui.ui.widgets.composer import Composer

if TYPE_CHECKING:
    from textual.containers import Vertical
    from textual.worker import WorkType

    from grafftui.core import Graff
    from grafftui.ui.files import FileNames
    from grafftui.ui.live import LiveConversation
    from grafftui.ui.widgets.completions import Completions
    from grafftui.ui.widgets.queued_prompts import QueuedPrompts


class SessionWriting(SessionReading):
    """Handlers of the composer's messages, and of the two lists above it."""

    centre: Vertical
    _file_names: FileNames | None = None
    _own_commands: Sequence[Mapping[str, Any]] = ()
    _asked_about: str = ""

    # -- sending ---------------------------------------------------------------------------

    def prompt_returned(self, conversation: LiveConversation, prompt: str, why: str = "") -> None:
        """Part of `DeskView`."""
        raise NotImplementedError

    async def on_composer_submitted(self, event: Composer.Submitted) -> None:
        """Enter: a command, the person's own shell, or a prompt."""
        known = None if event.shell else commands.typed(event.text)
        if known is not None:
            command, argument = known
            call = f"{command.action}({argument!r})" if argument else command.action
            self.call_later(self.run_action, call)
        elif event.shell:
            self._send("!" + event.text)
        elif not await self._held_back(event.text):
            self._send(event.text)

    def _send(self, prompt: str) -> None:
        if self.regions is not None:
            self.regions.transcript.follow = True
        self.composer.history = [prompt, *self.composer.history]
        self.desk.send(prompt)

    async def _held_back(self, text: str) -> bool:
        """Keep what begins like a command and is none from being paid for; once, and said so."""
        name, asked = commands.name_in(text), self._asked_about
        self._asked_about = ""
        if not name or text == asked:
            return False
        current = self.desk.current
        if commands.command(name) is not None:
            why = f"/{name} takes no words after it."
        elif await asyncio.to_thread(_means_something, name, self.desk.graff):
            why = ""
        else:
            why = f"There is no command /{one_line(name, 40)}."
        if not why and current is self.desk.current:
            return False
        self._asked_about = text
        self.prompt_returned(current, text, f"{why} Enter again sends it as a prompt.".strip())
        return True

    async def action_command_steer(self) -> None:
        """What is written goes to the model now, not when the turn is over."""
        text, current, backend = self.composer.prompt_text, self.desk.current, self.desk.backend
        if backend is None or current.id is None or not current.running:
            self.notify("Nothing runs here.", markup=False)
        elif not self.allows("steer"):
            return
        elif not text.strip() or text.startswith("!"):
            words = "Write to the model first, then choose this in the palette (Ctrl+P)."
            self.notify(words, markup=False)
        elif not await asyncio.to_thread(backend.steer, current.id, text):
            self.notify("The turn is over: Enter sends it.", markup=False)
        else:
            self.composer.history = [text, *self.composer.history]
            if self.composer.prompt_text == text:
                self.composer.forget()

    def on_composer_paste_refused(self, event: Composer.PasteRefused) -> None:
        """Too much to send."""
        words = f"A paste of {event.size:,} characters is too long. Name a file with @ instead."
        self.notify(words, severity="warning", markup=False)

    def on_composer_key_pasted(self) -> None:
        """A key does not belong in a prompt, where it would be kept and sent."""
        words = "What looks like an API key was left out of that: keys go to the Keys screen (F6)."
        self.notify(words, severity="warning", markup=False)

    # -- completions -----------------------------------------------------------------------

    async def on_composer_command_typed(self, event: Composer.CommandTyped) -> None:
        """Offer commands; those that stand in files as soon as these are read."""
        if not event.prefix:
            self.run_worker(self._read_own_commands(), group="commands", exclusive=True)
        await self._offer_commands(event.prefix)

    async def _read_own_commands(self) -> None:
        if self.desk.graff is None:
            return
        self._own_commands = await asyncio.to_thread(self.desk.graff.list_commands)
        written = self.composer.name_written
        if self._own_commands and written is not None:
            await self._offer_commands(written)

    async def _offer_commands(self, prefix: str) -> None:
        from grafftui.ui.widgets.completions import Completion

        offers = [Completion(f"/{one.id}", one.hint, one.id) for one in commands.COMMANDS]
        if (known := commands.command(commands.ALIASES.get(prefix, ""))) is not None:
            offers.insert(0, Completion(f"/{prefix}", f"{known.title}: {known.help}", known.id))
        own = [(f"/{one['name']}", one["description"]) for one in self._own_commands]
        offers += [Completion(*one, value=one[0]) for one in own if not _is_ours(one[0])]
        completions = await self._completions()
        if self.composer.name_written == prefix:  # else more has been typed meanwhile
            completions.offer(offers, prefix)

    def on_composer_file_typed(self, event: Composer.FileTyped) -> None:
        """Offer files, as soon as they are listed."""
        # Not a coroutine yet: the next one may come before this one begins
        work: WorkType[None] = partial(self._offer_files, event.prefix)
        self.run_worker(work, group="files", exclusive=True)

    async def _offer_files(self, prefix: str) -> None:
        from grafftui.ui.files import FileNames, mention
        from grafftui.ui.widgets.completions import Completion

        if self.desk.graff is None:
            return
        if self._file_names is None:
            self._file_names = FileNames()
        written = self.composer.text
        found = await self._file_names.complete(self.desk.graff.workspace, prefix)
        completions = await self._completions()
        if self.composer.text != written:  # the name was left meanwhile
            return
        completions.show([Completion(path, "", mention(path)) for path in found], prefix)

    def on_completions_chosen(self, event: Completions.Chosen) -> None:
        """A command runs; a file's name, or that of a command in a file, is written."""
        if event.value.startswith(("@", "/")):
            self.composer.complete(event.value)
            return
        known = commands.command(event.value)
        self.composer.forget()
        if known is not None:
            self.call_later(self.run_action, known.action)

    async def _completions(self) -> Completions:
        """The list, mounted when it is needed first."""
        from grafftui.ui.widgets.completions import Completions

        if not self.query(Completions):
            popup = Completions()
            await self.mount(popup, before=self.composer)
            self.composer.popup = popup
        return self.query_one(Completions)

    def forget_files(self) -> None:
        """Files may have come or gone."""
        if self._file_names is not None and self.desk.graff is not None:
            self._file_names.refresh(self.desk.graff.workspace)

    # -- the queue -------------------------------------------------------------------------

    async def show_queue(self) -> None:
        """Draw the prompts that wait in the conversation on screen."""
        queue = self.desk.current.queue
        if not queue and not self.query("QueuedPrompts"):
            return
        from grafftui.ui.widgets.queued_prompts import QueuedPrompts

        if not self.query(QueuedPrompts):
            await self.centre.mount(QueuedPrompts())
        self.query_one(QueuedPrompts).show(list(queue))

    def on_queued_prompts_edit(self, event: QueuedPrompts.Edit) -> None:
        """Take it back into the composer; what stood there waits in its place."""
        prompt = self.desk.unqueue(event.index)
        if not self.composer.is_empty:
            self.desk.send(self.composer.prompt_text)
        self.composer.load(prompt)
        self.composer.focus()

    def on_queued_prompts_remove(self, event: QueuedPrompts.Remove) -> None:
        """Do not send it."""
        self.desk.unqueue(event.index)
        if not self.desk.current.queue:
            self.composer.focus()


def _is_ours(written: str) -> bool:
    """Whether `/name` is a command of the screen's own."""
    return written.startswith("/") and commands.command(written[1:]) is not None


def _means_something(name: str, graff: Graff | None) -> bool:
    """Whether `/name` is a command of the person's own, or a path. Looks at the disk."""
    own = graff.list_commands() if graff is not None else []
    return any(one["name"] == name for one in own) or os.path.lexists(f"/{name}")
