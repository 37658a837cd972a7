"""Descend: `POST /api/v1/descend` walks down, or up, the gradient of the output."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.lab.bench import experiment
from app.lab.tables import Data, given
from app.schemas import Answer, NodeId, Number, Place, Program, Question, Shown, Value, Whole
from engine import Run, descend

Optimizer = Literal["SGD", "momentum", "Nesterov", "RMSprop", "Adam", "AdamW", "Adagrad"]
Direction = Literal["descend", "ascend"]
_OPTIMIZER = "The optimizer; momentum and Nesterov are SGD with a momentum of 0.9."
_SETTINGS = "Its settings, by the names and with the defaults that PyTorch gives them; `lr` is 0.01 for all of them."


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PydanticCustomError("object", "must be an object")
    return value


def _optional_object(value: object) -> dict[str, Any] | None:
    return None if value is None else _object(value)


Object = Annotated[dict[str, Any], PlainValidator(_object), WithJsonSchema({"type": "object"})]
_OPTIONAL = WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "null"}]})
OptionalObject = Annotated[dict[str, Any] | None, PlainValidator(_optional_object), _OPTIONAL]


class Clip(Question):
    """Bounds on the gradient."""

    kind: Literal["norm", "value"] = Field(description="What is bounded: the norm of all, or each by itself.")
    limit: Number = Field(description="The bound.")


class DescendRequest(Program):
    """A program, and how to descend."""

    optimizer: Optimizer = Field(default="SGD", description=_OPTIMIZER)
    settings: Object = Field(default={}, description=_SETTINGS)
    schedule: OptionalObject = Field(
        default=None,
        description="A schedule of the learning rate: `name`, one of StepLR, MultiStepLR, ExponentialLR, "
        "CosineAnnealingLR and ReduceLROnPlateau, and beside it the settings that PyTorch's has.",
    )
    direction: Direction = Field(default="descend", description="Down, or up: PyTorch's `maximize`.")
    iterations: Whole = Field(default=1, description="How many steps to take in all, 10,000 at most; 0 only looks.")
    zero_grad: bool = Field(default=True, description="Whether gradients are cleared; if not, they pile up.")
    clip: Clip | None = Field(default=None, description="Bounds on the gradient, as `clip_grad_norm_` and `_value_`.")
    data: Data | None = Field(default=None, description="A table; the loss is the mean over its rows.")
    batch: Place = Field(
        default_factory=lambda: None, description="How many rows an iteration uses, in turn; all if absent."
    )
    state: OptionalObject = Field(default=None, description="The `state` of an earlier answer, to go on from there.")
    tell: Whole = Field(default=200, description="How many iterations of the whole run to tell at most, 1 to 400.")
    seconds: Number = Field(
        default=0.25, description="How long to go on before answering, 0 to 0.5; at least one step is taken."
    )


class Leaf(Answer):
    """A parameter."""

    id: NodeId
    label: str
    name: str | None
    adjustable: bool = Field(description="Whether `inputs` can set it by its name.")


class LeafHistory(Answer):
    """The numbers of a leaf, by iteration."""

    id: NodeId
    values: list[Value]
    grads: list[Value] = Field(description="As the optimizer got them: piled up, clipped.")


class ShownLeaf(Answer):
    """A leaf at an iteration, as texts."""

    value: Shown
    grad: Shown


class ShownIteration(Answer):
    """An iteration as texts."""

    k: int
    loss: Shown
    lr: Shown
    grad_norm: Shown
    leaves: list[ShownLeaf] = Field(description="Of the first leaves, 10 at most.")


class Iterations(Answer):
    """Iterations, column by column: each is the moment before step `k`; after the last one there is no step."""

    stride: int = Field(description="Every so many iterations one is told, and the last.")
    k: list[int]
    loss: list[Value]
    lr: list[Value]
    grad_norm: list[Value]
    leaves: list[LeafHistory] = Field(description="Of the first leaves, 40 at most.")
    shown: list[ShownIteration]


class MovedLeaf(Answer):
    """A leaf before and after a step."""

    id: NodeId
    label: str
    start: Value = Field(description="The program's number.")
    before: Value
    grad: Value
    change: Value
    after: Value
    shown: dict[str, Shown]


class Step(Answer):
    """The last step that was taken."""

    k: int
    grad_norm: Value
    leaves: list[MovedLeaf] = Field(description="The first 100 at most.")


class MovedOutput(Answer):
    """The output, or its mean over the rows, before and after."""

    id: NodeId
    label: str
    start: Value = Field(description="At the program's numbers.")
    before: Value = Field(description="Before the last step.")
    after: Value = Field(description="Now.")
    change: Value
    shown: dict[str, Shown]


class MovedNode(Answer):
    """An operation at the beginning and now."""

    id: NodeId
    label: str
    start: Value
    after: Value
    shown: dict[str, Shown]


class Progress(Answer):
    """How far it is."""

    k: int
    iterations: int
    fraction: float
    finished: bool
    text: str


class Mark(Answer):
    """A mark along an axis."""

    at: float
    text: str


class Axis(Answer):
    """The range of a plot's numbers, and marks along it."""

    least: float
    most: float
    ticks: list[Mark]
    log: list[Mark] = Field(description="Marks of a log scale; none where there are numbers of 0 or less.")


