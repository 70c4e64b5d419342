"""`grafftui mcp`: which MCP servers there are, what they may do, and whether they work."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from grafftui.cli import output, terminal
from grafftui.cli.arguments import Parser, plain
from grafftui.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.mcp import Scope, Server


class _ActionParser(Parser):
    """A parser of an action; of `add`, what follows `--` is the server's own command line."""

    takes_command = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As in argparse, up to the `--`."""
        words = list(args or ())
        if not self.takes_command or "--" not in words:
            return super().parse_known_args(words, namespace)
        mark = words.index("--")
        found, left = super().parse_known_args(words[:mark], namespace)
        found.command = words[mark + 1 :]
        return found, left


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `mcp` sub-command."""
    parser = subparsers.add_parser(
        "mcp",
        help="list, add, approve, try and sign in to MCP servers",
        description="Servers stand in mcp.json, beside the settings, and in .mcp.json of the"
        " current folder, which counts once the folder is trusted. A model is told of a tool once"
        " it was approved, and no longer when its server says something else of it. Only"
        " `approve`, `test` and `login` start or reach a server. Exit code: 0 done, 1 failed or"
        " not approved, 2 usage.",
    )
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_ActionParser
    )

    def action(name: str, words: str, *, named: bool = True) -> _ActionParser:
        found: _ActionParser = actions.add_parser(
            name, help=words, description=words[0].upper() + words[1:] + "."
        )
        if named:
            found.add_argument("name", metavar="NAME", type=plain, help="what the server is called")
        if name not in ("add", "login", "logout"):
            found.add_argument("--json", action="store_true", help="as one JSON object")
        return found

    action("list", "show the servers, and start none", named=False)
    action("show", "show what is said of a server, and which of its tools are approved")
    adding = action("add", "name a server that is started (-- COMMAND …) or reached (--url URL)")
    _describe_server(adding)
    removing = action("remove", "name a server no longer")
    enabling = action("enable", "have a server used again")
    disabling = action("disable", "leave a server alone")
    approving = action("approve", "show what a server's tools are, and let a model use them")
    approving.add_argument("tools", metavar="TOOL", nargs="*", help="these only")
    which = approving.add_mutually_exclusive_group()
    which.add_argument("--yes", action="store_true", help="approve them as they are, unasked")
    which.add_argument("--revoke", action="store_true", help="approve them no longer")
    action("test", "start a server and say whether it works, and which tools it has")
    signing_in = action("login", "sign in to a server that wants it, in the browser")
    signing_in.add_argument("--no-browser", action="store_true", help="print the address only")
    action("logout", "forget the sign-in to a server")
    for each in (adding, removing, enabling, disabling):
        each.add_argument("--project", action="store_true", help="in .mcp.json of this folder")


def _describe_server(parser: _ActionParser) -> None:
    parser.takes_command = True
    parser.set_defaults(command=[])
    add = parser.add_argument
    add("--url", metavar="URL", type=plain, help="where it is reached")
    add("--header", metavar="'NAME: VALUE'", action="append", default=[], help=_HEADER)
    add("--env", metavar="NAME=VALUE", action="append", default=[], help="a variable it gets")
    add("--replace", action="store_true", help="also where there is one of this name")
    add("--timeout", metavar="SECONDS", type=float, help="how long one call may take")
    parser.usage = "%(prog)s [options] NAME (--url URL | -- COMMAND [ARGUMENT …])"


