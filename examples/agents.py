"""Agents: ours, one of your own, and one that plans what another carries out."""

from grafftui import Graff

POET = """\
---
id: poet
title: Poet
description: Says it in verse
tools: [read, search]
---
You answer in two rhyming lines.
"""

with Graff() as graff:
    folder = graff.paths.settings / "agents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "poet.md").write_text(POET)
    for agent in graff.get_agent_infos():
        print(agent["id"], "-", agent["description"])
    print([tool["name"] for tool in graff.list_tools("poet")])

    print(graff.run("What is in cart.py?", agent="poet").text)
    session = graff.session()
    print(session.run("Plan how to test cart.py.", agent="muse").text)
    print(session.run("Carry out the plan.", agent="forge", mode="edits").text)
