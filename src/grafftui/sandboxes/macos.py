"""The profile under which macOS' sandbox-exec would hold a command. Never run so far.

It was written from what others ship, on a machine that is no Mac: so nothing here starts a
command, and no proof ever names it. The last rule that matches an action decides it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from grafftui.sandboxes.protected import GIT_PARTS, PLACEHOLDERS
from grafftui.sandboxes.view import View

PROGRAM: Final = "/usr/bin/sandbox-exec"
NOT_PROVEN: Final = "the sandbox-exec profile for macOS is not proven on this build"

_FIRST: Final = """\
(version 1)
(deny default)
(import "system.sb")
(allow process-exec process-fork)
(allow signal (target same-sandbox))
(allow pseudo-tty)
(allow file-read*)
(allow file-write* (literal "/dev/null") (literal "/dev/zero"))"""

_LINKED: Final = ("/tmp", "/var", "/etc")  # links into /private


def profile(view: View, private_tmp: str) -> str:
    """The profile for `view`, in the sandbox profile language.

    Args:
        private_tmp: A directory of the command's own, writable too.
    """
    writable = _subpaths((*view.roots, private_tmp))
    lines = [
        _FIRST,
        f"(allow file-write* {writable})",
        f"(deny file-write* {' '.join(_governed(view.roots))})" if view.roots else "",
        f"(deny file-read* file-write* {_subpaths(view.masked)})" if view.masked else "",
        "(allow network-outbound (remote ip))\n(allow network-inbound (local ip))"
        if view.network
        else "(deny network*)",
        '(deny network* (remote unix-socket (regex #"docker")))',
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _governed(roots: Iterable[str]) -> list[str]:
    """By name and without case, so that what does not exist cannot be made, or moved there."""
    rules = []
    for root in map(_canonical, roots):
        names = "|".join(_any_case(name) for name in PLACEHOLDERS if name != ".git")
        parts = "|".join(map(_any_case, GIT_PARTS))
        start = _escaped(root)
        rules.append(f'(regex #"^{start}/({names})(/|$)")')
        rules.append(f'(regex #"^{start}/{_any_case(".git")}(/({parts})(/|$)|$)")')
    return rules


def _subpaths(paths: Iterable[str]) -> str:
    return " ".join(f'(subpath "{_quoted(_canonical(path))}")' for path in paths)


def _canonical(path: str) -> str:
    """As the kernel of macOS knows it."""
    is_linked = any(path == link or path.startswith(f"{link}/") for link in _LINKED)
    return f"/private{path}" if is_linked else path


def _quoted(path: str) -> str:
    return path.replace("\\", "\\\\").replace('"', '\\"')


def _escaped(path: str) -> str:
    return re.sub(r'([.\\+*?\[\]^$(){}|"])', r"\\\1", path)


def _any_case(name: str) -> str:
    return "".join(f"[{c}{c.upper()}]" if c.isalpha() else _escaped(c) for c in name)
