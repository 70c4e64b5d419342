"""What models cost and hold, from the data that `genai-prices` ships. Never asks the network.

Its import takes 0.2 s, so it happens on first use.
"""

from __future__ import annotations

from functools import lru_cache

from grafftui.models.stream import Usage

CHARACTERS_PER_TOKEN = 4
"""The usual rule of thumb for English and code; CodeGraff estimates the same way."""

_PRICED_AS = {
    "anthropic": "anthropic",
    "azure": "azure",
    "big_model": "zhipuai",
    "cerebras": "cerebras",
    "deepseek": "deepseek",
    "fireworks-ai": "fireworks",
    "minimax": "minimax",
    "modal": "modal",
    "novita": "novita",
    "open_router": "openrouter",
    "openai": "openai",
    "xai": "x-ai",
    "zai": "zai",
}
"""Our ids → theirs, for providers that bill by the token. Subscriptions have no price."""

_SAME_MODELS = {"kimi_coding": "moonshotai", "zai_coding": "zai"}


def estimate_tokens(text: str) -> int:
    """Tokens in `text`, roughly. To be shown as an estimate only."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


@lru_cache(maxsize=256)
def context_window(provider_id: str, model_id: str) -> int | None:
    """Tokens that fit in a request and its answer, or None when not known.

    For a provider that is not in the data, what is known of a model of that name elsewhere.
    Servers on one's own machine are set to less than their models could, so None for them.
    """
    from genai_prices.data_snapshot import get_snapshot

    from grafftui.models.catalogue import provider

    if provider(provider_id).local:
        return None
    theirs = _PRICED_AS.get(provider_id) or _SAME_MODELS.get(provider_id)
    try:
        _, model = get_snapshot().find_provider_model(model_id, None, theirs, None)
    except LookupError:
        return None
    return model.context_window


def cost(provider_id: str, model_id: str, usage: Usage) -> float | None:
    """US dollars for `usage`: what the provider itself says, else by list price, else None."""
    if usage.cost is not None:
        return usage.cost
    theirs = _PRICED_AS.get(provider_id)
    if theirs is None:
        return None
    from genai_prices import Usage as Counts
    from genai_prices import calc_price

    counts = Counts(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        return float(calc_price(counts, model_id, provider_id=theirs).total_price)
    except (LookupError, ValueError):
        return None
