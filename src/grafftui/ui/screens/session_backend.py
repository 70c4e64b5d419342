"""Commands about who answers: which backend, and which of its models."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grafftui.backends.registry import OURS, title_of
from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_listing import SessionListing
from grafftui.ui.screens.session_signing_in import SessionSigningIn, in_words

if TYPE_CHECKING:
    from grafftui.backends.codex.conversing import CodexModel
    from grafftui.settings.settings import Settings
    from grafftui.ui.live import LiveConversation
    from grafftui.ui.options import Options
    from grafftui.ui.screens.picker import Row


class SessionBackend(SessionSigningIn, SessionListing):
    """Action `command_backend`; which models there are to pick from."""

    options: Options

    def __init__(self) -> None:
        super().__init__()
        self._imported: set[str] = set()

    async def open_new(self) -> None:
        """Put an empty conversation on screen."""
        raise NotImplementedError

    # -- which -----------------------------------------------------------------------------

    def action_command_backend(self, named: str = "") -> None:
        """Take the backend with that name for a new conversation, or pick one."""
        self.run_worker(self._pick_backend(named), group="picker", exclusive=True)

    async def _pick_backend(self, named: str) -> None:
        from grafftui.ui.screens.picker import Picker

        if self.desk.backends is None:
            return
        problems = await asyncio.to_thread(self.problems)
        rows = [self.row(name, problem) for name, problem in problems.items()]
        chosen: str | None = named
        if named not in problems:
            picker = Picker("Who answers?", rows, current=self.desk.current.backend)
            chosen = await self.app.push_screen_wait(picker)
        if chosen is None:
            return
        if problems[chosen]:
            self.notify(problems[chosen], severity="warning", timeout=15, markup=False)
            return
        await self._begin_with(chosen)

    def problems(self) -> dict[str, str]:
        """Each backend's name, and why it cannot be used. Looks at the disk."""
        backends = self.desk.backends
        assert backends is not None
        return {kind.name: backends.get(kind.name).problem() for kind in backends.kinds}

    def row(self, name: str, problem: str) -> Row:
        from grafftui.ui.screens.picker import Row

        assert self.desk.backends is not None
        kind = next(kind for kind in self.desk.backends.kinds if kind.name == name)
        return Row(name, kind.title, problem or kind.about, "cannot be used" if problem else "")

    async def _begin_with(self, backend: str) -> None:
        """A conversation that has begun keeps its backend: then it is a new one that has this."""
        if self.desk.current.id is not None:
            await self.open_new()
        if self.desk.graff is not None:
            self.take_defaults(self.desk.current, backend, self.desk.graff.settings)
        self.notify(f"{title_of(backend)} answers in this conversation.", timeout=4, markup=False)
        await self.meet_backend(self.desk.current)
        self.conversation_chosen()  # also where it is our own core
        self.import_from(backend)
        self.composer.focus()

    def take_defaults(self, live: LiveConversation, backend: str, settings: Settings) -> None:
        """What a conversation begins with, as far as it can be told without asking anyone."""
        options = self.options
        live.backend = backend
        live.provider = live.model = live.agent = live.effort = ""
        if backend == first_backend(options, settings):
            live.model = options.model or ""
        if backend == OURS:
            live.agent = options.agent or settings.agent or ""
            live.provider = options.provider or settings.provider or ""
            live.model = live.model or ("" if options.provider else settings.model or "")

    async def meet_backend(self, live: LiveConversation) -> None:
        """A conversation comes on screen: its backend can be asked what it can do."""
        try:
            await self.desk.make_ready(live.backend)
        except GrafftuiError as error:
            self.notify(in_words(error), severity="warning", markup=False)
        if live.backend != OURS:
            self.learn_account()
            self.conversation_chosen()

    # -- what it has -----------------------------------------------------------------------

    def choose_model(self, named: str = "") -> None:
        """Take a model of the backend's, or pick one."""
        if named:
            self._take_model_of_its(named, "")
        else:
            self.run_worker(self._pick_its_model(), group="picker", exclusive=True)

    def choose_effort(self) -> None:
        """Pick how much the model is to think."""
        self.run_worker(self._pick_its_effort(), group="picker", exclusive=True)

    async def _pick_its_model(self) -> None:
        from grafftui.ui.screens.picker import Picker, Row

        models = await self._models()
        rows = [
            Row(model.id, model.name, model.description, "default" if model.is_default else "")
            for model in models
        ]
        current = self.desk.current
        if not models:
            return
        picker = Picker(f"Models of {title_of(current.backend)}", rows, current=current.model)
        chosen = await self.app.push_screen_wait(picker)
        efforts = next((model.efforts for model in models if model.id == chosen), ())
        if chosen is not None:
            self._take_model_of_its(chosen, current.effort if current.effort in efforts else "")

    def _take_model_of_its(self, model: str, effort: str) -> None:
        current = self.desk.current
        current.model, current.effort = model, effort
        self.conversation_chosen()

    async def _pick_its_effort(self) -> None:
        from grafftui.ui.screens.picker import Picker, Row

        current, models = self.desk.current, await self._models()
        model = next((one for one in models if _is_used(one, current.model)), None)
        if model is None or not model.efforts:
            if models:
                self.notify("This model cannot be told how much to think.", markup=False)
            return
        rows = [Row("", "as the model does it", f"{model.default_effort} by default")]
        rows += [Row(effort, effort) for effort in model.efforts]
        title = f"Reasoning effort of {model.name}"
        chosen = await self.app.push_screen_wait(Picker(title, rows, current=current.effort))
        if chosen is not None:
            current.effort = chosen
            self.conversation_chosen()

    async def _models(self) -> list[CodexModel]:
        """What the backend offers; none, and the reason said, if it cannot be asked."""
        foreign = self.desk.foreign
        if foreign is None:
            return []
        try:
            return await asyncio.to_thread(foreign.models)
        except GrafftuiError as error:
            self.notify(in_words(error), severity="error", markup=False)
            return []

    # -- what was said there ---------------------------------------------------------------

    def follow_backends(self) -> None:
        """Look for what is new with the backends that are used here."""
        if not self.options.demo:
            for backend in {self.desk.current.backend, *(row.backend for row in self.listing.rows)}:
                self.import_from(backend)

    def import_from(self, backend: str) -> None:
        """Take over what was said in a backend's own programs, once, beside everything else."""
        known = self.desk.backends is not None and self.desk.backends.knows(backend)
        if known and backend != OURS and backend not in self._imported:
            self._imported.add(backend)
            self.run_worker(self._import_from(backend), group="import")

    async def _import_from(self, name: str) -> None:
        from grafftui.ui.own_thread import on_own_thread

        try:
            await self.desk.make_ready(name)
            foreign = self.desk.foreign_called(name)
            if foreign is None:
                return
            count = 0
            if not await asyncio.to_thread(foreign.problem):
                count = await on_own_thread(foreign.import_threads)
        except GrafftuiError as error:
            words = f"What was said in {title_of(name)} could not be read: {error}"
            self.notify(words, severity="warning", markup=False)
            return
        if count:
            await self.refresh_list(whole=True)


def first_backend(options: Options, settings: Settings) -> str:
    """What answers at first: the tour is our core's, and so are providers and agents."""
    ours = options.demo or options.provider or options.agent
    return options.backend or (OURS if ours else settings.backend)


def _is_used(model: CodexModel, named: str) -> bool:
    return model.id == named if named else model.is_default
