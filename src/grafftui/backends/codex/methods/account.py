"""Models, and who pays for them: `model/…`, `account/…`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from grafftui.backends.codex.methods.calling import Calling

R = TypeVar("R")


class AccountMethods(Calling[R]):
    """Models, sign-in, limits."""

    def model_list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        include_hidden: bool | None = None,
    ) -> R:
        """`{data: [{id, model, displayName, supportedReasoningEfforts, isDefault, …}]}`."""
        return self._call("model/list", cursor=cursor, limit=limit, include_hidden=include_hidden)

    def model_provider_list(self) -> R:
        """Who serves models."""
        return self._call("modelProvider/list")

    def account_read(self, *, refresh_token: bool = False) -> R:
        """`{account, requiresOpenaiAuth}`; a sign-in is needed for null and true."""
        return self._call("account/read", refresh_token=refresh_token)

    def account_login_start(self, params: Mapping[str, Any]) -> R:
        """Sign in in any way the protocol has: `{"type": "chatgptAuthTokens", …}`."""
        return self.request("account/login/start", params)

    def account_login_start_api_key(self, api_key: str) -> R:
        """Sign in with a key, which Codex keeps in its own home."""
        return self._call("account/login/start", type="apiKey", api_key=api_key)

    def account_login_start_chatgpt(self) -> R:
        """Sign in with a browser: `{loginId, authUrl}`, then `account/login/completed`."""
        return self._call("account/login/start", type="chatgpt")

    def account_login_start_device_code(self) -> R:
        """Sign in elsewhere: `{loginId, verificationUrl, userCode}`, then as above."""
        return self._call("account/login/start", type="chatgptDeviceCode")

    def account_login_cancel(self, login_id: str) -> R:
        """Give up on a sign-in."""
        return self._call("account/login/cancel", login_id=login_id)

    def account_logout(self) -> R:
        """Sign out."""
        return self.request("account/logout")

    def account_rate_limits_read(self) -> R:
        """What is left; an error without a ChatGPT account."""
        return self.request("account/rateLimits/read")

    def account_usage_read(self) -> R:
        """What was used; an error without a ChatGPT account."""
        return self.request("account/usage/read")
