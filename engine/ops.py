"""The table of operations: one entry for each, from which everything that knows about an operation follows.

An entry holds the value and, for each argument, the local partial derivative. A rule is an ordinary function of
`z` (the value) and the arguments; it is written once and *read* several ways: on floats it is a number, on tape nodes
it records a graph (so that gradients can be differentiated again), on expressions it is a formula. Whatever a rule is
read on derives from `Term`. Start at the entry of `tanh`.

Values are IEEE doubles and never raise; at the edges they follow PyTorch's float64 (`1/0` is inf, `log(-1)` is nan).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, MappingProxyType
from typing import Any

from engine.notation import Notation


class Term:
    """Something that a rule can be read on; operators and operations on it come back as `apply`."""

    __slots__ = ()

    def apply(self, op: Op, operands: tuple[Any, ...]) -> Any:
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return add(self, other)

    def __radd__(self, other: Any) -> Any:
        return add(other, self)

    def __sub__(self, other: Any) -> Any:
        return sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return mul(other, self)

    def __truediv__(self, other: Any) -> Any:
        return div(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return div(other, self)

    def __pow__(self, other: Any) -> Any:
        return power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __neg__(self) -> Any:
        return neg(self)

    def __pos__(self) -> Any:
        return self


class Double(Term):
    """A float whose operators never raise: a rule is read on these where plain floats would overflow or divide by 0."""

    __slots__ = ("data",)

    def __init__(self, data: float) -> None:
        self.data = data

    def apply(self, op: Op, operands: tuple[Any, ...]) -> Double:
        return Double(op.value(*(x.data if isinstance(x, Double) else float(x) for x in operands)))


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """One operation: what it computes, how it differentiates, how it is written and what is said about it."""

    name: str
    value: Callable[..., float]
    partials: tuple[Callable[..., Any], ...]
    """Slot k: (z, *operands) -> dz/d(operand k). Units: those of z over those of the operand."""
    about: str
    notation: Notation = Notation.CALL
    symbol: str = ""
    """What a picture shows in the node; the name if empty."""
    defaults: tuple[float, ...] = ()
    """Values of the last operands where a program leaves them out, as in `leaky_relu(x)`."""
    parameters: tuple[str, ...] = ("x",)
    convention: str = ""
    """What is chosen where the derivative is not unique."""
    domain: str = ""
    """Said when finite operands give inf or nan: what the operation needs."""
    advice: str = ""
    """What a program could do instead, said after `domain`."""
    gates: bool = False
    """A partial of exactly 0 closes the gate: nothing passes, not even inf or nan (PyTorch masks here)."""
    means: Callable[..., Any] | None = None
    """For operations that exist only inside rules: the same in plain operations, for formulas."""
    public: bool = True
    """Whether a program may call it by name."""
    samples: tuple[tuple[float, ...], ...] = ()
    """Operands at which value, first and second derivative are checked."""
    edges: tuple[tuple[float, ...], ...] = ()
    """Operands at kinks, poles and extremes, where it is compared with PyTorch."""
    arity: int = field(init=False, default=0)
    rules: tuple[Callable[..., float], ...] = field(init=False, default=())
    """`partials` read on floats; may raise where floats do. `partial` never does."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "arity", len(self.partials))
        object.__setattr__(self, "symbol", self.symbol or self.name)

    def __call__(self, *operands: Any) -> Any:
        for operand in operands:
            if isinstance(operand, Term):
                return operand.apply(self, operands)
        return self.value(*map(float, operands))

    def partial(self, slot: int, z: float, operands: tuple[float, ...]) -> float:
        """Return the local partial dz/d(operand `slot`) at `operands` by IEEE rules; never raises."""
        try:
            return float(self.rules[slot](z, *operands))
        except (ArithmeticError, ValueError):
            result = self.partials[slot](Double(z), *map(Double, operands))
            return result.data if isinstance(result, Double) else float(result)


OPS: dict[str, Op] = {}


