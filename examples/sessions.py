"""Several turns of one conversation, also in another run of the program."""

from grafftui import Graff

with Graff() as graff:
    session = graff.session(custom_rules="Answer in one sentence.")
    print(session.run("What is in this folder?").text)
    print(session.run("And which file matters most?").text)

with Graff() as graff:
    session = graff.resume_last()
    print(session.run("Why?").text)
    graff.rename_conversation(session.conversation_id, "The file that matters")
    copy = graff.fork_conversation(session.conversation_id)
    print(graff.run("Say it in French.", conversation_id=copy).text)
    for conversation in graff.list_conversations(10):
        print(conversation["id"] == copy, conversation["title"])
