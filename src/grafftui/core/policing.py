"""Puts a policy together: the person's rules, those they bring, what is granted, what was run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grafftui.approvals import GrantRule, Mode, Policy, Request, RuleFile
from grafftui.history import Store
from grafftui.settings.paths import Paths
from grafftui.settings.settings import Settings
from grafftui.tools.scripts import scripts_pin

if TYPE_CHECKING:
    from grafftui.approvals import RuleSource
    from grafftui.approvals.hooks import AfterApproval, BeforeApproval

POLICY_FILE: Final = "policy.toml"

_MOST_LOOKED_AT: Final = 200
_MOST_SHOWN: Final = 5


def make_policy(
    root: Path,
    paths: Paths,
    settings: Settings,
    store: Store,
    *,
    mode: Mode | None,
    before_approval: BeforeApproval | None,
    after_approval: AfterApproval | None,
) -> Policy:
    """The policy for a workspace.

    Raises:
        UsageError: There is no such mode, or a file of rules is of no kind that is known.
    """
    workspace = str(root)
    return Policy(
        workspace=workspace,
        rules=rule_sources(workspace, paths, settings),
        grants=store.grants,
        past=_Past(store, workspace),
        mode=mode or settings.mode,
        governed=(paths.data, paths.settings, paths.runtime),
        scripts=lambda command, cwd: scripts_pin(command, cwd, paths.owns),
        before_approval=before_approval,
        after_approval=after_approval,
    )


def rule_sources(workspace: str, paths: Paths, settings: Settings) -> list[RuleSource]:
    """The person's own rules, and the files of rules that the settings name."""
    own = RuleFile(paths.settings / POLICY_FILE, workspace)
    return [own, *(_brought(Path(name).expanduser(), workspace) for name in settings.rules)]


def _brought(path: Path, workspace: str) -> RuleSource:
    """Rules in another tool's form, by the file's ending."""
    if path.suffix in (".yaml", ".yml"):
        from grafftui.approvals import ForgePermissions

        return ForgePermissions(path, workspace)
    return RuleFile(path, workspace)


class _Past:
    """What was run in a workspace before: the `PastCommands` of its policy."""

    def __init__(self, store: Store, workspace: str) -> None:
        self._store = store
        self._workspace = workspace

    def matching(self, rules: Sequence[GrantRule]) -> Sequence[str]:
        """Part of `PastCommands`."""
        from grafftui.approvals.commands import read_command
        from grafftui.approvals.offering import part_rules

        wanted = set(rules)
        if not wanted:
            return ()
        like = rules[0]
        found: list[str] = []
        for command in self._store.past_commands(self._workspace, _MOST_LOOKED_AT):
            request = Request(
                kind="command",
                tool="shell",
                subject=command,
                cwd=self._workspace,
                executor=like.executor,
                command=command,
                confinement=like.confinement,
            )
            parts = read_command(request, self._workspace, lambda path: False).simple
            covering = [part_rules(request, part, "", like.backend) for part in parts]
            if covering and all(wanted.intersection(each) for each in covering):
                found.append(command)
                if len(found) == _MOST_SHOWN:
                    break
        return found
