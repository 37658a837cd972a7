"""Exercises: turns a seed number, a level and a place in the series into a program to predict. Start at `exercise`.

The same three numbers give the same program on every machine and every version of Python: what is drawn comes from
splitmix64 (Steele, Lea and Flood, 2014), whose numbers are fixed by its definition. A program is drawn again until
every number on its way is short: what somebody works out by hand can be typed with all its digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from engine import numbers
from engine.lab.subject import Unfit
from engine.language import run
from engine.run import Run
from engine.trace import Backward, Forward, Seed, Step

T = TypeVar("T")
Values = dict[str, float]

NUMBERS = 10
"""Exercises of one seed at one level."""
MOST_SEED = 2**53 - 1  # what every JSON reader keeps
LARGEST = 200.0
"""Of the numbers on the way."""
TRIES = 4_000
"""Programs drawn for one exercise; about ten are needed."""
_MASK = 2**64 - 1


class Draw:
    """splitmix64: the same numbers from the same seed, everywhere.

    >>> draw = Draw(1234567)
    >>> [draw.next() for _ in range(2)]
    [6457827717110365317, 3203168211198807973]
    """

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def next(self) -> int:
        """Return 64 bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def choice(self, things: Sequence[T]) -> T:
        """Return one of `things`."""
        return things[self.next() % len(things)]

    def sample(self, things: Sequence[T], count: int) -> list[T]:
        """Return `count` different ones of `things`."""
        left = list(things)
        return [left.pop(self.next() % len(left)) for _ in range(count)]


# -- the levels --------------------------------------------------------------------------------------------------------

FRIENDLY = (2.0, 3.0, -2.0, -3.0, 4.0, 5.0, -4.0, -1.0, 0.5, -0.5, 1.5)
LEAVES = ("abcd", "pqrs", "uvwz", "xyuv", "abxy", "hkmn")
INNER = ("c d f g h k m n p q r s t", "g h k m p q r s t u v w y z", "m n p q r s t u v w x y z")


@dataclass(frozen=True, slots=True)
class Shape:
    """A program whose names are still open: `A` to `D` stand for leaves, `P` to `T` for what is computed."""

    text: str
    settled: Mapping[str, Callable[[Values], float]]
    """Leaves whose value follows from the others, so that an operation meets a friendly point."""

    def leaves(self) -> list[str]:
        """Return the leaves that stand in it, in the order of the alphabet."""
        return [name for name in "ABCD" if name in self.text]


def _shape(text: str, **settled: Callable[[Values], float]) -> Shape:
    return Shape(text, settled)


Made = tuple[str, Values, tuple[str, ...]]
"""A program, the values of its leaves, and those of them that are held fixed."""


@dataclass(frozen=True, slots=True)
class Level:
    """A step of difficulty."""

    title: str
    trains: str
    make: Callable[[Draw], Made]


def _from(*shapes: Shape) -> Callable[[Draw], Made]:
    return lambda draw: _named(draw, draw.choice(shapes))


def _named(draw: Draw, shape: Shape) -> Made:
    """Fill a shape with names and values."""
    leaves, letters = shape.leaves(), draw.choice(LEAVES)
    inner = [name for name in draw.choice(INNER).split() if name not in letters]
    names = dict(zip("ABCD", letters, strict=True)) | dict(zip("PQRST", inner, strict=False))
    free = [leaf for leaf in leaves if leaf not in shape.settled]
    values = dict(zip(free, _apart(draw, len(free)), strict=True))
    for leaf, settle in shape.settled.items():
        values[leaf] = settle(values)
    source = "".join(names.get(letter, letter) for letter in shape.text)
    return source, {names[leaf]: values[leaf] for leaf in leaves}, ()


def _apart(draw: Draw, count: int) -> list[float]:
    """Return values that differ in size, so that one slip is not mistaken for another."""
    while True:
        values = draw.sample(FRIENDLY, count)
        if len({abs(x) for x in values}) == count:
            return values


