"""The stage of the contract's tests."""

from corestage import core  # noqa: F401
