"""Tables are read as they were meant, and programs learn them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from engine import Unfit, boundary, contour, data, data_sets, descend, run, slice_
from engine.lab.axes import axis
from engine.lab.data import SETS, Table, read_csv, table_of
from tests.export.large import MOONS

LINE = "loss = (w*x + b - y)**2"
START = {"w": 0.0, "b": 0.0}
POINTS = {"columns": ["x", "y"], "rows": [[1.0, 3.0], [2.0, 5.5], [4.0, 8.0], [-1.0, 0.0]]}


def trained(source: str, inputs: dict[str, float], table: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return the last answer of a descent over a table."""
    result, told = run(source, inputs), None
    while told is None or not told["finished"]:
        told = descend(result, data=table, state=told and told["state"], seconds=0.5, **options)
    return told


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2.5\n-2,4e1\n",
        "x;y\n1;2,5\n-2;40\n",
        "x\ty\r\n1\t2,5\r\n−2\t40",
        '"x","y"\n"1","2.5"\n"-2","40"',
        "\ufeff\n x , y \n\n1, 2.5\n -2,40 \n\n",
    ],
)
def test_delimiters_quotes_and_decimal_commas_give_the_same_table(text: str) -> None:
    assert read_csv(text) == Table(("x", "y"), [[1.0, 2.5], [-2.0, 40.0]])


