"""Which program searches: ripgrep, else git, else our own walk. All print the same.

For lines `path NUL number : text LF` (`-` for `:` around a match; git puts NUL for both), for
counts `path NUL count LF`, for files `path NUL`. Paths are relative to where it was started.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from grafftui.tools.base import ToolFailure
from grafftui.tools.globs import Glob
from grafftui.tools.process import Command
from grafftui.trust import git as own_git

SearchMode = Literal["content", "files_with_matches", "count"]

MAX_COLUMNS = 500
"""Bytes of a line that are shown."""

_TYPES: Mapping[str, Sequence[str]] = {
    "c": ("*.c", "*.h"),
    "cpp": ("*.cpp", "*.cc", "*.cxx", "*.hpp", "*.hh", "*.hxx", "*.h", "*.inl"),
    "cs": ("*.cs",),
    "css": ("*.css", "*.scss"),
    "go": ("*.go",),
    "html": ("*.html", "*.htm"),
    "java": ("*.java",),
    "js": ("*.js", "*.jsx", "*.mjs", "*.cjs", "*.vue"),
    "json": ("*.json",),
    "kotlin": ("*.kt", "*.kts"),
    "lua": ("*.lua",),
    "make": ("Makefile", "makefile", "GNUmakefile", "*.mk", "*.mak"),
    "md": ("*.md", "*.markdown", "*.mdx"),
    "php": ("*.php",),
    "py": ("*.py", "*.pyi"),
    "ruby": ("*.rb", "Gemfile", "Rakefile", "*.gemspec"),
    "rust": ("*.rs",),
    "sh": ("*.sh", "*.bash", "*.zsh", ".bashrc", ".zshrc"),
    "sql": ("*.sql",),
    "swift": ("*.swift",),
    "toml": ("*.toml",),
    "ts": ("*.ts", "*.tsx", "*.mts", "*.cts"),
    "txt": ("*.txt",),
    "xml": ("*.xml", "*.xsd", "*.svg"),
    "yaml": ("*.yaml", "*.yml"),
}
"""Names as ripgrep has them; it knows many more, the other engines these."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search.

    Attributes:
        pattern: Regular expression.
        directory: Real path of the directory it starts in.
        target: What is searched there: "." or "./NAME" of one file.
        mode: What is wanted.
        before: Lines shown before a match.
        after: Lines shown after it.
        ignore_case: Whether case does not matter.
        multiline: Whether a match may span lines.
        type: Kind of file, or None.
        glob: Which files, or None.
        max_file_bytes: Larger files are passed over.
    """

    pattern: str
    directory: Path
    target: str
    mode: SearchMode
    before: int
    after: int
    ignore_case: bool
    multiline: bool
    type: str | None
    glob: Glob | None
    max_file_bytes: int


@dataclass(frozen=True, slots=True)
class Engine:
    """The program that answers a query, and which files of its answer count.

    Attributes:
        command: What is started.
        types: Globs of which one must match, besides the query's own; empty: all do.
    """

    command: Command
    types: tuple[Glob, ...] = ()


def engine_for(query: Query, workspace: Path) -> Engine:
    """The best engine there is on this machine.

    Raises:
        ToolFailure: A type only ripgrep knows.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    rg = _program("rg", workspace)
    if rg:
        return Engine(Command((rg, *_rg(query)), query.directory, environment))
    types = _types(query.type)
    git = _program("git", workspace)
    if git and not query.multiline:
        environment |= {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_OPTIONAL_LOCKS": "0",
        }
        return Engine(_git(git, query, workspace), types)
    return Engine(Command(_walk(query), query.directory, environment), types)