_HEADER = "sent with each request; {{.env.NAME}} stands for a variable of yours"


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        UsageError: What was given cannot be meant.
        NotFoundError: There is no such server.
        SettingsError: A file says something it cannot.
        GrafftuiError: It could not be done.
    """
    with _core() as graff:
        scope: Scope | None = "local" if getattr(args, "project", False) else None
        match args.action:
            case "list":
                _list(graff, as_json=args.json)
            case "show":
                _show(graff, args.name, as_json=args.json)
            case "add":
                _add(graff, args, scope or "user")
            case "remove":
                graff.remove_mcp_server(args.name, scope)
                _print_done(f"{args.name} is removed", args)
            case "enable" | "disable":
                graff.enable_mcp_server(args.name, args.action == "enable", scope)
                _print_done(f"{args.name} is {args.action}d", args)
            case "approve" | "test":
                from grafftui.cli import mcp_tools

                return mcp_tools.run(graff, args)
            case _:
                from grafftui.cli import mcp_sign_in

                mcp_sign_in.run(graff, args)
    return 0


@contextmanager
def _core() -> Iterator[Graff]:
    from grafftui.core import Graff

    graff = Graff()
    try:
        yield graff
    finally:
        graff.close()


def _print_done(words: str, args: argparse.Namespace) -> None:
    if args.json:
        print_json({"name": args.name, "action": args.action})
    else:
        output.line(words)


def print_json(found: Mapping[str, Any]) -> None:
    """Print one object."""
    output.line(json.dumps(found, indent=2))


# -- list, show ------------------------------------------------------------------------------


def _list(graff: Graff, *, as_json: bool) -> None:
    found = [_as_dict(graff, server) for server in _servers(graff)]
    if as_json:
        print_json({"servers": found})
        return
    from grafftui.text.auditing import audit

    for one in found:
        state = one["unused"] or ("enabled" if one["enabled"] else "disabled")
        where = audit(one["url"] or shlex.join(one["argv"]))
        tools = f"{len(one['approved'])} tools approved"
        output.line(f"{one['name']:<16}  {one['scope']:<7}  {state}, {tools}  {where}")
    if not found:
        terminal.say("there are no MCP servers; add one: grafftui mcp add NAME -- COMMAND")


def _show(graff: Graff, name: str, *, as_json: bool) -> None:
    scope = graff.mcp_scope(name)
    server = next(one for one in _servers(graff) if (one.name, one.scope) == (name, scope))
    found = _as_dict(graff, server)
    if as_json:
        print_json(found)
        return
    from grafftui.text.auditing import audit

    output.line(f"{name}, of the {found['scope']}'s file {audit(found['file'])}")
    state = found["unused"] or ("enabled" if found["enabled"] else "disabled")
    for what, words in (
        ("it is", state),
        ("reached at", found["url"]),
        ("started as", shlex.join(found["argv"])),
        ("variables", ", ".join(found["env"])),
        ("headers", ", ".join(found["headers"])),
        ("a call may take", f"{found['timeout']:g} seconds"),
        ("approved tools", ", ".join(found["approved"]) or "none"),
    ):
        if words:
            output.line(f"  {what:<16}  {audit(words)}")


def _servers(graff: Graff) -> list[Server]:
    """Those of both files, whether they count or not."""
    from grafftui.mcp import read_servers

    found: list[Server] = []
    scopes: tuple[Scope, ...] = ("user", "local")
    for scope in scopes:
        try:
            content = json.dumps(graff.read_mcp_config(scope)).encode()
        except SettingsError as error:  # a folder's broken file does not hide the person's own
            terminal.say(str(error))
            continue
        found += read_servers(content, scope, scope).values()
    return found


def _as_dict(graff: Graff, server: Server) -> dict[str, Any]:
    """A server as it may be shown: of variables and headers only the names."""
    from grafftui.text.redact import redact

    in_force = {health.server.name: health.server for health in graff.mcp.health()}
    unused = ""
    if in_force.get(server.name) != server:
        unused = "not used: this folder is not trusted"
        if server.scope == "user":
            unused = "not used: the project has one of this name"
    return {
        "name": server.name,
        "scope": "project" if server.scope == "local" else "user",
        "file": str(graff.mcp_file(server.scope)),
        "argv": [redact(word) for word in server.argv],
        "url": redact(server.url),
        "env": [name for name, _ in server.env],
        "headers": [name for name, _ in server.headers],
        "timeout": server.timeout,
        "enabled": not server.disable,
        "unused": unused,
        "approved": [] if unused else graff.mcp.approved(server.name),
    }


# -- add -------------------------------------------------------------------------------------


def _add(graff: Graff, args: argparse.Namespace, scope: Scope) -> None:
    said = _described(args)
    graff.add_mcp_server(args.name, said, scope, replace=args.replace)
    _say_changed(graff, args.name, "added", scope)


def _described(args: argparse.Namespace) -> dict[str, Any]:
    """The server of the arguments, as its file says it."""
    if (args.url is None) == (not args.command):
        raise UsageError("name either a program, after --, or --url")
    said: dict[str, Any] = {}
    if args.url is None:
        said |= {"command": args.command[0], "args": args.command[1:]}
    else:
        said |= {"url": args.url}
    for option, key, parting in (("env", "env", "="), ("header", "headers", ":")):
        pairs = [_pair(text, parting, option) for text in getattr(args, option)]
        if pairs:
            said[key] = dict(pairs)
    return said if args.timeout is None else said | {"timeout": args.timeout}


def _pair(text: str, parting: str, option: str) -> tuple[str, str]:
    from grafftui.text.redact import redact

    name, found, value = text.partition(parting)
    if not found:
        raise UsageError(f"--{option} takes a name, “{parting}” and a value")
    if redact(value) != value:
        terminal.say(f"what --{option} {name!a} says looks like a key: the file keeps it as it is")
    return name.strip(), value.strip() if option == "header" else value


def _say_changed(graff: Graff, name: str, done: str, scope: Scope) -> None:
    if all(health.server.name != name for health in graff.mcp.health()):
        terminal.say(f"{name} is {done}, and is not used until this folder is trusted")
        return
    output.line(f"{name} is {done}; its tools have to be approved:")
    output.line(f"  grafftui mcp approve {shlex.quote(name)}")
