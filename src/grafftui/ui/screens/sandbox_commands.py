"""Commands in a sandbox, a line at a time, with what they print as they print it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from grafftui.errors import AbortedError, GrafftuiError
from grafftui.text import display, one_line
from grafftui.ui.own_thread import on_own_thread
from grafftui.ui.sandbox_desk import in_words
from grafftui.ui.screens.dialog import Dialog
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Execution, Sandbox

_LOOK_EVERY: Final = 0.1
"""Seconds, while something runs."""

_MOST_SHOWN: Final = 30_000
"""Characters of output that are kept here: the last."""

_TIMEOUT: Final = 3_600.0
_IDLE: Final = "enter run   ↑ ↓ earlier commands   esc close"
_BUSY: Final = "esc ends it"


class Output:
    """The end of what was printed here, added to from any thread."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, piece: str) -> None:
        """Add to it; the oldest is forgotten."""
        self.text = (self.text + piece)[-_MOST_SHOWN:]


class SandboxCommands(Dialog[None]):
    """Runs commands in `sandbox`, each by itself.

    Args:
        name: What it is called.
    """

    CSS_PATH = [style_sheet("dialogs.tcss"), style_sheet("sandboxes.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "escape", "End it, or close", id="sandbox_commands.escape"),
        Binding("ctrl+c", "end", "End it", id="sandbox_commands.end", priority=True),
        Binding("up", "earlier(-1)", "Earlier command", id="sandbox_commands.earlier"),
        Binding("down", "earlier(1)", "Later command", id="sandbox_commands.later"),
        Binding("pageup", "scroll(-1)", "Up", show=False, id="sandbox_commands.up"),
        Binding("pagedown", "scroll(1)", "Down", show=False, id="sandbox_commands.down"),
    ]

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._heading = f"Commands in {name}, each by itself, in its workspace"
        self._output = Output()
        self._drawn = ""
        self._execution: Execution | None = None
        self._said: list[str] = []
        self._at = 0

    def compose(self) -> ComposeResult:
        """What was printed, the line, the keys."""
        with Vertical(id="dialog", classes="-tall -wide"):
            yield Static(Content(one_line(self._heading, 120)), id="title")
            with VerticalScroll(can_focus=False):
                yield Static(id="output", markup=False)
            yield LineInput(placeholder="a command")
            yield Static(Content(_IDLE), id="hint")

    def on_mount(self) -> None:
        """The line has the focus."""
        self.query_one(LineInput).focus()
        self.set_interval(_LOOK_EVERY, self._look)

    def _look(self) -> None:
        text = self._output.text
        if text == self._drawn:
            return
        self._drawn = text
        scroll = self.query_one(VerticalScroll)
        following = scroll.scroll_offset.y >= scroll.max_scroll_y
        self.query_one("#output", Static).update(Content(display(text)))
        if following:
            scroll.scroll_end(animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run the line."""
        event.stop()
        command = event.value.strip()
        if not command or self._execution is not None:
            return
        event.input.value = ""
        self._said.append(command)
        self._at = len(self._said)
        self.run_worker(self._run(command), group="command")

    async def _run(self, command: str) -> None:
        self._output.add(f"$ {command}\n")
        try:
            self._execution = execution = self._sandbox.exec_stream(
                command, timeout_seconds=_TIMEOUT
            )
            self._hint(_BUSY)
            code = await on_own_thread(_followed, execution, self._output)
        except AbortedError:
            self._output.add("[ended]\n")
        except (GrafftuiError, OSError) as error:
            self._output.add(f"[{in_words(error)}]\n")
        else:
            self._output.add(f"[exit code {code}]\n" if code else "")
        finally:
            self._execution = None
        self._hint(_IDLE)

    def _hint(self, words: str) -> None:
        self.query_one("#hint", Static).update(Content(words))

    def action_earlier(self, step: int) -> None:
        """A command that was run before."""
        self._at = min(len(self._said), max(0, self._at + step))
        line = self.query_one(LineInput)
        line.value = self._said[self._at] if self._at < len(self._said) else ""
        line.cursor_position = len(line.value)

    def action_scroll(self, pages: int) -> None:
        """Move by a page."""
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_relative(y=pages * max(1, scroll.size.height - 1), animate=False)

    def action_end(self) -> None:
        """End what runs."""
        if self._execution is not None:
            self._execution.cancel()

    def action_escape(self) -> None:
        """End what runs; if nothing does, go back."""
        if self._execution is not None:
            self._execution.cancel()
        else:
            self.dismiss(None)

    def on_unmount(self) -> None:
        """Nobody looks at it any more."""
        self.action_end()


def _followed(execution: Execution, output: Output) -> int:
    """The exit code, when it is over; the output goes where it is looked at."""
    with execution:
        for piece in execution:
            output.add(piece)
        result = execution.result()
    if output.text and not output.text.endswith("\n"):
        output.add("\n")
    return int(result["exitCode"])
