"""Which variables of the environment hold a provider's key: a key goes to one address only."""

from __future__ import annotations

from collections.abc import Mapping

from grafftui.errors import UsageError
from grafftui.models.catalogue import Provider, providers, resolve


def key_names(row: Provider, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that may hold its key; none while that is for another address, or as long
    as its own cannot be told.

    Args:
        environ: The environment, and what the settings say about its address.
    """
    try:
        resolve(row.id, environ)
    except UsageError:
        return ()
    return () if redirected(row, environ) else row.key_variables


def redirected(row: Provider, environ: Mapping[str, str]) -> str:
    """The variable that says the environment's key is for another address, or "".

    `OPENAI_API_KEY` beside `OPENAI_URL` is the key of that server, and not OpenAI's.
    """
    if row.parameters or not any(environ.get(name) for name in row.key_variables):
        return ""
    sharing = (one for one in providers() if set(one.key_variables) & set(row.key_variables))
    names = (p.name for one in sharing for p in one.parameters if p.name.endswith("_URL"))
    given = next((name for name in names if environ.get(name)), "")
    if not given:
        return ""
    there = environ[given].strip().lower().rstrip("/") + "/"
    return "" if there.startswith(f"{resolve(row.id, environ).origin}/") else given
