"""A small app with the hygiene of the real one, run the way the command runs the real one.

    python standin.py [options of the screen]

Enter submits; the words of `DEEDS` then do something an app should survive, or end by.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # the supervisor is measured, so nothing is imported that it would not
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

API_KEY = "sk-ant-api03-" + "k" * 40


def _boom(*_: object) -> None:
    """Raise what may not be shown: a secret in a local variable, escapes and a key in the text."""
    secret_local = "local-" + "s" * 20
    raise RuntimeError(f"[/red]\x1b]0;owned\x07 {API_KEY} {len(secret_local)}")


def _titles(app: Any) -> None:
    app._driver.set_title("grafftui \x1b]0;evil\x07\n 漢漢")
    app._driver.write("\x1b]0;evil\x07")
    app._driver.write("\x1b]2;unended")
    app.say("shown")


def _child(app: Any) -> None:
    """A tool's way of starting a program; this one goes for the terminal."""
    import subprocess

    with open(os.environ["STANDIN_CHILD"], "w") as file:
        subprocess.run(
            ["sh", "-c", "echo stolen > /dev/tty"],
            check=False,
            stdin=subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
    app.say("child done")


def load() -> Callable[[Any], int]:
    """Import Textual and the app, as late as the command does."""
    if os.environ.get("STANDIN") == "no import":
        import no_such_module  # noqa: F401
    if os.environ.get("STANDIN") == "hangs":
        import signal
        import threading

        try:
            threading.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # one more, while leaving
    import asyncio
    import atexit
    import ctypes
    import threading

    from textual.app import ComposeResult
    from textual.screen import ModalScreen
    from textual.widgets import Button, Label, Static, TextArea

    from grafftui.ui.hygiene import Crash, EarlyKeys, Signals, backlog

    class Dialog(ModalScreen[None]):
        def compose(self) -> ComposeResult:
            yield Button("yes")
            yield Label("dialog open")

        def on_button_pressed(self) -> None:
            self.app.query_one("#said", Static)
            self.dismiss()

    class Composer(TextArea):
        async def _on_key(self, event: Any) -> None:
            if event.key == "enter":
                event.stop()
                event.prevent_default()
                text, self.text = self.text, ""
                self.app.call_later(self.app.do, text)  # type: ignore[attr-defined]
            else:
                await super()._on_key(event)

    class StandIn(Crash, Signals, EarlyKeys):
        CSS = "Composer { dock: bottom; height: 5; border: none; }"
        ENABLE_COMMAND_PALETTE = False

        def compose(self) -> ComposeResult:
            yield Static("stand-in ready", id="ready")
            yield Static("", id="said", markup=False)
            composer = Composer(id="composer")
            composer.cursor_blink = False
            yield composer

        def on_mount(self) -> None:
            if os.environ.get("STANDIN") == "dialog":
                self.push_screen(Dialog())

        def say(self, text: str) -> None:
            self.query_one("#said", Static).update(text)

        def do(self, text: str) -> None:
            deed = DEEDS.get(text)
            if deed is None:
                self.say(f"said {text!r}")
            else:
                deed(self)

        def stop_work(self) -> None:
            if path := os.environ.get("STANDIN_STOPPED"):
                with open(path, "w") as file:
                    file.write("stopped")

        def on_text_area_changed(self, event: TextArea.Changed) -> None:
            size = len(event.text_area.text)
            if size > 1000:
                self.say(f"holds {size}, {backlog(self)} writes behind")

    async def task() -> None:
        _boom()

    def forgotten_task(app: StandIn) -> None:
        lost = asyncio.ensure_future(task())
        lost.add_done_callback(lambda _: app.call_later(__import__("gc").collect))
        del lost

    DEEDS: dict[str, Callable[[StandIn], object]] = {
        "handler": _boom,
        "task": forgotten_task,
        "worker": lambda app: app.run_worker(_boom, thread=True),
        "thread": lambda app: threading.Thread(target=_boom).start(),
        "atexit": lambda app: (atexit.register(_boom), app.exit(0)),
        "input": lambda app: setattr(app._driver, "process_message", _boom),
        "panic": lambda app: app.panic(_boom.__doc__ or ""),
        "quit": lambda app: app.exit(0),
        "block": lambda app: (os.write(1, b"\x1b[Hblocked"), threading.Event().wait()),
        "vanish": lambda app: os._exit(0),
        "segv": lambda app: ctypes.string_at(0),
        "suspend": lambda app: app.action_suspend_process(),
        "title": _titles,
        "long title": lambda app: app._driver.set_title("漢" * 60),
        "child": _child,
        "pid": lambda app: app.say(f"pid {os.getpid()} of {os.getppid()}"),
        "flood": lambda app: [app.say("x" * 2000) or app.screen.refresh() for _ in range(9)],
    }

    def run(options: Any) -> int:
        app = StandIn()
        app.run()
        if os.environ.get("STANDIN") == "signalled late":
            os.kill(os.getpid(), 15)
        return app.return_code or 0

    return run


if __name__ == "__main__":
    from grafftui.cli.main import screen

    grace = os.environ.get("STANDIN_GRACE")
    if grace:
        from grafftui.cli import supervisor

        supervisor.supervise.__defaults__ = (float(grace),)
    sys.exit(screen(sys.argv[1:], load))
