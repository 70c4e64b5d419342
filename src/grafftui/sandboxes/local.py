"""The sandbox on this machine: proves what it says, and starts commands held to it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from grafftui.approvals import Confinement, Denial
from grafftui.sandboxes import bubblewrap, landlock, macos, pipes
from grafftui.sandboxes.denials import Denials
from grafftui.sandboxes.engines import Bubblewrap, Landlock, Starter
from grafftui.sandboxes.fingerprint import changes, governed_fingerprint
from grafftui.sandboxes.ground import Ground
from grafftui.sandboxes.limits import PROCESSES
from grafftui.sandboxes.masks import masked_paths, outermost
from grafftui.sandboxes.placeholders import remove_left_behind
from grafftui.sandboxes.proof import REFUSED, REFUSED_PIPE, Engine, Proof, Spawn, failure_of
from grafftui.sandboxes.protected import protections
from grafftui.sandboxes.view import View, roots_of, unfit
from grafftui.sandboxes.watching import Watch

Mode = Literal["read-only", "workspace-write"]

_ENGINES: tuple[Engine, ...] = ("bubblewrap", "landlock")  # the better first
_NAMES = {"bubblewrap": "bubblewrap", "landlock": "Landlock"}


class LocalSandbox:
    """Holds the commands of one workspace. Safe from any thread.

    Nothing is held before `prove` has shown that it is; it takes some 0.1 s and is called on a
    thread that may wait. What it has found does not change by itself.

    Args:
        workspace: The directory in which commands may write.
        off_limits: Directories of grafftui's own: never seen, never written.
        masked: What else is not to be seen, besides keys, tokens, browsers and keyrings.
        engines: Which may be used, the preferred first.
        places: Where bubblewrap is looked for.
        processes: How many processes and threads one command may have.
    """

    def __init__(
        self,
        workspace: Path,
        off_limits: Sequence[Path] = (),
        masked: Sequence[Path] = (),
        engines: Sequence[Engine] = _ENGINES,
        places: Sequence[Path] = bubblewrap.PLACES,
        processes: int = PROCESSES,
    ) -> None:
        self._workspace = os.path.realpath(workspace)
        self._own = tuple(os.path.realpath(path) for path in off_limits)
        self._masked = masked_paths((*off_limits, *masked))
        self._engines = tuple(engines)
        self._places = tuple(places)
        self._processes = processes
        self._watch = Watch(self._workspace)
        self._lock = threading.Lock()
        self._starter: Starter | None = None
        self._proof: Proof | None = None

    @property
    def workspace(self) -> str:
        """Real path of the directory in which commands may write."""
        return self._workspace

    @property
    def masked(self) -> tuple[str, ...]:
        """Real paths of what no command sees, whether it is there or not."""
        return self._masked

    @property
    def proof(self) -> Proof | None:
        """What was found; None before `prove`."""
        return self._proof

    def prove(self) -> Proof:
        """Find the best engine that holds; the first time by trying, within about a minute."""
        with self._lock:
            if self._proof is None:
                self._proof = self._proven()
            return self._proof

    def tidy(self) -> None:
        """Remove what stands in the workspace since a command's process was killed: what
        governed files that do not exist are kept from coming to be with."""
        with suppress(OSError):  # then no command can be held here either
            remove_left_behind(self._workspace, protections(self._workspace).missing)

    def confinement(
        self, mode: Mode, network: bool = False, writable: Sequence[str] = ()
    ) -> Confinement | None:
        """What a command is held to; None when that was not proven, or `obstacle` says why."""
        proof = self._proof
        if proof is None or proof.engine is None:
            return None
        wanted = Confinement(proof.engine, mode, network, tuple(map(os.path.realpath, writable)))
        return None if self.obstacle(wanted) else wanted

    def obstacle(self, wanted: Confinement) -> str:
        """Why no command can be held so here, in a sentence; "" if it can."""
        roots = roots_of(wanted, self._workspace)
        for root in roots:
            if problem := unfit(root, self._own):
                return problem
        view = self._view(Path(self._workspace), {}, wanted)
        if wanted.engine == "landlock":
            path = landlock.unmaskable(view)
            return f"Landlock cannot hide {path}" if path else ""
        try:
            for root in roots:
                protections(root, self._workspace)
        except OSError as error:
            return str(error)
        return ""

    def spawn(
        self,
        argv: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        confinement: Confinement,
    ) -> subprocess.Popen[bytes]:
        """Start a command held so: no input, both outputs piped unbuffered, its own session.

        Its environment is `environment` and a TMPDIR of its own. Under bubblewrap it does not
        outlive the thread that calls this; killing the process that is returned kills the whole
        tree. Ended by a signal it has the exit code 128 + signal.

        Raises:
            OSError: It cannot be started, or not be held so: a governed file is a link now, a
                directory is gone, another engine was proven.
        """
        proof, starter = self._proof, self._starter
        if starter is None or proof is None or confinement.engine != proof.engine:
            raise OSError(f"{confinement.engine} was not shown to hold commands")
        for root in roots_of(confinement, self._workspace):
            if problem := unfit(root, self._own):
                raise OSError(problem)
        return starter.start(argv, self._view(cwd, environment, confinement))

    def denial(self, output: bytes, code: int | None, confinement: Confinement) -> Denial | None:
        """What a command that failed was kept from, told by the end of what it printed.

        Args:
            output: The end of both outputs.
            code: Its exit code, or minus its signal.
        """
        return Denials(self._workspace, self._masked, self._own).told(output, code, confinement)

    def watch(self, confinement: Confinement) -> Callable[[], Sequence[str]]:
        """To be called before a command; what it returns says, afterwards, which governed files
        in the workspace were made or changed since, sorted.

        Where the kernel keeps those that were there it takes some ms at most, and does not see
        all of a large tree (`watching.MOST_LOOKS`).
        """
        if confinement.mode == "read-only" and not confinement.writable:
            return lambda: ()
        if confinement.carves:
            return self._watch.begin()
        before = governed_fingerprint(self._workspace)
        return lambda: changes(before, governed_fingerprint(self._workspace))

    def _view(self, cwd: Path, environment: Mapping[str, str], confinement: Confinement) -> View:
        return View(
            cwd=cwd,
            environment=environment,
            network=confinement.network,
            roots=roots_of(confinement, self._workspace),
            workspace=self._workspace,
            masked=self._masked,
        )

    def _proven(self) -> Proof:
        if os.uname().sysname == "Darwin":
            return Proof(None, f"nothing holds commands ({macos.NOT_PROVEN})", (macos.NOT_PROVEN,))
        failures: list[str] = []
        for engine in self._engines:
            starters, problem = self._make(engine)
            for starter in starters:
                attempt, keeps = self._attempt(engine, starter), starter.keeps_pipes
                problem = failure_of(attempt, self._workspace, keeps)
                if not problem:
                    self._starter = starter
                    words = f"{_NAMES[engine]} holds commands" + _but(failures)
                    refused = (*REFUSED, *([REFUSED_PIPE] if keeps else []))
                    return Proof(
                        engine, words, tuple(failures), starter.notes(), refused, time.time()
                    )
            failures.append(f"{_NAMES[engine]}: {problem}")
        return Proof(None, "nothing holds commands" + _but(failures), tuple(failures))

    def _make(self, engine: Engine) -> tuple[Sequence[Starter], str]:
        """What may hold, the better first; or none, and why."""
        abi = landlock.version()
        if engine == "landlock":
            return ([Landlock(abi, self._processes)], "") if abi else ([], "this kernel has none")
        program, problem = bubblewrap.find(self._places, self._workspace)
        if not program:
            return [], problem
        ways = (True, False) if pipes.can_be_kept(abi) else (False,)
        return [Bubblewrap(program, self._processes, way) for way in ways], ""

    def _attempt(self, engine: Engine, starter: Starter) -> Spawn:
        held = Confinement(engine, "read-only")

        def spawn(
            argv: Sequence[str], environment: Mapping[str, str], ground: Ground
        ) -> subprocess.Popen[bytes]:
            view = self._view(Path(self._workspace), environment, held)
            hidden = outermost((*self._masked, ground.secret))
            return starter.start(argv, replace(view, masked=hidden))

        return spawn


def _but(failures: Sequence[str]) -> str:
    return f" ({'; '.join(failures)})" if failures else ""
