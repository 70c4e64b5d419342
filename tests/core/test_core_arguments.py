"""What `Graff` takes: checked at the boundary, before anything is sent or written."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import grafftui
from corestage import Core, answer_of, environment, kept, played, turns_asked, types
from fakes.steps import text
from grafftui import AgentEvent, Graff, GraffSession, version
from grafftui.errors import NotFoundError, UsageError


def test_the_front_door() -> None:
    assert version() == grafftui.__version__
    assert {"AgentEvent", "Graff", "GraffSession", "version"} <= set(grafftui.__all__)
    assert AgentEvent("X", {"a": 1}) == AgentEvent.from_wire({"type": "X", "a": 1})
    assert AgentEvent.from_wire({}) == AgentEvent("unknown", {})
    assert repr(AgentEvent("X", {"a": 1})) == "AgentEvent('X', {'a': 1})"
    assert AgentEvent("X").data == {}


def test_importing_costs_nothing() -> None:
    asked = "import sys, grafftui; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"grafftui.core", "pydantic", "keyring", "textual", "sqlite3"} & set(loaded)


def test_the_core_needs_no_screen() -> None:
    asked = "import sys; from grafftui import Graff; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"textual", "rich", "keyring", "grafftui.ui"} & set(loaded)


def test_a_key_needs_to_be_told_whose_it_is() -> None:
    with pytest.raises(ValueError, match=r"^provider is required when api_key is supplied$"):
        Graff(api_key="sk-test-0123456789abcdef")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"cwd": 7}, "cwd must be a string or None, not int"),
        ({"provider": b"x"}, "provider must be a string or None, not bytes"),
        ({"api_key": 1, "provider": "openai"}, "api_key must be a string or None, not int"),
        ({"model": ["m"]}, "model must be a string or None, not list"),
        ({"max_tokens": "many"}, "max_tokens must be an integer or None, not str"),
        ({"max_tokens": True}, "max_tokens must be an integer or None, not bool"),
        ({"max_tokens": 0}, "max_tokens must be 1 to 1000000, not 0"),
        ({"agent": 5}, "agent must be a string or None, not int"),
    ],
)
def test_options_of_the_wrong_type(options: dict[str, Any], complaint: str, home: Path) -> None:
    with pytest.raises(ValueError) as raised:
        Graff(**options)
    assert str(raised.value) == f"grafftui init: invalid options — {complaint}"
    assert not home.exists()


def test_a_workspace_there_is_not(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no directory"):
        Graff(cwd=str(tmp_path / "none"))
    assert not home.exists()


def test_arguments_are_by_name_only() -> None:
    for call in (Graff.__init__, Graff.session):
        kinds = {p.kind for p in list(inspect.signature(call).parameters.values())[1:]}
        assert kinds == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize(
    ("prompt", "options", "complaint"),
    [
        (7, {}, "prompt must be a string, not int"),
        (None, {}, "prompt must be a string, not NoneType"),
        ("", {}, "prompt is empty"),
        (" \n\t", {}, "prompt is empty"),
        ("hi", {"model": 5}, "model must be a string or None, not int"),
        ("hi", {"conversation_id": 5}, "conversation_id must be a string or None, not int"),
    ],
)
def test_a_turn_that_cannot_be_meant(
    core: Core, prompt: Any, options: dict[str, Any], complaint: str
) -> None:
    fake = core.provider()
    stream = core.graff(fake).chat(prompt, **options)
    with pytest.raises(ValueError) as raised:
        next(stream)
    assert str(raised.value) == f"grafftui chat: invalid options — {complaint}"
    assert fake.requests == []
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"conversation_id": "not-a-uuid"}, "invalid conversation id `not-a-uuid`"),
        (
            {"conversation_id": "00000000-0000-4000-8000-000000000000"},
            "Conversation with ID '00000000-0000-4000-8000-000000000000' not found",
        ),
        ({"agent": "nobody"}, "no agent “nobody”"),
        ({"provider": "openaj"}, "there is no provider 'openaj'"),
        ({"provider": "bedrock"}, "bedrock is not supported yet"),
    ],
)
def test_what_there_is_not(core: Core, options: dict[str, str], error: str) -> None:
    fake = core.provider()
    with pytest.raises((UsageError, NotFoundError)) as raised:
        next(core.graff(fake).chat("hi", **options))
    assert str(raised.value) == error
    assert fake.requests == []
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]


def test_nothing_happens_before_the_first_event_is_asked_for(core: Core) -> None:
    fake = core.provider([text("Hello")])
    stream = core.graff(fake).chat("hi")
    assert kept(core.home, "SELECT count(*) FROM turns") == [(0,)]
    assert next(stream).type == "ConversationStarted"
    assert kept(core.home, "SELECT prompt FROM turns") == [("hi",)]
    assert fake.requests == []
    assert types(stream)[-1] == "TaskComplete"


def test_the_environment_is_left_alone(core: Core) -> None:
    import os

    fake = core.provider([text("Hello")])
    graff = core.graff(fake, max_tokens=77)
    before = dict(os.environ)
    assert [*graff.chat("hi")][-1].type == "TaskComplete"
    assert dict(os.environ) == before
    assert turns_asked(fake)[0]["max_tokens"] == 77


# -- sessions --------------------------------------------------------------------------------


def test_a_session_keeps_its_conversation(core: Core) -> None:
    fake = core.provider([text("One.")], [text("Two.")])
    session = core.graff(fake).session()
    assert isinstance(session, GraffSession)
    assert session.conversation_id is None
    first = [*session.send("first")]
    begun = session.conversation_id
    assert first[0].data == {"conversationId": begun}
    second = [*session.send("second")]
    assert second[0].data == {"conversationId": begun}
    assert session.conversation_id == begun
    contents = [m["content"] for m in turns_asked(fake)[1]["messages"][1:]]
    assert contents == ["first", "One.", "second"]
    with pytest.raises(AttributeError):
        session.conversation_id = "x"  # type: ignore[misc]


def test_a_session_goes_on_with_a_conversation(core: Core) -> None:
    fake = core.provider([text("One.")], [text("Two.")])
    graff = core.graff(fake)
    begun = played(graff.chat("first"))
    session = graff.session(conversation_id=begun, model="another")
    assert played(session.send("second")) == begun
    assert turns_asked(fake)[1]["model"] == "another"


def test_a_model_for_one_turn_stays(core: Core) -> None:
    fake = core.provider([text("One.")], [text("Two.")], [text("Three.")])
    graff = core.graff(fake)
    begun = played(graff.chat("first"))
    assert [*graff.chat("second", conversation_id=begun, model="other")]
    assert [*graff.chat("third", conversation_id=begun, provider="openai_compatible")]
    assert [body["model"] for body in turns_asked(fake)] == ["fake-model", "other", "other"]


# -- conversations ---------------------------------------------------------------------------


def test_the_first_line_is_the_title(core: Core) -> None:
    graff = core.graff(core.provider([text("Yes.")]))
    assert [*graff.chat("\n  Fix the parser \x1b[31m[b]now[/b]\nand more")]
    last = graff.last_conversation()
    assert last is not None
    assert last["title"] == "Fix the parser [b]now[/b]"


def test_conversations_as_dicts(core: Core) -> None:
    fake = core.provider([text("One.")], [text("Two.")], [text("Three.")])
    graff = core.graff(fake)
    assert graff.last_conversation() is None
    assert graff.list_conversations() == []
    ids = [played(graff.chat(words)) for words in ("a", "b")]
    assert [*graff.chat("c", conversation_id=ids[0])]
    assert [row["id"] for row in graff.list_conversations()] == ids
    assert [row["id"] for row in graff.list_conversations(1)] == ids[:1]
    assert graff.list_conversations(0) == []
    assert graff.last_conversation() == graff.list_conversations()[0]
    one = graff.get_conversation(ids[1])
    assert one == graff.get_conversation(ids[1].upper())
    assert one is not None
    assert set(one) == {"id", "title", "context", "metrics", "metadata"}
    assert (one["id"], one["title"]) == (ids[1], "b")
    usage = one["context"]["messages"][1].pop("usage")
    assert usage["completion_tokens"] == {"actual": 20} and usage["cost"] is None
    assert one["context"] == {
        "conversation_id": ids[1],
        "messages": [
            {"text": {"role": "User", "content": "b"}},
            {"text": {"role": "Assistant", "content": "Two.", "model": "fake-model"}},
        ],
    }
    assert set(one["metadata"]) == {"created_at", "updated_at"}
    assert one["metadata"]["created_at"].endswith("+00:00")
    assert graff.get_conversation("00000000-0000-4000-8000-000000000000") is None
    assert graff.get_conversation("nonsense") is None
    graff.delete_conversation(ids[0])
    assert [row["id"] for row in graff.list_conversations()] == ids[1:]
    graff.rename_conversation(ids[1], "A better title")
    assert graff.list_conversations()[0]["title"] == "A better title"
    for call in (graff.delete_conversation, lambda id: graff.rename_conversation(id, "x")):
        with pytest.raises(NotFoundError, match=f"Conversation with ID '{ids[0]}' not found"):
            call(ids[0])


def test_conversations_are_those_of_the_workspace(core: Core, tmp_path: Path) -> None:
    fake = core.provider([text("One.")], [text("Two.")])
    other = tmp_path / "other"
    other.mkdir()
    graff, elsewhere = core.graff(fake), core.graff(fake, cwd=str(other))
    mine = played(graff.chat("a"))
    assert elsewhere.list_conversations() == []
    assert elsewhere.last_conversation() is None
    assert elsewhere.get_conversation(mine) is not None
    with pytest.raises(NotFoundError):
        elsewhere.delete_conversation(mine)
    link = tmp_path / "link"
    link.symlink_to(core.workspace)
    assert core.graff(fake, cwd=str(link)).last_conversation() == graff.last_conversation()


@pytest.mark.parametrize("limit", [-1, "3", 1.5, True])
def test_a_limit_that_is_none(core: Core, limit: Any) -> None:
    with pytest.raises(ValueError, match="invalid options — limit must"):
        core.graff(core.provider()).list_conversations(limit)


# -- agents and keys -------------------------------------------------------------------------


def test_agents(core: Core) -> None:
    infos = core.graff(core.provider()).get_agent_infos()
    assert [info["id"] for info in infos] == ["forge", "muse", "sage"]
    assert all(set(info) == {"id", "title", "description"} for info in infos)


def test_agents_need_no_provider(core: Core) -> None:
    graff = Graff(cwd=str(core.workspace))
    assert len(graff.get_agent_infos()) == 3
    assert graff.version() == version()
    graff.close()


def test_an_agent_has_its_own_tools(core: Core) -> None:
    fake = core.provider([text("A plan.")], [text("A patch.")])
    graff = core.graff(fake, agent="muse")
    begun = played(graff.chat("plan"))
    assert [*graff.chat("do", conversation_id=begun, agent="forge")]
    names = [{tool["function"]["name"] for tool in body["tools"]} for body in turns_asked(fake)]
    reads = {"read", "fs_search", "fetch", "skill", "todo_read"}
    assert names[0] == reads | {"plan", "followup", "sage"}
    assert {"shell", "patch", "write"} < names[1]
    assert str(core.workspace) in turns_asked(fake)[0]["messages"][0]["content"]


def test_a_key_is_kept_for_the_process_where_there_is_no_keyring(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = core.provider([text("Hello")], key="sk-given-0123456789abcdef")
    for name, value in environment(fake.url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OPENAI_API_KEY")
    graff = Graff(
        cwd=str(core.workspace),
        provider="openai_compatible",
        api_key="sk-given-0123456789abcdef",
        model="m",
    )
    events = [*graff.chat("hi")]
    assert types(events)[2] == "Notice"
    assert "kept for this process only" in events[2].data["text"]
    assert answer_of(events) == "Hello"
    graff.close()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("openai", 5), "api_key must be a string"),
        (("openai", "has space"), "holds a space"),
        (("openai", "with\nbreak"), "holds a line break"),
        (("openai", ""), "is empty"),
        (("nonsense", "sk-0123456789"), "there is no provider 'nonsense'"),
        (("openai", "sk-0123456789", ["NAME"]), "extra_params entries must be"),
        (("openai", "sk-0123456789", [["A", "B", "C"]]), "extra_params entries must be"),
    ],
)
def test_a_key_that_is_none(core: Core, arguments: tuple[Any, ...], complaint: str) -> None:
    graff = core.graff(core.provider())
    with pytest.raises((UsageError, NotFoundError)) as raised:
        graff.upsert_credential(*arguments)
    assert complaint in str(raised.value)


def test_forgetting_a_key(core: Core) -> None:
    graff = core.graff(core.provider())
    graff.vault.set("openai", "sk-0123456789", origin="https://api.openai.com", persist=False)
    graff.remove_credential("openai")
    with pytest.raises(NotFoundError, match="no key is stored for openai"):
        graff.remove_credential("openai")
