"""An agent that has others work for it, at the same time."""

from grafftui import Graff

with Graff() as graff:
    names = {}
    for event in graff.chat("Have two researchers look at the code and at its tests."):
        match event.type:
            case "SubAgentStarted":
                names[event.data["conversation_id"]] = event.data["task"]
            case "SubAgentEnded":
                print(names[event.data["conversation_id"]], "→", event.data["text"])
            case "TaskMessage" if event.data["content"]["kind"] == "Markdown":
                print(event.data["content"]["text"], end="", flush=True)
    print()

    last = graff.last_conversation()
    for helper in graff.list_sub_agents(last["id"]):
        print(helper["agent"], helper["state"], graff.get_conversation(helper["id"])["title"])
