"""Where the codex program is.

An npm install puts a launcher on PATH, which starts node, which starts the program: 300 ms and
44 MB more, and signals reach the wrong process. So the program behind it is looked for, in both
layouts: `vendor/TRIPLE/codex/codex` (until 0.117) and `vendor/TRIPLE/bin/codex`. Nothing is taken
from the current folder, whose owner may be anybody.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from grafftui.backends.codex.errors import CodexError, CodexNotFoundError

Version = tuple[int, int, int]

_LAYOUTS: Final = ("bin/codex", "codex/codex")
_VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_EVERYBODYS: Final = Path("/usr/local/lib/node_modules")
_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class CodexBinary:
    """A codex program.

    Attributes:
        path: Absolute path of the program itself, not of a launcher.
        source: Where it was found: "given", "PATH", "npm" or "grafftui[codex]".
    """

    path: Path
    source: str

    def version(self) -> Version:
        """Its version, by asking it: about 50 ms.

        Raises:
            CodexError: It cannot be started or says no version.
        """
        try:
            asked = subprocess.run(
                [self.path, "--version"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CodexError(f"{self.path} cannot be run: {error}") from None
        version = version_in(asked.stdout.decode("utf-8", "replace"))
        if version is None:
            raise CodexError(f"{self.path} says no version: is it Codex?")
        return version


def version_in(text: str) -> Version | None:
    """The first version in `text`: of `--version`, or of the `userAgent` of `initialize`."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def find_codex(
    given: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> CodexBinary:
    """The codex program: the given one, else on PATH, of npm, or of the extra `codex`.

    Args:
        given: A program, a launcher, or the folder of an npm package.
        environ: Instead of this process's environment.

    Raises:
        CodexNotFoundError: There is none; says where it was looked for.
    """
    environment = os.environ if environ is None else environ
    if given is not None:
        return CodexBinary(_given(Path(given)), "given")
    on_path = _on_path(environment.get("PATH", ""))
    if on_path is not None:
        program = _behind(on_path)
        return CodexBinary(program, "PATH" if program == on_path else "npm")
    for modules in _npm_roots(environment):
        program_of_npm = _in_package(modules / "@openai" / "codex")
        if program_of_npm is not None:
            return CodexBinary(program_of_npm, "npm")
    bundled = _bundled()
    if bundled is not None:
        return CodexBinary(bundled, "grafftui[codex]")
    raise CodexNotFoundError(
        "Codex is not installed: no codex on PATH, none of npm, none of the extra",
        hint="npm install --global @openai/codex, or pip install 'grafftui[codex]'",
    )


def _given(path: Path) -> Path:
    path = path.expanduser().absolute()
    program = _in_package(path) if path.is_dir() else _behind(path)
    if program is None or not os.access(program, os.X_OK) or program.is_dir():
        raise CodexNotFoundError(f"{path} is no program", hint="name the codex program itself")
    return program


def _on_path(path: str) -> Path | None:
    """`codex` in an absolute directory of PATH: a relative one means the current folder."""
    absolute = [entry for entry in path.split(os.pathsep) if os.path.isabs(entry)]
    found = shutil.which("codex", path=os.pathsep.join(absolute)) if absolute else None
    return Path(found) if found else None


def _behind(launcher: Path) -> Path:
    """The program an npm launcher starts; the launcher itself where it is none, or has none."""
    real = Path(os.path.realpath(launcher))
    if real.name != "codex.js":
        return launcher
    return _in_package(real.parent.parent) or launcher


def _in_package(package: Path) -> Path | None:
    """The program of the npm package at `package`, itself or one that was installed with it."""
    named = f"codex-{_system()}-{_machine()[0]}"
    places = (
        package,
        package / "node_modules" / "@openai" / named,
        package.parent / named,
    )
    for place in places:
        for layout in _LAYOUTS:
            program = place / "vendor" / _triple() / layout
            if program.is_file() and os.access(program, os.X_OK):
                return program
    return None


def _npm_roots(environ: Mapping[str, str]) -> Iterator[Path]:
    """Folders of packages installed for everybody or by this person, without starting npm."""
    for name in ("NPM_CONFIG_PREFIX", "npm_config_prefix"):
        if prefix := environ.get(name):
            yield Path(prefix) / "lib" / "node_modules"
    if home := environ.get("HOME"):
        yield Path(home) / ".npm-global" / "lib" / "node_modules"
    npm = shutil.which("npm", path=environ.get("PATH", ""))
    if npm and os.path.isabs(npm):
        prefix_of_npm = Path(npm).parent.parent
        yield prefix_of_npm / "lib" / "node_modules"
    yield _EVERYBODYS


def _bundled() -> Path | None:
    """The program of the extra, where that is installed."""
    found = find_spec("codex_cli_bin")
    if found is None or found.origin is None:
        return None
    program = Path(found.origin).parent / "bin" / "codex"
    return program if program.is_file() else None


def _system() -> str:
    return "darwin" if sys.platform == "darwin" else "linux"


def _machine() -> tuple[str, str]:
    """As npm and as Rust name it."""
    arm = platform.machine().lower() in ("arm64", "aarch64")
    return ("arm64", "aarch64") if arm else ("x64", "x86_64")


def _triple() -> str:
    system = "apple-darwin" if _system() == "darwin" else "unknown-linux-musl"
    return f"{_machine()[1]}-{system}"
