"""`.forge.toml`, `forge.toml` and `FORGE_*`: what of them counts here, and what never does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corestage import Core, of_type, turns_asked
from fakes.steps import text, tool
from grafftui.settings import Settings, load_settings
from grafftui.settings.paths import Paths

THEIRS = """\
temperature = 0.4
max_tokens = 1000
max_requests_per_turn = 7
max_tool_failure_per_turn = 2
tool_timeout_secs = 12
generate_titles = false
restricted = true
top_p = 0.8

[session]
provider_id = "anthropic"
model_id = "claude-x"

[reasoning]
enabled = true
effort = "low"

[retry]
max_attempts = 8
status_codes = [429]

[compact]
retention_window = 4
eviction_window = 0.3
token_threshold = 9_000
token_threshold_percentage = 0.5
turn_threshold = 5
message_threshold = 100
max_tokens = 2000

[updates]
frequency = "never"
"""


@pytest.fixture
def theirs(home: Path) -> Path:
    """`~/.forge`."""
    folder = Path(os.environ["HOME"]) / ".forge"
    folder.mkdir()
    return folder


def loaded(**environ: str) -> tuple[Settings, list[str]]:
    settings, problems = load_settings(Paths.from_environment(), {**os.environ, **environ})
    return settings, list(map(str, problems))


def chosen(settings: Settings) -> dict[str, object]:
    return settings.model_dump(exclude_unset=True)


def test_all_that_has_a_counterpart(theirs: Path) -> None:
    (theirs / ".forge.toml").write_text(THEIRS)
    settings, problems = loaded()
    assert problems == []
    assert chosen(settings) == {
        "temperature": 0.4,
        "max_tokens": 1000,
        "max_requests_per_turn": 7,
        "max_tool_failure_per_turn": 2,
        "tool_timeout": 12,
        "titles": False,
        "mode": "ask",
        "provider": "anthropic",
        "model": "claude-x",
        "reasoning_effort": "low",
        "retry_attempts": 8,
        "compact": {
            "retention": 4,
            "eviction": 0.3,
            "token_threshold": 9_000,
            "share": 0.5,
            "turn_threshold": 5,
            "message_threshold": 100,
        },
    }


def test_which_counts_more(theirs: Path, core: Core) -> None:
    everywhere = "max_tokens = {0}\nretry.max_attempts = {0}\n"
    (theirs / "forge.toml").write_text("temperature = 0.1\n" + everywhere.format(1))
    (theirs / ".forge.toml").write_text("max_tool_failure_per_turn = 2\n" + everywhere.format(2))
    core.settings("tool_timeout = 3\nmax_tokens = 3\nretry_attempts = 3\n")
    settings, _ = loaded(FORGE_MAX_TOKENS="4")
    assert (settings.temperature, settings.max_tool_failure_per_turn) == (0.1, 2)
    assert (settings.tool_timeout, settings.retry_attempts, settings.max_tokens) == (3, 3, 4)


def test_variables() -> None:
    settings, (problem,) = loaded(
        FORGE_SESSION__PROVIDER_ID="openai",
        FORGE_SESSION__MODEL_ID="1234",
        FORGE_TEMPERATURE="0.5",
        FORGE_GENERATE_TITLES="false",
        FORGE_COMPACT__RETENTION_WINDOW="3",
        FORGE_MAX_TOKENS="many",
        FORGE_RETRY="x",
        FORGE_RETRY__MAX_ATTEMPTS="3",
        FORGE_TOOL_TIMEOUT_SECS="",
        FORGE_FOUNDRY_OF_SOMEBODY_ELSE="1",
    )
    assert chosen(settings) == {
        "provider": "openai",
        "model": "1234",
        "temperature": 0.5,
        "titles": False,
        "compact": {"retention": 3},
    }
    assert problem == "FORGE_*: max_tokens: must be a valid integer; the default is used"


def test_reasoning_that_is_off(theirs: Path) -> None:
    (theirs / ".forge.toml").write_text('[reasoning]\nenabled = false\neffort = "high"\n')
    assert loaded()[0].reasoning_effort == "none"


def test_nothing_is_allowed_by_it(theirs: Path) -> None:
    (theirs / ".forge.toml").write_text("restricted = false\n")
    assert loaded() == (Settings(), [])


def test_what_is_not_known_is_one_warning(theirs: Path) -> None:
    odd = '"\\u001b[2J" = 1\n' + "".join(f"x{n} = 1\n" for n in range(12))
    (theirs / ".forge.toml").write_text(odd + "[[providers]]\nid = 'mine'\n[compact]\nretain = 1\n")
    settings, (problem,) = loaded()
    assert settings == Settings()
    assert problem == (
        f"{theirs}/.forge.toml: not used by grafftui: '\\x1b[2J', x0, x1, x2, x3, x4, x5, x6, x7,"
        " x8 and 5 more"
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"temperature = = 1\n", "line 1, column 15: is not valid TOML (Invalid value)"),
        (b"\xff", "line 1: is not UTF-8"),
        (b"temperature = 9\n", "temperature: must be less than or equal to 2; the default is used"),
        (b"x = " + b"[" * 100_000, "is nested too deeply"),
        (b"session = 3\n", "not used by grafftui: session"),
    ],
    ids=["no TOML", "bytes", "value", "deep", "no table"],
)
def test_files_that_are_wrong(theirs: Path, content: bytes, complaint: str) -> None:
    (theirs / ".forge.toml").write_bytes(content)
    assert loaded() == (Settings(), [f"{theirs}/.forge.toml: {complaint}"])


def test_where_it_lies(theirs: Path, tmp_path: Path) -> None:
    (theirs / ".forge.toml").write_text("temperature = 0.1\n")
    assert loaded()[0].temperature == 0.1
    visible = theirs.with_name("forge")
    visible.mkdir()
    (visible / ".forge.toml").write_text("temperature = 0.2\n")
    assert loaded()[0].temperature == 0.2
    (tmp_path / "forge.toml").write_text("temperature = 0.3\n")
    assert loaded(FORGE_CONFIG=str(tmp_path))[0].temperature == 0.3


# -- a project's -----------------------------------------------------------------------------

WIDENING = """\
max_requests_per_turn = 2
max_tokens = 99_999
temperature = 1.5
restricted = true
services_url = "http://evil"

