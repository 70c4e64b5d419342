"""What happens in a turn of Codex, told in our events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from grafftui import events
from grafftui.backends.codex.conversing.items import ItemTelling
from grafftui.backends.codex.messages import Notification
from grafftui.events import AgentEvent
from grafftui.text import one_line
from grafftui.text.redact import RedactingStream, redact

Json = dict[str, Any]

_TRY: Final = re.compile(r"(\d+)/(\d+)")
_TODO_STATES: Final = {"inProgress": "in_progress", "completed": "completed"}
_MOST_WORDS: Final = 2_000


class Telling:
    """Of one turn. Texts are given without secrets, and as they come.

    Args:
        root: Real path of the workspace.

    Attributes:
        usage: The last "UsageReported" that was told; None before.
        diff: What the turn has changed so far: git's unified diff; "" for nothing.
    """

    def __init__(self, root: str) -> None:
        self._items = ItemTelling(root)
        self._texts: dict[str, _Text] = {}
        self._spoke = ""
        self._adjoins = False
        self._said: list[str] = []
        self.usage: AgentEvent | None = None
        self.diff = ""

    @property
    def answer(self) -> str:
        """All that was said to the person so far."""
        return "".join(self._said).strip()

    @property
    def items(self) -> ItemTelling:
        """What is known of the turn's items."""
        return self._items

    def of(self, notification: Notification) -> list[AgentEvent]:
        """What it comes to; nothing, for most kinds."""
        tell = _TELLS.get(notification.method)
        return tell(self, notification.params) if tell is not None else []

    def held_back(self) -> list[AgentEvent]:
        """What was kept of texts that are not over, because it could have been a secret."""
        return [event for key in list(self._texts) for event in self._close(key, "")]

    def end(self) -> list[AgentEvent]:
        """Nothing more comes: what was held back, and the ends of what has none."""
        return [*self.held_back(), *self._items.end()]

    # -- items -----------------------------------------------------------------------------

    def _started(self, params: Json) -> list[AgentEvent]:
        item = _table(params.get("item"))
        if item.get("type") in _SPOKEN:
            return []
        self._adjoins = False
        return self._items.started(item)

    def _completed(self, params: Json) -> list[AgentEvent]:
        item = _table(params.get("item"))
        key = str(item.get("id", ""))
        match item.get("type"):
            case "agentMessage" | "plan":
                return self._close(key, str(item.get("text") or ""), "answer")
            case "reasoning":
                summary = item.get("summary") or item.get("content") or ()
                whole = "\n\n".join(str(part) for part in summary)
                return self._close(key, whole, "reasoning")
            case "userMessage":
                return []
            case _:
                self._adjoins = False
                return self._items.completed(item)

    def _output(self, params: Json) -> list[AgentEvent]:
        return self._items.output(str(params.get("itemId", "")), str(params.get("delta") or ""))

    def _progress(self, params: Json) -> list[AgentEvent]:
        text = f"{params.get('message') or ''}\n"
        return self._items.output(str(params.get("itemId", "")), text)

    # -- texts -----------------------------------------------------------------------------

    def _answer_delta(self, params: Json) -> list[AgentEvent]:
        return self._extend(params, "answer", "text")

    def _summary_delta(self, params: Json) -> list[AgentEvent]:
        return self._extend(params, "reasoning", f"summary {params.get('summaryIndex')}")

    def _reasoning_delta(self, params: Json) -> list[AgentEvent]:
        return self._extend(params, "reasoning", f"content {params.get('contentIndex')}")

    def _extend(self, params: Json, kind: str, part: str) -> list[AgentEvent]:
        key = str(params.get("itemId", ""))
        text = self._texts.setdefault(key, _Text(kind))
        if text.source not in ("", part.partition(" ")[0]):
            return []  # reasoning comes as a summary and, where it is shown, raw as well
        piece = text.take(str(params.get("delta") or ""), part)
        return self._speak(key, kind, piece)

    def _close(self, key: str, whole: str, kind: str = "") -> list[AgentEvent]:
        """The item is over; `whole` is its text, where that is known."""
        text = self._texts.pop(key, None) or _Text(kind)
        return self._speak(key, text.kind, text.close(whole))

    def _speak(self, key: str, kind: str, piece: str) -> list[AgentEvent]:
        if not piece:
            return []
        if kind == "reasoning":
            self._adjoins = False
            return [events.reasoning(piece)]
        apart = "\n\n" if self._said and self._spoke != key else ""
        self._said.append(apart + piece)
        shown = piece if not self._adjoins else apart + piece
        self._spoke, self._adjoins = key, True
        return [events.markdown(shown)]

    # -- the turn itself -------------------------------------------------------------------

    def _plan(self, params: Json) -> list[AgentEvent]:
        todos = [
            {
                "id": str(number),
                "content": redact(str(step.get("step", ""))),
                "status": _TODO_STATES.get(str(step.get("status")), "pending"),
            }
            for number, step in enumerate(params.get("plan") or (), 1)
            if isinstance(step, dict)
        ]
        return [events.todos_changed(todos)]

    def _usage(self, params: Json) -> list[AgentEvent]:
        usage = _table(params.get("tokenUsage"))
        last = _table(usage.get("last"))
        window = usage.get("modelContextWindow")
        self.usage = events.usage_reported(
            prompt_tokens=_count(last.get("inputTokens")),
            completion_tokens=_count(last.get("outputTokens")),
            cached_tokens=_count(last.get("cachedInputTokens")),
            cache_write_tokens=_count(last.get("cacheWriteInputTokens")),
            context_window=window if isinstance(window, int) else None,
            cost=None,
            estimated=False,
        )
        return [self.usage]

    def _diff(self, params: Json) -> list[AgentEvent]:
        self.diff = redact(str(params.get("diff") or ""))
        return []

    def _error(self, params: Json) -> list[AgentEvent]:
        if not params.get("willRetry"):
            return []  # the turn fails, and says so
        words = _line(_table(params.get("error")).get("message"))
        found = _TRY.search(words)
        attempt, attempts = (int(found[1]), int(found[2])) if found else (1, 1)
        return [events.retry_attempt(words, 0, attempt, attempts)]

    def _warning(self, params: Json) -> list[AgentEvent]:
        parts = (params.get("message") or params.get("summary"), params.get("details"))
        words = " ".join(_line(part) for part in parts if part)
        return [events.notice("warning", f"Codex: {words}")] if words else []

    def _rerouted(self, params: Json) -> list[AgentEvent]:
        words = f"Codex answers with {params.get('toModel')} instead of {params.get('fromModel')}"
        return [events.notice("warning", f"{_line(words)}.")]


