"""Control sequences of terminals, 7-bit and 8-bit, complete or cut off.

Source: ECMA-48 section 5.3 (CSI), 5.6 (control strings), ECMA-35 section 13 (escapes);
xterm's ctlseqs for BEL as the end of a control string.
"""

from __future__ import annotations

import re

CSI = r"(?:\x1b\[|\x9b)"
"""Regular expression of what opens a control sequence."""

SEQUENCE = re.compile(
    CSI + r"[0-?]*[ -/]*[@-~]?"
    # OSC, DCS, SOS, PM and APC, up to BEL, ST, the next ESC or the end.
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x9c|\x1b\\)?"
    # Everything else that ESC opens (RIS, character sets, …), and ESC alone.
    r"|\x1b[ -/]*[0-~]?"
)
"""Any sequence. Each alternative is linear: its classes do not overlap."""

_OPENER = re.compile(r"[\x1b\x90\x98\x9b\x9d-\x9f]")


def drop_sequences(text: str) -> str:
    """`text` without control sequences; no ESC and no 8-bit opener is left."""
    return SEQUENCE.sub("", text) if _OPENER.search(text) else text
