"""An agent of PydanticAI, on our models, that hands work to our core."""

from pydantic_ai import Agent

from grafftui import Graff
from grafftui.pydantic_ai import GrafftuiModel, as_tool

with Graff(mode="plan") as graff:
    agent = Agent(GrafftuiModel(graff), tools=[as_tool(graff)])
    print(agent.run_sync("Find out what this project does.").output)
