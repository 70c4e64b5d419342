"""An app-server whose turn is a script: what the real one cannot be made to ask or to tell.

The script is a file of JSON: a list of `{"tell": method, "params": …}` and `{"ask": method,
"params": …}`; each question is answered before the next step. The answers are written to the
file's name with `.answers`, one on a line.

A `"late": true` step is told after the turn, once it was asked which commands go on: those that
no step ends.
"""

import json
import os
import sys

SCRIPT = sys.argv[1]
with open(SCRIPT, "rb") as script:
    STEPS = json.loads(script.read())
THREAD = {"id": "thread-1"}
TURN = {"id": "turn-1"}
CHILD = "thread-2"
LATE = [step for step in STEPS if step.get("late")]
ENDED = [s["params"]["item"]["id"] for s in STEPS if s.get("tell") == "item/completed"]
GOING_ON = [
    {"itemId": step["params"]["item"]["id"], "processId": "1"}
    for step in STEPS
    if step.get("tell") == "item/started" and step["params"]["item"]["id"] not in ENDED
]


def say(message):
    os.write(1, (json.dumps(message) + "\n").encode())


def told(params):
    return {"threadId": THREAD["id"], "turnId": TURN["id"], **params}


def advance(done):
    """Go on to the next question, or to the end."""
    while done < len(STEPS):
        step = STEPS[done]
        done += 1
        if step in LATE:
            continue
        if "ask" in step:
            say({"id": done, "method": step["ask"], "params": told(step["params"])})
            return done
        say({"method": step["tell"], "params": told(step["params"])})
    turn = {**TURN, "status": "completed"}
    say({"method": "turn/completed", "params": {"threadId": THREAD["id"], "turn": turn}})
    return done


def main():
    done = 0
    answers = os.open(SCRIPT + ".answers", os.O_WRONLY | os.O_CREAT)
    for line in os.fdopen(0, "rb", buffering=0):
        message = json.loads(line)
        method, number = message.get("method"), message.get("id")
        params = message.get("params") or {}
        if method is None:
            os.write(answers, (json.dumps(message) + "\n").encode())
            done = advance(done)
        elif method == "initialize":
            say({"id": number, "result": {"userAgent": "x/9.8.7 (y 1.2.3)"}})
        elif method == "thread/start":
            say({"id": number, "result": {"thread": THREAD, "model": "m", "modelProvider": "p"}})
        elif method == "thread/read":
            parent = THREAD["id"] if params["threadId"] == CHILD else None
            thread = {"id": params["threadId"], "parentThreadId": parent}
            say({"id": number, "result": {"thread": thread}})
        elif method == "turn/start":
            say({"id": number, "result": {"turn": TURN}})
            done = advance(done)
        elif method == "thread/backgroundTerminals/list":
            say({"id": number, "result": {"data": GOING_ON}})
            for step in LATE:
                say({"method": step["tell"], "params": told(step["params"])})
        elif number is not None:
            words = f"Invalid request: unknown variant `{method}`, expected one of `thread/start`"
            say({"id": number, "error": {"code": -32600, "message": words}})


main()
