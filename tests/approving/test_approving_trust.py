"""Folder trust: asked once, nothing cut, and typing is no answer."""

from __future__ import annotations

import pytest

from approving.approving_stage import command, pending, staged
from grafftui.errors import UsageError
from grafftui.trust import Change, Changed, Contents, GovernedFile, Refused, Unknown
from session.session_stage import Begin

Patch = pytest.MonkeyPatch
AGENTS = GovernedFile("AGENTS.md", b"# Rules\n- never \xe2\x80\xae\x1b[2J ask\n")
LONG = GovernedFile("AGENTS.md", b"".join(b"rule %d\n" % number for number in range(200)))
REFUSED = (Refused(".grafftui/x.toml", "it is a link"),)


def folder(*files: GovernedFile) -> Contents:
    return Contents("/code/shop", "1:2", files, REFUSED)


async def test_what_would_be_loaded_is_shown_in_audit_mode(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.folder = Unknown(folder(AGENTS))
        await stage.screen.ask_for_trust()
        await session.until_seen(
            "Trust this folder?  /code/shop",
            "not loaded until you say so: AGENTS.md",
            "- never \\u{202e}␛[2J ask",
            "never loaded: .grafftui/x.toml: it is a link",
        )
        await stage.press("t")
        await session.until(lambda: stage.core.trusted == [folder(AGENTS)])
        await session.until(lambda: not stage.screen.query("TrustPanel.-open"))
        assert session.screen.composer.has_focus


async def test_what_changed_is_shown_as_a_diff(begin: Begin, monkeypatch: Patch) -> None:
    diff = "--- a/AGENTS.md\n+++ b/AGENTS.md\n@@ -1 +1 @@\n-ask first\n+never ask"
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.folder = Changed(folder(AGENTS), (Change("AGENTS.md", "changed", diff),), False)
        await stage.screen.ask_for_trust()
        await session.until_seen("Trust what changed here?", "AGENTS.md changed", "- ask first")


@pytest.mark.parametrize("keys", [["n"], ["enter"], ["f", "n"]], ids=" ".join)
async def test_not_now_trusts_nothing(begin: Begin, monkeypatch: Patch, keys: list[str]) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.folder = Unknown(folder(AGENTS))
        await stage.screen.ask_for_trust()
        await stage.press(*keys)
        await session.until(lambda: not stage.screen.query("TrustPanel.-open"))
        assert not stage.core.trusted
        await session.pilot.app.run_action("screen.command_trust")
        await session.until(lambda: stage.screen.query("TrustPanel.-open:focus"))


async def test_trust_stays_off_until_the_end_was_on_screen(
    begin: Begin, monkeypatch: Patch
) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.folder = Unknown(folder(LONG))
        await stage.screen.ask_for_trust()
        await stage.press("t")
        await session.until_seen("there is more")
        assert not stage.core.trusted
        await stage.press("end", "t")
        await session.until(lambda: stage.core.trusted)


async def test_typing_goes_on_into_the_composer(begin: Begin, monkeypatch: Patch) -> None:
    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.folder = Unknown(folder(AGENTS))
        await stage.screen.ask_for_trust()
        await stage.listening()
        await session.pilot.press("t", "o")
        await session.until(lambda: session.screen.composer.text == "to")
        assert session.screen.composer.has_focus and not stage.core.trusted
        await stage.ask(pending(command("ls")))
        await session.until_seen("Trust this folder?", "Run this command?")


async def test_what_cannot_be_trusted_is_said(begin: Begin, monkeypatch: Patch) -> None:
    def refuse(seen: Contents) -> None:
        raise UsageError("there is nothing to trust in /code/shop")

    async with begin(None) as session:
        stage = await staged(session, monkeypatch)
        stage.core.folder = Unknown(folder(AGENTS))
        await stage.screen.ask_for_trust()
        monkeypatch.setattr(stage.core, "trust", refuse)
        await stage.press("t")
        await session.until_seen("there is nothing to trust in /code/shop", "Trust this folder?")
