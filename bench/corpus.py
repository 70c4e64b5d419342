"""A history of many conversations, written fast: `python -m bench.corpus FOLDER [CONVERSATIONS]`.

The rows are those of the real schema, written in bulk; the search index is built by grafftui's own
code. Each conversation has two turns and ten messages. The words are those of Python's own
language reference, so they are as common and as rare as words are; between them stand identifiers,
paths, Chinese and Japanese. The same number of conversations is always the same history, but for
its dates: it ends now, and goes back two years.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from grafftui.history import Store
from grafftui.settings.paths import Paths

CONVERSATIONS = 100_000
MESSAGES = 10
"""Of each conversation."""
LONGEST = 10_000
"""Entries of the longest conversation, which comes on top."""
OUTPUT = 40_000
"""Characters of each of its 2,500 tool outputs."""
TITLE_OF_LONGEST = "The longest conversation of all"

_FOLDERS = 40
_YEARS = 2 * 365 * 86400.0
_CHUNK = 2_000
"""Conversations written in one transaction."""
_EAST = (
    "请修复登录页面的按钮。数据库连接超时,需要重试。配置文件在哪里?测试全部通过了。",
    "このファイルを読んでください。東京タワーの写真を表示する関数を書き直しました。",
    "エラーが発生しました。設定を確認してから、もう一度実行します。",
    "버튼을 추가하고 테스트를 실행했습니다. 데이터베이스 연결이 끊어졌습니다.",
)
_MODELS = (
    ("anthropic", "claude-opus-4-7"),
    ("openai", "gpt-5.2"),
    ("openai_compatible", "qwen3-coder"),
)
_TOOLS = ("read", "shell", "fs_search", "patch", "write")

Rows = dict[str, list[tuple[object, ...]]]


class Words:
    """Texts of any kind, the same for the same seed."""

    def __init__(self, rng: random.Random) -> None:
        from pydoc_data.topics import topics

        self._rng = rng
        self.prose = re.sub(r"\s+", " ", " ".join(topics.values()))
        words = sorted(set(re.findall(r"[a-z]{4,9}", self.prose)))
        self.identifiers = [self._identifier(words) for _ in range(30_000)]

    def _identifier(self, words: list[str]) -> str:
        parts = self._rng.sample(words, self._rng.choice((2, 2, 3)))
        if self._rng.random() < 0.5:
            return "_".join(parts)
        return parts[0] + "".join(map(str.capitalize, parts[1:]))

    def said(self, length: int) -> str:
        """Prose of about so many characters, with a name or two in it."""
        rng = self._rng
        at = rng.randrange(len(self.prose) - length)
        text = self.prose[at : at + length]
        if rng.random() < 0.1:
            east = rng.choice(_EAST)
            text += " " + east[rng.randrange(len(east) // 2) :]
        return f"{text} {self.name()} {self.path()}"

    def name(self) -> str:
        """An identifier; few of them often, most of them rarely."""
        return self.identifiers[int(len(self.identifiers) * self._rng.random() ** 3)]

    def path(self) -> str:
        """A file of a project."""
        return f"src/{self.name()}/{self.name()}.py"

    def output(self, length: int) -> str:
        """What a tool prints."""
        lines = []
        while length > 0:
            line = f"{self.path()}:{self._rng.randrange(900)}: {self.said(60)}"
            lines.append(line)
            length -= len(line) + 1
        return "\n".join(lines)


def write(folder: Path, conversations: int, *, longest: int = 0, seed: int = 4) -> None:
    """Write a history into `folder`, as its GRAFFTUI_HOME, without the search index.

    Args:
        longest: Entries of one conversation more; 0 for none.
    """
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(folder)})
    with Store.open(paths):
        pass  # makes the tables
    for number in range(_FOLDERS):
        project(folder, number).mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    history = _History(folder, Words(rng), rng, conversations)
    connection = sqlite3.connect(paths.database, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    for first in range(0, conversations, _CHUNK):
        for number in range(first, min(first + _CHUNK, conversations)):
            history.add(number)
        history.flush(connection)
    if longest:
        history.add_longest(longest)
        history.flush(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def project(folder: Path, number: int) -> Path:
    """A workspace of the history in `folder`: the lower its number, the more was said there."""
    return folder / "work" / f"project-{number:02}"


def index(folder: Path) -> int:
    """Build the search index of the history in `folder`. Returns how many entries it has."""
    with Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(folder)})) as store:
        store.search_index.close()  # without its thread it does not rest between two steps
        return store.search_index.catch_up()


class _History:
    """Rows that wait to be written."""

    def __init__(self, folder: Path, words: Words, rng: random.Random, conversations: int) -> None:
        self._folder = folder
        self._words = words
        self._rng = rng
        self._begin = time.time() - _YEARS
        self._step = _YEARS / max(conversations, 1)
        self._conversation = self._turn = 0
        self._rows: Rows = {}

    def add(self, number: int) -> None:
        """One conversation of two turns."""
        rng = self._rng
        at = self._begin + number * self._step
        where = project(self._folder, int(_FOLDERS * rng.random() ** 2))
        id = self._open(where, self._words.said(30)[:40], at)
        ordinal = self._say(id, 0, calls=2, output=rng.choice((100, 300, 1000)), at=at)
        self._say(id, ordinal, calls=1, output=200, at=at + 60)

    def add_longest(self, entries: int) -> None:
        """One conversation of so many entries, four in each turn."""
        at = self._begin + _YEARS
        id = self._open(project(self._folder, 0), TITLE_OF_LONGEST, at)
        ordinal = 0
        while ordinal < entries:
            ordinal = self._say(id, ordinal, calls=1, output=OUTPUT, at=at)

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write the rows, all or none."""
        connection.execute("BEGIN")
        for table, rows in self._rows.items():
            columns, _, slots = table.partition(":")
            connection.executemany(f"INSERT INTO {columns} VALUES ({slots})", rows)
        connection.execute("COMMIT")
        self._rows = {}

    def _put(self, table: str, columns: str, *values: object) -> None:
        key = f"{table} ({columns}):{', '.join('?' * len(values))}"
        self._rows.setdefault(key, []).append(values)

    def _open(self, workspace: Path, title: str, at: float) -> str:
        self._conversation += 1
        id = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        provider, self._model = self._rng.choice(_MODELS)
        self._put(
            "conversations",
            "id, title, workspace, backend, agent, provider, model, state, activity, created_at,"
            " updated_at",
            *(id, title, str(workspace), "graff", "forge", provider, self._model, "done"),
            *(self._conversation, at, at),
        )
        return id

    def _say(self, id: str, ordinal: int, *, calls: int, output: int, at: float) -> int:
        """A turn: a prompt, an answer and a tool call as often as asked, an answer."""
        self._turn += 1
        prompt = self._words.said(self._rng.choice((40, 80, 160)))
        self._put(
            "turns",
            "id, conversation_id, state, prompt, first_ordinal, started_at, ended_at, by_agent,"
            " by_model",
            *(self._turn, id, "done", prompt, ordinal, at, at + 30, "forge", self._model),
        )
        seq = 0
        for entry, events, message in self._entries(prompt, calls, output, at):
            for kind, data in events:
                seq += 1
                self._put("events", "turn_id, seq, type, data, at", self._turn, seq, kind, data, at)
            kind, text, body = entry
            self._put(
                "entries",
                "conversation_id, ordinal, turn_id, kind, state, chars, lines, body, indexed",
                *(id, ordinal, self._turn, kind, "done", len(text), text.count("\n") + 1, body, 0),
            )
            role, said = message
            self._put(
                "messages",
                "conversation_id, turn_id, role, body, first_event, last_event",
                *(id, self._turn, role, said, seq - len(events) + 1, seq),
            )
            ordinal += 1
        self._put("events", "turn_id, seq, type, data, at", self._turn, seq + 1, *_COMPLETE, at)
        return ordinal

    def _entries(self, prompt: str, calls: int, output: int, at: float) -> Iterator[_Said]:
        yield _prompt(prompt, at)
        for number in range(calls):
            call, tool = f"call-{number}", self._rng.choice(_TOOLS)
            said = self._words.said(self._rng.choice((60, 120)))
            yield _answer(said, at, call, tool, arguments := {"file_path": self._words.path()})
            yield _tool(self._words.output(output), at, call, tool, arguments)
        yield _answer(self._words.said(self._rng.choice((100, 400, 900))), at)


