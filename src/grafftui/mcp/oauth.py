"""OAuth, by the package's own client: signing in on command, and staying signed in by itself.

Only `sign_in` asks a server how to sign in, registers, and leads to a page. A connection sends
what it was given and has that renewed, nothing else: a server cannot make it do more.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Final, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx2
import mcp_types
from anyio.to_thread import run_sync
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.exceptions import OAuthFlowError
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    OAuthToken,
    ProtectedResourceMetadata,
)
from pydantic import AnyUrl, BaseModel, ValidationError

from grafftui.errors import AuthenticationError, GrafftuiError, KeyringError
from grafftui.mcp.accounts import MOST_CHARACTERS, SignIn, SignIns, account_of, sign_in_of
from grafftui.mcp.config import OAuth, Server, is_address
from grafftui.mcp.http import Limited, http_transport, is_loopback
from grafftui.mcp.loopback import Answer, listening
from grafftui.text import one_line
from grafftui.text.redact import redact

M = TypeVar("M", bound=BaseModel)

_NAME: Final = "grafftui"
_TOKEN: Final = re.compile(r"[!-~]+")
"""What can stand in a header."""


class _Nowhere:
    """A `TokenStorage`: what is kept is kept by whoever makes the provider."""

    async def get_tokens(self) -> OAuthToken | None:
        return None

    async def set_tokens(self, tokens: OAuthToken) -> None: ...

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None: ...


class SignedIn(OAuthClientProvider):
    """Sends what is kept of a sign-in, and has it renewed. Never asks anybody anything."""

    def __init__(self, server: Server, sign_ins: SignIns) -> None:
        super().__init__(server.url, _about_us("http://127.0.0.1/callback"), _Nowhere())
        self._account = account_of(server)
        self._sign_ins = sign_ins

    async def _auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        context = self.context
        async with context.lock:
            if not self._initialized:
                self._initialized = True
                await self._read()
            expired = context.current_tokens is not None and not context.is_token_valid()
        sent = context.current_tokens
        if not expired:
            self._identify(request)
            response = yield request
            if response.status_code != 401:
                return
        if sent is None:
            return
        again = expired
        async with context.lock:  # of several requests that were refused, one has it renewed
            if context.current_tokens == sent:
                unlock = await run_sync(self._sign_ins.lock, self._account)
                try:
                    await self._read()
                    if context.current_tokens == sent and context.can_refresh_token():
                        again = True  # or that answer would pass for the one to the request
                        renewed = yield await self._refresh_token()
                        if await self._handle_refresh_response(renewed):
                            await self._keep()
                finally:
                    unlock()
        if again or context.current_tokens not in (None, sent):
            self._identify(request)
            yield request

    def _identify(self, request: httpx2.Request) -> None:
        if self.context.current_tokens is not None:
            self._add_auth_header(request)

    async def _read(self) -> None:
        """Know what is kept; another process may have had it renewed."""
        try:
            text = await run_sync(self._sign_ins.read, self._account)
        except GrafftuiError:  # where nothing can be read, nobody is signed in
            return
        found = sign_in_of(text) if text else None
        context = self.context
        if found is None:
            context.clear_tokens()
            return
        try:
            context.current_tokens = OAuthToken.model_validate_json(found.tokens)
            context.client_info = OAuthClientInformationFull.model_validate_json(found.client)
            context.oauth_metadata = _parsed(OAuthMetadata, found.metadata)
            context.protected_resource_metadata = _parsed(ProtectedResourceMetadata, found.resource)
        except ValidationError:
            context.clear_tokens()
            return
        context.token_expiry_time = found.expires_at

    async def _keep(self) -> None:
        text = _kept(self)
        sign_in_of(text)  # from now on nothing shows it
        with suppress(KeyringError):  # it holds for as long as this process
            await run_sync(self._sign_ins.write, self._account, text)


class SigningIn(OAuthClientProvider):
    """Leads the person through a sign-in.

    Args:
        show: Is given the address of the page, on a thread of its own.
    """

    def __init__(self, server: Server, answer: Answer, show: Callable[[str], None]) -> None:
        super().__init__(
            server.url, _about_us(answer.redirect_uri), _Nowhere(), self._lead, self._come_back
        )
        self._answer = answer
        self._show = show
        self._is_local = is_loopback(server.url)
        self._has_led = False
        self._wanted = server.oauth or OAuth()
        self._initialized = True
        if self._wanted.client_id:
            self.context.client_info = OAuthClientInformationFull(
                client_id=self._wanted.client_id,
                client_secret=self._wanted.client_secret or None,
                redirect_uris=[AnyUrl(answer.redirect_uri)],
                token_endpoint_auth_method=(
                    "client_secret_post" if self._wanted.client_secret else "none"
                ),
            )

    async def _perform_authorization_code_grant(self) -> tuple[str, str]:
        wanted = self._wanted
        if wanted.scopes:
            self.context.client_metadata.scope = " ".join(wanted.scopes)
        if self.context.oauth_metadata is None and wanted.auth_url and wanted.token_url:
            self.context.oauth_metadata = OAuthMetadata.model_validate(
                {
                    "issuer": f"{self.context.get_authorization_base_url(wanted.token_url)}",
                    "authorization_endpoint": wanted.auth_url,
                    "token_endpoint": wanted.token_url,
                }
            )
        return await super()._perform_authorization_code_grant()

    async def _lead(self, url: str) -> None:
        if self._has_led:
            self.context.clear_tokens()
            raise OAuthFlowError("it refuses what it has just given")
        self._has_led = True
        if not is_address(url) or not (
            url.startswith("https://") or (self._is_local and is_loopback(url))
        ):
            raise OAuthFlowError("the page that the server names is no https address")
        self._answer.expect(parse_qs(urlsplit(url).query)["state"][-1])
        await run_sync(self._show, url, abandon_on_cancel=True)

    async def _come_back(self) -> AuthorizationCodeResult:
        said = await self._answer.wait()
        return AuthorizationCodeResult(
            code=said.get("code", ""), state=said.get("state"), iss=said.get("iss")
        )


async def sign_in(
    server: Server, headers: Mapping[str, str], sign_ins: SignIns, show: Callable[[str], None]
) -> None:
    """Sign in to `server`, and keep what it gives.

    Raises:
        AuthenticationError: It came to nothing; says why.
        KeyringError: What the server gave cannot be kept.
        UsageError: Its `oauth` cannot be meant.
    """
    network = Limited(server.url, server.timeout)
    async with listening(server.oauth or None) as answer:
        provider = SigningIn(server, answer, show)
        transport = http_transport(server, headers, network, provider)
        about_us = mcp_types.Implementation(name=_NAME, version="1")
        try:
            async with Client(transport, cache=None, client_info=about_us):
                pass
        except Exception as error:
            # what matters is whether the person is signed in: a server may fail for other reasons
            if provider.context.current_tokens is None:
                raise _failure(server, error) from None
    if provider.context.current_tokens is None:
        raise AuthenticationError(f"{server.name} does not ask for a sign-in")
    text = _kept(provider)
    sign_in_of(text)  # from now on nothing shows it
    await run_sync(sign_ins.write, account_of(server), text)


def _failure(server: Server, error: BaseException) -> GrafftuiError:
    found: list[BaseException] = [error]
    while isinstance(found[-1], BaseExceptionGroup):
        found.append(found[-1].exceptions[0])
    if isinstance(found[-1], GrafftuiError):
        return found[-1]
    words = one_line(redact(str(found[-1])) or type(found[-1]).__name__, 200)
    return AuthenticationError(f"cannot sign in to {server.name}: {words}")


def _kept(provider: OAuthClientProvider) -> str:
    """What is to be kept of a sign-in. Raises `AuthenticationError`: it is none, or too much."""
    context = provider.context
    assert context.current_tokens is not None and context.client_info is not None
    if not _TOKEN.fullmatch(context.current_tokens.access_token):
        raise AuthenticationError("what the server gives for a sign-in is no token")
    text = SignIn(
        _said(context.current_tokens),
        context.token_expiry_time,
        _said(context.client_info),
        _said(context.oauth_metadata),
        _said(context.protected_resource_metadata),
    ).to_text()
    if len(text) > MOST_CHARACTERS:
        raise AuthenticationError("what the server gives for a sign-in is too long to be kept")
    return text


def _said(model: BaseModel | None) -> str:
    return "" if model is None else model.model_dump_json(exclude_none=True)


def _parsed(kind: type[M], text: str) -> M | None:
    return kind.model_validate_json(text) if text else None


def _about_us(redirect_uri: str) -> OAuthClientMetadata:
    return OAuthClientMetadata(client_name=_NAME, redirect_uris=[AnyUrl(redirect_uri)])
