"""Formulas: turns the rules of the table into expressions, and expressions into code, MathML and LaTeX.

A rule read on `Expr` comes back as an expression tree; `partial_formula` does that, `code`, `mathml` and `latex` write
it. Each dialect knows how to spell every `Notation`, so that an operation needs no template of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine import numbers
from engine.markup import escaped
from engine.notation import Notation
from engine.ops import OPS, Op, Term


class Expr(Term):
    """An expression: `Symbol`, `Number` or `Apply`."""

    __slots__ = ()

    def apply(self, op: Op, operands: tuple[Any, ...]) -> Expr:
        return simplified(op, tuple(x if isinstance(x, Expr) else Number(float(x)) for x in operands))


@dataclass(frozen=True, slots=True)
class Symbol(Expr):
    """A name that stands for a node."""

    name: str


@dataclass(frozen=True, slots=True)
class Number(Expr):
    """A number; `text` is how it was typed, if it was."""

    value: float
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Apply(Expr):
    """An operation on expressions, not simplified."""

    op: Op
    operands: tuple[Expr, ...]


NAMED_NUMBERS: Mapping[float, tuple[str, str, str]] = MappingProxyType(
    {
        math.pi: ("pi", "<mi>π</mi>", r"\pi"),
        math.e: ("e", "<mi>e</mi>", "e"),
        math.log(2): ("log(2)", "<mrow><mi>log</mi><mn>2</mn></mrow>", r"\ln 2"),
        math.log(10): ("log(10)", "<mrow><mi>log</mi><mn>10</mn></mrow>", r"\ln 10"),
        math.sqrt(2): ("sqrt(2)", "<msqrt><mn>2</mn></msqrt>", r"\sqrt{2}"),
        math.sqrt(2 * math.pi): ("sqrt(2*pi)", "<msqrt><mn>2</mn><mi>π</mi></msqrt>", r"\sqrt{2\pi}"),
        2 / math.sqrt(math.pi): (
            "2/sqrt(pi)",
            "<mfrac><mn>2</mn><msqrt><mi>π</mi></msqrt></mfrac>",
            r"\frac{2}{\sqrt{\pi}}",
        ),
    }
)


def partial_formula(op: Op, slot: int, z: Expr, operands: tuple[Expr, ...]) -> Expr:
    """Return the rule of `op` for operand `slot` as an expression of `z` (the value) and the operands."""
    result = op.partials[slot](z, *operands)
    return result if isinstance(result, Expr) else Number(float(result))


def simplified(op: Op, operands: tuple[Expr, ...]) -> Expr:
    """Return `op` on `operands` without the 1s, 0s and bare numbers that rules leave behind."""
    if op.means is not None:
        result = op.means(*operands)
        return result if isinstance(result, Expr) else Number(float(result))
    if all(isinstance(x, Number) for x in operands):
        return Number(op.value(*(x.value for x in operands if isinstance(x, Number))))
    match op.name, operands:
        case ("add", (Number(value=0), x)) | ("add" | "sub", (x, Number(value=0))):
            return x
        case ("mul", (Number(value=1), x)) | ("mul" | "div" | "pow", (x, Number(value=1))):
            return x
        case ("mul", (Number(value=0), _)) | ("mul", (_, Number(value=0))):
            return Number(0.0)
        case ("neg", (Apply(op=Op(name="neg"), operands=(x,)),)):
            return x
        case ("sub", (Number(value=0), x)):
            return simplified(OPS["neg"], (x,))
    return Apply(op, operands)


# -- precedence, common to all dialects -------------------------------------------------------------------------------

_CASES, _SUM, _PRODUCT, _NEGATION, _POWER, _ATOM = range(6)
_PRECEDENCE = {
    Notation.CASES: _CASES,
    Notation.SUM: _SUM,
    Notation.DIFFERENCE: _SUM,
    Notation.PRODUCT: _PRODUCT,
    Notation.FRACTION: _PRODUCT,
    Notation.NEGATION: _NEGATION,
    Notation.SUPERSCRIPT: _POWER,
}


def precedence(expr: Expr) -> int:
    """Return how tightly `expr` binds when written in a line."""
    match expr:
        case Apply(op=op):
            return _PRECEDENCE.get(op.notation, _ATOM)
        case Number(value=value, text=text) if (text or repr(value)).startswith("-"):
            return _NEGATION
    return _ATOM


# -- code: what a Python reader expects -------------------------------------------------------------------------------


def code(expr: Expr, symbol: Callable[[str], str] = str, limit: int = 400) -> str:
    """Return `expr` as a line of Python; `symbol` spells names. Longer text than `limit` ends in `…`.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> code((x + y) * 2.0), code(-x / y**2.0), code((-x) ** y), code(x - (y - 1.0))
    ('(x + y) * 2', '-x / y**2', '(-x)**y', 'x - (y - 1)')
    """
    text = _code(expr, symbol)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _code(expr: Expr, symbol: Callable[[str], str], above: int = _CASES) -> str:
    text = _code_bare(expr, symbol)
    return f"({text})" if precedence(expr) < above else text


def _code_bare(expr: Expr, symbol: Callable[[str], str]) -> str:
    match expr:
        case Symbol(name=name):
            return symbol(name)
        case Number(value=value, text=text):
            return text or (NAMED_NUMBERS[value][0] if value in NAMED_NUMBERS else plain(value))
        case Apply(op=op, operands=operands):
            return _code_apply(op, operands, lambda x, above: _code(x, symbol, above))
    raise TypeError(expr)


def _code_apply(op: Op, operands: tuple[Expr, ...], write: Callable[[Expr, int], str]) -> str:
    match op.notation, operands:
        case Notation.SUM, (x, y):
            return f"{write(x, _SUM)} + {write(y, _PRODUCT)}"
        case Notation.DIFFERENCE, (x, y):
            return f"{write(x, _SUM)} - {write(y, _PRODUCT)}"
        case Notation.PRODUCT, (x, y):
            return f"{write(x, _PRODUCT)} * {write(y, _NEGATION)}"
        case Notation.FRACTION, (x, y):
            return f"{write(x, _PRODUCT)} / {write(y, _NEGATION)}"
        case Notation.NEGATION, (x,):
            return f"-{write(x, _POWER)}"
        case Notation.SUPERSCRIPT, (x, y):
            return f"{write(x, _ATOM)}**{write(y, _NEGATION)}"
        case Notation.BRACKET, (x, y, tie):
            return _code_bracket(write(x, _SUM), write(y, _SUM), tie)
        case Notation.CASES, (c, a, b):
            return f"{write(a, _SUM)} if {write(c, _SUM)} > 0 else {write(b, _SUM)}"
    return f"{op.name}({', '.join(write(x, _CASES) for x in operands)})"


def _code_bracket(x: str, y: str, tie: Expr) -> str:
    match tie:
        case Number(value=0):
            return f"({x} > {y})"
        case Number(value=1):
            return f"({x} >= {y})"
    return f"(({x} > {y}) + {_code(tie, str, _PRODUCT)} * ({x} == {y}))"


def plain(value: float) -> str:
    """Return a number of a formula: an integer without its point.

    >>> plain(2.0), plain(0.5), plain(1e300)
    ('2', '0.5', '1e+300')
    """
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else numbers.exact(value)


# -- MathML Core ------------------------------------------------------------------------------------------------------


def mathml(expr: Expr, above: int = _CASES) -> str:
    """Return `expr` as MathML Core (presentation, no `<math>` around it); names are escaped.

    >>> mathml(Symbol("a<b") / Symbol("y"))
    '<mfrac><mi>a&lt;b</mi><mi>y</mi></mfrac>'
    """
    text = _mathml_bare(expr)
    fenced = precedence(expr) < above and not (isinstance(expr, Apply) and expr.op.notation is Notation.FRACTION)
    return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>" if fenced else text


def _mathml_bare(expr: Expr) -> str:
    match expr:
        case Symbol(name=name):
            return identifier(name)
        case Number(value=value):
            return NAMED_NUMBERS[value][1] if value in NAMED_NUMBERS else quantity(value)
        case Apply(op=op, operands=operands):
            return _mathml_apply(op, operands)
    raise TypeError(expr)


def _mathml_apply(op: Op, operands: tuple[Expr, ...]) -> str:
    match op.notation, operands:
        case Notation.SUM, (x, y):
            return _row(mathml(x, _SUM), "<mo>+</mo>", mathml(y, _PRODUCT))
        case Notation.DIFFERENCE, (x, y):
            return _row(mathml(x, _SUM), "<mo>−</mo>", mathml(y, _PRODUCT))
        case Notation.PRODUCT, (x, y):
            return _row(mathml(x, _PRODUCT), "<mo>·</mo>", mathml(y, _NEGATION))
        case Notation.FRACTION, (x, y):
            return f"<mfrac>{mathml(x)}{mathml(y)}</mfrac>"
        case Notation.NEGATION, (x,):
            return _row('<mo form="prefix">−</mo>', mathml(x, _POWER))
        case Notation.SUPERSCRIPT, (x, y):
            return f"<msup>{mathml(x, _ATOM)}{mathml(y)}</msup>"
        case Notation.RADICAL, (x,):
            return f"<msqrt>{mathml(x)}</msqrt>"
        case Notation.BARS, (x,):
            return _row("<mo>|</mo>", mathml(x), "<mo>|</mo>")
        case Notation.EXPONENTIAL, (x,):
            return f"<msup><mi>e</mi>{mathml(x)}</msup>"
        case Notation.BRACKET, (x, y, tie):
            return _mathml_bracket(x, y, tie)
        case Notation.CASES, (c, a, b):
            first = f"<mtr><mtd>{mathml(a)}</mtd><mtd><mtext>if </mtext>{mathml(c)}<mo>&gt;</mo><mn>0</mn></mtd></mtr>"
            second = f"<mtr><mtd>{mathml(b)}</mtd><mtd><mtext>else</mtext></mtd></mtr>"
            return f"<mrow><mo>{{</mo><mtable>{first}{second}</mtable></mrow>"
    arguments = "<mo>,</mo>".join(mathml(x) for x in operands)
    return f"<mrow><mi>{escaped(op.symbol)}</mi><mo>(</mo>{arguments}<mo>)</mo></mrow>"


def _mathml_bracket(x: Expr, y: Expr, tie: Expr) -> str:
    def bracket(relation: str) -> str:
        return _row("<mo>[</mo>", mathml(x, _SUM), f"<mo>{relation}</mo>", mathml(y, _SUM), "<mo>]</mo>")

    match tie:
        case Number(value=0):
            return bracket("&gt;")
        case Number(value=1):
            return bracket("≥")
    return _row(bracket("&gt;"), "<mo>+</mo>", mathml(tie, _PRODUCT), bracket("="))


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


_VERSIONED = re.compile(r"(.+)@(\d+)")


def identifier(name: str) -> str:
    """Return a node's name as MathML; the version of a reassigned name is a superscript in parentheses.

    >>> identifier("x@2")
    '<msup><mi>x</mi><mrow><mo>(</mo><mn>2</mn><mo>)</mo></mrow></msup>'
    """
    versioned = _VERSIONED.fullmatch(name)
    if versioned is None:
        return f"<mi>{escaped(name)}</mi>"
    base, version = versioned.groups()
    return f"<msup><mi>{escaped(base)}</mi><mrow><mo>(</mo><mn>{version}</mn><mo>)</mo></mrow></msup>"


def quantity(value: float) -> str:
    """Return a number as MathML, with four significant digits.

    >>> quantity(-2.0)
    '<mrow><mo form="prefix">−</mo><mn>2</mn></mrow>'
    """
    text = numbers.short(value)
    negative, text = text.startswith("−"), text.removeprefix("−")
    if text == "nan":
        return "<mtext>nan</mtext>"
    mantissa, _, exponent = text.partition("e")
    body = f"<mn>{mantissa}</mn>"
    if exponent:
        power = f"<mrow><mo>−</mo><mn>{exponent[1:]}</mn></mrow>" if exponent[0] == "−" else f"<mn>{exponent}</mn>"
        body = f"<mrow>{body}<mo>×</mo><msup><mn>10</mn>{power}</msup></mrow>"
    return f'<mrow><mo form="prefix">−</mo>{body}</mrow>' if negative else body


# -- LaTeX ------------------------------------------------------------------------------------------------------------

_LATEX_FUNCTIONS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "max", "min"}
_LATEX_SPECIAL = str.maketrans(
    {c: rf"\{c}" for c in "#$%&_{}"} | {"~": r"\sim{}", "^": r"\hat{}", "\\": r"\backslash{}"}
)


def latex(expr: Expr, above: int = _CASES) -> str:
    r"""Return `expr` as LaTeX for math mode.

    >>> print(latex(OPS["log"](Symbol("a")) * Symbol("x1") ** 2.0))
    \ln\left(a\right) \cdot \mathit{x1}^{2}
    """
    text = _latex_bare(expr)
    fenced = precedence(expr) < above and not (isinstance(expr, Apply) and expr.op.notation is Notation.FRACTION)
    return rf"\left({text}\right)" if fenced else text


def _latex_bare(expr: Expr) -> str:
    match expr:
        case Symbol(name=name):
            return name if len(name) == 1 and name.isalpha() else rf"\mathit{{{name.translate(_LATEX_SPECIAL)}}}"
        case Number(value=value):
            return NAMED_NUMBERS[value][2] if value in NAMED_NUMBERS else _latex_number(value)
        case Apply(op=op, operands=operands):
            return _latex_apply(op, operands)
    raise TypeError(expr)


def _latex_number(value: float) -> str:
    mantissa, _, exponent = plain(value).partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa.replace("inf", r"\infty")


def _latex_apply(op: Op, operands: tuple[Expr, ...]) -> str:
    match op.notation, operands:
        case Notation.SUM, (x, y):
            return f"{latex(x, _SUM)} + {latex(y, _PRODUCT)}"
        case Notation.DIFFERENCE, (x, y):
            return f"{latex(x, _SUM)} - {latex(y, _PRODUCT)}"
        case Notation.PRODUCT, (x, y):
            return rf"{latex(x, _PRODUCT)} \cdot {latex(y, _NEGATION)}"
        case Notation.FRACTION, (x, y):
            return rf"\frac{{{latex(x)}}}{{{latex(y)}}}"
        case Notation.NEGATION, (x,):
            return f"-{latex(x, _POWER)}"
        case Notation.SUPERSCRIPT, (x, y):
            return f"{latex(x, _ATOM)}^{{{latex(y)}}}"
        case Notation.RADICAL, (x,):
            return rf"\sqrt{{{latex(x)}}}"
        case Notation.BARS, (x,):
            return rf"\left|{latex(x)}\right|"
        case Notation.EXPONENTIAL, (x,):
            return f"e^{{{latex(x)}}}"
        case Notation.BRACKET, (x, y, tie):
            return _latex_bracket(latex(x, _SUM), latex(y, _SUM), tie)
        case Notation.CASES, (c, a, b):
            return rf"\begin{{cases}}{latex(a)} & {latex(c)} > 0\\{latex(b)} & \text{{else}}\end{{cases}}"
    arguments = ", ".join(latex(x) for x in operands)
    name = {"log": r"\ln", "sigmoid": r"\sigma"}.get(op.name)
    name = name or (rf"\{op.name}" if op.name in _LATEX_FUNCTIONS else rf"\operatorname{{{op.name}}}")
    return rf"{name}\left({arguments}\right)"


def _latex_bracket(x: str, y: str, tie: Expr) -> str:
    match tie:
        case Number(value=0):
            return rf"\left[{x} > {y}\right]"
        case Number(value=1):
            return rf"\left[{x} \ge {y}\right]"
    return rf"\left[{x} > {y}\right] + {latex(tie, _PRODUCT)} \left[{x} = {y}\right]"
