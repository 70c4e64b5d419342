"""Two conversations at the same time, one of them followed by several consumers."""

import asyncio
from collections.abc import AsyncIterable

from grafftui import AgentEvent, AsyncGraff


async def counted(name: str, events: AsyncIterable[AgentEvent]) -> None:
    """A consumer: it has every event, at its own pace."""
    kinds = [event.type async for event in events]
    print(name, "saw", kinds[0], "to", kinds[-1])


async def main() -> None:
    async with AsyncGraff() as graff:
        session = graff.session()
        followers = [await session.subscribe(), await session.subscribe()]
        consumers = [
            asyncio.create_task(counted(name, follower))
            for name, follower in zip(("log", "display"), followers, strict=True)
        ]
        first, second = await asyncio.gather(
            session.run("What does this project do?"), graff.run("What does it lack?")
        )
        await session.close()
        await asyncio.gather(*consumers)
        print(first.status, second.status, first.conversation_id != second.conversation_id)


asyncio.run(main())
