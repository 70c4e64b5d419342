"""Path rules: globs over real paths, in every spelling a file system may take for the same."""

from __future__ import annotations

import fnmatch
import os
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from grafftui.globs import alternatives, reached

_LONGEST_PATH: Final = 4_096
_WILD = re.compile(r"[*?\[]")
_BRACKET = re.compile(r"\[!?\]?[^\]]*\]")
_LETTER = re.compile(r"\w")


class PathGlob:
    """A glob in a rule.

    `src/**` is below the workspace, `/etc/**` and `~/x` are where they say, `.env` and `**/.env`
    are files of that name anywhere (for what allows: anywhere in the workspace). A final slash
    means the directory and all in it; `{a,b}` either.

    Args:
        text: The glob, as written.
        workspace: Real path of the workspace.

    Raises:
        ValueError: It is none that could be enforced; the message says why.
    """

    def __init__(self, text: str, workspace: str) -> None:
        _check(text)
        self._workspace = workspace
        self._globs = [_absolute(glob, workspace) for glob in _alternatives(text)]
        folded = [tuple(map(fold, glob)) for glob in self._globs]
        self._names = {glob[1] for glob in folded if _is_name(glob)}
        self._folded = [glob for glob in folded if not _is_name(glob)]

    def allows(self, path: str) -> bool:
        """Whether the real path `path` is meant, spelled exactly so."""
        parts = _parts(path)
        for glob in self._globs:
            if glob[:1] == ("**",) and not is_inside(path, self._workspace):
                continue
            if _match(parts, glob):
                return True
        return False

    def forbids(self, path: str, *, expands: bool = False) -> bool:
        """Whether `path`, or a directory it lies in, could be meant in any spelling.

        Args:
            expands: Whether a shell puts names in for wildcards of `path`: `.en?` is `.env` too.
        """
        parts = [fold(part) for part in _parts(path)]
        if not self._names.isdisjoint(parts) or any(
            _match_beginning(parts, glob) for glob in self._folded
        ):
            return True
        return expands and bool(_WILD.search(path)) and self._forbids_expanded(parts)

    def forbids_below(self, directory: str) -> bool:
        """Whether something in `directory`, at any depth, could be meant. What is hidden is not:
        programs that write all they find leave it out."""
        parts = [fold(part) for part in _parts(directory)]
        return any(_leads_to(parts, tuple(map(fold, glob))) for glob in self._globs)

    def _forbids_expanded(self, parts: list[str]) -> bool:
        wild = [part for part in parts if _WILD.search(part) and _LETTER.search(part)]
        if any(_fits(name, part) for name in self._names for part in wild):
            return True
        return any(_meets(parts, glob) for glob in self._folded)


def fold(name: str) -> str:
    """`name` as it is compared where it must not matter how it is written: without case, width,
    composition, characters that do not show, and final dots and spaces."""
    if name.isascii() and name.isprintable():
        return name.lower().rstrip(" .") or name
    plain = unicodedata.normalize("NFKC", name)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", plain.casefold()).rstrip(" .") or plain


def is_inside(path: str, directory: str) -> bool:
    """Whether the absolute `path` is `directory` or lies in it, part by part; "" holds nothing."""
    root = directory.rstrip("/")
    return bool(directory) and (path == (root or "/") or path.startswith(root + "/"))


def spellings(word: str, cwd: str, *, follow: bool = True) -> tuple[str, ...]:
    """The absolute paths that `word`, used in `cwd`, may name: as written, and without links.

    Args:
        follow: Whether links are followed.
    """
    if "$" in word:
        home = os.path.expanduser("~")
        for name, value in (("${HOME}", home), ("$HOME", home), ("${PWD}", cwd), ("$PWD", cwd)):
            word = word.replace(name, value)
    word = word.removeprefix("file://")
    if not word or "\0" in word or len(word) > _LONGEST_PATH:
        return ()
    joined = os.path.join(cwd or "/", os.path.expanduser(word))
    literal = os.path.normpath(joined)
    try:
        real = os.path.realpath(joined) if follow else literal
    except (OSError, ValueError):
        return (literal,)
    return (literal,) if real == literal else (literal, real)


