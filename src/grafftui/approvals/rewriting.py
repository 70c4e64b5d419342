"""Programs that write whatever they find below a directory: formatters, and what unpacks. A rule
about a file there is one about them too, though they do not name it."""

from __future__ import annotations

import re
from typing import Final

_FORMATTERS: Final = frozenset(
    ("black", "isort", "rustfmt", "stylua", "swiftformat", "phpcbf", "pyupgrade", "ormolu")
)
_FORMATTING: Final = frozenset(
    (
        ("cargo", "fix"),
        ("cargo", "fmt"),
        ("dart", "format"),
        ("deno", "fmt"),
        ("dprint", "fmt"),
        ("go", "fix"),
        ("go", "fmt"),
        ("mix", "format"),
        ("nix", "fmt"),
        ("php-cs-fixer", "fix"),
        ("ruff", "format"),
        ("taplo", "fmt"),
        ("terraform", "fmt"),
        ("zig", "fmt"),
    )
)
_ONLY_TELLS: Final = re.compile(r"--(check|check-only|diff|dry-run|list-different|version|help)")
_WRITES: Final = re.compile(
    r"--(fix|fix-only|fix-type=.*|add-noqa|write|write-changes|in-place|inplace|reformat|apply|"
    r"apply-unsafe|auto-correct|autocorrect|autocorrect-all|fix-layout)"
)
_WRITE_LETTERS: Final = {
    **dict.fromkeys(("gofmt", "goimports", "gofumpt", "shfmt", "prettier", "codespell"), "-w"),
    **dict.fromkeys(("clang-format", "autopep8", "yapf", "autoflake", "docformatter"), "-i"),
    **dict.fromkeys(("rubocop", "standardrb"), "-a -A -x"),
}
_HAVE_VERBS: Final = frozenset(verb[0] for verb in _FORMATTING) | {"biome", "golangci-lint"}
_UNPACKS: Final = re.compile(r"--extract|--get|-?[A-Za-z]*x[A-Za-z]*")
_LISTS: Final = frozenset(("-l", "-t", "-p", "-v", "-Z", "-z"))
_PYTHON: Final = re.compile(r"(python|pypy)[\d.]*")


def rewritten(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The operands of `argv` below which it writes what it finds; `.` where it has none, () where
    it writes nothing of the kind."""
    if argv[1:2] == ("-m",) and _PYTHON.fullmatch(argv[0].rpartition("/")[2]):
        argv = argv[2:]
    if not argv:
        return ()
    program = argv[0].rpartition("/")[2]
    if _unpacks(program, argv[1:]):
        return (".", *argv[2:])
    verb = (program, *argv[1:2])
    if not _rewrites(program, verb, argv[1:]):
        return ()
    rest = argv[2:] if program in _HAVE_VERBS else argv[1:]
    operands = tuple(word for word in rest if not word.startswith("-"))
    return tuple(word.removesuffix("...") or "." for word in operands) or (".",)


def _unpacks(program: str, words: tuple[str, ...]) -> bool:
    if program == "unzip":
        return _LISTS.isdisjoint(words)
    is_tar = program in ("tar", "bsdtar")
    return is_tar and (bool(_UNPACKS.fullmatch("".join(words[:1]))) or "-x" in words)


def _rewrites(program: str, verb: tuple[str, ...], words: tuple[str, ...]) -> bool:
    if any(map(_ONLY_TELLS.fullmatch, words)):
        return False
    letters = _WRITE_LETTERS.get(program, "").split()
    is_told = any(_WRITES.fullmatch(word) or word in letters for word in words)
    if program == "isort" and not {"-c", "-d"}.isdisjoint(words):
        return False
    return is_told or program in _FORMATTERS or verb in _FORMATTING
