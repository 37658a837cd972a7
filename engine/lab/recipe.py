"""A recipe: turns the settings of a descent into its steps, one after the other. Start at `recipe_of`, `Recipe.step`.

The rules themselves are those of `engine.descent`; here they get their settings, and what they keep between two steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import numbers
from engine.descent import CHOICES, SCHEDULES, Optimizer, Schedule
from engine.lab.subject import Unfit

LR = 0.01
MILESTONES = 100
MOST_STEPS = 1_000_000
"""Steps that a state may tell of."""
_KEPT = frozenset({"buffer", "t", "mean", "square", "largest"})
_WATCHED = frozenset({"watched", "best", "bad", "cooling"})
_WORDS: Mapping[str, tuple[str, ...]] = {"mode": ("min", "max"), "threshold_mode": ("rel", "abs")}
_WHOLE: Mapping[str, int] = {"step_size": 1, "T_max": 1, "patience": 0, "cooldown": 0}
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(slots=True)
class Walk:
    """Where a descent is: after `k` steps, at `values`, about to take the next one with `lr`."""

    k: int
    values: list[float]
    lr: float
    kept: list[dict[str, float]]
    """What the optimizer keeps for each number."""
    piled: list[float]
    """The gradients so far, where nobody clears them."""
    schedule: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return all of it, ready for JSON."""
        columns = self.kept[0] if self.kept else {}
        return {
            "k": self.k,
            "values": numbers.all_to_json(self.values),
            "lr": numbers.to_json(self.lr),
            "kept": {
                name: numbers.all_to_json([each.get(name, math.nan) for each in self.kept])
                for name in columns
                if name != "t"
            },
            "t": columns.get("t"),
            "piled": numbers.all_to_json(self.piled) if any(self.piled) else None,
            "schedule": {name: numbers.to_json(x) for name, x in self.schedule.items()},
        }


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a gradient becomes a step, and the next learning rate."""

    optimizer: Optimizer
    settings: Mapping[str, Any]
    schedule: Schedule | None
    schedule_settings: Mapping[str, Any]
    zero_grad: bool
    clip: tuple[str, float] | None

    @property
    def lr(self) -> float:
        """The learning rate that was asked for."""
        return float(self.settings["lr"])

    @property
    def ascends(self) -> bool:
        """Whether up is where it goes."""
        return bool(self.settings["maximize"])

    @property
    def is_plain(self) -> bool:
        """Whether a step is the learning rate times the gradient, and nothing else."""
        is_sgd = self.optimizer.update is CHOICES["SGD"].update
        adds = is_sgd and (self.settings["momentum"] or self.settings["weight_decay"])
        return is_sgd and not adds and self.zero_grad and self.clip is None and self.schedule is None

    def begin(self, values: list[float]) -> Walk:
        """Return a walk that has not taken a step."""
        walk = Walk(0, values, self.lr, [{} for _ in values], [0.0] * len(values))
        walk.lr = self._rate(walk, 0)
        return walk

    def resume(self, state: Mapping[str, Any], count: int) -> Walk:
        """Return the walk that a document holds, of `count` numbers; raise `Unfit`."""
        try:
            return _read(state, count)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise Unfit("state", "is not what an answer to this request held") from None

    def gradient(self, walk: Walk, grads: Sequence[float]) -> list[float]:
        """Return the gradient that the optimizer gets: added to the earlier ones if nobody clears these, clipped."""
        if not self.zero_grad:
            grads = [before + g for before, g in zip(walk.piled, grads, strict=True)]
        clipped = _clipped(list(grads), *self.clip) if self.clip else list(grads)
        if not self.zero_grad:
            walk.piled = clipped
        return clipped

    def step(self, walk: Walk, grads: Sequence[float], loss: float) -> None:
        """Take a step with what `gradient` returned, and let the schedule see the loss before it."""
        settings = {**self.settings, "lr": walk.lr}
        update = self.optimizer.update
        walk.values = [
            _updated(update, x, g, kept, settings) for x, g, kept in zip(walk.values, grads, walk.kept, strict=True)
        ]
        walk.k += 1
        if self.schedule is not None:
            if self.schedule.watches:
                walk.schedule["watched"] = loss
            walk.lr = self._rate(walk, walk.k)

    def _rate(self, walk: Walk, epoch: int) -> float:
        if self.schedule is None:
            return walk.lr
        try:
            return float(self.schedule.rate(walk.lr, self.lr, epoch, self.schedule_settings, walk.schedule))
        except (ArithmeticError, ValueError):
            return math.nan


def _updated(update: Any, x: float, g: float, kept: dict[str, float], settings: Mapping[str, Any]) -> float:
    try:
        return float(update(x, g, kept, settings))
    except (ArithmeticError, ValueError):
        return math.nan


def norm(grads: Sequence[float]) -> float:
    """Return the root of the sum of the squares."""
    return math.sqrt(sum([g * g for g in grads]))


def _clipped(grads: list[float], kind: str, limit: float) -> list[float]:
    """Return gradients as `clip_grad_norm_` or `clip_grad_value_` leaves them."""
    if kind == "value":
        return [limit if g > limit else -limit if g < -limit else g for g in grads]
    factor = limit / (norm(grads) + 1e-6)
    factor = 1.0 if factor > 1 else factor
    return [g * factor for g in grads]


def recipe_of(
    optimizer: str = "SGD",
    settings: Mapping[str, Any] | None = None,
    schedule: Mapping[str, Any] | None = None,
    direction: str = "descend",
    zero_grad: bool = True,
    clip: Mapping[str, Any] | None = None,
) -> Recipe:
    """Return the recipe of a request's fields; raise `Unfit`."""
    rule = CHOICES.get(optimizer)
    if rule is None:
        raise Unfit("optimizer", f"must be one of {', '.join(CHOICES)}")
    chosen = _settings(rule, settings or {}) | {"maximize": direction == "ascend"}
    plan, planned = _schedule(schedule, chosen["maximize"])
    limit = None if clip is None else (str(clip["kind"]), _bounded(clip["limit"], "clip/limit"))
    return Recipe(rule, chosen, plan, planned, zero_grad, limit)


