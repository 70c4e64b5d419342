"""What agents get of servers, and that nothing of it happens unasked."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from corestage import (
    Core,
    Following,
    Scripted,
    calls_and_results,
    of_type,
    results_of,
    titles_of,
    turns_asked,
    wait_until,
)
from fakes.steps import text, tool
from grafftui import Graff
from grafftui.approvals import Decision
from mcpstage import RAW


def with_server(core: Core, graff: Graff, *wanted: str, approved: bool = True) -> Graff:
    """A server by hand in the person's file, its tools approved."""
    said = {"command": sys.executable, "args": ["-S", "-E", RAW, *wanted], "timeout": 20}
    graff.write_mcp_config("user", {"mcpServers": {"docs": said}})
    graff.mcp.start("docs")
    wait_until(lambda: graff.mcp.health()[0].state == "ready")
    if approved:
        graff.mcp.approve("docs")
    return graff


def offered(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The servers' tools that a request names."""
    tools = [one["function"] for one in body.get("tools", ())]
    return {one["name"]: one for one in tools if one["name"].startswith("mcp_")}


def test_a_call_is_asked_about_in_full_and_its_result_goes_to_the_model(core: Core) -> None:
    fake = core.provider([tool("mcp_docs_tool_add", {"a": 2, "b": 3})], [text("5")])
    approver = Scripted("accept")
    graff = with_server(core, core.graff(fake, approver=approver, mode="sandboxed"))
    events = list(graff.chat("Add."))
    (request,) = approver.requests
    assert (request.kind, request.tool) == ("tool", "mcp_docs_tool_add")
    assert request.subject == 'docs: add {"a": 2, "b": 3}'
    assert request.executor.startswith("mcp:docs@")
    assert results_of(events) == ['<mcp_result server="docs" tool="add">\n5\n</mcp_result>']
    assert titles_of(events) == [("MCP", request.subject, "debug")]
    first, second = turns_asked(fake)
    assert len(offered(first)) == 8
    assert offered(first)["mcp_docs_tool_add"]["description"] == "Adds two numbers."
    assert offered(first)["mcp_docs_tool_add"]["parameters"]["properties"] == {
        "a": {"type": "number"}
    }
    assert calls_and_results(second)[0] == calls_and_results(second)[1] != []


def test_no_mode_but_full_and_no_other_servers_grant_lets_it_go_ahead(core: Core) -> None:
    call = tool("mcp__docs__add", {"a": 1})  # as other programs name it
    fake = core.provider(*[[call], [text("done")]] * 5)
    approver = Scripted("decline", "decline", Decision("acceptForSession", scope="always"))
    graff = with_server(core, core.graff(fake, approver=approver))
    for number, mode in enumerate(("edits", "sandboxed", "ask"), 1):
        list(graff.chat("Add.", mode=mode))  # type: ignore[arg-type]
        assert len(approver.requests) == number
    assert "1\n" in results_of(graff.chat("Add."))[0]  # granted by now
    assert len(approver.requests) == 3
    with_server(core, graff, "banner")  # another program under the same name
    list(graff.chat("Add."))
    assert len(approver.requests) == 4
    plan = list(core.graff(core.provider([call], [text("no")])).chat("Add.", mode="plan"))
    assert "plan mode" in results_of(plan)[0]


def test_what_is_new_or_has_changed_is_not_offered_and_that_is_said(core: Core) -> None:
    fake = core.provider([tool("mcp_docs_tool_add", {"a": 1})], [text("no")])
    graff = with_server(core, core.graff(fake), approved=False)
    events = list(graff.chat("Add."))
    assert offered(turns_asked(fake)[0]) == {}
    notices = [data["text"] for data in of_type(events, "Notice")]
    assert any("8 of its 8 tools are new or have changed" in words for words in notices)
    assert any("a tool it does not have" in words for words in notices)


def test_what_changes_again_is_said_again(core: Core) -> None:
    fake = core.provider(*[[text("Hello.")]] * 4)
    graff = with_server(core, core.graff(fake), approved=False)

    def told() -> int:
        events = graff.chat("Hello.")
        return sum("approved" in data["text"] for data in of_type(events, "Notice"))

    assert [told(), told()] == [1, 0]
    graff.mcp.approve("docs")
    assert told() == 0
    graff.mcp.withdraw("docs")
    assert told() == 1


def test_agents_get_what_their_tools_name(core: Core) -> None:
    folder = core.home / "config" / "agents"
    folder.mkdir(parents=True)
    (folder / "one.md").write_text("---\nid: one\ntools: [read, mcp_docs_tool_a*]\n---\nHello.\n")
    fake = core.provider(*[[text("done")]] * 4)
    graff = with_server(core, core.graff(fake))
    counts = {}
    for agent in ("forge", "muse", "sage", "one"):
        list(graff.chat("Hello.", agent=agent))
        counts[agent] = len(offered(turns_asked(fake)[-1]))
    assert counts == {"forge": 8, "muse": 8, "sage": 0, "one": 1}


def test_pictures_and_long_results_are_handed_on_within_limits(core: Core) -> None:
    fake = core.provider(
        [tool("mcp_docs_tool_show", {})],
        [tool("mcp_docs_tool_long", {})],
        [tool("mcp_docs_tool_die", {})],
        [text("done")],
    )
    graff = with_server(core, core.graff(fake, mode="full"))
    events = list(graff.chat("Show."))
    show, long, die = results_of(events)
    assert "here\n" in show and "\x1b" not in show and "a picture, image/svg+xml: not" in show
    values = of_type(events, "ToolCallEnd")[0]["result"]["output"]["values"]
    picture = "data:image/png;base64,iVBORw0KGgo="
    assert values[1] == {"image": {"url": picture, "mime_type": "image/png"}}
    assert len(long) < 51_000 and "150,000 characters are left out" in long
    path = long.partition("the whole text is in ")[2].partition(")")[0]
    with open(path) as file:
        assert file.read() == "line\n" * 40_000
    assert "docs is gone: it ended: going down" in die


def test_an_interruption_stops_a_call_at_once(core: Core) -> None:
    fake = core.provider([tool("mcp_docs_tool_slow", {})], [text("never")])
    graff = with_server(core, core.graff(fake, mode="full"))
    events = Following(graff.chat("Wait."))
    wait_until(lambda: "slow has begun" in graff.mcp.log("docs"))
    begun = time.monotonic()
    core.stop(events)
    assert time.monotonic() - begun < 0.5
    wait_until(lambda: "told to cancel" in graff.mcp.log("docs"))


def test_a_server_that_does_not_start_holds_up_no_interruption(core: Core) -> None:
    fake = core.provider([text("never")])
    graff = core.graff(fake)
    said = {"command": sys.executable, "args": ["-S", "-E", RAW, "silent"]}
    graff.write_mcp_config("user", {"mcpServers": {"docs": said}})
    events = Following(graff.chat("Hello."))
    wait_until(lambda: [one.state for one in graff.mcp.health()] == ["starting"])
    begun = time.monotonic()
    core.stop(events)
    assert time.monotonic() - begun < 0.5
    assert turns_asked(fake) == []


def test_broken_configuration_is_told_and_ends_nothing(core: Core) -> None:
    fake = core.provider([text("Hello.")])
    graff = core.graff(fake)
    (core.home / "config").mkdir(exist_ok=True)
    (core.home / "config" / "mcp.json").write_text('{"mcpServers":\n {"docs": {"comand": ""}}}')
    events = list(graff.chat("Hello."))
    assert events[-1].type == "TaskComplete"
    assert "line 2: mcpServers.docs has to have" in of_type(events, "Notice")[0]["text"]
    assert not [one for one in threading.enumerate() if one.name == "mcp"]
