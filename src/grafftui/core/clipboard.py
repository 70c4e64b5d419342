"""The picture on the clipboard: terminals paste text only, so the desktop's programs are asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from grafftui.errors import NotFoundError, UsageError
from grafftui.settings.paths import Paths, private_directory

_SECONDS: Final = 5.0
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MOST: Final = 50_000_000
"""Bytes. What a model takes is less, and is checked where it is read."""


@dataclass(frozen=True, slots=True)
class _Program:
    """Prints a picture as PNG, or nothing.

    Attributes:
        needs: The variable that says its desktop is there; "" for none.
        spells: Whether it prints the bytes as AppleScript does: `«data PNGf89504E47…»`.
    """

    argv: tuple[str, ...]
    needs: str = ""
    spells: bool = False

    def is_here(self, environ: Mapping[str, str]) -> bool:
        there = not self.needs or bool(environ.get(self.needs))
        return there and shutil.which(self.argv[0], path=environ.get("PATH")) is not None

    def read(self, environ: Mapping[str, str]) -> bytes:
        try:
            done = subprocess.run(
                self.argv,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return b""
        return _spelled(done.stdout) if self.spells else done.stdout


_PROGRAMS: Final[Sequence[_Program]] = (
    _Program(("wl-paste", "--no-newline", "--type", "image/png"), needs="WAYLAND_DISPLAY"),
    _Program(("xclip", "-selection", "clipboard", "-target", "image/png", "-out"), needs="DISPLAY"),
    _Program(("osascript", "-e", "get the clipboard as «class PNGf»"), spells=True),
)


def keep_clipboard_picture(paths: Paths, environ: Mapping[str, str] = os.environ) -> Path:
    """Write the picture on the clipboard where tools may read it. Blocks, for seconds at worst.

    Returns:
        The file, a PNG; the same one for the same picture.

    Raises:
        NotFoundError: There is none on it.
        UsageError: No program here can tell, or it is too large.
        OSError: It cannot be written.
    """
    programs = [program for program in _PROGRAMS if program.is_here(environ)]
    if not programs:
        raise UsageError(
            "no program here reads pictures from the clipboard",
            hint="install wl-clipboard or xclip, or name the picture's path",
        )
    pictures = (program.read(environ) for program in programs)
    picture = next((one for one in pictures if one.startswith(_PNG)), None)
    if picture is None:
        raise NotFoundError("there is no picture on the clipboard")
    if len(picture) > _MOST:
        raise UsageError(f"the picture on the clipboard is too large: {len(picture):,} bytes")
    private_directory(paths.outputs)
    place = paths.outputs / f"clipboard-{sha256(picture).hexdigest()[:16]}.png"
    part = place.with_suffix(f".{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_bytes(picture)
    part.replace(place)
    return place


def _spelled(printed: bytes) -> bytes:
    digits = printed.partition(b"PNGf")[2].partition("»".encode())[0]
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""
