"""Settings and features: `config/…`, `experimentalFeature/…`, `feedback/…`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from grafftui.backends.codex.methods.calling import Calling

R = TypeVar("R")


class SettingsMethods(Calling[R]):
    """What holds for every thread."""

    def config_read(self, *, cwd: str | None = None, include_layers: bool = False) -> R:
        """The settings in force, perhaps with where each comes from."""
        return self._call("config/read", cwd=cwd, include_layers=include_layers)

    def config_value_write(
        self, key_path: str, value: Any, *, merge_strategy: str = "replace"
    ) -> R:
        """Write one value to config.toml; None writes null, which removes it."""
        return self.request(
            "config/value/write",
            {"keyPath": key_path, "value": value, "mergeStrategy": merge_strategy},
        )

    def config_batch_write(
        self, edits: Sequence[Mapping[str, Any]], *, expected_version: str | None = None
    ) -> R:
        """Write several: `[{keyPath, value, mergeStrategy}]`."""
        return self._call("config/batchWrite", edits=list(edits), expected_version=expected_version)

    def config_requirements_read(self) -> R:
        """What an administrator demands."""
        return self.request("configRequirements/read")

    def experimental_feature_list(self, limit: int | None = None, cursor: str | None = None) -> R:
        """Features, with their stage and whether they are on."""
        return self._call("experimentalFeature/list", limit=limit, cursor=cursor)

    def experimental_feature_enablement_set(self, enablement: Mapping[str, bool]) -> R:
        """Switch features on and off."""
        return self._call("experimentalFeature/enablement/set", enablement=dict(enablement))

    def collaboration_mode_list(self) -> R:
        """Plan and default (experimental)."""
        return self._call("collaborationMode/list")

    def permission_profile_list(self, *, cwd: str | None = None) -> R:
        """Named sets of permissions."""
        return self._call("permissionProfile/list", cwd=cwd)

    def feedback_upload(
        self,
        classification: str,
        *,
        reason: str | None = None,
        thread_id: str | None = None,
        include_logs: bool = False,
    ) -> R:
        """Send a complaint to OpenAI. It leaves this machine."""
        return self._call(
            "feedback/upload",
            classification=classification,
            reason=reason,
            thread_id=thread_id,
            include_logs=include_logs,
        )
