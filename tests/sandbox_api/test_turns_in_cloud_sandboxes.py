"""Tools act in a sandbox of the cloud as in one of this machine; what fails there fails a call."""

from __future__ import annotations

from typing import Any

import pytest

from corestage import Core, Scripted, answer_of, of_type, played, results_of
from fakes.sandbox_gateway import KEY, FakeGateway
from fakes.steps import text, tool, tools
from grafftui.sandboxes.lasting.gateway.calls import Calls

pytestmark = pytest.mark.needs("bubblewrap")


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    made = Calls.__init__
    monkeypatch.setattr(
        Calls, "__init__", lambda self, base, key: made(self, base, key, lambda _: None)
    )


def test_every_tool_acts_there(core: Core, gateway: FakeGateway) -> None:
    fake = core.provider(
        [
            tools(
                tool("write", {"file_path": "b/a.py", "content": "x = 1\n"}, "c1"),
                tool("patch", {"file_path": "b/a.py", "old_string": "1", "new_string": "2"}, "c2"),
                tool("read", {"file_path": "b/a.py"}, "c3"),
                tool("shell", {"command": "cat b/a.py; exit 3"}, "c4"),
                tool("fs_search", {"pattern": "x =", "output_mode": "content"}, "c5"),
                tool("read", {"file_path": "missing"}, "c6"),
            )
        ],
        [text("Done.")],
    )
    graff = core.graff(fake, mode="full")
    sandbox = graff.create_sandbox()
    events = [*graff.chat("go", sandbox=sandbox.id)]
    assert answer_of(events) == "Done."
    wrote, patched, read, ran, found, missing = results_of(events)
    assert "file_created" in wrote and "+x = 2" in patched and "1:x = 2" in read
    assert 'exit_code="3"' in ran and "x = 2" in ran and "1:x = 2" in found
    assert "There is no file missing" in missing
    assert not (core.workspace / "b").exists()
    posted = [data["request"]["executor"] for data in of_type(events, "ApprovalRequested")]
    assert posted == [] and graff.store.conversation(events[0].data["conversationId"]).sandbox == (
        f"gateway:{sandbox.id}"
    )
    assert KEY not in str(gateway.commands)
    sandbox.destroy()


def test_its_network_is_asked_about(core: Core, gateway: FakeGateway) -> None:
    fake = core.provider([tool("shell", {"command": "ls"}, "c1")], [text("Done.")])
    approver = Scripted("decline")
    graff = core.graff(fake, mode="sandboxed", approver=approver)
    sandbox = graff.create_sandbox()
    [*graff.chat("go", sandbox=sandbox.id)]
    (request,) = approver.requests
    assert request.executor == f"sandbox:gateway:{sandbox.id}"
    assert request.confinement is not None and request.confinement.network
    sandbox.destroy()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 404}, "is gone"),
        ({"status": 401}, "failed"),
        ({"status": 409}, "failed"),
        ({"status": 422, "body": {"error": {"message": "\x1b[31mno\n"}}}, "no"),
        ({"drop": True}, "failed"),
        ({"truncate": True}, "failed"),
        ({"raw": b"HTTP/1.1 200 OK\r\n\r\nwhat?"}, "failed"),
    ],
)
def test_what_fails_there_fails_the_call(
    core: Core, gateway: FakeGateway, fault: dict[str, Any], words: str
) -> None:
    fake = core.provider(
        [tool("shell", {"command": "ls"}, "c1")],
        [tool("shell", {"command": "echo again"}, "c2")],
        [text("Done.")],
    )
    graff = core.graff(fake, mode="full")
    sandbox = graff.create_sandbox()
    conversation = played(graff.run_command("true"))
    graff.use_sandbox(conversation, sandbox.id)
    gateway.faults.append(fault | {"on": "exec"})
    events = [*graff.chat("go", conversation_id=conversation)]
    assert events[-1].type == "TaskComplete"
    first, second = results_of(events)
    assert f"The sandbox {sandbox.id}" in first and words in first and "\x1b" not in first
    assert "again" in second
    sandbox.destroy()
