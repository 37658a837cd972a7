"""What Python's own names stand for, and those of `math` and NumPy: functions, constants, conversions."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.language.errors import cut
from engine.language.values import Function, Number, Ref, Tensor, as_double, describe
from engine.ops import CONSTANTS as _CONSTANTS
from engine.ops import OPS, Op

if TYPE_CHECKING:
    from engine.language.machine import Machine

Body = Callable[["Machine", tuple[Any, ...], ast.AST], Any]

CONSTANTS: Mapping[str, float] = {**_CONSTANTS, "π": math.pi}
"""Bare names with a value, as long as a program gives them no other."""
_MODULE_CONSTANTS = {**_CONSTANTS, "tau": math.tau}

SYNONYMS = (
    ("input", "x"),
    ("other", "y"),
    ("exponent", "y"),
    ("x1", "x"),
    ("x2", "y"),
    ("a", "x"),
    ("a_min", "min"),
    ("a_max", "max"),
    ("value", "x"),
)
"""Keywords under which libraries take the same operand."""

# -- operations -------------------------------------------------------------------------------------------------------


def operation(op: Op, name: str = "", defaults: tuple[float, ...] | None = None) -> Function:
    """Return `op` as a function that a program can call."""

    def body(m: Machine, operands: tuple[Any, ...], node: ast.AST) -> Any:
        return m.operate(op, operands, node)

    parameters, left_out = op.parameters, op.defaults if defaults is None else defaults
    return Function(name or op.name, parameters, body, left_out, synonyms=SYNONYMS)


def floating(function: Function) -> Function:
    """Return `function` as `math` has it: the answer is a float even where the operands are whole."""

    def body(m: Machine, operands: tuple[Any, ...], node: ast.AST) -> Any:
        return m.floated(function.body(m, operands, node))

    return replace(function, body=body)


def folded(op: Op, name: str = "") -> Function:
    """Return `op` of two operands as a function of many, from the left: `max(a, b, c)`, `max((a, b, c))`."""

    def body(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
        first, rest = arguments
        numbers = first if isinstance(first, tuple) and not rest else (first, *rest)
        if len(numbers) < 2:
            raise m.fail("type", f"{name or op.name} needs at least 2 numbers", node, f"Write {op.name}(a, b).")
        result = numbers[0]
        for number in numbers[1:]:
            m.meter.charge()
            result = m.operate(op, (result, number), node)
        return result

    return Function(name or op.name, ("x",), body, rest="more", example=f"{name or op.name}(a, b)")


def composed(name: str, parameters: tuple[str, ...], body: Body, defaults: tuple[Any, ...] = ()) -> Function:
    """Return a function that records several operations."""
    return Function(name, parameters, body, defaults, synonyms=SYNONYMS)


def _log(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    x, base = arguments
    result = m.operate(OPS["log"], (x,), node)
    if base is None:
        return result
    return m.operate(OPS["div"], (result, m.operate(OPS["log"], (base,), node)), node)


def _reciprocal(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    return m.operate(OPS["div"], (m.literal(1, node), *arguments), node)


def _rsqrt(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    return _reciprocal(m, (m.operate(OPS["sqrt"], arguments, node),), node)


def _exp2(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    return m.operate(OPS["pow"], (m.literal(2, node), *arguments), node)


_FOLDED = {"max": "max", "min": "min"}
_OTHER_NAMES = {
    "power": "pow",
    "absolute": "abs",
    "fabs": "abs",
    "negative": "neg",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "maximum": "max",
    "minimum": "min",
    "fmax": "max",
    "fmin": "min",
    "clamp": "clip",
    "swish": "silu",
}
_UNBOUNDED = (-math.inf, math.inf)

OPERATIONS: Mapping[str, Function] = {
    **{name: operation(op) for name, op in OPS.items() if op.public},
    **{name: operation(OPS[meant], name) for name, meant in _OTHER_NAMES.items()},
    **{name: operation(OPS["clip"], name, _UNBOUNDED) for name in ("clip", "clamp")},
    "reciprocal": composed("reciprocal", ("x",), _reciprocal),
    "rsqrt": composed("rsqrt", ("x",), _rsqrt),
    "exp2": composed("exp2", ("x",), _exp2),
}
"""Every operation under every name that Python, NumPy or PyTorch has for it."""

_LOG = composed("log", ("x", "base"), _log, (None,))
_MANY = {name: folded(OPS[op], name) for name, op in _FOLDED.items()}

# -- Python's own functions -------------------------------------------------------------------------------------------


def _print(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> None:
    sep, end, _flush, values = arguments
    for name, text in (("sep", sep), ("end", end)):
        if not isinstance(text, str) and text is not None:
            raise m.fail("type", f"{name} of print is a text, not {describe(text)}", node, f'Write {name}=" ".')
    m.write_out((" " if sep is None else sep).join(map(m.text, values)) + ("\n" if end is None else end))
    m.printed_last = next((v for v in reversed(values) if isinstance(v, Number | Ref | Tensor)), m.printed_last)


def _float(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Number:
    return m.reading(float(_number(m, arguments[0], "float", node)), arguments[0], node)


def _int(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Number:
    number = _whole(m, arguments[0], "int", node)
    return m.reading(math.trunc(number) if abs(number) < 2**53 else number, arguments[0], node)


def _round(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Number:
    value, places = arguments
    if places is None:
        number = _whole(m, value, "round", node)
        return m.reading(round(number) if abs(number) < 2**53 else number, value, node)
    number, digits = _number(m, value, "round", node), _whole(m, places, "round", node)
    # further out, rounding changes nothing or leaves 0; Python would count digits for minutes
    rounded = round(float(number), int(max(-400, min(400, digits))))
    return m.reading(int(rounded) if isinstance(number, int) else rounded, value, node)


def _str(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> str:
    return m.bounded_text(m.text(arguments[0]))


def _bool(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> bool:
    return m.truth(arguments[0])


def _len(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Number:
    value = arguments[0]
    if not isinstance(value, tuple | str):
        raise m.fail("type", f"{describe(value)} has no length", node, "Write len((a, b)).")
    return m.literal(len(value), node)


def _sum(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    """Python begins with 0; that 0 is left away, for it would be a node of its own."""
    values, start = arguments
    if not isinstance(values, tuple):
        raise m.fail("type", f"sum needs several numbers, not {describe(values)}", node, "Write sum((a, b, c)).")
    terms = values if start is None else (start, *values)
    if not terms:
        return m.literal(0, node)
    total = terms[0] if len(terms) > 1 else m.operand(terms[0], node, "sum")
    for term in terms[1:]:
        m.meter.charge()
        total = m.operate(OPS["add"], (total, term), node)
    return total


def _number(m: Machine, value: Any, name: str, node: ast.AST) -> int | float:
    number = _parsed(value, name) if isinstance(value, str) else m.number(value)
    if number is None:
        raise m.fail("type", f"{name} needs a number, not {_quoted(value)}", node, f"Write {name}(2.5).")
    return number


def _whole(m: Machine, value: Any, name: str, node: ast.AST) -> int | float:
    number = _number(m, value, name, node)
    if not math.isfinite(number):
        raise m.fail("value", f"{name} of {number} is no whole number", node, "Look at the number first: print(x).")
    return number


def _quoted(value: Any) -> str:
    return f"the text {cut(value, 40)!r}" if isinstance(value, str) else describe(value)


def _parsed(text: str, name: str) -> int | float | None:
    """Return the number that a text spells, as `float("inf")` needs; None if it spells none."""
    try:
        if len(text) > 60:
            return None
        return float(text) if name == "float" else as_double(int(text))
    except ValueError:
        return None


def _range(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    first, rest = arguments
    bounds = [m.needed_number(x, node, "range") for x in (first, *rest)]
    if len(bounds) > 3:
        raise m.fail("type", "range takes at most 3 numbers", node, "Write range(start, stop, step).")
    if not all(isinstance(x, int) for x in bounds):
        raise m.fail("type", "range needs whole numbers", node, "Write range(int(n)).")
    if bounds[2:] == [0]:
        raise m.fail("value", "the step of a range must not be 0", node, "Write range(start, stop).")
    numbers = range(*bounds)  # type: ignore[arg-type]
    m.meter.limit("list", len(numbers))
    m.meter.charge(len(numbers))
    return tuple(m.literal(x, node) for x in numbers)


def _zip(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    (columns,) = arguments
    rows = tuple(zip(*(m.elements(column, node) for column in columns), strict=False))
    m.meter.charge(len(rows) * len(columns))
    return rows


def _enumerate(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    values, start = arguments
    first = 0 if start is None else m.needed_number(start, node, "enumerate")
    numbered = tuple((m.literal(first + k, node), x) for k, x in enumerate(m.elements(values, node)))
    m.meter.charge(len(numbered))
    return numbered


def _reversed(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    values = m.elements(arguments[0], node)
    m.meter.charge(len(values))
    return values[::-1]


_BUILTINS = (
    Function("range", ("stop",), _range, rest="more", example="range(3)"),
    Function("zip", (), _zip, rest="values", keywords_only=True, example="zip((a, b), (c, d))"),
    Function("enumerate", ("values", "start"), _enumerate, (None,), example="enumerate((a, b))"),
    Function("reversed", ("values",), _reversed, example="reversed((a, b))"),
    Function(
        "print",
        ("sep", "end", "flush"),
        _print,
        (" ", "\n", False),
        rest="values",
        keywords_only=True,
        example="print(x)",
    ),
    Function("float", ("x",), _float),
    Function("int", ("x",), _int),
    Function("round", ("x", "ndigits"), _round, (None,)),
    Function("str", ("x",), _str),
    Function("bool", ("x",), _bool),
    Function("len", ("x",), _len),
    Function("sum", ("values", "start"), _sum, (None,), example="sum((a, b))"),
)

FUNCTIONS: Mapping[str, Function] = {**OPERATIONS, **_MANY, "log": _LOG, **{f.name: f for f in _BUILTINS}}


LATER: Mapping[str, str] = {
    "sorted": "Write the values in their order.",
    **dict.fromkeys(("list", "tuple"), "Give each number a name of its own."),
    **dict.fromkeys(("Neuron", "Layer", "MLP"), "Write the neuron out: tanh(w1*x1 + w2*x2 + b)."),
}
"""Functions that are not offered yet, and what to write until then."""

MEANT: Mapping[str, str] = {"ln": "log", "lg": "log10", "sgn": "sign", "logistic": "sigmoid", "ReLU": "relu"}
"""What other notations call a function that is offered."""


def _do_nothing(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> None:
    return None


SEED = Function("seed", ("seed",), _do_nothing, (None,))
"""Accepted: it changes nothing as long as nothing is random."""

MODULES: Mapping[str, Mapping[str, Any]] = {
    "math": {name: floating(f) for name, f in OPERATIONS.items()} | {"log": _LOG, **_MODULE_CONSTANTS},
    "numpy": {**OPERATIONS, **_MODULE_CONSTANTS, "float64": "float64", "float32": "float32"},
    "numpy.random": {"seed": SEED},
    "random": {"seed": SEED},
}
ALIASES: Mapping[str, str] = {"math": "math", "np": "numpy", "numpy": "numpy", "random": "random"}

# -- methods and properties of numbers --------------------------------------------------------------------------------


def _backward(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> None:
    m.backward(arguments[0], node)


def _item(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Number:
    return m.reading(m.needed_number(arguments[0], node, ".item()"), arguments[0], node)


METHODS: Mapping[str, Function] = {
    **OPERATIONS,
    "backward": Function(
        "backward", ("receiver", "gradient", "retain_graph", "create_graph"), _backward, (None, None, False)
    ),
    "item": Function("item", ("receiver",), _item),
}


def _data(m: Machine, owner: Any, node: ast.AST) -> Any:
    return m.data_of(owner, node)


def _grad(m: Machine, owner: Any, node: ast.AST) -> Any:
    return m.grad_of(owner, node)


PROPERTIES: Mapping[str, Any] = {"data": _data, "grad": _grad}
