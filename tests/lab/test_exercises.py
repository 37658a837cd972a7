"""Made-up exercises: the same everywhere, none twice, and every number can be worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Run, Unfit, numbers, run
from engine.lab.exercises import LARGEST, LEVELS, MOST_SEED, NUMBERS, Draw, exercise
from engine.ops import OPS
from engine.trace import Backward, Forward

LEVEL_NUMBERS = range(1, len(LEVELS) + 1)
SEEDS = range(21)


def made(document: dict[str, Any]) -> Run:
    return run(document["source"], document["inputs"], fixed=document["fixed"])


def test_the_generator_is_splitmix64() -> None:
    draw = Draw(1234567)
    assert [draw.next() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_exercises_are_those_that_they_have_always_been() -> None:
    told = exercise(7, 3)
    assert (told["source"], told["inputs"]) == ("g = u + v\nh = g * u", {"u": -0.5, "v": -2.0})
    told = exercise(MOST_SEED, 8, NUMBERS)
    assert told["source"] == "n = w1*x1 + w2*x2 + b\nerror = n - y\nloss = error * error"
    assert told["inputs"] == {"w1": -0.5, "x1": 5.0, "w2": -0.5, "x2": -4.0, "b": 0.5, "y": 4.0}
    assert told["fixed"] == ["x1", "x2", "y"]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_program_comes_twice_in_a_series(seed: int) -> None:
    series = [exercise(seed, level, number) for level in LEVEL_NUMBERS for number in range(1, NUMBERS + 1)]
    assert len({(each["source"], *each["inputs"].items()) for each in series}) == len(LEVELS) * NUMBERS


@pytest.mark.parametrize("level", LEVEL_NUMBERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_can_be_worked_out_by_hand(seed: int, level: int) -> None:
    for number in range(1, NUMBERS + 1):
        told = exercise(seed, level, number)
        done = made(told)
        edges = [step for step in done.trace.steps if isinstance(step, Backward)]
        met = [x for step in edges for x in (step.upstream, step.local, step.contribution, step.after)]
        met += [step.data for step in done.trace.steps if isinstance(step, Forward)]
        assert all(numbers.relation(x) == "=" and abs(x) <= LARGEST for x in met)
        assert len(edges) == told["contributions"] >= 2
        assert done.trace.steps[told["first"]] is edges[0]
        assert any(done.trace.grads[done.variables[name]] for name in told["inputs"] if name not in told["fixed"])
        assert not done.warnings


def test_levels_train_what_they_say() -> None:
    for number in range(1, NUMBERS + 1):
        first, *_, neuron = (made(exercise(3, level, number)) for level in LEVEL_NUMBERS)
        assert [op for op in first.tape.ops if op] == [OPS["mul"]]
        assert "loss" in neuron.variables
        shared, repeated = (made(exercise(3, level, number)) for level in (3, 4))
        assert any(step.before for step in shared.trace.steps if isinstance(step, Backward))
        assert any(len(set(operands)) < len(operands) or op is OPS["pow"] for op, operands in used(repeated))
        gates = made(exercise(3, 5, number))
        assert any(op and op.gates for op in gates.tape.ops)


def used(done: Run) -> list[tuple[Any, tuple[int, ...]]]:
    return [(op, operands) for op, operands in zip(done.tape.ops, done.tape.operands, strict=True) if op]


def test_the_series_goes_on_through_all_levels() -> None:
    told, count = exercise(5, 1), 1
    while told["next"]:
        told, count = exercise(**told["next"]), count + 1
    assert count == len(LEVELS) * NUMBERS


@pytest.mark.parametrize(
    ("place", "field"),
    [((-1, 1, 1), "seed"), ((2**53, 1, 1), "seed"), ((0, 0, 1), "level"), ((0, 9, 1), "level"), ((0, 1, 0), "number"),
     ((0, 1, 11), "number")],
)  # fmt: skip
def test_what_is_outside_of_the_series_is_told(place: tuple[int, int, int], field: str) -> None:
    with pytest.raises(Unfit, match=f"^{field} must be a whole number from") as caught:
        exercise(*place)
    assert caught.value.field == field