_product = _from(_shape("P = A * B"))
_chain = _from(
    _shape("P = A * B\nQ = P + C"),
    _shape("P = A + B\nQ = P * C"),
    _shape("P = A - B\nQ = C * P"),
    _shape("P = A * B\nQ = P * C"),
    _shape("P = A * B\nQ = P + C\nR = Q * D"),
    _shape("P = A * B\nQ = C - P\nR = Q * D"),
)
_shared = _from(
    _shape("P = A * B\nQ = P + A"),
    _shape("P = A + B\nQ = P * A"),
    _shape("P = A * B\nQ = P + C\nR = Q * B"),
    _shape("P = A + B\nQ = A * C\nR = P * Q"),
    _shape("P = A * B\nQ = P - A\nR = Q * P"),
)
_repeated = _from(
    _shape("P = A * A\nQ = P * B"),
    _shape("P = A + B\nQ = P * P"),
    _shape("P = A * A\nQ = P + A"),
    _shape("P = A + A\nQ = P * B"),
    _shape("P = A * B\nQ = P * P\nR = Q + C"),
    _shape("P = A - B\nQ = P**2\nR = Q * C"),
)
_gates = _from(
    _shape("P = A * B\nQ = P + C\nR = relu(Q)\nS = R * D"),
    _shape("P = relu(A)\nQ = P * B\nR = relu(C)\nS = Q + R"),
    _shape("P = A * B\nQ = relu(P)\nR = A * C\nS = Q + R"),
    _shape("P = relu(A)\nQ = A * B\nR = P - Q"),
    _shape("P = max(A, B)\nQ = P * C"),
    _shape("P = A * B\nQ = max(P, C)\nR = Q * B"),
)
_curves = _from(
    _shape("P = A / B\nQ = P * C"),
    _shape("P = A * B\nQ = P / C"),
    _shape("P = A * B\nQ = P + C\nR = tanh(Q)\nS = R + D", C=lambda v: -v["A"] * v["B"]),
    _shape("P = A + B\nQ = sigmoid(P)\nR = Q * C", B=lambda v: -v["A"]),
    _shape("P = A - B\nQ = exp(P)\nR = Q * C", B=lambda v: v["A"]),
    _shape("P = A / B\nQ = log(P)\nR = Q + C", B=lambda v: v["A"]),
    _shape("P = A * B\nQ = sqrt(P)\nR = Q * C", B=lambda v: 4 / v["A"]),
)


def _deep(draw: Draw) -> Made:
    """Draw six to eight operations, each on what is not used yet or on something that is: values come to be shared."""
    letters = draw.choice(LEAVES)[: 3 + draw.next() % 2]
    inner = [name for name in draw.choice(INNER).split() if name not in letters]
    known, unused, lines = list(letters), list(letters), []
    for name in inner[: 6 + draw.next() % 3]:
        left = unused.pop(0)
        right = unused.pop(0) if len(unused) > 2 else draw.choice(known)
        if right in unused:
            unused.remove(right)
        lines.append(f"{name} = {_applied(draw, left, right)}")
        known.append(name)
        unused.append(name)
    while len(unused) > 1:
        lines[-1] += f" + {unused.pop(0)}"
    return "\n".join(lines), dict(zip(letters, _apart(draw, len(letters)), strict=True)), ()


def _applied(draw: Draw, left: str, right: str) -> str:
    if left == right:
        return f"{left} * {left}"
    return f"{left} {draw.choice('*+-*+')} {right}" if draw.next() % 5 else f"relu({left}) + {right}"


_NEURONS = (
    ("n = w*x + b\nloss = (n - y)**2", "w x b y"),
    ("n = w*x + b\no = relu(n)\nerror = o - y\nloss = error * error", "w x b y"),
    ("n = w1*x1 + w2*x2 + b\nerror = n - y\nloss = error * error", "w1 x1 w2 x2 b y"),
    ("n = w1*x1 + w2*x2 + b\no = relu(n)\nloss = (o - y)**2", "w1 x1 w2 x2 b y"),
    ("h = relu(w*x + b)\no = v*h\nerror = o - y\nloss = error * error", "w x b v y"),
    ("p = w*x1 + b\nq = w*x2 + b\nloss = (p - y1)**2 + (q - y2)**2", "w x1 b x2 y1 y2"),
)


def _neuron(draw: Draw) -> Made:
    source, names = draw.choice(_NEURONS)
    values = {name: draw.choice(FRIENDLY) for name in names.split()}
    return source, values, tuple(name for name in values if name[0] in "xy")


