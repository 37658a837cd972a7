"""Second derivatives: those of PyTorch, symmetric, and the right word for the point."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from engine import GALLERY, Example, Unfit, hessian, run
from engine.lab.hessian import eigenvalues

PROGRAMS = [
    ("(1 - x)**2 + 100*(y - x*x)**2", "(1 - x)**2 + 100*(y - x*x)**2"),
    ("tanh(x*y + z) * exp(-z**2)", "torch.tanh(x*y + z) * torch.exp(-z**2)"),
    ("relu(x*y) + max(x, z)**2 + abs(y)*z", "torch.relu(x*y) + torch.maximum(x, z)**2 + torch.abs(y)*z"),
    ("sigmoid(x)/(1 + y*y) + softplus(z*x)", "torch.sigmoid(x)/(1 + y*y) + torch.nn.functional.softplus(z*x)"),
    ("hypot(x, y) * log(z) + atan2(x, y)", "torch.hypot(x, y) * torch.log(z) + torch.atan2(x, y)"),
    ("x**y + gelu(z)*x", "x**y + torch.nn.functional.gelu(z)*x"),
]


@pytest.mark.parametrize(("ours", "theirs"), PROGRAMS, ids=[ours for ours, _ in PROGRAMS])
def test_the_table_is_that_of_pytorch(ours: str, theirs: str) -> None:
    torch = pytest.importorskip("torch")
    numbers = {"x": 0.7, "y": 1.3, "z": 0.4}
    leaves = [name for name in numbers if name in ours]
    point = tuple(torch.tensor(numbers[name], dtype=torch.float64) for name in leaves)
    written = eval(f"lambda {', '.join(leaves)}: {theirs}", {"torch": torch})
    expected = torch.autograd.functional.hessian(written, point)
    told = hessian(run(f"f = {ours}", numbers), leaves)
    for i, row in enumerate(told["rows"]):
        for j, x in enumerate(row):
            assert math.isclose(x, expected[i][j].item(), rel_tol=1e-10, abs_tol=1e-12)
    assert told["symmetric"]


@pytest.mark.parametrize(
    ("source", "point", "kind"),
    [
        ("x*x + 3*y*y + x*y", (0, 0), "minimum"),
        ("(1 - x)**2 + 100*(y - x*x)**2", (1, 1), "minimum"),
        ("-x*x - 3*y*y", (0, 0), "maximum"),
        ("x*x - y*y", (0, 0), "saddle"),
        ("x*y", (0, 0), "saddle"),
        ("x*x + y**4", (0, 0), "flat"),
        ("x + y", (0, 0), "slope"),
        ("x*x + y*y", (1, 0), "slope"),
        ("x * y / x", (0, 0), None),
    ],
)
def test_the_point_gets_the_right_word(source: str, point: tuple[float, float], kind: str | None) -> None:
    told = hessian(run(f"f = {source}", {"x": point[0], "y": point[1]}), ["x", "y"])
    assert told["kind"] == kind
    assert told["sentence"]


def test_a_curvature_that_is_the_same_in_every_direction_is_one_number() -> None:
    def told(source: str, **inputs: float) -> str:
        return str(hessian(run(source, inputs))["sentence"])

    assert told("y = 6*x*x", x=3.0) == "The curvature is 12: the output curves upwards."
    assert told("y = -x*x", x=3.0) == "The curvature is −2: the output curves downwards."
    assert told("z = x*x + y*y", x=1.0, y=1.0) == "The curvature is 2: the output curves upwards in every direction."
    assert told("z = x*x + 2*y*y", x=1.0, y=1.0).startswith("The curvature lies between 2 and 4: ")


@pytest.mark.parametrize("seed", range(30))
def test_eigenvalues_are_those_of_numpy(seed: int) -> None:
    numpy = pytest.importorskip("numpy")
    chance = random.Random(seed)
    size, scale = chance.randint(1, 10), 10 ** chance.uniform(-200, 200)
    matrix = [[chance.gauss(0, 1) for _ in range(size)] for _ in range(size)]
    matrix = [[(matrix[i][j] + matrix[j][i]) * scale for j in range(size)] for i in range(size)]
    expected = numpy.linalg.eigvalsh(numpy.array(matrix) / scale) * scale
    found = eigenvalues(matrix)
    assert found is not None
    assert found == pytest.approx(list(expected), rel=1e-9, abs=1e-12 * scale)


@pytest.mark.parametrize("example", GALLERY.values(), ids=lambda example: example.name)
def test_every_example_has_a_table(example: Example) -> None:
    made = run(example.source, example.inputs)
    assert made.output is not None
    try:
        told = hessian(made)
    except Unfit as error:
        assert "nodes" in error.message or "no leaf" in error.message
        return
    assert len(told["rows"]) == len(told["leaves"]) <= 10
    assert told["symmetric"] or example.name in ("overflow", "not-a-number")


def test_a_leaf_on_which_nothing_depends_has_a_row_of_zeros() -> None:
    told = hessian(run("f = x*x\nunused = 3.0\nf"), ["x", "unused"])
    assert told["rows"] == [[2.0, 0.0], [0.0, 0.0]]


def test_a_fixed_leaf_can_be_asked_for() -> None:
    assert hessian(run("f = x*x*w", {"w": 3.0}, fixed=["w"]), ["x", "w"])["rows"] == [[6.0, 2.0], [2.0, 0.0]]


def test_more_leaves_are_counted() -> None:
    told = hessian(run("f = " + " * ".join(f"a{k}" for k in range(14))))
    assert (len(told["leaves"]), told["left_out"]) == (10, 4)


@pytest.mark.parametrize(
    ("leaves", "words"),
    [(["q"], "names no node"), (["f"], "must name leaves"), (["x", "x"], "once"), ([f"a{k}" for k in range(11)], "10")],
)
def test_what_cannot_be_done_is_told(leaves: list[str], words: str) -> None:
    with pytest.raises(Unfit, match=words):
        hessian(run("f = x*y"), leaves)


def test_infinite_second_derivatives_are_told() -> None:
    told: dict[str, Any] = hessian(run("f = sqrt(x)", {"x": 0.0}))
    assert told["eigenvalues"] is None
    assert told["kind"] is None
