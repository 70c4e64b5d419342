"""What has changed in a folder since it was trusted, for a person to look at."""

from __future__ import annotations

from typing import Final

from grafftui.trust.contents import Contents, GovernedFile
from grafftui.trust.record import TrustedFile, TrustRecord
from grafftui.trust.state import Change

_MOST_COMPARED: Final = 2_000
"""Lines of a file that are compared one by one: it takes time that grows with their square."""


def changes_since(record: TrustRecord, contents: Contents) -> tuple[Change, ...]:
    """Every file that was added, changed or removed, in order of path."""
    before = {file.path: file for file in record.files}
    now = {file.path: file for file in contents.files}
    changes = [_change(before.get(path), now.get(path)) for path in sorted({*before, *now})]
    return tuple(change for change in changes if change is not None)


def _change(before: TrustedFile | None, now: GovernedFile | None) -> Change | None:
    if before is None:
        assert now is not None
        return Change(now.path, "added", _diff(now.path, "", now.text, now.size))
    if now is None:
        return Change(before.path, "removed", _diff(before.path, before.text, "", 0))
    if before.sha256 == now.sha256:
        return None
    return Change(now.path, "changed", _diff(now.path, before.text, now.text, now.size))


def _diff(path: str, before: str | None, now: str | None, size: int) -> str:
    if before is None or now is None:
        return f"{path} is no text, or was none; it has {size:,} bytes now"
    lines = compared(before, now, f"a/{path}", f"b/{path}")
    return "\n".join(lines) or f"{path} differs only in what is not shown: a secret, or line ends"


def compared(before: str, now: str, old_name: str = "", new_name: str = "") -> list[str]:
    """The lines of a unified diff; of long texts it has one hunk. None where both are equal."""
    import difflib  # only when something has changed

    old, new = before.split("\n"), now.split("\n")
    if max(len(old), len(new)) > _MOST_COMPARED:
        return _middle(old, new)
    return list(difflib.unified_diff(old, new, old_name, new_name, lineterm=""))


def _middle(old: list[str], new: list[str]) -> list[str]:
    """A diff of one hunk: all that lies between what both begin and end with."""
    first, most = 0, min(len(old), len(new))
    while first < most and old[first] == new[first]:
        first += 1
    last = 0
    while last < most - first and old[-1 - last] == new[-1 - last]:
        last += 1
    gone, come = old[first : len(old) - last], new[first : len(new) - last]
    if not gone and not come:
        return []
    head = f"@@ -{first + 1},{len(gone)} +{first + 1},{len(come)} @@"
    return [head, *(f"-{line}" for line in gone), *(f"+{line}" for line in come)]
