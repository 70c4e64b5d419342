"""Everything that happens in a turn, as it happens."""

from grafftui import Graff

with Graff() as graff:
    for event in graff.chat("Read cart.py and say what it does."):
        match event.type:
            case "ConversationStarted":
                print("conversation", event.data["conversationId"])
            case "TaskReasoning":
                print("thinks:", event.data["content"])
            case "TaskMessage" if event.data["content"]["kind"] == "Markdown":
                print(event.data["content"]["text"], end="", flush=True)
            case "ToolCallStart":
                call = event.data["tool_call"]
                print("calls:", call["name"], call["arguments"])
            case "ToolCallEnd":
                print("failed" if event.data["result"]["output"]["is_error"] else "done")
            case "TaskComplete":
                print()
