"""The model picker's rows: the models of one provider, and whom else one could ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.cancellation import Cancellation
from grafftui.ui import figures
from grafftui.ui.screens.picker import Row

if TYPE_CHECKING:
    from grafftui.core import Graff


def model_rows(graff: Graff, provider_id: str) -> list[Row]:
    """Ask one provider for its models; the values of the rows are `provider/model`.

    Args:
        provider_id: "" for the one that is used when none is named; nobody is asked where that
            cannot be told yet.

    Raises:
        GrafftuiError: It has no key, or no answer.
    """
    from grafftui.core import Connections

    source = graff.models
    if not isinstance(source, Connections):
        choice = source.choose(None, None)
        return [Row(str(choice), choice.model_id, "", choice.provider_id)]
    asked = provider_id or source.choose(None, None).provider_id
    if not asked:
        return []
    return [
        Row(
            f"{asked}/{model.id}",
            model.id,
            figures.tokens(model.context_window) if model.context_window else "",
            asked,
        )
        for model in source.models(asked, Cancellation())
    ]


def provider_rows(graff: Graff) -> list[Row]:
    """The providers there are keys for, with values `provider/`. Asks none of them."""
    from grafftui.core import Connections

    source = graff.models
    if not isinstance(source, Connections):
        return []
    return [
        Row(f"{one}/", f"{one}…", "ask it for its models", one) for one in source.usable_providers()
    ]
