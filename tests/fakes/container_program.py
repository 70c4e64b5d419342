#!/usr/bin/env python3
"""Stands in for docker where there is none: strict about its words, commands held by bubblewrap.

Keeps what it knows in the directory that FAKE_CONTAINERS names, and its words in `words`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

PLACE = Path(os.environ.get("FAKE_CONTAINERS", "/nonexistent"))
WITH_VALUE = {
    "run": {
        *("--name", "--hostname", "--security-opt", "--cap-drop", "--pids-limit", "--cap-add"),
        *("--label", "--network", "--cpus", "--memory", "--entrypoint"),
    },
    "exec": {"-e", "-w"},
    "ps": {"--filter"},
    "inspect": {"--type"},
    "stop": {"-t"},
    "version": {"--format"},
}
ALONE = {"run": {"-d", "--init"}, "exec": {"-i", "-t"}, "ps": {"-aq", "--no-trunc"}, "rm": {"-f"}}


def fail(words: str, code: int = 1) -> NoReturn:
    sys.stderr.write(f"{words}\n")
    raise SystemExit(code)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def parsed(verb: str, words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Options, and what follows the first word that is none."""
    options: dict[str, list[str]] = {}
    while words and words[0].startswith("-"):
        name = words.pop(0)
        if name in WITH_VALUE.get(verb, ()):
            options.setdefault(name, []).append(words.pop(0))
        elif name in ALONE.get(verb, ()):
            options[name] = []
        else:
            fail(f"unknown flag: {name}", 125)
    return options, words


def read(name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((PLACE / name / "container.json").read_text())
        return found
    except OSError:
        fail(f"Error: No such container: {name}")


def write(name: str, found: dict[str, Any]) -> None:
    (PLACE / name / "container.json").write_text(json.dumps(found))


def run(options: dict[str, list[str]], words: list[str]) -> None:
    image, *rest = words
    if image == "no/such":
        fail("Unable to find image 'no/such:latest' locally\n\x1b[31mpull access denied", 125)
    assert options["--entrypoint"] == ["sh"] and rest[0] == "-c" and "-d" in options
    (name,) = options["--name"]
    for folder in ("tmp", "workspace"):
        (PLACE / name / folder).mkdir(parents=True)
    write(
        name,
        {
            "State": {"Status": "running"},
            "Created": "2026-01-02T03:04:05.678901234Z",
            "Config": {
                "Image": image,
                "Labels": dict(label.split("=", 1) for label in options["--label"]),
            },
            "HostConfig": {
                "Memory": int(options.get("--memory", ["0"])[0]),
                "NanoCpus": int(float(options.get("--cpus", ["0"])[0]) * 1e9),
            },
            "NetworkSettings": {
                "Networks": {
                    "none": {"IPAddress": ""},
                }
                if options.get("--network") == ["none"]
                else {"bridge": {"IPAddress": "172.17.0.2"}},
            },
        },
    )


def enter(options: dict[str, list[str]], words: list[str]) -> None:
    name, *argv = words
    if read(name)["State"]["Status"] != "running":
        fail(f"Error response from daemon: container {name} is not running")
    environment = {"PATH": os.environ["PATH"], "HOME": "/root"}
    environment |= {each: os.environ[each] for each in options.get("-e", [])}
    held = ["bwrap", "--new-session", "--die-with-parent", "--tmpfs", "/", "--proc", "/proc"]
    for path in ("/usr", "/bin", "/lib", "/lib64", "/etc"):
        held += ["--ro-bind-try", path, path]
    held += ["--dev", "/dev"]
    for folder in ("tmp", "workspace"):
        held += ["--bind", str(PLACE / name / folder), f"/{folder}"]
    held += ["--chdir", options.get("-w", ["/"])[0], "--"]
    held += [*(["setsid", "-c", "-w"] if "-t" in options else []), *argv]
    os.execvpe("bwrap", held, environment)


def main() -> None:
    verb, *words = sys.argv[1:]
    with open(PLACE / "words", "a") as file:
        file.write(json.dumps(sys.argv[1:]) + "\n")
    options, words = parsed(verb, words)
    if verb == "version":
        say("1.0")
    elif verb == "run":
        run(options, words)
    elif verb == "ps":
        say("\n".join(path.parent.name for path in PLACE.glob("*/container.json")))
    elif verb == "inspect":
        say(json.dumps([read(name) for name in words]))
    elif verb == "exec":
        enter(options, words)
    elif verb in ("stop", "start"):
        found = read(words[0])
        found["State"]["Status"] = "running" if verb == "start" else "exited"
        write(words[0], found)
    elif verb == "rm":
        read(words[0])
        shutil.rmtree(PLACE / words[0])
    else:
        fail(f"unknown command: {verb}", 125)


if __name__ == "__main__":
    main()
