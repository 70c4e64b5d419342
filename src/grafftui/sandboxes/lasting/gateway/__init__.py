"""Sandboxes of CodeGraff's gateway, over its HTTP API."""

from grafftui.sandboxes.lasting.gateway.engine import GatewayEngine

__all__ = ["GatewayEngine"]
