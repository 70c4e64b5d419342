"""The part of `Graff` that compacts conversations, and shows what that did to them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafftui.cancellation import Cancellation
from grafftui.core.compaction.compactions import Asked
from grafftui.core.compaction.compactor import Prepared
from grafftui.core.compaction.ledger import LedgerView, Preview, ledger_view, preview
from grafftui.core.compaction.turn import CompactionTurn
from grafftui.core.conversations import Conversations
from grafftui.core.ending import Steps
from grafftui.core.hooks import EventHooks, require_hooks
from grafftui.core.turn_maker import TurnMaker
from grafftui.core.validation import validate
from grafftui.errors import UsageError
from grafftui.events import BACKEND_TITLES, AgentEvent
from grafftui.history import Conversation, Store, Summariser, TurnRecorder
from grafftui.history.ledger import Ledger
from grafftui.text import for_model, one_line
from grafftui.text.redact import redact

_OURS: Final = "graff"
"""The backend whose contexts are kept here; others compact where nobody sees it."""

_FIGURES: Final = {
    "original_tokens": "tokens_before",
    "compacted_tokens": "tokens_after",
    "original_messages": "messages_before",
    "compacted_messages": "messages_after",
}
"""The CodeGraff SDK's name → that of the "Compacted" event."""


class CompactionAccess:
    """Compactions, by the id of a conversation of any workspace."""

    store: Store
    _conversations: Conversations
    _make: TurnMaker

    def _run(
        self,
        conversation: Conversation,
        prompt: str,
        make: Callable[[Conversation, TurnRecorder, Cancellation], Steps],
        notices: Sequence[str] = (),
    ) -> Generator[AgentEvent]:
        """Run a turn."""
        raise NotImplementedError

    def compact_conversation(
        self,
        id: str,
        *,
        instructions: str | None = None,
        summariser: Summariser | None = None,
        hooks: EventHooks | None = None,
    ) -> dict[str, int]:
        """Replace the older part of a conversation, as the model is sent it, by a summary.

        Nothing is lost: the transcript stays whole, and a compaction can be undone.

        Args:
            instructions: What a summary that a model writes should keep.
            summariser: "extractive", which asks no model, or "model": the conversation's own
                writes it; where that fails, it is extracted. By default a model is asked only
                if there are instructions for it.
            hooks: Whom to tell of its events: a "Notice" says that no model wrote the summary.

        Returns:
            `{original_tokens, compacted_tokens, original_messages, compacted_messages}`, tokens
            estimated; all 0 for a conversation without context, and the same before and after
            where there is nothing to compact.

        Raises:
            UsageError: An argument cannot be meant; or another backend keeps the context.
            NotFoundError: No such conversation.
            ConversationBusyError: A turn of it is running.
        """
        instructions = "" if instructions is None else instructions
        asked = Asked(summariser or ("model" if instructions else "extractive"), instructions)
        _check(asked)
        require_hooks(hooks)
        ledger = self.context_ledger(self._compactable(id).id)
        figures = {"tokens_before": ledger.tokens_after, "messages_before": len(ledger.after)}
        figures |= {"tokens_after": ledger.tokens_after, "messages_after": len(ledger.after)}
        if ledger.after:
            events = self.compact(id, asked)
            for event in hooks.told(events) if hooks else events:
                figures |= event.data if event.type == "Compacted" else {}
        return {name: int(figures[ours]) for name, ours in _FIGURES.items()}

    def compact(
        self, id: str, asked: Asked | None = None, *, prepared: Prepared | None = None
    ) -> Generator[AgentEvent]:
        """Compact, as a turn in which nothing is said. Yields its events like `chat`.

        Args:
            asked: How; by default with an extracted summary.
            prepared: What a preview showed, to be done as it was shown.

        Raises:
            UsageError: An argument cannot be meant; or what was prepared is no longer so.
            NotFoundError: No such conversation.
        """
        conversation, wanted = self._compactable(id), asked or Asked()
        _check(wanted)

        def make(
            conversation: Conversation, recorder: TurnRecorder, cancellation: Cancellation
        ) -> CompactionTurn:
            def prepare() -> Prepared | None:
                return prepared or self._make.compaction(
                    wanted, conversation, recorder, cancellation
                )

            return CompactionTurn(self.store, recorder, prepare)

        yield from self._run(conversation, "", make)

    def preview_compaction(
        self, id: str, asked: Asked, cancellation: Cancellation | None = None
    ) -> Preview | None:
        """What a compaction would come to; None where there is nothing to compact.

        A summary that a model is to write is written for this, and paid for. Raises like
        `compact`, and `AbortedError`.
        """
        conversation = self._compactable(id)
        _check(asked)
        book = _Charges(self.store.ledger, conversation.id)
        cancellation = cancellation or Cancellation()
        prepared = self._make.compaction(asked, conversation, book, cancellation)
        if prepared is None:
            return None
        contexts = self.store.contexts
        live = contexts.live(conversation.id)
        if not prepared.plan.fates.keys() <= {message.id for message in live}:
            raise UsageError("the context has changed meanwhile", hint="try again")
        return preview(live, prepared, contexts.outlook(conversation.id).token_ratio)

    def context_ledger(self, id: str) -> LedgerView:
        """What the model is sent of a conversation, and what became of all the rest.

        Raises:
            UsageError: `id` is none.
            NotFoundError: No such conversation.
        """
        conversation = self._conversations.known(id)
        if conversation.backend != _OURS:
            return LedgerView(visible=False)
        contexts = self.store.contexts
        return ledger_view(contexts.ledger(conversation.id), contexts.outlook(conversation.id))

    def edit_summary(self, compaction_id: str, text: str) -> None:
        """Have the model told something else; see `Contexts.edit_summary`."""
        self.store.contexts.edit_summary(compaction_id, redact(for_model(text)))

    def _compactable(self, id: str) -> Conversation:
        validate("conversation", id=id)
        conversation = self._conversations.known(id)
        if conversation.backend not in ("", _OURS):
            title = one_line(BACKEND_TITLES.get(conversation.backend, conversation.backend), 40)
            raise UsageError(
                f"{title} compacts its conversations itself",
                hint="/compact in the app, or `grafftui conversations compact`, tells it to",
            )
        return conversation


@dataclass(frozen=True, slots=True)
class _Charges:
    """Where it is written down what a summary takes that no turn asked for."""

    ledger: Ledger
    conversation_id: str

    def usage(self, data: Mapping[str, Any]) -> None:
        """Part of `Book`."""
        self.ledger.charge(self.conversation_id, "compaction", data)


def _check(asked: Asked) -> None:
    validate("compaction", instructions=asked.instructions)
    if asked.summariser not in ("extractive", "model"):
        raise UsageError(
            f"no such summariser: {asked.summariser!r}", hint='"extractive" or "model"'
        )
    if asked.instructions and asked.summariser != "model":
        raise UsageError(
            "instructions are for a summary that a model writes",
            hint='ask for the summariser "model"',
        )
