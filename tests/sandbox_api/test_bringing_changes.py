"""What a sandbox made of its copy of the workspace comes back as one patch, looked at once."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from corestage import Core, Scripted, Waiting, kept_messages, of_type, played, results_of
from corestage import Following as Followed
from fakes.steps import text, tool, tools
from grafftui import AgentEvent, Graff
from grafftui.approvals import Decision, HunkChoice
from grafftui.errors import NotFoundError, UsageError
from grafftui.sandboxes.lasting import Sandbox

pytestmark = pytest.mark.needs("bubblewrap")

LINES = "".join(f"line {number}\n" for number in range(40))


@pytest.fixture(autouse=True)
def files(core: Core) -> None:
    (core.workspace / "a.txt").write_text(LINES)
    (core.workspace / "b.txt").write_text("b\n")


def opened(core: Core, *answers: Any, **options: Any) -> tuple[Graff, Sandbox, Scripted]:
    approver = Scripted(*answers or ("accept",))
    graff = core.graff(core.provider(), approver=approver, **options)
    return graff, graff.create_sandbox(seed=True, delete_on_exit=True), approver


def bring(graff: Graff, sandbox: Sandbox, **options: Any) -> list[AgentEvent]:
    events = [*graff.bring_changes(sandbox.id, **options)]
    assert events[-1].type == "TaskComplete"
    return events


def changed(events: list[AgentEvent]) -> dict[str, str]:
    return {data["path"]: data["change"] for data in of_type(events, "FileChanged")}


def test_a_turn_in_a_sandbox_edits_and_tests_and_one_yes_brings_it_back(core: Core) -> None:
    (core.workspace / "sum.py").write_text("def add(a, b):\n    return a - b\n")
    (core.workspace / "check.py").write_text("from sum import add\nassert add(2, 2) == 4\n")
    fake = core.provider(
        [
            tools(
                tool("read", {"file_path": "sum.py"}, "c1"),
                tool(
                    "patch",
                    {"file_path": "sum.py", "old_string": "a - b", "new_string": "a + b"},
                    "c2",
                ),
                tool("shell", {"command": "python3 check.py && echo passed"}, "c3"),
            )
        ],
        [text("It adds now.")],
        [text("I know.")],
    )
    approver = Scripted("accept")
    graff = core.graff(fake, approver=approver, mode="sandboxed")
    sandbox = graff.create_sandbox(seed=True, delete_on_exit=True)
    events = [*graff.chat("mend it", sandbox=sandbox.id)]
    assert "passed" in results_of(events)[2] and approver.requests == []
    assert "a - b" in (core.workspace / "sum.py").read_text()
    conversation = events[0].data["conversationId"]
    brought = bring(graff, sandbox, conversation_id=conversation)
    (request,) = approver.requests
    assert request.kind == "edit" and request.executor == "local"
    assert request.because.startswith(f"brings what the sandbox {sandbox.id} changed: sum.py")
    assert "__pycache__" not in str(request.edits) and "1 ignored file" in request.because
    (edit,) = request.edits
    assert edit.path == str(core.workspace / "sum.py") and "+    return a + b" in edit.diff
    assert "a + b" in (core.workspace / "sum.py").read_text()
    assert changed(brought) == {"sum.py": "modified"}
    undone = graff.undo(graff.undo_plan(conversation))
    assert undone.restored == ("sum.py",)
    assert "a - b" in (core.workspace / "sum.py").read_text()
    [*graff.chat("well?", conversation_id=conversation)]
    assert any("I had the changes of the sandbox" in str(m) for m in kept_messages(core.home))


def test_all_kinds_of_changes_byte_for_byte(core: Core) -> None:
    graff, sandbox, approver = opened(core)
    (core.workspace / "sub").mkdir()
    sandbox.exec(
        "printf 'b\\r\\nno end' > b.txt; printf '\\0\\377' > bin; mkdir -p new/deep;"
        "echo '#!/bin/sh' > new/deep/run; chmod 755 new/deep/run; rm a.txt"
    )
    events = bring(graff, sandbox)
    (request,) = approver.requests
    assert [Path(edit.path).name for edit in request.edits] == ["a.txt", "b.txt", "bin", "run"]
    assert request.edits[0].after_sha256 is None and "Binary file bin" in request.edits[2].diff
    assert changed(events) == {
        "a.txt": "removed",
        "b.txt": "modified",
        "bin": "created",
        "new/deep/run": "created",
    }
    assert (core.workspace / "b.txt").read_bytes() == b"b\r\nno end"
    assert (core.workspace / "bin").read_bytes() == b"\0\377"
    assert os.access(core.workspace / "new/deep/run", os.X_OK)
    assert not (core.workspace / "a.txt").exists()
    assert results_of(bring(graff, sandbox)) == [
        "There is nothing to bring: the workspace is as the sandbox is."
    ]
    assert len(approver.requests) == 1


def test_what_changed_here_meanwhile_is_said_and_left_alone(core: Core) -> None:
    graff, sandbox, approver = opened(core)
    sandbox.exec("echo theirs > a.txt; echo theirs > b.txt; echo theirs > c.txt; rm -f d")
    (core.workspace / "a.txt").write_text("ours\n")
    (core.workspace / "c.txt").write_text("ours\n")
    events = bring(graff, sandbox)
    assert "LEFT OUT: a.txt (it changed here), c.txt (it changed here)" in (
        approver.requests[0].because
    )
    assert changed(events) == {"b.txt": "modified"}
    assert [data["text"] for data in of_type(events, "Notice")] == [
        "Not brought: a.txt: it changed here.",
        "Not brought: c.txt: it changed here.",
    ]
    assert (core.workspace / "a.txt").read_text() == "ours\n"
    assert (core.workspace / "c.txt").read_text() == "ours\n"
    (core.workspace / "b.txt").unlink()
    sandbox.exec("echo again > b.txt")
    assert "b.txt (it was removed here meanwhile)" in results_of(bring(graff, sandbox))[0]


def test_what_changes_while_it_is_looked_at_keeps_all_of_it_out(core: Core) -> None:
    waiting = Waiting()
    graff = core.graff(core.provider(), approver=waiting)
    sandbox = graff.create_sandbox(seed=True, delete_on_exit=True)
    sandbox.exec("echo theirs > a.txt; echo theirs > b.txt")
    turn = Followed(graff.bring_changes(sandbox.id))
    assert waiting.asked.wait(10)
    (core.workspace / "b.txt").write_text("late\n")
    sandbox.exec("echo later > a.txt")
    waiting.answer(Decision("accept"))
    plain = "b.txt changed since the patch was shown; nothing was brought."
    assert results_of(turn.end()) == [plain]
    assert f'brought here:\\n\\n{plain}"' in json.dumps(kept_messages(core.home))
    assert (core.workspace / "a.txt").read_text() == LINES


def test_what_is_brought_is_what_was_shown_whatever_the_sandbox_does_then(core: Core) -> None:
    waiting = Waiting()
    graff = core.graff(core.provider(), approver=waiting)
    sandbox = graff.create_sandbox(seed=True, delete_on_exit=True)
    sandbox.exec("echo shown > b.txt")
    turn = Followed(graff.bring_changes(sandbox.id))
    assert waiting.asked.wait(10)
    sandbox.exec("echo swapped > b.txt")
    waiting.answer(Decision("accept"))
    turn.end()
    assert (core.workspace / "b.txt").read_text() == "shown\n"
    assert len(waiting.requests) == 1
    bring(graff, sandbox)  # what it has by now is no conflict
    assert (core.workspace / "b.txt").read_text() == "swapped\n"


def test_links_and_ways_out_are_refused(core: Core, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("mine\n")
    (core.workspace / "dir").mkdir()
    (core.workspace / "dir" / "x").write_text("x\n")
    graff, sandbox, approver = opened(core)
    sandbox.exec(
        "ln -s /etc/passwd link; rm b.txt; ln -s a.txt b.txt; echo theirs > dir/x;"
        "mkdir -p .git/hooks sub/.git; echo evil > .git/hooks/x; echo evil > sub/.git/config;"
        "echo ../evil | tee .git/commondir > sub/.git/commondir"
    )
    (core.workspace / "dir" / "x").unlink()
    (core.workspace / "dir").rmdir()
    (core.workspace / "dir").symlink_to(outside)
    events = bring(graff, sandbox)
    (said,) = results_of(events)
    assert approver.requests == []
    for words in (
        "link (it is a symbolic link there)",
        "b.txt (it is a symbolic link there)",
        "dir/x (a link leads elsewhere here)",
        "sub/.git/commondir (",
        "belongs to git",
    ):
        assert words in said
    assert (outside / "x").read_text() == "mine\n"
    assert (core.workspace / "b.txt").read_text() == "b\n"
    assert not (core.workspace / ".git").exists()


def test_odd_names_and_a_file_that_became_a_folder(core: Core) -> None:
    graff, sandbox, approver = opened(core)
    names = [b"a\nb", b"\x1b[2J", b"\xff\xfe", b"back\\x41", b"~x", b"file:x", b"-rf", b" "]
    sandbox.upload(
        "import os\n"
        f"for name in {names}:\n    open(name, 'wb').write(name)\n"
        "os.mkfifo('fifo')\nos.remove('b.txt')\nos.mkdir('b.txt')\n"
        "open('b.txt/inner', 'w').write('x')\n",
        "/tmp/odd.py",
    )
    assert sandbox.exec("python3 /tmp/odd.py")["exitCode"] == 0
    said = str([event.data for event in bring(graff, sandbox)])
    assert "fifo (it is no plain file there)" in approver.requests[0].because
    assert "\x1b" not in said and "\n" not in approver.requests[0].because
    here = {os.fsencode(path.name) for path in core.workspace.iterdir()}
    assert here == {*names, b"a.txt", b"b.txt"}
    for name in names:
        with open(os.fsencode(core.workspace) + b"/" + name, "rb") as file:
            assert file.read() == name
    assert (core.workspace / "b.txt" / "inner").read_text() == "x"


def test_what_git_ignores_stays_there(core: Core) -> None:
    subprocess.run(["git", "init", "-q", core.workspace], check=True)
    (core.workspace / ".gitignore").write_text("build/\n*.log\n")
    graff, sandbox, approver = opened(core)
    sandbox.exec("mkdir build node_modules; touch build/x node_modules/y z.log; echo 1 > kept")
    assert changed(bring(graff, sandbox)) == {"kept": "created"}
    assert "3 ignored file(s) stay there" in approver.requests[0].because


def test_parts_can_be_left_out_and_are_proposed_again(core: Core) -> None:
    graff, sandbox, approver = opened(core, "accept")
    sandbox.exec("sed -i '1s/.*/FIRST/; 39s/.*/LAST/' a.txt; echo more >> b.txt")
    path = str(core.workspace / "a.txt")
    approver._answers = [
        Decision("accept", hunks=(HunkChoice(path, 1, keep=False),)),
        Decision("accept"),
    ]
    bring(graff, sandbox)
    now = (core.workspace / "a.txt").read_text()
    assert "FIRST" in now and "LAST" not in now
    assert (core.workspace / "b.txt").read_text() == "b\nmore\n"
    bring(graff, sandbox)
    assert "LAST" in (core.workspace / "a.txt").read_text()
    assert [Path(edit.path).name for edit in approver.requests[1].edits] == ["a.txt"]


def test_again_and_again_with_undos_between(core: Core) -> None:
    graff, sandbox, _ = opened(core)
    sandbox.exec("echo 1 >> b.txt; echo new > n")
    bring(graff, sandbox)
    sandbox.exec("echo 2 >> b.txt; rm n")
    events = bring(graff, sandbox)
    assert changed(events) == {"n": "removed", "b.txt": "modified"}
    conversation = events[0].data["conversationId"]
    graff.undo(graff.undo_plan(conversation))
    assert (core.workspace / "b.txt").read_text() == "b\n1\n"
    bring(graff, sandbox)
    assert (core.workspace / "b.txt").read_text() == "b\n1\n2\n"
    assert not (core.workspace / "n").exists()


@pytest.mark.parametrize("mode", ["edits", "sandboxed"])
def test_it_is_asked_in_modes_that_let_edits_go_ahead(core: Core, mode: Any) -> None:
    graff, sandbox, approver = opened(core, "decline", mode=mode)
    sandbox.exec("echo 1 >> b.txt")
    events = bring(graff, sandbox)
    assert len(approver.requests) == 1 and changed(events) == {}
    assert (core.workspace / "b.txt").read_text() == "b\n"
    assert of_type(events, "ApprovalResolved")[0]["decision"] == "decline"


def test_a_rule_against_a_file_is_one_against_the_patch(core: Core) -> None:
    (core.home / "config").mkdir(parents=True)
    (core.home / "config" / "policy.toml").write_text(
        '[[rules]]\ndecision = "deny"\nwrite = "b.txt"\n'
    )
    graff, sandbox, approver = opened(core)
    sandbox.exec("echo 1 >> b.txt; echo 1 > c")
    assert "deny write" in results_of(bring(graff, sandbox))[0]
    assert approver.requests == [] and not (core.workspace / "c").exists()


def test_only_what_began_with_this_workspace_is_brought(core: Core, tmp_path: Path) -> None:
    graff, sandbox, _ = opened(core)
    empty = graff.create_sandbox(delete_on_exit=True)
    with pytest.raises(UsageError, match="did not begin with a copy"):
        [*graff.bring_changes(empty.id)]
    with pytest.raises(NotFoundError):
        [*graff.bring_changes("0123456789ab")]
    (tmp_path / "other").mkdir()
    other = core.graff(core.provider(), cwd=str(tmp_path / "other"))
    with pytest.raises(UsageError, match="began with another folder"):
        [*other.bring_changes(sandbox.id)]
    assert graff.list_conversations() == []


def test_the_model_and_a_later_turn_know_of_it(core: Core) -> None:
    approver = Scripted("accept")
    graff = core.graff(core.provider([text("I see.")]), approver=approver)
    sandbox = graff.create_sandbox(seed=True, delete_on_exit=True)
    sandbox.exec("echo 1 >> b.txt")
    conversation = played(graff.bring_changes(sandbox.id))
    said = [json.dumps(message) for message in kept_messages(core.home)]
    assert any("modified b.txt" in one for one in said)
    [*graff.chat("go on", conversation_id=conversation)]


# -- the command -----------------------------------------------------------------------------


def test_the_command(core: Core) -> None:
    _, sandbox, _ = opened(core)
    sandbox.exec("echo one >> b.txt")
    command = core.command(core.provider())
    asked = command.run("sandbox", "bring", sandbox.id)
    assert asked.returncode == 2 and "no terminal to ask on" in asked.stderr
    found = json.loads(command.run("sandbox", "bring", sandbox.id, "--yes", "--json").stdout)
    assert found["brought"] == [{"path": "b.txt", "change": "modified"}] and found["ok"]
    assert (core.workspace / "b.txt").read_text() == "b\none\n"
    (core.workspace / "b.txt").write_text("ours\n")
    failed = command.run("sandbox", "bring", sandbox.id, "--yes")
    assert failed.returncode == 1 and "b.txt (it changed here)" in failed.stderr


def on_a_terminal(
    core: Core, sandbox: Sandbox, answer: str, meanwhile: Callable[[], object]
) -> Any:
    """The exit code, and all that was seen."""
    command = core.command(core.provider())
    master, slave = pty.openpty()
    with open(master, "r+b", buffering=0) as screen:
        process = command.start(
            "sandbox", "bring", sandbox.id, stdin=slave, stdout=slave, stderr=slave
        )
        os.close(slave)
        seen = b""
        while b"[y/N]" not in seen:
            seen += screen.read(4_096)
        meanwhile()
        screen.write(answer.encode() + b"\n")
        with suppress(OSError):  # it has ended
            while piece := screen.read(4_096):
                seen += piece
        return process.wait(30), seen


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_the_command_shows_the_patch_and_asks(core: Core, answer: str, code: int) -> None:
    _, sandbox, _ = opened(core)
    sandbox.exec("printf 'evil \\033[2J\\n' >> b.txt")
    ended, seen = on_a_terminal(core, sandbox, answer, lambda: None)
    assert ended == code and b"+evil" in seen and b"\x1b[2J" not in seen
    assert ("evil" in (core.workspace / "b.txt").read_text()) == (answer == "y")


def test_the_command_says_in_a_sentence_why_it_was_not_done(core: Core) -> None:
    _, sandbox, _ = opened(core)
    sandbox.exec("echo theirs > b.txt")
    ended, seen = on_a_terminal(
        core, sandbox, "y", lambda: (core.workspace / "b.txt").write_text("late\n")
    )
    plain = b"b.txt changed since the patch was shown; nothing was brought."
    assert ended == 1 and plain in seen and b"<" not in seen
    assert (core.workspace / "b.txt").read_text() == "late\n"


def test_run_in_a_sandbox(core: Core) -> None:
    fake = core.provider([tool("shell", {"command": "pwd; touch made"}, "c1")], [text("Done.")])
    sandbox = core.graff(fake).create_sandbox(seed=True, delete_on_exit=True)
    done = core.command(fake).run(
        *("run", "--sandbox", sandbox.id, "--mode", "sandboxed", "--model", "fake-model"),
        *("--provider", "openai_compatible", "go"),
    )
    assert done.returncode == 0 and done.stdout.strip() == "Done."
    assert f"▸ Execute [bash] in sandbox {sandbox.id} pwd; touch made" in done.stderr
    assert sandbox.exec("ls made")["exitCode"] == 0
    assert not (core.workspace / "made").exists()
