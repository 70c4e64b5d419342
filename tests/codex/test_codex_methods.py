"""Every group of methods, on the real program. What it cannot be asked here is refused as said."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest

from codexstage import SharedCodex
from fakes.steps import text
from grafftui.backends.codex import CodexRequestError, Thread, UnknownMethodError

pytestmark = [pytest.mark.needs("codex"), pytest.mark.each_codex]

FULL: dict[str, Any] = {"approval_policy": "never", "sandbox": "danger-full-access"}


def test_threads(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play(handler=lambda body: [text("Said.")])
    thread = Thread(client, client.thread_start(cwd=str(stage.workspace), **FULL))
    first, second = thread.run("a"), thread.run("b")

    thread.set_name("named")
    assert client.thread_read(thread.id)["thread"]["name"] == "named"
    assert len(client.thread_turns_list(thread.id, items_view="full")["data"]) == 2
    with suppress(UnknownMethodError):  # since 0.163
        listed = client.thread_items_list(thread.id, turn_id=first.id)["data"]
        assert listed[0]["turnId"] == first.id
    assert thread.id in client.thread_loaded_list()["data"]
    updated = client.thread_metadata_update(thread.id, git_info={"branch": "b"})["thread"]
    assert updated["gitInfo"]["branch"] == "b"
    with suppress(UnknownMethodError):  # since 0.163
        client.thread_revert(thread.id, second.id)
        assert len(client.thread_turns_list(thread.id)["data"]) == 1
    client.thread_goal_set(thread.id, objective="be done", status="paused")  # else a turn begins
    assert client.thread_goal_get(thread.id)["goal"]["objective"] == "be done"
    client.thread_goal_clear(thread.id)
    said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}
    client.thread_inject_items(thread.id, [said])
    client.thread_settings_update(thread.id, effort="low")
    feed = client.follow(thread.id)
    client.thread_shell_command(thread.id, "echo mine")
    outputs = (  # of a command that ends at once some is told with its end, some before
        one.item.get("aggregatedOutput") or one.params.get("delta")
        for one in feed.within(30, AssertionError("nothing was said of the command"))
    )
    assert next(said for said in outputs if said) == "mine\n"
    client.thread_unsubscribe(thread.id)
    thread.archive()
    archived = client.thread_list(archived=True)["data"]
    assert thread.id in [one["id"] for one in archived]
    client.thread_unarchive(thread.id)
    client.thread_delete(thread.id)
    assert thread.id not in [one["id"] for one in client.thread_list()["data"]]


def test_models_and_settings(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play()
    here = str(stage.workspace)
    assert client.model_list(include_hidden=True)["data"]
    with suppress(UnknownMethodError):  # since 0.169
        client.model_provider_list()
    client.account_login_start_api_key("sk-test-0000000000000000")
    client.account_logout()
    with pytest.raises(CodexRequestError):
        client.account_rate_limits_read()
    with pytest.raises(CodexRequestError):
        client.account_usage_read()
    with pytest.raises(CodexRequestError):
        client.account_login_start({"type": "inventedHere"})
    assert client.config_read(cwd=here)["config"]["model"] == "gpt-5.5"
    client.config_value_write("model_reasoning_effort", "low")
    edit = {"keyPath": "model_verbosity", "value": "low", "mergeStrategy": "replace"}
    client.config_batch_write([edit])
    assert client.config_read()["config"]["model_verbosity"] == "low"
    client.config_requirements_read()
    assert client.experimental_feature_list(limit=3)["data"]
    assert client.collaboration_mode_list()["data"]
    client.permission_profile_list(cwd=here)
    client.experimental_feature_enablement_set({})


def test_skills_plugins_and_servers(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play()
    here = str(stage.workspace)
    skill = stage.home / "skills" / "mine" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: mine\ndescription: Mine.\n---\nDo it.")
    (listed,) = client.skills_list([here], force_reload=True)["data"]
    assert "mine" in [one["name"] for one in listed["skills"]]
    assert client.skills_config_write(enabled=False, path=str(skill))["effectiveEnabled"] is False
    assert client.hooks_list([here])["data"]
    client.plugin_list([here])
    for method in (client.plugin_read, client.plugin_install):
        with pytest.raises(CodexRequestError, match="/nowhere"):
            method("mine", marketplace_path="/nowhere")
    client.plugin_uninstall("mine@nowhere")
    client.app_list(limit=1)
    assert client.mcp_server_status_list()["data"] == []
    client.mcp_server_refresh()
    with pytest.raises(CodexRequestError, match="MCP server"):
        client.mcp_server_oauth_login("nobody")
    with pytest.raises(CodexRequestError, match="MCP server"):
        client.mcp_server_resource_read("nobody", "test://nothing")
    client.external_agent_config_detect(cwds=[here])
    client.external_agent_config_import([])


def test_files(shared_codex: SharedCodex) -> None:
    stage, client = shared_codex.play()
    here = str(stage.workspace)
    (stage.workspace / "parser.py").write_text("pass\n")
    files = client.fuzzy_file_search("pars", [here])["files"]
    assert files[0]["file_name"] == "parser.py"

    everything = client.follow()
    assert client.fs_watch(here, "w")["path"] == here
    path = str(stage.workspace / "written")
    client.fs_write_file(path, b"bytes")
    assert base64.b64decode(client.fs_read_file(path)["dataBase64"]) == b"bytes"
    assert client.fs_get_metadata(path)["isFile"]
    client.fs_copy(path, path + "-2")
    client.fs_create_directory(str(stage.workspace / "made"))
    client.fs_remove(path)
    names = {one["fileName"] for one in client.fs_read_directory(here)["entries"]}
    assert {"written-2", "made"} <= names and "written" not in names
    client.fs_unwatch("w")
    client.fuzzy_file_search_session_start("s", [here])
    client.fuzzy_file_search_session_update("s", "writ")
    late = AssertionError("nothing was found")
    found = (
        one.params["files"]
        for one in everything.within(30, late)
        if one.method == "fuzzyFileSearch/sessionUpdated" and one.params["files"]
    )
    assert next(found)[0]["file_name"] == "written-2"
    client.fuzzy_file_search_session_stop("s")
    client.forget(everything)


def test_an_argument_that_is_misspelt_is_told(shared_codex: SharedCodex) -> None:
    _, client = shared_codex.play()
    begun: Any = client
    with pytest.raises(TypeError, match="unknown argument 'sanbox': there are model"):
        begun.thread_start(sanbox="read-only")
    with pytest.raises(TypeError, match="unknown argument 'modle'"):
        begun.turn_start("t", "hi", modle="m")
    with pytest.raises(TypeError, match="unknown argument 'thread_id': there are prompt"):
        begun.responses_create(prompt="x", thread_id="t")
    with pytest.raises(TypeError, match="unknown argument 'approval'"):
        next(begun.responses_events(prompt="x", approval="never"))


def test_what_is_unknown(shared_codex: SharedCodex) -> None:
    _, client = shared_codex.play()
    with pytest.raises(UnknownMethodError):
        client.request("thread/inventedHere", {"threadId": "x"})
