"""What `get_conversation` says of the files of a conversation, and of what each answer took."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from corestage import Core, Scripted, played
from fakes.steps import text, tool
from grafftui import Graff

COUNTED = {
    "prompt_tokens": {"actual": 100},
    "completion_tokens": {"actual": 20},
    "total_tokens": {"actual": 120},
    "cached_tokens": {"actual": 40},
    "cost": None,
}


def metrics(graff: Graff, id: str) -> dict[str, Any]:
    found = graff.get_conversation(id)
    assert found is not None
    return dict(found["metrics"])


def messages(graff: Graff, id: str) -> list[dict[str, Any]]:
    found = graff.get_conversation(id)
    assert found is not None
    return list(found["context"]["messages"])


def test_the_files_of_a_conversation(core: Core) -> None:
    (core.workspace / "a.txt").write_text("one\ntwo\n")
    (core.workspace / "b.txt").write_text("old\n")
    whole = str(core.workspace / "a.txt")
    fake = core.provider(
        [
            tool("read", {"file_path": whole}, "c1"),
            tool("read", {"file_path": "none.txt"}, "c2"),
            tool("read", {"file_path": "./b.txt"}, "c3"),
        ],
        [
            tool("patch", {"file_path": "a.txt", "old_string": "one", "new_string": "1"}, "c1"),
            tool("write", {"file_path": "new.txt", "content": "x\ny\nz\n"}, "c2"),
            tool("remove", {"path": "b.txt"}, "c3"),
        ],
        [
            tool("patch", {"file_path": "a.txt", "old_string": "two", "new_string": "2\n3"}, "c1"),
        ],
        [text("Done.")],
    )
    graff = core.graff(fake, approver=Scripted("accept"))
    id = played(graff.chat("go"))

    def changed(added: int, removed: int, tool: str, left: str | None) -> dict[str, Any]:
        counts = {"lines_added": added, "lines_removed": removed}
        digest = None if left is None else sha256(left.encode()).hexdigest()
        return {**counts, "content_hash": digest, "tool": tool}

    said = metrics(graff, id)
    assert said["file_operations"] == {
        "a.txt": changed(2, 1, "patch", "1\n2\n3\n"),  # the latest
        "new.txt": changed(3, 0, "write", "x\ny\nz\n"),
        "b.txt": changed(0, 1, "remove", None),
    }
    assert said["files_accessed"] == ["a.txt", "b.txt"]
    fork = metrics(graff, graff.fork_conversation(id))  # the audit log is not copied
    for operation in said["file_operations"].values():
        operation["content_hash"] = None
    assert {**fork, "started_at": said["started_at"]} == said


def test_a_turn_that_was_taken_back_has_no_files(core: Core) -> None:
    (core.workspace / "a.txt").write_text("one\n")
    fake = core.provider([text("Yes.")], [tool("read", {"file_path": "a.txt"}, "c1")], [text("A.")])
    graff = core.graff(fake)
    id = played(graff.chat("one"))
    assert set(metrics(graff, id)) == {"started_at"}
    assert played(graff.chat("two", conversation_id=id)) == id
    assert metrics(graff, id)["files_accessed"] == ["a.txt"]
    graff.undo(graff.undo_plan(id), files=False, words=True)
    assert set(metrics(graff, id)) == {"started_at"}


def test_each_answer_says_what_it_took(core: Core) -> None:
    fake = core.provider(
        [tool("todo_read", {}, "c1")],
        [text("One."), {"usage": {"prompt": 7, "completion": 3, "cached": 0}}],
        [text("Two.")],
    )
    graff = core.graff(fake)
    id = played(graff.chat("1"))
    played(graff.chat("2", conversation_id=id))
    said = messages(graff, id)
    assert [message.get("usage") is not None for message in said] == [
        "tool" not in message and message["text"]["role"] == "Assistant" for message in said
    ]
    first, second, _ = (message["usage"] for message in said if "usage" in message)
    assert first == COUNTED
    assert second["prompt_tokens"] == {"actual": 7}
    graff.close()
    again = core.graff(fake)
    assert messages(again, id) == said


def test_what_the_provider_did_not_count_is_approximate(core: Core) -> None:
    graff = core.graff(core.provider([text("Yes."), {"usage": None}]))
    usage = messages(graff, played(graff.chat("hi")))[-1]["usage"]
    assert set(usage["completion_tokens"]) == {"approx"}
    assert usage["total_tokens"]["approx"] == (
        usage["prompt_tokens"]["approx"] + usage["completion_tokens"]["approx"]
    )
