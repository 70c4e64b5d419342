"""A small project with a failing test, for the tour to work in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

README: Final = """\
# basket

Adds up a shopping basket. Run the tests with `python3 -m unittest discover tests`.
"""

BASKET: Final = '''\
"""A shopping basket."""


def total(prices, discount=0):
    """What a basket costs after a discount in per cent, in cents."""
    # Every price is a whole number of cents, and so is the result:
    # half a cent is rounded up, once, at the end.
    return sum(int(price * (100 - discount) / 100) for price in prices)
'''

TESTS: Final = """\
import unittest

from basket import total


class TotalTest(unittest.TestCase):
    def test_plain_sum(self):
        self.assertEqual(total([1999, 501]), 2500)

    def test_discount_is_rounded_once(self):
        self.assertEqual(total([333, 333, 333], discount=10), 899)


if __name__ == "__main__":
    unittest.main()
"""

_FILES: Final = {
    "README.md": README,
    "basket.py": BASKET,
    "tests/test_basket.py": TESTS,
}


def make_sample_repository(parent: Path) -> Path:
    """Write the sample into `parent`/basket, as a git repository where git is installed."""
    root = parent / "basket"
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if git := shutil.which("git"):
        _commit_everything(git, root)
    return root


def _commit_everything(git: str, root: Path) -> None:
    identity = ["-c", "user.name=grafftui", "-c", "user.email=tour@localhost"]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(root.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        [*identity, "commit", "-q", "-m", "A basket, and a test that fails"],
    ):
        subprocess.run(
            [git, *arguments], cwd=root, env=environment, check=True, stdin=subprocess.DEVNULL
        )
