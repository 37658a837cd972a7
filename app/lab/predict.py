"""Predict: `POST /api/v1/question` asks for a step of a run, `POST /api/v1/predict` says whether an answer is right."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.lab.bench import experiment
from app.schemas import Answer, NodeId, Program, Shown, Value, Whole
from engine import Run, predict, question

Kind = Literal["contribution", "sign", "edge", "after", "value"]
_KIND = (
    "What is asked: the `contribution` of an edge, its `sign`, which `edge` is next, the gradient `after` the step, "
    "or the `value` of an operation."
)


def _answer(given: object) -> float | str | dict[str, Any] | None:
    if given is None or isinstance(given, float | str):
        return given
    if isinstance(given, dict) and set(given) == {"node", "slot"}:
        return given
    raise PydanticCustomError("answer", "must be a number, a text, or an edge with node and slot")


_ANSWER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}, {"type": "null"}]}
Given = Annotated[float | str | dict[str, Any] | None, PlainValidator(_answer), WithJsonSchema(_ANSWER_SCHEMA)]


class QuestionRequest(Program):
    """A program, and from where on to ask."""

    step: Whole = Field(description="How many steps of the run are done; asked is the next one that fits `kind`.")
    kind: Kind = Field(default="contribution", description=_KIND)
    forward: bool = Field(default=False, description="Whether the values of operations are asked too.")


class PredictRequest(Program):
    """A program, one of its steps and an answer."""

    step: Whole = Field(description="The step: how many steps of the run are done before it.")
    kind: Kind = Field(default="contribution", description=_KIND)
    answer: Given = Field(
        default=None,
        description='A number, or a text such as `"1/3"` or `"3 * 2"`; `"+"`, `"-"` or `"0"` for a sign; '
        '`{"node": "n2", "slot": 0}` for an edge.',
    )
    reveal: bool = Field(default=False, description="Whether the solution is told in any case.")


class Choice(Answer):
    """Something that can be answered."""

    answer: str | dict[str, Any]
    label: str


class Question(Answer):
    """What is asked about a step. It holds nothing that gives the answer away, but for the hints."""

    step: int | None = Field(description="The step that is asked for; null at the end.")
    kind: Kind
    phase: Literal["forward", "seed", "backward"] | None
    node: NodeId | None
    operand: NodeId | None
    slot: int | None
    question: str
    hints: list[str] = Field(description="Each tells a little more than the one before.")
    choices: list[Choice] = Field(description="Empty where a number is to be typed.")
    count: int = Field(description="How many steps of the run can be asked.")
    asked: int = Field(description="How many of them lie before this one.")


class Slip(Answer):
    """A wrong turn that leads to what was answered."""

    name: str
    title: str
    about: str
    sentence: str = Field(description="Where it went wrong, with this step's numbers.")


class Edge(Answer):
    """An edge that a step takes."""

    node: NodeId
    operand: NodeId
    slot: int


class Solution(Answer):
    """The right answer."""

    number: Value
    shown: Shown
    sign: Literal["+", "-", "0", "nan"]
    edge: Edge | None
    text: str
    math: str


class Judgement(Answer):
    """What there is to say of an answer."""

    step: int
    kind: Kind
    verdict: Literal["right", "also", "wrong", "shown"] = Field(
        description="`also`: an edge that may carry now, though the walk takes another one first."
    )
    correct: bool
    sentence: str
    slips: list[Slip] = Field(description="Slips that lead to this answer, the likeliest first.")
    understood: Shown | None = Field(description="The number that was read.")
    solution: Solution | None = Field(description="Null while it is to be found.")


_SUM: dict[str, Any] = {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": -3.0}}


def _question(run: Run, request: QuestionRequest) -> dict[str, Any]:
    return question(run, request.step, request.kind, forward=request.forward)


def _predict(run: Run, request: PredictRequest) -> dict[str, Any]:
    return predict(run, request.step, request.kind, request.answer, reveal=request.reveal)


experiment(
    "question",
    QuestionRequest,
    Question,
    _question,
    summary="Ask for a coming step",
    description="Asks in words for a step that has not been made yet, without giving it away, with hints and, where "
    "one can choose, with choices.",
    examples={
        "contribution": {"summary": "What an edge brings", "value": {**_SUM, "step": 5}},
        "edge": {"summary": "Which edge is next", "value": {**_SUM, "step": 4, "kind": "edge"}},
        "value": {"summary": "The way forward too", "value": {**_SUM, "step": 0, "forward": True}},
    },
)
experiment(
    "predict",
    PredictRequest,
    Judgement,
    _predict,
    summary="Check a prediction",
    description="Says whether an answer to a question is right. A wrong one is matched to slips that lead to it, such "
    "as the other factor, or a forgotten `+=`, and explained from the numbers of this step.",
    examples={
        "slip": {"summary": "The other factor", "value": {**_SUM, "step": 5, "answer": "2"}},
        "right": {"summary": "A right answer, as a product", "value": {**_SUM, "step": 5, "answer": "-3 * 1"}},
        "sign": {"summary": "The sign alone", "value": {**_SUM, "step": 5, "kind": "sign", "answer": "+"}},
        "edge": {
            "summary": "An edge",
            "value": {**_SUM, "step": 4, "kind": "edge", "answer": {"node": "n2", "slot": 1}},
        },
        "reveal": {"summary": "The solution", "value": {**_SUM, "step": 6, "kind": "after", "reveal": True}},
    },
)
