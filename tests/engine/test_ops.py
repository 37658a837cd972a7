"""Every entry of the table against independent oracles: PyTorch float64, mpmath, central differences."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
import torch

from engine.backward import gradients
from engine.differentiate import differentiate
from engine.formula import Symbol, code, latex, mathml, partial_formula
from engine.lab.check import check
from engine.ops import OPS, Op
from engine.tape import Tape

PUBLIC = [op for op in OPS.values() if op.public]

TORCH: dict[str, Callable[..., Any]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "neg": torch.neg,
    "pow": torch.pow,
    "leaky_relu": lambda x, slope: torch.where(x > 0, x, slope * x),
    "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.clamp(x, max=0.0))),
    "softplus": torch.nn.functional.softplus,
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "max": torch.maximum,
    "min": torch.minimum,
    "clip": torch.clamp,
}
MPMATH: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": lambda x, y: x**y,
    "square": lambda x: x * x,
    "log2": lambda x: mpmath.log(x, 2),
    "log1p": lambda x: mpmath.log(1 + x),
    "abs": abs,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "leaky_relu": lambda x, s: x if x > 0 else s * x,
    "elu": lambda x, a: x if x > 0 else a * mpmath.expm1(x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "max": max,
    "min": min,
    "clip": lambda x, low, high: min(max(x, low), high),
}


def cases(kind: str, ops: list[Op] = PUBLIC) -> list[Any]:
    return [pytest.param(op, tuple(map(float, at)), id=f"{op.name}{at}") for op in ops for at in getattr(op, kind)]


def on_tape(op: Op, at: tuple[float, ...]) -> tuple[Tape, list[int], int]:
    tape = Tape()
    leaves = [tape.input(x) for x in at]
    return tape, leaves, tape.record(op, tuple(leaves))


def same(a: float, b: float, tolerance: float = 1e-12) -> bool:
    return (math.isnan(a) and math.isnan(b)) or a == b or abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def test_every_public_operation_of_the_contract_has_an_entry() -> None:
    promised = (
        "relu leaky_relu elu gelu silu softplus sigmoid tanh exp expm1 log log1p log2 log10 sqrt abs sign sin cos "
    )
    promised += "cos tan asin acos atan atan2 sinh cosh erf pow hypot max min clip square"
    assert set(promised.split()) <= {op.name for op in PUBLIC}


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_entry_is_documented_and_sampled(op: Op) -> None:
    assert op.about.endswith((".", "y."))
    assert len(op.parameters) == op.arity
    assert op.samples


@pytest.mark.parametrize(("op", "at"), cases("samples", list(OPS.values())))
def test_first_derivative_agrees_with_central_differences(op: Op, at: tuple[float, ...]) -> None:
    tape, _, output = on_tape(op, at)
    assert all(leaf.passed for leaf in check(tape, output))


@pytest.mark.parametrize(("op", "at"), cases("samples", list(OPS.values())))
def test_derivative_as_a_graph_is_the_derivative_as_a_number(op: Op, at: tuple[float, ...]) -> None:
    tape, leaves, output = on_tape(op, at)
    grads = gradients(tape, output)
    for leaf, node in zip(leaves, differentiate(tape, output, leaves), strict=True):
        assert same(tape.data[node], grads[leaf])


@pytest.mark.parametrize(("op", "at"), cases("samples", list(OPS.values())))
def test_second_derivative_agrees_with_central_differences(op: Op, at: tuple[float, ...]) -> None:
    tape, leaves, output = on_tape(op, at)
    for node in differentiate(tape, output, leaves):
        assert all(leaf.passed for leaf in check(tape, node))


def torch_result(op: Op, at: tuple[float, ...]) -> tuple[float, list[float]]:
    function = TORCH.get(op.name) or getattr(torch, op.name)
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
    value = function(*leaves)
    value.backward()
    return value.item(), [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]


@pytest.mark.parametrize(("op", "at"), cases("samples") + cases("edges"))
def test_value_and_gradient_are_those_of_pytorch_also_at_the_edges(op: Op, at: tuple[float, ...]) -> None:
    tape, leaves, output = on_tape(op, at)
    value, expected = torch_result(op, at)
    grads = gradients(tape, output)
    assert same(tape.data[output], value)
    for leaf, grad in zip(leaves, expected, strict=True):
        assert same(grads[leaf], grad)


@pytest.mark.parametrize(("op", "at"), cases("samples"))
def test_value_and_partials_are_those_of_mpmath_to_the_last_digits(op: Op, at: tuple[float, ...]) -> None:
    function = MPMATH.get(op.name) or getattr(mpmath, op.name)
    with mpmath.workdps(50):
        exact_at = tuple(map(mpmath.mpf, at))
        z = op.value(*at)
        assert same(z, float(function(*exact_at)), 4e-16)
        for slot in range(op.arity):
            order = tuple(int(k == slot) for k in range(op.arity))
            slope = float(mpmath.diff(function, exact_at, order))
            assert same(op.partial(slot, z, at), slope, 2e-15)


@pytest.mark.parametrize(("x", "value", "slope"), [(800.0, 800.0, 1.0), (-800.0, 0.0, 0.0)])
def test_softplus_neither_overflows_nor_loses_its_slope(x: float, value: float, slope: float) -> None:
    assert (OPS["softplus"].value(x), OPS["softplus"].partial(0, value, (x,))) == (value, slope)


@pytest.mark.parametrize("x", [-40.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 40.0, 700.0])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "silu", "gelu", "expm1", "erf"])
def test_smooth_functions_are_exact_over_their_range(name: str, x: float) -> None:
    function = MPMATH.get(name) or getattr(mpmath, name)
    with mpmath.workdps(60):
        expected = float(function(mpmath.mpf(x)))
    assert OPS[name].value(x) == pytest.approx(expected, rel=4e-15, abs=1e-300)


EXTREMES = (0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan)


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_no_number_makes_an_operation_raise(op: Op) -> None:
    for x in EXTREMES:
        for y in EXTREMES:
            at = (x, y, 0.5)[: op.arity]
            z = op.value(*at)
            assert isinstance(z, float)
            assert all(isinstance(op.partial(slot, z, at), float) for slot in range(op.arity))


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_rule_can_be_written_in_every_dialect(op: Op) -> None:
    operands = tuple(map(Symbol, op.parameters))
    for slot in range(op.arity):
        expr = partial_formula(op, slot, Symbol("z"), operands)
        assert all(write(expr) for write in (code, latex, mathml))


@pytest.mark.parametrize(("op", "at"), cases("samples", list(OPS.values())))
def test_the_formula_of_a_rule_evaluates_to_the_rule(op: Op, at: tuple[float, ...]) -> None:
    z = op.value(*at)
    operands = tuple(Symbol(f"operand{k}") for k in range(op.arity))
    names = {o.name: o.value for o in OPS.values()} | {"z": z, "pi": math.pi}
    names |= {symbol.name: x for symbol, x in zip(operands, at, strict=True)}
    for slot in range(op.arity):
        text = code(partial_formula(op, slot, Symbol("z"), operands))
        assert same(float(eval(text, {}, names)), op.partial(slot, z, at))
