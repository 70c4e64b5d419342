"""Opens the core behind the screen. Runs on a worker thread, after the first frame."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError, NotFoundError, StoreError
from grafftui.ui.garbage import imports_unnoticed
from grafftui.ui.options import Options

if TYPE_CHECKING:
    from grafftui.approvals import Approver
    from grafftui.core import Graff


@dataclass(slots=True)
class Opened:
    """The core, and what to clean up after it.

    Attributes:
        unknown: What was asked for, or is set, and is nowhere to be found: in sentences.
    """

    graff: Graff
    branch: str
    unknown: tuple[str, ...] = ()
    cleanup: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


def open_core(options: Options, approver: Approver) -> Opened:
    """Open the history, the keys and the models. Raises `GrafftuiError`."""
    with imports_unnoticed():
        from grafftui.core import Graff
        from grafftui.tools.kept_files import sweep

    if options.demo:
        return _open_tour(options, approver)
    graff = Graff(
        cwd=options.cwd,
        provider=options.provider,
        model=options.model,
        agent=options.agent,
        mode=options.mode,
        approver=approver,
    )
    sweep(graff.paths.data / "output")
    return Opened(graff, branch(Path(graff.workspace)), _unknown(options, graff))


def is_worth_waiting_for(error: GrafftuiError) -> bool:
    """Whether the history may be opened later on, though it could not be now."""
    from grafftui.history.database import DamagedError

    return isinstance(error, StoreError) and not isinstance(error, DamagedError)


def _unknown(options: Options, graff: Graff) -> tuple[str, ...]:
    from grafftui.models import provider

    finders: dict[Callable[[str], object], str | None] = {
        graff.roster.agent: options.agent or graff.settings.agent,
        provider: options.provider or graff.settings.provider,
    }
    told = []
    for find, name in finders.items():
        if name:
            try:
                find(name)
            except NotFoundError as error:
                told.append(f"{error}; {error.hint}")
    return tuple(told)


def _open_tour(options: Options, approver: Approver) -> Opened:
    """The guided tour: its own repository and its own history, gone when it ends."""
    from grafftui.backends.demo import TourModels, make_sample_repository
    from grafftui.core import Graff
    from grafftui.settings.paths import Paths

    cleanup = contextlib.ExitStack()
    folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="grafftui-tour-")))
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(folder / "home"), "HOME": str(folder)})
    rate = float(os.environ.get("GRAFFTUI_DEMO_RATE", "45"))
    graff = Graff(
        cwd=str(make_sample_repository(folder)),
        mode=options.mode,
        approver=approver,
        models=TourModels(rate),
        paths=paths,
    )
    return Opened(graff, branch(Path(graff.workspace)), cleanup=cleanup)


def branch(workspace: Path) -> str:
    """The branch checked out in `workspace`, "" when that cannot be told from `.git/HEAD`.

    Read, not asked of git: a repository's configuration can make git run things.
    """
    try:
        head = (workspace / ".git" / "HEAD").read_text("utf-8", "replace")[:300].strip()
    except OSError:
        return ""
    prefix = "ref: refs/heads/"
    return head.removeprefix(prefix) if head.startswith(prefix) else head[:8]
