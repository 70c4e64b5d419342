"""`.mcp.json`: what is read, what is refused and how it is said, and where it is written."""

from __future__ import annotations

import json
import os
import stat
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corestage import Core
from grafftui.errors import GrafftuiError, SettingsError, UsageError
from grafftui.mcp import Server, read_servers
from grafftui.mcp.config import OAuth
from grafftui.mcp.names import LONGEST, legacy_name, tool_names

BOTH = """\
{"mcpServers": {
  "docs": {"command": "docs-mcp", "args": ["--stdio"], "env": {"LEVEL": "1"}, "timeout": 7},
  "shop": {"serverUrl": "https://shop.example/mcp", "disable": true,
           "headers": {"Authorization": "Bearer {{.env.TOKEN}}"},
           "oauth": {"clientId": "us", "clientSecret": "hush", "scopes": ["buy"]}}
}}"""


def test_servers_of_both_kinds_are_read() -> None:
    servers = read_servers(BOTH.encode(), "user", "mcp.json")
    assert servers["docs"] == Server(
        "docs", "user", "docs-mcp", ("--stdio",), (("LEVEL", "1"),), timeout=7
    )
    assert servers["docs"].argv == ("docs-mcp", "--stdio")
    shop = servers["shop"]
    assert (shop.url, shop.disable, shop.timeout) == ("https://shop.example/mcp", True, 300)
    assert shop.headers == (("Authorization", "Bearer {{.env.TOKEN}}"),)
    assert shop.oauth == OAuth("us", "hush", ("buy",))
    assert "hush" not in repr(servers) and "Bearer" not in repr(servers)
    assert read_servers(b"\xef\xbb\xbf{}", "user", "mcp.json") == {}


WRONG = {
    '{"servers": {}}': "line 1: servers is not known",
    '{"mcpServers":\n [1]}': "line 1: mcpServers has to be an object",
    '{"mcpServers": {"a":\n {"command": "x", "arg": []}}}': "line 2: mcpServers.a.arg is not known",
    '{"mcpServers": {"a": {"command": "x",\n "args": ["1",\n 2]}}}': "line 3: mcpServers.a.args[1]",
    '{"mcpServers": {"a": {}}}': "mcpServers.a has to have either",
    '{"mcpServers": {"a": {"command": "x", "url": "http://y/"}}}': "has to have either",
    '{"mcpServers": {"a": {"url":\n "ftp://y/"}}}': "line 1: mcpServers.a.url has to be an address",
    '{"mcpServers": {"a": {"url": "https://me:hush@y/"}}}': "must not hold a name or a password",
    '{"mcpServers": {"a": {"url": "-x"}}}': "mcpServers.a.url has to be an address",
    '{"mcpServers": {"a": {"url": "http://y/$(id)"}}}': "mcpServers.a.url has to be an address",
    '{"mcpServers": {"a": {"command": "x", "timeout": 0}}}': "mcpServers.a.timeout has to be",
    '{"mcpServers": {"a": {"command": "x", "timeout": true}}}': "mcpServers.a.timeout has to be",
    '{"mcpServers": {"a": {"command": "x", "disable": 1}}}': "mcpServers.a.disable has to be",
    '{"mcpServers": {"a": {"command": "x", "env": {"A=B": "1"}}}}': "mcpServers.a.env.A=B is no",
    '{"mcpServers": {"a": {"url": "http://y/", "headers": {"X": "1\\n2"}}}}': "text of one line",
    '{"mcpServers": {"a": {"url": "http://y/", "oauth": true}}}': "has to be false or an object",
    '{"mcpServers": {"a": {"url": "http://y/", "oauth": {"authUrl": "-rf"}}}}': "oauth.authUrl",
    '{"mcpServers": {"\\u001b[2J": {"command": "x"}}}': "is no name",
    '{"mcpServers": {"a": {"command": "x"},\n"a": {"command": "y"}}}': "line 2: mcpServers.a",
    '{"mcpServers":\n{"a": NaN}}': "NaN is no JSON",
    '{"mcpServers":\n{"a" 1}}': "line 2: this is no JSON",
    "[" * 100_000: "line 1: it nests too deep",
}


