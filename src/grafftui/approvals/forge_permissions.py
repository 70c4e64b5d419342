"""ForgeCode's `permissions.yaml`, read as rules of ours.

A list `policies` of `{permission: allow|deny|confirm, rule: …}`; a rule is `read`, `write`,
`command` or `url` with a glob and perhaps `dir`, or `all`, `any`, `not` of rules. The first that
denies or confirms wins; else one that allows; else it is asked. What is allowed so is allowed
only where a rule of ours could: every part of a command has to be, and to be readable.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from grafftui.approvals.hosts import HostRule
from grafftui.approvals.path_rules import check_brackets
from grafftui.approvals.rules import Act, ActKind, CompiledRule, Rule, RuleDecision

_DECISIONS: Final[Mapping[str, RuleDecision]] = {
    "allow": "allow",
    "deny": "deny",
    "confirm": "ask",
}
_KINDS: Final[Mapping[str, ActKind]] = {
    "read": "read",
    "write": "write",
    "command": "command",
    "url": "host",
}
_MOST_BYTES: Final = 256 * 1024
_DEEPEST: Final = 16
_WHAT: Final = "write permission: allow, deny or confirm, and rule: read, write, command or url"

_Test = Callable[[Act, bool], bool]
"""Whether an act is meant; the flag says to take it broadly, for what narrows."""


class ForgePermissions:
    """A `RuleSource` of a `permissions.yaml`.

    Args:
        path: The file.
        workspace: Real path of the workspace; globs may be relative to it.
    """

    def __init__(self, path: Path, workspace: str) -> None:
        self.path = path
        self.notices: Sequence[str] = ()
        self.broken = ""
        self._rules: list[CompiledRule] = []
        problems = []
        for number, entry in enumerate(self._entries(), 1):
            try:
                self._rules.append(_compiled(entry, f"{path.name} entry {number}", workspace))
            except ValueError as error:
                problems.append(f"{path}: entry {number}: {error}")
        if problems:
            self.broken = f"{'; '.join(problems)}; until it is mended everything is asked"

    def rules(self) -> Sequence[Rule]:
        """Part of `RuleSource`."""
        return [each.rule for each in self._rules]

    def narrows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`: the first that denies or confirms."""
        for each in self._rules:
            if each.rule.decision != "allow" and each.narrows(act):
                return each.rule
        return None

    def allows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`."""
        for each in self._rules:
            if each.rule.decision == "allow" and each.allows(act):
                return each.rule
        return None

    def _entries(self) -> Sequence[Any]:
        import yaml

        try:
            with open(self.path, "rb") as file:
                content = file.read(_MOST_BYTES + 1)
            if len(content) > _MOST_BYTES:
                raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
            if b"&" in content and b"*" in content and _has_aliases(content):
                raise ValueError("it uses aliases, which are not read")
            data = yaml.safe_load(content)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            line = " ".join(str(error).split())[:200]
            self.broken = f"{self.path}: {line}; until it is mended everything is asked"
            return ()
        entries = data.get("policies") if isinstance(data, dict) else None
        if data is not None and not isinstance(entries, list):
            self.broken = f"{self.path}: there is no list `policies`; {_WHAT}"
            return ()
        return entries or ()


def _has_aliases(content: bytes) -> bool:
    import yaml

    events = yaml.parse(content, Loader=yaml.SafeLoader)
    return any(isinstance(event, yaml.AliasEvent) for event in events)


def _compiled(entry: Any, source: str, workspace: str) -> CompiledRule:
    if not isinstance(entry, dict) or entry.get("permission") not in _DECISIONS:
        raise ValueError(f"it has no permission; {_WHAT}")
    unknown = sorted(set(map(str, entry)) - {"permission", "rule"})
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not understood")
    test = _test(entry.get("rule"), workspace, 0)
    decision = _DECISIONS[entry["permission"]]
    rule = Rule(decision, "permission", _in_words(entry["rule"]), source)
    return CompiledRule(rule, lambda act: test(act, True), lambda act: test(act, False))


def _test(rule: Any, workspace: str, depth: int) -> _Test:
    if not isinstance(rule, dict) or not rule or depth > _DEEPEST:
        raise ValueError(f"its rule is none; {_WHAT}")
    if len(rule) == 1 and (name := next(iter(rule))) in ("all", "any", "not"):
        return _combined(name, rule[name], workspace, depth)
    kinds = [kind for kind in _KINDS if kind in rule]
    if len(kinds) != 1 or set(rule) - {kinds[0], "dir"}:
        raise ValueError(f"its rule is none; {_WHAT} with a glob, and perhaps dir")
    glob, directory = rule[kinds[0]], rule.get("dir")
    if not isinstance(glob, str) or not isinstance(directory, str | None):
        raise ValueError("a glob is text")
    return _simple(kinds[0], glob, directory, workspace)


def _combined(name: str, inner: Any, workspace: str, depth: int) -> _Test:
    rules = inner if isinstance(inner, list) else [inner]
    if not rules or (name == "not" and len(rules) != 1):
        raise ValueError(f"{name} holds no rule, or too many")
    tests = [_test(rule, workspace, depth + 1) for rule in rules]
    if name == "all":
        return lambda act, broad: all(test(act, broad) for test in tests)
    if name == "any":
        return lambda act, broad: any(test(act, broad) for test in tests)
    return lambda act, broad: not tests[0](act, not broad) and (broad or _says("", act))


def _simple(kind: str, glob: str, directory: str | None, workspace: str) -> _Test:
    for each in (glob, directory or ""):
        check_brackets(each)
    pattern, folded = _pattern(glob), _pattern(glob.casefold())
    host = _host_rule(glob) if kind == "url" else None
    inside = _pattern(directory) if directory else None

    def test(act: Act, broad: bool) -> bool:
        if act.kind != _KINDS[kind]:
            return False
        if inside is not None and not inside.match(act.request.cwd):
            return False
        texts = _texts(act, glob, workspace, broad)
        if broad:
            return any(pattern.match(text) or folded.match(text.casefold()) for text in texts)
        if host is not None and (act.host is None or not host.allows(act.host)):
            return False
        return bool(texts) and all(map(pattern.match, texts)) and _says(glob, act)

    return test


def _says(glob: str, act: Act) -> bool:
    """Whether a glob says in so many words what a rule has to say to allow the command."""
    from grafftui.approvals.shell import says_enough

    return all(says_enough(glob, argv) for argv in act.argvs)


def _host_rule(glob: str) -> HostRule | None:
    """The host an address glob means: `docs.python.org*` is no `docs.python.org.evil.com`."""
    host = glob.partition("://")[2] or glob
    host = host.partition("/")[0].rstrip("*")
    return HostRule(host) if host else None


def _texts(act: Act, glob: str, workspace: str, broad: bool) -> list[str]:
    """What a glob is compared with: paths absolute, and relative to the workspace."""
    if act.kind == "command":
        joined = [shlex.join(argv) for argv in act.argvs]
        return [act.text, *joined] if broad else joined
    if act.kind == "host":
        if broad or act.host is None:
            return [act.text, *([act.host.name] if act.host else [])]
        return [act.text.partition("://")[2] if "://" not in glob else act.text]
    relative = [os.path.relpath(path, workspace) for path in act.paths if workspace]
    if broad:
        return [*act.paths, *relative]
    return [path for path in relative if not path.startswith("..")] or list(act.paths)


def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(os.path.expanduser(glob)))  # no backtracking


def _in_words(rule: Any) -> str:
    if isinstance(rule, dict):
        return ", ".join(f"{key} {_in_words(value)}" for key, value in rule.items())
    if isinstance(rule, list):
        return f"({'; '.join(map(_in_words, rule))})"
    return str(rule)
