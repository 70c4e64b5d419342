"""Secrets leave text, whole or in pieces, and nothing else does."""

from __future__ import annotations

import string
import threading
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grafftui.text.redact import RedactingStream, Redactor, looks_like_key, redact, secrets

ALNUM = string.ascii_letters + string.digits
BODY = (ALNUM * 4)[:200]
UPPER = "ABCDEFGH12345678"
PEM_LINE = (ALNUM + "+/")[:64]
PEM = f"""-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,0123456789ABCDEF

{PEM_LINE}
{PEM_LINE}
{PEM_LINE[:22]}==
-----END RSA PRIVATE KEY-----"""
PGP = f"""-----BEGIN PGP PRIVATE KEY BLOCK-----
Version: 2

{PEM_LINE}
{PEM_LINE[:30]}
=ab12
-----END PGP PRIVATE KEY BLOCK-----"""

KEYS = {
    f"sk-proj-{BODY[:100]}": "api-key",
    f"sk-{BODY[20:68]}": "api-key",
    f"sk-ant-api03-{BODY[:93]}AA": "anthropic-key",
    f"sk-or-v1-{BODY[:64]}": "openrouter-key",
    f"xai-{BODY[:80]}": "xai-key",
    f"gsk_{BODY[:52]}": "groq-key",
    f"csk-{BODY[:48]}": "cerebras-key",
    f"fw_{BODY[:24]}": "fireworks-key",
    f"nvapi-{BODY[:64]}": "nvidia-key",
    f"pplx-{BODY[:48]}": "perplexity-key",
    f"r8_{BODY[:37]}": "replicate-token",
    f"tgp_v1_{BODY[:43]}": "together-key",
    f"AIza{BODY[:35]}": "google-key",
    f"ya29.a0{BODY[:120]}": "google-token",
    f"ghp_{BODY[:36]}": "github-token",
    f"gho_{BODY[:36]}": "github-token",
    f"github_pat_{BODY[:22]}_{BODY[:59]}": "github-token",
    f"glpat-{BODY[:20]}": "gitlab-token",
    f"xoxb-123456789012-1234567890123-{BODY[:24]}": "slack-token",
    f"hf_{BODY[:34]}": "hugging-face-token",
    f"npm_{BODY[:36]}": "npm-token",
    f"pypi-{BODY[:100]}": "pypi-token",
    f"AKIA{UPPER}": "aws-key-id",
    f"eyJ{BODY[:30]}.eyJ{BODY[:60]}.{BODY[:43]}": "jwt",
    PEM: "private-key",
    PEM.replace("RSA ", "").replace("\n", "\\n"): "private-key",
    PEM.replace("RSA ", "OPENSSH ").replace("\n", "\r\n"): "private-key",
    PEM.replace("\n", "\n+"): "private-key",
    "\n".join(f"{n}:{line}" for n, line in enumerate(PEM.split("\n")))[2:]: "private-key",
    PGP: "private-key",
}

HEADERS = [
    ("Authorization: Bearer ", "abcdefgh.ijkl-mnop_qrst"),
    ("authorization: basic ", "dXNlcjpwYXNzd29yZA=="),
    ('"Authorization": "Bearer ', "abcdefghijkl"),
    ("AUTHORIZATION=", "abc123def456"),
    ("x-api-key: ", "abcdef1234567890"),
    ("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
]

INNOCENT = [
    "task-force-members-in-the-risk-management-office",
    "sk-fading-circle sk-loading-indicator-with-a-rather-long-name",
    "npm_config_cache npm_package_version hf_transfer xai-client",
    "eyJ is how base64 of a JSON object begins",
    "AKIA is a prefix; so is ASIA, and ASIAN is a word",
    "the authorization header is needed; Authorization: none; Authorization: Bearer $TOKEN",
    'headers = {"Authorization": f"Bearer {key}"}',
    "-----BEGIN CERTIFICATE-----\n" + PEM_LINE + "\n-----END CERTIFICATE-----",
    'if line == "-----BEGIN PRIVATE KEY-----": pass',
    "ghp_short glpat-short xoxb-1",
    "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    "",
]


@pytest.fixture
def redactor() -> Redactor:
    made = Redactor()
    made.add_secret("S3cr3t-Value-of-mine", "mine")
    made.add_secret("S3cr3t-Value-of-mine-which-is-longer", "longer")
    made.add_secret("mine and/or=yours", "odd")
    return made


def streamed(redactor: Redactor, pieces: Iterable[str]) -> str:
    stream = RedactingStream(redactor)
    return "".join([*map(stream.feed, pieces), stream.close()])


def two_pieces(text: str) -> Iterator[tuple[str, str]]:
    for at in range(len(text) + 1):
        yield text[:at], text[at:]


# -- whole text ----------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "label"), KEYS.items())
@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("KEY=", "\n"), ("see '", "', ok"), ("\n", " x")]
)
def test_keys_are_known_by_their_shape(key: str, label: str, before: str, after: str) -> None:
    assert redact(f"{before}{key}{after}") == f"{before}‹redacted:{label}›{after}"
    assert looks_like_key(f"{before}{key}{after}") == label


