"""Reports of errors nobody expected: a file for the person to read, one line for the terminal.

Neither holds values of variables. The text of an error can hold anything (a key in a header, an
escape sequence from a tool), so the line leaves it out and the file has it redacted.
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from pathlib import Path

LIMIT = 200_000
"""Characters of a report; a recursion error would fill megabytes."""


def write_report(error: BaseException) -> str:
    """Write a report about `error`, mode 0600; the line that tells the person.

    Never raises: this is what runs when all else failed.
    """
    what = f"stopped by an unexpected {type(error).__name__}{_place(error)}"
    try:
        path = _write(_text(error))
    except Exception as failure:
        return f"{what}; no report could be written ({type(failure).__name__})"
    return f"{what}. Nothing is lost: grafftui --continue. Report, with keys blacked out: {path}"


def _place(error: BaseException) -> str:
    """Where `error` was raised, as ` (file:line)`."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})"


def _text(error: BaseException) -> str:
    from grafftui import __version__
    from grafftui.text import display
    from grafftui.text.redact import redact

    lines = traceback.TracebackException.from_exception(error, capture_locals=False).format()
    body: str = display(redact("".join(lines)))  # before it is cut, so that no half a key is left
    if len(body) > LIMIT:
        body = f"{body[: LIMIT // 2]}\n[…]\n{body[-LIMIT // 2 :]}"
    python = ".".join(map(str, sys.version_info[:3]))
    return f"grafftui {__version__}, Python {python}, {sys.platform}\n\n{body}"


def _write(text: str) -> Path:
    from grafftui.settings.paths import Paths, private_directory

    folder = Paths.from_environment().reports
    private_directory(folder)
    number, path = tempfile.mkstemp(".txt", time.strftime("%Y%m%d-%H%M%S-"), folder)  # 0600, new
    with open(number, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(path)
