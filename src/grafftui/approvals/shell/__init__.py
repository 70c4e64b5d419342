"""Shell commands taken apart: what each part is, what speaks against it, what it destroys.

Two questions, answered apart. *May this be allowed by a rule?* needs certainty: `analyse` gives
the literal words of each part where two parsers agree on them, and every objection to it;
`covers` says which rule means it. *Could this be something forbidden?* needs only doubt:
`words_run` gives every command that could run, and `forbids` says which rule means one.

Nothing here reads a file but git's own settings, or runs anything. The parsers are loaded when
first needed; without them every command is unreadable.
"""

from grafftui.approvals.shell.analysis import Analysis, SimpleCommand, analyse
from grafftui.approvals.shell.arguments import words_to_say
from grafftui.approvals.shell.forbidding import forbids
from grafftui.approvals.shell.matching import covers, says_enough
from grafftui.approvals.shell.offers import prefix_offers
from grafftui.approvals.shell.place import Place, looks_secret
from grafftui.approvals.shell.reading import literal_words, load_parsers
from grafftui.approvals.shell.running import redirects_in, words_run
from grafftui.approvals.shell.syntax import Redirect

__all__ = [
    "Analysis",
    "Place",
    "Redirect",
    "SimpleCommand",
    "analyse",
    "covers",
    "forbids",
    "literal_words",
    "load_parsers",
    "looks_secret",
    "prefix_offers",
    "redirects_in",
    "says_enough",
    "words_run",
    "words_to_say",
]
