"""What the workspace's own files say about grafftui, as far as the person trusts them."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from grafftui.approvals import Policy, RuleSource
from grafftui.errors import GrafftuiError
from grafftui.settings.layers import FORGE_FILES
from grafftui.trust import (
    Contents,
    Nothing,
    ProjectPolicy,
    State,
    TrustBook,
    Trusted,
    Unknown,
    project_instructions,
    project_policy,
)

if TYPE_CHECKING:
    from grafftui.settings.problem import Problem
    from grafftui.settings.settings import Settings


class Project:
    """The workspace as a project.

    Args:
        folder: Real path of the workspace.
        book: Knows what is trusted.
        policy: Takes the project's rules while they are trusted. They only narrow.
    """

    def __init__(self, folder: str, book: TrustBook, policy: Policy) -> None:
        self._folder = folder
        self._book = book
        self._policy = policy
        self._said: ProjectPolicy | None = None
        self._rules: RuleSource | None = None
        self._at_rules = threading.Lock()

    def state(self) -> State:
        """How far the folder is trusted at this moment.

        Raises:
            UsageError: It cannot be opened.
            StoreError: What is trusted cannot be read.
        """
        return self._book.state(self._folder)

    def trust(self, seen: Contents) -> None:
        """Trust what was seen of the folder. Raises as `state` does."""
        self._book.trust(seen)

    def trust_own(self, before: State, path: str, content: bytes) -> None:
        """Trust a file that the person has just written through us, if all else is as it was.

        Args:
            before: How the folder stood; only one that was trusted, or empty, is trusted anew.
            content: What was written; where it is not what stands there now, nothing is trusted.
        """
        now = self.state().contents
        written = now.file(path)
        others = [file for file in now.files if file.path != path]
        if (
            isinstance(before, Trusted | Nothing)
            and now.identity == before.contents.identity
            and others == [file for file in before.contents.files if file.path != path]
            and written is not None
            and written.content == content
        ):
            self._book.trust(now)

    def instructions(self) -> str:
        """What the folder tells every agent, "" for nothing. Its rules are brought up to date.

        What the root of its git repository says comes first, where that folder is trusted too.

        To be asked at the start of each turn: files change, and with them what is trusted.
        """
        try:
            self.use_rules()
            folders = filter(None, (_repository_above(self._folder), self._folder))
            said = (project_instructions(folder, self._book) for folder in folders)
            return "\n\n".join(filter(None, said))
        except GrafftuiError:  # what cannot be looked at is not trusted
            return ""

    def use_rules(self) -> None:
        """Bring the policy's rules from this folder up to date. Safe from any thread."""
        with self._at_rules:
            try:
                self._use_rules(project_policy(self._folder, self._book))
            except GrafftuiError:
                self._use_rules(None)

    def narrowed(self, settings: Settings) -> tuple[Settings, list[Problem]]:
        """The person's settings within the limits of the folder's `.forge.toml` and `forge.toml`.

        Returns:
            The settings, and what of the files could not be used.
        """
        from grafftui.settings.narrowing import narrowed

        files = self.trusted_files()
        problems: list[Problem] = []
        for name in FORGE_FILES:
            if name in files:
                path = Path(self._folder, name)
                settings, more = narrowed(settings, files[name], path)
                problems += more
        return settings, problems

    def trusted_files(self) -> dict[str, bytes]:
        """Path relative to the folder → content, of every file that may be loaded as it is."""
        try:
            state = self.state()
        except GrafftuiError:  # what cannot be looked at is not trusted
            return {}
        if isinstance(state, Nothing | Unknown):
            return {}
        found = {file.path: state.usable(file.path) for file in state.contents.files}
        return {path: content for path, content in found.items() if content is not None}

    def _use_rules(self, said: ProjectPolicy | None) -> None:
        if said == self._said:
            return
        if self._rules is not None:
            self._policy.remove_rules(self._rules)
        self._said, self._rules = said, None
        if said is not None:
            from grafftui.approvals.rule_files import project_rules

            self._rules = project_rules(said.content, said.path, self._folder)
            self._policy.add_rules(self._rules)


def _repository_above(folder: str) -> str:
    """The root of the git repository that `folder` lies in, below its root; else ""."""
    if os.path.lexists(os.path.join(folder, ".git")):
        return ""
    for parent in Path(folder).parents:
        if os.path.lexists(parent / ".git"):
            return str(parent)
    return ""
