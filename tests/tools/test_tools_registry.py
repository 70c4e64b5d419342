"""The way into each call: names, arguments, schemas (T36)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tool_hands import Hands

from grafftui.errors import UsageError
from grafftui.tools import TOOLS, Toolbox, ToolFailure, error_result


def test_importing_loads_no_library_that_is_slow_to_load() -> None:
    slow = ["pydantic", "httpx2", "pathspec", "textual"]
    code = f"import grafftui.tools, sys; print([m for m in {slow} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_toolbox_holds_what_it_was_asked_for() -> None:
    assert Toolbox(["Read", "SHELL"]).names == ("read", "shell")
    with pytest.raises(UsageError) as error:
        Toolbox(["read", "teleport"])
    assert "teleport" in str(error.value) and "fs_search" in error.value.hint


def test_specs_are_plain_json_schema() -> None:
    specs = Toolbox(list(TOOLS)).specs()
    text = json.dumps(specs)
    assert [spec["name"] for spec in specs] == list(TOOLS)
    assert "$ref" not in text and "anyOf" not in text
    by_name = {spec["name"]: spec["parameters"] for spec in specs}
    read = by_name["read"]
    assert read["required"] == ["file_path"]
    assert set(read["properties"]) == {"file_path", "range", "show_line_numbers"}
    assert set(read["properties"]["range"]["properties"]) == {"start_line", "end_line"}
    edit = by_name["multi_patch"]["properties"]["edits"]["items"]
    assert set(edit["properties"]) == {"old_string", "new_string", "replace_all"}
    assert {"-A", "-B", "-C", "-n", "-i"} <= set(by_name["fs_search"]["properties"])
    assert all(len(spec["description"]) > 20 for spec in specs)
    assert all(by_name[name]["additionalProperties"] is False for name in TOOLS)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("teleport", {}, "There is no tool 'teleport'. The tools are: read, write"),
        ("read", {}, "read: file_path is missing."),
        ("read", {"file_path": "a", "depth": 3}, "depth is not an argument of this tool"),
        ("read", {"file_path": 7}, "valid string"),
        ("read", {"file_path": "a", "range": {"start_line": 0}}, "range.start_line"),
        ("read", {"file_path": "a", "range": {"start_line": 5, "end_line": 2}}, "before"),
        ("read", '{"file_path": "a"', "not valid JSON"),
        ("read", ["a"], "must be a JSON object"),
        ("read", None, "must be a JSON object"),
        ("write", {"path": "a", "content": "\ud83d"}, "half a character"),
        ("multi_patch", {"path": "a", "edits": []}, "edits"),
        ("todo_write", {"todos": [{"content": "x", "status": "maybe"}]}, "todos.0.status"),
    ],
)
def test_wrong_calls_get_one_clear_line(
    hands: Hands, name: str, arguments: object, said: str
) -> None:
    with pytest.raises(ToolFailure) as failure:
        hands.box.prepare(name, arguments, hands.context)  # type: ignore[arg-type]
    assert said in str(failure.value) and "\n" not in str(failure.value)


def test_many_wrong_arguments_are_counted_not_listed(hands: Hands) -> None:
    arguments = {f"x{n}": n for n in range(50)}
    with pytest.raises(ToolFailure) as failure:
        hands.box.prepare("todo_read", arguments, hands.context)
    assert "45 more" in str(failure.value) and len(str(failure.value)) < 500


def test_names_are_matched_in_any_case_and_by_alias(hands: Hands) -> None:
    hands.file("a.txt", "hello\n")
    assert "1:hello" in hands("READ", path="a.txt").text
    assert "1:hello" in hands("read", file_path="a.txt").text


def test_five_megabytes_of_arguments_are_taken(hands: Hands) -> None:
    hands("write", path="big.txt", content="x" * 5_000_000)
    assert (hands.root / "big.txt").stat().st_size == 5_000_000


def test_a_failure_is_told_as_the_contract_says() -> None:
    result = error_result("read", "tricky ]]> cause")
    assert result.is_error and result.values == []
    assert result.text.startswith("<tool_call_error>\n<cause><![CDATA[tricky ]]")
    assert "<reflection>" in result.text and result.text.endswith("</tool_call_error>")
    assert "tricky ]]> cause" not in result.text
