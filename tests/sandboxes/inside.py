"""Runs inside the sandbox under test: tries what must not work; prints what came of each.

    python3 -I -S inside.py WORKSPACE OUTSIDE SOCKET ABSTRACT SECRET PID PORT [ROW …]

Each row, or each that is named, gives "held: …" or "DONE: …". Needs nothing but Python; system
calls that Python does not know are made by ctypes.
"""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys

workspace, outside, listener, abstract, secret, victim, port, *only = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"
ROWS = {}


class Held(Exception):
    pass


def row(function):
    ROWS[function.__name__] = function
    return function


def raw(x86, arm, *arguments):
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(x86 if X86 else arm), *words)
    if result < 0:
        raise OSError(ctypes.get_errno(), "raw")
    return result


def connect(family, kind, address):
    with socket.socket(family, kind) as ours:
        ours.settimeout(2)
        if kind == socket.SOCK_DGRAM and family == socket.AF_INET:
            ours.sendto(b"x", address)
        else:
            ours.connect(address)


def shell(script):
    done = subprocess.run(
        ["/bin/bash", "-c", script], capture_output=True, text=True, timeout=20, check=False
    )
    if done.returncode:
        raise Held(done.stderr.strip()[-150:])
    return done.stdout


def write(path, text="written inside"):
    with open(path, "w") as file:
        file.write(text)


# what has to work, before anything is broken


@row
def works_git_commit():
    shell(f"cd {workspace} && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x")


@row
def works_git_status_without_placeholders():
    said = shell(f"cd {workspace} && git status --porcelain --untracked-files=all && ls -a")
    status, _, names = said.partition("\n.\n")
    if ".codex" in status or "inside.py" not in status or "inside.py" not in names:
        raise Held(said)


# files outside


@row
def write_outside():
    write(f"{outside}/new")


@row
def truncate_outside():
    os.truncate(f"{outside}/kept", 0)


@row
def remove_outside():
    os.unlink(f"{outside}/kept")


@row
def chmod_outside():
    os.chmod(f"{outside}/kept", 0o666)


@row
def utime_outside():
    os.utime(f"{outside}/kept", (1, 1))


@row
def link_from_outside():
    os.link(f"{outside}/kept", f"{workspace}/linked")


@row
def write_through_a_link():
    os.symlink(f"{outside}/kept", f"{workspace}/link")
    write(f"{workspace}/link")


@row
def write_through_proc_root():
    write(f"/proc/self/root{outside}/new")


@row
def read_a_secret():
    with open(secret) as file:
        if "the secret" not in file.read():
            raise Held("empty")


@row
def write_to_a_pipe():
    """That somebody outside reads: no mount forbids it."""
    with open(os.path.join(os.path.dirname(listener), "pipe"), "w") as file:
        file.write("written inside")


# governed files


@row
def make_own_settings():
    os.mkdir(f"{workspace}/.grafftui")


@row
def make_mcp_json():
    write(f"{workspace}/.mcp.json")


@row
def write_a_git_hook():
    write(f"{workspace}/.git/hooks/pre-commit")


@row
def write_git_config():
    write(f"{workspace}/.git/config")


@row
def replace_git():
    os.rename(f"{workspace}/.git", f"{workspace}/moved")
    os.rename(f"{workspace}/moved", f"{workspace}/.git")


@row
def replace_a_parent():
    os.rename(f"{workspace}/deep", f"{workspace}/moved")
    os.rename(f"{workspace}/moved", f"{workspace}/deep")


@row
def swap_for_a_link():
    os.unlink(f"{workspace}/.envrc")
    os.symlink("/etc/passwd", f"{workspace}/.envrc")


# networks and other programs


@row
def tcp():
    connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(port)))


@row
def udp():
    connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(port)))


@row
def tcp6():
    connect(socket.AF_INET6, socket.SOCK_STREAM, ("::1", int(port)))


@row
def dns():
    socket.getaddrinfo("example.com", 80)


@row
def raw_socket():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


@row
def netlink():
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()


@row
def vsock():
    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()


