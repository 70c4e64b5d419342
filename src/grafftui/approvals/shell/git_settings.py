"""Git's own settings, read letter by letter as git reads them (`config.c`), and what they run.

Sections and keys may share a line, a name may hold a bracket, a value may go on over several
lines: whatever looks for keys line by line can be fooled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BETWEEN: Final = re.compile(r"(?:[ \t\r\n]|[#;][^\n]*)*")
_HEADER: Final = re.compile(
    r"\[(?P<section>[A-Za-z0-9.-]*)(?:[ \t\r]+\"(?P<name>(?:\\[^\n]|[^\"\\\n])*)\")?\]"
)
_KEY: Final = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9-]*)[ \t]*(?P<ends>=|\n|$(?![\n]))")
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "\\": "\\", '"': '"', "\n": ""}
_ON_OR_OFF: Final = frozenset(("", "true", "false", "yes", "no", "on", "off", "1", "0"))

_RUN: Final = frozenset(
    ("external", "textconv", "gitproxy", "clean", "smudge", "process", "driver", "askpass")
) | frozenset(("attributesfile", "difffilter", "fsmonitor", "uploadpack", "receivepack", "vcs"))
_RUN_ENDINGS: Final = ("command", "cmd", "program", "hook", "pager", "editor")
_SIGNATURES: Final = re.compile(r"%[-+ ]*G")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        section: In lower case: "core"; "diff.x" where it is written so.
        name: What stands in quotes behind the section; "" for nothing.
        key: In lower case.
        value: Quotes and comments taken out; None if there is no `=`, which means yes.
    """

    section: str
    name: str
    key: str
    value: str | None

    @property
    def is_off(self) -> bool:
        """Whether it says no."""
        return self.value is not None and self.value.lower() in ("", "false", "no", "off", "0")


def read_settings(text: str) -> list[Setting]:
    """The settings in `text`, in their order.

    Raises:
        ValueError: Git would not take it, or not every git would.
    """
    if "\0" in text:
        raise ValueError("settings with a NUL")
    text = text.replace("\r\n", "\n")
    found: list[Setting] = []
    section = name = ""
    at = _end(_BETWEEN.match(text))
    while at < len(text):
        if header := _HEADER.match(text, at):
            section = header["section"].lower()
            name = re.sub(r"\\(.)", r"\1", header["name"] or "", flags=re.DOTALL)
            at = header.end()
        else:
            key = _KEY.match(text, at)
            if key is None or not section:
                raise ValueError(f"no settings: {text[at : at + 20]!r}")
            at, value = key.end(), None
            if key["ends"] == "=":
                value, at = _value(text, at)
            found.append(Setting(section, name, key["key"].lower(), value))
        at = _end(_BETWEEN.match(text, at))
    return found


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _value(text: str, at: int) -> tuple[str, int]:
    """The value that begins at `at`, and where the line after it begins."""
    letters: list[str] = []
    kept = 0  # spaces at the end count only if something follows
    quoted = False
    while at < len(text) and (text[at] != "\n" or quoted):
        letter = text[at]
        at += 1
        if letter == "\n":
            raise ValueError("a quote that stays open")
        if letter in " \t\r" and not quoted:
            letters += letter if letters else ""
            continue
        if letter in "#;" and not quoted:
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
            break
        if letter == '"':
            quoted = not quoted
        elif letter == "\\":
            if text[at : at + 1] not in _ESCAPED and at < len(text):
                raise ValueError("an escape that git does not know")
            letters += _ESCAPED[text[at]] if at < len(text) else ""
            at += 1
        else:
            letters.append(letter)
        kept = len(letters)
    if quoted:
        raise ValueError("a quote that stays open")
    return "".join(letters[:kept]), at + 1


def file_shown(setting: Setting) -> str:
    """The file that `setting` names, lines of which git shows; "" for none."""
    named = (setting.section, setting.key)
    shows = named in (("blame", "ignorerevsfile"), ("mailmap", "file"))
    return setting.value or "" if shows else ""


def objection_to_setting(setting: Setting) -> str:
    """Why git may not be run with `setting`, as a clause after "settings"; "" if it may.

    Where hooks and the working tree are is for the caller to look at.
    """
    value = (setting.value or "").lower()
    if setting.section.partition(".")[0] in ("include", "includeif"):
        return "include others"
    if setting.key in ("promisor", "partialclone") and not setting.is_off:
        return "have it fetch what it lacks"
    if _SIGNATURES.search(setting.value or "") or (
        setting.key == "showsignature" and not setting.is_off
    ):
        return f"run the program that checks signatures ({setting.key})"
    if (setting.section, setting.key) in (("submodule", "recurse"), ("status", "submodulesummary")):
        return "" if setting.is_off else f"have it work in other repositories ({setting.key})"
    if (setting.section, setting.key, value) == ("diff", "submodule", "diff"):
        return "have it work in other repositories (submodule)"
    runs = setting.key in _RUN or setting.key.endswith(_RUN_ENDINGS)
    if (runs or setting.section.partition(".")[0] == "pager") and value not in _ON_OR_OFF:
        return f"name a program ({setting.key})"
    return ""
