"""Sandboxes that are containers of docker or podman."""

from grafftui.sandboxes.lasting.containers.engine import ContainerEngine

__all__ = ["ContainerEngine"]
