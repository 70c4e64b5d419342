"""Requests, policies and rule files for the tests of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafftui.approvals import (
    Confinement,
    Decision,
    FileEdit,
    GrantsInMemory,
    Policy,
    Request,
    RuleFile,
    Verdict,
)

HELD = Confinement("bubblewrap", "workspace-write")


@dataclass
class Stage:
    """A workspace, and what is asked in it."""

    workspace: Path
    home: Path

    def policy(self, rules: str = "", **options: Any) -> Policy:
        """A policy with the text `rules` as the person's policy.toml."""
        sources = list(options.pop("sources", ()))
        if rules:
            sources.insert(0, self.rule_file(rules))
        options.setdefault("grants", GrantsInMemory())
        return Policy(workspace=self.workspace, rules=sources, **options)

    def rule_file(self, text: str) -> RuleFile:
        """The file policy.toml with `text`."""
        path = self.home / "policy.toml"
        path.write_text(text)
        return RuleFile(path, str(self.workspace))

    def command(self, text: str, **fields: Any) -> Request:
        """A request to run `text` in the workspace."""
        made: dict[str, Any] = {
            "kind": "command",
            "tool": "shell",
            "subject": text,
            "cwd": str(self.workspace),
            "command": text,
            "argv": ("/bin/bash", "--noprofile", "--norc", "-c", text),
        }
        return Request(**(made | fields))

    def edit(self, *paths: str, removes: bool = False, **fields: Any) -> Request:
        """A request to change, or remove, files of the workspace."""
        after = None if removes else "1" * 64
        edits = tuple(FileEdit(self.path(path), "0" * 64, after, "-a\n+b\n") for path in paths)
        made: dict[str, Any] = {
            "kind": "edit",
            "tool": "write",
            "subject": paths[0],
            "cwd": str(self.workspace),
            "edits": edits,
        }
        return Request(**(made | fields))

    def path(self, name: str) -> str:
        """The absolute path of `name`."""
        return str(self.workspace / name)

    def read(self, path: str, tool: str = "read") -> Request:
        """A request to read outside the workspace."""
        return Request("read", tool, path, str(self.workspace))

    def fetch(self, url: str) -> Request:
        """A request to fetch `url`."""
        return Request("fetch", "fetch", url, str(self.workspace), url=url)

    def tool(self, name: str) -> Request:
        """A request of another tool."""
        return Request("tool", name, name, str(self.workspace))

    def unsandboxed(self, text: str) -> Request:
        """A request to run `text` outside the sandbox."""
        return self.command(text, kind="unsandboxed", because="the sandbox has no network")


def verdict(policy: Policy, request: Request, conversation: str = "c") -> str:
    """The name of the verdict: "Allow", "Ask" or "Deny"."""
    return type(policy.decide(request, conversation)).__name__


def grant(policy: Policy, request: Request, scope: Any = "session", **fields: Any) -> Verdict:
    """Ask, and answer yes with this scope. Returns the question."""
    conversation = fields.pop("conversation", "c")
    question = policy.decide(request, conversation)
    policy.learn(request, Decision("acceptForSession", scope=scope, **fields), conversation)
    return question
