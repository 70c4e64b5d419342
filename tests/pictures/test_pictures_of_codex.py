"""What a conversation with the real codex program looks like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from tour_stage import accept, prepare, say, session_of, settled, until

from codexinapp import patch
from codexstage import CodexStage, run
from fakes.steps import text
from grafftui.backends.demo.sample import make_sample_repository
from grafftui.settings.first_frame import FirstFrame
from grafftui.ui.app import GrafftuiApp
from grafftui.ui.options import Options
from grafftui.ui.themes import DARK

pytestmark = pytest.mark.needs("codex", "bubblewrap")

Snap = Callable[..., bool]

PATCH = """*** Begin Patch
*** Update File: basket.py
@@
-    return sum(int(price * (100 - discount) / 100) for price in prices)
+    cents = sum(prices) * (100 - discount)
+    return (cents + 50) // 100
*** End Patch
"""
SCRIPT = [
    [text("I run the tests first."), run("python3 -B -m unittest discover -s tests")],
    [text("Each price is cut to a whole cent **before** they are added."), patch(PATCH)],
]


def test_a_patch_is_asked_for(
    snap_compare: Snap,
    stages: Callable[..., CodexStage],
    on_path: Callable[[CodexStage], None],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path_factory.mktemp("person").resolve()
    prepare(monkeypatch, home)
    stage = stages(SCRIPT)
    on_path(stage)
    (home / "src").mkdir()
    project = make_sample_repository(Path(home, "src"))

    async def play(pilot: Pilot[int]) -> None:
        screen = session_of(pilot).session
        await until(pilot, lambda: screen.desk.reader and screen.desk.current.backend == "codex")
        await say(pilot, "The totals are wrong. Find out why.")
        await accept(pilot)
        await settled(pilot)

    options = Options(cwd=str(project), backend="codex", model="gpt-5.5")
    app = GrafftuiApp(options, FirstFrame(DARK, reduced_motion=True))
    assert snap_compare(app, terminal_size=(120, 40), run_before=play)
