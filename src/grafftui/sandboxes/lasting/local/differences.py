"""What became of the workspace a local sandbox was made with, file by file, to be looked at."""

from __future__ import annotations

import difflib
import io
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from grafftui.sandboxes.lasting.engine import Change
from grafftui.sandboxes.lasting.local.seeding import Kind, listed, plain_file, same

_MOST_TEXT: Final = 512 * 1_024
_QUOTED: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def differences(before: Path, after: Path) -> list[Change]:
    """What differs in two folders, `.git` left out, by path.

    `after` is not trusted: no link in it is followed.

    Raises:
        SandboxError: It is too much to compare.
    """
    old, new = listed(before), listed(after)
    found = []
    for path in sorted({*old, *new}):
        was, now = old.get(path), new.get(path)
        if was is None or now is None or was != now or not same(before, after, path):
            names = (_name("a", path, was), _name("b", path, now))
            diff = _unified(names, _text(before, path, was), _text(after, path, now))
            kind = "added" if was is None else "deleted" if now is None else "modified"
            found.append(Change(path, kind, diff or "", _note(was, now, is_shown=diff is not None)))
    return found


def _text(root: Path, path: str, kind: Kind | None) -> str | None:
    """ "" where there is nothing; None if it is no text, or too long to be shown."""
    if kind is None:
        return ""
    with suppress(OSError, UnicodeDecodeError), plain_file(root, path) as file:
        content = file.read(_MOST_TEXT + 1)
        if len(content) <= _MOST_TEXT and b"\0" not in content:
            return content.decode()
    return None


def _note(was: Kind | None, now: Kind | None, *, is_shown: bool) -> str:
    """What a diff does not say."""
    kind = now or was
    if kind is None:
        return ""
    said = [what] if (what := _what(kind)) else []
    if was is not None and now is not None and _what(was) != what:
        said.append(f"it was {_what(was) or 'a plain file'}")
    if not said and not is_shown:
        long = max(one[1] for one in (was, now) if one is not None) > _MOST_TEXT
        said.append(f"longer than {_MOST_TEXT >> 10} KiB" if long else "no text")
    if not said and kind[1] == 0:
        said.append("empty")
    if not what and now is not None and _runs(now) != _runs(was):
        said.append("executable" if _runs(now) else "no longer executable")
    return ", ".join(said)


def _what(kind: Kind) -> str:
    """ "" for a plain file."""
    if stat.S_ISLNK(kind[0]):
        return f"a symbolic link to {kind[2]}"
    return "" if stat.S_ISREG(kind[0]) else "no plain file"


def _runs(kind: Kind | None) -> bool:
    return kind is not None and bool(kind[0] & stat.S_IXUSR)


def _unified(names: tuple[str, str], old: str | None, new: str | None) -> str | None:
    """None where either cannot be shown."""
    if old is None or new is None:
        return None
    lines: list[str] = []
    for line in difflib.unified_diff(_lines(old), _lines(new), *names):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """As patches count them: a form feed, say, ends none."""
    return list(io.StringIO(text, newline="\n"))


def _name(side: str, path: str, kind: Kind | None) -> str:
    """As git names files in patches: as a C string where it would not be read as one name."""
    if kind is None:
        return "/dev/null"
    name = f"{side}/{path}"
    quoted = "".join(map(_quoted_character, name))
    if quoted != name:
        return f'"{quoted}"'
    return f"{name}\t" if " " in name else name


def _quoted_character(character: str) -> str:
    if character in _QUOTED:
        return _QUOTED[character]
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode(errors="surrogateescape"))
