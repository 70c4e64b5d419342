"""Prices and context windows, offline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from grafftui.models import Usage, context_window, estimate_tokens, price, price_list


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
    found = price(provider_id, model_id, Usage(1_000, 1_000))
    assert (found.cost, found.prompt_cost, found.source, found.date) == (None, None, "unknown", "")


def test_cost_falls_with_what_was_cached() -> None:
    whole = price("anthropic", "claude-opus-4-7", Usage(100_000, 1_000)).cost
    cached = price("anthropic", "claude-opus-4-7", Usage(100_000, 1_000, 90_000)).cost
    written = price("anthropic", "claude-opus-4-7", Usage(100_000, 1_000, 0, None, 90_000)).cost
    assert whole and cached and written
    assert cached < whole < written


def test_what_the_provider_says_counts() -> None:
    found = price("open_router", "no-such-model", Usage(1, 1, 0, 0.25))
    assert (found.cost, found.prompt_cost, found.source) == (0.25, None, "provider")


def test_of_what_the_provider_says_a_part_was_for_the_prompt() -> None:
    """Divided as the list prices would divide it."""
    usage = Usage(100_000, 1_000)
    listed = price("anthropic", "claude-opus-4-7", usage)
    said = price("anthropic", "claude-opus-4-7", replace(usage, cost=8.0))
    assert listed.cost and listed.prompt_cost and said.prompt_cost
    assert said.cost == 8.0
    assert said.prompt_cost / 8.0 == pytest.approx(listed.prompt_cost / listed.cost)


def test_who_says_so_and_how_fresh_it_is() -> None:
    found = price("anthropic", "claude-opus-4-7", Usage(1_000, 1_000))
    assert (found.source, found.date) == price_list()
    assert found.source == f"genai-prices {version('genai-prices')}"
    assert "2026-01-01" < found.date <= datetime.now(UTC).date().isoformat()


def test_absurd_counts_have_no_price() -> None:
    assert price("openai", "gpt-4o", Usage(1, 1, cached_tokens=10)).cost in (
        None,
        pytest.approx(0, abs=1),
    )


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_estimate(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
