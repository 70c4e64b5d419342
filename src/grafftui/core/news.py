"""What a model should know when a turn begins that nobody has said (CodeGraff's notices).

Each is a droppable message after the prompt: it is sent, and not worth a word in a summary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from grafftui.history import TurnRecorder
from grafftui.models import Message, UserMessage
from grafftui.text import for_model
from grafftui.text.redact import redact
from grafftui.tools import ToolContext

_MOST_FILES: Final = 50

_CHANGED: Final = (
    "<notice>These files are no longer as you saw them; read them again before you rely on them "
    "or edit them:\n{files}</notice>"
)
_TODOS: Final = (
    "<notice>This conversation is taken up again. Your todo list as it was left:\n{todos}\n"
    "Go on with it if that is what is asked now.</notice>"
)


@dataclass(frozen=True, slots=True)
class News:
    """What is new as one turn begins.

    Args:
        resumed: Whether it is the conversation's first turn in this process.
        lists: Whether the agent keeps todos.
    """

    recorder: TurnRecorder
    context: ToolContext
    resumed: bool
    lists: bool

    def tell(self, messages: list[Message]) -> None:
        """Append a message for each piece of news."""
        for words in (*self._todos(), *self._files()):
            message = UserMessage(redact(for_model(words)), droppable=True)
            messages.append(message)
            self.recorder.add_message("user", message.to_wire())

    def _todos(self) -> Iterator[str]:
        todos = self.context.todos
        if self.resumed and self.lists and any(_is_open(todo) for todo in todos.to_wire()):
            yield _TODOS.format(todos=todos.checklist())

    def _files(self) -> Iterator[str]:
        workspace = self.context.workspace
        found = [
            f"- {workspace.shown(path)}" + ("" if there else " (gone)")
            for path, there in self.context.reads.news()
            if not workspace.hides(path)
        ]
        if found:
            more = [f"- and {len(found) - _MOST_FILES:,} more"] if found[_MOST_FILES:] else []
            yield _CHANGED.format(files="\n".join([*found[:_MOST_FILES], *more]))


def _is_open(todo: dict[str, str]) -> bool:
    return todo["status"] != "completed"