@pytest.mark.parametrize(("text", "words"), WRONG.items(), ids=range(len(WRONG)))
def test_what_cannot_be_meant_is_told_with_its_line_and_key(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_servers(text.encode(), "user", "/here/mcp.json")
    assert str(told.value).startswith("/here/mcp.json, line ")
    assert words in str(told.value)
    assert "hush" not in str(told.value) and str(told.value).isprintable()


def test_bytes_that_are_no_text_are_told_with_their_line() -> None:
    with pytest.raises(SettingsError, match="line 2: this is no UTF-8"):
        read_servers(b'{\n"\xff": 1}', "user", "mcp.json")
    with pytest.raises(SettingsError, match="1,048,576 bytes"):
        read_servers(b" " * (1 << 20) + b"{}", "user", "mcp.json")


@settings(max_examples=25, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
))  # fmt: skip
def test_whatever_json_there_is_is_read_or_refused(value: object) -> None:
    for said in (value, {"mcpServers": {"a": value}}, {"mcpServers": {"a": {"command": value}}}):
        try:
            read_servers(json.dumps(said, indent=1).encode(), "user", "mcp.json")
        except SettingsError as error:
            assert "line " in str(error)


ODD = st.text(alphabet=string.ascii_letters + "_- \x1b\u202e/.", max_size=90)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ODD, ODD), max_size=8))
def test_names_before_a_model_are_plain_short_and_each_another(
    tools: list[tuple[str, str]],
) -> None:
    names = tool_names(tools)
    assert set(names) == set(tools)
    assert len(set(names.values())) == len(names)
    for name in [*names.values(), *(legacy_name(*pair) for pair in tools)]:
        assert len(name) <= LONGEST and not set(name) - set(string.ascii_lowercase + "0123456789_-")


def test_the_name_of_an_ordinary_tool_says_whose_it_is() -> None:
    assert tool_names([("docs", "find")]) == {("docs", "find"): "mcp_docs_tool_find"}
    assert legacy_name("docs", "find") == "mcp__docs__find"
    two = tool_names([("a", "b_tool_c"), ("a_tool_b", "c")])  # would be the same
    assert len(set(two.values())) == 2 and "mcp_a_tool_b_tool_c" not in two.values()


def test_a_file_is_written_whole_and_read_again(core: Core) -> None:
    graff = core.graff(core.provider())
    assert graff.read_mcp_config() == {"mcpServers": {}} == graff.read_mcp_config("user")
    config = json.loads(BOTH)
    graff.write_mcp_config("user", config)
    path = core.home / "config" / "mcp.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert graff.read_mcp_config("user") == config == graff.read_mcp_config()
    assert graff.read_mcp_config("local") == {"mcpServers": {}}
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="has to have either"):
        graff.write_mcp_config("user", {"mcpServers": {"a": {}}})
    with pytest.raises(SettingsError, match="is no JSON"):
        graff.write_mcp_config("user", {"mcpServers": {1, 2}})
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="no scope"):
        graff.read_mcp_config("global")  # type: ignore[arg-type]


def test_the_workspace_has_a_say_only_while_it_is_trusted_as_it_is(core: Core) -> None:
    graff = core.graff(core.provider())
    graff.write_mcp_config("user", {"mcpServers": {"docs": {"command": "mine"}}})
    graff.write_mcp_config("local", {"mcpServers": {"docs": {"command": "theirs"}}})
    assert graff.read_mcp_config("local")["mcpServers"]["docs"] == {"command": "theirs"}
    assert graff.read_mcp_config()["mcpServers"]["docs"] == {"command": "mine"}
    assert [health.server.command for health in graff.mcp.health()] == ["mine"]
    graff.project.trust(graff.project.state().contents)  # type: ignore[union-attr]
    assert graff.read_mcp_config()["mcpServers"]["docs"] == {"command": "theirs"}
    assert [health.server.command for health in graff.mcp.health()] == ["theirs"]
    (core.workspace / ".mcp.json").write_text('{"mcpServers": {"docs": {"command": "other"}}}')
    assert graff.read_mcp_config()["mcpServers"]["docs"] == {"command": "mine"}
    assert [health.server.command for health in graff.mcp.health()] == ["mine"]


def test_what_is_no_file_is_not_opened(core: Core) -> None:
    graff = core.graff(core.provider())
    os.mkfifo(core.workspace / ".mcp.json")
    with pytest.raises(SettingsError, match="is no file"):
        graff.read_mcp_config("local")
    (core.workspace / ".mcp.json").unlink()
    (core.workspace / ".mcp.json").symlink_to("/etc/passwd")
    with pytest.raises(GrafftuiError, match="cannot read"):
        graff.read_mcp_config("local")
    (core.workspace / "mine.json").write_text(BOTH)
    (core.home / "config").mkdir(exist_ok=True)
    (core.home / "config" / "mcp.json").symlink_to(core.workspace / "mine.json")
    assert set(graff.read_mcp_config("user")["mcpServers"]) == {"docs", "shop"}
