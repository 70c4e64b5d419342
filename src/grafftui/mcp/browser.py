"""A page in the person's browser: only on their command, and only an address that was checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping


def open_page(url: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Have the desktop open `url`. Whether there is a desktop to ask; never in this terminal."""
    if sys.platform == "darwin":
        program = shutil.which("open", path="/usr/bin")
    elif environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        program = shutil.which("xdg-open", path=environment.get("PATH", os.defpath))
    else:
        program = None
    if program is None or not os.path.isabs(program):
        return False
    try:
        process = subprocess.Popen(
            [program, url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    threading.Thread(target=process.wait, name="browser", daemon=True).start()
    return True
