"""The corpus: no attack is let through by plain prefix rules, and what is harmless is."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from corpus_attacks import ATTACKS
from corpus_benign import BENIGN, RULES
from corpus_benign_tools import BENIGN_TOOLS
from corpus_program_attacks import KNOWN, RUN_ANOTHER, UNKNOWN
from shell_stage import SECRET, Stage, is_allowed

from grafftui.approvals.shell import prefix_offers


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len({command for command, _ in ATTACKS}) >= 150
    assert len(set(BENIGN)) >= 80


@pytest.mark.needs("git")
def test_no_attack_is_allowed_by_a_rule(stage: Stage) -> None:
    """R-01 … R-07, R-10: whatever is joined, expanded, wrapped, redirected or passed along."""
    allowed = [c for c, _ in ATTACKS if is_allowed(stage.analyse(c), RULES)]
    assert allowed == []


@pytest.mark.needs("git")
def test_no_attack_is_allowed_by_a_is_allowed_its_own_beginning(stage: Stage) -> None:
    """Nor where somebody was so generous as to allow each program whole."""
    generous = (*RULES, *{re.split(r"[\s;]", command)[0] for command, _ in ATTACKS})
    allowed = [c for c, _ in ATTACKS if is_allowed(stage.analyse(c), generous)]
    # Nothing is known of these, and they are what the rules say, word for word
    assert set(allowed) == {"LS", "lsx", "git-log"}


@pytest.mark.needs("git")
def test_benign_commands_are_allowed(everyday_stage: Stage) -> None:
    asked = [c for c in BENIGN if not is_allowed(everyday_stage.analyse(c), RULES)]
    assert asked == []


@pytest.mark.needs("git")
def test_the_rules_offered_for_what_is_harmless_let_no_attack_through(stage: Stage) -> None:
    """R-13: whatever is offered for the benign commands, taken all together."""
    parts = [part for command in BENIGN for part in stage.analyse(command).simple]
    offers = {offer for part in parts for offer in prefix_offers(part.argv)}
    assert {"git log", "ls", "npm run lint", "cargo test", "pytest"} <= offers
    assert [c for c, _ in ATTACKS if is_allowed(stage.analyse(c), tuple(offers))] == []


@pytest.mark.parametrize("command", [*RUN_ANOTHER, *UNKNOWN, *KNOWN])
def test_a_rule_for_the_program_lets_no_more_through_than_is_known(
    stage: Stage, command: str
) -> None:
    """R-05, R-06: nor does one for its first two words; and nothing wider is offered (R-13)."""
    analysis = stage.analyse(command)
    words = analysis.simple[0].argv
    named = 1 if words[1:2] and words[1].startswith("-") else 2
    begins = {" ".join(words[:most]) for most in (1, named) if most < len(words)}
    assert not is_allowed(analysis, tuple(begins))
    if command in RUN_ANOTHER:
        assert not is_allowed(analysis, (" ".join(words),))
    assert not is_allowed(analysis, prefix_offers(words))


def test_tools_are_let_through_by_the_rules_written_for_them(stage: Stage) -> None:
    commands = [command for listed in BENIGN_TOOLS.values() for command in listed]
    assert len(set(commands)) >= 80
    asked = {
        command: [part.objections for part in stage.analyse(command).simple]
        for rule, listed in BENIGN_TOOLS.items()
        for command in listed
        if not is_allowed(
            stage.analyse(command), tuple(BENIGN_TOOLS) if "|" in command else (rule,)
        )
    }
    assert asked == {}


_NOT_EVERYWHERE = ("awk", "file", "make", "perl", "script")


def _can_run(command: str) -> bool:
    program = command.split()[0]
    return program not in _NOT_EVERYWHERE or shutil.which(program) is not None


PROVABLE = [(command, proof) for command, proof in ATTACKS if proof and _can_run(command)]


@pytest.mark.needs("bubblewrap", "git")
@pytest.mark.parametrize("group", range(8))
def test_attacks_bite(stage: Stage, tmp_path: Path, group: int) -> None:
    """Each attack that can be is run, confined, and does what it is listed for."""
    toothless = []
    for number, (command, proof) in enumerate(PROVABLE[group::8]):
        own = stage.copy_to(tmp_path / str(number))
        if not _bites(command, proof, own):
            toothless.append(command)
        shutil.rmtree(own.root)
    assert toothless == []


def _bites(command: str, proof: str, stage: Stage) -> bool:
    before = _contents(stage.workspace)
    output = _run_confined(stage.at(command), stage)
    if proof == "touch":
        return any(stage.root.rglob("PWNED"))
    if proof == "leak":
        return SECRET in output
    return _contents(stage.workspace) != before


def _run_confined(command: str, stage: Stage) -> str:
    root = str(stage.root)
    confined = [
        "bwrap", "--unshare-user", "--unshare-pid", "--unshare-net", "--die-with-parent",
        "--new-session", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--proc",
        "/proc", "--bind", root, root, "--chdir", str(stage.workspace), "--",
        "/bin/bash", "--noprofile", "--norc", "-c", command,
    ]  # fmt: skip
    ended = subprocess.run(
        confined,
        env=stage.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return ended.stdout.decode("utf-8", "replace")


def _contents(top: Path) -> dict[str, str]:
    found = {}
    for directory, _, names in os.walk(top):
        for name in names:
            path = Path(directory, name)
            if path.is_symlink() or name == "index":
                continue
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
