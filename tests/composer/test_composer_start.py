"""What the composer brings along to the first frame: next to nothing."""

from __future__ import annotations

import subprocess
import sys

_LISTS_WHAT_CAME = """
import sys
import textual.app
before = set(sys.modules)
import grafftui.ui.widgets.composer
import grafftui.ui.themes
print(*sorted(set(sys.modules) - before))
"""

LATER = {
    "grafftui.text",
    "grafftui.tools",
    "grafftui.ui.fuzzy",
    "grafftui.ui.widgets.completions",
    "markdown_it",
    "pydantic",
    "pygments",
    "textual.document",
    "textual.fuzzy",
    "textual.widgets._text_area",
}


def test_it_loads_its_own_modules_and_no_others() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LISTS_WHAT_CAME], capture_output=True, text=True, check=True
    )
    came = set(done.stdout.split())
    assert not came & LATER
    foreign = {name for name in came if not name.startswith("grafftui")}
    assert not foreign
    assert len(came) <= 20