@pytest.mark.parametrize(("header", "value"), HEADERS)
def test_headers_lose_their_value_and_keep_their_name(header: str, value: str) -> None:
    assert redact(f"> {header}{value}\n") == f"> {header}‹redacted:authorization›\n"


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_text_is_left_alone(text: str) -> None:
    assert redact(text) == text
    assert looks_like_key(text) is None


def test_a_private_key_that_is_cut_off() -> None:
    cut = PEM[: PEM.index("==")]
    assert redact(f"{cut[:-22]}") == "‹redacted:private-key›\n"
    assert redact(f"{cut}\nand then") == "‹redacted:private-key›\nand then"


def test_several_keys_in_one_text() -> None:
    first, second = f"ghp_{BODY[:36]}", f"sk-ant-{BODY[:30]}"
    assert redact(f"{first} {second}\n{PEM}\n{PEM}") == (
        "‹redacted:github-token› ‹redacted:anthropic-key›\n"
        "‹redacted:private-key›\n‹redacted:private-key›"
    )


def test_known_secrets(redactor: Redactor) -> None:
    assert redactor.redact("a S3cr3t-Value-of-mine b") == "a ‹redacted:mine› b"
    assert redactor.redact("xS3cr3t-Value-of-minex") == "x‹redacted:mine›x"
    assert redactor.redact("S3cr3t-Value-of-mine" * 2) == "‹redacted:mine›" * 2
    assert redactor.redact("?k=mine%20and%2For%3Dyours&") == "?k=‹redacted:odd›&"
    assert redactor.redact("s3cr3t-value-of-mine") == "s3cr3t-value-of-mine"


def test_the_longest_secret_wins_and_overlaps_are_one(redactor: Redactor) -> None:
    assert redactor.redact("S3cr3t-Value-of-mine-which-is-longer") == "‹redacted:longer›"
    assert redactor.redact("S3cr3t-Value-of-mine and/or=yours") == "‹redacted:mine›"


def test_a_known_secret_inside_a_key_shape(redactor: Redactor) -> None:
    assert redactor.redact(f"sk-{BODY[:20]}-S3cr3t-Value-of-mine.") == "‹redacted:api-key›."


def test_what_is_too_short_to_be_a_secret_is_not_one() -> None:
    redactor = Redactor()
    redactor.add_secret("  local \n", "ollama")
    redactor.add_secret("", "nothing")
    assert redactor.redact("local") == "local"
    redactor.add_secret(" 12345678\n", "spaced")
    assert redactor.redact("a 12345678 b") == "a ‹redacted:spaced› b"


def test_a_label_cannot_carry_anything() -> None:
    redactor = Redactor()
    redactor.add_secret("12345678", "a\x1b[31m›b")
    assert redactor.redact("12345678") == "‹redacted:a--31m-b›"


def test_the_registry_of_the_process() -> None:
    secrets.add_secret("only-this-test-knows-it", "test")
    assert redact("<only-this-test-knows-it>") == "<‹redacted:test›>"
    assert looks_like_key("<only-this-test-knows-it>") == "test"


def test_secrets_are_added_while_text_is_redacted() -> None:
    redactor = Redactor()

    def add() -> None:
        for number in range(300):
            redactor.add_secret(f"secret-number-{number:04}", "n")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        redactor.redact("nothing to see here")
    assert redactor.redact("secret-number-0000 secret-number-0299") == "‹redacted:n› ‹redacted:n›"


# -- pieces --------------------------------------------------------------------------------

STREAMED = [
    *KEYS,
    *(f"{header}{value}" for header, value in HEADERS),
    "S3cr3t-Value-of-mine",
    "S3cr3t-Value-of-mine-which-is-longer",
    "S3cr3t-Value-of-mine and/or=yours",
    "Authorization: Bearer S3cr3t-Value-of-mine and",
    "Authorization: Bearer abcdef123-mine and more",
    *INNOCENT,
]


