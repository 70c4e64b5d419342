"""A program that writes all it finds below a directory writes what a rule says of files there."""

from __future__ import annotations

import pytest
from policy_stage import Stage, verdict

SRC = '[[rules]]\ndecision = "deny"\nwrite = "src/**"\n'
ALLOWED = (
    "black", "isort", "ruff format", "ruff check --fix", "ruff check", "gofmt -w", "gofmt",
    "prettier --write", "prettier", "cargo fmt", "eslint --fix", "python -m black", "go fmt",
)  # fmt: skip
RULES = SRC + "".join(f'[[rules]]\ndecision = "allow"\ncommand = "{words}"\n' for words in ALLOWED)


@pytest.fixture(autouse=True)
def folders(stage: Stage) -> None:
    for name in ("src", "lib"):
        (stage.workspace / name).mkdir(parents=True)
        (stage.workspace / name / "a.py").write_text("x\n")


@pytest.mark.parametrize(
    "command",
    ["black .", "black", "black src", "black ..", "black lib .", "python -m black .", "isort .",
     "ruff format .", "ruff format", "ruff format --line-length 100", "ruff check --fix .",
     "ruff check --fix", "gofmt -w .", "prettier --write .", "cargo fmt", "eslint --fix .",
     "go fmt ./...", "npx prettier --write .", "uv run black .", "bash -c 'black .'",
     "black \"$PWD\"", "tar xzf a.tgz", "tar -xf a.tar -C .", "unzip a.zip"],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["ask", "full"])
def test_r23_what_writes_all_below_a_directory_is_asked(
    stage: Stage, command: str, mode: str
) -> None:
    assert verdict(stage.policy(RULES, mode=mode), stage.command(command)) == "Ask"


@pytest.mark.parametrize(
    "command",
    ["black lib", "black lib/a.py", "black --check .", "black --diff .", "ruff check .",
     "ruff check", "ruff format lib", "prettier --check .", "gofmt -l .", "isort -c .",
     "cargo fmt --check", "go fmt ./lib/..."],
)  # fmt: skip
def test_r23_what_writes_elsewhere_or_nothing_is_not(stage: Stage, command: str) -> None:
    assert verdict(stage.policy(RULES, mode="ask"), stage.command(command)) == "Allow"


@pytest.mark.parametrize("command", ["tar czf a.tgz .", "tar tf a.tgz", "unzip -l a.zip", "ls ."])
def test_r23_what_packs_or_lists_is_not(stage: Stage, command: str) -> None:
    assert verdict(stage.policy(RULES, mode="full"), stage.command(command)) == "Allow"


@pytest.mark.parametrize(
    ("glob", "asked"),
    [("**/*.py", True), ("lib/gen/*.py", True), ("*.lock", True), ("**/.env", False),
     (".git/**", False), ("/etc/**", False), ("~/notes/**", False)],
)  # fmt: skip
def test_r23_hidden_files_and_those_elsewhere_are_not_meant(
    stage: Stage, glob: str, asked: bool
) -> None:
    rules = f'[[rules]]\ndecision = "deny"\nwrite = "{glob}"\n'
    policy = stage.policy(rules, mode="full")
    assert verdict(policy, stage.command("black .")) == ("Ask" if asked else "Allow")
