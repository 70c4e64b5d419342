"""What the tour's model says and does, as a function of what was said and done before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafftui.models import Message, ToolResultMessage, UserMessage


@dataclass(frozen=True, slots=True)
class Think:
    """Reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Say:
    """A part of the answer, markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call."""

    name: str
    arguments: dict[str, Any]


Step = Think | Say | Call

FIX: Final = "Find out why the test fails, and fix it"
COVER: Final = "Now add a test for an empty basket"
NEXT: Final = "What else can I do here?"
PROMPTS: Final = (FIX, COVER, NEXT)
"""The prompts the tour's model knows, in order."""

_RUN_TESTS: Final = Call(
    "shell",
    {
        "command": "python3 -B -m unittest discover -v tests",
        "description": "Run the project's tests",
    },
)


def steps(messages: Sequence[Message]) -> list[Step]:
    """The model's next answer in the conversation so far."""
    position = max(
        at
        for at, message in enumerate(messages)
        if isinstance(message, UserMessage) and not message.droppable
    )
    prompt = messages[position]
    assert isinstance(prompt, UserMessage)
    results = [m for m in messages[position + 1 :] if isinstance(m, ToolResultMessage)]
    chapter = _CHAPTERS.get(prompt.text.strip())
    if chapter is None:
        return _only_a_script()
    if results and isinstance(messages[-1], UserMessage):
        return _reminded()
    if results and results[-1].text.startswith("<permission_denied>"):
        return _declined(results[-1].name)
    if results and results[-1].is_error:
        return _failed(results[-1])
    return chapter(results)


def next_prompt(said: Sequence[str]) -> str:
    """The first prompt of the tour not yet in `said`, or ""."""
    return next((prompt for prompt in PROMPTS if prompt not in said), "")


def _fix(results: Sequence[ToolResultMessage]) -> list[Step]:
    done = {result.name for result in results}
    if not done:
        return [
            Think(
                "A failing test: first what it expects, then what the code does. Searching and "
                "reading change nothing, so nobody needs to be asked for either."
            ),
            Say("I'll look at the test and at the code it tests.\n"),
            Call("fs_search", {"pattern": "def test_", "output_mode": "content"}),
            Call("read", {"file_path": "basket.py"}),
            Call("read", {"file_path": "tests/test_basket.py"}),
        ]
    if "patch" not in done:
        return [
            Think(
                "333 × 0.9 is 299.7, cut to 299 three times: 897. The test wants 899, which is "
                "899.1 rounded once. So: sum first, then one rounding."
            ),
            Say(
                "`total` cuts **every price** to whole cents and adds up what is left, so three "
                "articles lose up to three cents. The comment promises one rounding at the "
                "end:\n\n"
                "| step | now | promised |\n| --- | ---: | ---: |\n"
                "| per article | 299 | 299.7 |\n| total | 897 | 899 |\n\n"
                "This edit is **asked for**. Read the diff, then press `a` to accept it once, or "
                "`r` to reject it.\n"
            ),
            Call(
                "patch",
                {
                    "file_path": "basket.py",
                    "old_string": "    return sum(int(price * (100 - discount) / 100) "
                    "for price in prices)\n",
                    "new_string": "    cents = sum(prices) * (100 - discount)\n"
                    "    return (cents + 50) // 100\n",
                },
            ),
        ]
    if "shell" not in done:
        return [
            Say("Changed. Now the proof: running the tests. Commands are asked for, too.\n"),
            _RUN_TESTS,
        ]
    return [
        Say(
            "Both tests pass. What I did:\n\n"
            "- `basket.py`: sum first, then round once, in whole numbers:\n\n"
            "```python\ncents = sum(prices) * (100 - discount)\nreturn (cents + 50) // 100\n```\n\n"
            "- ran `python3 -m unittest discover tests`.\n\n"
            "Everything above is saved already: close the terminal and come back with "
            "`grafftui --continue`, and it is all here. (The tour's own repository is gone when "
            "the tour ends.)\n"
        )
    ]


def _cover(results: Sequence[ToolResultMessage]) -> list[Step]:
    done = {result.name for result in results}
    if not done:
        return [
            Say("I'll keep a list for this one, so that you see where I am.\n"),
            Call(
                "todo_write",
                {
                    "todos": [
                        {"content": "read the tests", "status": "in_progress"},
                        {"content": "add the empty basket", "status": "pending"},
                        {"content": "run the tests", "status": "pending"},
                    ]
                },
            ),
            Call("read", {"file_path": "tests/test_basket.py"}),
        ]
    if "patch" not in done:
        return [
            Say("An empty basket costs nothing, whatever the discount.\n"),
            Call(
                "patch",
                {
                    "file_path": "tests/test_basket.py",
                    "old_string": '\n\nif __name__ == "__main__":',
                    "new_string": "\n    def test_empty_basket(self):\n"
                    "        self.assertEqual(total([], discount=50), 0)\n"
                    '\n\nif __name__ == "__main__":',
                },
            ),
        ]
    if "shell" not in done:
        return [
            Call(
                "todo_write",
                {
                    "todos": [
                        {"content": "read the tests", "status": "completed"},
                        {"content": "add the empty basket", "status": "completed"},
                        {"content": "run the tests", "status": "in_progress"},
                    ]
                },
            ),
            _RUN_TESTS,
        ]
    if [result.name for result in results].count("todo_write") < 3:
        contents = ("read the tests", "add the empty basket", "run the tests")
        todos = [{"content": content, "status": "completed"} for content in contents]
        return [Call("todo_write", {"todos": todos})]
    return [Say("Three tests, all of them green.\n")]


def _next(results: Sequence[ToolResultMessage]) -> list[Step]:
    return [
        Say(
            "- **Ctrl+P** opens the palette: every command, with its key.\n"
            "- **F1** shows all keys. They are read from the app itself, so they are right.\n"
            "- **Esc** interrupts what runs. What was said until then is kept.\n"
            "- **@** completes a file name, **!** runs a command of your own.\n"
            "- **Ctrl+N** starts another conversation; this one goes on running beside it.\n\n"
            "To work with a real model: quit with **Ctrl+Q**, go to a repository of yours, set a "
            "key (`grafftui keys set anthropic`, or `ANTHROPIC_API_KEY`), and type `grafftui`.\n"
        )
    ]


def _only_a_script() -> list[Step]:
    known = "\n".join(f"- {prompt}" for prompt in PROMPTS)
    return [
        Say(
            "This is the tour: its model only knows its script, so I cannot answer that. "
            f"These I can do, for real, in this sample repository:\n\n{known}\n"
        )
    ]


def _declined(name: str) -> list[Step]:
    return [
        Say(
            f"You declined the `{name}` call, so it did not happen: nothing was changed and "
            "nothing was run. Send the same prompt again to be asked again.\n"
        )
    ]


def _reminded() -> list[Step]:
    """Todos are open since a call was declined or failed."""
    return [Say("I leave the list as it is until you send that prompt again.\n")]


def _failed(result: ToolResultMessage) -> list[Step]:
    return [
        Say(
            f"The `{result.name}` call failed, and my script has no answer to that. It said:\n\n"
            f"```\n{result.text[:600]}\n```\n"
        )
    ]


_CHAPTERS: Final[dict[str, Callable[[Sequence[ToolResultMessage]], list[Step]]]] = {
    FIX: _fix,
    COVER: _cover,
    NEXT: _next,
}