def _settings(rule: Optimizer, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: default for name, default in rule.defaults.items() if name != "maximize"}
    for name in given:
        if name not in known:
            at = f"settings/{name[:60]}"
            raise Unfit(at, f"is not a setting of {rule.name}; these are {', '.join(known)}")
    chosen = {name: _setting(name, given[name], default) for name, default in known.items() if name in given}
    chosen = known | {"lr": LR} | chosen
    if chosen.get("nesterov") and (not chosen["momentum"] or chosen["dampening"]):
        raise Unfit("settings/nesterov", "needs a momentum above 0 and no dampening")
    return chosen


def _setting(name: str, value: Any, default: Any) -> Any:
    at = f"settings/{name}"
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise Unfit(at, "must be true or false")
        return value
    if isinstance(default, tuple):
        if not isinstance(value, list | tuple) or len(value) != len(default):
            raise Unfit(at, "must be two numbers")
        betas = tuple(_bounded(x, at) for x in value)
        if max(betas) >= 1:
            raise Unfit(at, "must be from 0 to less than 1")
        return betas
    return _bounded(value, at)


def _bounded(value: Any, at: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e300:
        raise Unfit(at, "must be a number from 0 on")
    return float(value)


def _schedule(given: Mapping[str, Any] | None, ascends: bool) -> tuple[Schedule | None, dict[str, Any]]:
    if given is None:
        return None, {}
    rule = SCHEDULES.get(str(given.get("name")))
    if rule is None:
        raise Unfit("schedule/name", f"must be one of {', '.join(SCHEDULES)}")
    known = (*rule.required, *rule.defaults)
    for name in given:
        if name != "name" and name not in known:
            raise Unfit(f"schedule/{name[:60]}", f"is not a setting of {rule.name}; these are {', '.join(known)}")
    for name in rule.required:
        if name not in given:
            raise Unfit(f"schedule/{name}", "is missing")
    better = {"mode": "max"} if rule.watches and ascends else {}
    return rule, {**rule.defaults, **better} | {name: _planned(name, given[name]) for name in known if name in given}


def _planned(name: str, value: Any) -> Any:
    at = f"schedule/{name}"
    if name in _WORDS:
        if value not in _WORDS[name]:
            raise Unfit(at, f"must be {' or '.join(_WORDS[name])}")
        return value
    if name == "milestones":
        if not isinstance(value, list | tuple) or len(value) > MILESTONES:
            raise Unfit(at, f"must be a list of at most {MILESTONES} whole numbers")
        return [_whole(x, 0, at) for x in value]
    return _whole(value, _WHOLE[name], at) if name in _WHOLE else _bounded(value, at)


def _whole(value: Any, least: int, at: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 1e9 or value % 1:
        raise Unfit(at, f"must be a whole number from {least} on")
    return int(value)


# -- a walk as a document ---------------------------------------------------------------------------------------------


def _count(value: Any) -> int:
    """Return how often something has happened; raise for what is no such number."""
    number = read_number(value)
    if not 0 <= number <= MOST_STEPS:
        raise ValueError(number)
    return int(number)


def _read(state: Mapping[str, Any], count: int) -> Walk:
    columns = {name: read_numbers(state["kept"][name], count) for name in _KEPT if name in state["kept"]}
    if state["t"] is not None:
        columns["t"] = [float(_count(state["t"]))] * count
    kept = [{name: column[i] for name, column in columns.items()} for i in range(count)]
    piled = [0.0] * count if state["piled"] is None else read_numbers(state["piled"], count)
    schedule = {name: read_number(x) for name, x in state["schedule"].items() if name in _WATCHED}
    return Walk(
        _count(state["k"]), read_numbers(state["values"], count), read_number(state["lr"]), kept, piled, schedule
    )


def read_numbers(values: Any, count: int) -> list[float]:
    """Return numbers of a document; raise ValueError if there are not `count` of them."""
    if not isinstance(values, list) or len(values) != count:
        raise ValueError
    return [read_number(x) for x in values]


def read_number(value: Any) -> float:
    """Return a number of a document; raise ValueError or KeyError."""
    if isinstance(value, str):
        return _SPECIAL[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    return float(value)
