"""The accounts that sandboxes in a cloud are made with: where each is, and who pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from grafftui.errors import GrafftuiError, SandboxAuthenticationError, SandboxError
from grafftui.text.key_flaws import flaw
from grafftui.text.redact import secrets


class _Key(Protocol):
    @property
    def value(self) -> str: ...


class Keys(Protocol):
    """Where the person's keys are kept; `grafftui.keys.KeyVault` is one."""

    def get(self, provider_id: str, *, env_vars: Sequence[str], origin: str) -> _Key | None:
        """The key for `provider_id` at the address `origin`; None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Who makes the sandboxes of an engine.

    Attributes:
        id: What its key is kept as.
        name: For people.
        key_variables: Environment variables that may hold the key, the first that is set.
        url_variable: Environment variable that names another address.
        url: Where it is.
    """

    id: str
    name: str
    key_variables: tuple[str, ...]
    url_variable: str
    url: str

    def address(self, environ: Mapping[str, str]) -> str:
        """Where it is for this person, without a slash at the end."""
        return (environ.get(self.url_variable) or self.url).rstrip("/")


CODEGRAFF: Final = Account(
    "codegraff",
    "CodeGraff",
    ("CODEGRAFF_API_KEY", "CG_API_KEY"),
    "CODEGRAFF_GATEWAY_URL",
    "https://gateway.codegraff.com",
)
DAYTONA: Final = Account(
    "daytona",
    "Daytona",
    ("DAYTONA_API_KEY",),
    "DAYTONA_API_URL",
    "https://app.daytona.io/api",
)
E2B: Final = Account("e2b", "E2B", ("E2B_API_KEY",), "E2B_API_URL", "https://api.e2b.app")

FOR_SANDBOXES_ONLY: Final = {account.id: account for account in (DAYTONA, E2B)}
"""By id: those whose key serves no model as well."""


class Access:
    """An account as it is reached here. Safe from any thread.

    Args:
        account: Whose.
        environ: The environment.
        keys: Where keys are besides the environment; None for nowhere.
    """

    def __init__(
        self, account: Account, environ: Mapping[str, str], keys: Keys | None = None
    ) -> None:
        self.account = account
        self.environ = environ
        self._keys = keys

    @property
    def url(self) -> str:
        """Where requests go."""
        return self.account.address(self.environ)

    def problem(self) -> str:
        """Why it cannot be asked, in a sentence; "" if it can. Asks only the keyring."""
        if problem := self._url_problem():
            return problem
        try:
            self.key()
        except GrafftuiError as error:
            return error.message
        return ""

    def key(self) -> str:
        """What it knows the person by; `redact` knows it from here on.

        Raises:
            SandboxAuthenticationError: There is none, it cannot be one, or is for another address.
            KeyringError: The keyring is locked or silent.
        """
        found = self._from_environment() or self._kept()
        if not found:
            variable, name = self.account.key_variables[0], self.account.id
            words = f"there is no key: set {variable}, or grafftui keys set {name}"
            raise SandboxAuthenticationError(words)
        secrets.add_secret(found, self.account.id)
        return found

    def _from_environment(self) -> str:
        for name in self.account.key_variables:
            if value := self.environ.get(name, "").strip():
                if reason := flaw(value):
                    raise SandboxAuthenticationError(f"the key in {name} {reason}")
                return value
        return ""

    def _kept(self) -> str:
        if self._keys is None:
            return ""
        found = self._keys.get(self.account.id, env_vars=(), origin=self.url)
        return found.value if found else ""

    def _url_problem(self) -> str:
        variable = self.account.url_variable
        try:
            url = urlsplit(self.url)
            host, user = url.hostname, url.username
            url.port  # noqa: B018  # is looked at when it is asked for
        except ValueError:
            return f"{variable} is no address"
        if url.scheme not in ("http", "https") or not host or user or url.query or url.fragment:
            return f"{variable} is no address"
        if url.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
            return f"{variable} is http: the key would be sent for all to read"
        return ""

    def require(self) -> None:
        """Raises `SandboxError`: it cannot be asked."""
        if problem := self.problem():
            raise SandboxError(f"{self.account.name} cannot be asked: {problem}")
