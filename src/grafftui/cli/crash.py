"""Errors at the edge of the process: each becomes one line on stderr and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from grafftui.cli import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading


def guarded(run: Callable[[], int]) -> int:
    """Run `run`; what it raises becomes its exit code.

    0 done, 1 failed, 2 usage, 130 interrupted. `BrokenPipeError` passes: it concerns stdout.
    """
    try:
        return run()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        return _account_for(error)


def _account_for(error: Exception) -> int:
    from grafftui.errors import AbortedError, GrafftuiError, UsageError

    if isinstance(error, GrafftuiError):
        terminal.say(f"{error}; {error.hint}" if error.hint else str(error))
        codes = {UsageError: 2, AbortedError: 130}
        return next((code for kind, code in codes.items() if isinstance(error, kind)), 1)
    _tell(error)
    return 1


def watch_process() -> None:
    """See to errors that reach nobody: in plain threads, in `__del__`, and at exit.

    Python prints their tracebacks, with whatever is in the error's text. The first is reported
    instead; one raised by an exit handler also makes the exit code 1.
    """
    import atexit
    import threading

    reported: list[BaseException] = []
    at_exit: list[BaseException] = []

    def report(error: BaseException | None, tell: bool) -> None:
        if error is not None and not reported:
            reported.append(error)
            _tell(error, aloud=tell)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, SystemExit):
            report(args.exc_value, tell=True)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        exiting = "atexit" in (args.err_msg or "")
        if exiting and args.exc_value is not None:
            at_exit.append(args.exc_value)
        report(args.exc_value, tell=exiting)

    def last_of_all() -> None:
        if at_exit:
            import os

            os._exit(1)

    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    atexit.register(last_of_all)  # registered first, so it runs last


def _tell(error: BaseException, aloud: bool = True) -> None:
    from grafftui.ui.hygiene.report import write_report

    line = write_report(error)
    if aloud:
        terminal.say(line)
