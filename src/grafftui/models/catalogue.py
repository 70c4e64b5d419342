"""The providers there are, and where each is reached.

The rows (ids, variables, addresses, formats) are CodeGraff's provider table, kept in
`providers.toml` beside this module.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from grafftui.errors import NotFoundError, UsageError

_PLACE = re.compile(r"\{\{(\w+)\}\}")
_ENDPOINT_PATHS = ("/chat/completions", "/responses", "/messages")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9._-]+")
_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?")


@dataclass(frozen=True, slots=True)
class UrlParameter:
    """A part of a provider's address that is the person's to give.

    Attributes:
        name: Also the environment variable it is read from.
        default: Its value when none is given; "" when it has to be given.
        options: The values there are, or () for any.
    """

    name: str
    default: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """One row of the catalogue.

    Attributes:
        id: Its id, as CodeGraff names it.
        name: Its name for people.
        key_variables: Environment variables that may hold its key.
        parameters: What its address is completed with.
        wire: "chat", "responses" or "anthropic"; "" when it is not supported.
        local: A server on the person's own machine, which needs no key.
        hidden: Works when named, but is not offered.
        instead: Why it is not supported and the way around; "" when it is.
        url, models, responses, check, header: As `providers.toml` says them; `resolve`
            makes an `Endpoint` of them.
    """

    id: str
    name: str
    key_variables: tuple[str, ...]
    parameters: tuple[UrlParameter, ...] = ()
    wire: str = ""
    local: bool = False
    hidden: bool = False
    instead: str = ""
    url: str = ""
    models: str | None = None
    responses: str = ""
    check: str = ""
    header: str = "bearer"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A provider's address, complete.

    Attributes:
        provider_id: Whose it is.
        url: Where requests go.
        models_url: Where the list of models is; "" when there is none.
        responses_url: Where models that reason are served in the Responses format; "" at `url`.
        wire: The format spoken at `url`.
        header: How the key is sent: "bearer", "x-api-key" or "api-key".
        origin: Scheme, host and port of `url`: what a key is bound to.
        check_url: What tells a good key from a bad one where the list of models is public.
        local: As in `Provider`.
    """

    provider_id: str
    url: str
    models_url: str
    responses_url: str
    wire: str
    header: str
    origin: str
    check_url: str = ""
    local: bool = False

    @property
    def host(self) -> str:
        """Host and, where it is not the usual one, port."""
        return urlsplit(self.url).netloc

    @property
    def hostname(self) -> str:
        """The host alone."""
        return urlsplit(self.url).hostname or ""

    def headers(self, key: str) -> dict[str, str]:
        """How `key` is sent; none when it is ""."""
        headers: dict[str, str] = {}
        if self.wire == "anthropic":
            headers["anthropic-version"] = "2023-06-01"
        if key and self.header == "bearer":
            headers["Authorization"] = f"Bearer {key}"
        elif key:
            headers[self.header] = key
        return headers


def providers() -> tuple[Provider, ...]:
    """Every row but the hidden ones, most common first; unsupported ones last."""
    return tuple(row for row in _rows().values() if not row.hidden)


def provider(provider_id: str) -> Provider:
    """The row called `provider_id`, hidden ones too. Raises `NotFoundError`."""
    row = _rows().get(provider_id)
    if row is None:
        near = _nearest(provider_id)
        raise NotFoundError(
            f"there is no provider {provider_id!r}",
            hint=f"did you mean {near}?" if near else "see `grafftui keys list` for the names",
        )
    return row


def resolve(provider_id: str, parameters: Mapping[str, str] | None = None) -> Endpoint:
    """Complete the address of `provider_id`.

    Args:
        provider_id: A row of the catalogue.
        parameters: Values by name, more than are needed too; None for the environment.

    Raises:
        NotFoundError: No such row.
        UsageError: It is not supported yet (with the way around), or a value is missing or
            cannot stand in an address.
    """
    row = provider(provider_id)
    if row.instead:
        raise UsageError(f"{row.id} is not supported yet", hint=row.instead)
    given = os.environ if parameters is None else parameters
    values = {p.name: _value(row, p, given) for p in row.parameters}
    if row.local:
        _apply_local_host(row, values, given)
    url = _fill(row.url, values)
    models = _models_url(row.url) if row.models is None else row.models
    return Endpoint(
        provider_id=row.id,
        url=url,
        models_url=_fill(models, values),
        responses_url=row.responses,
        wire=row.wire,
        header=row.header,
        origin=_origin(url),
        check_url=row.check,
        local=row.local,
    )


