"""An app that is nothing but a transcript, for `bench.growth` to measure in.

One process, one pseudo-terminal of 120x40 that a child process empties, `process_time` around
what is measured. Absolute figures are this machine's; the ratios are what the budgets are
written in.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pty
import struct
import termios
import time
from collections.abc import Awaitable, Callable
from fcntl import ioctl

from textual.app import App, ComposeResult

from grafftui.entries import Added, Entry, Extended
from grafftui.ui.transcript import EntryStub, TranscriptView

COLUMNS, ROWS = 120, 40
TOKEN = 4
"""Characters."""

TEXT = """\
## Step {n}

The header lives in `Header.tsx`; I will add a button that calls **signOut()** and then goes
back to the *start page*. That needs one more import, because the session is kept elsewhere.

- first the import, with the path that the other components use as well
- then the button itself, which belongs beside the menu and not below it
  - and its label

```python
def sign_out(session: Session) -> None:
    for token in session.tokens:
        token.revoke(reason="signed out")
```

| File | Lines | What |
|------|------:|------|
| Header.tsx | 12 | the button |
| session.ts | 3 | an export |

"""


def markdown(chars: int) -> str:
    """A realistic answer of so many characters."""
    text = "".join(TEXT.format(n=n) for n in range(chars // len(TEXT) + 1))
    assert len(text) >= chars
    return text[:chars]


class Bench(App[None]):
    """Nothing but a transcript."""

    CSS = "TranscriptView { width: 1fr; height: 1fr; }"

    def compose(self) -> ComposeResult:
        """The one widget."""
        yield TranscriptView()

    @property
    def view(self) -> TranscriptView:
        """The transcript."""
        return self.query_one(TranscriptView)


async def settled(app: Bench) -> None:
    """Wait until everything that was asked for has been painted."""
    for _ in range(3):
        await asyncio.sleep(0.03)
    done = asyncio.Event()
    app.call_after_refresh(done.set)
    await done.wait()


async def stream(app: Bench, start: int, rate: int, seconds: float, fps: int) -> float:
    """CPU milliseconds per token while text arrives behind `start` tokens."""
    text = markdown((start + int(rate * seconds) + 10) * TOKEN)
    entry = Entry("answer", text[: start * TOKEN])
    app.view.show([], _no_history)
    app.view.apply([Added(entry)])
    await settled(app)
    gc.collect()
    gc.freeze()
    sent, tokens = start * TOKEN, int(rate * seconds)
    began, used = time.perf_counter(), time.process_time()
    for frame in range(int(fps * seconds)):
        until = (start + round((frame + 1) * rate / fps)) * TOKEN
        piece = text[sent:until]
        sent = until
        entry.extend(piece)
        app.view.apply([Extended(entry, piece)])
        await asyncio.sleep(max(0.0, began + (frame + 1) / fps - time.perf_counter()))
    return (time.process_time() - used) * 1000 / tokens


async def open_history(app: Bench, count: int) -> float:
    """CPU milliseconds to open a conversation at its end."""
    kinds = ("prompt", "reasoning", "tool", "tool", "answer")
    body = markdown(593)
    stubs = [EntryStub(kinds[n % 5], 593, 14, "done") for n in range(count)]

    async def load(first: int, last: int) -> list[Entry]:
        return [
            Entry(kinds[n % 5], body, state="done", started_at=1.0, ended_at=2.0)
            for n in range(first, last)
        ]

    app.view.show([], _no_history)
    await settled(app)
    used = time.process_time()
    app.view.show(stubs, load)
    await settled(app)
    return (time.process_time() - used) * 1000


async def _no_history(first: int, last: int) -> list[Entry]:
    return []


def resident() -> float:
    """Resident memory in MB."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def on_terminal(main: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """Run `main` with a pseudo-terminal for its standard streams."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    if os.fork() == 0:
        os.close(slave)
        try:
            while os.read(master, 65536):
                pass
        except OSError:
            pass
        os._exit(0)
    os.close(master)
    kept = [os.dup(number) for number in range(3)]
    for number in range(3):
        os.dup2(slave, number)
    try:
        return asyncio.run(main())
    finally:
        for number, old in enumerate(kept):
            os.dup2(old, number)
