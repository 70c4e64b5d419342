"""What goes wrong in a sandbox is a failure of the call that meets it; no turn ends by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grafftui.errors import AbortedError, GrafftuiError, NotFoundError
from grafftui.text import one_line
from grafftui.tools import ToolFailure

_MOST: int = 400


@contextmanager
def told(sandbox_id: str) -> Iterator[None]:
    """Have an engine's errors be failures of the call. What a server says is not trusted.

    Raises:
        ToolFailure: The sandbox, or the way to it, failed.
    """
    try:
        yield
    except AbortedError:
        raise
    except NotFoundError as error:
        raise ToolFailure(
            f"The sandbox {sandbox_id} is gone ({one_line(str(error), _MOST)}). Nothing can be "
            "done in it any more. Say so to the person, who decides where to go on; the "
            "workspace itself is as it was."
        ) from error
    except GrafftuiError as error:
        hint = f" ({one_line(error.hint, _MOST)})" if error.hint else ""
        words = one_line(str(error), _MOST)
        raise ToolFailure(f"The sandbox {sandbox_id} failed: {words}{hint}.") from error
