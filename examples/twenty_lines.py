"""Ask, stream, approve by rule, print what it took."""

from grafftui import EventHooks, Graff, Renderer
from grafftui.approvals import RuleBasedPolicyEngine

rules = RuleBasedPolicyEngine(
    {
        "command_rules": [
            {"name": "git", "when": {"command_regex": r"^git (status|log)\b"}, "decision": "accept"}
        ],
        "defaults": {"command": "decline", "file_change": "decline"},
    }
)
with Graff(approver=rules) as graff:
    result = graff.run("What have I changed?", hooks=EventHooks(on_event=Renderer().show))
    for call in result.tool_calls:
        print(call.state, call.tool.subject)
    usage = result.raise_for_status().usage
    print(usage.prompt_tokens, "tokens sent,", usage.completion_tokens, "answered")
    print("price not known" if usage.cost is None else f"{usage.cost:.4f} US dollars")
