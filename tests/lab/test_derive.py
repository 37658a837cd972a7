"""The derivative as a program: its value is the gradient, PyTorch says so too, and it can be differentiated again."""

from __future__ import annotations

import math
import random
from typing import Any

import mpmath
import pytest

from engine import GALLERY, Example, Unfit, derive, run
from engine.lab.derive import agree
from engine.ops import OPS, Op


def value(x: Any) -> float:
    return float(str(x).replace("Infinity", "inf"))


def test_a_cube_is_differentiated_until_nothing_is_left() -> None:
    source, lines = "x = 2.0\ny = x**3", []
    for _ in range(4):
        source = derive(run(source), "x")["source"]
        lines.append(source.splitlines()[-1])
    assert lines == ["dy_dx = 3 * x**2", "d2y_dx_dx = 6 * x", "6", "0"]


@pytest.mark.parametrize("example", GALLERY.values(), ids=lambda example: example.name)
def test_of_every_example_the_derivative_by_each_leaf_is_the_gradient(example: Example) -> None:
    made = run(example.source, example.inputs)
    assert made.output is not None
    for node in (n for n in range(made.output) if made.tape.roles[n] == "input"):
        try:
            told = derive(made, f"n{node}")
        except Unfit as error:
            assert "characters" in error.message
            continue
        copy = run(told["source"], fixed=told["fixed"])
        assert copy.output is not None
        assert agree(copy.tape.data[copy.output], value(told["value"]))
        if not told["agrees"]:
            assert example.name in ("not-a-number", "overflow")


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.public], ids=lambda op: op.name)
def test_of_every_operation_first_and_second_derivative_are_those_of_the_rules(op: Op) -> None:
    for operands in op.samples:
        names = [f"x{k}" for k in range(op.arity)]
        source = f"{op.name}({', '.join(names)})" if op.name not in _SIGNS else names[0] + _SIGNS[op.name]
        source = "-x0" if op.name == "neg" else source
        made = run(f"y = {source}", dict(zip(names, operands, strict=True)))
        for k, name in enumerate(names):
            told = derive(made, name)
            assert told["agrees"]
            assert made.output is not None
            assert math.isclose(
                value(told["value"]), op.partial(k, made.tape.data[made.output], operands), rel_tol=1e-12
            )
            again = derive(run(told["source"]), name)
            assert again["agrees"]


_SIGNS = {"add": " + x1", "sub": " - x1", "mul": " * x1", "div": " / x1", "pow": " ** x1"}

SMOOTH = [
    ("exp(sin(x)) * x**2", lambda x: mpmath.exp(mpmath.sin(x)) * x**2),
    ("log(1 + exp(x)) / x", lambda x: mpmath.log(1 + mpmath.exp(x)) / x),
    ("x**x", lambda x: x**x),
    ("2**x * tanh(x)", lambda x: mpmath.mpf(2) ** x * mpmath.tanh(x)),
    ("gelu(x)", lambda x: x * mpmath.ncdf(x)),
    ("sqrt(1 + x*x) * atan(x)", lambda x: mpmath.sqrt(1 + x * x) * mpmath.atan(x)),
    ("silu(x) - erf(x)", lambda x: x / (1 + mpmath.exp(-x)) - mpmath.erf(x)),
    ("softplus(3*x) * x**-2", lambda x: mpmath.log(1 + mpmath.exp(3 * x)) / x**2),
]


@pytest.mark.parametrize(("text", "function"), SMOOTH, ids=[text for text, _ in SMOOTH])
def test_four_derivatives_are_those_of_mpmath(text: str, function: Any) -> None:
    source = f"x = 0.7\ny = {text}"
    for n in range(1, 5):
        told = derive(run(source), "x")
        source = told["source"]
        assert told["agrees"]
        with mpmath.workdps(60):
            exact = float(mpmath.diff(function, mpmath.mpf(0.7), n))
        assert math.isclose(value(told["value"]), exact, rel_tol=1e-9)


