"""The part of Handlebars that agents' and commands' files use: `{{name}}` and `{{#if name}}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_VALUE: Final = re.compile(r"\{\{\s*(?:env\.)?([A-Za-z_][\w.]*)\s*\}\}")
_CHOICE: Final = re.compile(
    r"\{\{#if\s+(?:env\.)?([\w.]+)\s*\}\}((?:(?!\{\{#if\s).)*?)\{\{/if\}\}", re.DOTALL
)
"""One with none inside."""
_DEEPEST: Final = 20
"""What is nested more deeply stays as it is written."""
_ELSE: Final = re.compile(r"\{\{\s*else\s*\}\}")


def substituted(template: str, values: Mapping[str, str]) -> str:
    """`{{name}}` replaced by what `values` has for it, `{{env.name}}` too; others stay.

    Of `{{#if name}}…{{else}}…{{/if}}` one part stays: the first if `values` has something for the
    name. What is put in is not looked at again.
    """

    def value_of(match: re.Match[str]) -> str:
        return values.get(match.group(1), match.group(0))

    return _VALUE.sub(value_of, _chosen(template, values))


def _chosen(template: str, values: Mapping[str, str]) -> str:
    def part_of(match: re.Match[str]) -> str:
        first, *second = _ELSE.split(match.group(2), maxsplit=1)
        return first if values.get(match.group(1)) else "".join(second)

    for _ in range(_DEEPEST):
        template, count = _CHOICE.subn(part_of, template)
        if not count:
            break
    return template
