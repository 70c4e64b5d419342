"""`GrafftuiModel`: a model of PydanticAI that is reached through our providers and keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, Final

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelAPIError, ModelAuthenticationError, ModelHTTPError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import (
    Model,
    ModelRequestParameters,
    StreamedResponse,
    check_allow_model_requests,
)
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.settings import ModelSettings

from grafftui import models as ours
from grafftui.cancellation import Cancellation
from grafftui.core.async_bridge import followed, in_thread
from grafftui.core.conversations import Wanted
from grafftui.core.graff import Graff
from grafftui.core.retry import RetryPlan
from grafftui.errors import AuthenticationError, ProviderError
from grafftui.pydantic_ai.answering import GrafftuiAnswer
from grafftui.pydantic_ai.asking import request

_PROFILE: Final = ModelProfile(supports_json_schema_output=True, supports_thinking=True)


class GrafftuiModel(Model[Any]):
    """A model as `graff` reaches it: its providers, keys, wire formats and retries.

    Only the model: tools are PydanticAI's own, nothing is kept in the history, and requests do
    not count towards budgets. To hand work to the whole agent, see `as_tool`.

    Args:
        graff: Whose providers and keys are used.
        provider: Provider id; that of `graff` by default.
        model: Model id, likewise.
        settings: What requests are made with where they say nothing else.

    Raises:
        NotFoundError: There is no such provider.
        UsageError: It is not supported, or its address cannot be told.
    """

    unsupported_settings = frozenset(
        {
            *("timeout", "stop_sequences", "seed", "presence_penalty", "frequency_penalty"),
            *("logit_bias", "parallel_tool_calls", "tool_choice", "service_tier"),
            *("extra_headers", "extra_body"),
        }
    )

    def __init__(
        self,
        graff: Graff,
        *,
        provider: str | None = None,
        model: str | None = None,
        settings: ModelSettings | None = None,
    ) -> None:
        super().__init__(settings=settings, profile=_PROFILE)
        self._graff = graff
        self._choice = graff._conversations.choose(Wanted(provider, model))

    @property
    def model_name(self) -> str:
        """The model's id; "" while it is left to the provider."""
        return self._choice.model_id

    @property
    def system(self) -> str:
        """Id of the provider; "" while any will do."""
        return self._choice.provider_id

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """The whole answer. See `request_stream`."""
        async with self.request_stream(
            messages, model_settings, model_request_parameters
        ) as answer:
            async for _ in answer:
                pass
            return answer.get()

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """The answer as it comes.

        Raises:
            ModelHTTPError: The provider refused, with this status.
            ModelAPIError: There is no key, or the provider failed in another way.
            UserError: The messages hold what our models cannot be sent.
        """
        check_allow_model_requests()
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        with self._errors():
            model = await in_thread(lambda _: self._graff.models.connect(self._choice))
        wanted = request(
            model.model_id,
            messages,
            settings or {},
            parameters,
            self._get_instruction_parts(messages, parameters) or (),
            self._graff.settings,
        )
        async with aclosing(followed(lambda signal: _asked(model, wanted, signal))) as batches:
            with self._errors():
                yield GrafftuiAnswer(parameters, model.model_id, model.provider_id, batches)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Ours as PydanticAI's, so that its fallbacks and retries know them."""
        try:
            yield
        except AuthenticationError as error:
            raise ModelAuthenticationError(self.model_name, str(error)) from error
        except ProviderError as error:
            if error.status is None:
                raise ModelAPIError(self.model_name, str(error)) from error
            raise ModelHTTPError(
                error.status, self.model_name, error.body, retry_after=error.retry_after
            ) from error


def _asked(
    model: ours.Model, wanted: ours.ModelRequest, signal: Cancellation
) -> Iterator[Sequence[ours.Delta]]:
    """What comes back, asked for again as long as nothing has come and that can help."""
    plan, attempt = RetryPlan(), 1
    while True:
        heard = False
        try:
            for batch in model.stream(wanted, signal):
                heard = True
                yield batch
            return
        except ProviderError as error:
            delay = None if heard else plan.delay(attempt, error)
            if delay is None:
                raise
        signal.wait(delay)
        attempt += 1
