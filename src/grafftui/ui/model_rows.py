"""The model picker's rows: the models of every provider there is a key for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from grafftui.cancellation import Cancellation
from grafftui.errors import GrafftuiError
from grafftui.ui import figures
from grafftui.ui.screens.picker import Row

if TYPE_CHECKING:
    from grafftui.core import Graff


def model_rows(graff: Graff) -> tuple[list[Row], list[str]]:
    """Ask all providers at once. Returns rows (value `provider/model`) and what went wrong."""
    from grafftui.core import Connections

    source = graff.models
    if not isinstance(source, Connections):
        choice = source.choose(None, None)
        return [Row(str(choice), choice.model_id, "", choice.provider_id)], []

    def ask(provider_id: str) -> tuple[list[Row], str]:
        try:
            models = source.models(provider_id, Cancellation())
        except GrafftuiError as error:
            return [], f"{provider_id}: {error}"
        return [
            Row(
                f"{provider_id}/{model.id}",
                model.id,
                figures.tokens(model.context_window) if model.context_window else "",
                provider_id,
            )
            for model in models
        ], ""

    providers = source.usable_providers()
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="models") as pool:
        answers = list(pool.map(ask, providers))
    rows = [row for found, _ in answers for row in found]
    problems = [problem for _, problem in answers if problem]
    if not providers:
        problems.append("No provider is set up: add a key first (F6).")
    return rows, problems
