"""An app-server that does what it is told: what the real one cannot be made to do.

{"method": "test/say", "params": {"lines": [text …]}}      writes these, in Latin-1
test/ask {method, params}       asks that; answers what it was answered
test/busy {times}               is overloaded so many times, for each `name`
test/silent                     never answers
test/hold                       waits for 64 of them; answers whether a 65th came
test/long {bytes}               answers with a line of that size
test/spawn                      starts a process that stays; answers its id
test/die {code, words}          ends
test/play {lines}               writes these after the response to each turn/start
test/result {method, result}    answers `method` with that from now on
"""

import json
import os
import select
import subprocess
import sys

WANTED = sys.argv[1:]


def say(message):
    os.write(1, (json.dumps(message) + "\n").encode())


def write(data):
    while data:
        data = data[os.write(1, data) :]


def main():
    held, busy, asked, played, results = [], {}, {}, [], {}
    for line in os.fdopen(0, "rb", buffering=0):
        message = json.loads(line)
        method, number = message.get("method"), message.get("id")
        params = message.get("params") or {}
        if method is None:
            say({"id": asked.pop(number), "result": {"answer": message}})
        elif method in results:
            say({"id": number, "result": results[method]})
        elif method == "test/result":
            results[params["method"]] = params["result"]
            say({"id": number, "result": {}})
        elif method == "initialize":
            if "mute" in WANTED:
                continue
            if "broken" in WANTED:
                os.write(2, b"\x1b[31mno home\x1b[0m key sk-proj-" + b"abcd1234" * 6 + b"\n")
                sys.exit(3)
            say({"id": number, "result": {"userAgent": "x/9.8.7 (y 1.2.3)", "got": params}})
        elif method == "test/say":
            for text in params["lines"]:
                write(text.encode("latin-1") + b"\n")
            say({"id": number, "result": {}})
        elif method == "test/play":
            played = params["lines"]
            say({"id": number, "result": {}})
        elif method == "turn/start":
            turn = {"id": "turn-1", "status": "inProgress", "items": [], "new": [1]}
            say({"id": number, "result": {"turn": turn, "new": None}})
            for text in played:
                write(text.encode() + b"\n")
        elif method == "test/ask":
            question = len(asked)
            asked[question] = number
            say({"id": question, "method": params["method"], "params": params["params"]})
            for follow in params.get("then", []):
                say(follow)
        elif method == "test/busy":
            busy[params["name"]] = busy.get(params["name"], 0) + 1
            if busy[params["name"]] <= params["times"]:
                error = {"code": -32001, "message": "Server overloaded; retry later."}
                say({"id": number, "error": error})
            else:
                say({"id": number, "result": {"tries": busy[params["name"]]}})
        elif method == "test/hold":
            held.append(number)
            if len(held) == 64:
                more = bool(select.select([0], [], [], 0.1)[0])
                for each in held:
                    say({"id": each, "result": {"more": more}})
                held = []
        elif method == "test/long":
            write(b'{"id": %d, "result": {"text": "' % number)
            write(b"x" * params["bytes"])
            write(b'"}}\n')
        elif method == "test/spawn":
            child = subprocess.Popen(
                ["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL
            )
            say({"id": number, "result": {"pid": child.pid}})
        elif method == "test/die":
            os.write(2, params["words"].encode() + b"\n")
            os._exit(params["code"])
        elif method == "thread/resume" and params["threadId"] != "thread-1":
            say({"id": number, "error": {"code": -32600, "message": "no rollout found for x"}})
        elif method in ("thread/start", "thread/resume"):
            say({"id": number, "result": {"thread": {"id": "thread-1"}, "params": params}})
        elif method.startswith("test/echo"):
            say({"id": number, "result": {"params": params}})
        elif method != "test/silent" and number is not None:
            words = f"Invalid request: unknown variant `{method}`, expected one of `account/login`"
            say({"id": number, "error": {"code": -32600, "message": words}})


main()
