"""What Codex keeps of a conversation is Codex's: our core says so, and leaves it to Codex."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from codexinapp import InApp
from codexstage import CodexStage
from corestage import Command, played
from fakes.steps import text
from grafftui import Graff, UsageError
from grafftui.backends.codex import CodexOptions
from grafftui.backends.codex.conversing import CodexBackend

Scripted = Callable[..., CodexOptions]
Apps = Callable[..., InApp]
Led = tuple[Graff, str]

PATIENCE = 180
"""Seconds a command may take: codex is three hundred megabytes."""

END = '{"method": "turn/completed", "params": {"threadId": "thread-1", "turn": %s}}'


@pytest.fixture
def led(tmp_path: Path, home: Path, scripted: Scripted) -> Iterator[Led]:
    """A history, and the id of a conversation in it that Codex has led."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    with Graff(cwd=str(workspace)) as graff, closing(CodexBackend(graff, scripted())) as codex:
        over = END % '{"id": "turn-1", "status": "completed"}'
        codex._server.client().request("test/play", {"lines": [over]})
        yield graff, played(codex.chat("go"))


def test_a_copy_without_its_context_is_refused(led: Led) -> None:
    graff, id = led
    with pytest.raises(UsageError, match="Codex keeps the context") as told:
        graff.fork_conversation(id)
    assert "/fork" in told.value.hint
    assert [one["id"] for one in graff.list_conversations()] == [id]


def test_what_has_no_thread_yet_is_copied(led: Led) -> None:
    graff, _ = led
    id = graff.store.create_conversation(
        workspace=graff.workspace, backend="codex", agent="codex", provider="", model=""
    )
    assert graff.fork_conversation(id) != id


def test_its_context_is_not_ours_to_compact_or_to_show(led: Led) -> None:
    graff, id = led
    with pytest.raises(UsageError, match="Codex compacts its conversations itself") as told:
        graff.compact_conversation(id)
    assert "/compact" in told.value.hint
    with pytest.raises(UsageError, match="Codex keeps its context to itself"):
        graff.context_breakdown(id)


@pytest.mark.needs("codex")
def test_the_command_has_codex_compact_it(
    apps: Apps, on_path: Callable[[CodexStage], None], home: Path
) -> None:
    app = apps([[text("One.")], [text("A summary.")], [text("Again a summary.")]])
    graff, codex = app.open()
    id = played(codex.chat("first"))
    codex.close()
    graff.close()
    on_path(app.stage)

    def grafftui(*arguments: str) -> tuple[int, str, str]:
        with Command(home, app.stage.workspace).start(*arguments) as process:
            out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode(), err.decode()

    code, out, err = grafftui("conversations", "compact", id[:8])
    assert code == 0 and out.startswith("Compacted:"), err
    assert len(app.stage.fake.requests) == 2
    code, out, err = grafftui("conversations", "compact", id, "--json")
    assert json.loads(out) == {"id": id, "backend": "codex"}, err
    code, _, err = grafftui("conversations", "compact", id, "--instructions", "keep names")
    assert code == 2 and "Codex takes no instructions" in err
