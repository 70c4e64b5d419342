"""What a model's name says about what it takes.

Providers reject parameters a model does not know, and list the differences by model name;
sources: OpenAI's reasoning and model pages, Anthropic's thinking pages, each as of late 2026.
A name that is not known is treated as the newest of its family.
"""

from __future__ import annotations

import re
from typing import Literal

Thinking = Literal["none", "budget", "adaptive"]

_OPENAI_REASONS = re.compile(r"^(o[1-9]|gpt-[5-9]|codex)")
_TAKES_EFFORT = re.compile(r"(^|/)(o[1-9]|gpt-[5-9]|gpt-oss|codex|gemini-(2\.5|[3-9])|grok-3-mini)")
_CLAUDE_VERSION = re.compile(r"^claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?:-|$)")
_OUTPUT_LIMITS = (
    (re.compile(r"^gpt-4o"), 16_384),
    (re.compile(r"^gpt-4\.1"), 32_768),
    (re.compile(r"^gpt-4-turbo|^gpt-3\.5"), 4_096),
    (re.compile(r"^gpt-4(-\d|$)"), 8_192),
    (re.compile(r"^claude-3-5-"), 8_192),
    (re.compile(r"^claude-3-(haiku|sonnet|opus)"), 4_096),
)


def openai_reasons(model: str) -> bool:
    """Whether this is a reasoning model of OpenAI's own (o1 and up, GPT-5 and up).

    They take `max_completion_tokens`, an effort, and no sampling parameters.
    """
    return bool(_OPENAI_REASONS.match(model)) and "-chat" not in model


def takes_effort(model: str) -> bool:
    """Whether the model takes `reasoning_effort`, whoever serves it."""
    return bool(_TAKES_EFFORT.search(model)) and "-chat" not in model


def output_limit(model: str) -> int | None:
    """The most tokens an older model may answer, above which its provider rejects; or None."""
    return next((limit for name, limit in _OUTPUT_LIMITS if name.match(model)), None)


def claude_version(model: str) -> tuple[int, int] | None:
    """(4, 6) for "claude-opus-4-6"; None when it is no Claude.

    A Claude without a number is taken for the newest; a date is no version.
    """
    if not model.startswith("claude"):
        return None
    if found := _CLAUDE_VERSION.match(model):
        return int(found[1]), int(found[2] or 0)
    return (99, 0)


def thinking_of(model: str) -> Thinking:
    """How a model behind the Anthropic format is told to think.

    Claude 3.7 to 4.5 take a budget in tokens; from 4.6 on Claude decides itself and takes an
    effort, and 4.7 rejects a budget. Other makers' models are left to themselves.
    """
    version = claude_version(model)
    if version is None or version < (3, 7):
        return "none"
    return "budget" if version < (4, 6) else "adaptive"


def takes_sampling(model: str) -> bool:
    """Whether a model behind the Anthropic format takes temperature and the like."""
    version = claude_version(model)
    return version is None or version < (4, 7)
