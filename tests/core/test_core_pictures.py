"""A picture that is read is seen by the model, in every wire format, and in later turns too."""

from __future__ import annotations

import base64

import pytest

from corestage import Core, answer_of, each_wire, of_type, sent_texts, turns_asked
from fakes.steps import status, text, tool

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))
PDF = b"%PDF-1.7\n" + bytes(range(40))


@each_wire
@pytest.mark.parametrize("content", [PNG, PDF], ids=["png", "pdf"])
def test_a_picture_is_seen(core: Core, wire: str, content: bytes) -> None:
    (core.workspace / "p").write_bytes(content)
    fake = core.provider([tool("read", {"file_path": "p"}, "c1")], [text("I see.")], [text("Yes.")])
    graff = core.graff(fake, wire)
    events = [*graff.chat("look")]
    encoded = base64.b64encode(content).decode()
    assert any(encoded in said for said in sent_texts(turns_asked(fake)[1]))
    conversation = of_type(events, "ConversationStarted")[0]["conversationId"]
    assert answer_of(graff.chat("and now?", conversation_id=conversation)) == "Yes."
    assert any(encoded in said for said in sent_texts(turns_asked(fake)[2]))


@each_wire
def test_a_model_that_cannot_see_is_asked_without(core: Core, wire: str) -> None:
    (core.workspace / "p").write_bytes(PNG)
    fake = core.provider(
        [tool("read", {"file_path": "p"}, "c1")],
        [status(400, {"error": {"message": "this model takes no images"}})],
        [text("I do not see it.")],
    )
    assert answer_of(core.graff(fake, wire).chat("look")) == "I do not see it."
    said = sent_texts(turns_asked(fake)[2])
    assert not any(base64.b64encode(PNG).decode() in one for one in said)
    assert any("cannot be sent pictures" in one for one in said)
