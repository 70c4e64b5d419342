"""How a fake provider writes a turn, with everything that is to go wrong."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from fakes.steps import Step, Turn
from fakes.wire_formats import DEFAULT_USAGE, Event, WireFormat, words_of


class Dropped(Exception):
    """The connection ends here; `by_client` when it was the client who left."""

    def __init__(self, *, by_client: bool = False) -> None:
        super().__init__()
        self.by_client = by_client


def send_whole(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    """Write a response that is no stream."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Answer:
    """One turn being written.

    Args:
        handler: Whose connection it goes to.
        form: The wire format.
        turn: What to say, and what is to go wrong.
        stopping: Set when the server ends; nothing is waited for any longer.
    """

    def __init__(
        self,
        handler: BaseHTTPRequestHandler,
        form: WireFormat,
        turn: Turn,
        stopping: threading.Event,
    ) -> None:
        self._handler = handler
        self._form = form
        self._turn = turn
        self._stopping = stopping
        self._gzip = zlib.compressobj(wbits=31)
        self._ways = {name: value for step in turn for name, value in step.items()}

    def send(self) -> None:
        """Write it, with all that is to go wrong."""
        if self._turn and self._instead(self._turn[0]):
            return
        self._head()
        if self._ways.get("bom"):
            self._write(b"\xef\xbb\xbf")
        self._events(self._form.start())
        for step in self._turn:
            self._step(step)
        usage = self._ways.get("usage", DEFAULT_USAGE)
        self._events(self._form.end(self._ways.get("stop"), usage))
        self._handler.wfile.write(b"0\r\n\r\n")

    # -- instead of a stream -------------------------------------------------------------------

    def _instead(self, step: Step) -> bool:
        whole, first = partial(send_whole, self._handler), next(iter(step))
        if first == "status":
            body = step.get("body")
            raw = body if isinstance(body, str) else json.dumps(body if body is not None else {})
            kind = "text/plain" if isinstance(body, str) else "application/json"
            headers = {"Content-Type": kind} | step.get("headers", {})
            whole(step["status"], raw.encode(), headers)
        elif first == "html":
            whole(200, step["html"].encode(), {"Content-Type": "text/html; charset=utf-8"})
        elif first == "redirect":
            whole(307, b"", {"Location": step["redirect"]})
        elif first == "gzip_bomb":
            plain = b"data: {}\n\n" * (step["gzip_bomb"] * 104_858)
            headers = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
            whole(200, gzip.compress(plain, 9), headers)
        elif first == "garbage":
            self._handler.wfile.write(step["garbage"].encode())
            raise Dropped
        elif first == "silence":
            self._hang()
        else:
            return False
        return True

    # -- the stream ----------------------------------------------------------------------------

    def _head(self) -> None:
        handler = self._handler
        handler.send_response(200)
        handler.send_header("Content-Type", self._ways.get("content_type", "text/event-stream"))
        if self._ways.get("gzip"):
            handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()

    def _step(self, step: Step) -> None:
        kind = next(iter(step))
        form = self._form
        if kind == "text":
            self._events(form.text(words_of(step["text"])), step.get("rate", 0))
        elif kind == "reasoning":
            self._events(form.reasoning(step))
        elif kind in ("tool", "tools"):
            self._events(form.calls([step] if kind == "tool" else step["tools"]))
        elif kind == "refusal":
            self._events(form.refusal(step["refusal"]))
        elif kind == "error":
            self._events(form.error(step["error"]))
        elif kind == "event":
            self._events(iter([(step.get("name", ""), step["event"])]))
        elif kind == "raw":
            self._write(step["raw"].encode("utf-8", "surrogateescape"))
        elif kind == "oversized":
            self._oversized(step["oversized"])
        elif kind == "wait":
            self._stopping.wait(step["wait"])
        elif kind == "until":
            while not Path(step["until"]).exists() and not self._stopping.wait(0.01):
                pass
        elif kind == "pings":
            for _ in range(step["pings"]):
                self._write(b": ping\n\n")
                self._stopping.wait(step.get("every", 0.05))
        elif kind == "hang":
            self._hang()
        elif kind == "end":
            self._handler.wfile.write(b"0\r\n\r\n")
            raise Dropped
        elif kind == "drop":
            self._reset()

    def _hang(self) -> None:
        """Until the server stops or the client leaves."""
        self._handler.connection.settimeout(0.02)
        while not self._stopping.is_set():
            try:
                if not self._handler.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        raise Dropped(by_client=True)

    def _reset(self) -> None:
        self._handler.wfile.flush()
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()
        raise Dropped

    def _oversized(self, megabytes: int) -> None:
        self._write(b'data: {"filler": "')
        for _ in range(megabytes):
            self._write(b"x" * 1_048_576)
        self._write(b'"}\n\n')

    def _events(self, events: Iterator[Event], rate: float = 0) -> None:
        begun, sent = time.monotonic(), 0
        for name, data in events:
            if data == "[DONE]" and self._ways.get("no_done"):
                continue
            if rate:
                self._stopping.wait(max(0.0, begun + sent / rate - time.monotonic()))
                sent += 1
            self._write(self._event_bytes(name, data))

    def _event_bytes(self, name: str, data: Any) -> bytes:
        line_end = self._ways.get("line_end", "\n")
        space = "" if self._ways.get("no_space") else " "
        payload = data if isinstance(data, str) else _json_text(data)
        lines = [f"event:{space}{name}"] if name else []
        lines += [f"data:{space}{line}" for line in payload.split("\n")]
        return (line_end.join(lines) + 2 * line_end).encode()

    def _write(self, data: bytes) -> None:
        """As one HTTP chunk, or cut as the script says."""
        if self._ways.get("gzip"):
            data = self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH)
        size = self._ways.get("split") or len(data)
        drip = self._ways.get("drip")
        for at in range(0, len(data), 1 if drip else size):
            piece = data[at : at + (1 if drip else size)]
            self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if drip:
                self._stopping.wait(1 / drip)


def _json_text(data: Any) -> str:
    """As JSON; halves of characters are escaped, which is how servers send them."""
    written = json.dumps(data, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(data)
    return written
