"""A process that lets Codex answer, and tells each event; to be killed in the midst of it."""

import sys

from grafftui import Graff
from grafftui.backends.codex import CodexOptions
from grafftui.backends.codex.conversing import CodexBackend

program, workspace = sys.argv[1:]
graff = Graff(cwd=workspace)
codex = CodexBackend(graff, CodexOptions(codex_bin=program))
for event in codex.chat("go on"):
    sys.stdout.write(f"{event}\n")
    sys.stdout.flush()