def test_mixed_derivatives_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    a, b = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (0.3, -1.2))
    loss = torch.tanh(a * b + torch.exp(b)) ** 2 / (a + 2)
    (by_a,) = torch.autograd.grad(loss, a, create_graph=True)
    (by_ab,) = torch.autograd.grad(by_a, b)
    first = derive(run("a = 0.3\nb = -1.2\nL = tanh(a*b + exp(b))**2 / (a + 2)"), "a")
    second = derive(run(first["source"]), "b")
    assert math.isclose(first["value"], by_a.item(), rel_tol=1e-12)
    assert math.isclose(second["value"], by_ab.item(), rel_tol=1e-12)
    assert (first["name"], second["name"]) == ("dL_da", "d2L_da_db")


def expression(chance: random.Random, depth: int) -> str:
    if depth == 0:
        return chance.choice(["a", "b", "c", "2", "0.5", "a"])
    x, y = expression(chance, depth - 1), expression(chance, depth - 1)
    return chance.choice(
        [f"({x} + {y})", f"({x} - {y})", f"({x} * {y})", f"({x} / (3 + {y}**2))", f"tanh({x})", f"sin({x})", f"-{x}",
         f"relu({x})", f"max({x}, {y})", f"exp(-({x})**2)", f"({x})**2", f"abs({x})", f"sigmoid({x})",
         f"log(2 + cos({x}))"]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(120))
def test_of_random_programs_the_derivative_is_the_gradient_and_that_of_it_too(seed: int) -> None:
    source = f"a = 0.31\nb = -0.72\nc = 1.13\ny = {expression(random.Random(seed), 4)} + a * 0"
    first = derive(run(source), "a")
    assert first["agrees"]
    assert derive(run(first["source"]), "a")["agrees"]


def test_a_derivative_that_is_a_leaf_leaves_that_its_name() -> None:
    told = derive(run("a = 2.0\nb = 3.0\nL = a * b"), "b")
    assert told["source"] == "a = 2.0\nb = 3.0\na\n"
    assert derive(run(told["source"]), "a")["source"] == "a = 2.0\n1\n"


def test_a_name_in_use_is_left_alone() -> None:
    told = derive(run("dL_da = 2.0\na = 3.0\nL = dL_da * a * a"), "a")
    assert told["source"].splitlines()[-1].startswith("dL_da_2 = ")


def test_what_is_held_fixed_stays_a_leaf_that_can_be_asked_for() -> None:
    made = run("y = w * x**2", {"w": 3.0, "x": 2.0}, fixed=["x"])
    told = derive(made, "w")
    assert told["fixed"] == ["x"]
    assert told["source"].splitlines()[-1] == "dy_dw = x**2"
    assert derive(made, "x")["value"] == 12.0


def test_a_kink_is_told() -> None:
    told = derive(run("x = 0.0\ny = relu(x)"), "x")
    assert told["value"] == 0.0
    assert "relu: At 0 the derivative is 0, as in PyTorch." in told["notes"]
    assert any("exceeds is a step" in note for note in told["notes"])


def test_a_closed_gate_that_stops_what_a_product_does_not_is_told() -> None:
    told = derive(run("x = -1.0\ny = 1e308 * 10 * relu(x) * 1e308"), "x")
    assert told["agrees"] or "closed" in told["sentence"]


@pytest.mark.parametrize(
    ("source", "wrt", "field", "words"),
    [
        ("y = a*b", "zz", "wrt", "names no node"),
        ("y = a*b", "y", "wrt", "must be a leaf"),
        ("y = 2*b", "n1", "wrt", "must be a leaf"),
        ("print('a')", "a", "source", "computes nothing"),
        ("y = x\nfor k in range(6000):\n    y = y * x", "x", "source", "nodes"),
        ("y = x\nfor k in range(900):\n    y = sin(y) * x", "x", "wrt", "characters"),
    ],
)
def test_what_cannot_be_done_is_told(source: str, wrt: str, field: str, words: str) -> None:
    with pytest.raises(Unfit, match=words) as error:
        derive(run(source), wrt)
    assert error.value.field == field


def test_a_program_that_looked_at_numbers_is_derived_on_the_branch_that_it_took() -> None:
    told = "Only the graph that was recorded is differentiated: a branch not taken at these numbers is not in it."
    assert told in derive(run("y = x**2 if x > 1 else x", {"x": 2.0}), "x")["notes"]
    assert told not in derive(run("y = x**2", {"x": 2.0}), "x")["notes"]
