"""JSON that Python would read and we do not."""

from __future__ import annotations

import pytest

from grafftui.models import strict_json
from grafftui.models.strict_json import loads, loads_arguments, loads_event

BAD = {
    "NaN": '{"a": NaN}',
    "Infinity": "[-Infinity]",
    "overflow": '{"a": 1e999}',
    "long integer": "9" * 5_000,
    "depth 1,500": "[" * 1_500 + "]" * 1_500,
    "depth 150": '{"a":' * 150 + "1" + "}" * 150,
    "open depth": "[" * 100_000,
    "duplicate key": '{"command": "ls", "command": "rm"}',
    "deep duplicate": '[{"a": [{"b": 1, "b": 1}]}]',
    "empty": "",
    "two values": "{} {}",
    "not JSON": "oops",
    "cut": '{"a": "b',
    "control character": '"\x01"',
    "single quotes": "{'a': 1}",
    "trailing comma": "[1,]",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_refused(text: str) -> None:
    with pytest.raises(ValueError):
        loads(text)


@pytest.mark.parametrize("name", ["NaN", "long integer", "depth 1,500", "open depth", "cut"])
def test_events_are_refused_too(name: str) -> None:
    with pytest.raises(ValueError):
        loads_event(BAD[name])


def test_too_long() -> None:
    with pytest.raises(ValueError, match="longer"):
        loads('"' + "x" * strict_json.LONGEST + '"')


@pytest.mark.parametrize(
    "text", ['["' + "[" * 500 + '"]', r'["\"' + "{" * 500 + '"]', '"' + r"\"[" * 300 + '"']
)
def test_brackets_inside_texts_are_no_depth(text: str) -> None:
    assert loads(text)


def test_the_depth_check_takes_linear_time() -> None:
    with pytest.raises(ValueError):
        loads('"' + '\\"' * 500_000 + "[" * 200)


def test_space_around_is_fine() -> None:
    assert loads('\n {"a": [1, 2.5, "é", null, true]} \r\n') == {"a": [1, 2.5, "é", None, True]}


@pytest.mark.parametrize("text", ["[]", "null", '"x"', "1", r'{"a": "\ud83d"}', r'{"\udc00": 1}'])
def test_arguments_are_objects_of_whole_characters(text: str) -> None:
    with pytest.raises(ValueError):
        loads_arguments(text)


def test_escaped_pairs_are_whole() -> None:
    assert loads_arguments(r'{"a": "\ud83d\ude00"}') == {"a": "😀"}


def test_events_may_hold_half_a_character() -> None:
    assert loads_event(r'{"a": "\ud83d"}') == {"a": "\ud83d"}


def test_depth_is_below_the_interpreter_s_own() -> None:
    assert strict_json.MAX_DEPTH < 200
