"""Markdown with YAML between `---` lines at its top (CodeGraff's form of agents and skills)."""

from __future__ import annotations

import re
from typing import Any, Final

_FENCED: Final = re.compile(r"\A---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)


def split(text: str) -> tuple[dict[str, Any], str]:
    """The keys at the top of `text`, {} where there are none, and what follows.

    Raises:
        ValueError: What stands between the lines is no YAML mapping with words as its keys.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found = _FENCED.match(text)
    if found is None:
        return {}, text.strip()
    return _mapping(found.group(1) or ""), found.group(2).strip()


def _mapping(text: str) -> dict[str, Any]:
    import yaml

    try:
        keys = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 2})" if mark else ""
        what = getattr(error, "problem", None) or "nested too deeply"
        raise ValueError(f"its first lines are no YAML: {what}{where}") from None
    if keys is None:
        return {}
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys):
        raise ValueError("its first lines must be `name: value`")
    return keys
