"""The commands of a shell text as far as they can be told without a parser: what stands between
line ends, `;`, `&`, `|` and brackets, quotes heeded, redirects left out wherever they stand.

For what forbids. tree-sitter takes some line ends for spaces (before a backslash, after a
pipeline), and all words behind a redirect for its targets (`git >x push`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from grafftui.approvals.shell.unwrapping import Words
from grafftui.globs import alternatives

NOTHING: Final = re.compile(r"\$[@*#?!0-9-]|\$\{[@*0-9]\}|''|\"\"")
"""What mostly stands for nothing, and may cut a name in two: `cu$@rl`."""

_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|u[0-9A-Fa-f]{1,4}|.)", re.DOTALL)
_ANSI_C: Final = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_TRANSLATED: Final = re.compile(r"(?<!\\)\$\"")
_QUOTED: Final = r"""'[^']*'|"(?:[^"\\]|\\.)*"|\\."""
_ANSI_C_QUOTED: Final = r"""\$'(?:[^'\\]|\\.)*'"""
_REDIRECT: Final = r"(?:\d+|\{\w+\})?(?:&>>?|<<<|<<-?|<>|[<>]&|>>|>\||>(?!\()|<(?!\())"
_TOKEN: Final = re.compile(
    rf"""(?P<space>[ \t\r]+)|(?P<redirect>{_REDIRECT})|"""
    rf"""(?P<word>(?:{_ANSI_C_QUOTED}|{_QUOTED}|[^\s;&|()<>`'"\\])+)|.""",
    re.DOTALL,
)
_HEREDOC: Final = re.compile(r"""<<-?\s*([^\s;&|()<>]+)""")
_PROCESS: Final = re.compile(r"[<>]\([^()]*\)")
"""A process whose file is a word, or where a redirect leads."""

_SUBSTITUTION: Final = re.compile(r"\$\([^()]*\)|`[^`]*`")
_MOST_NESTED: Final = 8
"""So many substitutions within others are looked through for redirects."""

_BRACES: Final = re.compile(r"(?<!\$)\{[^{}\s]*,[^{}\s]*\}")


def between_joints(text: str, heredocs: frozenset[str] = frozenset()) -> Iterator[Words]:
    """The words of whatever stands between two joints of `text`.

    Args:
        heredocs: The words that end here-documents, as a parser found them; what those hold is
            left out.
    """
    if _PROCESS.search(text):
        yield from between_joints(_PROCESS.sub(" x ", text), heredocs)
    words: list[str] = []
    redirect = ""
    for token in _TOKEN.finditer(_without_heredocs(text.replace("\\\n", ""), heredocs)):
        word = token["word"]
        if token["redirect"]:
            redirect = token["redirect"]
        elif word is not None and word not in ("{", "}"):
            words += () if redirect else (word,)
            redirect = ""
        elif not token["space"]:
            yield from _command(words)
            words, redirect = [], ""
    yield from _command(words)


def redirected(text: str) -> Iterator[tuple[str, bool]]:
    """Where the redirects of `text` lead, and whether there it is written. What only the shell
    can tell stands as `${_}`."""
    for _ in range(_MOST_NESTED):
        yield from _redirected(text)
        if not _SUBSTITUTION.search(text):
            return
        text = _SUBSTITUTION.sub("${_}", text)


def _redirected(text: str) -> Iterator[tuple[str, bool]]:
    waiting = [(text, 0)]
    while waiting:
        text, depth = waiting.pop()
        redirect = ""
        for token in _TOKEN.finditer(text.replace("\\\n", "")):
            if token["redirect"]:
                redirect = token["redirect"]
            elif word := token["word"]:
                if redirect and "<<" not in redirect:
                    yield plain(word), ">" in redirect
                if word[0] == '"' and ("$(" in word or "`" in word) and depth < _MOST_NESTED:
                    waiting.append((word.strip('"'), depth + 1))
                redirect = ""
            elif not token["space"]:
                redirect = ""


def _without_heredocs(text: str, ends: frozenset[str]) -> str:
    if not ends:
        return text
    kept: list[str] = []
    waiting: list[str] = []
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if waiting:
            if line.strip("\t") == waiting[0]:
                del waiting[0]
            continue
        kept.append(line)
        rest = {after.strip("\t") for after in lines[i + 1 :]}
        named = (plain(match[1]) for match in _HEREDOC.finditer(line))
        waiting = [end for end in named if end in ends and end in rest]
    return "\n".join(kept)


def without_redirects(text: str) -> str:
    """`text` without its redirects and where they lead."""
    return re.sub(rf"(?<!\S){_REDIRECT}\s*[^\s;&|()<>`]+|{_REDIRECT}\s*[^\s;&|()<>`]+", " ", text)


def expanded(words: Words) -> Words:
    """`words` with their braces multiplied out: `{push,}` is `push` and nothing."""
    if not any(map(_BRACES.search, words)):
        return words
    found: list[str] = []
    for word in words:
        found += _multiplied(word) if _BRACES.search(word) else [word]
    return tuple(filter(None, found))


def plain(word: str) -> str:
    """`word` without quotes and backslashes; expansions stay, to be seen as such."""
    word = _TRANSLATED.sub('"', word.replace("\\\n", ""))
    if re.fullmatch(_ANSI_C_QUOTED, word, re.DOTALL):
        return _ESCAPE.sub(_letter, word[2:-1])
    if re.fullmatch(r"\"?\$(?:[@*1-9]|\{[@*1-9]\})\"?", word):
        return word.strip('"')  # alone it stands for any words
    word = NOTHING.sub("", word)
    if word[:1] == word[-1:] and word[:1] in ("'", '"') and word.count(word[0]) == 2:
        inside = word[1:-1]
        return inside if word[0] == "'" else re.sub(r"\\([\\\"$`])", r"\1", inside)
    return re.sub(r"[\"'\\]", "", with_escapes(word))


def with_escapes(text: str) -> str:
    r"""`text` with its `$'\x41'` strings written out, without their quotes."""
    return _ANSI_C.sub(lambda match: _ESCAPE.sub(_letter, match[1]), text)


def _command(words: list[str]) -> Iterator[Words]:
    if words:
        yield expanded(tuple(map(plain, words)))


def _multiplied(word: str) -> list[str]:
    try:
        return alternatives(word)[::-1]
    except ValueError:
        return [word]


def _letter(match: re.Match[str]) -> str:
    escape = match[1]
    try:
        if escape[0] in "xu" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape[0].isdigit():
            return chr(int(escape, 8) & 0xFF)
    except ValueError:
        return escape
    if escape == "n":
        return "\n"
    return " " if escape in "rtfv" else escape