@row
def unix_socket():
    connect(socket.AF_UNIX, socket.SOCK_STREAM, listener)


@row
def abstract_socket():
    connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)


@row
def io_uring():
    raw(425, 425, 8, ctypes.create_string_buffer(256))


@row
def signal_outside():
    os.kill(int(victim), 0)


@row
def signal_the_first_process():
    os.kill(1, signal.SIGTERM)  # in a namespace of its own it reaches nobody
    if os.getppid() != 1 and os.uname().nodename != "sandbox":
        return "reached"
    raise Held("own namespace")


@row
def read_an_environment():
    with open(f"/proc/{victim}/environ", "rb") as file:
        if b"VICTIM" not in file.read():
            raise Held("another process")


@row
def see_the_engine_s_environment():
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            if b"OUR_SECRET" in file.read():
                return pid
    raise Held("nowhere")


@row
def ptrace():
    raw(101, 117, 16, int(victim), 0, 0)


# the terminal


@row
def controlling_terminal():
    write("/dev/tty")


@row
def push_keys():
    _, theirs = os.openpty()
    fcntl.ioctl(theirs, 0x5412, b"x")


# the kernel


@row
def mount():
    raw(165, 40, b"none", f"{workspace}/deep".encode(), b"tmpfs", 0, None)


@row
def new_mount():
    raw(430, 430, b"tmpfs", 0)


@row
def unshare():
    raw(272, 97, 0x10000000)


@row
def clone_a_namespace():
    pid = raw(56, 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


@row
def set_namespace():
    raw(308, 268, os.open("/proc/self/ns/mnt", os.O_RDONLY), 0)


@row
def chroot():
    os.chroot(workspace)


@row
def load_a_module():
    raw(175, 105, b"", 0, b"")


@row
def keys_of_the_kernel():
    raw(250, 219, 0, -3, 0)


@row
def bpf():
    raw(321, 280, 0, None, 0)


@row
def make_setuid():
    write(f"{workspace}/program")
    os.chmod(f"{workspace}/program", 0o4755)


@row
def create_setuid():
    os.close(os.open(f"{workspace}/program2", os.O_CREAT | os.O_WRONLY, 0o4755))


@row
def make_a_device():
    os.mknod(f"{workspace}/device", 0o60600, os.makedev(1, 1))


@row
def proc_sys():
    write("/proc/sys/kernel/hostname")


@row
def capabilities():
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    if int(lines["CapEff"], 16) == 0 == int(lines["CapBnd"], 16):
        raise Held("none")
    if int(lines["CapEff"], 16) == 0 and lines["NoNewPrivs"].strip() == "1":
        raise Held("none, and none to be had")


@row
def core_dump():
    import resource

    if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0):
        raise Held("none")


@row
def fork_bomb():
    children = []
    try:
        for _ in range(200):  # the limit under test is 64
            pid = os.fork()
            if pid == 0:
                signal.pause()
            children.append(pid)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


# what has to work besides


@row
def works_write_in_workspace():
    write(f"{workspace}/allowed")


@row
def works_temporary_files():
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")


@row
def works_socketpair():
    for end in socket.socketpair():
        end.close()


@row
def works_shell():
    shell("ls / >/dev/null && echo x | grep -q x && true > /dev/null && (sleep 0 & wait)")


@row
def works_moves_and_pipes_of_its_own():
    shell(
        f"cd {workspace} && mkdir -p from to && echo x > from/file && mv from/file to/ && "
        "mkfifo to/pipe && (cat to/pipe & echo x > to/pipe; wait) && cat <(cat to/file) && "
        "rm -r from to"
    )


@row
def works_threads():
    import threading

    thread = threading.Thread(target=len, args=("",))
    thread.start()
    thread.join()


def attempt(function):
    try:
        return f"DONE: {function() or ''}"
    except Held as held:
        return f"held: {held}"
    except OSError as error:
        name = errno.errorcode.get(error.errno, "") if error.errno else ""
        return f"held: {name or error}"
    except Exception as error:
        return f"BROKEN: {error!r}"


json.dump({name: attempt(ROWS[name]) for name in only or ROWS}, sys.stdout)
