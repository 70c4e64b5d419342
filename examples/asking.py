"""Ask a person in the terminal before anything is done, and answer what agents ask."""

from grafftui import Cancellation, Graff
from grafftui.approvals import Decision, Question, Reply, Request


class Terminal:
    """Answers what no rule answers. Called on the thread that runs the turn."""

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Yes or no."""
        print(f"{request.kind}: {request.subject}")
        for edit in request.edits:
            print(edit.diff)
        said_yes = input("Go ahead? [y/n] ") == "y"
        return Decision("accept" if said_yes else "decline", by="person")

    def ask(
        self,
        question: Question,
        *,
        question_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Reply:
        """An answer in words."""
        return Reply(text=input(f"{question.text} "))


with Graff(approver=Terminal()) as graff:
    result = graff.run("Write a file hello.txt that greets me.")
    print(result.text)
    for change in result.file_changes:
        print(change["change"], change["path"], f"+{change['lines_added']}")
