"""Is what came back an answer of the API at all?"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from grafftui.errors import GrafftuiError
from grafftui.models import strict_json
from grafftui.models.errors import BadResponse
from grafftui.models.faults import Speaker, http_fault, stream_fault
from grafftui.models.transport import HttpCall

ERROR_BODY_LIMIT = 256 * 1024
"""Bytes read of a response that says what is wrong."""

JSON_LIMIT = 16 * 1024 * 1024
"""Bytes of a JSON response, after decompression."""


def check_status(speaker: Speaker, call: HttpCall) -> None:
    """Raise unless the request was served by the host it was sent to.

    Raises:
        GrafftuiError: The provider said no, or sent us elsewhere; a key is never taken along.
    """
    if 200 <= call.status < 300:
        return
    if 300 <= call.status < 400:
        host = urlsplit(call.headers.get("location", "")).hostname or "another address"
        raise BadResponse(
            f"{speaker} redirects to {speaker.clean(host, 100)}; not followed",
            hint="the key is for the address that was set: correct the address if this is right",
            status=call.status,
        )
    body = call.read_start(ERROR_BODY_LIMIT)
    raise http_fault(speaker, call.status, call.headers, body)


def check_event_stream(speaker: Speaker, call: HttpCall) -> None:
    """Raise unless the body can be a stream of events.

    Servers that forget the content type are let through; pages and plain JSON are not.
    """
    kind = _media_type(call)
    if "html" in kind or "xml" in kind:
        raise not_an_api(speaker, kind)
    if kind.endswith("json"):
        raise _unstreamed(speaker, call.read_start(ERROR_BODY_LIMIT))


def read_json(speaker: Speaker, call: HttpCall) -> Any:
    """The JSON value in the body."""
    kind = _media_type(call)
    if "html" in kind or "xml" in kind:
        raise not_an_api(speaker, kind)
    try:
        return strict_json.loads(call.read(JSON_LIMIT).decode("utf-8", "replace"))
    except ValueError as error:
        raise BadResponse(
            f"{speaker} sent JSON that cannot be read: {speaker.clean(str(error), 120)}"
        ) from error


def not_an_api(speaker: Speaker, kind: str) -> BadResponse:
    """The error for a page where an answer should be."""
    return BadResponse(
        f"{speaker}: not an API response ({speaker.clean(kind, 60)} from {speaker.host})",
        hint="a sign-in page of the network or a wrong address: open it in a browser",
    )


def _media_type(call: HttpCall) -> str:
    return call.headers.get("content-type", "").split(";")[0].strip().lower()


def _unstreamed(speaker: Speaker, body: bytes) -> GrafftuiError:
    try:
        value = strict_json.loads(body.decode("utf-8", "replace"))
    except ValueError:
        value = None
    if isinstance(value, dict) and value.get("error"):
        return stream_fault(speaker, value)
    return BadResponse(
        f"{speaker} answered without streaming: {speaker.clean(body.decode('utf-8', 'replace'))}",
        hint="the server has to support streaming",
    )
