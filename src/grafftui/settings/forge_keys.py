"""ForgeCode's settings, put into our words (source: the CodeGraff 0.1 configuration)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Path = tuple[str, ...]

KEYS: Final[Mapping[Path, Path]] = {
    ("session", "provider_id"): ("provider",),
    ("session", "model_id"): ("model",),
    ("temperature",): ("temperature",),
    ("max_tokens",): ("max_tokens",),
    ("max_requests_per_turn",): ("max_requests_per_turn",),
    ("max_tool_failure_per_turn",): ("max_tool_failure_per_turn",),
    ("tool_timeout_secs",): ("tool_timeout",),
    ("generate_titles",): ("titles",),
    ("reasoning", "effort"): ("reasoning_effort",),
    ("retry", "max_attempts"): ("retry_attempts",),
    ("compact", "retention_window"): ("compact", "retention"),
    ("compact", "eviction_window"): ("compact", "eviction"),
    ("compact", "token_threshold"): ("compact", "token_threshold"),
    ("compact", "token_threshold_percentage"): ("compact", "share"),
    ("compact", "turn_threshold"): ("compact", "turn_threshold"),
    ("compact", "message_threshold"): ("compact", "message_threshold"),
}
"""Their key → ours. `reasoning.enabled` and `restricted` are seen to apart."""

_UNUSED: Final = """
auto_dump auto_open_dump commit compact.max_tokens compact.model compact.on_turn_end
currency_conversion_rate currency_symbol custom_history_path debug_requests fast_mode http
max_commit_count max_conversations max_end_hook_rearms max_extensions max_fetch_chars
max_file_read_batch_size max_file_size_bytes max_image_size_bytes max_line_chars
max_parallel_file_reads max_read_lines max_search_lines max_search_result_bytes
max_sem_search_results max_stdout_line_chars max_stdout_prefix_lines max_stdout_suffix_lines
model_cache_ttl_secs reasoning.enabled reasoning.exclude reasoning.max_tokens
research_subagent retry.backoff_factor retry.initial_backoff_ms retry.max_delay_secs
retry.min_delay_ms retry.status_codes retry.suppress_errors sem_search_top_k services_url
subagents suggest tool_supported top_k top_p updates use_forge_committer verify_todos
"""
UNUSED: Final = frozenset(_UNUSED.split())
"""Keys and tables that are known and change nothing here, so that nobody is told of them."""


def translated(theirs: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Their settings as ours, and the dotted names of what is not known."""
    ours: dict[str, Any] = {}
    unknown = []
    for path, value in _leaves(theirs, ()):
        if path in KEYS:
            _put(ours, KEYS[path], value)
        elif path == ("restricted",):
            if value is True:
                ours["mode"] = "ask"  # the other way round it would allow everything
        elif not UNUSED & {path[0], ".".join(path)}:
            unknown.append(".".join(path))
    if _is_off(theirs.get("reasoning")):
        ours["reasoning_effort"] = "none"
    return ours, unknown


def _is_off(reasoning: Any) -> bool:
    return isinstance(reasoning, Mapping) and reasoning.get("enabled") is False


def _leaves(table: Mapping[str, Any], above: Path) -> Iterator[tuple[Path, Any]]:
    for name, value in table.items():
        path = (*above, name)
        if isinstance(value, Mapping) and any(key[: len(path)] == path for key in KEYS):
            yield from _leaves(value, path)
        else:
            yield path, value


def _put(table: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        table = table.setdefault(name, {})
    table[path[-1]] = value
