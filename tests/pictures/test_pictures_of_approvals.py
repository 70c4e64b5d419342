"""What it looks like to be asked: commands in their parts, wider answers, hunks, trust, rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from tour_stage import NOW, Scene, opened, session_of, settled, until

from approving.approving_stage import (
    AFTER,
    BEFORE,
    COMPOUND,
    SESSION_OFFER,
    Core,
    a_held_policy,
    a_policy,
    command,
    edit,
    pending,
)
from grafftui.approvals import Confinement
from grafftui.approvals.grants import Grant, GrantRule
from grafftui.approvals.rules import Rule
from grafftui.approvals.smallest import SmallestGrant
from grafftui.core.attempts import Attempt
from grafftui.trust import Change, Changed, Contents, GovernedFile, Unknown
from grafftui.ui.app import GrafftuiApp
from grafftui.ui.live import Pending
from grafftui.ui.themes import CONTRAST, DARK, LIGHT

Snap = Callable[..., bool]
Tour = Callable[[str], GrafftuiApp]
Step = Callable[[Pilot[int], Core], Awaitable[None]]

SIZES = [(40, 10), (80, 24), (120, 40), (240, 60)]
sizes = pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)

NETWORK = Confinement("bubblewrap", "workspace-write", network=True)
FREE = replace(
    command("pip install requests", confinement=None, description="Install the HTTP library"),
    kind="unsandboxed",
    because="it wants the network, which the sandbox does not give",
)
DENIED = (
    Attempt(
        2, NOW, 3, "shell", "pip install requests", "", "network is off: pypi.org", "declined",
        SmallestGrant(scopes=("times", "session", "project"), words="exactly pip install requests"),
    ),
    Attempt(
        1, NOW, 1, "shell", "ls ~/.ssh", "", "secrets are hidden: ~/.ssh", "denied",
        SmallestGrant(words="asked each time: nothing would hold the command"),
    ),
)  # fmt: skip
LONG = "\n".join(f"echo step {number} && sleep {number}" for number in range(1, 200))
AGENTS = b"# Rules of the house\n\n- Run `make check` before you say that you are done.\n"
FOLDER = Contents(
    "/code/shop",
    "1:2",
    (
        GovernedFile(".mcp.json", b'{"servers": {"docs": {"command": "npx", "args": ["docs"]}}}\n'),
        GovernedFile("AGENTS.md", AGENTS),
    ),
    (),
)


def works(pilot: Pilot[int], names: tuple[str, ...]) -> bool:
    """Whether a worker of one of these names is at it."""
    return any(worker.name in names for worker in pilot.app.workers)


def scene(*steps: Step) -> Scene:
    """The tour, not begun, with requests before it."""

    async def play(pilot: Pilot[int]) -> None:
        await opened(pilot)
        screen = session_of(pilot).session
        screen.composer.load("")
        for names in (("_open",), ("_core_opened",)):  # they ask the real core
            await until(pilot, lambda names=names: not works(pilot, names))
            await pilot.pause()
        core = Core()
        screen._approvals = core
        screen.look_at_panel()
        for step in steps:
            await step(pilot, core)
        await settled(pilot)

    return play


def asking(*asked: Pending) -> Step:
    """A step: requests come, and the first gets the focus."""

    async def ask(pilot: Pilot[int], core: Core) -> None:
        screen = session_of(pilot).session
        current = screen.desk.current
        current.pending += asked
        current.phase = "waiting"
        await screen.show_request()
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.focused is screen.query_one("ApprovalPanel"))

    return ask


def pressing(*keys: str) -> Step:
    """A step: press keys, each for itself."""

    async def press(pilot: Pilot[int], core: Core) -> None:
        for key in keys:
            for panel in pilot.app.screen.query("ApprovalPanel, TrustPanel"):
                panel._deaf_until = panel._last_key_at = 0.0  # type: ignore[attr-defined]
            await pilot.press(key)
            panels = list(pilot.app.screen.query("ApprovalPanel, TrustPanel"))
            await until(pilot, lambda panels=panels: not any(one._held for one in panels))
            await pilot.pause()

    return press


@sizes
def test_a_compound_command(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(asking(pending(command(description="Clean and test"), COMPOUND)))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


@pytest.mark.parametrize("theme", [LIGHT, CONTRAST])
def test_a_compound_command_in_other_colours(snap_compare: Snap, tour: Tour, theme: str) -> None:
    play = scene(asking(pending(command(), COMPOUND)))
    assert snap_compare(tour(theme), terminal_size=(100, 30), run_before=play)


def test_without_colours(snap_compare: Snap, tour: Tour, monkeypatch: pytest.MonkeyPatch) -> None:
    play = scene(asking(pending(command(), COMPOUND)))
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(tour(DARK), terminal_size=(100, 30), run_before=play)


@sizes
def test_the_wider_answers(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(asking(pending(command(), COMPOUND)), pressing("end", "w", "down", "down"))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


@pytest.mark.parametrize("size", SIZES[:3], ids="{0[0]}x{0[1]}".format)
def test_out_of_the_sandbox(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(asking(pending(FREE)))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


@sizes
def test_hunks(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(asking(pending(edit(), SESSION_OFFER)), pressing("n", "space"))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


def test_an_edited_hunk(snap_compare: Snap, tour: Tour) -> None:
    async def write(pilot: Pilot[int], core: Core) -> None:
        await until(pilot, lambda: pilot.app.screen.query("HunkDraft"))
        await pilot.press("down", "end", *"!!", "ctrl+s")
        await until(pilot, lambda: pilot.app.screen is session_of(pilot).session)

    play = scene(asking(pending(edit(), SESSION_OFFER)), pressing("e"), write)
    assert snap_compare(tour(DARK), terminal_size=(100, 40), run_before=play)


@pytest.mark.parametrize("size", SIZES[:3], ids="{0[0]}x{0[1]}".format)
def test_the_editor_of_a_hunk(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(asking(pending(edit(), SESSION_OFFER)), pressing("e"))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


@sizes
def test_an_edit_on_a_screen_of_its_own(
    snap_compare: Snap, tour: Tour, size: tuple[int, int]
) -> None:
    asked = pending(edit(BEFORE, AFTER.replace("line 4", "line four")), SESSION_OFFER)
    play = scene(asking(asked), pressing("f"))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


@pytest.mark.parametrize("size", SIZES[:3], ids="{0[0]}x{0[1]}".format)
def test_a_long_command(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(asking(pending(command(LONG, confinement=NETWORK))), pressing("f"))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


def test_a_request_of_another_conversation(snap_compare: Snap, tour: Tour) -> None:
    async def other(pilot: Pilot[int], core: Core) -> None:
        from grafftui.ui.live import LiveConversation

        screen = session_of(pilot).session
        live = LiveConversation(id="other", title="Fix the flaky test", phase="waiting")
        live.pending = [pending(command(), COMPOUND)]
        screen.desk._live["other"] = live
        await screen.show_request()
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.query("ApprovalPanel.-open:focus"))
        screen._draw_status()

    assert snap_compare(tour(DARK), terminal_size=(100, 30), run_before=scene(other))


# -- trust ---------------------------------------------------------------------------------


def trusting(state: Unknown | Changed) -> Step:
    async def ask(pilot: Pilot[int], core: Core) -> None:
        core.folder = state
        await pilot.app.run_action("screen.command_trust")
        await until(pilot, lambda: pilot.app.screen.query("TrustPanel.-open:focus"))

    return ask


@sizes
def test_an_unknown_folder(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(trusting(Unknown(FOLDER)))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)


def test_a_folder_that_changed(snap_compare: Snap, tour: Tour) -> None:
    diff = "--- a/AGENTS.md\n+++ b/AGENTS.md\n@@ -1,2 +1,2 @@\n # Rules\n-- ask first\n+- never ask"
    state = Changed(FOLDER, (Change("AGENTS.md", "changed", diff),), False)
    play = scene(trusting(state), pressing("f"))
    assert snap_compare(tour(DARK), terminal_size=(100, 30), run_before=play)


# -- modes, rules, sandbox -----------------------------------------------------------------


def a_grant(words: str, **more: object) -> Grant:
    known: dict[str, object] = {
        "id": words, "rule": GrantRule("prefix", ("npm", "test")), "scope": "session",
        "conversation_id": "", "workspace": "/code/shop", "uses_left": None,
        "expires_at": None, "created_at": NOW, "words": words,
    }  # fmt: skip
    return Grant(**(known | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES[:3], ids="{0[0]}x{0[1]}".format)
def test_rules_and_grants(
    snap_compare: Snap, tour: Tour, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    stopped = SimpleNamespace(time=lambda: NOW)
    monkeypatch.setattr("grafftui.ui.screens.rules.time", stopped)

    async def open_rules(pilot: Pilot[int], core: Core) -> None:
        core.granted = [
            a_grant("npm test with any arguments, in ~/shop"),
            a_grant("changes to files in ~/shop", scope="minutes", expires_at=NOW + 540),
            a_grant("curl https://example.org", scope="times", uses_left=2),
            a_grant("git status with any arguments", scope="always", workspace=""),
        ]
        core.ruled = [
            Rule("deny", "command", "git push --force", "policy.toml entry 1", "ask Ada first"),
            Rule("allow", "write", "src/**", "policy.toml entry 2"),
        ]
        await pilot.app.run_action("screen.command_rules")
        await until(pilot, lambda: pilot.app.screen.query("RuleList"))

    assert snap_compare(tour(DARK), terminal_size=size, run_before=scene(open_rules))


def test_the_modes(snap_compare: Snap, tour: Tour) -> None:
    async def open_modes(pilot: Pilot[int], core: Core) -> None:
        await pilot.press("f7")
        await until(pilot, lambda: pilot.app.screen.query("PickerList"))

    assert snap_compare(tour(DARK), terminal_size=(100, 24), run_before=scene(open_modes))


@pytest.mark.parametrize("proven", [True, False])
def test_the_panel_says_how_commands_are_held(snap_compare: Snap, tour: Tour, proven: bool) -> None:
    home = Path.home()
    held = a_held_policy(masked=(str(home / ".ssh"), str(home / ".aws")), rules=(("deny", 2),))
    none = a_policy(why_not="bubblewrap cannot make namespaces here: Operation not permitted")

    async def show(pilot: Pilot[int], core: Core) -> None:
        core.held = held if proven else none
        core.denied = [*DENIED] if proven else []
        core.modes[None] = "sandboxed" if proven else "full"
        screen = session_of(pilot).session
        screen.desk.current.id = "one"
        screen.show_holding()
        screen.look_at_panel()
        wanted = "workspace-write" if proven else "no namespaces"
        panel = screen.drawn.side_panel
        await until(pilot, lambda: "2 denied" in panel.drawn().plain or not proven)
        await until(pilot, lambda: "✗ none" in panel.drawn().plain or proven, wanted)

    assert snap_compare(tour(DARK), terminal_size=(150, 24), run_before=scene(show))
