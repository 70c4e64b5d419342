"""Events from worker threads are delivered where the screen is."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from threading import Thread

from grafftui.events import markdown
from grafftui.ui.live import LiveConversation
from grafftui.ui.pump import Arrival, Pump

WHERE: ContextVar[str] = ContextVar("where", default="nowhere")


async def test_delivered_in_the_context_of_the_screen() -> None:
    WHERE.set("the screen")
    batches: asyncio.Queue[tuple[str, list[Arrival]]] = asyncio.Queue()
    backlog = [9, 0]
    pump = Pump(
        asyncio.get_running_loop(),
        lambda batch: batches.put_nowait((WHERE.get(), batch)),
        lambda: backlog.pop(0) if backlog else 0,
    )
    conversation = LiveConversation(id="a", workspace="/shop")
    for words in ("at once, when the terminal has caught up", "after a frame"):
        Thread(target=pump.put, args=(conversation, markdown(words))).start()
        where, (arrival,) = await asyncio.wait_for(batches.get(), 15)
        assert (where, arrival.conversation) == ("the screen", conversation)
