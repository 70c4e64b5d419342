"""`grafftui keys list|set|remove`: the keys of providers, from the command line.

A key is typed unseen or read from a pipe. It is never an argument: arguments are seen by every
process, and kept in the shell's history.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from grafftui.cli import terminal
from grafftui.cli.arguments import Parser
from grafftui.errors import GrafftuiError, KeyringError, NotFoundError, UsageError

if TYPE_CHECKING:
    from grafftui.keys import KeyInfo, KeyVault
    from grafftui.models import Provider
    from grafftui.sandboxes.lasting.clouds.accounts import Account
    from grafftui.settings import Settings

_INPUT_LIMIT: Final = 64 * 1024
"""Most bytes read from a pipe; no key is a tenth of that."""


class _KeyParser(Parser):
    """A parser that never repeats what it does not know, which may be a key."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As in argparse, except that what is left over is an error here already."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            self.refuse_key()
        return found, left

    def refuse_key(self) -> NoReturn:
        """Say how a key is given, and leave with code 2."""
        self.error("a key is never taken from the command line: type it, or pipe it in with -")


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `keys` sub-command."""
    parser = subparsers.add_parser(
        "keys",
        help="list, set and remove the keys of providers",
        description="Keys are kept in the keyring of the operating system, and nowhere else."
        " Exit code: 0 done, 1 failed, 2 usage.",
    )
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_KeyParser
    )
    listing = actions.add_parser("list", help="show which keys there are")
    listing.add_argument("--json", action="store_true", help="as a JSON array")
    setting = actions.add_parser("set", help="keep a key; asks for it, unseen")
    setting.add_argument("provider", metavar="PROVIDER", help="provider id, such as anthropic")
    setting.add_argument("source", metavar="-", nargs="*", help="read the key from stdin")
    setting.add_argument("--url", metavar="ORIGIN", help="the only address the key is for")
    setting.set_defaults(refuse_key=setting.refuse_key)
    removing = actions.add_parser("remove", help="forget a key")
    removing.add_argument("provider", metavar="PROVIDER", help="provider id, such as anthropic")


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        UsageError: No such provider, or what was given cannot be a key or an address.
        NotFoundError: There is no key of that provider to remove.
        KeyringError: The keyring is missing, locked or silent.
    """
    match args.action:
        case "list":
            _list(as_json=args.json)
        case "set":
            if args.source not in ([], ["-"]):
                args.refuse_key()
            _set(args.provider, args.url, piped=bool(args.source))
        case "remove":
            _remove(args.provider)
    return 0


def _list(*, as_json: bool) -> None:
    settings = _settings()
    vault = _vault(settings)
    env_vars = {owner.id: _key_names(owner, settings) for owner in _owners()}
    trouble = None
    try:
        keys = vault.list(env_vars=env_vars)
    except KeyringError as error:
        trouble = error
        keys = vault.list(env_vars=env_vars, stored=False)
    if as_json:
        print(json.dumps([_as_dict(key) for key in keys], indent=2))
    else:
        _print_table([("PROVIDER", "SOURCE", "KEY", "FOR"), *map(_as_row, keys)] if keys else [])
    if trouble is not None:
        raise trouble
    if not keys:
        status = vault.status()
        terminal.say("there are no keys yet; add one with: grafftui keys set PROVIDER")
        if not status.usable:
            terminal.say(f"{status.message}; {status.hint}")


def _set(provider_id: str, url: str | None, *, piped: bool) -> None:
    from grafftui.keys import origin_of

    owner = _owner(provider_id)
    settings = _settings()
    origin = origin_of(url) if url is not None else _origin(owner, settings)
    vault = _vault(settings)
    status = vault.status()
    if not status.usable:  # said before the key is typed, not after
        raise KeyringError(status.message, hint=status.hint)
    value = _read_pipe() if piped else _ask(f"Key for {provider_id} at {origin}: ")
    vault.set(provider_id, value, origin=origin)
    print(f"The key for {provider_id} is in the keyring ({status.backend}), for {origin} only.")
    _say_if_overridden(owner)


