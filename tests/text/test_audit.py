"""Audit mode: nothing dropped, nothing hidden."""

from __future__ import annotations

import pytest
from audited import read_back
from hostile import CONTROL_PAYLOADS, UNICODE_PAYLOADS, forbidden_in_audit

from grafftui.text import SafeText
from grafftui.text.auditing import Span, audit, audit_spans


@pytest.mark.parametrize("single_line", [True, False])
@pytest.mark.parametrize("payload", [*CONTROL_PAYLOADS.values(), *UNICODE_PAYLOADS.values()])
def test_every_payload_is_shown_and_marked(payload: str, single_line: bool) -> None:
    text = f"rm {payload} x"
    shown, spans = audit_spans(text, single_line=single_line)
    assert isinstance(shown, SafeText)
    assert not forbidden_in_audit(shown)
    assert spans
    assert read_back(shown, spans) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git log", None),
        ("echo 'naïve — 漢字 ✓ ─────────'", None),
        ("", None),
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\x9b31mb\x7f", "a\\x9b31mb␡"),
        ("\x85я", "\\x85я"),
        ("a\tb\r\nc", "a␉b␍␊c"),
        ("a\nb", "a␊b"),
        ("a\xa0b\u2003c", "a\\u{a0}b\\u{2003}c"),
        ("👨\u200d👩 ⚠\ufe0f", "👨\\u{200d}👩 ⚠\\u{fe0f}"),
        ("می\u200cخ", "می\\u{200c}خ"),
        ("a       b", None),  # seven
        ("a        b", "a␠×8b"),
        ("a" + " " * 300 + "rm", "a␠×300rm"),
        ("a" + " " * 300 + "9", "a␠×299 9"),
        ("\n" * 40 + "rm", "␊×40rm"),
        ("\u200b" * 7, "\\u{200b}" * 7),
        ("\u200b" * 9 + "1", "\\u{200b}×8\\u{200b}1"),
        ("e" + "\u0301" * 8, None),
        ("e" + "\u0301" * 10, "e" + "\u0301" * 8 + "\\u{301}\\u{301}"),
        ("e" + "\u0301\u0302" * 5, "e" + "\u0301\u0302" * 4 + "\\u{301}\\u{302}"),
        # words that pass for other words
        ("pаypal", "p\\u{430}ypal"),
        ("аррӏе.com", "\\u{430}\\u{440}\\u{440}\\u{4cf}\\u{435}.com"),
        ("ср a b", "\\u{441}\\u{440} a b"),
        ("αdmin Νode", "\\u{3b1}dmin \\u{39d}ode"),
        ("ｒｍ １", "\\u{ff52}\\u{ff4d} \\u{ff11}"),
        ("𝐫𝐦 ﬁle", "\\u{1d42b}\\u{1d426} \\u{fb01}le"),
        ("файл.txt привет λόγος тест_one", None),
        ("日本語text", None),
        ("xтест", "x" + "".join(f"\\u{{{ord(char):x}}}" for char in "тест")),
        ("сdé", "\\u{441}dé"),
        ("éс", "é\\u{441}"),
        ("ﬁ\u115fя", "\\u{fb01}\\u{115f}я"),
        ("Αªя", "\\u{391}\\u{aa}\\u{44f}"),
    ],
)
def test_audit(text: str, shown: str | None) -> None:
    expected = text if shown is None else shown
    assert audit(text) == expected
    assert audit(expected) == expected
    result, spans = audit_spans(text)
    assert bool(spans) == (shown is not None)
    assert read_back(result, spans) == text


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        ("a\nb\n\nc\n", None),
        ("+            return x\n-            return y\n             z", None),
        ("            x", None),
        (" " * 40 + "x", None),
        (" " * 41 + "x", "␠×41x"),
        ("+" + " " * 41 + "x", "+␠×41x"),
        ("x" + " " * 8 + "y", "x␠×8y"),
        ("++" + " " * 8 + "y", "++␠×8y"),
        ("\tx\r\n", "␉x␍\n"),
        ("\n" * 40, None),
    ],
)
def test_a_block_keeps_its_lines_and_indentation(block: str, shown: str | None) -> None:
    expected = block if shown is None else shown
    assert audit(block, single_line=False) == expected
    assert audit(expected, single_line=False) == expected


def test_spans_say_what_is_wrong() -> None:
    shown, spans = audit_spans("a\x1b\u202e\xa0" + " " * 9 + "pаy")
    assert shown == "a␛\\u{202e}\\u{a0}␠×9p\\u{430}y"
    assert spans == [
        Span(1, 2, "control"),
        Span(2, 10, "invisible"),
        Span(10, 16, "space"),
        Span(16, 19, "space"),
        Span(19, 28, "mixed"),
    ]
