"""What Python's own names stand for, and those of `math` and `random`: functions, constants, conversions."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.language.comparison import key, less
from engine.language.containers import in_order, make_set
from engine.language.errors import cut
from engine.language.values import (
    Dict,
    Function,
    Instance,
    List,
    Number,
    Range,
    Ref,
    Set,
    Stream,
    Tensor,
    as_double,
    describe,
)
from engine.ops import CONSTANTS as _CONSTANTS
from engine.ops import OPS, Op

if TYPE_CHECKING:
    from engine.language.machine import Machine

Body = Callable[["Machine", tuple[Any, ...], ast.AST], Any]
Steps = Generator[Any, Any, Any]

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


def folded(op: Op, name: str) -> Function:
    """Return `op` of two operands as Python's function of many: `max(a, b, c)`, `max(xs)`, `max(xs, key=f)`."""

    def body(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
        first, by, default, rest = arguments
        alone = not rest and not isinstance(first, Number | Ref | bool) and m.items(first) is not None
        values = m.elements(first, node) if alone else (first, *rest)
        if not values and default is not None:
            return default
        if len(values) < (1 if alone else 2):
            raise m.fail("type", f"{name} needs at least 2 numbers", node, f"Write {name}(a, b).")
        if by is not None or isinstance(values[0], str | tuple | List):
            return _outermost(m, values, by, name, node)
        result = values[0] if len(values) > 1 else m.operand(values[0], node, name)
        for value in values[1:]:
            m.meter.charge()
            result = m.operate(op, (result, value), node)
        return result

    return Function(
        name, ("x", "key", "default"), body, (None, None), rest="more", keywords_after=1, example=f"{name}(a, b)"
    )


def _outermost(m: Machine, values: tuple[Any, ...], by: Any, name: str, node: ast.AST) -> Steps:
    best, rank = None, None
    for k, value in enumerate(values):
        own = value if by is None else (yield m.ask(by, value, node=node))
        if k == 0 or (less(m, rank, own, node) if name == "max" else less(m, own, rank, node)):
            best, rank = value, own
    return best


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
OTHER_NAMES = {
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
"""What Python, NumPy and PyTorch call operations besides."""
_UNBOUNDED = (-math.inf, math.inf)

OPERATIONS: Mapping[str, Function] = {
    **{name: operation(op) for name, op in OPS.items() if op.public},
    **{name: operation(OPS[meant], name) for name, meant in OTHER_NAMES.items()},
    **{name: operation(OPS["clip"], name, _UNBOUNDED) for name in ("clip", "clamp")},
    "reciprocal": composed("reciprocal", ("x",), _reciprocal),
    "rsqrt": composed("rsqrt", ("x",), _rsqrt),
    "exp2": composed("exp2", ("x",), _exp2),
}
"""Every operation under every name that Python, NumPy or PyTorch has for it."""

RULES: Mapping[str, Function] = {name: operation(op) for name, op in OPS.items() if not op.public}
"""Operations that derivatives are written with."""

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
    match value:
        case str():
            return m.literal(len(value), node)
        case List(items=parts) | Dict(items=parts) | Set(items=parts):
            return m.literal(len(parts), node)
        case Range(numbers=found):
            return m.literal(len(found), node)
        case Tensor(shape=shape) if shape:
            return m.literal(shape[0], node)
    if isinstance(value, Instance) and "count" in value.inside:
        return m.literal(value.inside["count"], node)
    items = None if isinstance(value, Stream) else m.items(value)
    if items is None:
        raise m.fail("type", f"{describe(value)} has no length", node, "Write len([a, b]).")
    return m.literal(len(items), node)


def _sum(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Steps:
    """Python begins with 0; that 0 is left away, for it would be a node of its own."""
    values, total = arguments
    if not isinstance(values, Stream):
        values = Stream("sum", iter(m.elements(values, node, "sum")))
    while (taken := (yield m.take(values, node))) is not None:
        m.meter.charge()
        total = m.operand(taken.value, node, "sum") if total is None else m.add(total, taken.value, node)
    return m.literal(0, node) if total is None else total


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
    return Range(range(*map(int, bounds)), m.program.span(node))


def _zip(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Stream:
    (columns,) = arguments
    rows = tuple(zip(*(m.elements(column, node, "zip") for column in columns), strict=False))
    m.meter.charge(len(rows) * len(columns))
    return Stream("zip", iter(rows))


def _enumerate(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Stream:
    values, start = arguments
    first = 0 if start is None else m.whole(start, node, "enumerate")
    numbered = tuple((m.literal(first + k, node), x) for k, x in enumerate(m.elements(values, node, "enumerate")))
    m.meter.charge(len(numbered))
    return Stream("enumerate", iter(numbered))


def _reversed(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Stream:
    return Stream("reversed", iter(m.elements(arguments[0], node, "reversed")[::-1]))


def _list(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> List:
    return List([] if arguments[0] is None else list(m.elements(arguments[0], node, "list")))


def _tuple(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> tuple[Any, ...]:
    return () if arguments[0] is None else m.elements(arguments[0], node, "tuple")


def _dict(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Dict:
    (given,) = arguments
    if isinstance(given, Dict):
        return Dict(dict(given.items))
    pairs = () if given is None else m.elements(given, node, "dict")
    result = Dict({})
    for pair in pairs:
        parts = m.elements(pair, node, "a pair of key and value")
        if len(parts) != 2:
            raise m.fail("value", "a dictionary needs pairs of key and value", node, "Write dict(zip(keys, values)).")
        result.items[key(m, parts[0], node)] = (parts[0], parts[1])
    return result


def _set(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Set:
    return make_set(m, () if arguments[0] is None else m.elements(arguments[0], node, "set"), node)


def _sorted(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Steps:
    values, by, backwards = arguments
    parts = m.elements(values, node, "sorted")
    return List((yield in_order(m, parts, by, m.truth(backwards), node)))


def _map(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Steps:
    function, first, rest = arguments
    columns = [m.elements(column, node, "map") for column in (first, *rest)]
    results = []
    for row in zip(*columns, strict=False):
        results.append((yield m.ask(function, *row, node=node)))
    return Stream("map", iter(results))


def _filter(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Steps:
    function, values = arguments
    kept = []
    for value in m.elements(values, node, "filter"):
        if m.truth(value if function is None else (yield m.ask(function, value, node=node))):
            kept.append(value)
    return Stream("filter", iter(kept))


def _any(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> bool:
    return any(m.truth(value) for value in m.elements(arguments[0], node, "any"))


def _all(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> bool:
    return all(m.truth(value) for value in m.elements(arguments[0], node, "all"))


def _divmod(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> tuple[Any, Any]:
    x, y = (m.needed_number(value, node, "divmod") for value in arguments)
    if y == 0:
        raise m.fail("value", "divmod by 0 has no value", node, "Look at the number first: print(x).")
    span = m.program.span(node)
    return Number(as_double(x // y), span), Number(as_double(x % y), span)


def _draw(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    """`draw_dot(y)` of micrograd's notebooks: the page draws anyway."""
    return arguments[0]


def _repr(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> str:
    return m.bounded_text(m.repr(arguments[0]))


_BUILTINS = (
    Function("range", ("stop",), _range, rest="more", example="range(3)"),
    Function("zip", (), _zip, rest="values", keywords_only=True, example="zip(xs, ys)"),
    Function("enumerate", ("values", "start"), _enumerate, (None,), example="enumerate(xs)"),
    Function("reversed", ("values",), _reversed, example="reversed(xs)"),
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
    Function("sum", ("values", "start"), _sum, (None,), example="sum([a, b])", lazy=True),
    Function("list", ("values",), _list, (None,)),
    Function("tuple", ("values",), _tuple, (None,)),
    Function("dict", ("pairs",), _dict, (None,), example="dict(zip(keys, values))"),
    Function("set", ("values",), _set, (None,)),
    Function("sorted", ("values", "key", "reverse"), _sorted, (None, False), keywords_after=1),
    Function("map", ("function", "values"), _map, rest="more", example="map(f, xs)"),
    Function("filter", ("function", "values"), _filter),
    Function("any", ("values",), _any),
    Function("all", ("values",), _all),
    Function("repr", ("x",), _repr),
    Function("divmod", ("x", "y"), _divmod),
    Function("draw_dot", ("root", "format", "rankdir"), _draw, ("svg", "LR")),
)

FUNCTIONS: Mapping[str, Function] = {**OPERATIONS, **RULES, **_MANY, "log": _LOG, **{f.name: f for f in _BUILTINS}}


LATER: Mapping[str, str] = {
    "Conv2d": "Tensors here have two dimensions; write nn.Linear.",
    "Dropout": "Leave it out: the picture shows every number.",
    "BatchNorm1d": "Leave it out, or write the mean and the standard deviation out.",
    "pyplot": "Leave it out: print(...) shows numbers, the picture shows the graph.",
}
"""What tutorials import and is not offered, and what to write instead."""

MEANT: Mapping[str, str] = {
    "ln": "log", "sgn": "sign", "logistic": "sigmoid", "expit": "sigmoid", "ReLU": "relu", "sen": "sin", "tg": "tan",
    "arcsen": "asin", "arctg": "atan", "senh": "sinh", "tgh": "tanh",
}  # fmt: skip
"""What other notations call a function that is offered."""
PERHAPS: Mapping[str, str] = {"lg": "log10"}
"""The same, where it means another function to others."""


# -- random numbers ---------------------------------------------------------------------------------------------------


def drawn(
    name: str, parameters: str, draw: Callable[..., Any], defaults: tuple[Any, ...] = (), *, whole: bool = False
) -> Function:
    """Return a function of `random` that takes plain numbers and gives one."""

    def body(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Number:
        read = m.whole if whole else m.needed_number
        numbers = [read(x, node, f"random.{name}") for x in arguments]
        try:
            result = draw(m.random.python, *numbers)
        except (ValueError, OverflowError, TypeError):
            message = f"random.{name} has no number to give between these"
            raise m.fail("value", message, node, "The first is the lower one.") from None
        return Number(as_double(result), m.program.span(node))

    return Function(f"random.{name}", tuple(parameters.split()), body, defaults)


def _seed(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> None:
    (seed,) = arguments
    m.random.python.seed(seed if isinstance(seed, str) else 0 if seed is None else m.needed_number(seed, node, "seed"))


def _choice(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    values = m.elements(arguments[0], node, "random.choice")
    if not values:
        raise m.fail("value", "there is nothing to choose from", node, "Give it a list with something in it.")
    return m.random.python.choice(values)


def _shuffle(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> None:
    (values,) = arguments
    if not isinstance(values, List):
        raise m.fail("type", f"shuffle needs a list, not {describe(values)}", node, "Write random.shuffle(xs).")
    m.meter.charge(len(values.items))
    m.random.python.shuffle(values.items)


def _sample(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> List:
    values, count = m.elements(arguments[0], node, "random.sample"), m.whole(arguments[1], node, "random.sample")
    if not 0 <= count <= len(values):
        raise m.fail("value", f"{count} cannot be drawn from {len(values)}", node, "Draw fewer.")
    return List([values[k] for k in m.random.python.sample(range(len(values)), count)])


_RANDOM = {
    "seed": Function("random.seed", ("a",), _seed, (None,)),
    "random": drawn("random", "", lambda source: source.random()),
    "uniform": drawn("uniform", "a b", lambda source, a, b: source.uniform(a, b)),
    "gauss": drawn("gauss", "mu sigma", lambda source, mu, sigma: source.gauss(mu, sigma), (0.0, 1.0)),
    "normalvariate": drawn(
        "normalvariate", "mu sigma", lambda source, mu, sigma: source.normalvariate(mu, sigma), (0.0, 1.0)
    ),
    "randint": drawn("randint", "a b", lambda source, a, b: source.randint(a, b), whole=True),
    "randrange": drawn(
        "randrange",
        "start stop",
        lambda source, start, stop: source.randrange(start) if stop == -1 else source.randrange(start, stop),
        (-1,),
        whole=True,
    ),
    "choice": Function("random.choice", ("seq",), _choice),
    "shuffle": Function("random.shuffle", ("x",), _shuffle),
    "sample": Function("random.sample", ("population", "k"), _sample),
}

# -- what math has besides operations ---------------------------------------------------------------------------------


def _plain(name: str, parameters: str, work: Callable[..., Any], *, whole: bool = False) -> Function:
    """Return a function of `math` on plain numbers: its result is cut off from the graph."""

    def body(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
        read = m.whole if whole else m.needed_number
        try:
            result = work(*(read(x, node, f"math.{name}") for x in arguments))
        except (ValueError, OverflowError):
            raise m.fail(
                "value", f"math.{name} has no value here", node, "Look at the number first: print(x)."
            ) from None
        return result if isinstance(result, bool) else Number(as_double(result), m.program.span(node))

    return Function(f"math.{name}", tuple(parameters.split()), body)


def _product(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    values, total = arguments
    for value in m.elements(values, node, "math.prod"):
        total = m.operate(OPS["mul"], (total, value), node)
    return total


def _is_close(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> bool:
    x, y, relative, absolute = (float(m.needed_number(each, node, "math.isclose")) for each in arguments)
    return x == y or (math.isfinite(x - y) and abs(x - y) <= max(relative * max(abs(x), abs(y)), absolute))


def _small(work: Callable[..., int], most: int) -> Callable[..., int]:
    """Return `work` for numbers up to `most`: beyond it the result is no double, and takes long."""

    def bounded(*numbers: int) -> int:
        if any(abs(n) > most for n in numbers):
            raise OverflowError
        return work(*numbers)

    return bounded


_MATH = {
    "floor": _plain("floor", "x", math.floor),
    "ceil": _plain("ceil", "x", math.ceil),
    "trunc": _plain("trunc", "x", math.trunc),
    "isnan": _plain("isnan", "x", math.isnan),
    "isinf": _plain("isinf", "x", math.isinf),
    "isfinite": _plain("isfinite", "x", math.isfinite),
    "factorial": _plain("factorial", "n", _small(math.factorial, 1000), whole=True),
    "comb": _plain("comb", "n k", _small(math.comb, 1000), whole=True),
    "gcd": _plain("gcd", "a b", math.gcd, whole=True),
    "isclose": Function("math.isclose", ("a", "b", "rel_tol", "abs_tol"), _is_close, (1e-9, 0.0)),
    "prod": Function("math.prod", ("values", "start"), _product, (1,)),
}


MODULES: Mapping[str, Mapping[str, Any]] = {
    "math": {name: floating(f) for name, f in OPERATIONS.items()} | {"log": _LOG, **_MODULE_CONSTANTS} | _MATH,
    "random": _RANDOM,
}
ALIASES: Mapping[str, str] = {"math": "math", "random": "random"}

# -- methods and properties of numbers --------------------------------------------------------------------------------


def _backward(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> None:
    receiver, gradient, retain, create = arguments
    m.backward(receiver, node, gradient, m.truth(create) if retain is None else m.truth(retain))


def _item(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    (receiver,) = arguments
    if isinstance(receiver, Tensor) and len(receiver) != 1:
        message = f".item() needs {describe(receiver)} of one number, and this one has {len(receiver)}"
        raise m.fail("value", message, node, "Take one, x[0].item(), or all, x.tolist().")
    number = m.number(receiver)
    if isinstance(number, bool):
        return number
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
