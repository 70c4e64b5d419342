"""What the measured model says: markdown of every sort, in pieces the size of a token."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

PIECE = re.compile(r"\s*\S{1,5}")
"""A token: about four characters, blanks before it included."""

WORDS = [
    "a",
    "the",
    "of",
    "and",
    "into",
    "from",
    "while",
    "header",
    "button",
    "session",
    "screen",
    "prompt",
    "answer",
    "turn",
    "history",
    "module",
    "function",
    "returns",
    "checks",
    "keeps",
    "moves",
    "writes",
    "value",
    "error",
    "retry",
    "window",
    "line",
    "column",
    "theme",
    "token",
    "stream",
    "parser",
    "reader",
    "writer",
    "before",
    "after",
    "because",
    "every",
    "first",
    "last",
    "another",
]

CODE = '''\
```python
def {0}({1}: list[str], limit: int = {n}) -> dict[str, int]:
    """Count what {2} {3}."""
    found = {{name: len(name) for name in {1} if name != "{4}"}}
    return dict(sorted(found.items())[:limit])
```
'''


def end_of(name: str) -> str:
    """The last word of the answer called `name`."""
    return f"the-end-of-{name}"


def blocks(seed: int = 1) -> Iterator[list[str]]:
    """Blocks of markdown without end, each as its tokens; the same for the same seed."""
    chance = random.Random(seed)
    number = 0
    while True:
        number += 1
        for block in _section(chance, number):
            yield PIECE.findall("\n\n" + block)


def _section(chance: random.Random, number: int) -> Iterator[str]:
    yield f"## Step {number}: {_words(chance, 3)}"
    yield _paragraph(chance)
    yield "\n".join(f"- {_sentence(chance)}" for _ in range(chance.randint(2, 5)))
    yield _paragraph(chance)
    if number % 2:
        yield CODE.format(*chance.sample(WORDS, 5), n=number)
    else:
        rows = [f"| `{_words(chance, 1)}.py` | {chance.randint(1, 900)} | {_words(chance, 3)} |"]
        rows += [f"| {_words(chance, 1)} | {line} | **{_words(chance, 2)}** |" for line in range(3)]
        yield "\n".join(["| File | Lines | What |", "|------|------:|------|", *rows])
    yield _paragraph(chance)


def _paragraph(chance: random.Random) -> str:
    return " ".join(_sentence(chance) for _ in range(chance.randint(2, 5)))


def _sentence(chance: random.Random) -> str:
    start = _words(chance, chance.randint(4, 8)).capitalize()
    mark = chance.choice(("", "**", "*", "`"))
    return f"{start} {mark}{_words(chance, 2)}{mark} {_words(chance, chance.randint(1, 5))}."


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(count))
