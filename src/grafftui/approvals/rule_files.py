"""`policy.toml`: the person's rules, and a project's, which may only narrow.

A file that cannot be read in full is never half obeyed: what it denies still holds, and
everything else is asked, with a line that says which entry is wrong and how to mend it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from grafftui.approvals.rules import (
    ACT_KINDS,
    Act,
    CompiledRule,
    Rule,
    RuleDecision,
    RuleList,
    compiled,
)

_PROJECT_FILE: Final = ".grafftui/policy.toml"

_DECISIONS: Final[tuple[RuleDecision, ...]] = get_args(RuleDecision)
_ENTRY = re.compile(r"^[ \t]*\[\[[ \t]*rules[ \t]*\]\]", re.MULTILINE)
_ASKED: Final = "; until it is mended everything is asked"
_MOST_LINES: Final = 50
"""Of an entry in a broken file."""
_WHAT_RULES_ARE: Final = (
    'write [[rules]], decision = "allow", "ask" or "deny", and one of command, write, read,'
    " host, tool"
)


class RuleFile:
    """The person's file of rules, read again whenever it changes. No file is no rules.

    Args:
        path: The file.
        workspace: Real path of the workspace; path rules are relative to it.
    """

    def __init__(self, path: Path, workspace: str) -> None:
        self.path = path
        self._workspace = workspace
        self._state: object = None
        self._rules = RuleList(())

    @property
    def broken(self) -> str:
        """Part of `RuleSource`."""
        return self._current().broken

    @property
    def notices(self) -> Sequence[str]:
        """Part of `RuleSource`."""
        return self._current().notices

    def rules(self) -> Sequence[Rule]:
        """Part of `RuleSource`."""
        return self._current().rules()

    def narrows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`."""
        return self._current().narrows(act)

    def allows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`."""
        return self._current().allows(act)

    def _current(self) -> RuleList:
        try:
            found = os.stat(self.path)
            state: object = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
        except FileNotFoundError:
            state = "none"
        except OSError as error:
            state = f"{error}"
        if state != self._state:
            self._rules, self._state = self._read(), state
        return self._rules

    def _read(self) -> RuleList:
        from grafftui.settings.problem import BrokenFileError
        from grafftui.settings.reading import read_toml

        file = _File(str(self.path), self.path.name, self._workspace, narrows_only=False)
        try:
            _, data = read_toml(self.path)
        except BrokenFileError as error:
            return file.unreadable(_text(self.path), str(error.problem))
        return file.rule_list(data)


def project_rules(content: bytes, path: str, workspace: str) -> RuleList:
    """The rules of a project that is trusted. What allows is left out, with a notice.

    Args:
        content: What is trusted of its file.
        path: The file, for messages; it is not read.
        workspace: Real path of the workspace.
    """
    import tomllib

    file = _File(path, _PROJECT_FILE, workspace, narrows_only=True)
    text = content.decode("utf-8-sig", "replace")
    try:
        return file.rule_list(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        return file.unreadable(text, f"{path}: is not valid TOML ({error})")


@dataclass(frozen=True, slots=True)
class _File:
    """A file whose rules are read."""

    path: str
    shown: str
    workspace: str
    narrows_only: bool

    def rule_list(self, data: Mapping[str, Any]) -> RuleList:
        """The rules in what the file says."""
        entries, problems = _entries(data)
        rules, faults, notices = self._compiled(entries)
        lines = "; ".join(f"{self.path}: {problem}" for problem in (*problems, *faults))
        return RuleList(rules, f"{lines}{_ASKED}" if lines else "", notices)

    def unreadable(self, text: str, problem: str) -> RuleList:
        """The rules of a file that is not TOML: what denies or asks, where it can be read."""
        rules, _, _ = self._compiled([*_each_readable(text)])
        narrowing = [each for each in rules if each.rule.decision != "allow"]
        return RuleList(narrowing, f"{problem}{_ASKED}")

    def _compiled(
        self, entries: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> tuple[list[CompiledRule], list[str], list[str]]:
        rules: list[CompiledRule] = []
        problems: list[str] = []
        notices: list[str] = []
        for number, entry in entries:
            source = f"{self.shown} entry {number}"
            try:
                rule = compiled(parsed_rule(entry, source), self.workspace)
            except ValueError as error:
                problems.append(f"entry {number}: {error}")
                continue
            if self.narrows_only and rule.rule.decision == "allow":
                notices.append(f"{source}: a project may not allow anything; ignored")
            else:
                rules.append(rule)
        return rules, problems, notices


def _decision(entry: Mapping[str, Any]) -> RuleDecision:
    for decision in _DECISIONS:
        if entry.get("decision") == decision:
            return decision
    raise ValueError(f"decision is {entry.get('decision')!r}; {_WHAT_RULES_ARE}")


def parsed_rule(entry: Mapping[str, Any], source: str) -> Rule:
    """The rule that one `[[rules]]` table says.

    Raises:
        ValueError: It is none; the message says what is wrong and what to do.
    """
    decision = _decision(entry)
    kinds = [kind for kind in ACT_KINDS if kind in entry]
    if len(kinds) != 1:
        given = " and ".join(kinds) or "none"
        raise ValueError(f"it names {given} of command, write, read, host, tool; name one")
    unknown = sorted(set(entry) - {"decision", "reason", kinds[0]})
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not understood; remove it")
    pattern, reason = entry[kinds[0]], entry.get("reason", "")
    if not isinstance(pattern, str) or not isinstance(reason, str):
        raise ValueError(f"{kinds[0]} and reason are text in quotes")
    rule = Rule(decision, kinds[0], pattern, source, reason)
    try:
        compiled(rule, "/")
    except ValueError as error:
        raise ValueError(f"{kinds[0]} = {pattern!r}: {error}") from None
    return rule


def _entries(data: Mapping[str, Any]) -> tuple[list[tuple[int, Mapping[str, Any]]], list[str]]:
    """The tables of `rules`, numbered from 1, and what is wrong with the rest."""
    problems = [f"{key!r} is not understood; {_WHAT_RULES_ARE}" for key in data if key != "rules"]
    tables = data.get("rules", [])
    if not isinstance(tables, list):
        return [], [*problems, f"rules is no list of tables; {_WHAT_RULES_ARE}"]
    entries: list[tuple[int, Mapping[str, Any]]] = []
    for number, table in enumerate(tables, 1):
        if isinstance(table, dict):
            entries.append((number, table))
        else:
            problems.append(f"entry {number}: it is no table; {_WHAT_RULES_ARE}")
    return entries, problems


def _text(path: Path) -> str:
    """What of a broken file can be read as text; "" where nothing can."""
    from grafftui.settings.reading import MAX_BYTES

    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _each_readable(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The entries of what is not TOML as a whole, as far down as each can be read."""
    starts = [match.start() for match in _ENTRY.finditer(text)]
    for number, start in enumerate(starts, 1):
        end = starts[number] if number < len(starts) else len(text)
        lines = text[start:end].splitlines()[:_MOST_LINES]
        found = next(filter(None, (_entry(lines[:n]) for n in range(len(lines), 0, -1))), None)
        if found is not None:
            yield number, found


def _entry(lines: Sequence[str]) -> Mapping[str, Any] | None:
    import tomllib

    try:
        entry = tomllib.loads("\n".join(lines))["rules"][0]
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
