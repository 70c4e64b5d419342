"""What turns cost, and how much they may."""

from grafftui import BudgetError, Graff

with Graff() as graff:
    result = graff.run("What does this project do?")
    usage = result.usage
    print(usage.requests, "request,", usage.prompt_tokens, "+", usage.completion_tokens, "tokens")
    print("price not known" if usage.cost is None else f"{usage.cost:.4f} US dollars")

    conversation_id = result.conversation_id
    print(graff.context_breakdown(conversation_id).used, "tokens in the context")
    graff.set_budget(conversation_id, "conversation", "tokens", 100)
    again = graff.run("And what else?", conversation_id=conversation_id)
    print(again.status, "-", isinstance(again.error.__cause__, BudgetError), "-", again.error)