class _Text:
    """A text that comes in pieces, and then whole.

    Attributes:
        kind: "answer" or "reasoning".
        source: Which of its streams is told.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.source = ""
        self._part = ""
        self._came: list[str] = []
        self._stream = RedactingStream()

    def take(self, delta: str, part: str) -> str:
        """The next piece, of a part; what can be given of it."""
        if self._part not in ("", part):
            delta = f"\n\n{delta}"
        self._part, self.source = part, part.partition(" ")[0]
        self._came.append(delta)
        return self._stream.feed(delta)

    def close(self, whole: str) -> str:
        """What is left: also what of `whole` was not streamed."""
        came = "".join(self._came)
        rest = whole[len(came) :] if whole.startswith(came) else ""
        return self._stream.feed(rest) + self._stream.close()


def _table(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _line(value: Any) -> str:
    return one_line(redact(str(value or "")), _MOST_WORDS)


_SPOKEN: Final = ("agentMessage", "plan", "reasoning", "userMessage")

_TELLS: Final[Mapping[str, Callable[[Telling, Json], list[AgentEvent]]]] = {
    "item/started": Telling._started,
    "item/completed": Telling._completed,
    "item/agentMessage/delta": Telling._answer_delta,
    "item/plan/delta": Telling._answer_delta,
    "item/reasoning/summaryTextDelta": Telling._summary_delta,
    "item/reasoning/textDelta": Telling._reasoning_delta,
    "item/commandExecution/outputDelta": Telling._output,
    "item/fileChange/outputDelta": Telling._output,
    "item/mcpToolCall/progress": Telling._progress,
    "turn/plan/updated": Telling._plan,
    "turn/diff/updated": Telling._diff,
    "thread/tokenUsage/updated": Telling._usage,
    "error": Telling._error,
    "warning": Telling._warning,
    "configWarning": Telling._warning,
    "guardianWarning": Telling._warning,
    "model/rerouted": Telling._rerouted,
}
