"""The commands of a shell text as tree-sitter sees them, certain or not, and what they are given to
read: for what forbids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from grafftui.approvals.shell import by_tree_sitter
from grafftui.approvals.shell.joints import between_joints, expanded, plain
from grafftui.approvals.shell.syntax import UnreadableError
from grafftui.approvals.shell.unwrapping import Words

if TYPE_CHECKING:
    from tree_sitter import Node

_QUOTING: Final = ("string", "heredoc_body")
"""What holds commands that are not seen between joints."""

_COMMANDS: Final = ("command", "declaration_command", "unset_command", "test_command")
_INPUTS: Final = ("heredoc_body", "herestring_redirect")


def commands_and_inputs(text: str) -> tuple[list[Words], frozenset[str], list[tuple[Words, str]]]:
    """The commands of `text`, the words that end its here-documents, and what stands in those and
    in here-strings, with the command that reads it.

    Raises:
        ImportError: The parser is not installed.
        UnreadableError: It is not bash.
    """
    root = by_tree_sitter.parser().parse(text.encode("utf-8", "replace")).root_node
    if root.has_error:
        raise UnreadableError("is not bash that can be read")
    nodes = list(_below(root))
    ends = frozenset(plain(_text(node)) for node in nodes if node.type == "heredoc_start")
    found: list[Words] = []
    inputs: list[tuple[Words, str]] = []
    for node in nodes:
        if node.type == "command_substitution" and node.parent and node.parent.type in _QUOTING:
            found += between_joints(_text(node).lstrip("$<>"), ends)
        elif node.type in _COMMANDS:
            found.append(expanded(tuple(map(plain, _words(node)))))
        elif node.type in _INPUTS and (reader := _reader(node)):
            inputs.append((tuple(map(plain, _words(reader))), plain(_text(node).lstrip("<"))))
    return found, ends, inputs


def _reader(node: Node) -> Node | None:
    """The command that reads the here-document or here-string `node`."""
    owner = node.parent
    if owner is not None and owner.type == "heredoc_redirect":
        owner = owner.parent
    if owner is not None and owner.type == "redirected_statement":
        owner = owner.child_by_field_name("body")
    return owner if owner is not None and owner.type == "command" else None


def _below(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def _words(node: Node) -> list[str]:
    left_out = ("file_redirect", "herestring_redirect", "heredoc_redirect")
    return [_text(child) for child in node.children if child.type not in left_out]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
