"""The expression of `find`: every word of it has to be known."""

from __future__ import annotations

from typing import Final

from grafftui.approvals.shell.options import ReadArguments
from grafftui.approvals.shell.syntax import word_set

_ALONE: Final = word_set(
    "-empty -executable -readable -writable -true -false -nouser -nogroup -daystart -depth -mount "
    "-xdev -noleaf -prune -print -print0 -ls -quit -not -a -o -and -or -ignore_readdir_race "
    "-noignore_readdir_race -warn -nowarn ( ) ! ,"
)
_WITH_VALUE: Final = word_set(
    "-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype "
    "-size -perm -user -group -uid -gid -mtime -mmin -atime -amin -ctime -cmin -maxdepth "
    "-mindepth -links -inum -lname -ilname -fstype -used -printf "
    "-newerat -newerct -newermt"
)
_WITH_FILE: Final = word_set(
    "-newer -anewer -cnewer -samefile -neweraa -newerac -neweram -newerca -newercc -newercm "
    "-newerma -newermc -newermm"
)
_BEFORE: Final = frozenset(("-H", "-L", "-P"))


def check_find(read: ReadArguments) -> str:
    """What is wrong with the words after `find`; puts the files it looks at among the paths."""
    words = list(read.operands)
    read.operands.clear()
    while words and words[0] in _BEFORE:
        words.pop(0)
    while words and not words[0].startswith("-") and words[0] not in _ALONE:
        read.paths.append(words.pop(0))
    while words:
        word = words.pop(0)
        if word in _ALONE:
            continue
        if word not in _WITH_VALUE | _WITH_FILE:
            return f"the find expression {word} is not known to be harmless"
        if not words:
            return f"the find expression {word} is not complete"
        value = words.pop(0)
        if word in _WITH_FILE:
            read.paths.append(value)
    return ""
