"""The agent core: synchronous, in-process, without a screen."""

from grafftui.core.connections import Connections, ModelChoice, ModelSource
from grafftui.core.graff import Graff
from grafftui.core.session import GraffSession

__all__ = ["Connections", "Graff", "GraffSession", "ModelChoice", "ModelSource"]