def lines_elsewhere(query: Query) -> tuple[Mapping[str, Sequence[str]], tuple[Glob, ...]]:
    """For a search in a sandbox: program → its command line, the best first, the last of which
    is everywhere; and `Engine.types`.

    Raises:
        ToolFailure: A type nobody knows.
    """
    types = _types(query.type)
    query = replace(query, type=None)
    wanted = {
        "content": ["-n", f"-B{query.before}", f"-A{query.after}"],
        "files_with_matches": ["-l"],
        "count": ["-c"],
    }[query.mode]
    ignoring = ["-i"] if query.ignore_case else []
    lines: dict[str, Sequence[str]] = {"rg": ("rg", *_rg(query))}
    if not query.multiline:
        lines["git"] = _git("git", query, Path("/nonexistent")).argv
        end = [*ignoring, "-e", query.pattern, "--", query.target]
        lines["grep"] = ("grep", "-rHIZE", "--exclude-dir=.git", *wanted, *end)
    return lines, types


def _program(name: str, workspace: Path) -> str | None:
    """Where `name` is on PATH, unless that is a file of the workspace."""
    found = shutil.which(name)
    inside = found and Path(os.path.realpath(found)).is_relative_to(workspace)
    return None if inside else found


def _types(name: str | None) -> tuple[Glob, ...]:
    if name is None:
        return ()
    if name not in _TYPES:
        raise ToolFailure(f"Unknown type {name!r}. Known are: {', '.join(_TYPES)}. Or use glob.")
    return tuple(map(Glob, _TYPES[name]))


def _rg(query: Query) -> list[str]:
    wanted = {
        "content": [
            "--line-number",
            "--no-heading",
            f"--max-columns={MAX_COLUMNS}",
            "--max-columns-preview",
            "--no-context-separator",
            f"--before-context={query.before}",
            f"--after-context={query.after}",
        ],
        "files_with_matches": ["--files-with-matches"],
        "count": ["--count"],
    }[query.mode]
    options = [
        "--no-config",
        "--no-messages",
        "--color=never",
        "--with-filename",
        "--null",
        "--sort=path",
        "--hidden",
        "--no-require-git",
        "--no-mmap",
        "--iglob=!.git",
        f"--max-filesize={query.max_file_bytes}",
        *wanted,
    ]
    if query.ignore_case:
        options.append("--ignore-case")
    if query.multiline:
        options += ["--multiline", "--multiline-dotall"]
    if query.type:
        options.append(f"--type={query.type}")
    elif query.glob and query.glob.names:
        # as a type, because --glob would bring back files that are ignored
        options += [f"--type-add=asked:{name}" for name in query.glob.names]
        options.append("--type=asked")
    return [*options, f"--regexp={query.pattern}", "--", query.target]


def _git(git: str, query: Query, workspace: Path) -> Command:
    wanted = {
        "content": ["-n", f"-B{query.before}", f"-A{query.after}"],
        "files_with_matches": ["-l"],
        "count": ["-c"],
    }[query.mode]
    options = ["--no-index", "--no-textconv", "--no-color", "--no-column", "--no-heading"]
    options += ["--no-break", "-I", "-z", "-P", *wanted]
    if query.ignore_case:
        options.append("-i")
    start, target = query.directory, query.target
    if target == ".":
        options.append("--exclude-standard")
        if start.is_relative_to(workspace):  # git reads no .gitignore above where it starts
            start, target = workspace, f"./{start.relative_to(workspace)}"
    argv = own_git.hardened(git, "grep", *options, "-e", query.pattern, "--", target)
    return Command(argv, start, {**own_git.environment(), "GIT_LITERAL_PATHSPECS": "1"})


def _walk(query: Query) -> tuple[str, ...]:
    asked = {
        "pattern": query.pattern,
        "target": query.target,
        "mode": query.mode,
        "before": query.before,
        "after": query.after,
        "ignore_case": query.ignore_case,
        "multiline": query.multiline,
        "max_file_bytes": query.max_file_bytes,
        "max_columns": MAX_COLUMNS,
    }
    program = Path(__file__).with_name("search_walk.py")
    return (sys.executable, "-P", "-E", str(program), json.dumps(asked))
