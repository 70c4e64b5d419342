"""The scripts of examples/ run, and print what the guide says."""

from __future__ import annotations

import io
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corestage import MODEL, environment
from fakes.server import FakeProvider
from fakes.steps import Turn, hang, reasoning, status, text, tool

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVERS = {"clock_server"}
"""Not run by themselves: another example starts them."""

CART = "def total(prices):\n    return sum(prices)\n"
READ = tool("read", {"file_path": "cart.py"}, "call_read")
SHOP = text("A shop.")


@dataclass(frozen=True)
class Example:
    """What an example is answered, and what it prints.

    Attributes:
        turns: The provider's answers, in order; or what answers each request.
        prints: A regular expression for all of it.
        typed: On its standard input.
        leaves: What stands in the workspace afterwards: path and text.
        needs: Programs it needs.
    """

    turns: list[Turn] | Callable[[dict[str, Any]], Turn]
    prints: str
    typed: str = ""
    leaves: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ("git",)


def researchers(body: dict[str, Any]) -> Turn:
    """An agent that calls two others, and they."""
    said = [message for message in body["messages"] if message["role"] != "system"]
    asked = str(next(m["content"] for m in reversed(said) if m["role"] == "user"))
    if "Read the tests" in asked:
        return [text("There are none.")]
    if "Read the code" in asked:
        return [text("It sums prices.")]
    if said[-1]["role"] == "tool":
        return [text("It sums prices, untested.")]
    return [tool("task", {"tasks": ["Read the code", "Read the tests"], "agent_id": "sage"}, "t1")]


RUN: dict[str, Example] = {
    "ask": Example([[SHOP]], r"A shop\.\n"),
    "twenty_lines": Example(
        [
            [tool("shell", {"command": "git status --short"}, "c1")],
            [tool("shell", {"command": "git push"}, "c2")],
            [text("You have changed cart.py.")],
        ],
        r"You have changed cart\.py\.\ndone git status --short\ndeclined git push\n"
        r"\d+ tokens sent, \d+ answered\nprice not known\n",
    ),
    "events": Example(
        [[reasoning("Hm."), text("I look. "), READ], [text("It sums prices.")]],
        r"conversation [0-9a-f-]{36}\nthinks: Hm\.\nI look\. calls: read"
        r" \{'file_path': 'cart\.py'\}\ndone\nIt sums prices\.\n",
    ),
    "sessions": Example(
        [[text("A cart.")], [text("cart.py.")], [text("It sums.")], [text("Il additionne.")]],
        r"A cart\.\ncart\.py\.\nIt sums\.\nIl additionne\.\n"
        r"True The file that matters.*\nFalse The file that matters\n",
    ),
    "asking": Example(
        [
            [tool("write", {"file_path": "hello.txt", "content": "Hello, Ada.\n"}, "c1")],
            [text("Written.")],
        ],
        r"(?s)edit: .*hello\.txt\n.*\+Hello, Ada\.\n.*Go ahead\? \[y/n\] Written\.\n"
        r"created? \S*hello\.txt \+1\n",
        typed="y\n",
        leaves=(("hello.txt", "Hello, Ada.\n"),),
    ),
    "usage": Example(
        [[SHOP]],
        r"1 request, \d+ \+ \d+ tokens\nprice not known\n\d+ tokens in the context\n"
        r"failed - True - .+\n",
    ),
    "structured": Example(
        [
            [text('```json\n{"verdict": "fine"}\n```')],
            [text('{"verdict": "good", "reasons": ["short"]}')],
            [text('{"files": 1}')],
            [text("One.")],
            [text("One file.")],
        ],
        r"good \['short'\] repaired: True\n1\nthe answer does not follow the schema: .+\n",
    ),
    "consumers": Example(
        lambda body: [SHOP],
        r"(?s)(?=.*log saw ConversationStarted to TaskComplete\n)"
        r"(?=.*display saw ConversationStarted to TaskComplete\n).*\ncompleted completed True\n",
    ),
    "agents": Example(
        [[text("Prices in a row,\na sum below.")], [text("1. Test it.")], [text("Tested.")]],
        r"(?s)forge - .+\nmuse - .+\nsage - .+\npoet - Says it in verse\n\['read', 'fs_search'\]\n"
        r"Prices in a row,\na sum below\.\n1\. Test it\.\nTested\.\n",
    ),
    "mcp_tools": Example(
        [[tool("mcp_clock_tool_now", {}, "c1")], [text("Noon.")]],
        r"ready\nnew mcp_clock_tool_now - The time, in UTC\.\ndone clock: now.*\nNoon\.\n",
    ),
    "pydantic_agent": Example(
        [
            [tool("coding_agent", {"task": "What does it do?"}, "c1")],
            [text("It sums prices.")],
            [text("A cart: it sums prices.")],
        ],
        r"A cart: it sums prices\.\n",
    ),
    "sub_agents": Example(
        researchers,
        r"(?s)(?=.*Read the code → It sums prices\.\n)(?=.*Read the tests → There are none\.\n).*"
        r"It sums prices, untested\.\nsage done .+\nsage done .+\n",
    ),
    "undo": Example(
        [
            [READ],
            [
                tool(
                    "patch", {"file_path": "cart.py", "old_string": "total", "new_string": "sum_up"}
                )
            ],
            [text("Renamed.")],
        ],
        r"(?s)\[\('modified', '\S*cart\.py'\)\]\nrestore cart\.py\n.*\+def total.*\n"
        r"as before: \('cart\.py',\) True\nagain: True\n",
        leaves=(("cart.py", CART.replace("total", "sum_up")),),
    ),
    "export": Example(
        [[SHOP]],
        r"conversation\.md True\nconversation\.html True\nconversation\.jsonl True\n"
        r"True What does this project do\?\n",
    ),
    "hooks": Example(
        [[text("I look. "), READ], [text("It sums prices.")]],
        r"I look\. tokens: \d+\n\n▸ Read cart\.py\nIt sums prices\.tokens: \d+\n\n"
        r"completed; 1 call, 2 messages\n",
    ),
    "sandboxes": Example(
        [],
        r"0 3\nb'3\\n'\nadded out\.txt\nadded try\.py\n",
        needs=("git", "bubblewrap"),
    ),
    "stopping": Example(
        [
            [READ],
            [text("It lacks tests.")],
            [text("1, 2, "), hang()],
            [tool("remove", {"path": "cart.py"}, "c1")],
            [text("I may not.")],
            [status(401, {"error": {"message": "wrong key"}})],
        ],
        r"said into the turn: True\ninterrupted\ndeclined: remove was declined: .+\n"
        r"failed: .+ \| no key: True\n",
        leaves=(("cart.py", CART),),
    ),
}


