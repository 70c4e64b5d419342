"""What a prompt mentions, and where a definition stands."""

from __future__ import annotations

import pytest

from grafftui.core.mentions import Mention, definition, mentions

FILES = {"a.py", "src/b.py", "two words.txt", "odd#1.txt", "x:1"}


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("look at @a.py.", [Mention("a.py")]),
        ("(@src/b.py), @a.py and @a.py?", [Mention("src/b.py"), Mention("a.py")]),
        ('and @"two words.txt"', [Mention("two words.txt")]),
        ("@property me@a.py `@a.py` @@a.py @none.py", []),
        ("@[none.py] @[a.py]", [Mention("none.py"), Mention("a.py")]),
        ("@[a.py:3:9]@[a.py:3]", [Mention("a.py", 3, 9), Mention("a.py", 3)]),
        ("@[src/b.py#Outer.run]", [Mention("src/b.py", symbol="Outer.run")]),
        ("@[a.py:3:9#run]", [Mention("a.py", 3, 9, "run")]),
        ("@[odd#1.txt] @[x:1]", [Mention("odd#1.txt"), Mention("x:1")]),
        ("@[two words.txt]", [Mention("two words.txt")]),
        ("@[] @[ ] @[a\nb]", []),
    ],
)
def test_what_is_mentioned(prompt: str, found: list[Mention]) -> None:
    assert mentions(prompt, FILES.__contains__) == found


PYTHON = '''import os

LIMIT = 3

class Outer:
    """Doc."""

    @property
    def run(self) -> int:
        if self:

            return 1
        return 2

    async def stop(
        self,
    ) -> None:
        pass

def run():
    pass
'''

OTHER = """export default async function load(url) {
  return 1;
}

pub(crate) fn main<T>() -> T
{
    a();
}
func (s *Server) Serve(l int) error {
	return nil
}
const limit = 4;
static int add(int a)
{
    return a;
}
"""


@pytest.mark.parametrize(
    ("text", "symbol", "lines"),
    [
        (PYTHON, "LIMIT", (3, 3)),
        (PYTHON, "Outer", (5, 18)),
        (PYTHON, "Outer.run", (9, 13)),
        (PYTHON, "stop", (15, 18)),
        (PYTHON, "Outer.none", None),
        (PYTHON, "os", None),
        (OTHER, "load", (1, 3)),
        (OTHER, "main", (5, 8)),
        (OTHER, "Serve", (9, 11)),
        (OTHER, "limit", (12, 12)),
        (OTHER, "add", (13, 16)),
        (OTHER.replace("\n", "\r\n"), "add", (13, 16)),
        ("(" * 50_000 + "\n" + "a " * 50_000, "b", None),
    ],
)
def test_where_it_is_defined(text: str, symbol: str, lines: tuple[int, int] | None) -> None:
    assert definition(text, symbol) == lines
