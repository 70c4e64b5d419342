"""Answers that follow a schema: checked, and asked for once more if they do not."""

from typing import Literal

from pydantic import BaseModel

from grafftui import AnswerError, Graff


class Review(BaseModel):
    """What is wanted."""

    verdict: Literal["good", "bad"]
    reasons: list[str]


schema = {"type": "object", "properties": {"files": {"type": "integer"}}, "required": ["files"]}

with Graff() as graff:
    result = graff.run_pydantic("Review cart.py.", Review)
    print(result.output.verdict, result.output.reasons, "repaired:", result.repaired)
    print(graff.run_json("How many files are here?", schema).output["files"])
    try:
        graff.run_json("How many files are here?", schema)
    except AnswerError as error:
        print(error)
