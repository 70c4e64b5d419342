"""What an agent's file puts around prompts, and what a turn tells besides when it begins."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pytest

from corestage import Core, Scripted, kept_entries, kept_messages, of_type
from fakes.steps import text, tool
from grafftui.core.definitions import DefinitionFile, agent_in

READ = tool("read", {"file_path": "a.txt"})
TODOS = tool(
    "todo_write",
    {
        "todos": [
            {"content": "find it", "status": "completed"},
            {"content": "mend it", "status": "in_progress"},
        ]
    },
)


def agent_file(user_prompt: str) -> str:
    return f"---\nid: a\ntools: [read]\nuser_prompt: |-\n  {user_prompt}\n---\nYou are a."


def users(body: dict[str, Any]) -> list[str]:
    """What was sent in the person's place, one text for each message."""
    found: list[str] = []
    for message in body["messages"]:
        if message["role"] == "user":
            parts = message["content"]
            found += [parts] if isinstance(parts, str) else [part["text"] for part in parts]
    return found


def put_agent(core: Core, text: str) -> None:
    folder = core.home / "config" / "agents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.md").write_text(text)


@pytest.mark.parametrize(
    ("template", "sent"),
    [
        ("<{{event.name}}>{{event.value}}</{{event.name}}>", "<task>do {{cwd}}</task>"),
        ("Today is {{ current_date }}.", f"Today is {date.today()}.\n\ndo {{{{cwd}}}}"),
        ("{{unknown}} {{event.value}}", "{{unknown}} do {{cwd}}"),
    ],
)
def test_what_is_put_around_a_prompt(template: str, sent: str) -> None:
    file = DefinitionFile("a.md", agent_file(template), "/place", False)
    assert agent_in(file, ("read",)).asked("do {{cwd}}", "/w") == sent


def test_without_it_a_prompt_is_sent_as_it_is() -> None:
    file = DefinitionFile("a.md", "---\nid: a\n---\nx", "/place", False)
    assert agent_in(file, ()).asked("{{event.value}}", "/w") == "{{event.value}}"


def test_the_model_gets_it_and_the_person_sees_the_prompt(core: Core) -> None:
    put_agent(core, agent_file("Be brief. See @[b.txt]. {{event.value}}"))
    (core.workspace / "a.txt").write_text("it is a\n")
    (core.workspace / "b.txt").write_text("it is b\n")
    fake = core.provider([text("Yes.")], [text("Yes again.")])
    session = core.graff(fake).session(agent="a")
    events = list(session.send("read @[a.txt]"))
    assert of_type(events, "PromptSubmitted") == [{"text": "read @[a.txt]"}]
    sent = "\n".join(users(fake.requests[0].body))
    assert sent.startswith("Be brief. See @[b.txt]. read @[a.txt]")
    assert "it is a" in sent and "it is b" not in sent  # nothing is attached but by the person
    assert kept_entries(core.home)[0] == ("prompt", "done", "read @[a.txt]")
    session.run("again", agent="forge")
    assert users(fake.requests[1].body)[0] == users(fake.requests[0].body)[0]
    assert users(fake.requests[1].body)[-1] == "again"


def test_a_task_of_another_agent_is_put_so_too(core: Core) -> None:
    put_agent(core, agent_file("Be brief. {{event.value}}"))
    task = tool("task", {"tasks": ["look"], "agent_id": "a"})
    fake = core.provider([task], [text("Seen.")], [text("Done.")])
    assert core.graff(fake).run("go").text == "Done."
    assert users(fake.requests[1].body) == ["Be brief. look"]


# -- what a turn begins with -----------------------------------------------------------------


def notices(body: dict[str, Any]) -> list[str]:
    return [said for said in users(body) if "<notice>" in said]


def test_files_that_changed_meanwhile_are_told_once(core: Core) -> None:
    path = core.workspace / "a.txt"
    path.write_text("one\n")
    (core.workspace / "same.txt").write_text("same\n")
    fake = core.provider(
        [READ, tool("read", {"file_path": "same.txt"})],
        *[[text("Yes.")] for _ in range(5)],
    )
    session = core.graff(fake).session()
    session.run("read")
    session.run("nothing changed")
    assert notices(fake.requests[-1].body) == []
    path.write_text("two\n")
    os.utime(core.workspace / "same.txt", ns=(1, 1))
    session.run("something changed")
    (notice,) = notices(fake.requests[-1].body)
    assert "- a.txt" in notice and "same.txt" not in notice
    assert [m.get("droppable") for m in kept_messages(core.home) if "<notice>" in m["text"]] == [
        True
    ]
    session.run("it was told")
    assert len(notices(fake.requests[-1].body)) == 1
    path.unlink()
    session.run("it is gone")
    assert "- a.txt (gone)" in notices(fake.requests[-1].body)[-1]


def test_what_the_agent_itself_wrote_is_no_news(core: Core) -> None:
    (core.workspace / "a.txt").write_text("one\n")
    patch = tool("patch", {"file_path": "a.txt", "old_string": "one", "new_string": "two"})
    fake = core.provider([READ], [patch], [text("Done.")], [text("Yes.")])
    session = core.graff(fake, approver=Scripted("accept")).session()
    session.run("change it")
    session.run("and?")
    assert notices(fake.requests[-1].body) == []


def test_a_pipe_in_place_of_a_file_holds_nobody_up(core: Core) -> None:
    path = core.workspace / "a.txt"
    path.write_text("one\n")
    fake = core.provider([READ], [text("Yes.")], [text("Yes.")])
    session = core.graff(fake).session()
    session.run("read")
    path.unlink()
    os.mkfifo(path)
    session.run("and?")
    assert "(gone)" in notices(fake.requests[-1].body)[0]


def test_open_todos_are_told_when_it_is_taken_up_again(core: Core) -> None:
    fake = core.provider([TODOS], *[[text("Later.")] for _ in range(9)])
    first = core.graff(fake)
    conversation = first.run("begin").conversation_id
    first.run("go on", conversation_id=conversation)
    assert notices(fake.requests[-1].body) == []
    first.close()
    again = core.graff(fake).session(conversation_id=conversation)
    again.run("go on")
    (notice,) = notices(fake.requests[-1].body)
    assert "[x] find it" in notice and "mend it" in notice
    again.run("and now?")
    assert len(notices(fake.requests[-1].body)) == 1
