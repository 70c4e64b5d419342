"""How an app-server is started and spoken to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grafftui.backends.codex.binary import find_codex
from grafftui.backends.codex.overrides import NO_TELEMETRY, overrides
from grafftui.errors import UsageError

NOISE = ("remoteControl/status/changed",)
"""What nobody asks for."""
NEEDED = ("turn/completed", "serverRequest/resolved")
"""Without these a turn, or a question, would never end."""


@dataclass(frozen=True, slots=True)
class CodexOptions:
    """How an app-server is started and spoken to.

    Attributes:
        codex_bin: The program, a launcher, or the folder of an npm package; None looks for it.
        cwd: Where the app-server starts; threads name their own.
        env: Variables besides, or instead of, those of this process. Mind that codex refuses a
            CODEX_HOME under the temporary directory: then no command runs in a sandbox.
        config: Settings over those of config.toml.
        enabled_features: Features by name.
        disabled_features: Features by name.
        client_name: Who we say we are, in letters, digits and underscores.
        client_title: The same for a person to read.
        client_version: Ours.
        experimental_api: Whether methods and fields may be used that can still change.
        ignored: Notifications that are not sent, by method.
        request_timeout: Seconds a request may take. Turns are no requests: they may take days.
        start_timeout: Seconds until it has to be there.

    Raises:
        UsageError: What is needed is to be ignored.
    """

    codex_bin: str | Path | None = None
    cwd: str | Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    enabled_features: tuple[str, ...] = ()
    disabled_features: tuple[str, ...] = ()
    client_name: str = "grafftui"
    client_title: str = "grafftui"
    client_version: str = "0"
    experimental_api: bool = True
    ignored: tuple[str, ...] = NOISE
    request_timeout: float = 60.0
    start_timeout: float = 30.0

    def __post_init__(self) -> None:
        for method in NEEDED:
            if method in self.ignored:
                raise UsageError(f"{method} cannot be ignored: without it nothing ends")

    def argv(self) -> list[str]:
        """What is started.

        Raises:
            CodexNotFoundError: There is no codex program.
            UsageError: A value of `config` cannot be said in TOML.
        """
        environment = {**os.environ, **self.env}
        argv = [str(find_codex(self.codex_bin, environment).path), "app-server", *NO_TELEMETRY]
        argv += overrides(self.config)
        for name in self.enabled_features:
            argv += ["--enable", name]
        for name in self.disabled_features:
            argv += ["--disable", name]
        return argv

    def handshake(self) -> dict[str, Any]:
        """The params of `initialize`."""
        return {
            "clientInfo": {
                "name": self.client_name,
                "title": self.client_title,
                "version": self.client_version,
            },
            "capabilities": {
                "experimentalApi": self.experimental_api,
                "requestAttestation": False,
                "optOutNotificationMethods": list(self.ignored),
            },
        }
