"""A turn in a sandbox, and its changes brought back by one yes, as a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from app_stage import Provide, answer, left_in_order, say

from fakes.steps import text, tool
from grafftui import Graff
from ptyharness import Open, Pty, until

pytestmark = pytest.mark.needs("bubblewrap")

EDIT = {"file_path": "prices.txt", "old_string": "milk 2", "new_string": "milk 4"}


@pytest.fixture
def in_sandbox(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """A conversation, and the sandbox it works in."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with closing(Graff(cwd=str(workspace))) as graff:
        sandbox = graff.create_sandbox(seed=True)
        first, *_ = [*graff.run_command("true")]
        graff.use_sandbox(first.data["conversationId"], sandbox.id)
    yield first.data["conversationId"], sandbox.id
    with closing(Graff(cwd=str(workspace))) as graff:
        graff.get_sandbox(sandbox.id).destroy()


def bring(term: Pty, sandbox: str) -> None:
    """Bring its changes from the screen of all sandboxes, once the turn before has let go."""
    asked = False
    while not asked:
        say(term, "/sandboxes")
        term.wait_for(
            lambda t: "b bring" in t.text and sandbox in t.text and "Milk is" not in t.text
        )
        term.press("b")
        term.wait_for(lambda t: "Make this edit?" in t.text or "A turn runs here" in t.text)
        asked = "Make this edit?" in term.text


def test_it_is_edited_and_tested_there_and_comes_back_by_one_yes(
    app: Open, provide: Provide, workspace: Path, in_sandbox: tuple[str, str]
) -> None:
    conversation, sandbox = in_sandbox
    provider = provide(
        [tool("read", {"file_path": "prices.txt"}, "c1")],
        [tool("patch", EDIT, "c2")],
        [tool("shell", {"command": "grep -q 'milk 4' prices.txt && echo tested"}, "c3")],
        [text("Milk is four now.")],
    )
    term = app(provider, "--conversation", conversation, "--mode", "sandboxed", size=(110, 40))
    term.wait_for("▌ !true")
    say(term, "milk is 4 now")
    term.wait_for("Milk is four now.")
    term.wait_for(f"in sandbox {sandbox}")
    assert "\ntested\n" in provider.requests[-1].body["messages"][-1]["content"]
    prices = workspace / "prices.txt"
    assert prices.read_text() == "tea 3\nmilk 2\n"
    bring(term, sandbox)
    answer(term, "Make this edit?", "a")
    until(lambda: prices.read_text() == "tea 3\nmilk 4\n", "the patch is applied")
    term.wait_for(f"bring changes of the sandbox {sandbox}: prices.txt")
    term.press("ctrl+q")
    left_in_order(term, 0)
