"""A program's arguments told apart by what is known of its options; unknown ones are objected to.

What is known is written as words: `-a` and `--all` take no value, `-n=` and `--lines=` take one
(attached or as the next word), `-f=json|text` takes one of these, `--color[=]` may have one
attached, `--arg==` takes the next two words, and `-p=PATH` takes the name of a file that is read.
`*` alone stands for a program that
takes every word as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from grafftui.approvals.shell.place import Place

Operands = Literal[
    "none", "text", "paths", "made", "code", "pattern", "revisions", "pattern revisions"
]
"""What the words that are no options mean: nothing may stand there; harmless text; files that
are read, or made; files or directories whose code is run; a search pattern, then files; names
that git takes for revisions or files; a search pattern, then those."""

_NUMBER: Final = re.compile(r"-\d+[kKmMb]?")


@dataclass(slots=True)
class ReadArguments:
    """Arguments told apart.

    Attributes:
        options: Each with its value, "" for none, in their order.
        operands: The words that are no options, in their order.
        paths: The values of options that name files which are read.
        objections: What about the options is not known to be harmless.
        dashed: How many of the operands stood before a `--`; None if there was none.
    """

    options: list[tuple[str, str]] = field(default_factory=list)
    operands: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    dashed: int | None = None

    def has(self, *names: str) -> bool:
        """Whether one of these options is among them."""
        return any(name in names for name, _ in self.options)

    def object_to(self, option: str) -> None:
        """Note that nothing good is known of `option`."""
        self.objections.append(f"the option {option} is not known to be harmless")


@dataclass(frozen=True, slots=True)
class Arguments:
    """What is known of the arguments of one program, or of one of its sub-commands.

    Attributes:
        options: The options that neither write nor run anything, as above.
        said: Options that change the files a rule is about: harmless only where the rule says so
            itself. Written in the same way.
        operands: What the other words mean.
        form: What each operand has to look like, whatever it means.
        most: How many operands there may be.
        numbers: Whether `-5` is an option of its own.
        single_dash: Whether options of several letters begin with one dash or two.
        attached: Whether the value of `-n` may stand right behind it.
        values_checked: Whether text that is the value of an option, as a word of its own, has
            to be fit to be an operand, too.
        recursive: Options with which directories are read whole; "always" if they always are.
        hidden: Options with which hidden files are read as well; "always" likewise.
        follows: Options with which links are followed then.
        globs: Options whose value is a pattern of file names, hidden ones too.
        expands: Whether `@name`, wherever a word stands, is replaced by the words in the file
            `name`.
        check: Says what else is wrong with arguments, or "".
        check_in: The same of arguments in a place.
    """

    options: str = ""
    operands: Operands = "paths"
    form: str = ""
    most: int | None = None
    numbers: bool = False
    single_dash: bool = False
    attached: bool = True
    values_checked: bool = False
    recursive: str = ""
    hidden: str = "always"
    follows: str = ""
    globs: str = ""
    expands: bool = False
    said: str = ""
    check: Callable[[ReadArguments], str] | None = None
    check_in: Callable[[ReadArguments, Place], str] | None = None

    def read(self, words: tuple[str, ...]) -> ReadArguments:
        """Tell `words`, which follow the program's name, apart."""
        return _Reading(self, words).read()


@lru_cache(maxsize=256)
def known(options: str) -> Mapping[str, str]:
    """The options in `options`, with what is known of their values: "", "=", "[=]", "==", "=PATH",
    or "=" and which values there are."""
    found: dict[str, str] = {}
    for word in options.split():
        name = re.split(r"\[?=", word, maxsplit=1)[0]
        found[name] = word.removeprefix(name)
    return found


class _Reading:
    def __init__(self, spec: Arguments, words: tuple[str, ...]) -> None:
        self.spec = spec
        self.known = known(f"{spec.options} {spec.said}")
        self.rest = list(words)
        self.found = ReadArguments()

    def read(self) -> ReadArguments:
        if self.spec.options == "*":
            self.found.operands = self.rest
            return self.found
        while self.rest:
            word = self.rest.pop(0)
            if word == "--":
                self.found.dashed = len(self.found.operands)
                self.found.operands += self.rest
                break
            if not word.startswith("-") or word == "-":
                self.found.operands.append(word)
            elif self.spec.numbers and _NUMBER.fullmatch(word):
                self.found.options.append(("-NUMBER", word[1:]))
            elif word.startswith("--") or self.spec.single_dash:
                self._long(word)
            else:
                self._cluster(word)
        if self.spec.expands:
            self._object_to_files_of_words()
        return self.found

    def _object_to_files_of_words(self) -> None:
        for word in (*self.found.operands, *(value for _, value in self.found.options)):
            if word.startswith("@"):
                self.found.objections.append(f"takes arguments from {word}")

    def _long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        if self.spec.single_dash and name.startswith("--"):
            name = name[1:]
        kind = self.known.get(name)
        if kind is None or (equals and kind in ("", "==")):
            self.found.object_to(name)
        elif equals or not kind or kind == "[=]":
            self._take(name, value, kind)
        else:
            self._take_next(name, kind)

    def _cluster(self, word: str) -> None:
        for i, letter in enumerate(word[1:], 2):
            name, attached = f"-{letter}", word[i:]
            kind = self.known.get(name)
            if kind is None:
                self.found.object_to(name)
                return
            if kind == "[=]" or (kind and attached):
                if attached and (not self.spec.attached or attached.startswith("=")):
                    self.found.object_to(name)
                self._take(name, attached, kind)
                return
            if kind:
                self._take_next(name, kind)
                return
            self._take(name, "", kind)

    def _take_next(self, name: str, kind: str) -> None:
        value = self.rest.pop(0) if self.rest else ""
        if value.startswith("-") and not _NUMBER.fullmatch(value) and value != "-":
            self.found.object_to(name)  # an option or a value: not every reader agrees
        if self.spec.values_checked:
            self.found.paths.append(value)
        self._take(name, value, kind)
        if kind == "==":
            self._take_next(name, "=")

    def _take(self, name: str, value: str, kind: str) -> None:
        self.found.options.append((name, value))
        if kind == "=PATH":
            self.found.paths.append(value)
        elif kind not in ("", "=", "[=]", "==") and value not in kind[1:].split("|"):
            self.found.object_to(f"{name} {value}")
