"""Schemas: turns JSON requests into checked values, and describes requests and answers for /docs and OpenAPI.

Only `RunRequest` is used to read something. Answers come from the engine as they are; tests hold them to the models.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.errors import MEDIA_TYPE, Problem, cut, input_problem
from app.reader import Doubled, Unreadable, loads

SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_HINT = "/docs shows a request that works"


def _number(value: object) -> float:
    if isinstance(value, str) and value in SPECIAL:
        return SPECIAL[value]
    if not isinstance(value, float):
        raise PydanticCustomError("number", "must be a number")
    if math.isinf(value):
        raise PydanticCustomError("range", 'is too large for a double; for infinity write "Infinity"')
    return value


def _text(value: object) -> str:
    """Any text at all: what is wrong with its characters is said by the engine, at their place."""
    if not isinstance(value, str):
        raise PydanticCustomError("text", "must be a text")
    return value


_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "enum": [*SPECIAL]}]}
Number = Annotated[float, PlainValidator(_number), WithJsonSchema(_NUMBER_SCHEMA)]
Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Name = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]


def _whole(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and float(value).is_integer():
        return int(value)
    raise PydanticCustomError("whole", "must be a whole number from 0 on")


_WHOLE_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
Place = Annotated[int | None, PlainValidator(_whole), WithJsonSchema(_WHOLE_SCHEMA)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RunRequest(_Request):
    """A program and what is wanted of it."""

    source: Text = Field(description="The program.")
    inputs: dict[Name, Number] = Field(
        default={},
        description="Values of names that the program does not bind, and of its leaves; 1.0 where none is given.",
    )
    svg: bool = Field(default=True, description="Whether the answer holds the picture.")
    partial: bool = Field(
        default=False, description="Answer 200 with `problem` and the graph of what ran, where the program fails."
    )
    display: bool = Field(
        default=False, description="Add what a page shows: short numbers, formulas in MathML, sentences."
    )
    direction: Literal["LR", "TB"] = Field(default="LR", description="Where the picture leads: right or down.")
    style: Literal["compact", "micrograd"] = Field(
        default="compact", description="One box a node, or micrograd's pairs of value and operator."
    )
    step: Place = Field(
        default_factory=lambda: None, description="Draw the moment after so many steps; all of them if absent."
    )
    chosen: Place = Field(
        default_factory=lambda: None,
        alias="pass",
        description="Answer with the steps, nodes and picture of this pass alone, from 0; not together with `step`.",
    )


_Model = TypeVar("_Model", bound=_Request)


def read(model: type[_Model], body: bytes) -> _Model:
    """Return the request that `body` holds; raise `Problem` with the JSON pointer of what is wrong."""
    try:
        value = loads(body)
    except Unreadable as error:
        raise Problem("body", f"the body must be JSON: {error}") from None
    if not isinstance(value, dict):
        raise input_problem(("", f"the body must be an object, as in {_EXAMPLE}"), hint=_HINT)
    for pointer, each in (("", value), ("/inputs", value.get("inputs"))):
        if isinstance(each, Doubled):
            raise input_problem((f"{pointer}/{_quoted(each.key)}", "stands twice"), hint="Delete one of the two.")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True, include_input=False)
        raise input_problem(*map(_wrong, details[:20]), hint=_HINT) from None


_EXAMPLE = '{"source": "relu(a*b + d)"}'
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this request",
    "string_unicode": "a key of the body holds half a character, a lone surrogate",
    "bool_type": "must be true or false",
    "dict_type": "must be an object of numbers by name",
}


def _wrong(error: Any) -> tuple[str, str]:
    pointer = "".join(f"/{_quoted(str(part))}" for part in error["loc"] if part != "[key]")
    if error["type"] == "literal_error":
        return pointer, f"must be {error['ctx']['expected']}"
    return pointer, _WORDS.get(error["type"], error["msg"])


def _quoted(key: str) -> str:
    """Return `key` as a part of a JSON pointer, cut to a readable length."""
    return cut(key.replace("~", "~0").replace("/", "~1"), 60)


# -- answers, for documentation and tests ------------------------------------------------------------------------------


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


NodeId = Annotated[str, Field(pattern=r"^n\d+$")]
Value = float | Literal["NaN", "Infinity", "-Infinity"]
Shown = Annotated[
    list[str], Field(min_length=3, max_length=3, description='Short form, all digits, and "=" or "≈" between the two.')
]


class Span(_Answer):
    """A piece of the source. Lines count from 1, columns from 0 in Unicode code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class ShownNode(_Answer):
    """The numbers of a node as texts."""

    data: Shown
    grad: Shown
    partials: list[Shown | None]


class Carried(_Answer):
    """What a node shows before the first step that is told; null for numbers that were not known then."""

    data: Shown | None
    grad: Shown | None
    sign: Literal["pos", "neg", "zero", "nan", "none"]
    magnitude: int


