"""What a command in a local sandbox sees: the system's programs, and its own files.

Nothing of the home directory, of the workspace outside, or of another sandbox is mounted at all.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Final

from grafftui.sandboxes import bubblewrap, seccomp
from grafftui.sandboxes.lasting.local.records import Record
from grafftui.sandboxes.launching import launch
from grafftui.sandboxes.limits import limit
from grafftui.sandboxes.masks import homes, inside_any, masked_paths
from grafftui.text import one_line

WORKSPACE: Final = "/workspace"
HOME: Final = "/home/sandbox"
PROCESSES: Final = 1_024

_PLACES: Final = {"workspace": WORKSPACE, "home": HOME, "tmp": "/tmp", "var-tmp": "/var/tmp"}
_SYSTEM: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt"),
    *("/nix/store", "/gnu/store", "/run/current-system"),
)
_SECRETS: Final = tuple(
    f"/etc/{name}"
    for name in (
        *("shadow", "shadow-", "gshadow", "gshadow-", "sudoers", "sudoers.d", "ssh", "krb5.keytab"),
        *("ssl/private", "NetworkManager", "wireguard", "openvpn", "docker", "kubernetes"),
    )
)
_TRY: Final = 'for p; do [ -e "$p" ] && exit 1; done; ! (: > /usr/x) 2>/dev/null'
_TRY_SECONDS: Final = 30
_SHARED_BYTES: Final = str(64 << 20)
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Jail:
    """Starts commands in local sandboxes.

    Args:
        own: Directories of grafftui's own, never seen.
        places: Where bubblewrap is looked for.
    """

    def __init__(self, own: Sequence[Path], places: Sequence[Path] = bubblewrap.PLACES) -> None:
        self._own = own
        self._places = places
        self._proven = False

    def problem(self) -> str:
        """Why nothing can be held here, in a sentence; "" once a command was, and saw nothing."""
        if os.uname().sysname != "Linux":
            return "it needs Linux and bubblewrap"
        program, problem = bubblewrap.find(self._places, "/nonexistent")
        if not problem and not self._proven:
            problem = _tried(program)
            self._proven = not problem
        return problem

    def start(
        self,
        folder: Path,
        record: Record,
        argv: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        streams: Mapping[str, IO[bytes] | int],
    ) -> tuple[subprocess.Popen[bytes], int | None]:
        """Start one; its process, and a descriptor of the first process in it, as `launch`.

        It ends with the thread that calls this. Raises `OSError`: it cannot be held.
        """
        program, problem = bubblewrap.find(self._places, str(folder))
        if problem:
            raise OSError(problem)
        return launch(
            program,
            [*self._mounts(folder, record), *_environment(env), "--chdir", cwd],
            argv,
            Path("/"),
            # Its own network namespace holds what has none; and a server in it is to be tried.
            seccomp.program(os.uname().machine, network=True),
            partial(_hold, record=record),
            streams,
        )

    def _mounts(self, folder: Path, record: Record) -> list[str]:
        hidden = [*masked_paths(self._own), *_SECRETS]
        return [
            *bubblewrap.NAMESPACES,
            *([] if record.network else ["--unshare-net"]),
            *_system(),
            *("--dev", "/dev", "--remount-ro", "/dev"),
            *("--perms", "1777", "--size", _SHARED_BYTES, "--tmpfs", "/dev/shm"),
            *("--proc", "/proc", "--remount-ro", "/proc", "--dir", "/run"),
            *(bubblewrap.resolver() if record.network else []),
            *bubblewrap.masked(path for path in hidden if inside_any(path, _SYSTEM)),
            *(
                word
                for kind, place in _PLACES.items()
                for word in ("--bind", str(folder / "root" / kind), place)
            ),
            *("--remount-ro", "/"),
        ]


def _tried(program: str) -> str:
    """Whether a command that tries to see the home and to write is kept from it: "" if it is."""
    words = [program, *bubblewrap.NAMESPACES, "--unshare-net", *_system(), "--remount-ro", "/"]
    seen = [home for home in homes() if not inside_any(home, _SYSTEM)]
    try:
        done = subprocess.run(
            [*words, "/bin/sh", "-c", _TRY, "sh", *seen],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={},
            timeout=_TRY_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    if done.returncode:
        said = one_line(done.stderr.decode("utf-8", "replace").strip(), 200)
        return f"bubblewrap does not hold commands here: {said or 'one got out'}"
    return ""


def _system() -> list[str]:
    words: list[str] = []
    for path in _SYSTEM:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            words += ["--ro-bind", path, path]
    return words


def _environment(env: Mapping[str, str]) -> list[str]:
    """Nothing of the person's own environment."""
    all_of_it = {
        "PATH": _PATH,
        "HOME": HOME,
        "USER": "sandbox",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "TERM": "dumb",
    }
    all_of_it |= env
    return [word for item in all_of_it.items() for word in ("--setenv", *item)]


def _hold(pid: int, record: Record) -> None:
    """The kernel's own limits; what they cannot hold together is watched."""
    limit(pid, PROCESSES)
    for kind, most in (
        (resource.RLIMIT_DATA, record.memory * 5 // 4),  # the watch, which says why, comes first
        (resource.RLIMIT_FSIZE, record.disk),
    ):
        hard = resource.prlimit(pid, kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.prlimit(pid, kind, (most, most))
    with suppress(OSError):
        allowed = sorted(os.sched_getaffinity(pid))
        os.sched_setaffinity(pid, allowed[: max(1, round(record.cpu))])
