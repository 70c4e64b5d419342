"""`grafftui rules`: what is allowed, asked and denied beforehand, and why."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grafftui.cli import terminal
from grafftui.cli.arguments import folder
from grafftui.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from grafftui.approvals import Grant, Policy, Rule, Verdict

_DECISIONS = {"Allow": "allow", "Ask": "ask", "Deny": "deny"}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `rules` sub-command."""
    parser = subparsers.add_parser(
        "rules",
        help="list, explain and test what is allowed without asking",
        description="Rules stand in policy.toml, beside the settings; grants come from answers"
        " that reach further than one act. Exit code: 0 done, 1 a test differs or failed, 2 usage.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="show the rules and the grants that hold")
    listing.add_argument("--json", action="store_true", help="as one JSON object")
    revoking = actions.add_parser("revoke", help="end a grant")
    revoking.add_argument("id", metavar="ID", help="as `rules list` shows it")
    explaining = actions.add_parser(
        "explain", help="say what would become of a command, and why", description=_EXPLAIN
    )
    explaining.add_argument("command", metavar="COMMAND", help="as one argument, in quotes")
    explaining.add_argument("--json", action="store_true", help="as one JSON object")
    testing = actions.add_parser(
        "test", help="compare a table of commands with what is expected", description=_TEST
    )
    testing.add_argument("file", metavar="FILE", type=Path, help='TOML: "git push" = "ask"')
    for each in (explaining, testing):
        each.add_argument("--policy", metavar="FILE", type=Path, help="these rules and no others")
        each.add_argument("--cwd", metavar="DIR", type=folder, help="the workspace it would run in")


_EXPLAIN = (
    "Print the parts of a command, the rule each has met, and the decision: allow, ask or deny,"
    " as it would be in the mode `ask` without a sandbox. Nothing is run. Exit code: 0 whatever"
    " the decision."
)
_TEST = (
    'Read a TOML table of commands and decisions ("git push" = "ask"; tables may group them),'
    " and print those that are decided otherwise. Nothing is run. Exit code: 0 all as expected,"
    " 1 some are not."
)


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        UsageError: What was given cannot be meant.
        NotFoundError: There is no such grant.
        SettingsError: A file cannot be read.
        StoreError: The history, which keeps grants, cannot be used.
    """
    match args.action:
        case "list":
            with _own_policy(_here(None)) as policy:
                return _list(policy, as_json=args.json)
        case "revoke":
            with _own_policy(_here(None)) as policy:
                return _revoke(policy, args.id)
    cwd = _here(args.cwd)
    with _policy(args.policy, cwd) as policy:
        if args.action == "explain":
            return _explain(policy, args.command, cwd, as_json=args.json)
        return _test(policy, args.file, cwd)


# -- policies --------------------------------------------------------------------------------


@contextmanager
def _policy(file: Path | None, cwd: str) -> Iterator[Policy]:
    """The policy of the rules in `file` alone, or, without one, the person's own."""
    if file is None:
        with _own_policy(cwd) as policy:
            yield policy
        return
    from grafftui.approvals import Policy, RuleFile

    if not file.exists():
        raise UsageError(f"there is no file {file}", hint="name a policy.toml that exists")
    yield _spoken(Policy(workspace=cwd, rules=[RuleFile(file.absolute(), cwd)]))


@contextmanager
def _own_policy(cwd: str) -> Iterator[Policy]:
    """The policy as it is in the workspace `cwd`, with what was granted."""
    from grafftui.approvals import Policy
    from grafftui.approvals.rule_files import project_rules
    from grafftui.core.policing import rule_sources
    from grafftui.history import Store
    from grafftui.settings import load_settings
    from grafftui.settings.paths import Paths
    from grafftui.trust import TrustBook, project_policy

    paths = Paths.from_environment()
    settings, problems = load_settings(paths)
    with Store.open(paths) as store:
        for notice in (*problems, *store.notices):
            terminal.say(str(notice))
        policy = Policy(
            workspace=cwd,
            rules=rule_sources(cwd, paths, settings),
            grants=store.grants,
            governed=[paths.settings, paths.data, paths.runtime],
        )
        project = project_policy(cwd, TrustBook(store.trusted_folders))
        if project is not None:
            policy.add_rules(project_rules(project.content, project.path, cwd))
        yield _spoken(policy)


def _spoken(policy: Policy) -> Policy:
    for notice in policy.notices():
        terminal.say(notice)
    return policy


def _here(given: str | None) -> str:
    try:
        return os.path.realpath(given or os.getcwd())
    except OSError as error:
        raise UsageError("the current folder no longer exists", hint="name one: --cwd") from error


# -- list, revoke ----------------------------------------------------------------------------


def _list(policy: Policy, *, as_json: bool) -> int:
    rules, grants = policy.rules(), policy.grants()
    if as_json:
        found = {"rules": [*map(_rule_wire, rules)], "grants": [*map(_grant_wire, grants)]}
        print(json.dumps(found, indent=2))
        return 0
    from grafftui.text.auditing import audit

    for rule in rules:
        because = f"  {audit(rule.reason)}" if rule.reason else ""
        what = f"{rule.kind} {audit(rule.pattern)}"
        _print(f"{rule.decision:<8}{what:<40}  {audit(rule.source)}{because}")
    for grant in grants:
        _print(f"{grant.scope:<8}{audit(grant.words):<40}  {_reach(grant)}  {grant.id}")
    if not rules and not grants:
        terminal.say("there are no rules and no grants: everything is asked")
    return 0


def _revoke(policy: Policy, grant_id: str) -> int:
    words = {grant.id: grant.words for grant in policy.grants()}
    if not policy.revoke(grant_id):
        raise NotFoundError(f"there is no grant {grant_id!a}", hint="see them: grafftui rules list")
    from grafftui.text.auditing import audit

    _print(f"no longer granted: {audit(words.get(grant_id, grant_id))}")
    return 0


def _reach(grant: Grant) -> str:
    """Where a grant holds, and how long: `in ~/shop, 9 minutes more`."""
    from grafftui.text.auditing import audit

    said = [f"in {audit(grant.workspace)}" if grant.workspace else "everywhere"]
    if grant.uses_left is not None:
        said.append(f"{grant.uses_left} more")
    if grant.expires_at is not None:
        minutes = max(0, round((grant.expires_at - time.time()) / 60))
        said.append(f"{minutes} minutes more")
    return ", ".join(said)


def _rule_wire(rule: Rule) -> dict[str, str]:
    return {
        "decision": rule.decision,
        "kind": rule.kind,
        "pattern": rule.pattern,
        "reason": rule.reason,
        "source": rule.source,
    }


def _grant_wire(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "scope": grant.scope,
        "words": grant.words,
        "workspace": grant.workspace,
        "uses_left": grant.uses_left,
        "expires_at": grant.expires_at,
        "created_at": grant.created_at,
        "rule": grant.rule.to_wire(),
        "source": "grant",
    }


# -- explain, test ---------------------------------------------------------------------------


def _explain(policy: Policy, command: str, cwd: str, *, as_json: bool) -> int:
    verdict = _verdict(policy, command, cwd)
    explained = explanation(verdict)
    if as_json:
        print(json.dumps(explained))
        return 0
    from grafftui.text.auditing import audit

    for part in verdict.parts:
        met = audit(part.rule or "; ".join(part.reasons) or "no rule")
        _print(f"{part.state:<10}  {audit(part.text)}\n            {met}")
    _print(f"{explained['decision']}: {audit('; '.join(_reasons(verdict)))}")
    return 0


def explanation(verdict: Verdict) -> dict[str, Any]:
    """A verdict as `rules explain --json` prints it."""
    return {
        "decision": _DECISIONS[type(verdict).__name__],
        "parts": [
            {"argv": list(part.argv), "state": part.state, "rule": part.rule}
            for part in verdict.parts
        ],
        "reasons": _reasons(verdict),
    }


def _reasons(verdict: Verdict) -> list[str]:
    from grafftui.approvals import Ask

    return list(verdict.reasons) if isinstance(verdict, Ask) else [verdict.rule]


def _verdict(policy: Policy, command: str, cwd: str) -> Verdict:
    from grafftui.approvals import Request

    if not command.strip():
        raise UsageError("the command is empty")
    request = Request("command", "shell", command, cwd, command=command)
    return policy.decide(request, "")


def _test(policy: Policy, file: Path, cwd: str) -> int:
    from grafftui.settings.problem import BrokenFileError
    from grafftui.settings.reading import read_toml
    from grafftui.text.auditing import audit

    if not file.exists():
        raise UsageError(f"there is no file {file}", hint="name a table of commands")
    try:
        table = read_toml(file.absolute())[1]
    except BrokenFileError as error:
        raise UsageError(str(error.problem)) from error
    expected = [*_expectations(table, file)]
    if not expected:
        raise UsageError(f"{file}: there is no command in it", hint='write "git push" = "ask"')
    differing = 0
    for command, wanted in expected:
        verdict = _verdict(policy, command, cwd)
        found = _DECISIONS[type(verdict).__name__]
        if found != wanted:
            differing += 1
            why = audit("; ".join(_reasons(verdict)))
            _print(f"{audit(command)}: expected {wanted}, is {found} ({why})")
    terminal.say(f"{len(expected)} commands, {differing} decided otherwise than expected")
    return 1 if differing else 0


def _expectations(table: Mapping[str, Any], file: Path) -> Iterator[tuple[str, str]]:
    for command, wanted in table.items():
        if isinstance(wanted, dict):
            yield from _expectations(wanted, file)
        elif wanted not in _DECISIONS.values():
            raise UsageError(
                f"{file}: {command!r} is expected to be {wanted!r}",
                hint='write "allow", "ask" or "deny"',
            )
        else:
            yield command, wanted


def _print(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding))
