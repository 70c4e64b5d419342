"""A request says in which sandbox it would happen, and what its patch leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from grafftui.approvals import Ask, Confinement, FileEdit, Request
from grafftui.ui.live import Pending
from grafftui.ui.widgets.approval.open_request import OpenRequest
from grafftui.ui.widgets.approval.wording import facts, question, summary

SANDBOX = "sandbox:local:3f9a51c07be2"


def opened(**what: Any) -> OpenRequest:
    request = Request(**{"tool": "t", "subject": "s", "cwd": "/workspace", **what})
    return OpenRequest(Pending("1", request, Ask(("runs a command",)).to_wire()))


@pytest.mark.parametrize("kind", ["command", "edit", "read"])
def test_every_question_says_where(kind: str) -> None:
    asked = question(opened(kind=kind, executor=SANDBOX), 1, 1, "").plain
    assert asked.endswith("?  in the sandbox 3f9a51c07be2 (local)")
    assert "in the sandbox" not in question(opened(kind=kind), 1, 1, "").plain


def test_an_id_from_a_server_is_shown_as_it_is() -> None:
    asked = question(opened(kind="edit", executor="sandbox:gateway:a:b\x1b[2J"), 1, 1, "").plain
    assert "a:b␛[2J (gateway)" in asked


def test_what_holds_a_command_there() -> None:
    held = Confinement("local sandbox 3f9a51c07be2", "workspace-write", network=False)
    said = "\n".join(
        line.plain
        for line in facts(opened(kind="command", command="ls", executor=SANDBOX, confinement=held))
    )
    assert "in /workspace" in said
    assert "workspace-write, network off (local sandbox 3f9a51c07be2)" in said


def test_a_patch_says_what_it_leaves_out() -> None:
    because = "brings what the sandbox 3f9a changed: 1 file (+1 −0); LEFT OUT: a (it changed here)"
    edit = FileEdit("/shop/b", None, "00", "--- /dev/null\n+++ b/b\n@@ -0,0 +1,1 @@\n+b\n")
    shown = summary(opened(kind="edit", because=because, edits=(edit,), subject="b")).plain
    assert because in shown
