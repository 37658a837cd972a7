"""Gradient descent: turns a gradient into the next value of a parameter, and a schedule into the next learning rate.

Two tables, `OPTIMIZERS` and `SCHEDULES`. A rule works on one number of one parameter at a time: `state` is what it has
kept for that number, `settings` what the optimizer was given. The formulas are those that PyTorch documents for its
optimizers of the same names; the order of the operations is its own, so that the numbers agree to the last digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

State = dict[str, float]
Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A rule: `update(x, gradient, state, settings)` returns the next x."""

    name: str
    defaults: Mapping[str, Any]
    update: Callable[[float, float, State, Settings], float]
    about: str


def _slope(x: float, gradient: float, settings: Settings) -> float:
    """Return which way is up, with the pull of the weight decay."""
    g = -gradient if settings["maximize"] else gradient
    return float(g + settings["weight_decay"] * x) if settings["weight_decay"] else g


def _sgd(x: float, gradient: float, state: State, settings: Settings) -> float:
    g = _slope(x, gradient, settings)
    momentum = settings["momentum"]
    if momentum:
        buffer = state["buffer"] = (
            state["buffer"] * momentum + (1 - settings["dampening"]) * g if "buffer" in state else g
        )
        g = g + momentum * buffer if settings["nesterov"] else buffer
    return float(x - settings["lr"] * g)


def _adam(x: float, gradient: float, state: State, settings: Settings) -> float:
    return _adam_step(x, _slope(x, gradient, settings), state, settings)


def _adamw(x: float, gradient: float, state: State, settings: Settings) -> float:
    g = -gradient if settings["maximize"] else gradient
    return _adam_step(x * (1 - settings["lr"] * settings["weight_decay"]), g, state, settings)


def _adam_step(x: float, g: float, state: State, settings: Settings) -> float:
    """Kingma and Ba 2015: running means of the gradient and of its square, corrected for their beginning at 0."""
    first, second = settings["betas"]
    t = state["t"] = state.get("t", 0.0) + 1
    mean = state.get("mean", 0.0)
    mean = state["mean"] = mean + (g - mean) * (1 - first)
    square = state["square"] = state.get("square", 0.0) * second + (1 - second) * g * g
    if settings["amsgrad"]:
        square = state["largest"] = max(state.get("largest", 0.0), square)
    scale = math.sqrt(square) / math.sqrt(1 - second**t) + settings["eps"]
    return float(x - settings["lr"] / (1 - first**t) * (mean / scale))


def _rmsprop(x: float, gradient: float, state: State, settings: Settings) -> float:
    g = _slope(x, gradient, settings)
    alpha = settings["alpha"]
    square = state["square"] = state.get("square", 0.0) * alpha + (1 - alpha) * g * g
    if settings["centered"]:
        mean = state.get("mean", 0.0)
        mean = state["mean"] = mean + (g - mean) * (1 - alpha)
        square -= mean * mean
    scaled = g / (math.sqrt(square) + settings["eps"])
    if settings["momentum"] > 0:
        scaled = state["buffer"] = state.get("buffer", 0.0) * settings["momentum"] + scaled
    return float(x - settings["lr"] * scaled)


def _adagrad(x: float, gradient: float, state: State, settings: Settings) -> float:
    g = _slope(x, gradient, settings)
    t = state["t"] = state.get("t", 0.0) + 1
    total = state["square"] = state.get("square", float(settings["initial_accumulator_value"])) + g * g
    rate = settings["lr"] / (1 + (t - 1) * settings["lr_decay"])
    return float(x - rate * (g / (math.sqrt(total) + settings["eps"])))


def _optimizer(
    name: str, update: Callable[[float, float, State, Settings], float], about: str, **defaults: Any
) -> Optimizer:
    return Optimizer(name, MappingProxyType(defaults), update, about)


OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType(
    {
        o.name: o
        for o in (
            _optimizer(
                "SGD", _sgd, "Against the gradient, with momentum if asked for.",
                lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False,
            ),
            _optimizer(
                "Adam", _adam, "Against the mean gradient, scaled by the root of its mean square.",
                lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, maximize=False,
            ),
            _optimizer(
                "AdamW", _adamw, "Adam with the weight decay beside the gradient.",
                lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, maximize=False,
            ),
            _optimizer(
                "RMSprop", _rmsprop, "Against the gradient, scaled by the root of its mean square.",
                lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, maximize=False,
            ),
            _optimizer(
                "Adagrad", _adagrad, "Against the gradient, scaled by the root of the sum of its squares.",
                lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, maximize=False,
            ),
        )
    }
)  # fmt: skip


