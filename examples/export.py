"""Write a conversation to files, without keys; find it again by what was said."""

from pathlib import Path

from grafftui import Graff
from grafftui.exports.exporting import FORMATS, export_file, passage
from grafftui.history.search import parse_query

with Graff() as graff:
    id = graff.run("What does this project do?").conversation_id
    for name in ("markdown", "html", "jsonl"):
        form = FORMATS[name]
        with passage(graff.store, id) as whole:
            path = Path(f"conversation{form.suffix}")
            size = export_file(graff.store, form.write(whole), path, force=True)
        print(path, size > 0)

    graff.store.search_index.catch_up()  # else it is found a moment later
    for hit in graff.store.search(parse_query("project is:prompt")):
        print(hit.conversation.id == id, "".join(words for words, _ in hit.snippet))
