"""Opening a connection: name, proxy, TLS.

Proxies come from where the rest of the system takes them: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY
and NO_PROXY, or the desktop's settings on macOS. This machine's own addresses are never
sent through one. Certificates are checked against the system's authorities and, where
SSL_CERT_FILE or SSL_CERT_DIR is set, against those; there is no way to switch that off.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import sys
import time
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from urllib.parse import unquote, urlsplit

from grafftui.models.errors import ConnectionFailed
from grafftui.models.faults import Speaker


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `authorization` is the value of its header, or ""."""

    host: str
    port: int
    authorization: str = ""

    def headers(self) -> dict[str, str]:
        """What the proxy itself is told."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a request goes, and through what."""

    secure: bool
    host: str
    port: int
    proxy: Proxy | None = None


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, as far as its name tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def destination_of(speaker: Speaker, url: str) -> Destination:
    """Where `url` leads now, given the proxies that are set.

    Raises:
        ConnectionFailed: A proxy setting that cannot be used, named without its password.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host = parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    return Destination(secure, host, port, _proxy_for(speaker, parts.scheme, host))


def dial(speaker: Speaker, to: Destination, deadline: float) -> socket.socket:
    """A connected socket, through the proxy and inside TLS where there is one.

    Args:
        deadline: `time.monotonic()` by which it has to stand.

    Raises:
        ConnectionFailed: Any reason it does not.
    """
    context = _tls_context(speaker) if to.secure else None
    hop = to.proxy or to
    sock = _connect(speaker, hop.host, hop.port, deadline)
    try:
        if context is not None:
            if to.proxy:
                _open_tunnel(speaker, sock, to, to.proxy)
            sock = context.wrap_socket(sock, server_hostname=to.host)
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise _certificate_refused(speaker, error) from error
    except (OSError, HTTPException) as error:
        sock.close()
        step = "the proxy" if to.proxy and not isinstance(error, ssl.SSLError) else "TLS"
        reason = getattr(error, "reason", None) or error
        raise ConnectionFailed(
            f"{speaker}: no connection, {step} failed: {speaker.clean(str(reason), 120)}",
            hint="check the address, and the proxy if there is one",
            retryable=True,
        ) from error
    except ConnectionFailed:
        sock.close()
        raise
    return sock


def _connect(speaker: Speaker, host: str, port: int, deadline: float) -> socket.socket:
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ConnectionFailed(
            f"{speaker}: the name {host} cannot be found",
            hint="check the network connection and the address",
            retryable=isinstance(error, socket.gaierror),
        ) from error
    failure: OSError | None = None
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = None
        try:
            sock = socket.socket(family, kind, protocol)
            share = (deadline - time.monotonic()) / (len(addresses) - index)
            sock.settimeout(max(share, 0.01))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(max(deadline - time.monotonic(), 0.01))
            return sock
        except OSError as error:
            failure = error
            if sock is not None:
                sock.close()
    raise _unreachable(speaker, host, port, failure) from failure


def _unreachable(
    speaker: Speaker, host: str, port: int, failure: OSError | None
) -> ConnectionFailed:
    where = "this machine" if is_loopback(host) else host
    if isinstance(failure, ConnectionRefusedError):
        what, hint = f"nothing listens on port {port} of {where}", "is the server running?"
    elif isinstance(failure, TimeoutError):
        what, hint = f"no connection to {where} in time", "check the network connection"
    else:
        why = failure.strerror if failure else "no address"
        what, hint = f"{where} cannot be reached ({why})", "check the network connection"
    return ConnectionFailed(f"{speaker}: {what}", hint=hint, retryable=True)


def _open_tunnel(speaker: Speaker, sock: socket.socket, to: Destination, proxy: Proxy) -> None:
    host = f"[{to.host}]" if ":" in to.host else to.host
    lines = [f"CONNECT {host}:{to.port} HTTP/1.1", f"Host: {host}:{to.port}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers().items()]
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    answer = HTTPResponse(sock, method="CONNECT")
    try:
        answer.begin()
    finally:
        answer.close()
    if answer.status != 200:
        raise proxy_refused(speaker, proxy, answer.status)


def proxy_refused(speaker: Speaker, proxy: Proxy, status: int) -> ConnectionFailed:
    """The error for a proxy that does not let a request through."""
    wants_login = status == 407
    return ConnectionFailed(
        f"{speaker}: the proxy {proxy.host}:{proxy.port} "
        + ("wants a user name and password" if wants_login else f"refused (status {status})"),
        hint="set them as http://user:password@host:port" if wants_login else "check the proxy",
        status=status,
        retryable=status >= 500,
    )


def _certificate_refused(speaker: Speaker, error: ssl.SSLCertVerificationError) -> ConnectionFailed:
    return ConnectionFailed(
        f"{speaker}: its TLS certificate is refused: {speaker.clean(error.verify_message, 160)}",
        hint="check the address and the clock; for an authority of your own set SSL_CERT_FILE",
    )


def _tls_context(speaker: Speaker) -> ssl.SSLContext:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if (path := os.environ.get(variable)) and not os.path.exists(path):
            raise ConnectionFailed(
                f"{speaker}: {variable} names {speaker.clean(path, 120)}, which does not exist",
                hint=f"correct or unset {variable}",
            )
    try:
        return _shared_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except ssl.SSLError as error:
        raise ConnectionFailed(
            f"{speaker}: SSL_CERT_FILE holds no usable certificate",
            hint="it has to be a PEM file",
        ) from error


@lru_cache(maxsize=4)
def _shared_context(cafile: str | None, capath: str | None) -> ssl.SSLContext:
    """Loading the authorities takes 30 ms, so once. `truststore` asks the operating system,
    and on Linux knows where each distribution keeps what OpenSSL itself does not find.
    """
    defaults = ssl.get_default_verify_paths()
    if sys.platform == "linux" and (defaults.cafile or defaults.capath):
        context = ssl.create_default_context()
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if cafile or capath:
        context.load_verify_locations(cafile=cafile, capath=capath)
    return context


def _proxy_for(speaker: Speaker, scheme: str, host: str) -> Proxy | None:
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    name = scheme if proxies.get(scheme) else "all"
    value = proxies.get(name)
    if not value or is_loopback(host) or proxy_bypass(host):
        return None
    return _parse_proxy(speaker, f"{name.upper()}_PROXY", value)


def _parse_proxy(speaker: Speaker, variable: str, value: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or any(character.isspace() for character in value):
        raise ConnectionFailed(
            f"{speaker}: {variable} is not the address of a proxy",
            hint=f"set {variable} to http://host:port, or unset it",
        )
    if parts.scheme != "http":
        raise ConnectionFailed(
            f"{speaker}: {variable} names a {speaker.clean(parts.scheme, 12)} proxy,"
            " which is not supported",
            hint="use an http:// proxy, or name the provider's host in NO_PROXY",
        )
    authorization = ""
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + b64encode(login.encode()).decode()
    return Proxy(host, port or 80, authorization)
