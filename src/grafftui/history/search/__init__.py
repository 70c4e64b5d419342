"""Searching everything that was said and done, in every conversation.

`parse_query` says what is looked for, `Store.search` and `Reader.search` find it. What the index
is made of is told in `documents`, `words` and `history/search_tables.py`; `history/search_index.py`
keeps it.
"""

from grafftui.history.saved_searches import SavedSearch
from grafftui.history.search.finding import Hit
from grafftui.history.search.query import FILTERS, SORTS, Query, Term, parse_query

__all__ = ["FILTERS", "SORTS", "Hit", "Query", "SavedSearch", "Term", "parse_query"]
