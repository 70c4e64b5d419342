"""How often a person is asked in an ordinary piece of work: issue 3's twenty commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corestage import Core, Scripted, answer_of, of_type, results_of
from fakes.steps import text, tool

pytestmark = pytest.mark.needs("bubblewrap", "git")

COMMANDS = (
    "git status",
    "ls -la",
    "git log --oneline -5",
    "grep -rn 'def total' .",
    "cat shop.py tests/test_shop.py",
    "python3 -m unittest -q",
    "git diff",
    "ls tests && wc -l shop.py",
    "grep -n discount shop.py | head -5",
    "ruff check .",
    "python3 -m unittest -q",
    "git diff --stat",
    "git status --short",
    "ruff format .",
    "git diff HEAD -- shop.py",
    "python3 -m unittest -q",
    "git log -3 --stat",
    "find . -name '*.py'",
    "ruff format --check .",
    "git show --stat HEAD",
)

SHOP = "def total(prices: list[int], discount: int) -> int:\n    return sum(prices)-discount\n"
TEST = """import unittest

from shop import total


class Totals(unittest.TestCase):
    def test_discount(self) -> None:
        self.assertEqual(total([2, 3], 1), 4)
"""


@pytest.fixture
def shop(core: Core, monkeypatch: pytest.MonkeyPatch) -> Core:
    """A repository with a module, a test, one commit; and the tools on the way to them."""
    if Path(sys.executable).is_relative_to("/tmp"):
        pytest.skip("the tools are in /tmp, which a held command has to itself")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin")
    (core.workspace / "tests").mkdir()
    (core.workspace / "shop.py").write_text(SHOP)
    (core.workspace / "tests" / "test_shop.py").write_text(TEST)
    (core.workspace / "tests" / "__init__.py").touch()
    git = ["git", "-C", str(core.workspace), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "The shop"]):
        subprocess.run([*git, *words], check=True)
    return core


@pytest.mark.parametrize(("mode", "most"), [("sandboxed", 0), ("ask", 4)])
def test_twenty_ordinary_commands(shop: Core, mode: str, most: int) -> None:
    calls = [tool("shell", {"command": one}, f"c{at}") for at, one in enumerate(COMMANDS)]
    fake = shop.provider(*([call] for call in calls), [text("Done.")])
    approver = Scripted("acceptForSession")
    events = [*shop.graff(fake, mode=mode, approver=approver).chat("tidy the shop up")]
    assert answer_of(events) == "Done."
    results = results_of(events)
    assert len(results) == len(COMMANDS) == 20
    assert [one for one in results if 'exit_code="0"' not in one] == []
    assert "- discount" in (shop.workspace / "shop.py").read_text()  # the formatter did its work
    asked = [data["request"]["command"] for data in of_type(events, "ApprovalRequested")]
    assert len(asked) == len(approver.requests) <= most, asked
    if mode == "ask":
        assert asked, "nothing was asked at all"