_Said = tuple[tuple[str, str, str], list[tuple[str, str]], tuple[str, str]]
"""An entry (kind, text, body), its events (type, data), its message (role, body)."""
_COMPLETE = ("TaskComplete", "{}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _entry(kind: str, text: str, at: float, **more: object) -> tuple[str, str, str]:
    wire = {"kind": kind, "state": "done", "text": text, **more, "started_at": at, "ended_at": at}
    return kind, text, _json(wire)


def _prompt(text: str, at: float) -> _Said:
    event = ("PromptSubmitted", _json({"text": text}))
    return _entry("prompt", text, at), [event], ("user", _json({"role": "user", "text": text}))


def _answer(
    text: str, at: float, call: str = "", tool: str = "", arguments: object = None
) -> _Said:
    content = {"kind": "Markdown", "text": text, "partial": True}
    body: dict[str, object] = {"role": "assistant", "text": text}
    if call:
        body["tool_calls"] = [{"call_id": call, "name": tool, "arguments": arguments}]
    event = ("TaskMessage", _json({"content": content}))
    return _entry("answer", text, at), [event], ("assistant", _json(body))


def _tool(text: str, at: float, call: str, tool: str, arguments: object) -> _Said:
    made = {"name": tool, "call_id": call, "arguments": arguments}
    output = {"is_error": False, "values": [{"text": text}]}
    events = [
        ("ToolCallStart", _json({"tool_call": made})),
        ("ToolCallEnd", _json({"result": {"name": tool, "call_id": call, "output": output}})),
    ]
    body = {"role": "tool", "call_id": call, "name": tool, "text": text, "is_error": False}
    return _entry("tool", text, at, tool=made), events, ("tool", _json(body))


def main() -> None:
    """Write one, and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m bench.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, help="becomes the history's GRAFFTUI_HOME")
    parser.add_argument("conversations", type=int, nargs="?", default=CONVERSATIONS)
    asked = parser.parse_args()
    begun = time.monotonic()
    write(asked.folder, asked.conversations, longest=LONGEST)
    print(f"written in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    begun = time.monotonic()
    count = index(asked.folder)
    print(f"{count:,} entries indexed in {time.monotonic() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
