"""Take back what a turn did to the files; look first."""

from pathlib import Path

from grafftui import Graff

with Graff(mode="edits") as graff:
    result = graff.run("Rename the function total to sum_up in cart.py.")
    print([(change["change"], change["path"]) for change in result.file_changes])

    plan = graff.undo_plan(result.conversation_id)
    for step in plan.files.steps:
        print(step.deed, step.path)
        print(graff.undo_diff(plan, step.path).text)
    undone = graff.undo(plan, files=True, words=False)
    print("as before:", undone.restored, "total" in Path("cart.py").read_text())

    graff.redo(graff.redo_plan(result.conversation_id))
    print("again:", "sum_up" in Path("cart.py").read_text())
