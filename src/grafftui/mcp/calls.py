"""A tool that is offered, and what a call of it came to."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafftui.cancellation import Cancellation
from grafftui.mcp.config import Server
from grafftui.mcp.definition import ToolDefinition
from grafftui.mcp.runs import LISTING_SECONDS
from grafftui.text import one_line
from grafftui.tools import ToolFailure

if TYPE_CHECKING:
    from mcp_types import CallToolResult


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool that a model is told of.

    Attributes:
        called: What a model calls it.
        legacy: What it may call it, too; "" where that would be ambiguous.
        server: Whose it is.
        definition: The tool, as it was approved.
    """

    called: str
    legacy: str
    server: Server
    definition: ToolDefinition


def outcome(
    future: Future[CallToolResult], offered: Offered, cancellation: Cancellation
) -> CallToolResult:
    """What the call gives. Raises as `McpServers.call` does."""
    from mcp import MCPError
    from pydantic import ValidationError

    from grafftui.mcp.connection import complaint

    name, seconds = offered.server.name, offered.server.timeout
    try:
        return future.result(seconds + LISTING_SECONDS)
    except CancelledError:
        cancellation.raise_if_cancelled()
        raise ToolFailure(f"The MCP server {name} was stopped.") from None
    except TimeoutError:
        future.cancel()
        raise ToolFailure(f"{name} did not answer within {seconds:g} seconds.") from None
    except ConnectionError as error:
        raise ToolFailure(f"The MCP server {name} is gone: {error}.") from None
    except MCPError as error:
        raise ToolFailure(f"{name} refuses: {one_line(error.message, 1_000)}") from None
    except ValidationError as error:
        raise ToolFailure(f"{name} gave an answer that is none: {complaint(error)}") from None