def _remove(provider_id: str) -> None:
    from grafftui.keys import KeyVault

    try:
        removed = KeyVault().remove(provider_id)  # also of a provider that is served no longer
    except KeyringError:
        _owner(provider_id)
        raise
    if not removed:
        _owner(provider_id)
        raise NotFoundError(
            f"no key is stored for {provider_id}", hint="see them all: grafftui keys list"
        )
    print(f"The key for {provider_id} is gone from the keyring.")


def _vault(settings: Settings) -> KeyVault:
    from grafftui.keys import KeyVault

    return KeyVault(commands=settings.key_command)


def _settings() -> Settings:
    from grafftui.settings import load_settings
    from grafftui.settings.paths import Paths

    settings, problems = load_settings(Paths.from_environment())
    for problem in problems:
        terminal.say(str(problem))
    return settings


def _owners() -> list[Provider | Account]:
    """All whose keys are kept: who serves models, and who makes sandboxes only."""
    from grafftui.models import providers
    from grafftui.sandboxes.lasting.clouds.accounts import FOR_SANDBOXES_ONLY

    return [*providers(), *FOR_SANDBOXES_ONLY.values()]


def _owner(provider_id: str) -> Provider | Account:
    from grafftui.models import provider
    from grafftui.sandboxes.lasting.clouds.accounts import FOR_SANDBOXES_ONLY

    if account := FOR_SANDBOXES_ONLY.get(provider_id):
        return account
    try:
        return provider(provider_id)
    except NotFoundError as error:
        names = "they are " + ", ".join(owner.id for owner in _owners())
        hint = error.hint if "did you mean" in error.hint else names
        raise UsageError("there is no such provider", hint=hint) from None  # it may be a key


def _key_names(owner: Provider | Account, settings: Settings) -> Sequence[str]:
    """The variables of the environment that hold its key."""
    from grafftui.models.key_names import key_names
    from grafftui.sandboxes.lasting.clouds.accounts import Account

    if isinstance(owner, Account):
        return owner.key_variables
    return key_names(owner, {**os.environ, **settings.url_parameters.get(owner.id, {})})


def _origin(owner: Provider | Account, settings: Settings) -> str:
    """Where it is, with the address the person has set for it."""
    from grafftui.keys import origin_of
    from grafftui.models import resolve
    from grafftui.sandboxes.lasting.clouds.accounts import Account

    if isinstance(owner, Account):
        return origin_of(owner.address(os.environ))
    provider_id = owner.id
    parameters = settings.url_parameters.get(provider_id, {})
    try:
        return resolve(provider_id, {**os.environ, **parameters}).origin
    except GrafftuiError as error:
        hint = f"or name its address: grafftui keys set {provider_id} --url https://host"
        raise UsageError(error.message, hint=hint) from None


def _read_pipe() -> str:
    content = sys.stdin.buffer.read(_INPUT_LIMIT)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("the key on stdin is not text") from None


def _ask(prompt: str) -> str:
    """What is typed, without showing it."""
    import getpass

    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("stdin is no terminal to ask for the key on", hint="pipe it in with -")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except (EOFError, getpass.GetPassWarning):
        raise UsageError("no key was typed", hint="or pipe it in with -") from None


def _say_if_overridden(owner: Provider | Account) -> None:
    for name in owner.key_variables:
        if os.environ.get(name, "").strip():
            terminal.say(f"{name} is set in the environment, and is used instead")
            return


def _as_dict(key: KeyInfo) -> dict[str, str | None]:
    return {
        "provider": key.provider_id,
        "source": key.source,
        "label": key.label,
        "origin": key.origin,
    }


def _as_row(key: KeyInfo) -> tuple[str, str, str, str]:
    return key.provider_id, key.source, key.label, key.origin or ""


def _print_table(rows: list[tuple[str, str, str, str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    encoding = sys.stdout.encoding or "utf-8"
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip().encode(encoding, "replace").decode(encoding))
