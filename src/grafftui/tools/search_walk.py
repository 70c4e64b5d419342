"""Searches files where there is neither ripgrep nor git. A program, run as a process of its own.

A process, because a regular expression can run for ever, and only a process can be ended.
Takes the query as JSON in its one argument and prints as `search_engines` says.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import pathspec

_LOOKED_AT_FOR_NUL = 8_192

Rules = list[tuple[str, pathspec.GitIgnoreSpec]]
"""Directory (absolute, with a final /) → its ignore rules; the innermost last."""


def files(target: str) -> Iterator[str]:
    """Every file below `target` that no .gitignore names, in order of path."""
    if not os.path.isdir(target):
        yield target
        return
    waiting = [(target, _rules_above(os.path.abspath(target)))]
    while waiting:
        directory, rules = waiting.pop()
        rules = [*rules, *_rules_in(directory)]
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: entry.name, reverse=True)
        except OSError:  # unreadable, gone, or too deep for a path
            continue
        for entry in reversed(entries):
            if entry.is_file(follow_symlinks=False) and not _ignored(entry.path, rules):
                yield entry.path
        for entry in entries:
            hidden = entry.name.casefold() == ".git" or _ignored(entry.path + "/", rules)
            if entry.is_dir(follow_symlinks=False) and not hidden:
                waiting.append((entry.path, rules))


def _rules_above(directory: str) -> Rules:
    """Those of the directories that hold `directory`, up to the repository's root if any."""
    rules: Rules = []
    while not os.path.lexists(os.path.join(directory, ".git")):
        above = os.path.dirname(directory)
        if above == directory:
            break
        directory = above
        rules = [*_rules_in(directory), *rules]
    return rules


def _rules_in(directory: str) -> Rules:
    path = os.path.join(directory, ".gitignore")
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return []
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            spec = pathspec.GitIgnoreSpec.from_lines(file.read().splitlines())
    except (OSError, ValueError):
        return []
    return [(os.path.abspath(directory).rstrip("/") + "/", spec)]


def _ignored(path: str, rules: Rules) -> bool:
    absolute = os.path.abspath(path) + ("/" if path.endswith("/") else "")
    for directory, spec in reversed(rules):
        verdict = spec.check_file(absolute.removeprefix(directory)).include
        if verdict is not None:
            return verdict
    return False


def search(path: str, pattern: re.Pattern[bytes], query: dict[str, Any], out: BinaryIO) -> None:
    """Print what `path` has."""
    try:
        if os.stat(path).st_size > query["max_file_bytes"]:
            return
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return
    if b"\0" in content[:_LOOKED_AT_FOR_NUL]:
        return
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if query["multiline"]:
        matched = _matched_by_whole(content, pattern)
    else:
        matched = [number for number, line in enumerate(lines) if pattern.search(line)]
    if not matched:
        return
    name = os.fsencode(path) + b"\0"
    if query["mode"] == "files_with_matches":
        out.write(name)
    elif query["mode"] == "count":
        out.write(name + b"%d\n" % len(matched))
    else:
        _print_lines(name, lines, matched, query, out)
    out.flush()


def _matched_by_whole(content: bytes, pattern: re.Pattern[bytes]) -> list[int]:
    numbers: dict[int, None] = {}
    for match in pattern.finditer(content):
        first = content.count(b"\n", 0, match.start())
        last = first + content.count(b"\n", match.start(), max(match.start(), match.end() - 1))
        numbers.update(dict.fromkeys(range(first, last + 1)))
    return list(numbers)


def _print_lines(
    name: bytes, lines: list[bytes], matched: list[int], query: dict[str, Any], out: BinaryIO
) -> None:
    hits = set(matched)
    shown = {
        number
        for hit in matched
        for number in range(hit - query["before"], hit + query["after"] + 1)
        if 0 <= number < len(lines)
    }
    for number in sorted(shown):
        sign = b":" if number in hits else b"-"
        text = lines[number][: query["max_columns"]]
        out.write(name + b"%d" % (number + 1) + sign + text + b"\n")


def main() -> int:
    """Exit code 0, or 2 for a pattern that is none."""
    query = json.loads(sys.argv[1])
    flags = re.IGNORECASE if query["ignore_case"] else 0
    flags |= re.MULTILINE | re.DOTALL if query["multiline"] else 0
    try:
        pattern = re.compile(query["pattern"].encode(), flags)
    except (re.error, OverflowError, RecursionError) as error:
        sys.stderr.write(f"the pattern is no regular expression: {error}\n")
        return 2
    for path in files(query["target"]):
        search(path, pattern, query, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
