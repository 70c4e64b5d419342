"""What `python -m unittest NAME …` runs.

A name is looked up wherever Python looks for modules, and what it leads to is called, a test or
not: `ensurepip.bootstrap`. So one has to lead to a test in a file of the workspace.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Final

from grafftui.approvals.shell.options import ReadArguments
from grafftui.approvals.shell.place import Place

_DOTTED: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_TEST: Final = re.compile(r"(_?[A-Z]\w*(\.test\w*)?)?")
_DIRECTORIES: Final = ("-s", "--start-directory", "-t", "--top-level-directory")


def check_unittest(read: ReadArguments, place: Place) -> str:
    """What is wrong with the arguments of unittest, or ""."""
    names = read.operands
    directories = [value for name, value in read.options if name in _DIRECTORIES]
    if names[:1] == ["discover"]:
        directories += names[1:2] + names[3:]  # between them stands a pattern
    elif whys := [why for name in names if (why := _objection_to_name(name, place))]:
        return whys[0]
    for name in directories:  # for one that is none, it takes the module of that name
        if not os.path.isdir(os.path.join(place.cwd, name)):
            return f"{name} is no directory"
    return next(filter(None, map(place.objection_to_run, directories)), "")


def _objection_to_name(name: str, place: Place) -> str:
    if name.endswith(".py") and os.path.isfile(os.path.join(place.cwd, name)):
        name = os.path.relpath(place.absolute(name), place.cwd).removesuffix(".py")
        name = name.replace("/", ".")
    if not _DOTTED.fullmatch(name) or _is_of_python(name.partition(".")[0], place):
        return f"{name} is not known to be a test of the workspace"
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = os.path.join(place.cwd, *parts[:length])
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if os.path.isfile(file):
                is_test = _TEST.fullmatch(".".join(parts[length:]))
                return place.objection_to_run(file) if is_test else f"calls {name}"
    return f"{name} is not known to be a test of the workspace"


def _is_of_python(module: str, place: Place) -> bool:
    """Whether Python has that module itself: a directory of that name does not come before it."""
    shadows = os.path.isfile(os.path.join(place.cwd, module, "__init__.py"))
    return module in sys.stdlib_module_names or (module == "test" and not shadows)
