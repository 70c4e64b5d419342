"""The keys there are: add one, try it, remove it. No key is ever shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from grafftui.errors import GrafftuiError
from grafftui.text import one_line
from grafftui.ui.screens.confirm import Confirm
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.screens.picker import Picker, Row
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.line_input import LineInput
from grafftui.ui.widgets.virtual_list import VirtualList


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key there is.

    Attributes:
        provider: Id of the provider it is for.
        source: Where it is kept: "keyring", "environment", "command" …
        label: What tells it from others without showing it.
        origin: The address it is bound to, or "".
    """

    provider: str
    source: str
    label: str
    origin: str


class KeyDesk(Protocol):
    """What the screen asks of the core. Every method may raise `GrafftuiError`."""

    async def list(self) -> Sequence[KeyRow]:
        """The keys there are, without their values."""
        ...

    async def set(self, provider: str, key: str, url: str) -> None:
        """Store a key; `url` is for providers that have no address of their own, else ""."""
        ...

    async def remove(self, provider: str) -> None:
        """Forget a key."""
        ...

    async def test(self, provider: str) -> str:
        """Send one cheap request with it; returns what to say when it works."""
        ...

    async def status(self) -> str:
        """Which keyring there is, or what is wrong with it."""
        ...


@dataclass(frozen=True, slots=True)
class NewKey:
    """What was entered."""

    key: str = field(repr=False)
    url: str


class KeyList(VirtualList[KeyRow]):
    """One line for each key."""

    def render_row(self, row: KeyRow, width: int, selected: bool) -> Content:
        """`anthropic      keyring      sk-…9f   https://api.anthropic.com`."""
        provider = one_line(row.provider, 22)
        rest = one_line(f"{row.source:<12} {row.label:<14} {row.origin}", max(4, width - 26))
        return Content.assemble(f" {provider:<23} ", (rest, "$text-muted"))


class KeysScreen(Dialog[None]):
    """Lists the keys of `desk`.

    Args:
        desk: Does what is asked for.
        providers: What a key can be added for; by default every provider of the catalogue.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("keys.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add a key", id="keys.add"),
        Binding("t,enter", "test", "Try the key with one cheap request", id="keys.test"),
        Binding("d,delete", "remove", "Remove the key", id="keys.remove"),
        Binding("escape", "close", "Close", id="keys.close"),
    ]

    def __init__(self, desk: KeyDesk, providers: Sequence[Row] | None = None) -> None:
        super().__init__()
        self._desk = desk
        self._providers = providers

    def compose(self) -> ComposeResult:
        """Title, where keys are kept, the keys, what came of the last action, the keys to press."""
        with Vertical(id="dialog"):
            yield Static(Content("Keys"), id="title")
            yield Static(id="status")
            yield KeyList()
            yield Static(id="result")
            yield Static(Content("a add   t try   d remove   esc close"), id="hint")

    def on_mount(self) -> None:
        """Ask for the keys and about the keyring, both of which can take seconds."""
        self.query_one(KeyList).focus()
        self._say("#status", "asking the keyring…")
        self.run_worker(self._ask_status())
        self._do(self._list, "")

    # -- asking ----------------------------------------------------------------------------

    async def _ask_status(self) -> None:
        try:
            self._say("#status", await self._desk.status())
        except GrafftuiError as error:
            self._say("#status", _sentence(error))

    def _do(self, ask: Callable[[], Awaitable[str]], meanwhile: str) -> None:
        """Start something; its answer, or what went wrong, is the result."""

        async def asked() -> None:
            self._say("#result", meanwhile)
            try:
                self._say("#result", await ask())
            except GrafftuiError as error:
                self._say("#result", _sentence(error))

        self.run_worker(asked(), group="keys", exclusive=True)

    async def _list(self) -> str:
        rows = await self._desk.list()
        listed = self.query_one(KeyList)
        listed.set_rows(rows)
        if rows and listed.cursor is None:
            listed.cursor = 0
        return "" if rows else "No key yet: press a to add one."

    def _say(self, where: str, words: str) -> None:
        self.query_one(where, Static).update(Content(one_line(words, 400)))

    # -- actions ---------------------------------------------------------------------------

    def action_add(self) -> None:
        """Ask for the provider, then for the key."""
        rows = _catalogue() if self._providers is None else self._providers

        def chosen(provider: str | None) -> None:
            if provider is not None:
                self.app.push_screen(KeyForm(provider), lambda new: self._add(provider, new))

        self.app.push_screen(Picker("A key for which provider?", rows), chosen)

    def _add(self, provider: str, new: NewKey | None) -> None:
        if new is None:
            return

        async def add() -> str:
            await self._desk.set(provider, new.key, new.url)
            await self._list()
            return f"The key for {provider} is kept. Press t to try it."

        self._do(add, f"keeping the key for {provider}…")

    def action_test(self) -> None:
        """Try the highlighted key."""
        row = self.query_one(KeyList).highlighted
        if row is not None:
            self._do(lambda: self._desk.test(row.provider), f"asking {row.provider}…")

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """Enter or a click tries a key."""
        event.stop()
        self.action_test()

    def action_remove(self) -> None:
        """Remove the highlighted key, after a question."""
        row = self.query_one(KeyList).highlighted
        if row is None:
            return

        async def remove() -> str:
            await self._desk.remove(row.provider)
            await self._list()
            return f"The key for {row.provider} is removed."

        def answered(yes: bool | None) -> None:
            if yes:
                self._do(remove, f"removing the key for {row.provider}…")

        question = f"Remove the key for {row.provider}? It cannot be brought back."
        self.app.push_screen(Confirm(question, "Remove"), answered)

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)


class KeyForm(Dialog[NewKey | None]):
    """Asks for a key, and for an address where the provider may need one.

    Args:
        provider: Id of the provider it is for.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("keys.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="key_form.cancel")
    ]

    def __init__(self, provider: str) -> None:
        super().__init__()
        self._provider = provider

    def compose(self) -> ComposeResult:
        """Two lines; the key's is dots."""
        with Vertical(id="dialog"):
            yield Static(Content(f"A key for {one_line(self._provider, 40)}"), id="title")
            yield LineInput(placeholder="the key, as the provider gave it", password=True, id="key")
            yield LineInput(placeholder="address, if it is not the provider's own", id="url")
            yield Static(Content("enter keep   tab address   esc cancel"), id="hint")

    def on_mount(self) -> None:
        """The key comes first."""
        self.query_one("#key", LineInput).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in either line keeps the key, once there is one."""
        event.stop()
        key, url = self.query_one("#key", LineInput), self.query_one("#url", LineInput)
        entered = NewKey(key.value.strip(), url.value.strip())
        if not entered.key:
            key.focus()
            return
        key.value = ""
        self.dismiss(entered)

    def action_cancel(self) -> None:
        """Keep nothing."""
        self.query_one("#key", LineInput).value = ""
        self.dismiss(None)


def _sentence(error: GrafftuiError) -> str:
    return f"{error}: {error.hint}" if error.hint else str(error)


def _catalogue() -> list[Row]:
    """Every supported provider that takes a key, and who makes sandboxes for one."""
    from grafftui.models import providers
    from grafftui.sandboxes.lasting.clouds.accounts import FOR_SANDBOXES_ONLY

    found = [
        (one.id, one.name, one.key_variables)
        for one in providers()
        if not one.local and not one.instead
    ]
    found += [(one.id, one.name, one.key_variables) for one in FOR_SANDBOXES_ONLY.values()]
    return [Row(id, name, " ".join(variables), "") for id, name, variables in found]
