"""What a command prints and how it ended, for the person, the model and a file."""

from __future__ import annotations

import re
import signal

from grafftui.text import for_model
from grafftui.tools.base import ToolContext, element
from grafftui.tools.output import LineWindow, LivePieces, SecretFilter, Spill
from grafftui.tools.process import Ended

_SHOWN_COMMAND_CHARS = 500
_END_BYTES = 8_192


class CommandOutput:
    """Everything a command prints, on its three ways: to the person, the model, and a file.

    All three get it without secrets; the person sees it live as far as those are looked for.

    Attributes:
        size: Bytes there were.
        end: Its last bytes, of both streams.
    """

    def __init__(self, keep_ansi: bool, context: ToolContext) -> None:
        limits = context.limits
        clean = str if keep_ansi else for_model
        self.windows = {
            stream: LineWindow(
                limits.max_stdout_prefix_lines,
                limits.max_stdout_suffix_lines,
                limits.max_stdout_line_chars,
                clean,
            )
            for stream in ("stdout", "stderr")
        }
        self.spill = Spill(context.shell_output_dir)
        self.size = 0
        self.end = b""
        self._secrets = {stream: SecretFilter() for stream in ("stdout", "stderr")}
        self._live = LivePieces(context.progress)

    def feed(self, stream: str, chunk: bytes) -> None:
        self.size += len(chunk)
        self._take(stream, self._secrets[stream].feed(chunk))

    def _take(self, stream: str, chunk: bytes) -> None:
        self.windows[stream].feed(chunk)
        if self._secrets[stream].over:
            self.spill.whole = False  # nobody has looked for secrets in the rest
        else:
            self.spill.write(chunk)
            self._live.feed(stream, chunk)
        self.end = (self.end + chunk[-_END_BYTES:])[-_END_BYTES:]

    def tick(self) -> float | None:
        return self._live.tick()

    def finish(self) -> None:
        for stream, secrets in self._secrets.items():
            self._take(stream, secrets.close())
        self._live.flush()
        for window in self.windows.values():
            window.finish()
        self.spill.close(keep=any(w.omitted or w.cut for w in self.windows.values()))

    def lines(self) -> list[str]:
        """What the model gets."""
        said = []
        for stream, window in self.windows.items():
            if window.lines:
                said.append(element(stream, {"total_lines": window.lines}, _shown(window)))
        if self.spill.path:
            part = f"The whole output ({self.size:,} bytes) is"
            if not self.spill.whole:
                part = f"The first {self.spill.kept:,} of {self.size:,} bytes of output are"
            said.append(f"{part} in {self.spill.path}; read or search it there.")
        return said


def _shown(window: LineWindow) -> list[str]:
    gap = [f"… {window.omitted:,} lines omitted …"] if window.omitted else []
    return [*window.first_lines(), *gap, *window.last_lines()]


def how_it_ended(ended: Ended, timeout: float) -> dict[str, object]:
    how: dict[str, object] = {}
    if ended.timed_out:
        how["timed_out_after_seconds"] = f"{timeout:g}"
    if ended.code is not None and ended.code >= 0:
        how["exit_code"] = ended.code
    elif ended.code is not None:
        how["signal"] = _signal_name(-ended.code)
    if ended.left_behind and not ended.timed_out:
        how["background_processes_ended"] = ended.left_behind
    if ended.survivors:
        how["still_running"] = " ".join(map(str, ended.survivors))
    return how


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return str(number)


def shortened(command: str) -> str:
    command = re.sub(r"\s+", " ", command)
    if len(command) <= _SHOWN_COMMAND_CHARS:
        return command
    return command[:_SHOWN_COMMAND_CHARS] + "…"
