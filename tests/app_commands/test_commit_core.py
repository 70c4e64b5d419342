"""Commits: what is proposed, what is sent for it, and what is made of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from corestage import KEY, Core, each_wire, sent_texts, turns_asked, wait_until
from fakes.steps import hang, text
from grafftui.errors import AbortedError, BudgetError, GrafftuiError, NotFoundError, UsageError

pytestmark = pytest.mark.needs("git")
Git = Callable[..., str]
MESSAGE = 'Add a third line\n\nIt\'s "needed" by $HOME.'


@each_wire
def test_all_there_is_when_nothing_is_staged(core: Core, git: Git, wire: str) -> None:
    (core.workspace / "a.txt").write_text("one\ntwo\nthree\n")
    (core.workspace / "new.py").write_text(f"key = '{KEY}'\n")
    fake = core.provider([text(f"```\n{MESSAGE}\n```")])
    graff = core.graff(fake, wire)
    proposed = graff.propose_commit("for the harvest")
    assert proposed.message == MESSAGE
    assert proposed.files == ("M a.txt", "? new.py")
    sent = "\n".join(sent_texts(turns_asked(fake)[0]))
    assert "+three" in sent and "+key = " in sent and "Begin at last" in sent
    assert "for the harvest" in sent and KEY not in sent
    assert git("status", "--short") == " M a.txt\n?? new.py\n", "nothing is done yet"
    assert list(graff.run_command(graff.commit_command(proposed)))[-1].type == "TaskComplete"
    assert git("log", "-1", "--format=%B").strip() == MESSAGE
    assert git("status", "--short") == ""


def test_what_is_staged_goes_alone(core: Core, git: Git) -> None:
    (core.workspace / "a.txt").write_text("staged\n")
    git("add", "a.txt")
    (core.workspace / "a.txt").write_text("later\n")
    fake = core.provider([text("Change a")])
    graff = core.graff(fake)
    proposed = graff.propose_commit()
    assert proposed.files == ("M a.txt",)
    sent = "\n".join(sent_texts(turns_asked(fake)[0]))
    assert "+staged" in sent and "later" not in sent
    list(graff.run_command(graff.commit_command(proposed, "My words")))
    assert git("show", "HEAD:a.txt") == "staged\n"
    assert git("log", "-1", "--format=%s").strip() == "My words"


def test_a_hook_that_says_no_is_heard(core: Core, git: Git) -> None:
    hook = core.workspace / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho not on a Friday >&2\nexit 1\n")
    hook.chmod(0o755)
    (core.workspace / "a.txt").write_text("three\n")
    graff = core.graff(core.provider([text("Change a")]))
    events = list(graff.run_command(graff.commit_command(graff.propose_commit())))
    assert any("not on a Friday" in str(event.data) for event in events)
    assert git("rev-list", "--count", "HEAD").strip() == "1"


def test_what_was_seen_is_what_is_committed(core: Core, git: Git) -> None:
    (core.workspace / "a.txt").write_text("three\n")
    graff = core.graff(core.provider([text("Change a")]))
    proposed = graff.propose_commit()
    with pytest.raises(UsageError, match="no message"):
        graff.commit_command(proposed, " \n")
    (core.workspace / "b.txt").write_text("sneaked in\n")
    with pytest.raises(UsageError, match="changed since"):
        graff.commit_command(proposed)
    (core.workspace / "b.txt").unlink()
    (core.workspace / "a.txt").write_text("four!\n")
    with pytest.raises(UsageError, match="changed since"):
        graff.commit_command(proposed)


def test_no_program_of_the_repository_runs(core: Core, git: Git) -> None:
    trap = core.workspace.parent / "trapped"
    program = core.workspace.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    program.chmod(0o755)
    (core.workspace / ".gitattributes").write_text("*.txt filter=odd.name diff=odd\n")
    for setting in ("filter.odd.name.clean", "filter.odd.name.process", "diff.odd.textconv"):
        git("config", setting, str(program))
    for setting in ("diff.external", "core.fsmonitor", "diff.odd.command"):
        git("config", setting, str(program))
    git("config", "filter.odd.name.required", "true")
    (core.workspace / "a.txt").write_text("one\nTWO\n")
    fake = core.provider([text("Change a")])
    graff = core.graff(fake)
    assert "M a.txt" in graff.propose_commit().files
    assert "+TWO" in "\n".join(sent_texts(turns_asked(fake)[0]))
    assert not trap.exists()


def test_what_the_person_always_ignores_is_no_change(
    core: Core, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    own = tmp_path / ".config" / "git" / "ignore"
    own.parent.mkdir(parents=True)
    own.write_text("*.tmp\n")
    (core.workspace / "a.tmp").write_text("x")
    (core.workspace / "a.swp").write_text("x")
    graff = core.graff(core.provider([text("Add")], [text("Add")]))
    assert graff.propose_commit().files == ("? a.swp",)
    (tmp_path / "mine").write_text("*.swp\n")
    (tmp_path / ".gitconfig").write_text("[core]\n\texcludesFile = ~/mine\n")
    assert graff.propose_commit().files == ("? a.tmp",)


def test_what_no_rule_lets_be_read_is_not_sent_and_not_committed(core: Core, git: Git) -> None:
    (core.home / "config").mkdir(parents=True, exist_ok=True)
    rule = '[[rules]]\ndecision = "deny"\nread = "secret*"\n'
    (core.home / "config" / "policy.toml").write_text(rule)
    (core.workspace / "secret.txt").write_text("the plan\n")
    (core.workspace / "a.txt").write_text("three\n")
    fake = core.provider([text("Change a")])
    graff = core.graff(fake)
    proposed = graff.propose_commit()
    assert proposed.files == ("M a.txt",) and proposed.changes.hidden == ("secret.txt",)
    assert "the plan" not in "\n".join(sent_texts(turns_asked(fake)[0]))
    list(graff.run_command(graff.commit_command(proposed)))
    assert git("status", "--short") == "?? secret.txt\n"


def test_where_there_is_nothing(core: Core, git: Git) -> None:
    graff = core.graff(core.provider([]))
    with pytest.raises(NotFoundError, match="nothing to commit"):
        graff.propose_commit()


def test_the_first_commit_of_all_and_of_a_folder_within(core: Core, git: Git) -> None:
    git("update-ref", "-d", "HEAD")  # nothing was ever committed; a.txt is staged
    (core.workspace / "part").mkdir()
    (core.workspace / "part" / "b.txt").write_text("b\n")
    graff = core.graff(core.provider([text("Begin")], [text("More")]))
    proposed = graff.propose_commit()
    assert proposed.files == ("A a.txt",) and "+one" in proposed.changes.diff
    list(graff.run_command(graff.commit_command(proposed)))
    (core.workspace / "a.txt").write_text("outside\n")
    within = core.graff(core.provider([text("More")]), cwd=str(core.workspace / "part"))
    proposed = within.propose_commit()
    assert proposed.files == ("? b.txt",) and "outside" not in proposed.changes.diff
    list(within.run_command(within.commit_command(proposed)))
    assert git("status", "--short") == " M a.txt\n"


def test_where_there_is_no_repository(core: Core) -> None:
    graff = core.graff(core.provider([]))
    with pytest.raises(NotFoundError, match="no git repository"):
        graff.propose_commit()


def test_it_is_paid_for_by_the_day(core: Core, git: Git) -> None:
    core.settings("[budget]\nday_tokens_hard = 5\n")
    (core.workspace / "a.txt").write_text("three\n")
    graff = core.graff(core.provider([text("Change a")], [text("Again")]))
    graff.propose_commit()
    assert graff.store.ledger.spent_on(graff.store.ledger.today()).tokens > 5
    with pytest.raises(BudgetError):
        graff.propose_commit()


def test_a_suggestion_is_a_command_and_runs_nothing(core: Core) -> None:
    core.settings('suggest_model = "openai_compatible/other-model"\n')
    fake = core.provider([text("Here:\n```sh\ntouch made\n```")], [text("  \n")])
    graff = core.graff(fake)
    assert graff.suggest_command("make a file") == "touch made"
    assert turns_asked(fake)[0]["model"] == "other-model"
    assert not (core.workspace / "made").exists()
    with pytest.raises(UsageError, match="no command"):
        graff.suggest_command("make a file")


def test_a_model_that_says_nothing_holds_up_no_end(core: Core) -> None:
    fake = core.provider([hang()])
    graff = core.graff(fake)
    asked: list[BaseException] = []

    def ask() -> None:
        try:
            graff.suggest_command("wait")
        except GrafftuiError as error:
            asked.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: turns_asked(fake))
    graff.close()
    thread.join(5)
    assert isinstance(asked[0], AbortedError)


def test_a_review_has_the_diff(core: Core, git: Git) -> None:
    (core.workspace / "a.txt").write_text("one\nTWO\n")
    fake = core.provider([text("Fine.")], [text("Done.")])
    graff = core.graff(fake)
    prompt = graff.command_prompt("review", "Mind the capitals.")
    list(graff.chat(prompt))
    sent = "\n".join(sent_texts(turns_asked(fake)[0]))
    assert "+TWO" in sent and "-two" in sent and "Mind the capitals." in sent


def test_a_folder_is_described_by_an_ordinary_edit(core: Core) -> None:
    graff = core.graff(core.provider([]))
    assert "AGENTS.md" in graff.command_prompt("init")