Rules = tuple[Callable[..., Any], ...]


def op(name: str, value: Callable[..., float], partials: Rules, about: str, **facts: Any) -> Op:
    """Make an entry of the table."""
    entry = OPS[name] = Op(name, value, partials, about, **facts)
    return entry


# -- values that never raise ------------------------------------------------------------------------------------------


def _total(function: Callable[[float], float], overflow: float = math.inf) -> Callable[[float], float]:
    """Return `function` with nan outside its domain and `overflow` beyond the range of a double."""

    def value(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return math.nan
        except OverflowError:
            return overflow

    return value


def _logarithm(function: Callable[[float], float], pole: float = 0.0) -> Callable[[float], float]:
    def value(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -math.inf if x == pole else math.nan

    return value


def _divide(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return math.nan if x == 0 or math.isnan(x) else math.copysign(math.inf, x) * math.copysign(1.0, y)


def _power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        if x != 0:
            return math.nan  # a negative base and a fractional exponent
        return math.copysign(math.inf, x) if y % 2 == 1 else math.inf


def _power_slope(x: float, y: float) -> float:
    return 0.0 if y == 0 else y * _power(x, y - 1)


def _power_log(x: float, y: float) -> float:
    return 0.0 if x == 0 and y >= 0 else _power(x, y) * log.value(x)


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    tail = math.exp(x)
    return tail / (1 + tail)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def _gelu(x: float) -> float:
    return x * 0.5 * math.erfc(-x / _SQRT2)


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y


def _minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0))


def _exceeds(x: float, y: float, tie: float) -> float:
    return 0.0 if x < y else tie if x == y else 1.0


_SQRT2 = math.sqrt(2)
_SQRT_2PI = math.sqrt(2 * math.pi)
_2_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
_LN2 = math.log(2)
_LN10 = math.log(10)

# -- arithmetic -------------------------------------------------------------------------------------------------------

add: Op = op(
    "add",
    operator.add,
    (lambda z, x, y: 1.0, lambda z, x, y: 1.0),
    "Adds; hands its gradient to both operands unchanged.",
    notation=Notation.SUM,
    symbol="+",
    parameters=("x", "y"),
    domain="the sum is too large for a double, or inf met -inf",
    samples=((0.4, -1.3),),
    edges=((math.inf, -math.inf), (1e308, 1e308)),
)
sub: Op = op(
    "sub",
    operator.sub,
    (lambda z, x, y: 1.0, lambda z, x, y: -1.0),
    "Subtracts; the second operand gets the gradient with its sign turned.",
    notation=Notation.DIFFERENCE,
    symbol="−",
    parameters=("x", "y"),
    domain="the difference is too large for a double, or inf met inf",
    samples=((0.4, -1.3),),
    edges=((math.inf, math.inf),),
)
mul: Op = op(
    "mul",
    operator.mul,
    (lambda z, x, y: y, lambda z, x, y: x),
    "Multiplies; each operand gets the gradient times the other operand.",
    notation=Notation.PRODUCT,
    symbol="×",
    parameters=("x", "y"),
    domain="the product is too large for a double, or 0 met inf",
    samples=((0.4, -1.3), (2.0, 3.0)),
    edges=((0.0, math.inf), (1e200, 1e200), (-0.0, 3.0)),
)
div: Op = op(
    "div",
    _divide,
    (lambda z, x, y: 1 / y, lambda z, x, y: -z / y),
    "Divides; the denominator gets the gradient times -z/y.",
    notation=Notation.FRACTION,
    symbol="/",
    parameters=("x", "y"),
    domain="the denominator is 0",
    advice="Add a small number to the denominator, as in x / (y + 1e-8).",
    samples=((0.4, -1.3), (2.0, 3.0)),
    edges=((1.0, 0.0), (0.0, 0.0), (-1.0, 0.0), (1.0, -0.0), (1.0, math.inf)),
)
neg: Op = op(
    "neg",
    operator.neg,
    (lambda z, x: -1.0,),
    "Turns the sign.",
    notation=Notation.NEGATION,
    symbol="−",
    samples=((0.4,),),
)
power_slope: Op = op(
    "power_slope",
    _power_slope,
    (lambda z, x, y: y * power_slope(x, y - 1), lambda z, x, y: power(x, y - 1) + y * power_log(x, y - 1)),
    "y x^(y-1), and 0 where y is 0: the slope of x^y along x.",
    parameters=("x", "y"),
    means=lambda x, y: y * power(x, y - 1),
    public=False,
    samples=((1.7, 2.5), (0.6, -1.5)),
)
power_log: Op = op(
    "power_log",
    _power_log,
    (lambda z, x, y: power(x, y - 1) * (y * log(x) + 1), lambda z, x, y: z * log(x)),
    "x^y ln x, and 0 where x is 0 and y is not negative: the slope of x^y along y.",
    parameters=("x", "y"),
    means=lambda x, y: power(x, y) * log(x),
    public=False,
    samples=((1.7, 2.5), (0.6, -1.5)),
)
slope_ratio: Op = op(
    "slope_ratio",
    lambda x, r: x * 0.0 if r == 0 else x / r,
    (lambda z, x, r: 1 / r, lambda z, x, r: -z / r),
    "x / r, and 0 where r is 0: the slopes of atan2.",
    parameters=("x", "r"),
    means=lambda x, r: x / r,
    public=False,
    samples=((0.4, 1.3), (-2.0, 0.5)),
)
power: Op = op(
    "pow",
    _power,
    (lambda z, x, y: power_slope(x, y), lambda z, x, y: power_log(x, y)),
    "Raises x to the power y.",
    notation=Notation.SUPERSCRIPT,
    symbol="**",
    parameters=("x", "y"),
    convention="The slope along x is 0 where y = 0, the slope along y is 0 where x = 0 and y >= 0, as in PyTorch.",
    domain="a negative number has no real fractional power, 0 has no negative one, and large powers leave the range",
    advice="Write abs(x)**y if the sign does not matter.",
    samples=((1.7, 2.5), (0.6, -1.5), (2.0, 3.0)),
    edges=((-2.0, 2.0), (-2.0, 3.0), (0.0, 2.0), (0.0, 1.0), (0.0, 0.0), (0.0, -1.0), (-8.0, 1 / 3), (10.0, 400.0)),
)
square: Op = op(
    "square",
    lambda x: x * x,
    (lambda z, x: 2 * x,),
    "Multiplies x by itself, in one node.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (1e200,)),
    domain="the square is too large for a double",
)
sqrt: Op = op(
    "sqrt",
    _total(math.sqrt),
    (lambda z, x: 1 / (2 * z),),
    "The square root; its slope grows without bound towards 0.",
    notation=Notation.RADICAL,
    symbol="√",
    domain="sqrt needs x >= 0",
    advice="Did you mean sqrt(abs(x))?",
    samples=((0.4,), (3.0,)),
    edges=((0.0,), (-1.0,), (math.inf,)),
)

# -- exponentials and logarithms --------------------------------------------------------------------------------------

exp: Op = op(
    "exp",
    _total(math.exp),
    (lambda z, x: z,),
    "e to the x: the function that is its own derivative.",
    notation=Notation.EXPONENTIAL,
    domain="exp leaves the range of a double above 709.78",
    advice="Subtract the largest exponent first, as in exp(x - m).",
    samples=((0.4,), (-1.2,)),
    edges=((1000.0,), (-1000.0,), (math.inf,), (-math.inf,)),
)
expm1: Op = op(
    "expm1",
    _total(math.expm1),
    (lambda z, x: exp(x),),
    "e to the x, less 1, exact also near 0.",
    domain="expm1 leaves the range of a double above 709.78",
    samples=((0.4,), (-1.2,), (1e-9,)),
    edges=((1000.0,), (-1000.0,), (0.0,)),
)
log: Op = op(
    "log",
    _logarithm(math.log),
    (lambda z, x: 1 / x,),
    "The natural logarithm.",
    domain="log needs x > 0",
    advice="Did you mean log(abs(x)), or log(x + 1e-8)?",
    samples=((0.4,), (3.0,)),
    edges=((0.0,), (-1.0,), (math.inf,), (1e-300,)),
)
log1p: Op = op(
    "log1p",
    _logarithm(math.log1p, -1.0),
    (lambda z, x: 1 / (1 + x),),
    "ln(1 + x), exact also near 0.",
    domain="log1p needs x > -1",
    samples=((0.4,), (1e-9,), (-0.6,)),
    edges=((-1.0,), (-2.0,), (0.0,)),
)
log2: Op = op(
    "log2",
    _logarithm(math.log2),
    (lambda z, x: 1 / (x * _LN2),),
    "The logarithm to base 2.",
    domain="log2 needs x > 0",
    samples=((0.4,), (3.0,)),
    edges=((0.0,), (-1.0,)),
)
log10: Op = op(
    "log10",
    _logarithm(math.log10),
    (lambda z, x: 1 / (x * _LN10),),
    "The logarithm to base 10.",
    domain="log10 needs x > 0",
    samples=((0.4,), (3.0,)),
    edges=((0.0,), (-1.0,)),
)

# -- activations ------------------------------------------------------------------------------------------------------

exceeds: Op = op(
    "exceeds",
    _exceeds,
    (lambda z, x, y, tie: 0.0, lambda z, x, y, tie: 0.0, lambda z, x, y, tie: 0.0),
    "1 where x > y, 0 where x < y, the third operand at a tie; 1 beside a nan.",
    notation=Notation.BRACKET,
    symbol=">",
    parameters=("x", "y", "tie"),
    public=False,
    samples=((0.4, 0.1, 0.5),),
)
select: Op = op(
    "select",
    lambda c, a, b: a if c > 0 else b,
    (lambda z, c, a, b: 0.0, lambda z, c, a, b: select(c, 1.0, 0.0), lambda z, c, a, b: select(c, 0.0, 1.0)),
    "The second operand where the first is above 0, else the third.",
    notation=Notation.CASES,
    symbol="if",
    parameters=("c", "a", "b"),
    gates=True,
    public=False,
    samples=((0.4, 1.5, -2.0), (-0.4, 1.5, -2.0)),
)
relu: Op = op(
    "relu",
    lambda x: 0.0 if x <= 0 else x,
    (lambda z, x: exceeds(x, 0.0, 0.0),),
    "Passes what is positive, stops the rest.",
    convention="At 0 the derivative is 0, as in PyTorch.",
    gates=True,
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (-0.0,), (math.inf,), (-math.inf,), (math.nan,)),
)
leaky_relu: Op = op(
    "leaky_relu",
    lambda x, slope: x if x > 0 else slope * x,
    (lambda z, x, slope: select(x, 1.0, slope), lambda z, x, slope: select(x, 0.0, x)),
    "Passes what is positive, and a small part of the rest.",
    parameters=("x", "negative_slope"),
    defaults=(0.01,),
    convention="At 0 the derivative is the negative slope, as in PyTorch.",
    samples=((0.4, 0.01), (-1.2, 0.2)),
    edges=((0.0, 0.01), (-math.inf, 0.01)),
)
elu: Op = op(
    "elu",
    lambda x, alpha: x if x > 0 else alpha * math.expm1(x),
    (lambda z, x, alpha: select(x, 1.0, z + alpha), lambda z, x, alpha: select(x, 0.0, expm1(x))),
    "Passes what is positive; below 0 it levels off smoothly at -alpha.",
    parameters=("x", "alpha"),
    defaults=(1.0,),
    convention="At 0 the derivative is alpha, as in PyTorch.",
    samples=((0.4, 1.0), (-1.2, 0.7)),
    edges=((0.0, 1.0), (800.0, 1.0), (-800.0, 1.0)),
)
sigmoid: Op = op(
    "sigmoid",
    _sigmoid,
    (lambda z, x: z * (1 - z),),
    "Squashes the real line into (0, 1); its slope is at most 1/4.",
    symbol="σ",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (800.0,), (-800.0,), (math.inf,), (-math.inf,)),
)
tanh: Op = op(
    "tanh",
    math.tanh,
    (lambda z, x: 1 - z**2,),
    "Squashes the real line into (-1, 1); its slope is at most 1.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (800.0,), (-800.0,), (math.inf,), (-math.inf,)),
)
softplus: Op = op(
    "softplus",
    _softplus,
    (lambda z, x: sigmoid(x),),
    "ln(1 + e^x): a smooth relu, computed so that it never overflows.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (800.0,), (-800.0,), (math.inf,), (-math.inf,)),
)
silu: Op = op(
    "silu",
    lambda x: x * _sigmoid(x),
    (lambda z, x: sigmoid(x) * (1 + x * (1 - sigmoid(x))),),
    "x times sigmoid(x), also called swish.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (800.0,), (-800.0,)),
)
gelu: Op = op(
    "gelu",
    _gelu,
    (lambda z, x: (1 + erf(x / _SQRT2)) / 2 + x * exp(-(x * x) / 2) / _SQRT_2PI,),
    "x times the probability that a standard normal number is below x.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (30.0,), (-30.0,)),
)
erf: Op = op(
    "erf",
    math.erf,
    (lambda z, x: _2_OVER_SQRT_PI * exp(-(x * x)),),
    "The error function.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (30.0,), (math.inf,)),
)

