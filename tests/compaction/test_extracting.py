"""The extractive summary: what is told, what is not, and how."""

from __future__ import annotations

from typing import Any

from grafftui.core.compaction.extracting import (
    Extract,
    extract,
    extract_in_short,
    shortened,
)
from grafftui.core.compaction.sources import Source
from grafftui.models import AssistantMessage, Message, ToolCall, ToolResultMessage, UserMessage

ALL = 1_000_000


def call(name: str, call_id: str = "c", **arguments: Any) -> AssistantMessage:
    return AssistantMessage("", tool_calls=(ToolCall(call_id, name, arguments),))


def result(text: str = "", call_id: str = "c", is_error: bool = False) -> ToolResultMessage:
    return ToolResultMessage(call_id, "x", text, is_error)


def extracted(*messages: Message, cwd: str = "/w", most: int = ALL) -> Extract:
    return extract([Source(at, message) for at, message in enumerate(messages)], cwd, most)


def deeds(found: Extract) -> list[str]:
    return [line for line in found.text.splitlines() if line.startswith("- ")]


def test_what_was_said_stands_in_blocks() -> None:
    found = extracted(
        UserMessage("Add a button."),
        AssistantMessage("I look.", tool_calls=(ToolCall("c", "read", {"file_path": "/w/a.py"}),)),
        result("the file"),
        AssistantMessage("Done: `a.py` has it."),
    )
    assert "## Summary" in found.text
    blocks = [line for line in found.text.splitlines() if line.startswith("### ")]
    assert blocks == ["### 1. User", "### 2. Assistant", "### 3. Assistant"]
    assert "```\nAdd a button.\n```" in found.text
    assert "```\nDone: `a.py` has it.\n```" in found.text
    assert "the file" not in found.text  # results are not told, what was done is
    assert deeds(found) == ["- Read a.py"]
    assert found.told == {0, 1, 2, 3}


def test_of_neighbouring_prompts_only_the_last_is_told() -> None:
    found = extracted(UserMessage("first"), UserMessage("second"), AssistantMessage("a"))
    assert "first" not in found.text
    assert "second" in found.text
    assert found.told == {1, 2}


def test_only_the_last_time_is_told() -> None:
    found = extracted(
        call("read", file_path="/w/a.py"),
        result(),
        call("shell", command="make"),
        result(is_error=True),
        call("patch", file_path="/w/a.py", old_string="x"),
        result(),
        call("shell", command="make"),
        result(),
        call("read", file_path="/w/b.py"),
        result("no such file", is_error=True),
        call("todo_write", todos=[{"content": "one", "status": "pending"}]),
        result(),
        call("todo_write", todos=[{"content": "one", "status": "completed"}]),
        result(),
    )
    assert deeds(found) == [
        "- Update a.py",
        "- Execute make",
        "- Read b.py (failed)",
        "- Task plan one [completed]",
    ]
    assert found.told == {4, 5, 6, 7, 8, 9, 12, 13}


def test_each_kind_of_deed_has_its_word() -> None:
    found = extracted(
        call("remove", path="/w/old.py"),
        call("fs_search", pattern="TODO", path="/w/src"),
        call("fetch", url="https://example.org"),
        call("mcp_git_log", path="x"),
        call("plan_something"),
        AssistantMessage("", tool_calls=(ToolCall("c", "read", "{not json"),)),
    )
    assert deeds(found) == [
        "- Delete old.py",
        "- Search TODO",
        "- Fetch https://example.org",
        "- MCP mcp_git_log x",
        "- Call plan_something",
        "- Read",
    ]


def test_what_is_droppable_is_not_told() -> None:
    found = extracted(UserMessage("the file a.py: …", droppable=True), AssistantMessage("a"))
    assert "the file" not in found.text
    assert found.told == {1}


def test_a_text_with_fences_is_fenced_wider() -> None:
    found = extracted(AssistantMessage("see:\n````\ncode\n````"))
    assert "`````\nsee:\n````\ncode\n````\n`````" in found.text


def test_ids_of_calls_may_come_again() -> None:
    found = extracted(
        call("read", "same", file_path="a"),
        result("", "same", is_error=True),
        call("read", "same", file_path="b"),
        result("", "same"),
    )
    assert deeds(found) == ["- Read a (failed)", "- Read b"]


def test_it_is_as_short_as_it_should_be() -> None:
    said = [AssistantMessage(f"{number} " + "word " * 400) for number in range(40)]
    whole = extracted(*said)
    assert len(whole.text) > 80_000
    for most in (40_000, 8_000, 2_000):
        found = extracted(*said, most=most)
        assert len(found.text) < most + 500  # and what stands around it
        assert "39 word" in found.text  # the newest is told in any case
    assert "earlier messages are left out" in extracted(*said, most=2_000).text


def test_in_short_it_is_one_line_of_the_newest() -> None:
    sources = [
        Source(0, UserMessage("Read\nit.")),
        Source(1, call("read", file_path="/w/a.py")),
        Source(2, result("the file")),
        Source(3, AssistantMessage("Done.")),
    ]
    found = extract_in_short(sources, "/w", ALL)
    said = "User: Read it. / Assistant: - Read a.py / Assistant: Done."
    assert found.text == f"Earlier, in short: {said}"
    assert found.told == {0, 1, 2, 3}
    for most in (20, 21, 40):
        text = extract_in_short(sources, "/w", most).text
        assert len(text) == most
        assert text.startswith("Earlier, in short: …")
        assert said.endswith(text.partition("…")[2])


def test_a_shortened_text_says_so() -> None:
    text = "head " + "x" * 5_000 + " tail"
    cut = shortened(text, 1_000)
    assert len(cut) <= 1_000
    assert cut.startswith("head")
    assert cut.endswith("tail")
    assert "characters left out" in cut
    assert shortened(text, len(text)) == text
