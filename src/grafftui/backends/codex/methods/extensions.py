"""What Codex can be given: skills, hooks, plugins, apps, MCP servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from grafftui.backends.codex.methods.calling import Calling

R = TypeVar("R")


class ExtensionMethods(Calling[R]):
    """Skills, hooks, plugins, apps, MCP servers."""

    def skills_list(self, cwds: Sequence[str] = (), *, force_reload: bool = False) -> R:
        """The skills of each folder."""
        return self._call("skills/list", cwds=list(cwds), force_reload=force_reload)

    def skills_config_write(
        self, *, enabled: bool, path: str | None = None, name: str | None = None
    ) -> R:
        """Switch a skill on or off."""
        return self._call("skills/config/write", enabled=enabled, path=path, name=name)

    def hooks_list(self, cwds: Sequence[str] | None = None) -> R:
        """Programs that Codex runs at certain moments."""
        return self._call("hooks/list", cwds=list(cwds) if cwds is not None else None)

    def plugin_list(self, cwds: Sequence[str] | None = None) -> R:
        """Plugins there are."""
        return self._call("plugin/list", cwds=list(cwds) if cwds is not None else None)

    def plugin_read(
        self,
        plugin_name: str,
        *,
        marketplace_path: str | None = None,
        remote_marketplace_name: str | None = None,
    ) -> R:
        """One plugin, of one of the two."""
        return self._call(
            "plugin/read",
            plugin_name=plugin_name,
            marketplace_path=marketplace_path,
            remote_marketplace_name=remote_marketplace_name,
        )

    def plugin_install(
        self,
        plugin_name: str,
        *,
        marketplace_path: str | None = None,
        remote_marketplace_name: str | None = None,
    ) -> R:
        """Install one, from one of the two."""
        return self._call(
            "plugin/install",
            plugin_name=plugin_name,
            marketplace_path=marketplace_path,
            remote_marketplace_name=remote_marketplace_name,
        )

    def plugin_uninstall(self, plugin_id: str) -> R:
        """Remove one."""
        return self._call("plugin/uninstall", plugin_id=plugin_id)

    def app_list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        thread_id: str | None = None,
        force_refetch: bool | None = None,
    ) -> R:
        """Apps there are."""
        return self._call(
            "app/list",
            cursor=cursor,
            limit=limit,
            thread_id=thread_id,
            force_refetch=force_refetch,
        )

    def mcp_server_status_list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        thread_id: str | None = None,
        detail: str | None = None,
    ) -> R:
        """MCP servers, with their tools and sign-in."""
        return self._call(
            "mcpServerStatus/list",
            cursor=cursor,
            limit=limit,
            thread_id=thread_id,
            detail=detail,
        )

    def mcp_server_refresh(self) -> R:
        """Read the settings of MCP servers again."""
        return self.request("config/mcpServer/reload")

    def mcp_server_oauth_login(
        self,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        timeout_secs: int | None = None,
    ) -> R:
        """Sign in to one with a browser: `{authorizationUrl}`."""
        return self._call(
            "mcpServer/oauth/login",
            name=name,
            scopes=list(scopes) if scopes is not None else None,
            timeout_secs=timeout_secs,
        )

    def mcp_server_tool_call(
        self, thread_id: str, server: str, tool: str, arguments: Mapping[str, Any] | None = None
    ) -> R:
        """Call a tool of one."""
        return self._call(
            "mcpServer/tool/call",
            thread_id=thread_id,
            server=server,
            tool=tool,
            arguments=dict(arguments or {}),
        )

    def mcp_server_resource_read(self, server: str, uri: str, *, thread_id: str | None = None) -> R:
        """Read a resource of one."""
        params: dict[str, Any] = {"server": server, "uri": uri, "thread_id": thread_id}
        return self._call("mcpServer/resource/read", params)

    def external_agent_config_detect(
        self, *, cwds: Sequence[str] | None = None, include_home: bool = False
    ) -> R:
        """Settings of other agents that could be taken over."""
        return self._call(
            "externalAgentConfig/detect",
            cwds=list(cwds) if cwds is not None else None,
            include_home=include_home,
        )

    def external_agent_config_import(self, items: Sequence[Mapping[str, Any]]) -> R:
        """Take them over."""
        return self._call("externalAgentConfig/import", migration_items=list(items))
