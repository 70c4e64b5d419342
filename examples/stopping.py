"""Speak into a turn that runs, stop one, and tell errors apart."""

from grafftui import (
    AuthenticationError,
    Cancellation,
    EventHooks,
    Graff,
    PolicyError,
    TurnFailedError,
)

with Graff() as graff:
    session = graff.session()
    for event in session.send("Read cart.py."):
        if event.type == "ToolCallStart":
            print("said into the turn:", session.steer("And say what its tests lack."))

    stop = Cancellation()
    first_words = EventHooks(on_type={"TaskMessage": lambda event: stop.cancel()})
    print(graff.run("Count to a million.", signal=stop, hooks=first_words).status)

    try:
        graff.run("Delete cart.py.").raise_for_declined()
    except PolicyError as error:
        print("declined:", error)
    try:
        graff.run("Hello.").raise_for_status()
    except TurnFailedError as error:
        print("failed:", error, "| no key:", isinstance(error.__cause__, AuthenticationError))
