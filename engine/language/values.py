"""What a running program can hold; turns plain numbers into plain numbers by IEEE rules.

This is the whole universe of a program, and it is closed: plain numbers, references to nodes, tensors of these, texts,
tuples, lists, dictionaries, truth values, None, functions and modules of ours, and the functions and classes that the
program defines itself. None of them has an attribute that a program can reach by its Python name: behind a dot, the
interpreter looks the word up in tables of ours or in a dictionary that only the program filled. What a table gives is
called with values of this universe and answers with values of this universe. So there is no path to an object of the
host, whatever a program writes: there is nothing in its world that knows one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from engine.ops import OPS, Op
from engine.tape import Scope, Span

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
    typed: bool = False
    """It stands in the program as a literal."""


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """A node of the tape. `style` says what Python would hold there: a number, or a `Value` of micrograd."""

    node: int
    style: Literal["number", "value"] = "number"


Flavour = Literal["torch", "numpy"]


@dataclass(slots=True, eq=False)
class Tensor:
    """Scalars in a shape, row by row: those of `storage` that `index` names.

    Views share their storage, so a number written through one is seen through all. `detached`: what is read here is
    cut off from the graph, as through `.data`. `gradient_of`: this is what `.grad` of that tensor gave.
    """

    storage: list[Scalar]
    shape: tuple[int, ...] = ()
    index: Sequence[int] | None = None
    """None: all of the storage, in order."""
    flavour: Flavour = "torch"
    detached: bool = False
    gradient_of: Tensor | None = None
    origin: str = ""
    """What PyTorch calls the step that made it: `MulBackward0`."""
    parameter: bool = False

    @property
    def cells(self) -> Sequence[Scalar]:
        """The scalars, row by row."""
        storage = self.storage
        return storage if self.index is None else [storage[k] for k in self.index]

    def __len__(self) -> int:
        return len(self.storage if self.index is None else self.index)

    def view(self, index: Sequence[int], shape: tuple[int, ...], origin: str) -> Tensor:
        """Return some of the cells, in another shape, on the same storage."""
        own = index if self.index is None else [self.index[k] for k in index]
        return Tensor(self.storage, shape, own, self.flavour, self.detached, self.gradient_of, origin)


@dataclass(slots=True, eq=False)
class List:
    """A list of the program's."""

    items: list[Anything]


@dataclass(slots=True, eq=False)
class Dict:
    """A dictionary of the program's: for each key as it compares, the key as it is written and the value."""

    items: dict[Any, tuple[Anything, Anything]]


@dataclass(slots=True, eq=False)
class Set:
    """A set of the program's, in the order in which things came to it: what stands for each, and the thing itself."""

    items: dict[Any, Anything]


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """`range(3)`: whole numbers that are made when a loop asks for them."""

    numbers: range
    span: Span


@dataclass(slots=True, eq=False)
class Stream:
    """What `zip`, `enumerate`, `map` or a generator give: values that can be taken once, from the front."""

    name: str
    ready: Iterator[Anything] | None = None
    """Values that are there already."""
    steps: Generator[Any, Any, Any] | None = None
    """Work of the interpreter that hands out an `Element` now and then."""
    frame: Frame | None = None
    scope: Scope | None = None
    running: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """The next value of a stream."""

    value: Any


@dataclass(slots=True, eq=False)
class Frame:
    """Names and their values, inside one call; what has no value here is looked up in `outer`."""

    names: dict[str, Anything]
    outer: Frame | None = None
    own: frozenset[str] = frozenset()
    """Names that get a value somewhere in this function, and so are never those outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function that the program defines: `def` or `lambda`."""

    name: str
    definition: ast.FunctionDef | ast.Lambda
    frame: Frame
    """Where it was defined."""
    defaults: Mapping[str, Anything]
    own: frozenset[str]
    receiver: Anything = None
    """`self`, once it is a method."""
    quiet: bool = False
    """Under `@torch.no_grad()`."""


@dataclass(slots=True, eq=False)
class Class:
    """What can be called to make an `Instance`: a module of `torch.nn`, an optimizer, a class of the program's."""

    name: str
    path: str
    """Where it is imported from."""
    make: Function | None = None
    """Fills a new instance: its first argument."""
    call: Function | None = None
    """What calling an instance does."""
    members: Mapping[str, Anything] = field(default_factory=dict)
    """Methods (functions whose first parameter is the receiver, or closures) and constants of the class."""
    text: Callable[[Machine, Instance], str] | None = None
    """What `print` shows of an instance; without it, its name and what it holds."""
    scope: str = ""
    """What a call of an instance is called in the paths of nodes; nothing if it makes no scope."""


@dataclass(slots=True, eq=False)
class Instance:
    """An object: a network, a layer, an optimizer."""

    kind: Class
    attributes: dict[str, Anything] = field(default_factory=dict)
    """What stands behind a dot."""
    inside: dict[str, Any] = field(default_factory=dict)
    """What the program cannot see."""


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
    """What a `with` block may stand under: nothing inside it is recorded, or (`enable_grad`) everything is."""

    name: str
    quiet: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A word that chooses something, as `torch.float64` does."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A tuple whose parts have names: what `torch.max(x, dim=1)` gives, or the size of a tensor."""

    name: str
    parts: tuple[Anything, ...]
    names: tuple[str, ...] = ()


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
    """Answers with a value, or with work for the interpreter that ends in one: a generator, if it calls back."""
    defaults: tuple[Any, ...] = ()
    rest: str = ""
    keywords_only: bool = False
    """All plain arguments belong to `rest`."""
    keywords_after: int | None = None
    """The parameters behind the first so many are given by name alone."""
    synonyms: tuple[tuple[str, str], ...] = ()
    """Other names of parameters: `input` for `x`."""
    example: str = ""
    """What to write, where the signature does not say it."""
    lazy: bool = False
    """It takes the values of a generator one by one, and perhaps not all."""

    def signature(self) -> str:
        """Return how it is called: `leaky_relu(x, negative_slope=0.01)`."""
        first = len(self.parameters) - len(self.defaults)
        shown = [
            name if k < first else f"{name}={_default(self.defaults[k - first])}"
            for k, name in enumerate(self.parameters)
        ]
        own = [text for text, name in zip(shown, self.parameters, strict=True) if name not in ("receiver", "self")]
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


_KINDS: Mapping[type, str] = {
    str: "a text",
    tuple: "a tuple",
    Number: "a number",
    Ref: "a number",
    List: "a list",
    Dict: "a dictionary",
    Set: "a set",
    Range: "a range",
    Row: "a tuple",
}


def describe(value: Anything) -> str:
    """Return what `value` is, for a message."""
    match value:
        case None:
            return "None"
        case bool():
            return str(value)
        case Tensor():
            return "an array" if value.flavour == "numpy" else "a tensor"
        case Module(path=path) | Missing(path=path):
            return f"the module {path}"
        case Block(name=name) | Setting(name=name):
            return name
        case Function(name=name) | Method(function=Function(name=name)) | Closure(name=name):
            return f"the function {name}"
        case Class(name=name):
            return f"the class {name}"
        case Instance(kind=Class(name=name)):
            return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
        case Stream(name=name):
            return f"a {name}"
    return _KINDS.get(type(value), "this")
