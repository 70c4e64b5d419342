"""Places to run commands in, and what makes them."""

from grafftui.sandboxes.fingerprint import changes, governed_fingerprint
from grafftui.sandboxes.local import LocalSandbox
from grafftui.sandboxes.proof import Proof

__all__ = ["LocalSandbox", "Proof", "changes", "governed_fingerprint"]