def test_names_come_from_the_request_the_first_line_or_usage() -> None:
    assert read_csv("1,2").columns == ("x", "y")
    assert read_csv("1,2,3").columns == ("x0", "x1", "y")
    assert read_csv("a,b\n1,2").columns == ("a", "b")
    assert read_csv("a,b\n1,2", ["u", "v"]).columns == ("u", "v")
    assert read_csv('"a;1","b"\n1,2').columns == ("a;1", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no rows"),
        ("x,y", "holds no rows"),
        ("x,y\n1,two", "line 2, column 2: “two” is not a number"),
        ("1,2\n\n3,", "line 3, column 2: the cell is empty"),
        ("1,2\n3,4,5", "line 2 has 3 cells, the first one has 2"),
        ("1,2\n3", "line 2 has 1 cell, the first one has 2"),
        ("1,nan", "line 1, column 2: “nan” is not a number"),
        ("1,1e999", "line 1, column 2: “1e999” is not a number"),
        ("1,1_0", "line 1, column 2: “1_0” is not a number"),
        ("x,x\n1,2", "has two columns of the name x"),
        ("\n".join("1,2" for _ in range(1001)), "must have 1 to 1,000 rows, not 1,001"),
        (",".join(["1"] * 21), "must have 1 to 20 columns, not 21"),
        ("1," + "9" * 200_000, "line 1: cannot be read as a table"),
    ],
)
def test_what_is_wrong_with_a_text_is_told_at_its_place(text: str, message: str) -> None:
    with pytest.raises(Unfit) as error:
        read_csv(text)
    assert error.value.message.startswith(message)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "needs one of rows, csv and set"),
        ({"rows": [[1.0]], "set": "xor"}, "needs one of rows, csv and set"),
        ({"set": "spiral"}, "must be one of line, logistic, xor, moons, circles"),
        ({"rows": []}, "holds no rows"),
        ({"columns": ["x", "y"], "rows": [[1.0]]}, "row 1 has 1 number for 2 columns"),
        ({"columns": ["x", "z"], "rows": [[1.0, 2.0]]}, "has z, but the program has no input of that name"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(table: dict[str, Any], message: str) -> None:
    with pytest.raises(Unfit) as error:
        descend(run(LINE, START), data=table)
    assert error.value.message == message
    assert error.value.field.startswith("data")


def test_the_loss_is_the_mean_over_the_rows_as_pytorch_has_it() -> None:
    told = trained(LINE, START, POINTS, settings={"lr": 0.05}, iterations=100)
    w, b = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in "wb")
    x, y = torch.tensor(POINTS["rows"], dtype=torch.float64).T
    optimizer = torch.optim.SGD([w, b], lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        ((w * x + b - y) ** 2).mean().backward()
        optimizer.step()
    assert told["state"]["values"] == pytest.approx([w.item(), b.item()], rel=1e-9)
    assert [leaf["label"] for leaf in told["leaves"]] == ["w", "b"]
    assert (told["rows"], told["columns"]) == (4, ["x", "y"])


def test_a_batch_takes_rows_in_turn() -> None:
    told = trained(LINE, START, POINTS, iterations=3, batch=3)
    values, losses = [0.0, 0.0], []
    for first in (0, 3, 2):
        rows = [POINTS["rows"][(first + i) % 4] for i in range(3)]  # type: ignore[index]
        w, b = values
        losses.append(sum((w * x + b - y) ** 2 for x, y in rows) / 3)
        step_w = sum(2 * (w * x + b - y) * x for x, y in rows) / 3
        step_b = sum(2 * (w * x + b - y) for x, y in rows) / 3
        values = [w - 0.01 * step_w, b - 0.01 * step_b]
    assert told["iterations"]["loss"][:3] == pytest.approx(losses)
    assert told["state"]["values"] == pytest.approx(values)


@pytest.mark.parametrize("name", SETS)
def test_every_table_that_is_built_in_is_learnt_by_its_program(name: str) -> None:
    fit, table = SETS[name].fit, SETS[name].table
    assert table == SETS[name].table
    options: dict[str, Any] = {"optimizer": fit.optimizer, "settings": fit.settings, "iterations": fit.iterations}
    told = trained(fit.source, dict(fit.inputs), {"set": name}, **options)
    assert told["output"]["after"] < 0.6 * told["output"]["start"]
    assert told["warnings"] == []
    if len(table.columns) < 3:
        return
    x, y = table.columns[:2]
    values = told["state"]["values"]
    right = 0
    for row in table.rows:
        spot: dict[str, Any] = {"x_range": (row[0], row[0] + 1), "y_range": (row[1], row[1] + 1), "size": 2}
        plane = boundary(
            run(fit.source, dict(fit.inputs)), x=x, y=y, node=fit.prediction, values=values, data={"set": name}, **spot
        )
        right += (plane["values"][0][0] > fit.threshold) == (row[2] > fit.threshold)
    assert right >= 0.95 * len(table.rows)


def test_documents_hold_the_table_and_a_program() -> None:
    told = data({"csv": "x;y\n1;2,5"})
    assert (told["columns"], told["rows"], told["shown"]) == (["x", "y"], [[1.0, 2.5]], [["1", "2.5"]])
    assert [each["name"] for each in data_sets()["sets"]] == list(SETS)
    assert table_of({"set": "xor"}).rows[1] == (0.0, 1.0, 1.0)


def test_columns_of_data_can_be_numbers_of_a_tensor() -> None:
    source = (
        "import torch\nx = torch.tensor([1.0, 2.0])\nw = torch.tensor([0.5, 1.0], requires_grad=True)\n"
        "y = (w*x).sum()\ny.backward()"
    )
    told = descend(run(source), data={"columns": ["x[0]"], "rows": [[3.0], [5.0]]}, iterations=0)
    assert told["output"]["start"] == 0.5 * 4 + 2


def test_too_many_rows_for_a_large_graph_are_told() -> None:
    with pytest.raises(Unfit) as error:
        descend(run("y = x\nfor k in range(3000):\n    y = y*w\n"), data={"columns": ["x"], "rows": [[1.0]] * 1000})
    assert (error.value.field, "2,000,000 together is the most" in error.value.message) == ("data", True)


def test_moons_in_one_program_are_descended_in_pieces() -> None:
    result = run(MOONS.format(samples=10))
    first = descend(result, iterations=5, seconds=0)
    assert (first["finished"], first["done"]) == (False, 1)
    assert first["progress"]["text"] == "Iteration 1 of 5"
    assert len(first["state"]["values"]) == 337
    last = descend(result, iterations=5, state=first["state"], seconds=0.5)
    assert last["output"]["after"] < last["output"]["start"]


# -- slices, contours, boundaries -------------------------------------------------------------------------------------


def test_a_slice_has_the_curve_its_tangent_and_the_step() -> None:
    told = slice_(run("loss = (x - 3)**2", {"x": 5.0}), leaf="x", lo=0.0, hi=6.0, points=7, settings={"lr": 0.25})
    assert told["loss"] == [9.0, 4.0, 1.0, 0.0, 1.0, 4.0, 9.0]
    assert {k: told["at"][k] for k in ("x", "loss", "grad")} == {"x": 5.0, "loss": 4.0, "grad": 4.0}
    assert {k: told["step"][k] for k in ("x", "loss", "expected", "change")} == {
        "x": 4.0,
        "loss": 1.0,
        "expected": 0.0,
        "change": -3.0,
    }
    (x0, y0), (x1, y1) = told["tangent"]
    assert (y1 - y0) / (x1 - x0) == pytest.approx(4.0)
    assert told["least"]["x"] == 3.0


def test_along_the_step_the_axis_is_the_learning_rate() -> None:
    told = slice_(run("loss = (x - 3)**2 + y**2", {"x": 5.0, "y": 1.0}), lo=0.0, hi=1.0, points=3)
    assert (told["axis"], told["leaf"]) == ("learning rate", None)
    assert told["loss"] == pytest.approx([5.0, 0.0, 5.0])
    assert told["at"]["grad"] == pytest.approx(-20.0)
    assert told["step"]["x"] == 0.01


def test_a_step_too_far_is_told_beside_its_tangent() -> None:
    told = slice_(run("loss = (x - 3)**2", {"x": 5.0}), leaf="x", settings={"lr": 1.5})
    assert "on the wrong side of 4" in told["sentence"]
    assert told["x"][0] <= told["step"]["x"] <= told["x"][-1]


def test_a_contour_holds_the_path_and_agrees_with_the_formula() -> None:
    path = [[0.0, 0.0], [1.0, 7.0]]
    told = contour(run(LINE, START), x="w", y="b", path=path, data=POINTS, size=9)
    for key, k in (("xs", 0), ("ys", 1)):
        assert told[key][0] <= path[0][k] <= path[1][k] <= told[key][-1]
    w, b = told["xs"][3], told["ys"][5]
    rows: Any = POINTS["rows"]
    assert told["values"][5][3] == pytest.approx(sum((w * x + b - y) ** 2 for x, y in rows) / 4)
    assert told["levels"]
    flat = [x for line in told["values"] for x in line]
    assert (told["least"]["value"], told["most"]["value"]) == (min(flat), max(flat))


def test_planes_with_numbers_that_are_not_finite_are_told() -> None:
    told = contour(run("loss = log(x)*y + 1/x", {"x": 1.0, "y": 1.0}), x="x", y="y", x_range=(-1.0, 1.0), size=3)
    assert {x for line in told["values"] for x in line if isinstance(x, str)} >= {"NaN"}
    nothing = contour(run("loss = log(x - 100)*y", {"x": 1.0, "y": 1.0}), x="x", y="y", size=3)
    assert (nothing["least"], nothing["levels"]) == (None, [])
    assert slice_(run("loss = log(x)", {"x": -1.0}))["tangent"] == []


def test_a_boundary_is_the_prediction_over_two_inputs() -> None:
    source = "score = w0*x0 + w1*x1 + b\nloss = softplus(score) - y*score"
    inputs = {"w0": 1.0, "w1": -2.0, "b": 0.5}
    told = boundary(run(source, inputs), x="x0", y="x1", node="score", data={"set": "xor"}, size=5)
    assert told["values"][1][4] == pytest.approx(told["xs"][4] - 2 * told["ys"][1] + 0.5)
    assert len(told["points"]) == 4
    bare = boundary(run(source, inputs), x="x0", y="x1", node="score", size=3)
    assert (bare["points"], bare["xs"]) == ([], [bare["xs"][0], bare["xs"][1], bare["xs"][2]])


@pytest.mark.parametrize(
    ("work", "field"),
    [
        (lambda r: slice_(r, leaf="q"), "leaf"),
        (lambda r: slice_(r, leaf="n2"), "leaf"),
        (lambda r: slice_(r, leaf="w", points=1), "points"),
        (lambda r: slice_(r, leaf="w", lo=2.0, hi=1.0), "hi"),
        (lambda r: slice_(r, leaf="w", lo=math.nan), "hi"),
        (lambda r: slice_(r, leaf="w", values=[1.0]), "values"),
        (lambda r: contour(r, x="w", y="w"), "y"),
        (lambda r: contour(r, x="w", y="b", size=65), "size"),
        (lambda r: contour(r, x="w", y="b", x_range=(1.0, 1.0)), "x_range"),
        (lambda r: contour(r, x="w", y="b", path=[[0.0, 0.0]] * 2001), "path"),
        (lambda r: boundary(r, x="x", y="x", node="loss"), "y"),
        (lambda r: boundary(r, x="x", y="q", node="loss"), "data/columns"),
        (lambda r: boundary(r, x="x", y="y", node="q"), "node"),
        (lambda r: boundary(r, x="w", y="x", node="loss", data=POINTS), "x"),
    ],
)
def test_what_cannot_be_plotted_names_its_field(work: Any, field: str) -> None:
    with pytest.raises(Unfit) as error:
        work(run(LINE, START))
    assert error.value.field == field


@pytest.mark.parametrize("numbers", [(), (math.nan,), (0.0,), (-5.0, 1e308, -1e308), (5e-324, 1e-310), (3.0, 3.0)])
def test_axes_of_any_numbers_have_a_few_marks(numbers: tuple[float, ...]) -> None:
    told = axis(numbers)
    assert 1 <= len(told["ticks"]) <= 8
    assert all(math.isfinite(mark["at"]) for mark in told["ticks"])
