"""The lens: curves are those of PyTorch, and saturated, closed and bent places are where they are known to be."""

from __future__ import annotations

import json
import math
from typing import Any

import mpmath
import pytest
import torch

from engine import OPS, Unfit, lens, run


def slots(source: str, node: str = "y", low: float | None = None, high: float | None = None, **inputs: float) -> Any:
    answer = lens(run(source, inputs), node, low, high)
    json.dumps(answer, allow_nan=False)
    return answer["slots"]


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu", "exp", "sin", "square", "atan", "erf", "abs"])
def test_curve_and_slope_are_those_of_pytorch(name: str) -> None:
    [slot] = slots(f"y = {name}(x)", x=0.7)
    x = torch.tensor(slot["x"], dtype=torch.float64, requires_grad=True)
    y = getattr(torch, name)(x)
    y.sum().backward()
    torch.testing.assert_close(torch.tensor(slot["y"], dtype=torch.float64), y.detach(), rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(torch.tensor(slot["locals"], dtype=torch.float64), x.grad, rtol=1e-12, atol=1e-12)


def test_the_tangent_touches_the_curve_where_the_operand_is() -> None:
    [slot] = slots("y = tanh(x)", x=0.5)
    at = slot["x"].index(0.5)
    (left, right), (low, high) = slot["tangent"]["x"], slot["tangent"]["y"]
    assert low + (high - low) * (0.5 - left) / (right - left) == pytest.approx(slot["y"][at])
    assert (high - low) / (right - left) == pytest.approx(float(mpmath.sech(0.5) ** 2))


def test_tanh_is_saturated_where_its_slope_is_below_a_twentieth() -> None:
    [slot] = slots("y = tanh(x)", x=5.0)
    assert slot["state"] == "saturated"
    assert slot["sentence"] == "Here tanh is saturated: its local derivative 1.816e−4 lets almost nothing through."
    edge = float(mpmath.atanh(mpmath.sqrt(0.95)))
    assert [(r["kind"], r["first"], r["last"]) for r in slot["regions"]] == [
        ("saturated", -6.0, pytest.approx(-edge, abs=0.05)),
        ("saturated", pytest.approx(edge, abs=0.05), 6.0),
    ]


def test_relu_is_closed_below_0_with_a_kink_at_0() -> None:
    [slot] = slots("y = relu(x)", x=-2.0)
    assert slot["state"] == "dead"
    assert [(r["kind"], r["first"], r["last"]) for r in slot["regions"]] == [("dead", -6.0, 0.0)]
    assert [(m["kind"], m["at"]) for m in slot["marks"]] == [("kink", 0.0)]


@pytest.mark.parametrize(
    ("source", "marks"),
    [
        ("clip(x, -1, 1)", [("kink", -1), ("kink", 1)]),
        ("max(x, 1.3)", [("kink", 1.3)]),
        ("abs(x)", [("kink", 0)]),
        ("sign(x)", [("jump", 0)]),
        ("1/x", [("pole", 0)]),
        ("log(x)", [("pole", 0)]),
        ("sqrt(x)", [("edge", 0)]),
        ("asin(x)", [("edge", -1), ("edge", 1)]),
        ("tan(x)", [("pole", k * math.pi / 2) for k in (-3, -1, 1, 3)]),
        ("leaky_relu(x)", [("kink", 0)]),
        *(
            (f"{name}(x)", [])
            for name in ("tanh", "sigmoid", "exp", "softplus", "gelu", "silu", "elu", "sin", "square")
        ),
    ],
)
def test_kinks_jumps_poles_and_edges_are_where_they_are_known_to_be(source: str, marks: list[Any]) -> None:
    slot = next(slot for slot in slots(f"y = {source}", x=0.6) if slot["label"] == "x")
    assert [(m["kind"], m["at"]) for m in slot["marks"]] == [(kind, pytest.approx(at, abs=1e-9)) for kind, at in marks]


@pytest.mark.parametrize(
    ("source", "x", "state"),
    [
        ("tanh(x)", 0.5, "open"),
        ("relu(x)", 0.0, "kink"),
        ("relu(x)", 2.0, "open"),
        ("log(x)", -1.0, "outside"),
        ("exp(x)", 1000.0, "overflow"),
        ("sqrt(x)", 0.0, "steep"),
        ("tanh(x)", math.nan, "undefined"),
        ("tanh(x)", math.inf, "undefined"),
        ("sigmoid(x)", -8.0, "saturated"),
        ("clip(x, -1, 1)", 3.0, "dead"),
        ("square(x)", 0.0, "open"),
    ],
)
def test_the_state_says_what_becomes_of_a_gradient(source: str, x: float, state: str) -> None:
    slot = next(slot for slot in slots(f"y = {source}", x=x) if slot["slot"] == 0)
    assert slot["state"] == state
    assert slot["sentence"].startswith(("Here", "Exactly here"))


def test_each_operand_has_a_curve_with_the_others_held() -> None:
    first, second = slots("y = a*b", a=2.0, b=-3.0)
    assert first["y"] == [x * -3.0 for x in first["x"]]
    assert second["y"] == [2.0 * x for x in second["x"]]


def test_a_repeated_operand_has_two_curves_and_a_remark() -> None:
    both = slots("y = x*x", x=3.0)
    assert [slot["label"] for slot in both] == ["x", "x"]
    assert "more than one slot" in both[0]["remark"]


def test_the_range_holds_the_current_point_and_0_and_can_be_chosen() -> None:
    [slot] = slots("y = tanh(x)", x=-80.0)
    assert slot["window"]["x"] == [-100.0, 100.0]
    [slot] = slots("y = tanh(x)", "y", -1.0, 2.5, x=0.0)
    assert (slot["x"][0], slot["x"][-1]) == (-1.0, 2.5)


@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 1e-308, 1e308, -1e308, math.inf, math.nan])
@pytest.mark.parametrize("name", [op.name for op in OPS.values() if op.public and op.arity == 1])
def test_no_number_is_too_odd(name: str, x: float) -> None:
    [slot] = slots(f"y = {name}(x)", x=x)
    low, high = slot["window"]["y"]
    assert low < high
    assert slot["window"]["x"][0] < slot["window"]["x"][1]


def test_of_a_leaf_there_is_nothing_to_look_at() -> None:
    with pytest.raises(Unfit, match="node is a leaf"):
        slots("y = 2*x", "x")


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, None), (None, 1.0), (1.0, 1.0), (2.0, 1.0), (0.0, math.inf), (math.nan, 1.0)]
)
def test_a_range_that_is_none_is_told(low: float | None, high: float | None) -> None:
    with pytest.raises(Unfit):
        slots("y = tanh(x)", "y", low, high)
