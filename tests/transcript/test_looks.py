"""What the transcript, the list and the diff look like: pictures are the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.content import Content
from textual.pilot import Pilot
from transcript_stage import Talk, TranscriptApp, until

from grafftui import events
from grafftui.entries import ToolCard
from grafftui.ui.styles import style_sheet
from grafftui.ui.transcript import TranscriptView
from grafftui.ui.widgets.diff_view import DiffView
from grafftui.ui.widgets.virtual_list import VirtualList

Snap = Callable[..., bool]
DARK, LIGHT = "textual-dark", "textual-light"
SIZES = [(80, 24), (120, 40)]

ANSWER = """\
# Logging out

The header lives in `Header.tsx`; I'll add a **button** that calls *signOut()*, as
[the docs](https://example.com/auth/sign-out?v=2) say. ~~Nothing~~ Little else changes.

- the import, which is long enough to go over the edge of a narrow window and be broken there
  1. first
  2. second
- [x] done
- [ ] open

> Quoted words,
> on two lines.

| File | Lines | What |
|------|------:|:----:|
| Header.tsx | 12 | `button` |
| session.ts | 3 | **export** |

```python
def sign_out(session: Session) -> None:
    \"\"\"Forget every token.\"\"\"
    for token in session.tokens:
        token.revoke(reason="signed out")  # soon
```

---

![diagram](https://images.example/x.png)
"""

DIFF = """\
--- a/src/Header.tsx
+++ b/src/Header.tsx
@@ -12,5 +12,6 @@ export function Header() {
   <nav>
-    <Link to="/">Home</Link>
+    <Link to="/start">Home</Link>
+    <button onClick={signOut}>Log out</button>
     <Menu />
   </nav>
 }
"""

TRICKY = """\
--- a/run.py
+++ b/run.py
@@ -1,3 +1,3 @@
 import os
--- gone
++++ here
-os.remove("a")
+os.remove("a\u202eb\u200b")  # а is Cyrillic
"""


class Pictured(TranscriptApp):
    """A transcript in one of Textual's themes; the pictures of the whole app are in ours."""

    def __init__(self, theme: str) -> None:
        super().__init__()
        self.theme = theme


def turn(view: TranscriptView) -> None:
    """A turn with everything in it."""
    talk = Talk(view)
    talk.say(
        events.prompt_submitted("add a logout button\nand test it"),
        events.reasoning("I should look at the header."),
        events.tool_call_start("read", "1", {"path": "src/Header.tsx"}),
        events.tool_input("Read", "src/Header.tsx"),
        events.tool_call_end("read", "1", is_error=False, values=[{"text": "x\n" * 142}]),
        events.tool_call_start("patch", "2", {}),
        events.tool_input("Patch", "src/Header.tsx"),
        events.file_changed("2", "src/Header.tsx", "modified", DIFF, 2, 1),
        events.tool_call_end("patch", "2", is_error=False, values=[{"text": "ok"}]),
        events.tool_call_start("shell", "3", {"command": "npm test -- Header"}),
        events.tool_input("Shell", "npm test -- Header"),
        events.tool_call_end("shell", "3", is_error=True, values=[{"text": "\x1b[31m1 failed"}]),
        events.tool_call_start("shell", "4", {"command": "rm -rf build"}),
        events.tool_input("Shell", "rm -rf build"),
        events.approval_requested("r", "4", {}, {}),
        events.approval_resolved("r", "4", "decline", reason="keep it", by="person"),
        events.tool_call_end("shell", "4", is_error=True, values=[{"text": "declined"}]),
        events.notice("warning", "The context is nearly full."),
        events.tool_call_start("shell", "5", {"command": "npm run build"}),
        events.tool_input("Shell", "npm run build"),
        events.tool_call_start("shell", "6", {"command": "git push"}),
        events.tool_input("Shell", "git push"),
        events.approval_requested("r", "6", {}, {}),
    )


async def coloured(pilot: Pilot[None]) -> None:
    """Wait until all code has its colours."""
    for view in pilot.app.query("TranscriptView, DiffView"):
        known = view._highlighter._known  # type: ignore[attr-defined]
        await until(pilot, lambda known=known: None not in known.values())
    await pilot.pause(0.05)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_tools(snap_compare: Snap, size: tuple[int, int], theme: str) -> None:
    async def show(pilot: Pilot[None]) -> None:
        view = pilot.app.query_one(TranscriptView)
        turn(view)
        await pilot.pause()
        for number, block in view._document.blocks.items():
            if (block.entry.tool or ToolCard("")).call_id in ("2", "3"):
                view.fold(number, False)
        view.focus()
        await pilot.press("home", "j", "j", "j", "j")
        await coloured(pilot)

    assert snap_compare(Pictured(theme), terminal_size=size, run_before=show)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_markdown(snap_compare: Snap, size: tuple[int, int], theme: str) -> None:
    async def show(pilot: Pilot[None]) -> None:
        view = pilot.app.query_one(TranscriptView)
        Talk(view).say(events.markdown(ANSWER), events.task_complete())
        view.scroll_to(y=0)
        await coloured(pilot)

    assert snap_compare(Pictured(theme), terminal_size=size, run_before=show)


class Sides(Pictured):
    """A diff to allow, and a list."""

    CSS_PATH = style_sheet("transcript.tcss")

    def compose(self) -> ComposeResult:
        yield DiffView(DIFF + TRICKY)
        yield Names([f"conversation {n}" for n in range(40)])


class Names(VirtualList[str]):
    """Rows of words."""

    def render_row(self, row: str, width: int, selected: bool) -> Content:
        return Content.assemble(("● ", "$text-accent"), row)


@pytest.mark.parametrize("size", [(80, 30), (150, 30)])
def test_diff_and_list(snap_compare: Snap, size: tuple[int, int]) -> None:
    async def show(pilot: Pilot[Any]) -> None:
        names = pilot.app.query_one(Names)
        names.mark(5)
        names.focus()
        await pilot.press("down")
        await coloured(pilot)

    assert snap_compare(Sides(DARK), terminal_size=size, run_before=show)
