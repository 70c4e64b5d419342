"""What a command finds in its environment: what it needs, by name, and nothing else of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from grafftui.tools.base import ToolFailure

SHELL = "/bin/bash"

FIXED: Mapping[str, str] = {
    "SHELL": SHELL,
    "TERM": "dumb",
    "PAGER": "cat",  # a pager would wait for keys that never come
    "GIT_TERMINAL_PROMPT": "0",  # so would git for a password
    "SSH_ASKPASS_REQUIRE": "never",
}

_PASSED_ON = frozenset(("PATH", "HOME", "LANG", "TZ", "USER", "LOGNAME", "TMPDIR"))

# They make programs load or run something, or reach into the person's desktop session
_NEVER = re.compile(
    r"(BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|ENV|IFS|PS4|PROMPT_COMMAND|LD_.*|DYLD_.*|PYTHON.*|"
    r"NODE_OPTIONS|PERL5.*|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|GIT_.*|SSH_.*|PAGER|EDITOR|VISUAL|"
    r"LESSOPEN|LESSCLOSE|DBUS_.*|XDG_RUNTIME_DIR|GRAFFTUI_.*|FORGE_.*)"
)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:API_?KEY|KEY|TOKENS?|SECRETS?|PASS|PASSWORD|PASSWD|PASSPHRASE|PWD|PAT|"
    r"CREDENTIALS?|AUTH|COOKIES?|SESSION|DSN)(?:_|$)",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"sk-[\w-]{8}|gh[pousr]_\w{8}|github_pat_|glpat-|xox[abprs]-|AKIA[0-9A-Z]{12}|ya29\.|"
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.|-----BEGIN|://[^/\s]*:[^/\s]*@|^[A-Za-z0-9_-]{32,}$"
)


def base_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What every command gets, taken from our own environment `ours`."""
    passed = {
        name: value for name, value in ours.items() if name in _PASSED_ON or name.startswith("LC_")
    }
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", **passed, **FIXED}


def asked_environment(names: Iterable[str], ours: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The further variables the model asks for by name, sorted.

    Raises:
        ToolFailure: One is not set, or is none a command may have.
    """
    asked = {}
    for name in sorted(set(names)):
        if name in _PASSED_ON or name in FIXED or name.startswith("LC_"):
            continue  # there already
        if name not in ours:
            raise ToolFailure(f"The environment variable {name!r} is not set. Leave it out of env.")
        if _NEVER.fullmatch(name):
            raise ToolFailure(f"Commands never get the environment variable {name}.")
        if _SECRET_NAME.search(name) or _SECRET_VALUE.search(ours[name]):
            raise ToolFailure(
                f"The environment variable {name} looks like a secret; it is not passed."
            )
        if not ours[name].isprintable():
            raise ToolFailure(f"The environment variable {name} holds what cannot be shown.")
        asked[name] = ours[name]
    return tuple(asked.items())
