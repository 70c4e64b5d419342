"""The todo list."""

from __future__ import annotations

from tool_hands import Hands

from grafftui.tools import TodoList


def test_items_are_merged_by_content(hands: Hands) -> None:
    first = [
        {"content": "find it", "status": "in_progress"},
        {"content": "fix it", "status": "pending"},
        {"content": "drop it", "status": "pending"},
    ]
    call = hands.prepare("todo_write", todos=first)
    assert (call.title, call.sub_title, call.request) == ("Update Todos", "3 item(s)", None)
    assert hands.context.todos.to_wire() == []
    call.execute(hands.context)
    then = [
        {"content": "find it", "status": "completed"},
        {"content": "drop it", "status": "cancelled"},
        {"content": "test it", "status": "pending"},
    ]
    result = hands("todo_write", todos=then)
    assert result.todos == [
        {"id": "1", "content": "find it", "status": "completed"},
        {"id": "2", "content": "fix it", "status": "pending"},
        {"id": "4", "content": "test it", "status": "pending"},
    ]
    assert result.output == "[x] find it\n[ ] fix it\n[ ] test it" == result.text
    read = hands.prepare("todo_read")
    assert (read.title, read.sub_title, read.request) == ("Read Todos", None, None)
    assert read.execute(hands.context).text == result.text


def test_an_empty_list_says_so(hands: Hands) -> None:
    assert hands("todo_read").text == "The list is empty."


def test_what_is_no_todo_is_refused(hands: Hands) -> None:
    for content in ("", "  ", "x" * 1_001):
        hands.refused("todo_write", todos=[{"content": content, "status": "pending"}])
    assert hands.context.todos.to_wire() == []


def test_a_list_survives_its_wire_form() -> None:
    wire = [
        {"id": "7", "content": "a", "status": "pending"},
        {"id": "1", "content": "b", "status": "completed"},
    ]
    todos = TodoList([*wire, {"id": "9", "content": "odd", "status": "?"}])
    assert todos.to_wire() == wire
    todos.merge([("c", "pending"), ("d", "pending")])
    ids = [todo["id"] for todo in todos.to_wire()]
    assert len(set(ids)) == 4
