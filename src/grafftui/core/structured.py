"""Answers that follow a schema: asked for, checked, and asked for once more if they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from grafftui.core.turn_result import TokenUsage, TurnResult
from grafftui.errors import AnswerError, UsageError
from grafftui.models import strict_json

if TYPE_CHECKING:
    from jsonschema import FormatChecker
    from jsonschema.protocols import Validator
    from pydantic import BaseModel

T = TypeVar("T")
_FENCED: Final = re.compile(r"^\s*```[\w-]*[^\S\n]*\n(.*?)\n\s*```\s*$", re.DOTALL)
_MOST_FAULTS: Final = 10
_SAMPLES: Final[tuple[Any, ...]] = (None, True, 1, "", [], {})

Turn = Callable[[str], TurnResult]
"""Runs a prompt to its end; the second time in the conversation of the first."""


@dataclass(frozen=True, slots=True)
class StructuredResult(Generic[T]):
    """An answer that follows its schema.

    Attributes:
        output: The value.
        turn: The turn that gave it.
        usage: Tokens and money of all requests it took, those of a first turn included.
        repaired: Whether it took a second turn.
    """

    output: T
    turn: TurnResult
    usage: TokenUsage
    repaired: bool = False


def structured(
    prompt: str, schema: dict[str, Any], read: Callable[[Any], T], turn: Turn
) -> StructuredResult[T]:
    """Ask for JSON that follows `schema`.

    Args:
        read: Makes the output of the JSON value; raises `ValueError` saying what is wrong.

    Raises:
        TurnFailedError: A turn was not answered.
        AnswerError: The second answer does not follow the schema either.
    """
    asked = (
        f"{prompt}\n\nAnswer with one JSON value and nothing else. It must be valid against this"
        f" JSON schema:\n{json.dumps(schema, ensure_ascii=False)}"
    )
    first = turn(asked).raise_for_status()
    try:
        return StructuredResult(read(json_in(first.text)), first, first.usage)
    except UsageError:
        raise
    except ValueError as error:
        fault = str(error)
    second = turn(
        f"That answer does not follow the schema:\n{fault}\n"
        "Answer again with the whole corrected JSON value and nothing else."
    ).raise_for_status()
    try:
        output, usage = read(json_in(second.text)), first.usage + second.usage
        return StructuredResult(output, second, usage, repaired=True)
    except ValueError as error:
        raise AnswerError(
            f"the answer does not follow the schema: {str(error).splitlines()[0]}",
            text=second.text,
        ) from None


def json_in(text: str) -> Any:
    """The JSON value that `text` is, as it stands or in one code fence; read strictly.

    Raises:
        ValueError: It is none.
    """
    fenced = _FENCED.match(text)
    try:
        value = strict_json.loads(fenced.group(1) if fenced else text)
        strict_json.check_surrogates(value)
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    return value


def require_schema(schema: dict[str, Any]) -> None:
    """Raises `UsageError` where it is no JSON schema.

    Patterns may be of any kind: it is the provider that reads them.
    """
    from jsonschema import FormatChecker

    _validator(schema, FormatChecker(()))


def reader_for_schema(schema: dict[str, Any]) -> Callable[[Any], Any]:
    """What checks a value against a JSON schema (2020-12 unless it names another draft).

    References to elsewhere are never fetched.

    Raises:
        UsageError: It is no JSON schema.
    """
    from referencing.exceptions import Unresolvable

    validator = _validator(schema)

    def faults_of(value: Any) -> list[str]:
        try:
            return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(value)]
        except Unresolvable as error:
            raise _invalid(f"it refers to what is not in it: {error}") from None
        except ValueError as error:  # of an address
            raise _invalid(str(error)) from None
        except RecursionError:
            raise _invalid("it refers to itself without an end") from None

    for sample in _SAMPLES:  # told before anything is sent, where it can be
        faults_of(sample)

    def read(value: Any) -> Any:
        if faults := faults_of(value):
            raise ValueError("\n".join(faults[:_MOST_FAULTS]))
        return value

    return read


def _validator(schema: dict[str, Any], formats: FormatChecker | None = None) -> Validator:
    """What knows whether a value is valid.

    Args:
        formats: What its patterns and addresses have to be; all that jsonschema knows by default.

    Raises:
        UsageError: It is no JSON schema.
    """
    from jsonschema.validators import validator_for

    try:
        json.dumps(schema, allow_nan=False)
        strict_json.check_surrogates(schema)
    except RecursionError:
        raise _invalid("it goes too deep") from None
    except (TypeError, ValueError) as error:
        raise _invalid(f"it is no JSON: {error}") from None
    if not isinstance(schema.get("$schema", ""), str):
        raise _invalid("$schema must be a string")
    try:
        validator_class = validator_for(schema)
        formats = formats or validator_class.FORMAT_CHECKER
        judge = validator_class(validator_class.META_SCHEMA, format_checker=formats)
        fault = next(judge.iter_errors(schema), None)
    except RecursionError:
        raise _invalid("it goes too deep") from None
    except ValueError as error:  # of an address
        raise _invalid(str(error)) from None
    if fault is not None:
        raise _invalid(f"{fault.message} (at {fault.json_path})")
    return validator_class(schema)


def _invalid(what: str) -> UsageError:
    return UsageError(f"invalid json_schema: {what}")


def reader_for_model(model: type[BaseModel]) -> Callable[[Any], BaseModel]:
    """What makes a pydantic model of a value."""
    from pydantic import ValidationError

    def read(value: Any) -> BaseModel:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            faults = [
                f"$.{'.'.join(map(str, e['loc']))}: {e['msg']}"
                for e in error.errors()[:_MOST_FAULTS]
            ]
            raise ValueError("\n".join(faults)) from None

    return read
