"""Text from outside, made safe to show, to judge and to send.

Here are the everyday functions. Colours and rewritten lines of command output are in
`grafftui.text.sgr`, secrets in `grafftui.text.redact`; both are imported by who needs them.
"""

from grafftui.text.auditing import Span, SpanKind, audit, audit_spans
from grafftui.text.safe import SafeText, plain
from grafftui.text.sanitise import display, for_model, one_line

__all__ = [
    "SafeText",
    "Span",
    "SpanKind",
    "audit",
    "audit_spans",
    "display",
    "for_model",
    "one_line",
    "plain",
]
