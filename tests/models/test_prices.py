"""Prices and context windows, offline."""

from __future__ import annotations

import pytest

from grafftui.models import Usage, context_window, cost, estimate_tokens


def test_known_models() -> None:
    assert context_window("anthropic", "claude-opus-4-7") == 1_000_000
    assert context_window("open_router", "anthropic/claude-sonnet-4.5")
    assert context_window("openai_compatible", "gpt-4o") == 128_000


@pytest.mark.parametrize(
    ("provider_id", "model_id"),
    [("anthropic", "no-such-model"), ("ollama", "llama3"), ("openai_compatible", "bench-model")],
)
def test_unknown_ones(provider_id: str, model_id: str) -> None:
    assert context_window(provider_id, model_id) is None
    assert cost(provider_id, model_id, Usage(1_000, 1_000)) is None


def test_cost_falls_with_what_was_cached() -> None:
    whole = cost("anthropic", "claude-opus-4-7", Usage(100_000, 1_000))
    cached = cost("anthropic", "claude-opus-4-7", Usage(100_000, 1_000, 90_000))
    written = cost("anthropic", "claude-opus-4-7", Usage(100_000, 1_000, 0, None, 90_000))
    assert whole and cached and written
    assert cached < whole < written


def test_what_the_provider_says_counts() -> None:
    assert cost("open_router", "no-such-model", Usage(1, 1, 0, 0.25)) == 0.25


def test_absurd_counts_have_no_price() -> None:
    assert cost("openai", "gpt-4o", Usage(1, 1, cached_tokens=10)) in (
        None,
        pytest.approx(0, abs=1),
    )


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_estimate(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