@pytest.fixture
def workspace(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project under git, where a person with settings of their own stands."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "cart.py").write_text(CART)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (home / "config").mkdir(parents=True)
    settings = f'provider = "openai_compatible"\nmodel = "{MODEL}"\n'
    (home / "config" / "settings.toml").write_text(settings)
    monkeypatch.chdir(folder)
    return folder


def provider(example: Example) -> FakeProvider:
    """Answers as the example says."""
    if callable(example.turns):
        return FakeProvider(handler=example.turns, models=(MODEL,))
    return FakeProvider(example.turns, models=(MODEL,))


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == RUN.keys() | SERVERS


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs(*one.needs)) for name, one in RUN.items()]
)
def test_an_example_does_what_it_says(
    name: str,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    example = RUN[name]
    with provider(example) as fake:
        for variable, value in environment(fake.url).items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setattr("sys.stdin", io.StringIO(example.typed))
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert re.fullmatch(example.prints, printed), printed
    for path, words in example.leaves:
        assert (workspace / path).read_text() == words


def first_script(fake: FakeProvider) -> subprocess.CompletedProcess[str]:
    """It runs in a process of its own, as it is told to be run."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / "twenty_lines.py")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment(fake.url)},
        timeout=60,
    )


@pytest.mark.needs("git")
def test_the_first_script_runs_in_a_process_of_its_own(workspace: Path) -> None:
    example = RUN["twenty_lines"]
    with provider(example) as fake:
        run = first_script(fake)
    assert re.fullmatch(example.prints, run.stdout), run.stdout + run.stderr
    assert "▸ Execute" in run.stderr


def test_the_first_script_fails_where_no_answer_came(workspace: Path) -> None:
    refused = [status(401, {"error": {"message": "no such key"}})]
    with FakeProvider([refused] * 2, models=(MODEL,)) as fake:
        run = first_script(fake)
    assert (run.returncode, run.stdout) == (1, "")
    assert "no such key" in run.stderr.splitlines()[-1]
