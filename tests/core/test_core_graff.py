"""What a `Graff` holds, it holds as long as its block."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from corestage import Core, answer_of
from fakes.steps import text
from grafftui import Graff
from grafftui.errors import StoreError


def test_it_is_closed_with_the_block(core: Core) -> None:
    fake = core.provider([text("Hello.")])
    with core.graff(fake) as graff:
        assert isinstance(graff, Graff)
        assert answer_of(graff.chat("hello")) == "Hello."
    with pytest.raises(StoreError):
        graff.list_conversations()


ASK = """
from grafftui import Graff
with Graff(provider="openai_compatible", model="fake-model") as graff:
    print(graff.run("hello").text)
"""


def test_a_script_leaves_nothing_open(core: Core) -> None:
    fake = core.provider([text("Hello.")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", ASK],
        cwd=core.workspace,
        env={**os.environ, "OPENAI_URL": fake.url, "OPENAI_API_KEY": "sk-test-0123456789abcdef"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == (b"Hello.\n", b"")
