"""The examples of the CodeGraff SDK's own documentation (its README, MIT), word for word.

Left out: the cloud sandboxes. The values in `upsert_credential` and the shell are not Python's.
"""

from __future__ import annotations

QUICK_START = """
from codegraff import Graff

graff = Graff()  # reads ~/.forge/forge.toml, like the graff CLI
for ev in graff.chat("explain monads in 3 sentences"):
    if ev.type == "TaskMessage" and ev.data.get("content", {}).get("kind") == "Markdown":
        print(ev.data["content"]["text"], end="", flush=True)
"""

OWN_KEY = """
import os
from codegraff import Graff

graff = Graff(
    provider="codegraff",     # snake_case: "openai" | "anthropic" | "open_router" | "xai" | ...
    api_key=os.environ["CODEGRAFF_API_KEY"],
    model="deepseek-v4-pro",
    max_tokens=8192,
)
"""

STREAMING = """
conversation_id = None
for ev in graff.chat("write a haiku about rust"):
    if ev.type == "ConversationStarted":
        conversation_id = ev.data["conversationId"]
    elif ev.type == "TaskMessage":
        content = ev.data.get("content") or {}
        if content.get("kind") == "Markdown":
            print(content.get("text", ""), end="", flush=True)
    elif ev.type == "ToolCallStart":
        print("\\n→", ev.data["tool_call"]["name"])
    elif ev.type == "TaskComplete":
        print("\\n[done]")
"""

SESSION = """
session = graff.session(model="claude-opus-4-7")

for ev in session.send("add a logout button"):
    ...  # render
for ev in session.send("now write a test for it"):
    ...  # render

print(session.conversation_id)
"""

CONVERSATIONS = """
recent = graff.list_conversations(20)          # list[dict]
last = graff.last_conversation()               # dict | None
one = graff.get_conversation(id)               # dict | None
result = graff.compact_conversation(last["id"])  # dict: {original_tokens, compacted_tokens, ...}
graff.delete_conversation(last["id"])
"""

AGENTS_AND_KEYS = """
agents = graff.get_agent_infos()                 # list[dict] (no provider required)
graff.upsert_credential("anthropic", "sk-ant-…")
graff.remove_credential("anthropic")
print(graff.version())
"""

SERVER = """
from turboapi import TurboAPI, HTTPException
from turboapi.responses import StreamingResponse
from dhi import BaseModel
from codegraff import AgentEvent, Graff, version as sdk_version

graff = Graff(provider="codegraff", api_key=os.environ.get("CODEGRAFF_API_KEY"))
app = TurboAPI()

class ChatRequest(BaseModel):     # validated by dhi's Zig core before the handler runs
    prompt: str
    model: str | None = None
    conversation_id: str | None = None

@app.post("/chat/stream")
def chat_stream(req: ChatRequest):
    if not req.prompt:
        raise HTTPException(status_code=400, detail="prompt is required")

    def sse():
        for ev in graff.chat(req.prompt, conversation_id=req.conversation_id, model=req.model):
            yield f"data: {json.dumps({'type': ev.type, 'data': ev.data})}\\n\\n"
        yield "data: [DONE]\\n\\n"

    return StreamingResponse(sse(), media_type="text/event-stream")
"""

SIGNATURES = """
from collections.abc import Iterator

class Graff:
    def __init__(self, *, cwd=None, provider=None, api_key=None, model=None, max_tokens=None): ...
    def chat(self, prompt, *, conversation_id=None, model=None) -> Iterator[AgentEvent]: ...
    def session(self, *, conversation_id=None, model=None) -> GraffSession: ...

    # conversations
    def list_conversations(self, limit=None) -> list[dict]: ...
    def get_conversation(self, id) -> dict | None: ...
    def last_conversation(self) -> dict | None: ...
    def delete_conversation(self, id) -> None: ...
    def compact_conversation(self, id) -> dict: ...

    # agents / auth
    def get_agent_infos(self) -> list[dict]: ...
    def upsert_credential(self, provider_id, api_key, extra_params=None) -> None: ...
    def remove_credential(self, provider_id) -> None: ...

    def version(self) -> str: ...

class GraffSession:
    conversation_id: str | None
    def send(self, prompt) -> Iterator[AgentEvent]: ...

def version() -> str: ...
"""
"""The last block of the documentation, without the three methods that make sandboxes."""
