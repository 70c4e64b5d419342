"""The seccomp program, run by an interpreter of its own for every machine it is made for."""

from __future__ import annotations

import errno
import struct

import pytest

from grafftui.sandboxes import macos, seccomp
from grafftui.sandboxes.protected import PLACEHOLDERS
from grafftui.sandboxes.syscalls import MACHINES
from grafftui.sandboxes.view import View

X86, ARM = "x86_64", "aarch64"


def verdict(program: bytes, audit: int, number: int, *arguments: int) -> str:
    """What the kernel would make of a call (Documentation/networking/filter.rst)."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, audit, 0, *words)
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at, accumulator = 0, 0
    while True:
        operation, then, otherwise, value = code[at]
        at += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("=I", data, value)[0]
        elif operation == 0x06:
            break
        else:
            taken = {
                0x15: accumulator == value,
                0x35: accumulator >= value,
                0x45: bool(accumulator & value),
            }[operation]
            at += then if taken else otherwise
    if value == seccomp.ALLOW:
        return "allow"
    return "kill" if value == seccomp.KILL else errno.errorcode[value & 0xFFFF]


def asked(machine: str, call: str, *arguments: int, network: bool = False) -> str:
    here = MACHINES[machine]
    program = seccomp.program(machine, network=network)
    return verdict(program, here.audit, here.numbers[call], *arguments)


@pytest.mark.parametrize("machine", [X86, ARM])
@pytest.mark.parametrize(
    ("call", "arguments", "off", "on"),
    [
        ("ptrace", (), "EPERM", "EPERM"),
        ("io_uring_setup", (), "EPERM", "EPERM"),
        ("mount", (), "EPERM", "EPERM"),
        ("setns", (), "EPERM", "EPERM"),
        ("clone3", (), "ENOSYS", "ENOSYS"),
        ("openat2", (), "ENOSYS", "ENOSYS"),
        ("clone", (17,), "allow", "allow"),
        ("clone", (0x3D0F00,), "allow", "allow"),  # a thread
        ("clone", (0x10000000 | 17,), "EPERM", "EPERM"),
        ("ioctl", (0, 0x5412), "EPERM", "EPERM"),
        ("ioctl", (0, 0x541C), "EPERM", "EPERM"),
        ("ioctl", (0, 0xFFFFFFFF00005412), "EPERM", "EPERM"),  # CVE-2019-7303
        ("ioctl", (0, 0x5413), "allow", "allow"),
        ("fchmodat", (0, 0, 0o755), "allow", "allow"),
        ("fchmodat", (0, 0, 0o4755), "EPERM", "EPERM"),
        ("openat", (0, 0, 0x41, 0o644), "allow", "allow"),
        ("openat", (0, 0, 0x41, 0o2755), "EPERM", "EPERM"),
        ("socket", (1,), "EPERM", "EPERM"),  # AF_UNIX
        ("socket", (2,), "EPERM", "allow"),  # AF_INET
        ("socket", (10,), "EPERM", "allow"),  # AF_INET6
        ("socket", (16,), "EPERM", "allow"),  # AF_NETLINK
        ("socket", (17,), "EPERM", "EPERM"),  # AF_PACKET
        ("socket", (40,), "EPERM", "EPERM"),  # AF_VSOCK
        ("truncate", (), "allow", "allow"),
    ],
)
def test_calls(machine: str, call: str, arguments: tuple[int, ...], off: str, on: str) -> None:
    assert asked(machine, call, *arguments) == off
    assert asked(machine, call, *arguments, network=True) == on


@pytest.mark.parametrize("machine", [X86, ARM])
def test_foreign_calls(machine: str) -> None:
    program = seccomp.program(machine, network=True)
    other = MACHINES[ARM if machine == X86 else X86].audit
    assert verdict(program, other, 0) == "kill"
    assert verdict(program, 0x40000003, 4) == "kill"  # i386
    if machine == X86:
        assert verdict(program, MACHINES[X86].audit, 0x40000000 | 41, 2) == "EPERM"  # x32


def test_socketpair_and_everything_else_stays() -> None:
    program = seccomp.program(X86, network=False)
    denied = {
        number for number in range(470) if verdict(program, MACHINES[X86].audit, number) != "allow"
    }
    assert 53 not in denied and len(denied) < 70


def test_more_can_be_denied() -> None:
    program = seccomp.program(ARM, network=True, also=["truncate"])
    assert verdict(program, MACHINES[ARM].audit, 45) == "EPERM"


def test_a_machine_without_a_table() -> None:
    with pytest.raises(ValueError, match="riscv64"):
        seccomp.program("riscv64", network=False)


def test_the_profile_for_macos() -> None:
    """Text only: it was never run."""
    from pathlib import Path

    view = View(Path("/w"), {}, False, ("/Users/a/w",), "/Users/a/w", ('/Users/a/.s"sh',))
    text = macos.profile(view, "/tmp/x")
    lines = text.splitlines()
    assert lines[0] == "(version 1)" and "(deny default)" in lines
    assert '(allow file-write* (subpath "/Users/a/w") (subpath "/private/tmp/x"))' in lines
    assert '(deny file-read* file-write* (subpath "/Users/a/.s\\"sh"))' in lines
    assert "(deny network*)" in lines
    allowed = next(n for n, line in enumerate(lines) if line.startswith("(allow file-write* (subp"))
    denied = next(n for n, line in enumerate(lines) if line.startswith("(deny file-write*"))
    assert denied > allowed  # the last rule that matches decides
    assert "[mM][cC][pP]" in lines[denied] and "[hH][oO][oO][kK][sS]" in lines[denied]
    assert text.count("(") == text.count(")")
    assert ".mcp.json" in PLACEHOLDERS


def test_macos_is_never_green(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    from pathlib import Path

    from grafftui.sandboxes import LocalSandbox

    system = os.uname()
    darwin = os.uname_result(("Darwin", *system[1:]))
    monkeypatch.setattr(os, "uname", lambda: darwin)
    proof = LocalSandbox(Path(str(tmp_path))).prove()
    assert not proof.proven and "not proven on this build" in proof.words
