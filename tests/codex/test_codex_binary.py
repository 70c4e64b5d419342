"""Where the codex program is looked for."""

from __future__ import annotations

import os
import platform
import re
import sys
import tomllib
from pathlib import Path

import pytest

from codexprogram import CODEX, OLDEST
from grafftui.backends.codex import CodexError, CodexNotFoundError, find_codex
from grafftui.backends.codex import binary as binaries
from grafftui.backends.codex.binary import version_in

ROOT = Path(__file__).parents[2]
ARM = platform.machine().lower() in ("arm64", "aarch64")
SYSTEM = "apple-darwin" if sys.platform == "darwin" else "unknown-linux-musl"
TRIPLE = f"{'aarch64' if ARM else 'x86_64'}-{SYSTEM}"
PLATFORM = f"codex-{'darwin' if sys.platform == 'darwin' else 'linux'}-{'arm64' if ARM else 'x64'}"


def program(path: Path, says: str = "codex-cli 0.170.1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, and without a package of npm's for everybody."""
    monkeypatch.setattr(binaries, "_bundled", lambda: None)
    monkeypatch.setattr(binaries, "_EVERYBODYS", Path("/nonexistent"))


def test_path_comes_before_the_extra(tmp_path: Path) -> None:
    codex = program(tmp_path / "bin" / "codex")
    found = find_codex(environ={"PATH": str(codex.parent)})
    assert (found.path, found.source, found.version()) == (codex, "PATH", (0, 170, 1))


@pytest.mark.parametrize("layout", ["bin/codex", "codex/codex"])
@pytest.mark.parametrize("where", ["itself", "within", "beside"])
def test_the_program_behind_the_launcher_of_npm(tmp_path: Path, layout: str, where: str) -> None:
    modules = tmp_path / "lib" / "node_modules" / "@openai"
    launcher = program(modules / "codex" / "bin" / "codex.js", "the launcher")
    package = {
        "itself": modules / "codex",
        "within": modules / "codex" / "node_modules" / "@openai" / PLATFORM,
        "beside": modules / PLATFORM,
    }[where]
    native = program(package / "vendor" / TRIPLE / layout)
    on_path = tmp_path / "bin" / "codex"
    on_path.parent.mkdir()
    on_path.symlink_to(launcher)
    found = find_codex(environ={"PATH": str(on_path.parent)})
    assert (found.path, found.source) == (native, "npm")


def test_a_package_of_npm_without_its_launcher_on_path(tmp_path: Path, bare: None) -> None:
    package = tmp_path / ".npm-global" / "lib" / "node_modules" / "@openai" / "codex"
    native = program(package / "vendor" / TRIPLE / "bin" / "codex")
    found = find_codex(environ={"PATH": "", "HOME": str(tmp_path)})
    assert (found.path, found.source) == (native, "npm")


@pytest.mark.needs("codex", "oldest-codex")
def test_the_programs_of_the_tests_are_those_the_extra_may_bring() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (wheel,) = project["optional-dependencies"]["codex"]
    least = re.fullmatch(r"openai-codex-cli-bin>=(\d+)\.(\d+)", wheel)
    assert least is not None
    oldest, current = find_codex(OLDEST).version(), find_codex(CODEX).version()
    assert oldest[:2] == (int(least[1]), int(least[2])) and oldest < current


def test_the_current_folder_is_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: None
) -> None:
    program(tmp_path / "codex")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CodexNotFoundError):
        find_codex(environ={"PATH": f".{os.pathsep}"})


def test_none_is_said_clearly(bare: None) -> None:
    with pytest.raises(CodexNotFoundError, match="not installed") as caught:
        find_codex(environ={"PATH": ""})
    assert "npm install" in caught.value.hint and "grafftui[codex]" in caught.value.hint


def test_what_is_given_has_to_be_a_program(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    for wrong in (tmp_path / "text", tmp_path / "absent", tmp_path):
        with pytest.raises(CodexNotFoundError, match="is no program"):
            find_codex(wrong)
    with pytest.raises(CodexError, match="says no version"):
        find_codex(program(tmp_path / "other", "hello")).version()


def test_versions_are_read_from_what_programs_say() -> None:
    assert version_in("codex-cli 0.169.0") == (0, 169, 0)
    assert version_in("0.169.0-alpha.2 (Debian 12.0.0)") == (0, 169, 0)
    assert version_in("none") is None
