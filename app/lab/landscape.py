"""Landscapes: `/api/v1/slice`, `/contour` and `/boundary` tell the loss over leaves, and a prediction over inputs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.lab.bench import experiment
from app.lab.descend import Axis, Direction, Object, Optimizer
from app.lab.tables import Data, given
from app.schemas import Answer, NodeId, Number, Program, Shown, Text, Value, Whole, number_of
from engine import Run, boundary, contour, predictions, slice_

MOST_VALUES = 1000


def _numbers(value: object) -> list[float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise PydanticCustomError("numbers", f"must be a list of at most {MOST_VALUES:,} numbers")
    return [number_of(x) for x in value]


def _range(value: object) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise PydanticCustomError("range", "must be two numbers, the first below the second")
    return number_of(value[0]), number_of(value[1])


def _path(value: object) -> list[list[float]]:
    if not isinstance(value, list) or not all(isinstance(point, list) and len(point) == 2 for point in value):
        raise PydanticCustomError("path", "must be a list of pairs of numbers")
    return [[number_of(x) for x in point] for point in value]


def _optional_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise PydanticCustomError("text", "must be a text")
    return value


def _optional_number(value: object) -> float | None:
    return None if value is None else number_of(value)


def _or_null(schema: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [schema, {"type": "null"}]})


_NUMBERS = {"type": "array", "items": {"type": "number"}}
_PAIR = _NUMBERS | {"minItems": 2, "maxItems": 2}
Numbers = Annotated[list[float] | None, PlainValidator(_numbers), _or_null(_NUMBERS | {"maxItems": MOST_VALUES})]
Range = Annotated[tuple[float, float] | None, PlainValidator(_range), _or_null(_PAIR)]
Path = Annotated[list[list[float]], PlainValidator(_path), WithJsonSchema({"type": "array", "items": _PAIR})]
LeafName = Annotated[str | None, PlainValidator(_optional_text), _or_null({"type": "string"})]
End = Annotated[float | None, PlainValidator(_optional_number), _or_null({"type": "number"})]


class LandscapeRequest(Program):
    """A program, and where its parameters stand."""

    values: Numbers = Field(
        default=None,
        description="Numbers of the parameters, in the order of `leaves` of `/api/v1/descend`; else the program's.",
    )
    data: Data | None = Field(default=None, description="A table; the loss is the mean over its rows.")


class SliceRequest(LandscapeRequest):
    """A program, and a line to look along."""

    leaf: LeafName = Field(
        default=None,
        description="The leaf, by id or name; if absent, the way of the optimizer's step, by its learning rate.",
    )
    lo: End = Field(default=None, description="Where the line begins.")
    hi: End = Field(default=None, description="Where it ends.")
    points: Whole = Field(default=121, description="How many points, 2 to 400; fewer of a large graph.")
    optimizer: Optimizer = Field(default="SGD", description="The optimizer whose first step is shown.")
    settings: Object = Field(default={}, description="Its settings, as in `/api/v1/descend`.")
    direction: Direction = Field(default="descend", description="Down or up.")


class ContourRequest(LandscapeRequest):
    """A program, and two leaves."""

    x: Text = Field(description="The leaf to the right, by id or name.")
    y: Text = Field(description="The leaf upwards, by id or name.")
    x_range: Range = Field(default=None, description="From where to where; chosen to hold `path` if absent.")
    y_range: Range = Field(default=None, description="From where to where; chosen to hold `path` if absent.")
    size: Whole = Field(default=41, description="Points along each side, 2 to 64; fewer of a large graph.")
    path: Path = Field(default=[], description="Points of a descent, 2,000 at most.")


class BoundaryRequest(LandscapeRequest):
    """A program, two of its inputs, and what it predicts from them."""

    x: Text = Field(description="The input to the right: a column of the data.")
    y: Text = Field(description="The input upwards: a column of the data.")
    node: Text = Field(description="The prediction: a variable or an id.")
    x_range: Range = Field(default=None, description="From where to where; chosen to hold the data if absent.")
    y_range: Range = Field(default=None, description="From where to where; chosen to hold the data if absent.")
    size: Whole = Field(default=31, description="Points along each side, 2 to 60; fewer of a large graph.")
    threshold: Number = Field(default=0.0, description="Where a prediction changes sides.")


class PredictionsRequest(LandscapeRequest):
    """A program, a table, and what the program predicts from a row."""

    node: Text = Field(description="The prediction: a variable or an id.")
    target: LeafName = Field(default=None, description="The column that is to be predicted.")
    threshold: Number = Field(default=0.0, description="Where a prediction changes sides, if there are two classes.")
    x: LeafName = Field(default=None, description="The column to draw a curve over; other inputs keep their numbers.")
    points: Whole = Field(default=81, description="Points of the curve, 2 to 200.")


class NodeName(Answer):
    """A node and what it is called."""

    id: NodeId
    label: str


class Here(Answer):
    """The present place on a line."""

    x: Value
    loss: Value
    grad: Value
    shown: dict[str, Shown]


class SliceStep(Answer):
    """Where a step leads on a line."""

    x: Value
    loss: Value
    expected: Value = Field(description="Where the tangent leads.")
    change: Value
    shown: dict[str, Shown]


class LeastPoint(Answer):
    """The least point of a line."""

    x: Value
    loss: Value
    shown: dict[str, Shown]


class SliceAxes(Answer):
    """The axes of a line's plot."""

    x: Axis
    loss: Axis