@pytest.mark.parametrize("secret", STREAMED)
def test_a_secret_split_anywhere(redactor: Redactor, secret: str) -> None:
    for text in (f"before {secret}\nafter", secret):
        whole = redactor.redact(text)
        for pieces in two_pieces(text):
            assert streamed(redactor, pieces) == whole, pieces
        assert streamed(redactor, text) == whole


FRAGMENTS = st.sampled_from(
    [
        f"sk-{BODY[:24]}", "sk-", "sk", f"AKIA{UPPER}", "AKIA", f"eyJ{BODY[:9]}", ".", ".eyJ", "-",
        "Authorization", ": ", "=", " Bearer ", "authorization=", '"', "abcdefgh1", "S3cr3t-Value",
        "-of-mine", "-which-is-longer", "S3cr3t", "mine and", "/or=yours", "mine%20and", "\n", " ",
        "-----BEGIN ", "RSA ", "PRIVATE KEY-----", "-----END ", "-----", PEM_LINE, "\\n", "12:",
        "+", "ghp_", "\r\n", "x", "1", "é", "‹", "(", "S3cr3t-Value-of-mine", BODY[:30],
        "Proc-Type: 4",
    ]
)  # fmt: skip


@settings(max_examples=600, deadline=None, database=None)
@given(st.lists(FRAGMENTS, max_size=14).map("".join), st.lists(st.integers(0, 400), max_size=8))
def test_pieces_give_what_the_whole_gives(text: str, cuts: list[int]) -> None:
    redactor = Redactor()
    redactor.add_secret("S3cr3t-Value-of-mine", "mine")
    redactor.add_secret("S3cr3t-Value-of-mine-which-is-longer", "longer")
    redactor.add_secret("mine and/or=yours", "odd")
    whole = redactor.redact(text)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert streamed(redactor, pieces) == whole
    assert streamed(redactor, text) == whole


def test_nothing_is_held_back_without_a_reason(redactor: Redactor) -> None:
    stream = RedactingStream(redactor)
    assert stream.feed("plain words, ") == "plain words, "
    assert stream.feed("a task-list, a sky, ") == "a task-list, a sky, "
    assert stream.feed("an authorization header. ") == "an authorization header. "
    assert stream.feed("see S3cr3t-Va") == "see "
    assert stream.feed("rious. ") == "S3cr3t-Various. "
    assert stream.feed("sk-learn") == ""
    assert stream.feed(" is fine") == "sk-learn is fine"
    assert stream.close() == ""


def test_a_finished_secret_is_given_at_once(redactor: Redactor) -> None:
    stream = RedactingStream(redactor)
    assert stream.feed(f"ghp_{BODY[:36]} ") == "‹redacted:github-token› "
    assert stream.feed(f"{PEM}\n") == "‹redacted:private-key›\n"


def test_what_is_held_back_is_bounded(redactor: Redactor) -> None:
    stream = RedactingStream(redactor)
    given_out = 0
    for _ in range(40):
        given_out += len(stream.feed("sk-" + "a" * 997))
    assert given_out > 25_000
    assert given_out + len(stream.close()) == 40_000


@pytest.mark.parametrize(
    ("start", "more", "end", "label"),
    [
        (f"sk-{BODY[40:70]}", "a" * 1_000, " after", "api-key"),
        ("Authorization: Bearer ", "a/b+c" * 200, "\nafter", "authorization"),
        ("-----BEGIN PRIVATE KEY-----\n", (PEM_LINE + "\n") * 15, ", after", "private-key"),
    ],
)
def test_a_secret_longer_than_what_is_held(start: str, more: str, end: str, label: str) -> None:
    given_out = streamed(Redactor(), [start, *[more] * 60, end])
    assert given_out.count("‹redacted:") == 1
    assert f"‹redacted:{label}›" in given_out
    assert "after" in given_out
    assert more[:30] not in given_out
    assert len(given_out) < 100


def test_one_huge_piece_that_ends_inside_a_secret(redactor: Redactor) -> None:
    stream = RedactingStream(redactor)
    first = stream.feed("x\n" * 500_000 + "S3cr3t-Val")
    assert first == "x\n" * 500_000
    assert stream.feed("ue-of-mine.") + stream.close() == "‹redacted:mine›."
