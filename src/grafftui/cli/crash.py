"""Errors at the edge of the process: each becomes one line on stderr and an exit code."""

from __future__ import annotations

from collections.abc import Callable

from grafftui.cli import terminal


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
    from grafftui.ui.hygiene.report import write_report

    terminal.say(write_report(error))
    return 1
