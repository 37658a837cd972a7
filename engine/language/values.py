"""What a running program can hold; turns plain numbers into plain numbers by IEEE rules.

This is the whole universe of a program, and it is closed: plain numbers, references to nodes, tensors of these, texts,
tuples, truth values, None, and functions and modules of ours. All are frozen, none has an attribute that a program can
reach by its Python name (the interpreter looks names up in tables), so there is no path to an object of the host.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from engine.ops import OPS, Op
from engine.tape import Span

if TYPE_CHECKING:
    import ast

    from engine.language.machine import Machine

EXACT = 2**53
"""Beyond it not every integer is a double, and whole-number arithmetic ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A plain number that is on no tape. `data` is an int where Python would hold one.

    Within one expression it remembers how it was computed, in case it turns out to be the output of the program.
    """

    data: int | float
    span: Span
    text: str | None = None
    """A literal, as it was typed."""
    op: Op | None = None
    operands: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """A node of the tape. `style` says what Python would hold there: a number, or a `Value` of micrograd."""

    node: int
    style: Literal["number", "value"] = "number"


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """Scalars in a shape, row by row. `gradient_of`: this is what `.grad` of that tensor gave."""

    cells: tuple[Scalar, ...]
    shape: tuple[int, ...] = ()
    gradient_of: Tensor | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """`math`, `torch.nn`, ...: something to write a dot behind."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """A name that was imported from a known module but is not offered; using it says so."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What a `with` block may stand under."""

    name: str


NO_GRAD = Block("torch.no_grad()")


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of ours. Calling it binds the arguments to `parameters` and runs `body` on them, in that order.

    The last parameters may be left out: `defaults` belong to them. With `rest`, any number of further plain arguments
    may follow; `body` gets them as a tuple, after the others.
    """

    name: str
    parameters: tuple[str, ...]
    body: Callable[[Machine, tuple[Any, ...], ast.AST], Any]
    defaults: tuple[Any, ...] = ()
    rest: str = ""
    keywords_only: bool = False
    """All plain arguments belong to `rest`."""
    synonyms: tuple[tuple[str, str], ...] = ()
    """Other names of parameters: `input` for `x`."""
    example: str = ""
    """What to write, where the signature does not say it."""

    def signature(self) -> str:
        """Return how it is called: `leaky_relu(x, negative_slope=0.01)`."""
        first = len(self.parameters) - len(self.defaults)
        shown = [
            name if k < first else f"{name}={_default(self.defaults[k - first])}"
            for k, name in enumerate(self.parameters)
        ]
        own = [text for text, name in zip(shown, self.parameters, strict=True) if name != "receiver"]
        return f"{self.name}({', '.join(own)})"


def _default(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A function that waits for its other arguments: the receiver is the first."""

    receiver: Any
    function: Function


Scalar = Number | Ref
Anything = Any  # of the types above, str, bool, None, or a tuple of such

_KEEP_WHOLE = frozenset({"add", "sub", "mul", "neg", "abs", "max", "min", "square", "clip"})
_POW, _MAX, _MIN = OPS["pow"], OPS["max"], OPS["min"]


def stays_whole(op: Op, operands: tuple[int | float, ...], result: float) -> bool:
    """Return whether Python would hold an int: whole operands, and an operation that stays among whole numbers."""
    if not abs(result) < EXACT:
        return False
    if op is _MAX or op is _MIN:  # Python hands back the winner itself
        return isinstance(operands[0] if operands[0] == result else operands[1], int)
    if not all(isinstance(x, int) for x in operands):
        return False
    return op.name in _KEEP_WHOLE or (op is _POW and operands[1] >= 0)


def compute(op: Op, operands: tuple[int | float, ...]) -> int | float:
    """Return `op` on plain numbers by IEEE rules; never raises, and never makes an int that is no double.

    >>> compute(OPS["pow"], (2, 10)), compute(OPS["pow"], (2, -1)), compute(OPS["mul"], (9**15, 9**15))
    (1024, 0.5, 4.23911582752162e+28)
    """
    result = op.value(*map(float, operands))
    return int(result) if stays_whole(op, operands, result) else result


def as_double(value: int | float) -> int | float:
    """Return a number as a program may hold it: an int only where doubles are exact.

    >>> as_double(3), as_double(2**60), as_double(10**400)
    (3, 1.152921504606847e+18, inf)
    """
    if isinstance(value, float) or abs(value) < EXACT:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def describe(value: Anything) -> str:
    """Return what `value` is, for a message."""
    match value:
        case None:
            return "None"
        case bool():
            return str(value)
        case str():
            return "a text"
        case tuple():
            return "a tuple"
        case Number() | Ref():
            return "a number"
        case Tensor():
            return "a tensor"
        case Module(path=path) | Missing(path=path):
            return f"the module {path}"
        case Block(name=name):
            return name
        case Function(name=name) | Method(function=Function(name=name)):
            return f"the function {name}"
    return "this"
