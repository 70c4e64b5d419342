"""Sandboxes that last: created, used, stopped, started and destroyed, whoever runs them."""

from grafftui.sandboxes.lasting.engine import ENGINES, Engine, Wanted
from grafftui.sandboxes.lasting.engines import Engines
from grafftui.sandboxes.lasting.execution import Execution
from grafftui.sandboxes.lasting.sandbox import Sandbox

__all__ = ["ENGINES", "Engine", "Engines", "Execution", "Sandbox", "Wanted"]
