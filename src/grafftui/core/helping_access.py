"""The part of `Graff` that helps with git and the shell: it proposes, and runs nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from grafftui.cancellation import Cancellation
from grafftui.core.asides import Asides
from grafftui.core.committing import (
    ProposedCommit,
    commit_command,
    message_in,
    message_wanted,
    to_commit,
)
from grafftui.core.connections import ModelChoice, ModelSource
from grafftui.core.conversations import Conversations
from grafftui.core.suggesting import command_in, suggestion_wanted
from grafftui.core.validation import validate
from grafftui.core.working_tree import WorkingTree
from grafftui.errors import UsageError

if TYPE_CHECKING:
    from grafftui.core.workbench import Workbench
    from grafftui.settings.settings import Settings


class HelpingAccess:
    """A commit's message, a shell command.

    Attributes:
        models: Where models come from.
    """

    models: ModelSource
    _asides: Asides
    _conversations: Conversations
    _workbench: Workbench

    @property
    def settings(self) -> Settings:
        """What the person has chosen."""
        raise NotImplementedError

    def propose_commit(
        self,
        guidance: str = "",
        *,
        conversation_id: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        signal: Cancellation | None = None,
    ) -> ProposedCommit:
        """Have a model write a commit's message. Commits nothing: see `commit_command`.

        The commit is of what is staged; where nothing is, of all that has changed in the
        workspace, new files included. What the policy forbids to read is neither sent nor
        committed.

        Args:
            guidance: What the person says of it, if anything.
            conversation_id: Whose model is asked, and whose budget it is paid from.
            provider: Provider to ask instead, unless the settings have a `commit_model`.
            model: Model to ask instead, likewise.
            signal: Ends the asking.

        Raises:
            NotFoundError: There is no repository, or nothing to commit.
            AbortedError: `signal` was given.
            GrafftuiError: The model could not be asked, or wrote nothing.
        """
        validate("help", guidance=guidance, id=conversation_id, provider=provider, model=model)
        tree = WorkingTree(self._workbench.workspace)
        changes = to_commit(tree)
        wanted = message_wanted(changes, tree.subjects(), guidance)
        choice = self._helper(self.settings.commit_model, conversation_id, provider, model)
        message = message_in(self._asides.ask(conversation_id or "", choice, wanted, signal))
        if not message:
            raise UsageError("the model wrote no message")
        return ProposedCommit(message, changes)

    def commit_command(self, proposed: ProposedCommit, message: str | None = None) -> str:
        """The shell command that makes a proposed commit, to be given to `run_command`.

        Args:
            message: What the person made of the message; as it was proposed by default.

        Raises:
            UsageError: Something has changed since it was proposed, or the message is empty.
        """
        tree = WorkingTree(self._workbench.workspace)
        now = tree.changes(staged=tree.anything_staged())
        return commit_command(proposed, proposed.message if message is None else message, now)

    def suggest_command(
        self,
        description: str,
        *,
        conversation_id: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        signal: Cancellation | None = None,
    ) -> str:
        """A shell command that does what is described. Runs nothing.

        Args:
            conversation_id: Whose model is asked, and whose budget it is paid from.
            provider: Provider to ask instead, unless the settings have a `suggest_model`.
            model: Model to ask instead, likewise.
            signal: Ends the asking.

        Raises:
            AbortedError: `signal` was given.
            GrafftuiError: The model could not be asked, or suggested nothing.
        """
        validate("help", prompt=description, id=conversation_id, provider=provider, model=model)
        shell = os.path.basename(os.environ.get("SHELL") or "sh")
        wanted = suggestion_wanted(description, str(self._workbench.workspace.root), shell)
        choice = self._helper(self.settings.suggest_model, conversation_id, provider, model)
        return command_in(self._asides.ask(conversation_id or "", choice, wanted, signal))

    def _helper(
        self, preferred: str | None, conversation_id: str | None, *named: str | None
    ) -> ModelChoice:
        """The model that is asked: of the settings, else the one that is named, else its own."""
        if preferred:
            provider, _, model = preferred.partition("/")
            return self.models.choose(provider, model or None)
        if any(named):
            return self.models.choose(named[0], named[1])
        if conversation_id is not None:
            row = self._conversations.known(conversation_id)
            if row.provider:
                return ModelChoice(row.provider, row.model)
        defaults = self._conversations.defaults
        return self.models.choose(defaults.provider, defaults.model)
