"""`CodexModel`: Codex as a model of PydanticAI, which runs the tools itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelAPIError, UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponseStreamEvent
from pydantic_ai.models import (
    Model,
    ModelRequestParameters,
    StreamedResponse,
    check_allow_model_requests,
)
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.exec.events import Usage
from grafftui.backends.codex.exec.hooks import ThreadHooks
from grafftui.backends.codex.exec.options import CodexOptions, ThreadOptions, TurnOptions
from grafftui.backends.codex.exec.threads import Codex
from grafftui.backends.codex.pydantic_ai.envelope import (
    ToolPlan,
    build_envelope_schema,
    parse_tool_plan,
)
from grafftui.backends.codex.pydantic_ai.prompting import prompt
from grafftui.errors import AnswerError

_PROFILE: Final = ModelProfile(supports_tools=True, supports_thinking=True)


class CodexModel(Model[Any]):
    """Codex plans and answers; PydanticAI runs the tools and checks the answers.

    Each request is a turn of `codex exec` in a thread of its own, of which nothing is kept; its
    answer follows the schema of an envelope. It comes whole, also where it is streamed.

    Args:
        codex_options: Which program, and with what environment.
        thread_options: Where they say nothing else, Codex may only read, searches no web, reaches
            no network, asks nobody and, as long as it may only read, works outside a repository.
        settings: What requests are made with. Only `thinking` changes anything.
        hooks: Called with what happens in Codex meanwhile.
    """

    unsupported_settings = frozenset(
        {
            *("max_tokens", "temperature", "top_p", "top_k", "timeout", "stop_sequences", "seed"),
            *("presence_penalty", "frequency_penalty", "logit_bias", "parallel_tool_calls"),
            *("tool_choice", "service_tier", "extra_headers", "extra_body"),
        }
    )

    def __init__(
        self,
        *,
        codex_options: CodexOptions | None = None,
        thread_options: ThreadOptions | None = None,
        settings: ModelSettings | None = None,
        hooks: ThreadHooks | None = None,
    ) -> None:
        super().__init__(settings=settings, profile=_PROFILE)
        self._codex = Codex(codex_options)
        self._options = _careful(thread_options or ThreadOptions())
        self._hooks = hooks or ThreadHooks()

    @property
    def model_name(self) -> str:
        """The model's name; "codex" where Codex's settings choose it."""
        return self._options.model or "codex"

    @property
    def system(self) -> str:
        """Who answers."""
        return "codex"

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """The answer. See `request_stream`."""
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
        """The answer, in one piece.

        Raises:
            ModelAPIError: Codex failed, or is not there.
            UnexpectedModelBehavior: Its answer is no plan.
            UserError: The messages hold more than text.
        """
        check_allow_model_requests()
        _, parameters = self.prepare_request(model_settings, model_request_parameters)
        tools = [*parameters.function_tools, *parameters.output_tools]
        words = prompt(
            messages,
            self._get_instruction_parts(messages, parameters) or (),
            tools,
            may_end=parameters.allow_text_output,
        )
        schema = build_envelope_schema([tool.name for tool in tools])
        thread = self._codex.start_thread(self._thinking(parameters.thinking))
        with self._errors():
            turn = await thread.run_with_hooks(
                words, hooks=self._hooks, turn_options=TurnOptions(output_schema=schema)
            )
            plan = parse_tool_plan(turn.final_response)
        yield _Answer(parameters, self.model_name, plan, turn.usage or Usage())

    def _thinking(self, thinking: bool | str | None) -> ThreadOptions:
        if isinstance(thinking, str):
            return replace(self._options, model_reasoning_effort=thinking)
        return self._options

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Ours as PydanticAI's, so that its fallbacks know them."""
        try:
            yield
        except AnswerError as error:
            raise UnexpectedModelBehavior(error.message, error.text) from error
        except CodexError as error:
            raise ModelAPIError(self.model_name, str(error)) from error


@dataclass
class _Answer(StreamedResponse):
    _model: str
    _plan: ToolPlan
    _used: Usage
    _timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        for call in self._plan.calls:
            yield self._parts_manager.handle_tool_call_part(
                vendor_part_id=None,
                tool_name=call.tool_name,
                args=call.arguments_json,
                tool_call_id=call.tool_call_id or None,
            )
        if not self._plan.calls:
            for event in self._parts_manager.handle_text_delta(
                vendor_part_id="final", content=self._plan.content
            ):
                yield event
        self.finish_reason = "tool_call" if self._plan.calls else "stop"
        self._usage = RequestUsage(
            input_tokens=self._used.input_tokens,
            cache_read_tokens=self._used.cached_input_tokens,
            output_tokens=self._used.output_tokens,
        )

    @property
    def model_name(self) -> str:
        """Of the model that answers."""
        return self._model

    @property
    def provider_name(self) -> str:
        """Who answers."""
        return "codex"

    @property
    def provider_url(self) -> None:
        """Not told."""

    @property
    def timestamp(self) -> datetime:
        """When it began."""
        return self._timestamp


def _careful(options: ThreadOptions) -> ThreadOptions:
    """`options`, with the careful choice where they make none."""
    sandbox = options.sandbox_mode or "read-only"
    said = (options.web_search_mode, options.web_search_enabled, options.web_search_cached_enabled)
    network = options.network_access_enabled
    return replace(
        options,
        ephemeral=True,
        sandbox_mode=sandbox,
        approval_policy=options.approval_policy or "never",
        web_search_mode="disabled" if said == (None, None, None) else options.web_search_mode,
        network_access_enabled=False if network is None else network,
        skip_git_repo_check=options.skip_git_repo_check or sandbox == "read-only",
    )
