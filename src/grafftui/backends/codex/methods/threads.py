"""Threads: `thread/…`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar, Unpack

from grafftui.backends.codex.methods.calling import Calling, known

R = TypeVar("R")

ApprovalPolicy = str | Mapping[str, Any]
"""`untrusted`, `on-request`, `never`, or a table `granular`."""
SandboxMode = Literal["read-only", "workspace-write", "danger-full-access"]


class ThreadOverrides(TypedDict, total=False):
    """What a thread is told where it differs from the person's settings."""

    model: str | None
    model_provider: str | None
    cwd: str | None
    approval_policy: ApprovalPolicy | None
    approvals_reviewer: str | None
    sandbox: SandboxMode | None
    config: Mapping[str, Any] | None
    base_instructions: str | None
    developer_instructions: str | None
    service_tier: str | None
    permissions: str | None
    runtime_workspace_roots: Sequence[str] | None


class ThreadStart(ThreadOverrides, total=False):
    """What only a new thread is told."""

    ephemeral: bool | None
    personality: str | None
    service_name: str | None
    session_start_source: str | None
    dynamic_tools: Sequence[Mapping[str, Any]] | None


class ThreadPage(TypedDict, total=False):
    """Which threads are listed. Those of `codex exec` only with `source_kinds`."""

    cursor: str | None
    limit: int | None
    sort_key: str | None
    sort_direction: str | None
    archived: bool | None
    cwd: str | Sequence[str] | None
    search_term: str | None
    source_kinds: Sequence[str] | None
    model_providers: Sequence[str] | None


class ThreadMethods(Calling[R]):
    """Start, find, name, archive, compact and take back."""

    def thread_start(self, **options: Unpack[ThreadStart]) -> R:
        """A new thread: `{thread, model, cwd, approvalPolicy, sandbox, …}`."""
        return self._call("thread/start", known(options, ThreadStart))

    def thread_resume(
        self,
        thread_id: str,
        *,
        exclude_turns: bool = True,
        **options: Unpack[ThreadOverrides],
    ) -> R:
        """Take up a thread; with its turns it can be half a megabyte."""
        return self._call(
            "thread/resume",
            known(options, ThreadOverrides),
            thread_id=thread_id,
            exclude_turns=exclude_turns,
        )

    def thread_fork(
        self,
        thread_id: str,
        *,
        last_turn_id: str | None = None,
        before_turn_id: str | None = None,
        ephemeral: bool | None = None,
        exclude_turns: bool = True,
        **options: Unpack[ThreadOverrides],
    ) -> R:
        """A new thread with the same beginning: all of it, or up to a turn."""
        return self._call(
            "thread/fork",
            known(options, ThreadOverrides),
            thread_id=thread_id,
            last_turn_id=last_turn_id,
            before_turn_id=before_turn_id,
            ephemeral=ephemeral,
            exclude_turns=exclude_turns,
        )

    def thread_list(self, **page: Unpack[ThreadPage]) -> R:
        """`{data: […], nextCursor}`."""
        return self._call("thread/list", known(page, ThreadPage))

    def thread_loaded_list(self, *, cursor: str | None = None, limit: int | None = None) -> R:
        """Ids of the threads that are open."""
        return self._call("thread/loaded/list", cursor=cursor, limit=limit)

    def thread_read(self, thread_id: str, *, include_turns: bool = False) -> R:
        """`{thread}`, without opening it."""
        return self._call("thread/read", thread_id=thread_id, include_turns=include_turns)

    def thread_turns_list(
        self,
        thread_id: str,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        sort_direction: str | None = None,
        items_view: str | None = None,
    ) -> R:
        """A page of turns, the newest first; `items_view="full"` for all that is in them."""
        return self._call(
            "thread/turns/list",
            thread_id=thread_id,
            cursor=cursor,
            limit=limit,
            sort_direction=sort_direction,
            items_view=items_view,
        )

    def thread_items_list(
        self,
        thread_id: str,
        *,
        turn_id: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort_direction: str | None = None,
    ) -> R:
        """A page of items: `{data: [{turnId, item}]}`."""
        return self._call(
            "thread/items/list",
            thread_id=thread_id,
            turn_id=turn_id,
            cursor=cursor,
            limit=limit,
            sort_direction=sort_direction,
        )

    def thread_name_set(self, thread_id: str, name: str) -> R:
        """Name it."""
        return self._call("thread/name/set", thread_id=thread_id, name=name)

    def thread_metadata_update(self, thread_id: str, **metadata: Any) -> R:
        """Change `git_info` or `project_id`."""
        return self._call("thread/metadata/update", metadata, thread_id=thread_id)

    def thread_archive(self, thread_id: str) -> R:
        """Put it away."""
        return self._call("thread/archive", thread_id=thread_id)

    def thread_unarchive(self, thread_id: str) -> R:
        """Take it back out."""
        return self._call("thread/unarchive", thread_id=thread_id)

    def thread_delete(self, thread_id: str) -> R:
        """Remove it for good."""
        return self._call("thread/delete", thread_id=thread_id)

    def thread_unsubscribe(self, thread_id: str) -> R:
        """Hear no more of it. It stays open to no other process until this one ends."""
        return self._call("thread/unsubscribe", thread_id=thread_id)

    def thread_compact_start(self, thread_id: str) -> R:
        """Summarise it; that is a turn, with an item `contextCompaction`."""
        return self._call("thread/compact/start", thread_id=thread_id)

    def thread_revert(self, thread_id: str, before_turn_id: str) -> R:
        """Take back a turn and all after it, from the history only: files stay.

        In the place of `thread/rollback`, which is gone since 0.163 at the latest.
        """
        return self._call("thread/revert", thread_id=thread_id, before_turn_id=before_turn_id)

    def thread_inject_items(self, thread_id: str, items: Sequence[Mapping[str, Any]]) -> R:
        """Put items of the Responses API into its history."""
        return self._call("thread/inject_items", thread_id=thread_id, items=list(items))

    def thread_shell_command(self, thread_id: str, command: str) -> R:
        """Run a command of the person's, as a turn; not sandboxed, and not asked."""
        return self._call("thread/shellCommand", thread_id=thread_id, command=command)

    def thread_goal_set(
        self,
        thread_id: str,
        *,
        objective: str | None = None,
        status: str | None = None,
        token_budget: int | None = None,
    ) -> R:
        """Give it a goal."""
        return self._call(
            "thread/goal/set",
            thread_id=thread_id,
            objective=objective,
            status=status,
            token_budget=token_budget,
        )

    def thread_goal_get(self, thread_id: str) -> R:
        """Its goal."""
        return self._call("thread/goal/get", thread_id=thread_id)

    def thread_goal_clear(self, thread_id: str) -> R:
        """Take its goal away."""
        return self._call("thread/goal/clear", thread_id=thread_id)

    def thread_settings_update(self, thread_id: str, **settings: Any) -> R:
        """Change model, effort, approval_policy, sandbox_policy … (experimental)."""
        return self._call("thread/settings/update", settings, thread_id=thread_id)

    def background_terminals_list(self, thread_id: str) -> R:
        """Commands that outlived an interrupt (experimental)."""
        return self._call("thread/backgroundTerminals/list", thread_id=thread_id)

    def background_terminals_clean(self, thread_id: str) -> R:
        """End them all (experimental)."""
        return self._call("thread/backgroundTerminals/clean", thread_id=thread_id)

    def background_terminals_terminate(self, thread_id: str, process_id: str) -> R:
        """End one of them (experimental)."""
        return self._call(
            "thread/backgroundTerminals/terminate", thread_id=thread_id, process_id=process_id
        )
