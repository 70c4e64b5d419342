"""The first reading: tree-sitter-bash, with a positive list of what may stand in the tree."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from grafftui.approvals.shell.quoting import double_quoted, unquoted
from grafftui.approvals.shell.syntax import ReadCommand, Redirect, UnreadableError

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_IN_WORDS = {
    "command_substitution": "a command substitution",
    "process_substitution": "a process substitution",
    "simple_expansion": "a variable",
    "expansion": "a variable",
    "arithmetic_expansion": "arithmetic",
    "ansi_c_string": "a $'…' string",
    "translated_string": 'a $"…" string',
    "brace_expression": "a brace",
    "variable_assignment": "an assignment",
    "variable_assignments": "an assignment",
    "declaration_command": "a declaration",
    "unset_command": "a declaration",
    "test_command": "a [ … ] test",
    "subshell": "a subshell",
    "compound_statement": "a { … } group",
    "function_definition": "a function",
    "if_statement": "an if",
    "while_statement": "a loop",
    "for_statement": "a loop",
    "c_style_for_statement": "a loop",
    "case_statement": "a case",
    "negated_command": "a negation (!)",
    "heredoc_redirect": "a here-document",
    "herestring_redirect": "a here-string",
    "comment": "a comment",
}
_JOINTS = frozenset(("&&", "||", ";"))


@lru_cache(maxsize=1)
def parser() -> Parser:
    """The parser, made once.

    Raises:
        ImportError: It is not installed.
    """
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def read(command: str) -> list[ReadCommand]:
    """The simple commands of `command`, in their order.

    Raises:
        ImportError: The parser is not installed.
        UnreadableError: There is anything in it that is not on the positive list.
    """
    root = parser().parse(command.encode()).root_node
    if root.has_error:
        raise UnreadableError("is not bash that can be read")
    return _statements(root)


def _statements(node: Node) -> list[ReadCommand]:
    found: list[ReadCommand] = []
    piped = False
    for child in node.children:
        at = len(found)
        if child.is_missing:
            raise UnreadableError("is not bash that can be read")
        if child.type in ("list", "pipeline"):
            found += _statements(child)
        elif child.type == "command":
            found.append(_command(child))
        elif child.type == "redirected_statement":
            found += _redirected(child)
        elif not _is_joint(child, node.type):
            raise _not_on_the_list(child)
        piped = piped or child.type == "|"
        if piped:
            found[at:] = [replace(each, piped=True) for each in found[at:]]
    return found


def _is_joint(node: Node, parent: str) -> bool:
    return node.type == "|" if parent == "pipeline" else node.type in _JOINTS


def _redirected(node: Node) -> list[ReadCommand]:
    body, *rest = node.children
    if body.type == "command":
        found = [_command(body)]
    elif body.type in ("list", "pipeline"):
        found = _statements(body)
    else:
        raise _not_on_the_list(body)
    # A redirect belongs to the last command, whatever the tree hangs it on
    last = found[-1]
    redirects = (*last.redirects, *(_redirect(child) for child in rest))
    text = f"{last.text}{_text(node)[len(_text(body)) :]}"
    found[-1] = replace(last, text=text, redirects=redirects)
    return found


def _command(node: Node) -> ReadCommand:
    name, *arguments = node.children
    if name.type != "command_name" or len(name.children) != 1:
        raise _not_on_the_list(name)
    words = [_word(name.children[0])]
    words += [_word(argument) for argument in arguments]
    return ReadCommand(_text(node), _text(name), tuple(words), ())


def _redirect(node: Node) -> Redirect:
    if node.type != "file_redirect":
        raise _not_on_the_list(node)
    children = node.children
    descriptor = ""
    if children[0].type == "file_descriptor":
        descriptor = _text(children[0])
        children = children[1:]
    if len(children) != 2:
        raise UnreadableError("holds a redirect in the middle of a command")
    redirect = Redirect(descriptor, children[0].type, _word(children[1]))
    if redirect.operator.endswith("&") and not redirect.target.isdecimal():
        raise UnreadableError("holds a redirect that cannot be read")
    return redirect


def _word(node: Node) -> str:
    if node.type in ("word", "number") and not node.children:
        return unquoted(_text(node))
    return _part(node) if node.type != "concatenation" else _concatenation(node)


def _concatenation(node: Node) -> str:
    pieces: list[str] = []
    at = node.start_byte
    for child in node.children:
        if child.start_byte != at:
            raise UnreadableError("holds a word that cannot be read")
        at = child.end_byte
        if child.type == "word" and pieces and child.text and child.text.startswith(b"#"):
            raise UnreadableError("holds a word that cannot be read")
        pieces.append(_word(child))
    if at != node.end_byte:
        raise UnreadableError("holds a word that cannot be read")
    return "".join(pieces)


def _part(node: Node) -> str:
    text = _text(node)
    if node.type == "raw_string":
        return text[1:-1]
    if node.type == "string" and all(
        child.type in ("string_content", '"', "$") for child in node.children
    ):
        return double_quoted(text[1:-1])
    raise _not_on_the_list(node)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _not_on_the_list(node: Node) -> UnreadableError:
    for inner in [node, *node.children]:
        if inner.type in _IN_WORDS:
            return UnreadableError(f"holds {_IN_WORDS[inner.type]}")
    if node.type == "&":
        return UnreadableError("runs something in the background (&)")
    return UnreadableError(f"holds {_text(node)[:40]!r}, which is not read")
