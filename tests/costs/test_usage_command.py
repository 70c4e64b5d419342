"""`grafftui usage`."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest
from costs_helpers import DAY, Clock, asked, conversation, counted

from corestage import Command
from grafftui.history import Store
from grafftui.settings.paths import Paths


@pytest.fixture
def command(paths: Paths, tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(paths.data.parent, tmp_path_factory.mktemp("workspace"))


def test_figures_for_scripts_and_for_people(paths: Paths, command: Command) -> None:
    clock = Clock()
    with Store.open(paths) as store:
        asked(store, conversation(store), counted(1_000, 50, cached_tokens=250))
        asked(store, conversation(store, "/other", "n"), counted(cost=None, prompt_cost=None))
        today = store.ledger.today()
    with Store.open(paths, clock=clock) as store:
        clock.at -= 400 * DAY
        asked(store, conversation(store), counted(cost=77.0))
    done = command.run("usage", "--json", "--by", "model")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(row["name"], row["cost"], row["unpriced_requests"]) for row in found["usage"]] == [
        ("p/m", 1.0, 0),
        ("p/n", None, 1),
    ]
    assert found["usage"][0]["cached_share"] == 0.25
    assert found["today"] == {"day": today, "cost": 1.0, "tokens": 1_160}
    assert found["prices"]["source"] == f"genai-prices {version('genai-prices')}"
    everything = json.loads(command.run("usage", "--json", "--days", "1000").stdout)
    assert [row["cost"] for row in everything["usage"]] == [77.0, 1.0]
    shown = command.run("usage", "--by", "project").stdout.splitlines()
    assert [line.split()[0] for line in shown] == ["requests", "/w", "/other", "all", "today:"]
    assert "$1.0000" in shown[1]
    assert "not known" in shown[2]
    assert shown[-1] == "today: $1.00, 1,160 tokens"


def test_nothing_was_spent(command: Command) -> None:
    done = command.run("usage")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing was asked" in done.stderr


@pytest.mark.parametrize("wrong", ["0", "-1", "x", "99999999999999"])
def test_wrong_days(command: Command, wrong: str) -> None:
    done = command.run("usage", f"--days={wrong}")
    assert done.returncode == 2
    assert "must be a number" in done.stderr
