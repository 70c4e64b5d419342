"""Ask, and print the answer as it comes."""

from grafftui import Graff

with Graff() as graff:
    for piece in graff.stream_text("What does this project do? One sentence."):
        print(piece, end="", flush=True)
    print()
