"""What a command would destroy, and how much; and what may not be destroyed at all."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from grafftui.approvals.shell.git_destruction import git_dangers
from grafftui.approvals.shell.place import Place, entries_below, is_within
from grafftui.approvals.shell.syntax import word_set
from grafftui.approvals.shell.unwrapping import Words, home_expanded

MAX_MATCHES = 1000
"""So many files that a wildcard means are counted."""

MAX_COUNTED = 8
"""So many commands that remove are told with what they remove; of more, only the names."""

NONE_THERE: Final = "nothing that is there now"

_WILDCARD: Final = re.compile(r"[*?\[{]")
_UNKNOWN: Final = re.compile(r"[$`]")
_SQL: Final = re.compile(
    r"\b(drop\s+(table|database|schema|view|index|user|role|collection)|truncate\s+\w|"
    r"delete\s+from|dropdatabase|flushall|flushdb)\b",
    re.IGNORECASE,
)
_SQL_CLIENTS: Final = word_set(
    "psql mysql mariadb sqlite3 sqlite sqlcmd duckdb mongosh mongo redis-cli cqlsh clickhouse "
    "clickhouse-client bq snowsql"
)
_DEVICES: Final = re.compile(
    r"(mkfs|mke2fs|mkswap|wipefs|blkdiscard|fdisk|sfdisk|gdisk|parted|badblocks|hdparm)(\.\w+)?"
)
_SHREDS: Final = frozenset(("shred", "srm", "wipe"))

_PHRASES: Final[Mapping[str, str]] = {
    "aws s3 rb": "would remove a bucket",
    "cargo clean": "would remove all that was built",
    "crontab -r": "would remove all scheduled jobs",
    "docker system prune": "would remove containers, images and networks",
    "docker volume prune": "would remove volumes",
    "docker volume rm": "would remove volumes",
    "dropdb": "would remove a database",
    "gh repo delete": "would remove a repository",
    "helm uninstall": "would remove what runs in a cluster",
    "kubectl delete": "would remove what runs in a cluster",
    "npm unpublish": "would withdraw a package",
    "podman system prune": "would remove containers, images and networks",
    "podman volume rm": "would remove volumes",
    "terraform destroy": "would remove what it manages",
}


@dataclass(slots=True)
class Harm:
    """What a command would destroy.

    Attributes:
        dangers: What is asked about in every mode, one clause each: "would remove 812 files,
            3.1 MB: build".
        refusals: What is not done at all, one clause each.
    """

    dangers: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def add_harm(words: Words, place: Place, harm: Harm) -> None:
    """Add to `harm` what the command `words`, its program by its bare name, would destroy."""
    program = words[0]
    if act := _ACTS.get(program):
        act(words[1:], place, harm)
    if program == "git":
        harm.dangers += git_dangers(words[1:])
    elif _DEVICES.fullmatch(program):
        harm.dangers.append("would overwrite a disk")
    elif program in _SHREDS:
        harm.dangers.append("would overwrite files so that nothing brings them back")
    elif program in _SQL_CLIENTS and _SQL.search(" ".join(words[1:])):
        harm.dangers.append("would remove data from a database")
    for phrase, why in _PHRASES.items():
        if words[: phrase.count(" ") + 1] == tuple(phrase.split()):
            harm.dangers.append(why)


def add_harm_anywhere(commands: Iterable[Words], place: Place, harm: Harm) -> None:
    """Add to `harm` what more `commands` would destroy if they may run in any directory."""
    for program, *words in commands:
        named = [name for name in _operands(tuple(words)) if not name.startswith(("/", "~"))]
        names = {os.path.normpath(name) for name in named}
        if program in ("rm", "mv", "find") and names & set(
            map(os.path.basename, (place.workspace, place.home))
        ):
            harm.refusals.append(f"would remove {named[0]}, which may be the workspace")
        elif _ACTS.get(program) and named:
            harm.dangers.append(f"{program} {named[-1]}: in a directory that cannot be told")


def _remove(words: Words, place: Place, harm: Harm) -> None:
    whole = any(re.match(r"-[a-zA-Z]*[rR]|--r", word) for word in words)
    named = [name for name in _operands(words) if name != "{}"]  # find tells of those itself
    if not named and "{}" in words:
        return
    if not whole:
        if any(_WILDCARD.search(name) or _UNKNOWN.search(name) for name in named):
            harm.dangers.append(_would_remove(named, place, harm))
        return
    refused = [why for name in named if (why := _refusal(name, place))]
    harm.refusals += [f"would remove {why}" for why in refused]
    if not refused:
        harm.dangers.append(_would_remove(named, place, harm))


def _find(words: Words, place: Place, harm: Harm) -> None:
    runs = {"-exec", "-execdir", "-ok", "-okdir"} & set(words)
    removes = "-delete" in words or (
        runs and any(word.rpartition("/")[2] in ("rm", "shred", "unlink") for word in words)
    )
    if not removes:
        return
    tops = []
    for word in words:
        if word.startswith(("-", "(", "!", "\\")):
            break
        tops.append(word)
    chosen = re.compile(r"-i?(name|path|regex|wholename|newer|size|empty|[acm](time|min)|inum)")
    all_of_it = not any(map(chosen.match, words))
    for top in tops or ["."]:
        why = _refusal(top, place)
        real = _real(top, place)
        if why and (all_of_it or not is_within(real, place.workspace)):
            harm.refusals.append(f"would remove {why}")
            return
    found = _would_remove(tops or ["."], place, harm)
    harm.dangers.append(found if all_of_it else found.replace("remove ", "remove some of ", 1))


def _move(words: Words, place: Place, harm: Harm) -> None:
    named = _operands(words)
    for name in named[:-1]:
        if why := _refusal(name, place):
            harm.refusals.append(f"would move {why}")
    _overwrite(words, place, harm)


def _overwrite(words: Words, place: Place, harm: Harm) -> None:
    if {"-n", "--no-clobber", "--update=none"} & set(words) or len(words) < 2:
        return
    *sources, target = _operands(words) or ("",)
    to = next((w.partition("=")[2] for w in words if w.startswith("--target-directory=")), "")
    if to:
        sources, target = [*sources, target], to
    if _UNKNOWN.search(home_expanded(target, place.home, place.cwd)):
        harm.dangers.append(f"may overwrite {target}, which cannot be told")
        return
    path = place.absolute(home_expanded(target, place.home, place.cwd))
    meant = [path]
    if os.path.isdir(path):
        meant = [os.path.join(path, os.path.basename(name.rstrip("/"))) for name in sources]
    there = [name for name in meant if os.path.lexists(name)]
    if there:
        harm.dangers.append(f"would overwrite {_amount(there)}: {', '.join(there[:3])}")


def _whole_tree_mode(words: Words, place: Place, harm: Harm) -> None:
    if not any(re.match(r"-[a-zA-Z]*R|--recursive", word) for word in words):
        return
    for name in _operands(words)[1:]:
        if why := _refusal(name, place, inside_too=False):
            harm.refusals.append(f"would change the owner or mode of all in {why}")
    harm.dangers.append("would change the owner or mode of a whole tree")


def _dd(words: Words, place: Place, harm: Harm) -> None:
    targets = [word[3:] for word in words if word.startswith("of=")]
    harm.dangers += [f"would overwrite {target}" for target in targets if target != "/dev/null"]


def _truncate(words: Words, place: Place, harm: Harm) -> None:
    there = [name for name in _operands(words) if os.path.lexists(_real(name, place))]
    if there or any(_UNKNOWN.search(name) for name in _operands(words)):
        harm.dangers.append(f"would cut {', '.join(there[:3]) or 'a file'} short")


def _sync(words: Words, place: Place, harm: Harm) -> None:
    if any(word.startswith(("--del", "--remove-source")) for word in words):
        harm.dangers.append("would remove what is not on the other side")


_ACTS: Final[Mapping[str, Callable[[Words, Place, Harm], None]]] = {
    "rm": _remove,
    "find": _find,
    "mv": _move,
    "cp": _overwrite,
    "install": _overwrite,
    "chmod": _whole_tree_mode,
    "chown": _whole_tree_mode,
    "chgrp": _whole_tree_mode,
    "dd": _dd,
    "truncate": _truncate,
    "rsync": _sync,
    "rclone": _sync,
}


def _operands(words: Words) -> list[str]:
    if "--" in words:
        at = words.index("--")
        return [word for word in words[:at] if not word.startswith("-")] + list(words[at + 1 :])
    return [word for word in words if not word.startswith("-")]


def _refusal(name: str, place: Place, *, inside_too: bool = True) -> str:
    """Which thing that is never destroyed `name` means, in words; "" for none."""
    name = home_expanded(name, place.home, place.cwd)
    while re.fullmatch(r"\*+|\.\*|\.\[!\.\]\*|\{[,.*]+\}", os.path.basename(name)):
        name = os.path.dirname(name) or "."  # everything in it is the whole of it
    if _UNKNOWN.search(name):
        return ""
    for path in {place.absolute(name), _real(name, place)}:
        if path == "/":
            return "everything (/)"
        if path == place.home:
            return f"the home directory ({path})"
        if path == place.workspace:
            return f"the workspace ({path})"
        if is_within(place.workspace, path):
            return f"{path}, which holds the workspace"
        if place.home and is_within(place.home, path):
            return f"{path}, which holds the home directory"
        if ".git" in path.split("/") and (inside_too or path.endswith("/.git")):
            return f"{path}, the history of a repository"
    return ""


def _real(name: str, place: Place) -> str:
    path = os.path.join(place.cwd, home_expanded(name, place.home, place.cwd))
    if name.endswith("/") or os.path.basename(path) in ("", ".", ".."):
        return os.path.realpath(path)
    # A link is removed or moved itself, not what it leads to
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _would_remove(names: list[str], place: Place, harm: Harm) -> str:
    expanded = [home_expanded(name, place.home, place.cwd) for name in names]
    if not names or any(map(_UNKNOWN.search, expanded)):
        return "would remove what cannot be told beforehand"
    shown = ", ".join(names[:3])
    if len(harm.dangers) >= MAX_COUNTED:
        return f"would remove {shown}"
    paths = [path for name in expanded for path in _meant(name, place)]
    return f"would remove {_amount(paths)}: {shown}"


def _meant(name: str, place: Place) -> Iterator[str]:
    path = os.path.join(place.cwd, name)
    if not _WILDCARD.search(name):
        yield path
        return
    yield from islice(glob.iglob(path, include_hidden=True), MAX_MATCHES)


def _amount(paths: list[str]) -> str:
    files = size = 0
    more = False
    for path in paths:
        for entry_path in _all_of(path):
            if entry_path is None:
                more = True
                break
            try:
                size += os.lstat(entry_path).st_size
            except OSError:
                continue
            files += 1
    if not files and not more:
        return NONE_THERE
    noun = "file" if files == 1 else "files"
    return f"{'more than ' if more else ''}{files:,} {noun}, {_in_words(size)}"


def _all_of(path: str) -> Iterator[str | None]:
    if os.path.islink(path) or not os.path.isdir(path):
        yield path
        return
    for entry in entries_below(path):
        if entry is None:
            yield None
        elif not entry.is_dir(follow_symlinks=False):
            yield entry.path


def _in_words(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    for unit in ("KB", "MB", "GB", "TB"):
        size_in_unit = size / 1000
        if size_in_unit < 999.95 or unit == "TB":
            return f"{size_in_unit:.1f} {unit}"
        size = int(size_in_unit)
    return ""
