"""What a prompt mentions is sent with it; the prompt stays as it was typed."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from corestage import (
    Core,
    Following,
    Scripted,
    Waiting,
    each_wire,
    kept_entries,
    kept_messages,
    of_type,
    sent_texts,
    types,
)
from fakes.steps import status, text
from grafftui import AgentEvent
from grafftui.core import attachments

SECRET = "sk-proj-" + "a1B2c3D4e5F6" * 4


def attached(core: Core) -> list[str]:
    """What was attached, as it is kept."""
    return [body["text"] for body in kept_messages(core.home) if body.get("droppable")]


def notices(events: list[AgentEvent]) -> list[str]:
    return [data["text"] for data in of_type(events, "Notice")]


def picture() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\0\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


@each_wire
def test_files_lines_symbols_and_folders(core: Core, wire: str) -> None:
    code = "import os\n\ndef run():\n    return 1\n\nrun()\n"
    (core.workspace / "src").mkdir()
    (core.workspace / "src" / "a.py").write_text(code)
    (core.workspace / "b.txt").write_text(f"one\nkey {SECRET}\nthree\nfour\n")
    prompt = "look: @src/a.py @[b.txt:2:3] @[src/a.py#run] @[src] @nobody"
    fake = core.provider([text("Fine.")], [text("Fine.")])
    session = core.graff(fake, wire).session()
    events = [*session.send(prompt)]
    whole, lines, symbol, folder = attached(core)
    assert 'path="src/a.py"' in whole and "1:import os" in whole and "6:run()" in whole
    assert "1:one" not in lines and "3:three" in lines and "4:four" not in lines
    assert SECRET not in str(events) and SECRET not in str(fake.requests[0].body)
    assert "3:def run():\n4:    return 1\n</file>" in symbol and "1:import" not in symbol
    assert '<folder path="src">\na.py\n</folder>' in folder
    sent = "\n".join(sent_texts(fake.requests[0].body))
    assert sent.index(prompt) < sent.index(whole) < sent.index(folder)
    assert notices(events) == []
    shown = [entry[2] for entry in kept_entries(core.home)]
    assert shown[:3] == [prompt, "Attached src/a.py", "Attached b.txt:2-3"]
    session.run("and now?")
    assert whole in "\n".join(sent_texts(fake.requests[1].body))


@each_wire
def test_a_picture_is_seen(core: Core, wire: str) -> None:
    (core.workspace / "a.png").write_bytes(picture())
    fake = core.provider([text("A pixel.")])
    assert core.graff(fake, wire).run("what is @[a.png]").text == "A pixel."
    body = str(fake.requests[0].body)
    assert {"chat": "'image_url'", "responses": "'input_image'", "anthropic": "'image'"}[
        wire
    ] in body
    assert "iVBORw0KGgo" in body


def test_a_model_that_cannot_see_is_told_so(core: Core) -> None:
    (core.workspace / "a.png").write_bytes(picture())
    fake = core.provider([status(400, {"error": {"message": "no pictures"}})], [text("Blind.")])
    assert core.graff(fake).run("what is @a.png").text == "Blind."
    assert "The picture itself is left out" in str(fake.requests[1].body)


def test_what_cannot_be_attached_is_said(core: Core, tmp_path: Path) -> None:
    (core.workspace / ".env").write_text("A=1")
    (core.workspace / "a.py").write_text("x = 1\n")
    (core.home / "config").mkdir(parents=True)
    rule = '[[rules]]\ndecision = "deny"\nread = "**/.env"\n'
    (core.home / "config" / "policy.toml").write_text(rule)
    other = tmp_path / "other.txt"
    other.write_text("outside")
    prompt = f"@[none.py] @.env @[a.py#missing] @[a.py:9:2] @[{other}] @a.py"
    fake = core.provider([text("Fine.")])
    events = [*core.graff(fake).chat(prompt)]
    said = notices(events)
    assert len(said) == 5 and all(words.startswith("Not attached: ") for words in said)
    parts = ["none.py", ".env", "missing", "before", "other.txt"]
    for words, part in zip(said, parts, strict=True):
        assert part in words
    assert len(attached(core)) == 1 and "A=1" not in str(fake.requests[0].body)
    assert any(prompt in words for words in sent_texts(fake.requests[0].body))
    assert types(events)[-1] == "TaskComplete"


def test_outside_the_workspace_the_person_is_asked(core: Core, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("outside")
    fake = core.provider([text("Fine.")])
    approver = Scripted("accept")
    events = [*core.graff(fake, approver=approver).chat(f"see @[{other}]")]
    assert [request.subject for request in approver.requests] == [str(other)]
    assert types(events)[2:4] == ["ApprovalRequested", "ApprovalResolved"]
    assert "1:outside" in attached(core)[0]


def test_interrupted_while_asked(core: Core, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("outside")
    fake = core.provider([text("Fine.")])
    waiting = Waiting()
    graff = core.graff(fake, approver=waiting)
    following = Following(graff.chat(f"see @[{tmp_path}/other.txt]"))
    assert waiting.asked.wait(10)
    core.stop(following)
    assert fake.requests == [] and attached(core) == []


def test_there_is_an_end_to_it(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST", 3)
    monkeypatch.setattr(attachments, "MOST_CHARACTERS", 1_000)
    names = [f"{number}.txt" for number in range(5)]
    for name in names:
        (core.workspace / name).write_text("words\n" * 60)
    fake = core.provider([text("Fine.")])
    events = [*core.graff(fake).chat(" ".join(f"@{name}" for name in names))]
    assert notices(events) == [
        "Attached only in part, it is too long: 1.txt",
        "Not attached: 2.txt: there is no room left.",
        "Not attached: 2 more; 3 files at most.",
    ]
    assert sum(map(len, attached(core))) < 1_200
    assert "cut off here" in attached(core)[1]


def test_it_is_no_part_of_an_export_that_cannot_be_read_back() -> None:
    from grafftui.exports.shapes import check_message
    from grafftui.models import Picture, UserMessage

    shown = UserMessage("see", droppable=True, pictures=(Picture("image/png", "data:,x"),))
    check_message("user", shown.to_wire())
    elsewhere = UserMessage("see", pictures=(Picture("image/png", "https://a.org/b"),))
    with pytest.raises(ValueError, match="lies elsewhere"):
        check_message("user", elsewhere.to_wire())
