"""The files that name MCP servers, changed from a program."""

from __future__ import annotations

from typing import Any

import pytest

from grafftui.errors import UsageError
from sdkstage import Sdk


@pytest.mark.parametrize("scope", ["user", "local"])
def test_a_server_of_that_name_stays_unless_it_is_to_be_replaced(sdk: Sdk, scope: Any) -> None:
    graff = sdk.graff(sdk.core.provider())
    graff.add_mcp_server("docs", {"command": "one"}, scope)
    with pytest.raises(
        UsageError, match=r"there is an MCP server docs already: .*mcp\.json"
    ) as taken:
        graff.add_mcp_server("docs", {"command": "another"}, scope)
    assert "replace=True" in taken.value.hint
    assert graff.read_mcp_config(scope) == {"mcpServers": {"docs": {"command": "one"}}}
    graff.add_mcp_server("docs", {"command": "another"}, scope, replace=True)
    assert graff.read_mcp_config(scope) == {"mcpServers": {"docs": {"command": "another"}}}
