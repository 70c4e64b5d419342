"""Fetches a page."""

from __future__ import annotations

import os
import queue
import re
import threading
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from grafftui.approvals import Request
from grafftui.cancellation import Cancellation
from grafftui.text.redact import redact
from grafftui.tools.addresses import (
    AddressCheck,
    Resolver,
    is_public,
    literal_address,
    parsed_url,
    refuse_address,
    resolve,
)
from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element
from grafftui.tools.html_to_markdown import html_to_markdown
from grafftui.tools.kept_files import new_file
from grafftui.tools.path_names import shown_name
from grafftui.tools.transfer import TOTAL_SECONDS, Page, Transfer

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_TEXT_TYPES = re.compile(
    r"text/.*|application/(?:.*\+)?(?:json|xml|javascript|ecmascript|yaml|x-yaml|toml|x-sh|"
    r"x-ndjson|sql|graphql|rtf)",
    re.IGNORECASE,
)
_LOOKED_AT = 8_192


class FetchArguments(BaseModel):
    """What `fetch` takes."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="The address, http or https.")
    raw: bool = Field(default=False, description="Give HTML as it is, not as markdown.")


class Fetch:
    """Fetches a page.

    Args:
        allowed: Which addresses are connected to.
        resolver: How names become addresses.
    """

    name = "fetch"
    description = (
        "Fetch a page from the open Internet; HTML comes as markdown. Up to 2 MB of text are "
        "read, and 50,000 characters given: the whole is in a file then. Binary files, and "
        "addresses in private networks, are not fetched; robots.txt is honoured."
    )
    arguments = FetchArguments

    def __init__(self, allowed: AddressCheck = is_public, resolver: Resolver = resolve) -> None:
        self._allowed = allowed
        self._resolver = resolver

    def prepare(self, arguments: FetchArguments, context: ToolContext) -> PreparedCall:
        """The call; always needs a yes. Nothing is looked up before that."""
        url = parsed_url(arguments.url)
        address = literal_address(url.raw_host.decode("ascii"))
        if address and not self._allowed(address):
            raise refuse_address(url.host, address)
        request = Request(
            kind="fetch",
            tool=self.name,
            subject=str(url),
            cwd=shown_name(str(context.workspace.root)),
            timeout=TOTAL_SECONDS,
            url=str(url),
        )

        def execute(context: ToolContext) -> ToolResult:
            transfer = Transfer(
                self._allowed, self._resolver, lambda: context.cancellation.cancelled
            )
            page = _waited_for(lambda: transfer.get(url), context.cancellation)
            return _result(page, arguments.raw, context)

        return PreparedCall(title="GET", sub_title=str(url), request=request, execute=execute)


def _waited_for(get: Callable[[], Page], cancellation: Cancellation) -> Page:
    """What `get` returns, on a thread of its own: a name server that does not answer cannot be
    interrupted, only left alone."""
    answers: queue.SimpleQueue[Page | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(get())
        except BaseException as error:
            answers.put(error)

    with cancellation.on_cancel(lambda: answers.put(None)):
        threading.Thread(target=work, name="fetch", daemon=True).start()
        try:
            answer = answers.get(timeout=TOTAL_SECONDS + 1)
        except queue.Empty:
            raise ToolFailure(f"It took longer than {TOTAL_SECONDS:g} seconds.") from None
    cancellation.raise_if_cancelled()
    if isinstance(answer, Page):
        return answer
    assert answer is not None
    raise answer


def _result(page: Page, raw: bool, context: ToolContext) -> ToolResult:
    kind = page.content_type.partition(";")[0].strip().lower()
    text = _text(page, kind)
    if not raw and (kind in ("text/html", "application/xhtml+xml") or _looks_like_html(text, kind)):
        text = html_to_markdown(text, page.url)
    text = redact(text)  # before it is cut, or written to a file
    most = context.limits.max_fetch_chars
    attributes = {
        "url": page.url,
        "status": page.status,
        "content_type": page.content_type,
        "total_chars": len(text),
    }
    notes = ["(The page goes on; only its first 2 MB were read.)"] if page.cut else []
    if len(text) > most:
        path = _kept(text, context)
        notes.append(f"(These are the first {most:,} characters; the whole text is in {path}.)")
    shown = element("http_response", attributes, [text[:most], *notes])
    return ToolResult(shown, is_error=page.status >= 400)


def _text(page: Page, kind: str) -> str:
    if kind and not _TEXT_TYPES.fullmatch(kind):
        raise ToolFailure(f"{page.url} is {kind}, not text; only text is fetched.")
    start = page.content[:_LOOKED_AT]
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ToolFailure(f"{page.url} is binary; only text is fetched.")
    named = _CHARSET.search(page.content_type) or _CHARSET.search(start.decode("latin-1"))
    try:
        return page.content.decode(named[1] if named else "utf-8", "replace")
    except LookupError:  # a charset there is not
        return page.content.decode("utf-8", "replace")


def _looks_like_html(text: str, kind: str) -> bool:
    return not kind and text[:200].lstrip().lower().startswith(("<!doctype html", "<html"))


def _kept(text: str, context: ToolContext) -> str:
    """Where the whole text is kept for `read`."""
    opened, path = new_file(context.shell_output_dir, "page-", ".md")
    with os.fdopen(opened, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return str(path)
