"""What Codex asks and tells in a turn that the real program cannot be made to ask or to tell."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from codexinapp import InApp
from corestage import Following, Scripted, answer_of, kept_entries, of_type, results_of, types
from fakes.steps import text
from grafftui import AgentEvent, Graff
from grafftui.approvals import Decision, Question, Reply
from grafftui.backends.codex import CodexOptions
from grafftui.backends.codex.conversing import CodexBackend
from grafftui.cancellation import Cancellation

FAKE = Path(__file__).with_name("turn_fake.py")
MCP_SERVER = Path(__file__).parents[1] / "mcp_servers" / "raw_server.py"

Play = Callable[..., tuple[list[AgentEvent], list[dict[str, Any]]]]


class Talking(Scripted):
    """An approver that answers questions too."""

    def __init__(self, *answers: Any, replies: tuple[Reply, ...] = ()) -> None:
        super().__init__(*answers)
        self.questions: list[Question] = []
        self._replies = list(replies)

    def ask(
        self,
        question: Question,
        *,
        question_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Reply:
        self.questions.append(question)
        return self._replies.pop(0)


@pytest.fixture
def play(tmp_path: Path, home: Path) -> Iterator[Play]:
    """Plays a script as a turn: its events, and the answers to its questions."""
    with ExitStack() as stack:

        def run(
            *steps: dict[str, Any], approver: Any, **options: Any
        ) -> tuple[list[AgentEvent], list[dict[str, Any]]]:
            script, program = tmp_path / "script.json", tmp_path / "codex"
            script.write_text(json.dumps(steps))
            program.write_text(f"#!/bin/sh\nexec {sys.executable} -S -E {FAKE} {script}\n")
            program.chmod(0o755)
            workspace = tmp_path / "workspace"
            workspace.mkdir()
            graff = stack.enter_context(Graff(cwd=str(workspace), approver=approver))
            codex = CodexBackend(graff, CodexOptions(codex_bin=program))
            stack.callback(codex.close)
            events = Following(codex.chat("go on", **options)).end()
            lines = Path(f"{script}.answers").read_text().splitlines()
            return events, [json.loads(line) for line in lines]

        yield run


def tell(method: str, **params: Any) -> dict[str, Any]:
    return {"tell": method, "params": params}


def ask(method: str, **params: Any) -> dict[str, Any]:
    return {"ask": method, "params": params}


def begin(id: str, type: str, **more: Any) -> dict[str, Any]:
    return tell("item/started", item={"type": type, "id": id, **more})


def end(id: str, type: str, **more: Any) -> dict[str, Any]:
    return tell("item/completed", item={"type": type, "id": id, **more})


COMMAND = "item/commandExecution/requestApproval"
LS = begin("c", "commandExecution", command="/bin/bash -lc 'rm x'", status="inProgress")


@pytest.mark.parametrize(
    ("decision", "granted"),
    [("accept", {"network": {"enabled": True}}), ("decline", {})],
)
def test_permissions(play: Play, decision: Any, granted: Any) -> None:
    wanted = {"network": {"enabled": True}}
    question = ask("item/permissions/requestApproval", itemId="i", permissions=wanted, cwd="/")
    approver = Scripted(decision)
    _, answers = play(question, approver=approver)
    assert answers[0]["result"] == {"permissions": granted, "scope": "turn"}
    assert '{"enabled": true}' in approver.requests[0].because


def test_questions_for_the_person(play: Play) -> None:
    options = [{"label": "red", "description": ""}, {"label": "blue", "description": ""}]
    questions = [
        {"id": "a", "header": "Colour", "question": "Which?", "options": options},
        {"id": "b", "header": "", "question": "Why?", "options": None},
        {"id": "s", "header": "", "question": "Your password?", "isSecret": True},
        {"id": "n", "header": "", "question": "Anything else?", "options": None},
    ]
    replies = (Reply(("blue",)), Reply(text="I like it"), Reply())
    approver = Talking("decline", replies=replies)
    begun = begin("i", "dynamicToolCall", tool="ask", status="inProgress")
    question = ask("item/tool/requestUserInput", itemId="i", isBlocking=True, questions=questions)
    events, answers = play(begun, question, approver=approver)
    assert answers[0]["result"] == {
        "answers": {"a": {"answers": ["blue"]}, "b": {"answers": ["I like it"]}}
    }
    assert [q.text for q in approver.questions] == ["Colour\nWhich?", "Why?", "Anything else?"]
    assert types(events).count("QuestionAnswered") == 3
    assert "secret" in of_type(events, "Notice")[0]["text"]


def test_nobody_answers_questions_where_nobody_can(play: Play) -> None:
    questions = [{"id": "a", "header": "", "question": "Which?", "options": None}]
    question = ask("item/tool/requestUserInput", itemId="i", questions=questions)
    _, answers = play(question, approver=Scripted("accept"))
    assert answers[0]["result"] == {"answers": {}}


def test_a_server_wants_a_form_filled_in(play: Play) -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "title": "Name"},
            "age": {"type": "integer"},
            "sure": {"type": "boolean"},
            "size": {"type": "string", "enum": ["s", "l"]},
            "note": {"type": "string"},
        },
        "required": ["name"],
    }
    form = {"serverName": "raw", "mode": "form", "message": "Tell me", "requestedSchema": schema}
    replies = (Reply(text="Ann"), Reply(text="7"), Reply(("yes",)), Reply(("l",)), Reply())
    approver = Talking("decline", replies=(*replies, Reply(), *replies[1:]))
    question = ask("mcpServer/elicitation/request", **form)
    _, answers = play(question, question, approver=approver)
    content = {"name": "Ann", "age": 7, "sure": True, "size": "l"}
    assert answers[0]["result"] == {"action": "accept", "content": content}
    assert answers[1]["result"] == {"action": "decline", "content": None}
    assert approver.questions[2].options == ("yes", "no")


def test_a_server_wants_an_address_opened(play: Play) -> None:
    link = {"serverName": "raw", "mode": "url", "message": "Sign in", "url": "https://a.example"}
    replies = (Reply(("I have opened it",)), Reply(("no",)))
    question = ask("mcpServer/elicitation/request", **link)
    _, answers = play(question, question, approver=Talking("decline", replies=replies))
    assert [answer["result"]["action"] for answer in answers] == ["accept", "decline"]


def test_what_nobody_knows_is_refused(play: Play) -> None:
    approver = Scripted("accept")
    events, answers = play(
        ask("item/tool/call", tool="mine", arguments={}, callId="x"),
        ask("future/question", itemId="i"),
        ask("mcpServer/elicitation/request", serverName="s", mode="openai/form", message="?"),
        ask("item/fileChange/requestApproval", itemId="never-begun"),
        ask(COMMAND, threadId="a-stranger", itemId="i", command="/bin/bash -lc 'rm -r x'"),
        approver=approver,
    )
    assert answers[0]["result"]["success"] is False
    assert answers[1]["error"]["code"] == -32601
    assert answers[2]["result"]["action"] == "decline"
    assert answers[3]["result"] == {"decision": "decline"}
    assert answers[4]["result"] == {"decision": "decline"}
    assert approver.requests == []
    words = [data["text"] for data in of_type(events, "Notice")]
    assert any("future/question" in one for one in words)
    assert events[-1].type == "TaskComplete"


def test_a_sub_agent_is_asked_about_in_its_callers_name(play: Play) -> None:
    approver = Scripted("accept")
    child = ask(COMMAND, threadId="thread-2", itemId="c2", command="/bin/bash -lc 'touch x'")
    events, answers = play(child, approver=approver)
    assert answers[0]["result"] == {"decision": "accept"}
    assert approver.requests[0].command == "touch x"
    assert "ApprovalResolved" in types(events)


def test_more_than_a_command_always_asks(play: Play) -> None:
    more = {"fileSystem": {"write": ["/etc"]}}
    command = "/bin/bash -lc 'rm x'"
    approver = Scripted("decline")
    _, answers = play(
        LS,
        ask(COMMAND, itemId="c", command=command, additionalPermissions=more),
        ask(COMMAND, itemId="c", kind="writeStdin", command="yes"),
        ask(COMMAND, itemId="c", networkApprovalContext={"host": "a.example", "protocol": "https"}),
        ask(COMMAND, itemId="c", command="/usr/bin/zsh -lc 'echo hi'"),
        ask(COMMAND, itemId="c", command="/bin/bash -lc 'echo \"unclosed"),
        approver=approver,
        mode="edits",
    )
    assert [answer["result"]["decision"] for answer in answers] == ["decline"] * 5
    wide, typed, network, other_shell, broken = approver.requests
    assert wide.kind == "unsandboxed" and "/etc" in wide.because
    assert (typed.kind, typed.tool, typed.subject) == ("tool", "write_stdin", "yes")
    assert (network.tool, network.subject) == ("network", "https://a.example")
    assert other_shell.command == "/usr/bin/zsh -lc 'echo hi'"
    assert "unclosed" in broken.command and broken.argv == ()


def test_what_is_told_is_shown_also_what_nobody_knows(play: Play) -> None:
    plan = [{"step": "look", "status": "completed"}, {"step": "do", "status": "inProgress"}]
    events, _ = play(
        tell("turn/plan/updated", plan=plan),
        begin("w", "webSearch", query="jam"),
        end("w", "webSearch", query="jam"),
        end("z", "teleport", where="moon", status="completed"),
        begin("a", "collabAgentToolCall", tool="spawnAgent", prompt="help me", status="inProgress"),
        end("a", "collabAgentToolCall", tool="spawnAgent", prompt="help me", status="failed"),
        end("v", "imageView", path="/a/b.png"),
        begin("b", "commandExecution", command="/bin/bash -lc 'serve'", status="inProgress"),
        tell("error", willRetry=True, error={"message": "Reconnecting... 2/5"}),
        tell("warning", message="mind\x1b[31m the gap"),
        tell("future/happening", anything=1),
        tell("item/agentMessage/delta", itemId="m", delta="Half of"),
        end("m", "agentMessage", text="Half of it was streamed."),
        end("r", "reasoning", summary=["One.", "Two."], content=[]),
        tell("item/agentMessage/delta", itemId="n", delta="The key is sk-proj-"),
        tell("item/agentMessage/delta", itemId="n", delta="abcd1234" * 6),
        end("n", "agentMessage", text="The key is sk-proj-" + "abcd1234" * 6),
        approver=Scripted("decline"),
    )
    todos = of_type(events, "TodosChanged")[0]["todos"]
    assert [(todo["content"], todo["status"]) for todo in todos] == [
        ("look", "completed"),
        ("do", "in_progress"),
    ]
    names = [data["tool_call"]["name"] for data in of_type(events, "ToolCallStart")]
    assert names == ["web_search", "teleport", "task", "image_view", "shell"]
    ends = {d["result"]["call_id"]: d["result"]["output"] for d in of_type(events, "ToolCallEnd")}
    assert ends["a"]["is_error"] and not ends["z"]["is_error"]
    assert "moon" in ends["z"]["values"][0]["text"]
    assert "in the background" in results_of(events)[-1]
    retry = of_type(events, "RetryAttempt")[0]
    assert (retry["attempt"], retry["attempts"]) == (2, 5)
    assert of_type(events, "Notice")[0]["text"] == "Codex: mind the gap"
    assert answer_of(events).startswith("Half of it was streamed.")
    assert "abcd1234" not in str(events)


def test_a_command_that_is_over_is_told_though_its_turn_was_over_first(play: Play) -> None:
    ended = end("c", "commandExecution", command="ls", status="completed", aggregatedOutput="a\nb")
    events, _ = play(
        begin("b", "commandExecution", command="serve", status="inProgress"),
        begin("c", "commandExecution", command="ls", status="inProgress"),
        {**ended, "late": True},
        approver=Scripted("decline"),
    )
    ends = {d["result"]["call_id"]: d["result"]["output"] for d in of_type(events, "ToolCallEnd")}
    assert "a\nb" in ends["c"]["values"][0]["text"]
    assert "in the background" in ends["b"]["values"][0]["text"]


@pytest.mark.needs("codex")
@pytest.mark.parametrize("decision", ["accept", "decline"])
def test_a_tool_of_a_server_is_asked_about_by_its_name(
    apps: Callable[..., InApp], decision: Any
) -> None:
    call = {"type": "function_call", "id": "f", "call_id": "c1", "arguments": '{"a": 20, "b": 22}'}
    call |= {"namespace": "mcp__raw", "name": "add"}
    done = {"type": "response.output_item.done", "output_index": 0, "item": call}
    app = apps([[{"event": done}], [text("Done.")]])
    app.stage.write_config(
        f'[mcp_servers.raw]\ncommand = "{sys.executable}"\nargs = ["-S", "-E", "{MCP_SERVER}"]\n'
    )
    approver = Scripted(Decision(decision))
    _, codex = app.open(approver)
    events = list(codex.chat("go on"))
    (request,) = approver.requests
    assert (request.kind, request.tool) == ("tool", "mcp_raw_tool_add")
    assert ("42" in results_of(events)[0]) == (decision == "accept")
    states = [state for kind, state, _ in kept_entries(app.home) if kind == "tool"]
    assert states == ["done" if decision == "accept" else "declined"]


def test_only_strays_are_taken_away(tmp_path: Path) -> None:
    from grafftui.backends.codex.conversing.strays import Strays

    for name in ("here", "new", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "here" / ".git").mkdir()
    strays = Strays(str(tmp_path / name) for name in ("here", "new", "full"))
    strays.watch()
    for folder in ("here", "new", "full"):
        (tmp_path / folder / ".codex").mkdir()
    (tmp_path / "full" / ".codex" / "mine").touch()
    (tmp_path / "new" / ".agents").mkdir()
    (tmp_path / "new" / "other").mkdir()
    strays.watch()  # another turn begins: what was missing before still counts
    assert len(strays.clean()) == 3
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*"))
    assert left == ["full/.codex", "here/.git", "new/other"]
    (tmp_path / "new" / ".codex").mkdir()
    assert strays.clean() == []  # nothing of ours ran since