CHOICES: Mapping[str, Optimizer] = MappingProxyType(
    {
        "SGD": OPTIMIZERS["SGD"],
        "momentum": _optimizer(
            "momentum", _sgd, "Like a ball with inertia: against a sum of the gradients so far.",
            **dict(OPTIMIZERS["SGD"].defaults, momentum=0.9),
        ),
        "Nesterov": _optimizer(
            "Nesterov", _sgd, "Momentum that looks ahead.",
            **dict(OPTIMIZERS["SGD"].defaults, momentum=0.9, nesterov=True),
        ),
        **OPTIMIZERS,
    }
)  # fmt: skip
"""What a person can choose from: the optimizers, and settings of them that have names of their own."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule: `rate(lr, first, epoch, settings, state)` returns the learning rate of `epoch`, from that of the epoch
    before and from the first one. With `watches`, `state` holds the number that `step(loss)` was given."""

    name: str
    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    rate: Callable[[float, float, int, Settings, dict[str, Any]], float]
    about: str
    watches: bool = False


def _step(lr: float, first: float, epoch: int, settings: Settings, state: dict[str, Any]) -> float:
    return lr * settings["gamma"] if epoch and epoch % settings["step_size"] == 0 else lr


def _multi_step(lr: float, first: float, epoch: int, settings: Settings, state: dict[str, Any]) -> float:
    return float(lr * settings["gamma"] ** list(settings["milestones"]).count(epoch))


def _exponential(lr: float, first: float, epoch: int, settings: Settings, state: dict[str, Any]) -> float:
    return float(lr * settings["gamma"]) if epoch else lr


def _cosine(lr: float, first: float, epoch: int, settings: Settings, state: dict[str, Any]) -> float:
    """Loshchilov and Hutter 2017, as a recurrence on the rate before."""
    period, least = settings["T_max"], settings["eta_min"]
    if epoch == 0:
        return lr
    if (epoch - 1 - period) % (2 * period) == 0:
        return float(lr + (first - least) * (1 - math.cos(math.pi / period)) / 2)
    now, before = (1 + math.cos(math.pi * k / period) for k in (epoch, epoch - 1))
    return float(now / before * (lr - least) + least)


def _plateau(lr: float, first: float, epoch: int, settings: Settings, state: dict[str, Any]) -> float:
    """Lower the rate when the watched number has not got better for a while."""
    if "watched" not in state:
        return lr
    best, now = state.get("best"), state["watched"]
    if best is None or _is_better(now, best, settings):
        state["best"], state["bad"] = now, 0
    else:
        state["bad"] = state.get("bad", 0) + 1
    if state.get("cooling", 0) > 0:
        state["cooling"] -= 1
        state["bad"] = 0
    if state["bad"] <= settings["patience"]:
        return lr
    state["cooling"], state["bad"] = settings["cooldown"], 0
    new = max(lr * settings["factor"], settings["min_lr"])
    return float(new) if lr - new > settings["eps"] else lr


def _is_better(now: float, best: float, settings: Settings) -> bool:
    margin = settings["threshold"]
    if settings["mode"] == "min":
        return bool(now < (best * (1.0 - margin) if settings["threshold_mode"] == "rel" else best - margin))
    return bool(now > (best * (margin + 1.0) if settings["threshold_mode"] == "rel" else best + margin))


SCHEDULES: Mapping[str, Schedule] = MappingProxyType(
    {
        s.name: s
        for s in (
            Schedule("StepLR", ("step_size",), {"gamma": 0.1}, _step, "Times gamma every so many epochs."),
            Schedule("MultiStepLR", ("milestones",), {"gamma": 0.1}, _multi_step, "Times gamma at given epochs."),
            Schedule("ExponentialLR", ("gamma",), {}, _exponential, "Times gamma every epoch."),
            Schedule("CosineAnnealingLR", ("T_max",), {"eta_min": 0.0}, _cosine, "Down and up again along a cosine."),
            Schedule(
                "ReduceLROnPlateau", (),
                {
                    "mode": "min", "factor": 0.1, "patience": 10, "threshold": 1e-4, "threshold_mode": "rel",
                    "cooldown": 0, "min_lr": 0.0, "eps": 1e-8,
                },
                _plateau, "Times factor when the loss has not got better for a while.", watches=True,
            ),
        )
    }
)  # fmt: skip
