"""The list above the composer."""

from __future__ import annotations

from composer_host import Desk, Host
from textual.widgets import Static

from grafftui.ui.widgets.completions import Completion, Completions
from grafftui.ui.widgets.composer import Composer

ITEMS = [
    Completion("/new", "Start an empty conversation", "/new"),
    Completion("/help", "All keys", "/help"),
    Completion("/theme", "Dark, light, high contrast", "/theme"),
]


async def opened(desk: Desk) -> Completions:
    completions = Completions()
    await desk.app.mount(completions, before=desk.composer)
    desk.composer.popup = completions
    return completions


def chosen(app: Host) -> list[str]:
    return [said.value for said in app.said if isinstance(said, Completions.Chosen)]


async def test_it_lies_right_above_the_composer_and_moves_nothing(desk: Desk) -> None:
    completions = await opened(desk)
    transcript = desk.app.query_one("#transcript", Static).region
    await desk.type("/")
    completions.offer(ITEMS, "")
    await desk.pilot.pause()
    assert completions.region.bottom == desk.composer.region.y
    assert completions.size.height == 3
    assert desk.app.query_one("#transcript", Static).region == transcript
    lines = desk.screen_text()[-4:]
    assert [line.split()[0] for line in lines] == ["/new", "/help", "/theme", "›"]


async def test_it_stays_above_a_composer_that_grows(desk: Desk) -> None:
    completions = await opened(desk)
    await desk.press("a", "ctrl+j", "b", "space")
    await desk.type("@")
    completions.show(ITEMS, "")
    await desk.pilot.pause()
    assert completions.region.bottom == desk.composer.region.y


async def test_typing_narrows_and_enter_chooses(desk: Desk) -> None:
    completions = await opened(desk)
    await desk.type("/he")
    completions.offer(ITEMS, "he")
    await desk.press("enter")
    await desk.pilot.pause()
    assert chosen(desk.app) == ["/help"]
    assert not completions.is_open
    assert desk.composer.has_focus


async def test_up_and_down_go_round(desk: Desk) -> None:
    completions = await opened(desk)
    await desk.type("/")
    completions.offer(ITEMS, "")
    await desk.press("up", "tab")
    await desk.pilot.pause()
    assert chosen(desk.app) == ["/theme"]


async def test_nothing_that_fits_closes_it_and_enter_sends(desk: Desk) -> None:
    completions = await opened(desk)
    await desk.type("/zz")
    completions.offer(ITEMS, "zz")
    await desk.press("enter")
    assert isinstance(desk.app.said[-1], Composer.Submitted)
    assert not completions.is_open


async def test_a_click_chooses(desk: Desk) -> None:
    completions = await opened(desk)
    await desk.type("/")
    completions.offer(ITEMS, "")
    await desk.pilot.pause()
    await desk.pilot.click(Completions, offset=(5, 1))
    await desk.pilot.pause()
    assert chosen(desk.app) == ["/help"]


async def test_names_from_outside_are_harmless(desk: Desk) -> None:
    completions = await opened(desk)
    completions.show([Completion("[/red]\x1b[2J\u202ename", "de\x9btail\n", "x")], "red")
    await desk.pilot.pause()
    text = "".join(desk.screen_text())
    assert text.isprintable()
    assert r"[/red]\u{202e}name" in text
