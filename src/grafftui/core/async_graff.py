"""`AsyncGraff`: the same names, awaited. Turns run on threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import aclosing
from functools import update_wrapper
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, Unpack

from grafftui.approvals import Approver, decline_everything
from grafftui.cancellation import Cancellation
from grafftui.core.async_approver import AsyncApprover, for_threads
from grafftui.core.async_bridge import followed
from grafftui.core.async_objects import AsyncObjects
from grafftui.core.async_session import AsyncGraffSession
from grafftui.core.async_turns import AsyncTurns
from grafftui.core.chat_options import ChatOptions
from grafftui.core.graff import Graff
from grafftui.core.hooks import aborted_by
from grafftui.errors import StoreError
from grafftui.events import AgentEvent
from grafftui.mcp import McpServers

P = ParamSpec("P")
T = TypeVar("T")


def _awaited(
    method: Callable[Concatenate[Graff, P], T],
) -> Callable[Concatenate[AsyncGraff, P], Coroutine[Any, Any, T]]:
    """`method` of `Graff`, run on a thread."""

    async def call(self: AsyncGraff, /, *args: P.args, **kwargs: P.kwargs) -> T:
        graff = await self._sync()
        return await asyncio.to_thread(method, graff, *args, **kwargs)

    update_wrapper(call, method)
    return call


def _refreshed_mcp(graff: Graff) -> McpServers:
    """`Graff.mcp`: it reads the files, so it is awaited here."""
    return graff.mcp


class AsyncGraff(AsyncObjects, AsyncTurns[Graff]):
    """`Graff` for programs with an event loop. Use it in an `async with` block, or close it.

    Takes what `Graff` takes, by name; it is opened on first use, which then raises what `Graff`
    would. `approver` may be an `AsyncApprover`. Its objects are those of a `Graff`.
    """

    def __init__(
        self,
        *,
        approver: Approver | AsyncApprover = decline_everything,
        **options: Any,
    ) -> None:
        self._options = options
        self._approver = approver
        self._opened: Graff | None = None
        self._opening: asyncio.Lock | None = None

    async def __aenter__(self) -> Self:
        await self._sync()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self.close()
        except StoreError as lost:
            if error is None:
                raise
            error.add_note(str(lost))

    async def close(self) -> None:
        """Stop what runs, and close the history. Raises `StoreError` like `Graff.close`."""
        if self._opened is not None:
            await asyncio.to_thread(self._opened.close)

    async def _sync(self) -> Graff:
        if self._opening is None:
            self._opening = asyncio.Lock()
        async with self._opening:
            if self._opened is None:
                approver = for_threads(self._approver, asyncio.get_running_loop())
                self._opened = await asyncio.to_thread(Graff, approver=approver, **self._options)
            return self._opened

    # -- turns -----------------------------------------------------------------------------

    def chat(self, prompt: str, **options: Unpack[ChatOptions]) -> AsyncGenerator[AgentEvent]:
        """Like `Graff.chat`. Leaving the loop early, then `aclose`, interrupts the turn."""
        return self._follow(prompt, options)

    def run_command(
        self, command: str, *, conversation_id: str | None = None
    ) -> AsyncGenerator[AgentEvent]:
        """Like `Graff.run_command`."""
        return self._follow_turn(
            lambda graff: graff.run_command(command, conversation_id=conversation_id)
        )

    def bring_changes(
        self, sandbox_id: str, *, conversation_id: str | None = None, engine: str | None = None
    ) -> AsyncGenerator[AgentEvent]:
        """Like `Graff.bring_changes`."""
        return self._follow_turn(
            lambda graff: graff.bring_changes(
                sandbox_id, conversation_id=conversation_id, engine=engine
            )
        )

    async def _follow_turn(
        self, begin: Callable[[Graff], Generator[AgentEvent]]
    ) -> AsyncGenerator[AgentEvent]:
        graff = await self._sync()

        def run(signal: Cancellation) -> Generator[AgentEvent]:
            return aborted_by(signal, begin(graff), graff.interrupt)

        async with aclosing(followed(run)) as stream:
            async for event in stream:
                yield event

    def session(self, **options: Unpack[ChatOptions]) -> AsyncGraffSession:
        """Like `Graff.session`."""
        return AsyncGraffSession(self, options)

    async def resume_last(self, **options: Unpack[ChatOptions]) -> AsyncGraffSession:
        """Like `Graff.resume_last`."""
        session = await asyncio.to_thread((await self._sync()).resume_last)
        chosen: ChatOptions = {**options, "conversation_id": session.conversation_id}
        return AsyncGraffSession(self, chosen)

    interrupt = _awaited(Graff.interrupt)
    steer = _awaited(Graff.steer)
    proposed_text = _awaited(Graff.proposed_text)

    # -- conversations, agents, keys ---------------------------------------------------------

    list_conversations = _awaited(Graff.list_conversations)
    get_conversation = _awaited(Graff.get_conversation)
    last_conversation = _awaited(Graff.last_conversation)
    list_trajectory = _awaited(Graff.list_trajectory)
    delete_conversation = _awaited(Graff.delete_conversation)
    rename_conversation = _awaited(Graff.rename_conversation)
    fork_conversation = _awaited(Graff.fork_conversation)
    list_sub_agents = _awaited(Graff.list_sub_agents)
    set_mode = _awaited(Graff.set_mode)
    resume_mode = _awaited(Graff.resume_mode)
    compact_conversation = _awaited(Graff.compact_conversation)
    preview_compaction = _awaited(Graff.preview_compaction)
    compact = _awaited(Graff.compact)
    context_ledger = _awaited(Graff.context_ledger)
    edit_summary = _awaited(Graff.edit_summary)
    undo_turns = _awaited(Graff.undo_turns)
    undo_plan = _awaited(Graff.undo_plan)
    undo_diff = _awaited(Graff.undo_diff)
    undo = _awaited(Graff.undo)
    redo_plan = _awaited(Graff.redo_plan)
    redo = _awaited(Graff.redo)
    context_breakdown = _awaited(Graff.context_breakdown)
    budget_limits = _awaited(Graff.budget_limits)
    set_budget = _awaited(Graff.set_budget)
    list_commands = _awaited(Graff.list_commands)
    command_prompt = _awaited(Graff.command_prompt)
    info = _awaited(Graff.info)
    local_policy = _awaited(Graff.local_policy)
    list_attempts = _awaited(Graff.list_attempts)
    grant_attempt = _awaited(Graff.grant_attempt)
    list_tools = _awaited(Graff.list_tools)
    list_skills = _awaited(Graff.list_skills)
    agent_prompt = _awaited(Graff.agent_prompt)
    list_reports = _awaited(Graff.list_reports)
    report = _awaited(Graff.report)
    settings_file = _awaited(Graff.settings_file)
    list_settings = _awaited(Graff.list_settings)
    change_setting = _awaited(Graff.change_setting)
    reload_settings = _awaited(Graff.reload_settings)
    propose_commit = _awaited(Graff.propose_commit)
    commit_command = _awaited(Graff.commit_command)
    suggest_command = _awaited(Graff.suggest_command)
    get_agent_infos = _awaited(Graff.get_agent_infos)
    set_active_agent = _awaited(Graff.set_active_agent)
    get_active_agent = _awaited(Graff.get_active_agent)
    upsert_credential = _awaited(Graff.upsert_credential)
    remove_credential = _awaited(Graff.remove_credential)
    mcp = _awaited(_refreshed_mcp)
    read_mcp_config = _awaited(Graff.read_mcp_config)
    write_mcp_config = _awaited(Graff.write_mcp_config)
    mcp_file = _awaited(Graff.mcp_file)
    mcp_scope = _awaited(Graff.mcp_scope)
    add_mcp_server = _awaited(Graff.add_mcp_server)
    remove_mcp_server = _awaited(Graff.remove_mcp_server)
    enable_mcp_server = _awaited(Graff.enable_mcp_server)
    import_forge = _awaited(Graff.import_forge)
    create_sandbox = _awaited(Graff.create_sandbox)
    get_sandbox = _awaited(Graff.get_sandbox)
    list_sandboxes = _awaited(Graff.list_sandboxes)
    list_sandbox_engines = _awaited(Graff.list_sandbox_engines)
    use_sandbox = _awaited(Graff.use_sandbox)
    sandbox_of = _awaited(Graff.sandbox_of)
    prune_sandboxes = _awaited(Graff.prune_sandboxes)
    version = _awaited(Graff.version)
