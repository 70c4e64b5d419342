"""Files of ours that nobody else may read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress


def write_private(path: str | os.PathLike[str], content: bytes, *, durable: bool = False) -> None:
    """Put `content` at `path`, whole or not at all.

    Args:
        durable: Outlive a power failure.

    Raises:
        OSError: It cannot be written; what was there is intact.
    """
    temporary = f"{os.fspath(path)}.{secrets.token_hex(4)}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with open(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