class Node(_Answer):
    """A node of the graph."""

    id: NodeId
    name: str | None = Field(description="The variable, `x@2` from its second version on.")
    label: str = Field(description="What pictures and sentences call it.")
    role: Literal["input", "constant", "operation"]
    op: str | None
    operands: list[NodeId] = Field(description="By slot; `x*x` has the same one twice.")
    data: Value
    grad: Value
    partials: list[Value | None] = Field(description="The local derivative by each operand.")
    expression: str | None
    trainable: bool
    defaulted: bool = Field(description="Nobody gave a value, so it is 1.0.")
    span: Span | None
    scope: str = Field(description="Calls and turns of loops it was made in: `train#3/layer#0/neuron#2`.")
    calls: list[Span] = Field(description="Where these calls stand, the outermost first; `span` is inside the last.")
    symbol: str | None = Field(default=None, description="With `display`.")
    adjustable: bool | None = Field(default=None, description="With `display`: whether `inputs` can set it.")
    literal: str | None = Field(default=None, description="With `display`: the number that the program gives it.")
    shown: ShownNode | None = Field(default=None, description="With `display`.")
    carried: Carried | None = Field(
        default=None, description="With `display`, where `first_step` is not 0: what it showed before that step."
    )


class Output(_Answer):
    """The node that everything is differentiated by."""

    node: NodeId
    name: str
    data: Value
    shown: dict[str, Shown] | None = Field(default=None, description="With `display`.")


class _Step(_Answer):
    node: NodeId
    text: str = Field(description="What happens, as code with its numbers.")
    shown: dict[str, Shown] | None = Field(default=None, description="With `display`.")
    math: str | None = Field(default=None, description="With `display`: a formula in MathML.")
    sentence: str | None = Field(default=None, description="With `display`: the same in words.")
    ledger: str | None = Field(default=None, description="With `display`: how the number came about, `3 + 1 = 4`.")
    sign: Literal["pos", "neg", "zero", "nan"] | None = Field(
        default=None, description="With `display`: of the gradient after this step."
    )
    magnitude: int | None = Field(
        default=None, description="With `display`: its size, 0 to 3, beside the largest of the run, on a log scale."
    )


class Forward(_Step):
    """An operation gets its value."""

    phase: Literal["forward"]


class Seed(_Step):
    """A backward pass begins: the derivative of the output by itself is 1."""

    phase: Literal["seed"]
    contribution: Value
    before: Value
    after: Value


class Backward(_Step):
    """One edge carries `contribution = upstream * local` to the operand in `slot`."""

    phase: Literal["backward"]
    operand: NodeId
    slot: int
    upstream: Value
    local: Value
    contribution: Value
    before: Value
    after: Value


class Update(_Step):
    """The program itself writes `.data` or `.grad`."""

    phase: Literal["update"]
    field: Literal["data", "grad"]
    before: Value
    after: Value
    span: Span | None = Field(description="The statement that writes.")


Step = Annotated[Forward | Seed | Backward | Update, Field(discriminator="phase")]


class Pass(_Answer):
    """One `.backward()`; its steps are [first, last)."""

    output: NodeId
    order: list[NodeId] | None = Field(description="Null for passes that this answer does not tell.")
    first: int
    last: int
    data: Value = Field(description="The number that is differentiated, a loss perhaps.")
    scope: str = Field(description="Calls and turns of loops it was asked for in: `epoch#3`.")
    span: Span | None = Field(description="Where the program asks for it; null where it does not.")
    shown: dict[str, Shown] | None = Field(default=None, description="With `display`.")


class Warning(_Answer):  # noqa: A001 - the contract's word for it
    """Something that the author of the program would want to know."""

    kind: str
    message: str
    node: NodeId | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None


class Mistake(_Answer):
    """One thing that is wrong, where, and what to write instead."""

    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    hint: str | None


class ProblemDocument(_Answer):
    """Why a request was not answered (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Mistake]


def problem_response(description: str, example: Any = None) -> dict[str, Any]:
    """Return how OpenAPI describes an answer that is a problem."""
    content = {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}
    if example:
        content["example"] = example
    return {"description": description, "content": {MEDIA_TYPE: content}}


class RunAnswer(_Answer):
    """A run: its graph, its numbers, its steps and its picture."""

    version: Literal[1]
    source: str
    output: Output | None
    nodes: list[Node]
    order: list[NodeId] = Field(description="What the output depends on, operands first.")
    variables: dict[str, NodeId] = Field(description="Every name's last node.")
    steps: list[Step] = Field(
        description="All of them; of a long run with several passes, those of the pass that `pass` or `step` chooses, "
        "the last one if neither is given."
    )
    first_step: int = Field(description="The place of the first of `steps` in the whole run.")
    step_count: int = Field(description="Steps of the whole run.")
    passes: list[Pass]
    printed: str
    warnings: list[Warning]
    svg: str | None = Field(
        default=None, description="Absent where it was not asked for, null where none can be drawn."
    )
    problem: ProblemDocument | None = Field(default=None, description="With `partial`: why the program stopped.")


class Operation(BaseModel):
    """A row of the table of operations."""

    model_config = ConfigDict(extra="allow")  # rows may grow

    name: str
    symbol: str
    arity: int
    signature: str
    about: str
    convention: str = Field(description="What is chosen where the derivative is not unique.")
    domain: str
    partials: list[str] = Field(description="The derivative by each operand.")
    mathml: list[str]


class Operations(BaseModel):
    """The table of operations."""

    operations: list[Operation]
