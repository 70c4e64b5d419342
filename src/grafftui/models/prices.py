"""What models cost and hold, from the data that `genai-prices` ships. Never asks the network.

Its import takes 0.2 s, so it happens on first use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache

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


@dataclass(frozen=True, slots=True)
class Price:
    """What a request cost, and who says so.

    Attributes:
        cost: US dollars; None when nobody says.
        prompt_cost: The part of it that was paid for what was sent; None when not known.
        source: "provider" for its own figure, "genai-prices" and its version for the list
            prices, "unknown".
        date: Since when the newest price of that list holds ("2026-11-09"): how fresh it is, as
            the list itself has no date. "" for the other sources.
    """

    cost: float | None
    prompt_cost: float | None
    source: str
    date: str


def price(provider_id: str, model_id: str, usage: Usage) -> Price:
    """The price of `usage`: what the provider itself says, else by list price."""
    listed = _listed(provider_id, model_id, usage)
    if usage.cost is not None:
        share = listed[0] / listed[1] if listed and listed[1] else None
        return Price(usage.cost, None if share is None else share * usage.cost, "provider", "")
    if listed is None:
        return Price(None, None, "unknown", "")
    return Price(listed[1], listed[0], *price_list())


@cache
def price_list() -> tuple[str, str]:
    """Name and version of the list, and since when its newest price holds."""
    from genai_prices import __version__
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import StartDateConstraint

    begun = (
        one.constraint.start_date
        for provider in get_snapshot().providers
        for model in provider.models
        if isinstance(model.prices, list)
        for one in model.prices
        if isinstance(one.constraint, StartDateConstraint)
    )
    today = datetime.now(UTC).date()  # some prices are announced before they hold
    newest = max((day for day in begun if day <= today), default=None)
    return f"genai-prices {__version__}", newest.isoformat() if newest else ""


def _listed(provider_id: str, model_id: str, usage: Usage) -> tuple[float, float] | None:
    """US dollars by list price for what was sent, and for all; None when it is not listed."""
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
        found = calc_price(counts, model_id, provider_id=theirs)
    except (LookupError, ValueError):
        return None
    return float(found.input_price), float(found.total_price)
