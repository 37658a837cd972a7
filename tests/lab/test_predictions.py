"""Predictions for the rows of a table, and a curve between them."""

from __future__ import annotations

import math

import pytest

from engine import Unfit, predictions, run

LINE = run("prediction = w*x + b\nloss = (prediction - y)**2", {"w": 2.0, "b": 1.0})
TABLE = {"columns": ("x", "y"), "rows": [[0.0, 1.5], [2.0, 4.0]]}
CLASSES = {"columns": ("x", "y"), "rows": [[-1.0, 0.0], [1.0, 1.0], [2.0, 0.0]]}


def test_each_row_has_its_prediction() -> None:
    told = predictions(LINE, node="prediction", target="y", data=TABLE)
    assert [row["value"] for row in told["rows"]] == [1.0, 5.0]
    assert told["sentence"] == "prediction is 0.75 away from y on average, 1 at most."
    assert [row["right"] for row in told["rows"]] == [None, None]
    assert told["right"] is None


def test_a_curve_runs_a_little_beyond_the_rows() -> None:
    told = predictions(LINE, node="prediction", target="y", x="x", points=3, data=TABLE)
    assert told["xs"] == pytest.approx([-0.16, 1.0, 2.16])
    assert told["curve"] == pytest.approx([0.68, 3.0, 5.32])


def test_given_numbers_of_the_parameters_count() -> None:
    told = predictions(LINE, node="prediction", values=[0.0, 7.0], data=TABLE)
    assert [row["value"] for row in told["rows"]] == [7.0, 7.0]
    assert told["sentence"] == "prediction for 2 rows."


def test_two_classes_lie_on_the_two_sides_of_the_threshold() -> None:
    told = predictions(LINE, node="prediction", target="y", threshold=0.5, data=CLASSES)
    assert [row["right"] for row in told["rows"]] == [True, True, False]
    assert told["right"] == 2
    assert told["sentence"] == "prediction is on the right side of 0.5 for 2 of 3 rows."


def test_a_prediction_on_the_threshold_is_on_neither_side() -> None:
    told = predictions(LINE, node="prediction", target="y", threshold=-1.0, data=CLASSES)
    assert told["rows"][0]["right"] is False


def test_numbers_that_are_not_finite_are_told() -> None:
    table = {"columns": ("x", "y"), "rows": [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]}
    told = predictions(LINE, node="prediction", target="y", values=[math.inf, 0.0], data=table)
    assert told["rows"][0]["value"] == "NaN"
    assert told["sentence"] == "prediction is not a finite number for all rows."


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"data": None}, "data"),
        ({"node": "q"}, "node"),
        ({"target": "z"}, "target"),
        ({"x": "w"}, "x"),
        ({"points": 1}, "points"),
        ({"points": 201}, "points"),
        ({"values": [1.0]}, "values"),
    ],
)
def test_what_cannot_be_predicted_is_said(fields: dict[str, object], at: str) -> None:
    with pytest.raises(Unfit) as caught:
        predictions(LINE, **{"node": "prediction", "data": TABLE, **fields})  # type: ignore[arg-type]
    assert caught.value.field == at


def test_classes_of_the_largest_numbers_are_still_two() -> None:
    table = {"columns": ("x", "y"), "rows": [[0.0, 1.7e308], [1.0, 1.6e308], [2.0, 1.6e308]]}
    told = predictions(LINE, node="prediction", target="y", threshold=1e9, data=table)
    assert [row["right"] for row in told["rows"]] == [False, True, True]
