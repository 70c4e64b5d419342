"""Which agent answers, over both APIs; and plans, which muse writes and forge carries out."""

from __future__ import annotations

from datetime import date

import pytest

from corestage import Scripted, results_of, titles_of, types
from fakes.steps import text, tool
from grafftui import NotFoundError
from sdkstage import Sdk

PLAN = tool("plan", {"plan_name": "log-out", "version": "v1", "content": "1. Look.\n"})


def tools_sent(fake: object, at: int = -1) -> list[str]:
    body = fake.requests[at].body  # type: ignore[attr-defined]
    return [each["function"]["name"] for each in body["tools"]]


def test_the_active_agent(sdk: Sdk) -> None:
    fake = sdk.core.provider(*[[text("Yes.")] for _ in range(5)])
    graff = sdk.graff(fake)
    assert graff.get_active_agent() == "forge"
    own = graff.session(agent="sage")
    own.run("1")
    assert "patch" not in tools_sent(fake)
    graff.set_active_agent("Muse")
    assert graff.get_active_agent() == "muse"
    graff.run("2")
    assert "plan" in tools_sent(fake)
    conversation = own.conversation_id
    list(graff.chat("3", conversation_id=conversation))  # it goes on with the active one
    assert "plan" in tools_sent(fake)
    own.run("4")  # and its session with the one it names
    assert "plan" not in tools_sent(fake)
    graff.set_active_agent(None)
    assert graff.get_active_agent() == "forge"
    list(graff.chat("5", conversation_id=conversation))
    assert "plan" not in tools_sent(fake) and "patch" not in tools_sent(fake)


def test_there_is_no_such_agent(sdk: Sdk) -> None:
    graff = sdk.graff(sdk.core.provider())
    with pytest.raises(NotFoundError, match="no agent “nobody”"):
        graff.set_active_agent("nobody")
    with pytest.raises(ValueError, match="id must be a string or None, not int"):
        graff.set_active_agent(3)
    assert graff.get_active_agent() == "forge"


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_muse_writes_a_plan_that_is_asked_for(sdk: Sdk, answer: str) -> None:
    fake = sdk.core.provider([PLAN], [text("Planned.")])
    approver = Scripted(answer)  # type: ignore[arg-type]
    events = list(sdk.graff(fake, approver=approver, agent="muse").chat("plan it", mode="plan"))
    path = f"plans/{date.today().isoformat()}-log-out-v1.md"
    assert [request.subject for request in approver.requests] == [path]
    assert (sdk.core.workspace / path).exists() == (answer == "accept")
    titles = titles_of(events)
    if answer == "accept":
        assert titles == [(f"Create {path}", None, "debug")]
        names = types(events)
        title = names.index("ToolInput")
        assert names.index("ToolCallStart") < names.index("ApprovalResolved") < title
        assert title < names.index("ToolCallEnd")
        assert path in results_of(events)[0]
    else:
        assert [title for title, _, _ in titles] == ["Permission Denied"]