LEVELS: tuple[Level, ...] = (
    Level("One product", "Each factor gets the other factor.", _product),
    Level("Sums and products in a row", "Upstream times local, step by step; a sum hands on what it gets.", _chain),
    Level("A value used twice", "What arrives is added to what is there: +=.", _shared),
    Level("The same operand twice", "x * x has two edges, and each brings its own contribution.", _repeated),
    Level("Gates", "relu and max pass the gradient on or stop it.", _gates),
    Level("Curves and quotients", "Local derivatives that depend on where one is.", _curves),
    Level("Deeper graphs", "Keeping the order, and every gradient complete before it is used.", _deep),
    Level("A neuron and its loss", "The gradient of a squared error; data are held fixed.", _neuron),
)


# -- the series --------------------------------------------------------------------------------------------------------


def exercise(seed: int, level: int, number: int = 1) -> dict[str, Any]:
    """Return the exercise with that `number` of a seed's series at that level, all three whole numbers; the same on
    every machine. No program comes twice in the series of a seed. Raises `Unfit`."""
    for field, value, least, most in (
        ("seed", seed, 0, MOST_SEED),
        ("level", level, 1, len(LEVELS)),
        ("number", number, 1, NUMBERS),
    ):
        if not least <= value <= most:
            raise Unfit(field, f"must be a whole number from {least} to {most}")
    source, inputs, fixed = _series(seed, level, number)[-1]
    steps = run(source, inputs, fixed=fixed).trace.steps
    return {
        "seed": seed,
        "level": level,
        "number": number,
        "title": LEVELS[level - 1].title,
        "trains": LEVELS[level - 1].trains,
        "source": source,
        "inputs": inputs,
        "fixed": list(fixed),
        "first": next(place for place, step in enumerate(steps) if isinstance(step, Backward)),
        "contributions": sum(isinstance(step, Backward) for step in steps),
        "levels": [each.title for each in LEVELS],
        "numbers": NUMBERS,
        "next": _next(seed, level, number),
    }


def _next(seed: int, level: int, number: int) -> dict[str, int] | None:
    """Return what comes after an exercise: the next of its level, then the next level; None after the last."""
    if number < NUMBERS:
        return {"seed": seed, "level": level, "number": number + 1}
    return {"seed": seed, "level": level + 1, "number": 1} if level < len(LEVELS) else None


@lru_cache(maxsize=256)
def _series(seed: int, level: int, count: int) -> list[Made]:
    """Return the first `count` exercises of a series at one level; none of them is there twice."""
    draw = Draw(seed * len(LEVELS) + level)
    return list(islice(_different(_drawn(draw, LEVELS[level - 1].make)), count))


def _drawn(draw: Draw, make: Callable[[Draw], Made]) -> Iterator[Made]:
    for _ in range(TRIES):
        made = make(draw)
        if is_friendly(run(made[0], made[1], fixed=made[2])):
            yield made


def _different(drawn: Iterator[Made]) -> Iterator[Made]:
    seen = set()
    for source, inputs, fixed in drawn:
        key = source, tuple(inputs.items())
        if key not in seen:
            seen.add(key)
            yield source, inputs, fixed


def is_friendly(run: Run) -> bool:
    """Return whether a person can work it all out: every number is short, something arrives at each leaf that could
    get something, and there is more than one contribution."""
    steps = run.trace.steps
    edges = [step for step in steps if isinstance(step, Backward)]
    leaves = [node for node in run.trace.passes[-1].order if run.tape.ops[node] is None and run.tape.needs_grad[node]]
    reached = [node for node in leaves if run.trace.grads[node] != 0]
    return len(edges) > 1 and 2 * len(reached) > len(leaves) and all(map(_is_short, _met(steps)))


def _met(steps: Sequence[Step]) -> Iterator[float]:
    """Yield the numbers that somebody meets on the way."""
    for step in steps:
        match step:
            case Forward(data=data, operands=operands):
                yield from (data, *operands)
            case Seed(after=after):
                yield after
            case Backward():
                yield from (step.upstream, step.local, step.contribution, step.after)


def _is_short(x: float) -> bool:
    return abs(x) <= LARGEST and numbers.relation(x) == "=" and len(numbers.short(x)) <= 6