# -- trigonometry -----------------------------------------------------------------------------------------------------

sin: Op = op(
    "sin",
    _total(math.sin),
    (lambda z, x: cos(x),),
    "The sine of x, in radians.",
    domain="sin of an infinite angle",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (math.inf,)),
)
cos: Op = op(
    "cos",
    _total(math.cos),
    (lambda z, x: -sin(x),),
    "The cosine of x, in radians.",
    domain="cos of an infinite angle",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (math.inf,)),
)
tan: Op = op(
    "tan",
    _total(math.tan),
    (lambda z, x: 1 + z**2,),
    "The tangent of x, in radians.",
    domain="tan of an infinite angle",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (math.inf,)),
)
asin: Op = op(
    "asin",
    _total(math.asin),
    (lambda z, x: 1 / sqrt(1 - x**2),),
    "The angle in radians whose sine is x.",
    domain="asin needs -1 <= x <= 1",
    samples=((0.4,), (-0.7,)),
    edges=((1.0,), (-1.0,), (2.0,)),
)
acos: Op = op(
    "acos",
    _total(math.acos),
    (lambda z, x: -1 / sqrt(1 - x**2),),
    "The angle in radians whose cosine is x.",
    domain="acos needs -1 <= x <= 1",
    samples=((0.4,), (-0.7,)),
    edges=((1.0,), (-1.0,), (2.0,)),
)
atan: Op = op(
    "atan",
    math.atan,
    (lambda z, x: 1 / (1 + x**2),),
    "The angle in radians whose tangent is x.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (1e200,), (math.inf,)),
)
atan2: Op = op(
    "atan2",
    math.atan2,
    (lambda z, y, x: slope_ratio(x, x * x + y * y), lambda z, y, x: slope_ratio(-y, x * x + y * y)),
    "The angle in radians of the point (x, y).",
    parameters=("y", "x"),
    convention="At the origin both slopes are 0, as in PyTorch.",
    samples=((0.4, -1.3), (2.0, 0.5)),
    edges=((0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (0.0, 0.0), (1e-200, 1e-200), (math.inf, 1.0)),
)
sinh: Op = op(
    "sinh",
    _sinh,
    (lambda z, x: cosh(x),),
    "The hyperbolic sine.",
    domain="sinh leaves the range of a double beyond 710.47",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (800.0,), (-800.0,)),
)
cosh: Op = op(
    "cosh",
    _total(math.cosh),
    (lambda z, x: sinh(x),),
    "The hyperbolic cosine.",
    domain="cosh leaves the range of a double beyond 710.47",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (800.0,), (-800.0,)),
)

