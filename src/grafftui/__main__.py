"""The `grafftui` command and `python -m grafftui`."""

# No `from __future__`: that is a module too, and would be looked for in the current folder,
# which must first leave the import path. `os` and `sys` are part of the interpreter itself.

import os
import sys


def _leave_current_folder() -> None:
    """Take the current folder off the import path, as `python -P` does.

    It is somebody's repository, and its `json.py` is not ours to run. It gets there through
    `python -m`, and through an empty or relative entry of PYTHONPATH.
    """
    try:
        here = os.getcwd()
    except OSError:  # deleted under us: then it is not on the path either
        return
    if __name__ == "__main__" and sys.path[:1] == [here]:
        del sys.path[0]
    named = os.environ.get("PYTHONPATH", "")
    for entry in named.split(os.pathsep) if named else ():
        path = os.path.abspath(entry)
        if not os.path.isabs(entry) and path in sys.path:
            sys.path.remove(path)


_leave_current_folder()


def _claim_standard_files() -> None:
    """Open /dev/null where descriptor 0, 1 or 2 is closed.

    Otherwise the next file opened (the history, say) gets that number, and a stray message
    meant for stderr is written into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one


def main(argv: list[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments after the command's name; `sys.argv[1:]` if None.

    Returns:
        The exit code: 0 done, 1 failed, 2 usage, 128 + n ended by signal n.
    """
    _claim_standard_files()
    arguments = sys.argv[1:] if argv is None else argv
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except OSError as error:  # writing to stdout; the commands answer for everything else
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter flushes once more at exit
        if isinstance(error, BrokenPipeError):
            return 141  # what the shell shows for a program ended by SIGPIPE
        if sys.stderr is not None:
            sys.stderr.write(f"grafftui: cannot write the output: {error.strerror}\n")
        code = 1
    return code


def _run(arguments: list[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        from grafftui import __version__

        if sys.stdout is not None:
            sys.stdout.write(f"grafftui {__version__}\n")
        return 0
    from grafftui.cli.main import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main())
