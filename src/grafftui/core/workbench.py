"""What tool calls are done with in a workspace, kept from turn to turn."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grafftui.approvals import Approver, Policy
from grafftui.cancellation import Cancellation
from grafftui.checkpoints import Checkpoints, Limits, finish, is_unfinished, tidy
from grafftui.core.asking import Asking
from grafftui.core.checkpointing import TurnCheckpoints
from grafftui.core.execution import Executions
from grafftui.core.holding import Holding
from grafftui.core.mcp_use import McpUse
from grafftui.core.proposals import Proposals
from grafftui.core.roster import Roster
from grafftui.core.subagents.family import Kin, SharedCheckpoints
from grafftui.core.subagents.offering import delegating_tools, is_delegating
from grafftui.core.tool_calls import ToolCalls
from grafftui.errors import GrafftuiError, UsageError
from grafftui.history import Conversation, Store, TurnRecorder
from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.placeholders import is_placeholder
from grafftui.settings.paths import Paths
from grafftui.settings.settings import Settings
from grafftui.tools import (
    BackgroundCommands,
    ReadLog,
    Snapshots,
    TodoList,
    Tool,
    Toolbox,
    ToolContext,
    ToolLimits,
    Workspace,
)
from grafftui.tools.files import sha256

if TYPE_CHECKING:
    from grafftui.core.sandboxed.site import Site

_TIDY_EVERY: Final = 50
"""Turns with a checkpoint after which what is kept of them is tidied; first after the first."""


class Workbench:
    """Makes the `ToolCalls` of each turn.

    Args:
        root: The workspace's directory.
        store: Where each conversation's todos stand.
        policy: Decides what has to be approved.
        approver: Answers what has to be approved.
        roster: Knows the agents, and what each may call.
        mcp: Knows the tools that are not ours.
        site: The sandbox that a conversation's tools act in, if it is to be one.

    Attributes:
        sandbox: Holds commands.
        background: The commands that run in the background.
        checkpoints: The workspace as it was.
    """

    def __init__(
        self,
        root: Path,
        paths: Paths,
        settings: Settings,
        store: Store,
        policy: Policy,
        approver: Approver,
        roster: Roster,
        mcp: McpUse,
        site: Callable[[Conversation, Workspace], Site | None] = lambda whose, own: None,
    ) -> None:
        self._roster = roster
        self._mcp = mcp
        self._site = site
        self.workspace = Workspace(
            root, off_limits=paths.owns, forbidden=lambda path: policy.forbids(path, "read")
        )
        self.sandbox = LocalSandbox(root, (paths.data, paths.settings, paths.runtime))
        self.sandbox.tidy()
        self.executions = Executions()
        self.background = BackgroundCommands()
        self.proposals = Proposals()
        self._paths = paths
        self._limits = ToolLimits(tool_timeout_secs=settings.tool_timeout)
        self._store = store
        self._approver = approver
        self._policy = policy
        self._snapshots = Snapshots(paths.data / "snapshots")
        self._reads: dict[str, ReadLog] = {}
        self._loaded_skills: dict[str, set[Path]] = {}
        self.checkpoints = _checkpoints(root, paths, settings, store)
        self._of_turns: dict[int, TurnCheckpoints] = {}
        self._seeing_out: list[threading.Thread] = []
        self._taken = 0

    def tools(
        self,
        conversation: Conversation,
        recorder: TurnRecorder,
        cancellation: Cancellation,
        *,
        held: bool = True,
        kin: Kin | None = None,
    ) -> ToolCalls:
        """The means to do tool calls in a turn of `conversation`.

        Args:
            held: Whether commands are held by the sandbox: a person's own are not.
            kin: Whose family a sub-agent belongs to; None for the person's own agent.
        """
        whose = kin.family.conversation_id if kin else conversation.id
        if kin:  # for the person who goes on with it by themselves
            self._policy.set_mode(conversation.id, self._policy.mode(whose))
        if held and self._foreign(conversation.agent):
            self._mcp.start(cancellation)
        context = self._context(conversation.id, cancellation, held, whose)
        site = self._site(conversation, self.workspace) if held else None
        if site is not None:
            context = self._in_sandbox(context, site, conversation.id)
        return ToolCalls(
            recorder=recorder,
            toolbox=self.toolbox(
                conversation.agent,
                may_call=kin is None or kin.may_call,
                instead=site.tools() if site else (),
            ),
            context=context,
            asking=self.asking(whose, recorder, cancellation, kin.title if kin else ""),
            executions=self.executions,
            cancellation=cancellation,
            checkpoints=SharedCheckpoints(kin.family)
            if kin
            else self.checkpoints_of(recorder, cancellation),
        )

    def leave(self, turn_id: int) -> list[str]:
        """The turn is over. Returns what is to be told in the next one."""
        kept = self._of_turns.pop(turn_id, None)
        if kept is None:
            return []
        told = kept.over() + self._tidied(kept)
        if kept.seeing_out is not None:
            self._seeing_out.append(kept.seeing_out)
        return told

    def _tidied(self, kept: TurnCheckpoints) -> list[str]:
        """Now and then what nobody can go back to is dropped."""
        if not kept.taken:
            return []
        self._taken += 1
        if self._taken % _TIDY_EVERY != 1:
            return []
        try:
            tidy(self.checkpoints)
        except (GrafftuiError, OSError) as error:
            return [f"Old checkpoints could not be dropped: {error}."]
        return []

    def finish_undo(self) -> list[str]:
        """Finish an undo that was cut off. Returns what the person should know of it."""
        if not is_unfinished(self.checkpoints):
            return []
        try:
            return finish(self.checkpoints)
        except (GrafftuiError, OSError) as error:
            return [f"An undo was cut off, and cannot be finished now: {error}."]

    def close(self, seconds: float) -> None:
        """Wait for what was stopped and end what runs in the background, so long at most each."""
        self.executions.wait(seconds)
        self._mcp.close(seconds)
        for thread in self._seeing_out:
            thread.join(seconds)
        self.background.stop_all(seconds)

    def checkpoints_of(self, recorder: TurnRecorder, cancellation: Cancellation) -> TurnCheckpoints:
        """What a turn changes in the workspace."""

        def goes_on() -> bool:
            return any(one.running for one in self.background.all(recorder.conversation_id))

        kept = TurnCheckpoints(self.checkpoints, recorder, cancellation, goes_on)
        return self._of_turns.setdefault(recorder.turn_id, kept)

    def toolbox(
        self, agent_id: str, *, may_call: bool = True, instead: Sequence[Tool] = ()
    ) -> Toolbox:
        """The tools of an agent. Raises `NotFoundError`.

        Args:
            may_call: Whether it may have others work for it.
            instead: What it gets for those of the same name.
        """
        foreign, agents = self._foreign(agent_id), self._roster.agents()
        agent = self._roster.agent(agent_id)
        own = [n for n in agent.tools if n not in foreign and not is_delegating(n, agents)]
        delegating = delegating_tools(agent, agents) if may_call else ()
        return Toolbox(own, self._mcp.tools(foreign) if foreign else (), delegating, instead)

    def _foreign(self, agent_id: str) -> list[str]:
        """What an agent may call that is not ours: names, or patterns of them."""
        return [name for name in self._roster.agent(agent_id).tools if name.startswith("mcp_")]

    def asking(
        self,
        conversation_id: str,
        recorder: TurnRecorder,
        cancellation: Cancellation,
        agent: str = "",
    ) -> Asking:
        """What asks in a turn.

        Args:
            agent: The title of the sub-agent that asks; "" for the conversation's own agent.
        """
        return Asking(
            conversation_id=conversation_id,
            recorder=recorder,
            policy=self._policy,
            approver=self._approver,
            proposals=self.proposals,
            cancellation=cancellation,
            agent=agent,
        )

    def _context(
        self, conversation_id: str, cancellation: Cancellation, held: bool, whose: str = ""
    ) -> ToolContext:
        return ToolContext(
            workspace=self.workspace,
            conversation_id=whose or conversation_id,
            cancellation=cancellation,
            limits=self._limits,
            snapshots=self._snapshots,
            reads=self._reads.setdefault(conversation_id, ReadLog()),
            todos=TodoList(self._store.todos(conversation_id)),
            shell_output_dir=self._paths.outputs,
            background=self.background,
            confiner=self._holding(whose or conversation_id) if held else None,
            skills=self._roster.skills,
            loaded_skills=self._loaded_skills.setdefault(conversation_id, set()),
        )

    def _in_sandbox(self, context: ToolContext, site: Site, conversation_id: str) -> ToolContext:
        """What a call may touch where tools act in a sandbox: no file is taken for another's."""
        executor = site.posting.executor
        self._policy.knows_sandbox(executor, site.posting.root)
        return replace(
            context,
            workspace=site.workspace,
            snapshots=Snapshots(self._paths.data / "snapshots" / sha256(executor.encode())[:32]),
            reads=self._reads.setdefault(
                f"{conversation_id} {executor}", ReadLog(lambda path: None)
            ),
            confiner=None,
        )

    def _holding(self, conversation_id: str) -> Holding:
        return Holding(self.sandbox, lambda: self._policy.mode(conversation_id))


def _checkpoints(root: Path, paths: Paths, settings: Settings, store: Store) -> Checkpoints:
    chosen = settings.checkpoints
    limits = Limits(
        file=chosen.max_file_mb << 20,
        workspace=chosen.max_workspace_mb << 20,
        kept=chosen.max_disk_mb << 20,
    )
    ours = (paths.data, paths.settings, paths.runtime)
    data = paths.data / "checkpoints"
    return Checkpoints(
        str(root),
        data,
        store.checkpoints,
        limits,
        ours,
        wanted=chosen.on,
        passing=is_placeholder,
    )


def workspace_root(cwd: str | None) -> Path:
    """The directory meant by `cwd`, without links; the current one if None. Raises `UsageError`."""
    try:
        root = Path(cwd or os.getcwd()).expanduser()
    except (OSError, RuntimeError) as error:  # deleted under us; no home to expand
        raise UsageError(f"the workspace cannot be told: {error}", hint="name it as cwd") from error
    if not root.is_dir():
        raise UsageError(f"there is no directory {root}", hint="name one that exists as cwd")
    return root.resolve()
