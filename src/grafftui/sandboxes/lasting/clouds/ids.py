"""Ids of sandboxes in a cloud, which come from a service or from a person."""

from __future__ import annotations

from grafftui.errors import UsageError


def named(value: str) -> str:
    """A sandbox's id, fit to be a part of an address or of a file's name.

    Raises:
        UsageError: No id is like that.
    """
    if not value.replace("-", "").replace("_", "").isalnum() or not value.isascii():
        raise UsageError(f"no sandbox has an id like {value!a:.60}")
    return value
