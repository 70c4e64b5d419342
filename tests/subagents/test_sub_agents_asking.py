"""What sub-agents may do: what the person allows the conversation, and says when they ask."""

from __future__ import annotations

from family_stage import by_prompt, ended, sent_results, started, task

from corestage import (
    KEY,
    Core,
    Following,
    Scripted,
    Waiting,
    files_holding,
    kept,
    of_type,
    turns_asked,
)
from fakes.steps import text, tool, tools
from grafftui.approvals import Decision, Question, Reply


def touch(name: str) -> dict[str, object]:
    return tool("shell", {"command": f"touch {name}"}, "s1")


def test_yes_and_no(core: Core) -> None:
    script = {
        "go": [
            [tools(task("yes", agent="forge"), task("no", agent="forge", call_id="t2"))],
            [text("ok")],
        ],
        "yes": [[touch("yes")], [text("did")]],
        "no": [[touch("no")], [text("did not")]],
    }

    class ByName(Scripted):
        def decide(self, request, **about):  # type: ignore[no-untyped-def]
            self.requests.append(request)
            return Decision("accept" if "yes" in request.command else "decline", "not that")

    approver = ByName("decline")
    fake = core.provider(handler=by_prompt(script))
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert [*core.workspace.iterdir()] == [core.workspace / "yes"]
    assert {request.agent for request in approver.requests} == {"Forge"}
    asked, resolved = of_type(events, "ApprovalRequested"), of_type(events, "ApprovalResolved")
    assert {data["sub_agent"] for data in asked} == {*started(events).values()}
    assert {data["request"]["agent"] for data in asked} == {"Forge"}
    assert {data["decision"] for data in resolved} == {"accept", "decline"}
    refused = [body for body in turns_asked(fake) if "not that" in str(body)]
    assert "The person declined this call: not that" in sent_results(refused[0])[0][1]
    assert {text for _, text in ended(events).values()} == {"did", "did not"}
    decided = kept(core.home, "SELECT conversation_id, decision, digest FROM approvals")
    assert {row[0] for row in decided} == {*started(events).values()}
    ran = kept(core.home, "SELECT digest, outcome FROM tool_runs WHERE tool = 'shell'")
    assert ran == [(digest, "done") for _, decision, digest in decided if decision == "accept"]


def test_nobody_there(core: Core) -> None:
    script = {"go": [[task("do", agent="forge")], [text("ok")]], "do": [[touch("x")], [text("no")]]}
    fake = core.provider(handler=by_prompt(script))
    list(core.graff(fake).chat("go"))
    assert not [*core.workspace.iterdir()]
    assert "nobody is there to give it" in sent_results(turns_asked(fake)[2])[0][1]


def test_the_conversation_s_mode_holds(core: Core) -> None:
    """Also for one that goes on in a session of its own, and when it changes meanwhile."""
    script = {"go": [[task("do", agent="forge")], [text("ok")]], "do": [[touch("x")], [text("no")]]}
    fake = core.provider(handler=by_prompt(script))
    approver = Scripted("accept")
    graff = core.graff(fake, approver=approver)
    list(graff.chat("go", mode="plan"))
    assert not [*core.workspace.iterdir()] and not approver.requests
    assert "plan mode" in sent_results(turns_asked(fake)[2])[0][1]


def test_a_grant_holds_for_all_of_the_conversation(core: Core) -> None:
    """What one was allowed for the session the next does unasked; another conversation asks."""
    script = {
        "go": [[task("do", agent="forge")], [text("ok")]],
        "do": [[touch("x")], [text("did")]],
    }
    approver = Scripted("acceptForSession")
    graff = core.graff(core.provider(handler=by_prompt(script)), approver=approver)
    session = graff.session()
    list(session.send("go"))
    list(session.send("go"))
    assert len(approver.requests) == 1
    list(graff.chat("go"))
    assert len(approver.requests) == 2


def test_a_cancel_stops_the_turn(core: Core) -> None:
    script = {"go": [[task("do", agent="forge")], [text("ok")]], "do": [[touch("x")], [text("no")]]}
    fake = core.provider(handler=by_prompt(script))
    events = [*core.graff(fake, approver=Scripted("cancel")).chat("go")]
    assert events[-1].type == "TurnInterrupted" and len(turns_asked(fake)) == 2


def test_stopped_while_it_asks(core: Core) -> None:
    script = {"go": [[task("do", agent="forge")], [text("ok")]], "do": [[touch("x")], [text("no")]]}
    approver = Waiting()
    turn = Following(
        core.graff(core.provider(handler=by_prompt(script)), approver=approver).chat("go")
    )
    assert approver.asked.wait(10)
    turn.type("ApprovalRequested")
    state = kept(core.home, "SELECT state FROM conversations")
    assert state == [("waiting",), ("waiting",)]
    core.stop(turn)
    assert not [*core.workspace.iterdir()]


def test_a_secret_is_shown_and_not_kept(core: Core) -> None:
    (core.workspace / "env").write_text(f"KEY={KEY}\nA=1\n")
    patch = {"file_path": "env", "old_string": "A=1", "new_string": "A=2"}
    script = {
        "go": [[task("do", agent="forge")], [text("ok")]],
        "do": [
            [tool("read", {"file_path": "env"}, "r1")],
            [tool("patch", patch, "p1")],
            [text("did")],
        ],
    }
    approver = Scripted("decline")
    graff = core.graff(core.provider(handler=by_prompt(script)), approver=approver)
    (asked,) = of_type(graff.chat("go"), "ApprovalRequested")
    assert KEY in asked["request"]["edits"][0]["diff"]
    assert kept(core.home, "SELECT count(*) FROM events WHERE type = 'ApprovalRequested'") == [(2,)]
    graff.close()
    assert files_holding(core.home, KEY) == []


def test_a_question(core: Core) -> None:
    """It goes to whoever answers for the person, and says who asks."""

    class Answering(Scripted):
        questions: list[Question] = []  # noqa: RUF012

        def ask(self, question: Question, **about: object) -> Reply:
            self.questions.append(question)
            return Reply(text="Blue.")

    script = {
        "go": [[task("plan", agent="muse")], [text("ok")]],
        "plan": [[tool("followup", {"question": "Which?"}, "f1")], [text("Blue it is.")]],
    }
    fake = core.provider(handler=by_prompt(script))
    approver = Answering("decline")
    events = [*core.graff(fake, approver=approver).chat("go")]
    assert [(one.text, one.agent) for one in approver.questions] == [("Which?", "Muse")]
    (asked,) = of_type(events, "QuestionAsked")
    assert asked["sub_agent"] in started(events).values()
    assert "Blue." in sent_results(turns_asked(fake)[2])[0][1]