# -- values ----------------------------------------------------------------------------------


def _value(row: Provider, parameter: UrlParameter, given: Mapping[str, str]) -> str:
    name = parameter.name
    value = (given.get(name) or parameter.default).strip()
    if not value:
        raise UsageError(f"{row.id} needs {name}", hint=f"set {name} to where it is served")
    if name.endswith("_URL"):
        return _base_url(name, value)
    if parameter.options and value not in parameter.options:
        if name == "HOSTNAME":  # shells set it too, to the name of the machine
            return parameter.default
        raise UsageError(
            f"{name} cannot be {value[:80]!r}", hint="it can be " + ", ".join(parameter.options)
        )
    if not name.endswith("_HOST") and not _PLAIN_VALUE.fullmatch(value):
        raise UsageError(
            f"{name} cannot be {value[:80]!r}", hint="letters, digits, '.', '_' and '-' are used"
        )
    return value


def _base_url(name: str, value: str) -> str:
    """An address without its last slash, and without the path that will be added to it."""
    value = value.rstrip("/")
    for path in _ENDPOINT_PATHS:
        value = value.removesuffix(path)
    if not _URL.fullmatch(value) or not _has_host(value):
        raise UsageError(
            f"{name} is not a web address: {value[:80]!r}",
            hint="for example https://example.com/v1, without a user name or a query",
        )
    return value


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _apply_local_host(row: Provider, values: dict[str, str], given: Mapping[str, str]) -> None:
    """Take a host as it is written in the wild: with a scheme, with a port, as "any address".

    Ollama itself reads `OLLAMA_HOST` so, and CodeGraff an older `…_URL`.
    """
    scheme, host, port = (parameter.name for parameter in row.parameters)
    text = values[host]
    if not given.get(host):
        text = given.get(host.removesuffix("_HOST") + "_URL") or text
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        found, found_port = parts.hostname or "", parts.port
    except ValueError:
        found, found_port = "", None
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", found):
        raise UsageError(
            f"{host} is not a host: {text[:80]!r}", hint="for example 127.0.0.1 or a host name"
        )
    if found in ("0.0.0.0", "::"):
        found = "127.0.0.1"
    values[host] = f"[{found}]" if ":" in found else found
    if found_port and not given.get(port):
        values[port] = str(found_port)
    if parts.scheme in ("http", "https") and not given.get(scheme):
        values[scheme] = parts.scheme
    if not values[port].isdigit() or not 0 < int(values[port]) < 65_536:
        raise UsageError(f"{port} is not a port: {values[port]!r}", hint="it can be 1 to 65535")


# -- addresses -------------------------------------------------------------------------------


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values[place[1]], template)


def _models_url(url: str) -> str:
    """Where the list of models is by convention: beside the endpoint."""
    for path in _ENDPOINT_PATHS:
        if url.endswith(path):
            return url.removesuffix(path) + "/models"
    return ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _nearest(provider_id: str) -> str:
    from difflib import get_close_matches

    names = [row.id for row in providers()]
    return " or ".join(get_close_matches(provider_id.lower(), names, n=2))


@cache
def _rows() -> dict[str, Provider]:
    text = Path(__file__).with_name("providers.toml").read_text(encoding="utf-8")
    return {row["id"]: _row(row) for row in tomllib.loads(text)["provider"]}


def _row(wire: dict[str, Any]) -> Provider:
    parameters = tuple(
        UrlParameter(p["name"], p.get("default", ""), tuple(p.get("options", ())))
        for p in wire.pop("params", ())
    )
    return Provider(key_variables=tuple(wire.pop("keys")), parameters=parameters, **wire)
