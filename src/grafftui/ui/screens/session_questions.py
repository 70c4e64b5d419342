"""What the session screen does with questions of agents to the person."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grafftui.ui.screens.session_requests import SessionRequests

if TYPE_CHECKING:
    from grafftui.approvals import Reply
    from grafftui.ui.live import LiveConversation, PendingQuestion
    from grafftui.ui.widgets.question_panel import QuestionPanel


class SessionQuestions(SessionRequests):
    """Shows a question when there is one, and passes its answer on.

    That is the oldest of the conversation on screen, or the one that was gone to.
    """

    _asked_elsewhere: tuple[LiveConversation, PendingQuestion] | None = None

    def __init__(self) -> None:
        super().__init__()
        self._at_questions = asyncio.Lock()
        self._put_off: set[str] = set()

    async def action_command_requests(self) -> None:
        """To what waits on screen; from there to the next, requests before questions."""
        if self.waiting or not self.desk.questions:
            await super().action_command_requests()
            return
        open_panels = [panel for panel in self.query("QuestionPanel.-open") if panel.has_focus]
        if open_panels or not self.desk.current.questions:
            questions = self.desk.questions
            shown = self._question_shown()
            place = questions.index(shown) + 1 if shown in questions else 0
            self._asked_elsewhere = questions[place % len(questions)]
        await self.show_question()
        (await self._question_panel()).focus()

    def _question_shown(self) -> tuple[LiveConversation, PendingQuestion] | None:
        questions, current = self.desk.questions, self.desk.current
        if self._asked_elsewhere in questions:
            return self._asked_elsewhere
        self._asked_elsewhere = None
        return next((one for one in questions if one[0] is current), None)

    async def show_question(self) -> None:
        """Show what is to be shown, or take the panel away."""
        async with self._at_questions:  # a panel is mounted whole, and once
            await self._show_question()

    async def _show_question(self) -> None:
        shown = self._question_shown()
        if shown is None and not self.query("QuestionPanel"):
            return
        panel = await self._question_panel()
        had_focus = panel.has_focus
        if shown is None:
            await panel.show(None)
            if had_focus:
                self.composer.focus()
            return
        conversation, asked = shown
        where = "" if conversation is self.desk.current else f" in “{conversation.title}”"
        asker = asked.question.agent or conversation.agent or "The agent"
        await panel.show(asked, f"{asker} asks{where}")
        if asked.question_id not in self._put_off:
            self.give_focus_if_idle(panel, self.show_question)

    async def _question_panel(self) -> QuestionPanel:
        """The panel, mounted when it is needed first."""
        from grafftui.ui.widgets.question_panel import QuestionPanel

        if not self.query(QuestionPanel):
            self.read_approval_styles()
            await self.centre.mount(QuestionPanel())
        return self.query_one(QuestionPanel)

    def on_question_panel_answered(self, event: QuestionPanel.Answered) -> None:
        """The person answered."""
        self._reply(event.asked, event.reply)

    def on_question_panel_later(self, event: QuestionPanel.Later) -> None:
        """It stays open, and takes the focus no more; tab and ctrl+g lead back to it."""
        self._put_off.add(event.asked.question_id)
        self._asked_elsewhere = None
        self.composer.focus()
        self.run_worker(self.show_question())

    def on_question_panel_own_words_wanted(self, event: QuestionPanel.OwnWordsWanted) -> None:
        """Have them written."""
        from grafftui.approvals import Reply
        from grafftui.ui.screens.text_prompt import TextPrompt

        def written(text: str | None) -> None:
            if text is not None and text.strip():
                self._reply(event.asked, Reply(event.chosen, text.strip()))

        self.app.push_screen(TextPrompt(event.asked.question.text), written)

    def _reply(self, asked: PendingQuestion, reply: Reply) -> None:
        if not self.desk.reply(asked, reply):
            self.notify("That question no longer waits for an answer.", markup=False)
