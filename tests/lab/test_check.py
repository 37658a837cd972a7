"""The check of gradients: it agrees with mpmath where there is a slope, says so where there is none, and can fail."""

from __future__ import annotations

import json
import math
from typing import Any

import mpmath
import pytest
import torch
from hypothesis import given

from engine import GALLERY, Unfit, check_run, run
from engine.backward import gradients
from engine.lab import check as module
from engine.lab.check import checked
from engine.lab.probe import Probes
from engine.lab.slopes import MOST_CALLS, slopes
from tests.engine.test_trace import tapes

FUNCTIONS: dict[str, tuple[Any, float]] = {
    "exp": (mpmath.exp, 1.0),
    "log near its pole": (mpmath.log, 0.01),
    "a square at 1e6": (lambda x: x * x, 1e6),
    "a high power": (lambda x: x**20, 1.7),
    "a fast sine": (lambda x: mpmath.sin(1e5 * x), 1.0),
    "a steep tanh": (lambda x: mpmath.tanh(1000 * x), 1e-4),
    "1/x at 1e-8": (lambda x: 1 / x, 1e-8),
    "a tiny one": (lambda x: mpmath.sin(x) / 10**200, 1.0),
    "a huge one": (lambda x: mpmath.sin(x) * 10**200, 1.0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_are_those_of_mpmath_and_their_errors_are_honest(name: str) -> None:
    function, x = FUNCTIONS[name]
    calls = []

    def value(at: float) -> float:
        calls.append(at)
        with mpmath.workdps(40):
            found = function(mpmath.mpf(at))
            return math.nan if isinstance(found, mpmath.mpc) else float(found)

    found = slopes(value, x)
    with mpmath.workdps(60):
        truth = float(mpmath.diff(function, mpmath.mpf(x)))
    assert found.kind == "smooth"
    assert found.central.value == pytest.approx(truth, rel=1e-9)
    assert abs(found.central.value - truth) <= 10 * found.central.error + 1e-15 * abs(truth)
    assert len(calls) <= MOST_CALLS


def rows(source: str, **inputs: float) -> list[dict[str, Any]]:
    answer = check_run(run(source, inputs))
    json.dumps(answer, allow_nan=False)
    found: list[dict[str, Any]] = answer["leaves"]
    return found


def test_the_neuron_of_the_lectures_agrees_to_many_digits() -> None:
    inputs = {"x1": 2.0, "w1": -3.0, "x2": 0.0, "w2": 1.0, "b": 6.8813735870195432}
    answer = check_run(run("o = tanh(x1*w1 + x2*w2 + b)", inputs))
    assert [row["passed"] for row in answer["leaves"]] == [True] * 5
    assert answer["sentences"][0].startswith("All 5 gradients agree with central differences to 1e−1")
    leaves = {name: torch.tensor(x, dtype=torch.float64, requires_grad=True) for name, x in inputs.items()}
    output = torch.tanh(leaves["x1"] * leaves["w1"] + leaves["x2"] * leaves["w2"] + leaves["b"])
    grads = torch.autograd.grad(output, list(leaves.values()))
    for name, grad in zip(leaves, grads, strict=True):
        [row] = [row for row in answer["leaves"] if row["label"] == name]
        assert row["difference"] == pytest.approx(grad.item(), rel=1e-9, abs=1e-12)


@given(tapes(["add", "sub", "mul", "tanh", "sin", "sigmoid", "softplus", "atan", "square"]))
def test_a_wrong_gradient_is_found_on_smooth_graphs(tape: Any) -> None:
    output = len(tape) - 1
    if not abs(tape.data[output]) < 1e4:
        return
    for node, gradient in enumerate(gradients(tape, output)):
        probe = Probes(tape, output).at(node)
        if probe.depends and 1e-3 < abs(gradient) < 1e4:
            assert checked(probe, gradient).passed is True
            assert checked(probe, gradient * 1.001).passed is False
            assert checked(probe, -gradient).passed is False


@pytest.mark.parametrize(
    ("source", "x", "left", "right", "chosen"),
    [("relu(x)", 0.0, 0.0, 1.0, 0.0), ("abs(x)", 0.0, -1.0, 1.0, 0.0), ("max(x, 1)", 1.0, 0.0, 1.0, 0.5),
     ("clip(x, -1, 1)", 1.0, 1.0, 0.0, 1.0), ("leaky_relu(x)", 0.0, 0.01, 1.0, 0.01)],
)  # fmt: skip
def test_at_a_kink_nothing_passes_or_fails_and_both_slopes_are_told(
    source: str, x: float, left: float, right: float, chosen: float
) -> None:
    [row] = rows(f"y = {source}", x=x)
    assert (row["verdict"], row["passed"], row["grad"]) == ("kink", None, chosen)
    assert (row["left"], row["right"]) == (pytest.approx(left), pytest.approx(right))
    assert "there is no derivative. The engine chose" in row["text"]
    assert "as in PyTorch" in row["text"]


def test_beside_a_kink_there_is_a_slope() -> None:
    assert [row["verdict"] for x in (1e-3, -1e-3, 1e-7, 0.3) for row in rows("y = relu(x)", x=x)] == ["agrees"] * 4


def test_kinks_that_cancel_leave_a_slope_that_conventions_miss() -> None:
    [row] = rows("y = relu(x) - relu(-x)", x=0.0)
    assert (row["verdict"], row["passed"], row["grad"], row["difference"]) == ("differs", False, 0.0, pytest.approx(1))
    assert len(row["causes"]) == 2


@pytest.mark.parametrize(
    ("source", "x", "verdict"),
    [
        ("sign(x)", 0.0, "jump"),
        ("sqrt(x)", 0.0, "steep"),
        ("sqrt(abs(x))", 0.0, "steep"),
        ("asin(x)", 1.0, "steep"),
        ("x**1.5", 0.0, "edge"),
        ("log(x)", -1.0, "undefined"),
        ("log(x)", 0.0, "undefined"),
        ("1/x", 0.0, "undefined"),
        ("sqrt(x*x)", 0.0, "kink"),
        ("1 + 1e-30*x", 1.0, "unresolved"),
        ("x*x", math.inf, "undefined"),
        ("x*x", math.nan, "undefined"),
        ("x*x", 0.0, "agrees"),
        ("x**3", 0.0, "agrees"),
        ("sign(x)", 1.0, "agrees"),
        ("x**x", -8.0, "undefined"),
        ("x**x", -800.0, "undefined"),
        ("(x + 1e20) - 1e20", 0.5, "unresolved"),
        ("(x + 1e20) - 1e20 + x", 0.5, "unresolved"),
        ("1/x", 1e-308, "unresolved"),
    ],
)
def test_a_place_without_slope_is_called_what_it_is(source: str, x: float, verdict: str) -> None:
    [row] = rows(f"y = {source}", x=x)
    assert row["verdict"] == verdict, row["text"]
    assert (row["passed"] is None) is (verdict not in ("agrees", "edge"))


def test_fixed_leaves_and_constants_are_not_checked() -> None:
    answer = check_run(run("y = w*x + 2", {"x": 1.0, "w": 2.0}, fixed=["x"]))
    assert [row["label"] for row in answer["leaves"]] == ["w"]


def test_a_program_without_trainable_leaves_is_told_so() -> None:
    answer = check_run(run("y = w*x", {}, fixed=["x", "w"]))
    assert (answer["leaves"], len(answer["sentences"])) == ([], 1)


def test_many_leaves_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LEAVES", 40)
    result = run("\n".join(f"x{k} = {k}.5" for k in range(100)) + "\ny = " + " + ".join(f"x{k}**2" for k in range(100)))
    seen: list[str] = []
    first: int | None = 0
    while first is not None:
        answer = check_run(result, first)
        seen += [row["label"] for row in answer["leaves"]]
        assert all(row["passed"] for row in answer["leaves"])
        assert f"leaves {first + 1} to {len(seen)} of 100" in answer["sentences"][-1]
        first = answer["next"]
    assert seen == [f"x{k}" for k in range(100)]
    with pytest.raises(Unfit, match="below the number of leaves"):
        check_run(result, 100)


def test_an_answer_ends_when_its_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WORK", 1)
    assert check_run(run("y = a*b*c"))["next"] == 1


@pytest.mark.parametrize("name", GALLERY)
def test_no_gradient_of_the_gallery_differs(name: str) -> None:
    answer = check_run(run(GALLERY[name].source, GALLERY[name].inputs))
    assert answer["counts"]["differs"] == 0, [row["text"] for row in answer["leaves"] if row["verdict"] == "differs"]
    json.dumps(answer, allow_nan=False)


def test_a_smooth_function_is_extrapolated_to_12_digits_from_one_ladder_of_large_steps() -> None:
    calls = []

    def value(x: float) -> float:
        calls.append(x)
        return math.exp(x)

    found = slopes(value, 1.0)
    assert (found.step, len(calls)) == (0.25, 13)
    assert found.central.value == pytest.approx(math.e, rel=1e-12)
    assert found.right.value == pytest.approx(math.e, rel=1e-8)


def test_an_infinite_gradient_of_a_finite_slope_fails() -> None:
    [row] = rows("y = 1e200 * (1e200 * (1e-300 * x))", x=1.0)
    assert (row["grad"], row["passed"], row["difference"]) == ("Infinity", False, pytest.approx(1e100))


def test_a_slope_as_large_as_doubles_is_found_and_one_too_large_is_not_confirmed() -> None:
    of_w, of_x = rows("y = w/x", w=1.0, x=1e-308)
    assert (of_w["passed"], of_w["difference"]) == (True, pytest.approx(1e308))
    assert (of_x["grad"], of_x["verdict"], of_x["passed"]) == ("-Infinity", "unresolved", None)


@pytest.mark.parametrize(
    ("source", "cause"),
    [("sqrt(x)**0", "sqrt(x)"), ("cosh(sqrt(x))**0", "sqrt(x)"), ("tanh(log(x))**0", "log(x)")],
)
def test_the_operation_outside_its_domain_is_named_and_those_it_spoils_are_not(source: str, cause: str) -> None:
    [row] = rows(f"y = {source}", x=-1.0)
    assert len(row["causes"]) == 1
    assert row["text"].endswith(f"{cause} is outside its domain here.")


def test_the_making_of_a_probe_counts_as_work() -> None:
    result = run("y = log(0*x - 1)" + " + x*x" * 20, {"x": 1.0})
    probe = Probes(result.tape, len(result.tape) - 1).at(0)
    made = probe.work
    probe(1.0)
    assert made == 15 * (probe.work - made)


def test_an_answer_about_leaves_that_all_reach_far_ends_in_time() -> None:
    source = """import torch
x = torch.linspace(0, 1000, 10000, requires_grad=True)
y = torch.exp(x) / torch.exp(x).sum()
l = -torch.log(y).sum()
l.backward()
"""
    assert check_run(run(source))["next"] < 10