# -- choosing and measuring -------------------------------------------------------------------------------------------

absolute: Op = op(
    "abs",
    operator.abs,
    (lambda z, x: sign(x),),
    "The distance from 0.",
    notation=Notation.BARS,
    symbol="| |",
    convention="At 0 the derivative is 0, as in PyTorch.",
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (-0.0,), (-math.inf,)),
)
sign: Op = op(
    "sign",
    _sign,
    (lambda z, x: 0.0,),
    "1 above 0, -1 below, 0 at 0: flat, so that no gradient passes.",
    gates=True,
    samples=((0.4,), (-1.2,)),
    edges=((0.0,), (-math.inf,)),
)
maximum: Op = op(
    "max",
    _maximum,
    (lambda z, x, y: exceeds(x, y, 0.5), lambda z, x, y: exceeds(y, x, 0.5)),
    "The larger of two; the gradient goes to the winner alone.",
    parameters=("x", "y"),
    convention="At a tie each side receives half, as in PyTorch.",
    gates=True,
    samples=((0.4, -1.3), (2.0, 3.0)),
    edges=((1.0, 1.0), (0.0, 0.0), (math.nan, 1.0), (1.0, math.nan), (math.inf, math.inf)),
)
minimum: Op = op(
    "min",
    _minimum,
    (lambda z, x, y: exceeds(y, x, 0.5), lambda z, x, y: exceeds(x, y, 0.5)),
    "The smaller of two; the gradient goes to the winner alone.",
    parameters=("x", "y"),
    convention="At a tie each side receives half, as in PyTorch.",
    gates=True,
    samples=((0.4, -1.3), (2.0, 3.0)),
    edges=((1.0, 1.0), (0.0, 0.0), (math.nan, 1.0), (1.0, math.nan), (math.inf, math.inf)),
)
clip: Op = op(
    "clip",
    lambda x, low, high: _minimum(_maximum(x, low), high),
    (
        lambda z, x, low, high: (1 - exceeds(low, x, 0.0)) * (1 - exceeds(x, high, 0.0)),
        lambda z, x, low, high: exceeds(low, x, 0.0) * exceeds(high, low, 0.0),
        lambda z, x, low, high: 1 - (1 - exceeds(x, high, 0.0)) * (1 - exceeds(low, high, 0.0)),
    ),
    "Keeps x between two bounds; outside them no gradient passes to x.",
    parameters=("x", "min", "max"),
    convention="At a bound the whole gradient goes to x, as in PyTorch.",
    gates=True,
    samples=((0.4, -1.0, 1.0), (1.4, -1.0, 1.0), (-1.4, -1.0, 1.0)),
    edges=((1.0, -1.0, 1.0), (-1.0, -1.0, 1.0), (math.inf, -1.0, 1.0)),
)
hypot: Op = op(
    "hypot",
    math.hypot,
    (lambda z, x, y: x / z, lambda z, x, y: y / z),
    "The length of the vector (x, y), without overflow on the way.",
    parameters=("x", "y"),
    domain="the length is too large for a double",
    samples=((0.4, -1.3), (3.0, 4.0)),
    edges=((0.0, 1.0), (1e200, 1e200)),
)

CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan})


def _read_on_floats() -> None:
    """Give each entry its rules with plain functions in the place of operations: no dispatch when all are floats."""
    names = {name: x.value if isinstance(x, Op) else x for name, x in globals().items()}
    for entry in OPS.values():
        object.__setattr__(entry, "rules", tuple(FunctionType(rule.__code__, names) for rule in entry.partials))


_read_on_floats()