[session]
provider_id = "anthropic"
model_id = "dear"

[[providers]]
id = "mine"
"""


@pytest.mark.parametrize("name", [".forge.toml", "forge.toml"])
def test_a_trusted_project_lowers_limits_and_nothing_else(core: Core, name: str) -> None:
    (core.workspace / name).write_text(WIDENING)
    (core.workspace / "a").write_text("A\n")
    again = [tool("read", {"file_path": "a"})]
    fake = core.provider(again, again, again, [text("Done.")])
    core.settings("temperature = 0.5\n")
    graff = core.graff(fake)
    graff.project.trust(graff.project.state().contents)
    graff.close()
    events = list(core.graff(fake).chat("go"))
    assert events[-1].data == {"reason": {"kind": "MaxRequestPerTurnLimitReached", "limit": 2}}
    for asked in turns_asked(fake):
        assert (asked["temperature"], asked["model"]) == (0.5, "fake-model")
        assert 20_480 in asked.values()
    path = core.workspace / name
    assert [notice["text"] for notice in of_type(events, "Notice")] == [
        f"{path}: not used by grafftui: providers",
        f"{path}: not a project's to set, so that it is ignored: temperature, mode, provider,"
        " model",
    ]


def test_a_project_nobody_trusts_says_nothing(core: Core) -> None:
    (core.workspace / ".forge.toml").write_text("max_requests_per_turn = 1\n")
    (core.workspace / "a").write_text("A\n")
    fake = core.provider([tool("read", {"file_path": "a"})], [text("Done.")])
    assert core.graff(fake).run("go").status == "completed"


def test_a_trusted_project_with_a_broken_file(core: Core) -> None:
    path = core.workspace / "forge.toml"
    path.write_text("max_requests_per_turn = \n")
    fake = core.provider([text("Done.")])
    graff = core.graff(fake)
    graff.project.trust(graff.project.state().contents)
    graff.close()
    result = core.graff(fake).run("go")
    assert result.status == "completed"
    (notice,) = of_type(result.events, "Notice")
    assert notice["text"] == f"{path}: is not valid TOML; it changes nothing"