class Axes(Answer):
    """The axes of the plots, over all iterations so far."""

    loss: Axis
    grad_norm: Axis
    lr: Axis


class Suggestion(Answer):
    """What might help."""

    text: str
    lr: float | None
    zero_grad: bool | None


class Finding(Answer):
    """What is to be said of the descent."""

    kind: Literal[
        "progress", "converged", "overshoot", "oscillation", "divergence", "plateau", "vanishing", "exploding",
        "piling_up", "nothing", "clipped",
    ]  # fmt: skip
    iteration: int | None
    sentence: str
    suggestion: Suggestion | None


class DescendAnswer(Answer):
    """A descent, or a piece of one."""

    leaves: list[Leaf] = Field(description="The parameters; other lists of numbers have their order.")
    columns: list[str] = Field(description="The columns of the data.")
    rows: int = Field(description="The rows of the data; 0 without.")
    iterations: Iterations
    step: Step | None
    output: MovedOutput
    computed: list[MovedNode] = Field(description="The operations between, 60 at most; none of a bigger graph.")
    progress: Progress
    finished: bool = Field(description="If not, ask again with `state`.")
    done: int = Field(description="Steps taken so far.")
    state: dict[str, Any] = Field(description="What the next request gives back; `values` are those of `leaves`.")
    axes: Axes
    diagnosis: list[Finding]
    warnings: list[str]


def _work(run: Run, asked: DescendRequest) -> dict[str, Any]:
    return descend(
        run,
        optimizer=asked.optimizer,
        settings=asked.settings,
        schedule=asked.schedule,
        direction=asked.direction,
        iterations=asked.iterations,
        zero_grad=asked.zero_grad,
        clip=asked.clip.model_dump() if asked.clip else None,
        data=given(asked.data),
        batch=asked.batch,
        state=asked.state,
        tell=asked.tell,
        seconds=asked.seconds,
    )


_SEED = {"source": "e = a*b\nd = e + c\nL = d*f", "inputs": {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}}
_LINE = {"source": "loss = (w*x + b - y)**2", "inputs": {"w": 0.0, "b": 0.0}}

experiment(
    "descend",
    DescendRequest,
    DescendAnswer,
    _work,
    summary="Descend or ascend",
    description="Takes steps of an optimizer with the gradient of the output, and says what came of it. A long "
    "descent answers after `seconds`, with `finished` false: the same request with the answer's `state` goes on.",
    examples={
        "ascend": {
            "summary": "One step up: L rises from −8 to −7.286496",
            "value": {**_SEED, "direction": "ascend", "settings": {"lr": 0.01}, "iterations": 1},
        },
        "line": {
            "summary": "Fit a line with Adam",
            "value": {
                **_LINE,
                "data": {"set": "line"},
                "optimizer": "Adam",
                "settings": {"lr": 0.1},
                "schedule": {"name": "CosineAnnealingLR", "T_max": 100},
                "iterations": 100,
                "tell": 20,
            },
        },
    },
)
