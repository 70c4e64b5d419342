"""grafftui: the full-screen terminal home for coding agents, and the SDK beneath it.

    from grafftui import AgentEvent, Graff, GraffSession, version

These names are loaded when they are first used, so importing the package costs nothing.
"""

# No `from __future__`: under `python -m grafftui` this file runs before the current folder has
# left the import path, and a `__future__.py` lying there would be run.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from grafftui.cancellation import Cancellation
    from grafftui.core import Graff, GraffSession
    from grafftui.core.async_graff import AsyncGraff
    from grafftui.core.async_session import AsyncGraffSession
    from grafftui.core.hooks import EventHooks
    from grafftui.core.renderer import Renderer
    from grafftui.core.structured import StructuredResult
    from grafftui.core.turn_result import TurnResult
    from grafftui.errors import (
        AbortedError,
        AnswerError,
        AuthenticationError,
        BudgetError,
        CheckpointError,
        GrafftuiError,
        KeyringError,
        NotFoundError,
        PolicyError,
        ProviderError,
        SandboxAuthenticationError,
        SandboxError,
        SandboxGoneError,
        SandboxPathError,
        SettingsError,
        StoreError,
        TurnFailedError,
        UsageError,
    )
    from grafftui.events import AgentEvent
    from grafftui.sandboxes.lasting import Sandbox

__version__ = "0.1.0"

__all__ = [
    "AbortedError",
    "AgentEvent",
    "AnswerError",
    "AsyncGraff",
    "AsyncGraffSession",
    "AuthenticationError",
    "BudgetError",
    "Cancellation",
    "CheckpointError",
    "EventHooks",
    "Graff",
    "GraffSession",
    "GrafftuiError",
    "KeyringError",
    "NotFoundError",
    "PolicyError",
    "ProviderError",
    "Renderer",
    "Sandbox",
    "SandboxAuthenticationError",
    "SandboxError",
    "SandboxGoneError",
    "SandboxPathError",
    "SettingsError",
    "StoreError",
    "StructuredResult",
    "TurnFailedError",
    "TurnResult",
    "UsageError",
    "__version__",
    "version",
]

_MODULE_OF = {
    "AbortedError": "grafftui.errors",
    "AgentEvent": "grafftui.events",
    "AnswerError": "grafftui.errors",
    "AsyncGraff": "grafftui.core.async_graff",
    "AsyncGraffSession": "grafftui.core.async_session",
    "AuthenticationError": "grafftui.errors",
    "BudgetError": "grafftui.errors",
    "Cancellation": "grafftui.cancellation",
    "CheckpointError": "grafftui.errors",
    "EventHooks": "grafftui.core.hooks",
    "Graff": "grafftui.core",
    "GraffSession": "grafftui.core",
    "GrafftuiError": "grafftui.errors",
    "KeyringError": "grafftui.errors",
    "NotFoundError": "grafftui.errors",
    "PolicyError": "grafftui.errors",
    "ProviderError": "grafftui.errors",
    "Renderer": "grafftui.core.renderer",
    "Sandbox": "grafftui.sandboxes.lasting",
    "SandboxAuthenticationError": "grafftui.errors",
    "SandboxError": "grafftui.errors",
    "SandboxGoneError": "grafftui.errors",
    "SandboxPathError": "grafftui.errors",
    "SettingsError": "grafftui.errors",
    "StoreError": "grafftui.errors",
    "StructuredResult": "grafftui.core.structured",
    "TurnFailedError": "grafftui.errors",
    "TurnResult": "grafftui.core.turn_result",
    "UsageError": "grafftui.errors",
}
"""Public name → the module it is loaded from."""


def version() -> str:
    """The version of this package, as `X.Y.Z`."""
    return __version__


def __getattr__(name: str) -> object:
    """Load one of the public names (PEP 562).

    Raises:
        AttributeError: No such public name.
    """
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
