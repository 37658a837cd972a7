"""Descents agree with PyTorch, go on where they stopped, and say what happened."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from engine import Unfit, contour, descend, run
from engine.lab.axes import axis

ITERATIONS = 200
CHAIN = "e = a*b\nd = e + c\nL = d*f"
CHAIN_INPUTS = {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}
BOWL = "loss = (x - 3)**2 + 10*(y + 1)**2 + x*y"
VALLEY = "loss = (1 - x)**2 + 5*(y - x**2)**2"
WAVES = "loss = sin(x) + 0.1*x**2 + tanh(y)*cos(x) + exp(-y)"

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
LOSSES: dict[str, tuple[str, Loss]] = {
    "bowl": (BOWL, lambda x, y: (x - 3) ** 2 + 10 * (y + 1) ** 2 + x * y),
    "valley": (VALLEY, lambda x, y: (1 - x) ** 2 + 5 * (y - x**2) ** 2),
    "waves": (WAVES, lambda x, y: torch.sin(x) + 0.1 * x**2 + torch.tanh(y) * torch.cos(x) + torch.exp(-y)),
}
START = {"x": 0.7, "y": -0.4}
TORCH = {"momentum": "SGD", "Nesterov": "SGD"}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "momentum": {"momentum": 0.9},
    "Nesterov": {"momentum": 0.9, "nesterov": True},
}
OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.01}),
    ("SGD", {"lr": 0.005, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1}),
    ("momentum", {"lr": 0.002}),
    ("Nesterov", {"lr": 0.002, "weight_decay": 0.05}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.003, "alpha": 0.95, "momentum": 0.5, "centered": True, "weight_decay": 0.1, "eps": 0.01}),
    ("Adam", {"lr": 0.05}),
    ("Adam", {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1, "amsgrad": True}),
    ("AdamW", {"lr": 0.03}),
    ("AdamW", {"lr": 0.03, "betas": [0.5, 0.9], "weight_decay": 0.3, "amsgrad": True}),
    ("Adagrad", {"lr": 0.3}),
    ("Adagrad", {"lr": 0.5, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2, "eps": 1e-5}),
]
SCHEDULES: list[dict[str, Any] | None] = [
    None,
    {"name": "StepLR", "step_size": 30, "gamma": 0.5},
    {"name": "MultiStepLR", "milestones": [20, 90, 90], "gamma": 0.7},
    {"name": "ExponentialLR", "gamma": 0.98},
    {"name": "CosineAnnealingLR", "T_max": 60, "eta_min": 0.001},
    {"name": "ReduceLROnPlateau", "patience": 3, "factor": 0.6, "threshold": 0.01, "cooldown": 2},
]


def by_torch(
    loss: Loss,
    optimizer: str,
    settings: Mapping[str, Any],
    schedule: Mapping[str, Any] | None = None,
    *,
    iterations: int = ITERATIONS,
    maximize: bool = False,
    zero_grad: bool = True,
    clip: Mapping[str, Any] | None = None,
) -> tuple[list[float], list[float], list[float]]:
    """Return losses, values of x and y after the last step, and learning rates, as PyTorch has them."""
    x, y = (torch.tensor(at, dtype=torch.float64, requires_grad=True) for at in START.values())
    known = dict(PRESETS.get(optimizer, {})) | dict(settings)
    known = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    stepper = getattr(torch.optim, TORCH.get(optimizer, optimizer))([x, y], maximize=maximize, **known)
    planned = dict(schedule or {})
    plan: Any = getattr(torch.optim.lr_scheduler, planned.pop("name"))(stepper, **planned) if planned else None
    losses, rates = [], []
    for _ in range(iterations):
        if zero_grad:
            stepper.zero_grad()
        value = loss(x, y)
        value.backward()  # type: ignore[no-untyped-call]
        losses.append(value.item())
        rates.append(stepper.param_groups[0]["lr"])
        if clip and clip["kind"] == "norm":
            torch.nn.utils.clip_grad_norm_([x, y], clip["limit"])
        elif clip:
            torch.nn.utils.clip_grad_value_([x, y], clip["limit"])
        stepper.step()
        if plan is not None:
            plan.step(*([value.item()] if planned_name(schedule) == "ReduceLROnPlateau" else []))
    return losses, [x.item(), y.item()], rates


def planned_name(schedule: Mapping[str, Any] | None) -> str:
    return str((schedule or {}).get("name"))


def ours(source: str, **options: Any) -> tuple[list[float], list[float], list[float]]:
    told = whole(source, START, **{"iterations": ITERATIONS, "tell": 200, **options})
    table = told["iterations"]
    return table["loss"][:-1], told["state"]["values"], table["lr"][:-1]


def whole(source: str, inputs: Mapping[str, float], **options: Any) -> dict[str, Any]:
    """Return the answer at the end of a descent."""
    return descend(run(source, inputs), **{"seconds": 0.5, **options})


def agrees(found: tuple[list[float], ...], expected: tuple[list[float], ...]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=planned_name)
@pytest.mark.parametrize(("optimizer", "settings"), OPTIMIZERS)
def test_optimizers_and_schedules_agree_with_pytorch_over_200_steps(
    optimizer: str, settings: dict[str, Any], schedule: dict[str, Any] | None
) -> None:
    for source, loss in LOSSES.values():
        found = ours(source, optimizer=optimizer, settings=settings, schedule=schedule)
        agrees(found, by_torch(loss, optimizer, settings, schedule))


@pytest.mark.parametrize("clip", [{"kind": "norm", "limit": 0.5}, {"kind": "value", "limit": 0.3}], ids=str)
@pytest.mark.parametrize("zero_grad", [True, False])
@pytest.mark.parametrize(("optimizer", "settings"), OPTIMIZERS[:1] + OPTIMIZERS[4:7:2])
def test_clipped_and_piled_gradients_agree_with_pytorch(
    optimizer: str, settings: dict[str, Any], zero_grad: bool, clip: dict[str, Any]
) -> None:
    source, loss = LOSSES["bowl"]
    found = ours(source, optimizer=optimizer, settings=settings, zero_grad=zero_grad, clip=clip)
    agrees(found, by_torch(loss, optimizer, settings, zero_grad=zero_grad, clip=clip))


@pytest.mark.parametrize(("optimizer", "settings"), OPTIMIZERS)
def test_ascents_agree_with_pytorchs_maximize(optimizer: str, settings: dict[str, Any]) -> None:
    source, loss = "out = sin(x)*cos(y) - 0.1*x**2", lambda x, y: torch.sin(x) * torch.cos(y) - 0.1 * x**2
    schedule = {"name": "ReduceLROnPlateau", "mode": "max", "patience": 5}
    found = ours(source, optimizer=optimizer, settings=settings, direction="ascend", schedule=schedule)
    agrees(found, by_torch(loss, optimizer, settings, schedule, maximize=True))


def test_piled_gradients_without_clipping_agree_with_pytorch() -> None:
    found = ours(BOWL, settings={"lr": 0.001}, zero_grad=False)
    agrees(found, by_torch(LOSSES["bowl"][1], "SGD", {"lr": 0.001}, zero_grad=False))


@pytest.mark.parametrize(("optimizer", "settings"), OPTIMIZERS)
def test_a_descent_in_pieces_is_that_in_one(optimizer: str, settings: dict[str, Any]) -> None:
    options: dict[str, Any] = {"optimizer": optimizer, "settings": settings, "schedule": SCHEDULES[5], "iterations": 25}
    options |= {"zero_grad": False, "clip": {"kind": "norm", "limit": 2.0}}
    told, state, ks = None, None, []
    while told is None or not told["finished"]:
        told = whole(BOWL, START, **options, state=state, seconds=0)
        state = json.loads(json.dumps(told["state"]))
        ks += told["iterations"]["k"]
    at_once = whole(BOWL, START, **options)
    assert ks == at_once["iterations"]["k"] == list(range(26))
    assert told["state"] == at_once["state"]
    assert told["diagnosis"] == at_once["diagnosis"]


def test_a_finished_descent_goes_on() -> None:
    first = whole(BOWL, START, iterations=10, optimizer="Adam")
    more = whole(BOWL, START, iterations=20, optimizer="Adam", state=first["state"])
    at_once = whole(BOWL, START, iterations=20, optimizer="Adam")
    assert more["state"]["values"] == at_once["state"]["values"]


# -- what the seeds tell ----------------------------------------------------------------------------------------------


def test_each_leaf_value_is_moved_by_a_hundredth_of_its_gradient_and_l_is_minus_7_286496() -> None:
    """ "The step size used below is 0.01. Each leaf value is moved by 0.01 * grad": L goes from -8 to -7.286496."""
    told = whole(CHAIN, CHAIN_INPUTS, direction="ascend", settings={"lr": 0.01})
    output = told["output"]
    assert (output["label"], output["start"]) == ("L", -8.0)
    assert output["after"] == pytest.approx(-7.286496, abs=1e-12)
    assert output["shown"]["after"][0] == "−7.286"
    rows = {row["label"]: row for row in told["step"]["leaves"]}
    assert {name: row["grad"] for name, row in rows.items()} == {"a": 6.0, "b": -4.0, "c": -2.0, "f": 4.0}
    assert {name: row["after"] for name, row in rows.items()} == {"a": 2.06, "b": -3.04, "c": 9.98, "f": -1.96}
    assert [row["label"] for row in told["computed"]] == ["e", "d"]
    assert told["computed"][1]["after"] == pytest.approx(2.06 * -3.04 + 9.98)


def test_w_is_0_55_after_one_update_with_gradient_minus_5() -> None:
    """ "w1_new = w1 - (learning_rate * gradient) = 0.5 - (0.01 * -5.0) = 0.55"."""
    prediction = "loss = (w*x - 5)**2"
    told = whole(prediction, {"w": 0.5, "x": 1.0})
    assert told["step"]["leaves"][0]["grad"] == -9.0
    row = whole("L = -5*w", {"w": 0.5})["step"]["leaves"][0]
    assert (row["before"], row["grad"], row["after"]) == (0.5, -5.0, 0.55)
    assert row["shown"]["after"][0] == "0.55"


def test_the_complete_training_cycle_has_other_numbers_than_the_seed_says() -> None:
    """ "Let's say the prediction is 2.5": with x = 1, 2, 3 the gradients of w are -5, -10, -15 and that of b is -5; one
    update of 0.01 then gives a prediction of 3.25 and a loss of 3.0625, not 2.65 and 5.523."""
    source = "prediction = w1*1 + w2*2 + w3*3 + b\nloss = (prediction - 5)**2"
    told = whole(source, {"w1": 0.5, "w2": 0.5, "w3": 0.25, "b": 0.25})
    assert told["output"]["start"] == 6.25
    assert [row["grad"] for row in told["step"]["leaves"]] == [-5.0, -10.0, -15.0, -5.0]
    assert told["step"]["leaves"][0]["after"] == 0.55
    after = {row["label"]: row["after"] for row in told["computed"]}
    assert after["prediction"] == pytest.approx(3.25)
    assert told["output"]["after"] == pytest.approx(3.0625)


def test_of_f_equal_w_times_x_with_w_equal_1_the_step_is_against_x() -> None:
    """ "We end up with w = 1 as our initial value": f = w*x at x = 2 has gradient 2 by w."""
    told = descend(run("f = w*x", {"w": 1.0, "x": 2.0}, fixed=("x",)), settings={"lr": 0.1})
    row = told["step"]["leaves"][0]
    assert (row["label"], row["grad"], row["after"]) == ("w", 2.0, 0.8)
    assert [leaf["label"] for leaf in told["leaves"]] == ["w"]


# -- what is told -----------------------------------------------------------------------------------------------------


def kinds(told: dict[str, Any]) -> list[str]:
    return [finding["kind"] for finding in told["diagnosis"]]


def finding(told: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(each for each in told["diagnosis"] if each["kind"] == kind)


@pytest.mark.parametrize(
    ("lr", "kind"), [(0.05, "converged"), (0.45, "converged"), (0.9, "oscillation"), (1.1, "divergence")]
)
def test_a_parabola_converges_oscillates_or_diverges_by_its_learning_rate(lr: float, kind: str) -> None:
    told = whole("loss = (x - 3)**2", {"x": 10.0}, settings={"lr": lr}, iterations=60 if kind != "converged" else 400)
    assert kind in kinds(told)


def test_above_2_by_curvature_the_suggestion_is_below_it_and_it_converges() -> None:
    told = whole("loss = 5*x**2", {"x": 1.0}, settings={"lr": 0.21}, iterations=20)
    suggestion = finding(told, "divergence")["suggestion"]
    assert suggestion["lr"] == 0.1
    assert suggestion["text"] == "lr should stay below 2/curvature = 0.2: try 0.1"
    again = whole("loss = 5*x**2", {"x": 1.0}, settings={"lr": suggestion["lr"]}, iterations=20)
    assert "converged" in kinds(again)


ONE_LINE, POINT = "L = (w*x + b - y)**2", {"w": 1.0, "b": 0.0, "x": 2.0, "y": 5.0}


@pytest.mark.parametrize(
    ("source", "inputs", "lr"),
    [(ONE_LINE, POINT, lr) for lr in (0.15, 0.2, 0.3, 5.0, 1e6)]
    + [("L = x**4", {"x": 2.0}, 0.3), ("L = exp(x**2)", {"x": 2.0}, 1.0), ("L = a**2 + 100*b**2", {"a": 1, "b": 1}, 1)],
)
@pytest.mark.parametrize(("optimizer", "settings"), [("SGD", {}), ("SGD", {"momentum": 0.5})])
def test_a_rate_advised_after_an_overflow_is_one_that_descends(
    source: str, inputs: dict[str, float], lr: float, optimizer: str, settings: dict[str, float]
) -> None:
    told = whole(source, inputs, optimizer=optimizer, settings={"lr": lr, **settings}, iterations=50)
    advised = finding(told, "divergence")["suggestion"]["lr"]
    assert lr / 1e12 < advised < lr
    again = whole(source, inputs, optimizer=optimizer, settings={"lr": advised, **settings}, iterations=50)
    assert again["output"]["after"] < again["output"]["start"]
    assert {"divergence", "plateau"}.isdisjoint(kinds(again))


def test_the_curvature_is_exact_and_that_of_the_beginning() -> None:
    told = whole("L = x**4", {"x": 2.0}, settings={"lr": 0.3}, iterations=50)
    assert finding(told, "divergence")["suggestion"]["text"] == "2/curvature is 0.04167 at the beginning: try 0.02"
    bowl = whole("L = a**2 + 100*b**2", {"a": 1.0, "b": 1.0}, settings={"lr": 0.0101}, iterations=100)
    text = finding(bowl, "divergence")["suggestion"]["text"]
    assert text == "lr should stay below 2/curvature = 0.01: try 0.005"


def test_curvature_over_data_is_that_of_the_mean() -> None:
    data = {"columns": ("x", "y"), "rows": [[1.0, 0.0], [3.0, 0.0]]}
    told = whole("loss = (w*x - y)**2", {"w": 1.0}, data=data, settings={"lr": 0.3}, iterations=20)
    assert "below 2/curvature = 0.2:" in finding(told, "divergence")["suggestion"]["text"]


def test_a_rate_below_2_by_curvature_is_not_said_to_be_above() -> None:
    told = whole("L = x**2", {"x": 1.0}, settings={"lr": 0.9}, iterations=10)
    assert finding(told, "oscillation")["suggestion"]["text"] == "try lr = 0.5"


def test_ascending_has_the_curvature_downwards() -> None:
    told = whole("L = -5*x**2", {"x": 1.0}, settings={"lr": 0.3}, direction="ascend", iterations=20)
    assert "below 2/curvature = 0.2:" in finding(told, "divergence")["suggestion"]["text"]


def test_from_a_rate_that_is_nearly_0_one_is_led_back_at_once() -> None:
    told = whole(ONE_LINE, POINT, settings={"lr": 1e-105}, iterations=50)
    advised = finding(told, "plateau")["suggestion"]["lr"]
    assert whole(ONE_LINE, POINT, settings={"lr": advised}, iterations=50)["output"]["after"] < 1e-3


def test_converged_tells_the_first_iteration_at_which_it_was_so() -> None:
    told = whole("L = x*x - 1", {"x": 2.0}, settings={"lr": 0.5}, iterations=30)
    found = finding(told, "converged")
    assert found["iteration"] == 1
    assert found["sentence"] == (
        "Converged: from iteration 1 on the gradient's norm is at most 1e−6; now it is 0, and L is −1."
    )
    assert finding(whole("L = x*x - 1", {"x": 2.0}, settings={"lr": 0.5}), "converged")["iteration"] == 1


@pytest.mark.parametrize(
    ("source", "x"), [("L = x*x", 2.0), ("L = relu(1 - x)", 0.0), ("L = 3*abs(x)*0 + (x - 1)**2 / 2", 2.0)]
)
def test_a_loss_of_0_that_cannot_be_less_leaves_nothing_to_gain(source: str, x: float) -> None:
    told = whole(source, {"x": x}, settings={"lr": 1.0 if "/" in source else 0.5}, iterations=10)
    assert "Nothing left to gain" in finding(told, "converged")["sentence"]
    assert "vanishing" not in kinds(told)


@pytest.mark.parametrize("source", ["L = relu(x) - 1", "L = x**3", "L = relu(x)*y"])
def test_a_loss_that_could_be_less_is_not_done(source: str) -> None:
    told = whole(source, {"x": 0.0, "y": -1.0}, iterations=3)
    assert not any("Nothing left" in each["sentence"] for each in told["diagnosis"])


def test_the_plane_of_a_descent_that_ran_away_is_where_it_began() -> None:
    told = whole(ONE_LINE, POINT, settings={"lr": 0.2}, iterations=30)
    pairs = zip(*(leaf["values"] for leaf in told["iterations"]["leaves"][:2]), strict=True)
    path = [pair for pair in pairs if not any(isinstance(each, str) for each in pair)]
    assert max(abs(w) for w, _ in path) > 1e50
    plane = contour(run(ONE_LINE, POINT), x="w", y="x", path=path)
    assert plane["xs"][0] < 1 < plane["xs"][-1]
    assert max(map(abs, (*plane["xs"], *plane["ys"]))) < 1000


def test_the_plane_holds_the_whole_way_of_a_descent_that_arrives() -> None:
    plane = contour(run(BOWL, START), x="x", y="y", path=[(0.0, 0.0), (300.0, 1.0), (480.0, 2.0), (500.0, 2.0)])
    assert plane["xs"][-1] > 500


def test_one_step_too_far_is_an_overshoot_with_its_numbers() -> None:
    told = whole("loss = (x - 3)**2", {"x": 10.0}, settings={"lr": 1.1})
    found = finding(told, "overshoot")
    assert (found["iteration"], found["suggestion"]["lr"]) == (1, 0.5)
    assert "rose from 49 to 70.56" in found["sentence"]


def test_a_descent_to_infinity_says_at_which_iteration_it_broke() -> None:
    told = whole("loss = x**4", {"x": 3.0}, settings={"lr": 1.0}, iterations=30)
    found = finding(told, "divergence")
    losses = told["iterations"]["loss"]
    k = found["iteration"]
    norms = told["iterations"]["grad_norm"]
    assert all(not isinstance(x, str) for x in (*losses[:k], *norms[:k]))
    assert isinstance(losses[k], str) or isinstance(norms[k], str)
    assert "exploding" in kinds(told)


def test_a_flat_place_is_told_from_the_beginning() -> None:
    assert "vanishing" in kinds(whole("loss = (sigmoid(x) - 0)**2", {"x": -40.0}, iterations=5))
    assert "nothing" in kinds(whole("loss = relu(x) + 1", {"x": -1.0}, iterations=5))


def test_a_step_into_a_closed_relu_is_a_vanishing_gradient() -> None:
    told = whole("loss = (relu(x) - 1)**2", {"x": 3.0}, settings={"lr": 2.0}, iterations=5)
    assert "vanishing" in kinds(told)


def test_a_plateau_is_told_with_a_larger_learning_rate() -> None:
    told = whole("loss = 100 + 0.001*x", {"x": 1.0}, iterations=60)
    assert finding(told, "plateau")["suggestion"]["lr"] == pytest.approx(0.1)


def test_gradients_that_nobody_clears_pile_up_in_words() -> None:
    told = whole("f = w*x", {"w": 1.0}, zero_grad=False, iterations=3)
    assert told["iterations"]["leaves"][0]["grads"] != [1.0] * 4
    found = finding(told, "piling_up")
    assert found["suggestion"]["zero_grad"] is True
    linear = descend(run("f = 3*w", {"w": 1.0}), zero_grad=False, iterations=3)
    assert linear["iterations"]["leaves"][0]["grads"] == [3.0, 6.0, 9.0, 12.0]
    assert "norm of 12, where the gradient of this iteration has 3" in finding(linear, "piling_up")["sentence"]


def test_a_leaf_that_hardly_moves_beside_others_is_named() -> None:
    told = whole("loss = x + 0.00000001*y", {"x": 1.0, "y": 1.0}, iterations=2)
    assert "y has 1e−8 where x has 1" in finding(told, "vanishing")["sentence"]


def test_no_iterations_only_look() -> None:
    told = whole(CHAIN, CHAIN_INPUTS, iterations=0)
    assert (told["iterations"]["k"], told["step"], told["finished"], told["done"]) == ([0], None, True, 0)
    assert told["output"]["after"] == -8.0


def test_what_is_told_is_thinned_and_ends_with_the_last() -> None:
    told = whole(BOWL, START, iterations=1001, tell=100)
    ks = told["iterations"]["k"]
    assert len(ks) <= 102
    assert ks[:3] == [0, 11, 22]
    assert ks[-1] == 1001


def test_fixed_leaves_stay_and_have_no_row() -> None:
    told = descend(run(CHAIN, CHAIN_INPUTS, fixed=("a", "f")), iterations=5)
    assert [leaf["label"] for leaf in told["leaves"]] == ["b", "c"]


def test_a_program_that_branches_on_a_parameter_has_a_warning() -> None:
    source = "x = Value(2.0)\nif x.data > 1:\n    y = x*x\nelse:\n    y = -x\n"
    (warning,) = whole(source, {})["warnings"]
    assert "depend on x" in warning
    assert whole(CHAIN, CHAIN_INPUTS)["warnings"] == []


def test_nothing_is_ever_written_into_the_run() -> None:
    result = run(BOWL, START)
    before = list(result.tape.data)
    assert descend(result, iterations=20) == descend(result, iterations=20)
    assert result.tape.data == before


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308])
def test_numbers_that_are_not_finite_are_told_as_others(value: float) -> None:
    for optimizer, settings in OPTIMIZERS:
        told = whole(VALLEY, {"x": value, "y": 1.0}, optimizer=optimizer, settings=settings, iterations=5)
        json.dumps(told, allow_nan=False)
        again = whole(VALLEY, {"x": value, "y": 1.0}, iterations=9, state=told["state"])
        json.dumps(again, allow_nan=False)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"optimizer": "LBFGS"}, "optimizer"),
        ({"settings": {"betas": [0.9, 0.99]}}, "settings/betas"),
        ({"settings": {"lr": -1.0}}, "settings/lr"),
        ({"settings": {"lr": math.nan}}, "settings/lr"),
        ({"settings": {"lr": "0.1"}}, "settings/lr"),
        ({"settings": {"nesterov": True}}, "settings/nesterov"),
        ({"settings": {"nesterov": 1.0, "momentum": 0.9}}, "settings/nesterov"),
        ({"optimizer": "Adam", "settings": {"betas": [0.9, 1.0]}}, "settings/betas"),
        ({"optimizer": "Adam", "settings": {"betas": 0.9}}, "settings/betas"),
        ({"schedule": {"name": "OneCycleLR"}}, "schedule/name"),
        ({"schedule": {}}, "schedule/name"),
        ({"schedule": {"name": "StepLR"}}, "schedule/step_size"),
        ({"schedule": {"name": "StepLR", "step_size": 0}}, "schedule/step_size"),
        ({"schedule": {"name": "StepLR", "step_size": 2, "T_max": 3}}, "schedule/T_max"),
        ({"schedule": {"name": "MultiStepLR", "milestones": 3}}, "schedule/milestones"),
        ({"schedule": {"name": "ReduceLROnPlateau", "mode": "up"}}, "schedule/mode"),
        ({"iterations": 10_001}, "iterations"),
        ({"tell": 0}, "tell"),
        ({"seconds": 3.0}, "seconds"),
        ({"batch": 0}, "batch"),
        ({"clip": {"kind": "norm", "limit": -1.0}}, "clip/limit"),
        ({"state": {}}, "state"),
        ({"state": {"k": "x"}}, "state"),
    ],
)
def test_what_cannot_be_done_names_its_field(options: dict[str, Any], field: str) -> None:
    with pytest.raises(Unfit) as error:
        whole(CHAIN, CHAIN_INPUTS, **options)
    assert error.value.field == field


def test_a_state_that_somebody_broke_is_refused() -> None:
    state = whole(CHAIN, CHAIN_INPUTS, iterations=3, optimizer="Adam")["state"]
    broken = [
        state | {"values": [1.0]},
        state | {"values": ["one", 2.0, 3.0, 4.0]},
        state | {"kept": 3.0},
        state | {"k": -1.0},
        state | {"k": "Infinity"},
        state | {"watch": {}},
        state | {"watch": state["watch"] | {"recent": [1.0] * 99}},
        state | {"watch": state["watch"] | {"large_leaf": 99.0}},
        state | {"watch": state["watch"] | {"seen": "NaN"}},
        state | {"schedule": [1.0]},
    ]
    for each in broken:
        with pytest.raises(Unfit) as error:
            whole(CHAIN, CHAIN_INPUTS, iterations=5, optimizer="Adam", state=each)
        assert error.value.field == "state"


def test_a_program_without_parameters_is_told() -> None:
    with pytest.raises(Unfit) as error:
        descend(run("y = x*2", {"x": 1.0}, fixed=("x",)))
    assert error.value.field == "source"


def test_marks_on_a_log_scale_are_above_0_down_to_the_least_number() -> None:
    marks = axis([5e-324, 1e308])["log"]
    assert all(0 < mark["at"] < math.inf for mark in marks)
