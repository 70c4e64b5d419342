"""The floor: the least Textual chat there is. What we are compared with.

One `Markdown` for each answer, fed through Textual's own `MarkdownStream`, and one `Input`. No
history, no tools, no thread: it asks the provider in OPENAI_URL over a bare socket.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown, Static


class Floor(App[None]):
    """Prompt below, answers above."""

    CSS = "VerticalScroll { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Two widgets."""
        yield VerticalScroll()
        yield Input(placeholder="say something")

    def on_mount(self) -> None:
        """Keys go to the prompt; the end stays in sight."""
        self.query_one(Input).focus()
        self.query_one(VerticalScroll).anchor()

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Ask, and go on taking keys."""
        submitted.input.clear()
        self.run_worker(self._answer(submitted.value))

    async def _answer(self, prompt: str) -> None:
        answer = Markdown()
        await self.query_one(VerticalScroll).mount(Static(prompt, markup=False), answer)
        stream = Markdown.get_stream(answer)
        async for piece in _pieces(prompt):
            await stream.write(piece)
        await stream.stop()


async def _pieces(prompt: str) -> AsyncIterator[str]:
    url = urlsplit(os.environ["OPENAI_URL"])
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": prompt}]})
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    head = f"POST {url.path}/chat/completions HTTP/1.1\r\nHost: {url.hostname}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    async for line in reader:
        if line.startswith(b"data: [DONE]"):
            break
        if line.startswith(b"data: "):
            for choice in json.loads(line.removeprefix(b"data: "))["choices"]:
                yield choice["delta"].get("content", "")
    writer.close()


if __name__ == "__main__":
    Floor().run()
