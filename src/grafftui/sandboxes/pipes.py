"""Keeps what bubblewrap holds from writing to pipes elsewhere: a mount that is read-only does not.

A named pipe that another program reads takes what is written to it wherever it lies. Landlock
forbids that, but who is held by it can mount nothing. So it has to come after bubblewrap's mounts,
in a program that bubblewrap starts and that becomes the command. That is Perl: it can make system
calls, starts within 2 ms, and comes with almost every Linux.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final

PERL: Final = "/usr/bin/perl"

NOTE: Final = "what other programs read from named pipes elsewhere can be written by a command"
"""To be known where it cannot be done."""

RENAMES_SINCE: Final = 2
"""The first ABI of Landlock that allows files to be moved between directories at all."""

_KEPT_BY_BUBBLEWRAP: Final = frozenset(("PWD", "TMPDIR"))
_PREFIX: Final = "+"

# linux/landlock.h: WRITE_FILE and REFER, handled, and allowed beneath each place.
_PROGRAM: Final = r"""
$ENV{substr $_, 1} = delete $ENV{$_} for grep /^\+/, keys %ENV;
my $access = 1 << 1 | 1 << 13;
my $handled = pack "Q", $access;
my $rules = syscall 444, $handled, 8, 0;
$rules >= 0 or die "bwrap: no rules: $!\n";
for my $path (splice @ARGV, 0, shift) {
    sysopen my $place, $path, 010000000 or die "bwrap: $path: $!\n";
    my $beneath = pack "Ql", $access, fileno $place;
    syscall(445, $rules, 1, $beneath, 0) == 0 or die "bwrap: $path: $!\n";
}
syscall(446, $rules, 0) == 0 or die "bwrap: no restriction: $!\n";
exec { $ARGV[0] } @ARGV;
print STDERR "bwrap: execvp $ARGV[0]: $!\n";
exit 127;
"""


def can_be_kept(abi: int) -> bool:
    """Whether it may be tried here, where the kernel has the `abi` of Landlock; 0 for none."""
    return abi >= RENAMES_SINCE and os.access(PERL, os.X_OK)


def kept(argv: Sequence[str], places: Sequence[str]) -> list[str]:
    """What bubblewrap has to start, for `argv` to write in `places` and nowhere else.

    Its environment has to be `hidden`.
    """
    return [PERL, "-e", _PROGRAM, str(len(places)), *places, *argv]


def hidden(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` by names that mean nothing to the loader, the locale or Perl until the command
    is started, and without what bubblewrap sets itself."""
    return {
        f"{_PREFIX}{name}": value
        for name, value in environment.items()
        if name not in _KEPT_BY_BUBBLEWRAP
    }
