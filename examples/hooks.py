"""Be told of what happens, while the turn is run for you."""

import sys

from grafftui import EventHooks, Graff, Renderer

renderer = Renderer(out=sys.stdout, notices=sys.stdout)
hooks = EventHooks(
    on_event=renderer.show,
    on_type={"UsageReported": lambda event: print("tokens:", event.data["completion_tokens"])},
)
with Graff() as graff:
    result = graff.run("Read cart.py and say what it does.", hooks=hooks)
    print(f"{result.status}; {len(result.tool_calls)} call, {len(result.messages)} messages")
