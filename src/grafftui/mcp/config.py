"""`.mcp.json`: which MCP servers there are, and how each is reached.

{"mcpServers": {"docs": {"command": "docs-mcp", "args": ["--stdio"], "env": {"LEVEL": "1"}},
                "shop": {"url": "https://shop.example/mcp",
                         "headers": {"Authorization": "Bearer {{.env.SHOP_TOKEN}}"}}}}
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from grafftui.errors import SettingsError, UsageError
from grafftui.mcp.json_lines import JsonProblem, Steps, in_words, line_of, read_json
from grafftui.text import one_line

Scope = Literal["user", "local"]
"""The person's own file, or that of the workspace."""

TIMEOUT: Final = 300.0
"""Seconds one call may take where the file does not say."""
MOST_BYTES: Final = 1 << 20
MOST_SERVERS: Final = 64
TOP: Final = "mcpServers"

_STDIO: Final = ("type", "command", "args", "env", "timeout", "disable")
_HTTP: Final = ("type", "url", "serverUrl", "headers", "timeout", "disable", "oauth")
_OAUTH: Final = ("clientId", "clientSecret", "scopes", "authUrl", "tokenUrl", "redirectUri")
_TYPES: Final = ("stdio", "http", "streamable-http")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>\\`$(){}|^]+")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class OAuth:
    """How to sign in where the server does not say it all."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    auth_url: str = ""
    token_url: str = ""
    redirect_uri: str = "http://127.0.0.1:8765/callback"


@dataclass(frozen=True, slots=True)
class Server:
    """One server.

    Attributes:
        name: What it is called.
        scope: Whose file names it.
        command: The program that is started; "" for one that is reached over HTTP.
        args: Its arguments.
        env: Variables it gets besides the ordinary ones.
        url: Its address; "" for one that is started.
        headers: Sent with each request; may hold `{{.env.NAME}}`.
        oauth: How to sign in; False for not at all, None for as the server says.
        timeout: Seconds one call may take.
        disable: Whether it is left alone.
    """

    name: str
    scope: Scope
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    url: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    oauth: OAuth | Literal[False] | None = None
    timeout: float = TIMEOUT
    disable: bool = False

    @property
    def argv(self) -> tuple[str, ...]:
        """What is started, in full; nothing for a server that is reached over HTTP."""
        return (self.command, *self.args) if self.command else ()

    @property
    def identity(self) -> str:
        """Its name, and the hash of what is started or reached: what an approval is for."""
        what = json.dumps([self.argv, self.url, self.env, self.headers])
        return f"{self.name}@{hashlib.sha256(what.encode()).hexdigest()[:16]}"


def read_servers(content: bytes, scope: Scope, file: str) -> dict[str, Server]:
    """The servers of a file, by name.

    Args:
        file: Its name, for complaints.

    Raises:
        SettingsError: It says something it cannot; names the file, the line and the key.
    """
    text = _text(content, file)
    try:
        return _servers(read_json(text), scope)
    except JsonProblem as problem:
        raise _complaint(file, problem.line, str(problem)) from None
    except _Wrong as wrong:
        words = f"{in_words(wrong.steps) or 'the file'} {wrong.words}"
        raise _complaint(file, line_of(text, wrong.steps), words) from None


def checked_config(config: Mapping[str, Any], scope: Scope, file: str) -> bytes:
    """`config` as the file that says it.

    Raises:
        SettingsError: It says something it cannot; names the key, and the line it would have.
    """
    try:
        text = json.dumps(config, indent=2, ensure_ascii=False, allow_nan=False)
        content = (text + "\n").encode()
    except (TypeError, ValueError, RecursionError) as error:
        words = one_line(str(error), 120)
        raise SettingsError(f"what is to be written to {file} is no JSON: {words}") from None
    read_servers(content, scope, file)
    return content


def check_server(name: str, said: Mapping[str, Any]) -> None:
    """Look at one server that stands in no file yet.

    Raises:
        UsageError: It says something it cannot; names the key.
    """
    try:
        _server(name, dict(said), "user")
    except _Wrong as wrong:
        about = in_words(wrong.steps[2:]) or f"“{name}”"
        raise UsageError(one_line(f"{about} {wrong.words}", 200)) from None


class _Wrong(Exception):
    """What a value says that it cannot."""

    def __init__(self, steps: Steps, words: str) -> None:
        super().__init__(words)
        self.steps = steps
        self.words = words


def _complaint(file: str, line: int, words: str) -> SettingsError:
    shown = one_line(words, 200)
    return SettingsError(
        f"{file}, line {line}: {shown}", hint="correct it; no server of it is used"
    )


def _text(content: bytes, file: str) -> str:
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{file} has more than {MOST_BYTES:,} bytes", hint="make it smaller")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _complaint(file, line, "this is no UTF-8") from None


def _servers(value: Any, scope: Scope) -> dict[str, Server]:
    top = _object((), value)
    for key in top:
        if key != TOP:
            raise _Wrong((key,), f"is not known; there is only “{TOP}”")
    servers = _object((TOP,), top.get(TOP, {}))
    if len(servers) > MOST_SERVERS:
        raise _Wrong((TOP,), f"names more than {MOST_SERVERS} servers")
    return {name: _server(name, said, scope) for name, said in servers.items()}


def _server(name: str, value: Any, scope: Scope) -> Server:
    steps: Steps = (TOP, name)
    if not _NAME.fullmatch(name):
        words = "is no name: letters, digits, “-”, “_”, “.” and spaces, 64 at the most"
        raise _Wrong(steps, words)
    said = _object(steps, value)
    is_http = "url" in said or "serverUrl" in said
    if is_http == ("command" in said):
        raise _Wrong(steps, "has to have either “command” or “url”")
    _only(steps, said, _HTTP if is_http else _STDIO)
    if "type" in said and (said["type"] not in _TYPES or is_http == (said["type"] == "stdio")):
        raise _Wrong((*steps, "type"), "does not go with the rest")
    timeout = said.get("timeout", TIMEOUT)
    if (
        isinstance(timeout, bool)
        or not isinstance(timeout, int | float)
        or not 0 < timeout <= 86400
    ):
        raise _Wrong((*steps, "timeout"), "has to be a number of seconds, 86400 at the most")
    disable = said.get("disable", False)
    if not isinstance(disable, bool):
        raise _Wrong((*steps, "disable"), "has to be true or false")
    if is_http:
        return Server(
            name,
            scope,
            url=_url(steps, said),
            headers=_pairs(steps, said, "headers", _is_header),
            oauth=_oauth((*steps, "oauth"), said.get("oauth")),
            timeout=float(timeout),
            disable=disable,
        )
    return Server(
        name,
        scope,
        command=_words((*steps, "command"), said["command"]),
        args=_arguments((*steps, "args"), said.get("args", [])),
        env=_pairs(steps, said, "env", _is_variable),
        timeout=float(timeout),
        disable=disable,
    )


def _url(steps: Steps, said: Mapping[str, Any]) -> str:
    if "url" in said and "serverUrl" in said:
        raise _Wrong((*steps, "serverUrl"), "is the same as “url”; give one of them")
    key = "url" if "url" in said else "serverUrl"
    return _checked_url((*steps, key), said[key])


def is_address(text: str) -> bool:
    """Whether a text is an address that can be asked, and be handed to another program."""
    return text.isprintable() and _ADDRESS.fullmatch(text) is not None


def _checked_url(steps: Steps, value: Any) -> str:
    """`value`, an address that can be asked."""
    url = _words(steps, value)
    if not is_address(url):
        raise _Wrong(steps, "has to be an address that begins with https:// or http://")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise _Wrong(steps, "must not hold a name or a password; use “headers”")
    return url


def _oauth(steps: Steps, value: Any) -> OAuth | Literal[False] | None:
    if value is None or value is False:
        return value
    if not isinstance(value, dict):
        raise _Wrong(steps, "has to be false or an object")
    _only(steps, value, _OAUTH)
    scopes = _arguments((*steps, "scopes"), value.get("scopes", []))
    said = {
        key: _words((*steps, key), value[key]) for key in _OAUTH if key in value and key != "scopes"
    }
    for key in ("authUrl", "tokenUrl", "redirectUri"):
        if key in said:
            _checked_url((*steps, key), said[key])
    return OAuth(
        said.get("clientId", ""),
        said.get("clientSecret", ""),
        scopes,
        said.get("authUrl", ""),
        said.get("tokenUrl", ""),
        said.get("redirectUri", OAuth().redirect_uri),
    )


def _pairs(
    steps: Steps, said: Mapping[str, Any], key: str, is_name: Callable[[str], bool]
) -> tuple[tuple[str, str], ...]:
    pairs = _object((*steps, key), said.get(key, {}))
    for name, value in pairs.items():
        if not is_name(name):
            raise _Wrong((*steps, key, name), "is no name for this")
        if not isinstance(value, str) or re.search(r"[\0\r\n]", value):
            raise _Wrong((*steps, key, name), "has to be text of one line")
    return tuple(sorted(pairs.items()))


def _is_header(name: str) -> bool:
    return _HEADER.fullmatch(name) is not None


def _is_variable(name: str) -> bool:
    return _VARIABLE.fullmatch(name) is not None


def _arguments(steps: Steps, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Wrong(steps, "has to be a list of texts")
    for number, item in enumerate(value):
        if not isinstance(item, str) or "\0" in item:
            raise _Wrong((*steps, number), "has to be text")
    return tuple(value)


def _words(steps: Steps, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise _Wrong(steps, "has to be text, and not empty")
    return value


def _object(steps: Steps, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(steps, "has to be an object")
    return value


def _only(steps: Steps, said: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in said:
        if key not in known:
            there = ", ".join(known[1:] if known[0] == "type" else known)
            raise _Wrong((*steps, key), f"is not known; there are {there}")
