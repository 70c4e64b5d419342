"""What a sandbox moved comes whole or not at all."""

from __future__ import annotations

import pytest

from corestage import Core, Scripted, of_type
from grafftui import Graff
from grafftui.sandboxes.lasting import Sandbox

pytestmark = pytest.mark.needs("bubblewrap")

TEN = "".join(f"line {number}\n" for number in range(10))


@pytest.fixture
def opened(core: Core) -> tuple[Graff, Sandbox, Scripted]:
    (core.workspace / "ren.txt").write_text(TEN)
    (core.workspace / "other").write_text("other\n")
    (core.workspace / "empty").touch()
    (core.workspace / "d").mkdir()
    (core.workspace / "d" / "in.txt").write_text("in\n")
    approver = Scripted("accept")
    graff = core.graff(core.provider(), approver=approver)
    return graff, graff.create_sandbox(seed=True, delete_on_exit=True), approver


def brought(graff: Graff, sandbox: Sandbox) -> tuple[dict[str, str], str]:
    events = [*graff.bring_changes(sandbox.id)]
    (end,) = of_type(events, "ToolCallEnd")
    changed = {data["path"]: data["change"] for data in of_type(events, "FileChanged")}
    return changed, end["result"]["output"]["values"][0]["text"]


@pytest.mark.parametrize(
    "script",
    [
        "mv ren.txt renamed.txt",
        "mv ren.txt renamed.txt; sed -i 's/line 3/changed/' renamed.txt",
        "cp ren.txt renamed.txt; rm ren.txt",
    ],
)
def test_what_stays_there_is_not_removed_here(
    core: Core, opened: tuple[Graff, Sandbox, Scripted], script: str
) -> None:
    graff, sandbox, _ = opened
    sandbox.exec(f"{script}; rm other empty; touch new")
    (core.workspace / "renamed.txt").write_text("ours\n")
    (core.workspace / "new").write_text("ours, too\n")
    changed, words = brought(graff, sandbox)
    assert changed == {"other": "removed", "empty": "removed"}
    assert "Not brought: ren.txt: it was moved to renamed.txt, which is left out." in words
    assert (core.workspace / "ren.txt").read_text() == TEN
    (core.workspace / "renamed.txt").unlink()
    changed, _ = brought(graff, sandbox)
    assert changed == {"ren.txt": "removed", "renamed.txt": "created"}


def test_what_is_brought_under_another_name_is_removed(
    core: Core, opened: tuple[Graff, Sandbox, Scripted]
) -> None:
    graff, sandbox, _ = opened
    sandbox.exec("cp ren.txt one; mv ren.txt two")
    (core.workspace / "two").write_text("ours\n")
    assert brought(graff, sandbox)[0] == {"ren.txt": "removed", "one": "created"}


def test_what_stays_here_does_not_come_under_another_name(
    core: Core, opened: tuple[Graff, Sandbox, Scripted]
) -> None:
    graff, sandbox, approver = opened
    sandbox.exec("mv ren.txt renamed.txt; chmod +x renamed.txt; echo > new")
    (core.workspace / "ren.txt").write_text("ours\n")
    changed, words = brought(graff, sandbox)
    assert changed == {"new": "created"}
    assert "Not brought: renamed.txt: it was moved from ren.txt, which is left out." in words
    assert "makes renamed.txt executable" not in approver.requests[0].because


def test_a_file_in_place_of_a_folder_that_cannot_come_leaves_the_folder(
    core: Core, opened: tuple[Graff, Sandbox, Scripted]
) -> None:
    graff, sandbox, _ = opened
    sandbox.exec("rm -r d; echo > d")
    changed, words = brought(graff, sandbox)
    assert changed == {} and "d/in.txt (d was made of its folder and is left out)" in words
    assert (core.workspace / "d" / "in.txt").read_text() == "in\n"


def test_a_folder_in_place_of_a_file_that_stays_does_not_come(
    core: Core, opened: tuple[Graff, Sandbox, Scripted]
) -> None:
    graff, sandbox, _ = opened
    sandbox.exec("mv ren.txt gone; mkdir ren.txt; echo > ren.txt/inner")
    (core.workspace / "gone").write_text("ours\n")
    changed, words = brought(graff, sandbox)
    assert changed == {} and "ren.txt/inner (ren.txt stays, in place of its folder)" in words
    assert (core.workspace / "ren.txt").read_text() == TEN