def _alternatives(text: str) -> list[str]:
    found = alternatives(text)
    if any("{" in glob or "}" in glob for glob in found):
        raise ValueError("a brace has no counterpart")
    return found


def _check(text: str) -> None:
    if not text.strip():
        raise ValueError("it is empty")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in text):
        raise ValueError("it holds characters that do not show")
    if text.startswith("!"):
        raise ValueError("a leading ! is not understood; write a rule with another decision")
    if ".." in text.split("/"):
        raise ValueError("it climbs with ..; write the path it leads to")
    if text.startswith("~") and text != "~" and not text.startswith("~/"):
        raise ValueError("only ~/ is understood, not the homes of others")
    check_brackets(text)
    if "\\" in text:
        raise ValueError("it holds a backslash, which is no separator and escapes nothing here")


def check_brackets(glob: str) -> None:
    """Pass a glob whose brackets can mean something.

    Raises:
        ValueError: One has no counterpart, or holds nothing: it would never match.
    """
    for part in glob.split("/"):
        found = _BRACKET.sub("", part)
        if "[" in found:
            raise ValueError("a bracket [ has no counterpart")
        if any("(?!)" in fnmatch.translate(each) for each in _BRACKET.findall(part)):
            raise ValueError("a bracket holds nothing that could match")


def _absolute(glob: str, workspace: str) -> tuple[str, ...]:
    """The parts of `glob` from the root on; from `**` on where it is meant anywhere."""
    below = ("**",) if glob.endswith("/") else ()
    if glob.startswith("~"):
        glob = os.path.expanduser("~") + glob[1:]
    if not glob.startswith("/"):
        parts = [part for part in glob.split("/") if part not in ("", ".")]
        anywhere = parts and (parts[0] == "**" or (len(parts) == 1 and not glob.startswith("./")))
        if anywhere:
            return ("**", *(parts[1:] if parts[0] == "**" else parts), *below)
        glob = "/".join((_escaped(workspace), *parts))
    return (*_without_links([part for part in glob.split("/") if part not in ("", ".")]), *below)


def _without_links(parts: Sequence[str]) -> tuple[str, ...]:
    """`parts` with the links in those before the first wildcard followed."""
    plain = 0
    while plain < len(parts) and not _WILD.search(parts[plain]):
        plain += 1
    real = os.path.realpath("/" + "/".join(parts[:plain]))
    return (*_parts(real), *parts[plain:])


def _is_name(glob: Sequence[str]) -> bool:
    """Whether `glob` means one name, wherever it is; by far the most usual."""
    return len(glob) == 2 and glob[0] == "**" and not _WILD.search(glob[1])


def _escaped(path: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", path)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _match(parts: Sequence[str], glob: Sequence[str]) -> bool:
    return reached(parts, glob)[-1]


def _leads_to(parts: Sequence[str], glob: Sequence[str]) -> bool:
    """Whether what `glob` means could lie below `parts`, not hidden."""
    for i, wanted in enumerate(glob):
        if i == len(parts) or wanted == "**":
            return not any(part.startswith(".") for part in glob[i:])
        if not _fits(parts[i], wanted):
            return False
    return False


def _meets(parts: Sequence[str], glob: Sequence[str]) -> bool:
    """Whether `parts`, with wildcards of their own, could become what `glob` means: part by part,
    what is plain in the one against what is not in the other. A last part without a letter is
    what there is now, and that is named besides."""
    if glob[:1] == ("**",):
        return any(_meets(parts[i:], glob[1:]) for i in range(len(parts))) if glob[1:] else True
    if len(parts) < len(glob) or "**" in glob[:-1]:
        return False
    whole = glob[:-1] if glob[-1:] == ("**",) else glob
    last = parts[len(whole) - 1] if whole else ""
    if len(whole) == len(parts) and _WILD.search(last) and not _LETTER.search(last):
        return False
    return all(
        _fits(part, wanted) or _fits(wanted, part)
        for part, wanted in zip(parts, whole, strict=False)
    )


def _fits(name: str, glob: str) -> bool:
    return fnmatch.fnmatchcase(name, glob)


def _match_beginning(parts: Sequence[str], glob: Sequence[str]) -> bool:
    return any(reached(parts, glob)[1:]) or (not parts and _match(parts, glob))