class SliceAnswer(Answer):
    """The loss along a line."""

    leaf: NodeName | None
    axis: str
    x: list[float]
    loss: list[Value]
    at: Here
    tangent: list[list[Value]] = Field(description="Its two ends inside the plot; none where there is no tangent.")
    step: SliceStep
    least: LeastPoint | None
    sentence: str
    axes: SliceAxes
    warnings: list[str]


class Spot(Answer):
    """A place in a plane."""

    x: Value
    y: Value
    value: Value
    shown: dict[str, Shown]


class Level(Answer):
    """The height of a contour line."""

    at: float
    shown: Shown


class PlaneAxes(Answer):
    """The axes of a plane."""

    x: Axis
    y: Axis


class Plane(Answer):
    """Numbers over a plane."""

    xs: list[float]
    ys: list[float]
    values: list[list[Value]] = Field(description="A list for each of `ys`, with a number for each of `xs`.")
    least: Spot | None
    most: Spot | None
    levels: list[Level]
    axes: PlaneAxes
    sentence: str
    warnings: list[str]


class ContourAnswer(Plane):
    """The loss over two leaves."""

    x: NodeName
    y: NodeName
    at: Spot


class DataPoint(Answer):
    """A row of the data."""

    x: Value
    y: Value
    row: list[Value]


class BoundaryAnswer(Plane):
    """A prediction over two inputs."""

    node: NodeName
    x: str
    y: str
    threshold: Value
    points: list[DataPoint]


class Predicted(Answer):
    """A prediction for a row."""

    value: Value
    shown: dict[str, Shown]
    right: bool | None = Field(description="Whether it is on the side of its class; null without two classes.")


class PredictionsAnswer(Answer):
    """Predictions for rows, and a curve."""

    node: NodeName
    rows: list[Predicted]
    right: int | None = Field(description="How many rows are on the side of their class; null without two classes.")
    x: str | None
    xs: list[float]
    curve: list[Value]
    sentence: str
    warnings: list[str]


def _options(asked: LandscapeRequest) -> dict[str, Any]:
    """Return the fields of a request that are no part of its program, as the engine takes them."""
    names = set(type(asked).model_fields) - set(Program.model_fields)
    return {name: getattr(asked, name) for name in names} | {"data": given(asked.data)}


def _slice(run: Run, asked: SliceRequest) -> dict[str, Any]:
    return slice_(run, **_options(asked))


def _contour(run: Run, asked: ContourRequest) -> dict[str, Any]:
    return contour(run, **_options(asked))


def _boundary(run: Run, asked: BoundaryRequest) -> dict[str, Any]:
    return boundary(run, **_options(asked))


def _predictions(run: Run, asked: PredictionsRequest) -> dict[str, Any]:
    return predictions(run, **_options(asked))


_LINE = {"source": "loss = (w*x + b - y)**2", "inputs": {"w": 0.0, "b": 0.0}, "data": {"set": "line"}}
_CLASSES = {"source": "score = w0*x0 + w1*x1 + b\nloss = softplus(score) - y*score", "data": {"set": "xor"}}

experiment(
    "slice",
    SliceRequest,
    SliceAnswer,
    _slice,
    summary="Loss along a line",
    description="The loss along one leaf with its tangent and the step of an optimizer, or along the way of that step.",
    examples={
        "leaf": {"summary": "Along w", "value": {**_LINE, "leaf": "w", "settings": {"lr": 0.1}, "points": 21}},
        "rate": {"summary": "By learning rate", "value": {**_LINE, "settings": {"lr": 0.1}}},
    },
)
experiment(
    "contour",
    ContourRequest,
    ContourAnswer,
    _contour,
    summary="Loss over two leaves",
    description="The loss on a grid over two leaves, with heights for contour lines, in ranges that hold a path.",
    examples={"plane": {"summary": "Over w and b", "value": {**_LINE, "x": "w", "y": "b", "size": 9}}},
)
experiment(
    "boundary",
    BoundaryRequest,
    BoundaryAnswer,
    _boundary,
    summary="Prediction over two inputs",
    description="A prediction on a grid over two columns of the data; where it crosses the threshold is the boundary.",
    examples={
        "plane": {
            "summary": "Over x0 and x1",
            "value": {**_CLASSES, "x": "x0", "y": "x1", "node": "score", "size": 9},
        }
    },
)
experiment(
    "predictions",
    PredictionsRequest,
    PredictionsAnswer,
    _predictions,
    summary="Prediction for each row",
    description="A prediction for each row of the data, whether it is on the right side, and its curve over a column.",
    examples={
        "curve": {
            "summary": "A line over its points",
            "value": {
                "source": "prediction = w*x + b\nloss = (prediction - y)**2",
                "inputs": {"w": 0.8, "b": 0.5},
                "data": {"rows": [[0.0, 0.4], [1.0, 1.5], [2.0, 2.0]]},
                "node": "prediction",
                "target": "y",
                "x": "x",
                "points": 5,
            },
        },
        "classes": {
            "summary": "Two classes",
            "value": {**_CLASSES, "node": "score", "target": "y"},
        },
    },
)
