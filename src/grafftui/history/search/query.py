"""What a person types to search, and what it means.

    fix login            both words, anywhere in one entry; the last one may go on
    "fix the login"      these words, one after the other
    -login               without this word
    project:shop         in workspaces whose path has this in it
    file:src/app.py      that read or changed such a file
    is:error             of this sort

All filters are in `FILTERS`. Everything else is words: what is no letter and no digit only
divides them. A word at the end that no space follows may still be being typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from grafftui.errors import UsageError
from grafftui.history.search.dates import day_of
from grafftui.history.search.words import has_word

FILTERS: Final = {
    "project": "part of the workspace's path",
    "backend": "what ran the turn: graff, codex, …",
    "agent": "forge, muse, sage, …",
    "model": "part of the provider's or the model's name",
    "tool": "the tool's name",
    "file": "part of the path of a file that was read or changed",
    "is": "the sort of entry, or error",
    "before": "a date: only what is older",
    "after": "a date: from that day on",
}
"""What can stand before a colon, and what follows it."""
SORTS: Final = ("prompt", "answer", "reasoning", "tool", "notice", "change", "error")
"""What `is:` takes; a change is a tool call that changed files."""

_LONGEST: Final = 1000
_MOST: Final = 40
"""Characters and terms of a query."""
_TERM: Final = r'(-(?!-))?(?:([a-z]+):(?!:|//))?(?:"([^"]*)("?)|([^\s"]+))'


@dataclass(frozen=True, slots=True)
class Term:
    """One thing an entry has to have, or must not have.

    Attributes:
        text: The words, as typed.
        filter: The filter they were typed to; "" for words of the text.
        excluded: Whether entries that have it are left out.
        unfinished: Whether its last word may go on.
    """

    text: str
    filter: str = ""
    excluded: bool = False
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes:
        text: As it was typed.
        terms: All have to be met.
        after: Unix second from which on; None for any.
        before: Unix second before which; None for any.
        workspace: Only in this workspace, a real path; None for all.
    """

    text: str
    terms: tuple[Term, ...]
    after: float | None = None
    before: float | None = None
    workspace: str | None = None


def parse_query(text: str, *, now: float | None = None) -> Query:
    """What `text` asks for.

    Args:
        now: The Unix second that `today` is taken from; None for the present.

    Raises:
        UsageError: A filter is wrong, or there is nothing to look for.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"a search has at most {_LONGEST} characters")
    terms: list[Term] = []
    times: dict[str, float] = {}
    for match in re.finditer(_TERM, text):
        term = _term(match, last=match.end() == len(text))
        if term.filter in ("before", "after"):
            if term.excluded:
                raise UsageError(f"-{term.filter}: is not known", hint="use before: or after:")
            times[term.filter] = day_of(term.text, term.filter, now)
        elif has_word(term.text):
            terms.append(term)
    if len(terms) > _MOST:
        raise UsageError(f"a search has at most {_MOST} words")
    if not times and all(term.excluded for term in terms):
        if terms:
            raise UsageError(
                "this only says what is left out", hint='name a word to find, or quote it: "-word"'
            )
        raise UsageError("nothing to look for", hint="letters and digits are found, signs are not")
    return Query(text, tuple(terms), times.get("after"), times.get("before"))


def _term(match: re.Match[str], *, last: bool) -> Term:
    minus, name, phrase, closed, word = match.groups()
    text = phrase if word is None else word
    if name is None and word is not None and word.endswith(":") and word[:-1] in FILTERS:
        name, text = word[:-1], ""
    elif name is not None and name not in FILTERS and not text[:1].isalpha():  # localhost:8080
        name, text = None, f"{name}:{text}"
    if name == "is":
        text = text.lower()
    if name is not None:
        _check(name, text)
    return Term(text, name or "", bool(minus), last and not closed and not minus)


def _check(name: str, text: str) -> None:
    """Raise `UsageError` for a filter there is not, or a value it cannot have."""
    if name not in FILTERS:
        known = ", ".join(f"{one}:" for one in FILTERS)
        raise UsageError(
            f"there is no filter {name}:",
            hint=f'there are {known}; for the words themselves: "{name}:{text}"',
        )
    if not text:
        raise UsageError(f"{name}: needs a value", hint=FILTERS[name])
    if name == "is" and text not in SORTS:
        raise UsageError(f"is:{text} is not known", hint=f"there are {', '.join(SORTS)}")
    if not has_word(text):
        raise UsageError(f"{name}:{text} has no letter and no digit", hint=FILTERS[name])
