"""Tells the model at once when what it wrote cannot be parsed."""

from __future__ import annotations

import ast
import json
import tomllib
import warnings

_MAX_CHARS = 1_000_000


def syntax_warning(name: str, text: str) -> str:
    """One line about the first syntax error in a Python, JSON or TOML file, or ""."""
    if len(text) > _MAX_CHARS:
        return ""
    try:
        if name.endswith((".py", ".pyi")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about their code; nothing of ours
                ast.parse(text)
        elif name.endswith(".json"):
            json.loads(text)
        elif name.endswith(".toml"):
            tomllib.loads(text)
    except SyntaxError as error:
        return f"Warning: syntax error in line {error.lineno}: {error.msg}."
    except (ValueError, RecursionError, MemoryError) as error:
        return f"Warning: this does not parse: {error}."
    return ""
