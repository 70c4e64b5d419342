"""Text from outside, made safe to show, to judge and to send.

Here are the everyday functions. What is shown to be decided is in `grafftui.text.auditing`,
colours and rewritten lines of command output in `grafftui.text.sgr`, secrets in
`grafftui.text.redact`; they are imported by who needs them.
"""

from grafftui.text.safe import SafeText, plain
from grafftui.text.sanitise import display, for_model, one_line

__all__ = [
    "SafeText",
    "display",
    "for_model",
    "one_line",
    "plain",
]
