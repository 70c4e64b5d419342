"""Asks the person a question."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from grafftui.approvals import Question, Reply
from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element

MOST_CHARACTERS = 2_000
"""Of a question, and of an option."""

_NOBODY = (
    "Nobody could be asked: no person is there. Go on with what you think best, and say in your "
    "answer what you assumed."
)
_NO_ANSWER = (
    "The person gave no answer. Go on with what you think best, or stop and say what is open."
)


class FollowupArguments(BaseModel):
    """What `followup` takes."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="The question, short and complete.")
    multiple: bool = Field(default=False, description="Several options may be chosen.")
    option1: str | None = Field(default=None, description="An answer to choose.")
    option2: str | None = Field(default=None, description="Another.")
    option3: str | None = Field(default=None, description="Another.")
    option4: str | None = Field(default=None, description="Another.")
    option5: str | None = Field(default=None, description="Another.")

    @property
    def options(self) -> tuple[str, ...]:
        """Those that are given, each once."""
        given = (self.option1, self.option2, self.option3, self.option4, self.option5)
        return tuple(dict.fromkeys(one.strip() for one in given if one and one.strip()))


class Followup:
    """Asks the person a question."""

    name = "followup"
    description = (
        "Ask the person a question when you cannot go on without knowing, and cannot find it out "
        "yourself. Offer up to five options where there are some; the person may also answer "
        "otherwise, or not at all. Ask one thing at a time."
    )
    arguments = FollowupArguments

    def prepare(self, arguments: FollowupArguments, context: ToolContext) -> PreparedCall:
        """The call; needs no yes."""
        text = arguments.question.strip()
        if not text:
            raise ToolFailure("The question is empty.")
        if any(len(one) > MOST_CHARACTERS for one in (text, *arguments.options)):
            raise ToolFailure(
                f"The question or an option has more than {MOST_CHARACTERS:,} characters."
            )
        several = arguments.multiple and len(arguments.options) > 1
        question = Question(text, arguments.options, several)

        def replied(reply: Reply) -> PreparedCall:
            return PreparedCall("Follow-up", text, lambda context: ToolResult(_told(reply)))

        unanswered = replied(Reply(by="nobody"))
        return PreparedCall(
            unanswered.title,
            unanswered.sub_title,
            unanswered.execute,
            question=question,
            replied=replied,
        )


def _told(reply: Reply) -> str:
    if reply.by == "nobody":
        return _NOBODY
    if not reply.given:
        return _NO_ANSWER
    lines = [*(f"- {one}" for one in reply.chosen), *([reply.text] if reply.text.strip() else [])]
    return element("answer", {"by": reply.by}, lines)
