"""Models: who serves them, what they are asked, and what comes back.

model = connect("anthropic", "claude-opus-4-7", key)
for batch in model.stream(ModelRequest(model.model_id, "", [UserMessage("hi")]), cancellation):
    ...
"""

# The rest of this package's face is loaded when it is first used: it brings HTTP and TLS.

from typing import TYPE_CHECKING

from grafftui.models.api_key import validate_key
from grafftui.models.catalogue import Endpoint, Provider, UrlParameter, provider, providers, resolve
from grafftui.models.messages import (
    AssistantMessage,
    Message,
    Picture,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    ToolSpec,
    UserMessage,
    message_from_wire,
    with_reasoning_kept,
    without_pictures,
    without_reasoning,
)
from grafftui.models.prices import Price, context_window, estimate_tokens, price, price_list
from grafftui.models.request import ModelRequest
from grafftui.models.stream import (
    Delta,
    Finished,
    Model,
    ReasoningDelta,
    TextDelta,
    ToolCallStarted,
    Usage,
)

if TYPE_CHECKING:
    from grafftui.models.http_model import HttpModel, connect
    from grafftui.models.model_lists import (
        LocalServer,
        ModelInfo,
        check_key,
        find_local_servers,
        list_models,
    )
    from grafftui.models.transport import Timeouts

__all__ = [
    "AssistantMessage",
    "Delta",
    "Endpoint",
    "Finished",
    "HttpModel",
    "LocalServer",
    "Message",
    "Model",
    "ModelInfo",
    "ModelRequest",
    "Picture",
    "Price",
    "Provider",
    "ReasoningDelta",
    "ReasoningPart",
    "TextDelta",
    "Timeouts",
    "ToolCall",
    "ToolCallStarted",
    "ToolResultMessage",
    "ToolSpec",
    "UrlParameter",
    "Usage",
    "UserMessage",
    "check_key",
    "connect",
    "context_window",
    "estimate_tokens",
    "find_local_servers",
    "list_models",
    "message_from_wire",
    "price",
    "price_list",
    "provider",
    "providers",
    "resolve",
    "validate_key",
    "with_reasoning_kept",
    "without_pictures",
    "without_reasoning",
]

_MODULE_OF = {
    "HttpModel": "http_model",
    "LocalServer": "model_lists",
    "ModelInfo": "model_lists",
    "Timeouts": "transport",
    "check_key": "model_lists",
    "connect": "http_model",
    "find_local_servers": "model_lists",
    "list_models": "model_lists",
}


def __getattr__(name: str) -> object:
    """Load one of the names that bring HTTP and TLS (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
