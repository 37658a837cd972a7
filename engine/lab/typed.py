"""What somebody typed: turns `1/3`, `3*2` or `−0.25` into a number and how exactly it is meant. Start at `typed`."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass

from engine.lab.subject import Unfit
from engine.language.errors import ProgramError
from engine.language.parser import parse
from engine.ops import CONSTANTS, OPS

LONGEST = 100
"""Characters of an answer."""
CLOSE = 1e-3
"""What is as near as this, relatively, is meant: pictures show four digits."""
_ZERO = 1e-12
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "∞": "inf"})
_NAMED = re.compile("infinity|nan", re.IGNORECASE)  # as JSON and PyTorch write them
_COMMA = re.compile(r"[-+]?\d+,\d+")
_DECIMAL = re.compile(r"[-+]?(\d*)\.?(\d*)(?:e([-+]?\d{1,2}))?", re.IGNORECASE)
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow",
}  # fmt: skip
_FORM = "must be a number, or numbers with + - * / ** between them, as in 1/3"


@dataclass(frozen=True, slots=True)
class Typed:
    """A number, and how far from it what is meant may lie because it was typed with so few digits."""

    value: float
    margin: float = 0.0

    def meets(self, number: float) -> bool:
        """Return whether it is `number`, to a thousandth or to as many digits as were typed.

        >>> typed("0.42").meets(0.4199743), typed("0.4").meets(0.4199743), typed("-3").meets(3.0)
        (True, False, False)
        >>> typed("1/3").meets(0.3333), typed("nan").meets(math.nan), typed("0").meets(1e-6)
        (True, True, False)
        """
        if math.isfinite(self.value) and math.isfinite(number):
            allowed = max(CLOSE * abs(number), self.margin, _ZERO if number == 0 else 0.0)
            return abs(self.value - number) <= allowed
        return self.value == number or (math.isnan(self.value) and math.isnan(number))

    def distance(self, number: float) -> float:
        """Return how far `number` is from it; infinitely far where that cannot be told."""
        if self.value == number or (math.isnan(self.value) and math.isnan(number)):
            return 0.0
        difference = abs(self.value - number)
        return math.inf if math.isnan(difference) else difference


def typed(answer: float | str) -> Typed:
    """Return the number that was typed; raise `Unfit` for what is none.

    >>> [typed(text).value for text in ("3*2", "−1/4", "0,5", "2^3", "exp(0)", "1/0", "1e400")]
    [6.0, -0.25, 0.5, 8.0, 1.0, inf, inf]
    >>> [typed(text).value for text in ("-Infinity", "NaN")]
    [-inf, nan]
    """
    if not isinstance(answer, str):
        return Typed(answer)
    text = answer.strip().translate(_SIGNS).replace("^", "**")
    text = _NAMED.sub(lambda word: "nan" if word[0].lower() == "nan" else "inf", text)
    if _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not text or len(text) > LONGEST:
        raise Unfit("answer", f"must be a number in at most {LONGEST} characters" if text else _FORM)
    return Typed(_value(_tree(text)), _margin(text))


def _tree(text: str) -> ast.expr:
    try:
        body = parse(text).tree.body
    except ProgramError:
        raise Unfit("answer", _FORM) from None
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        return body[0].value
    raise Unfit("answer", _FORM)


def _value(tree: ast.expr) -> float:
    """Compute what stands on numbers alone, by the table of operations; it never raises on numbers."""
    match tree:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _double(value)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return OPS[_OPERATORS[type(op)]].value(_value(left), _value(right))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in OPS and OPS[name].public:
            entry = OPS[name]
            operands = [*map(_value, args), *entry.defaults][: entry.arity]
            if len(args) <= entry.arity == len(operands):
                return entry.value(*operands)
    raise Unfit("answer", _FORM)


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _margin(text: str) -> float:
    """Return half a unit of the last digit, where enough digits were typed to tell what is meant.

    >>> _margin("0.42"), _margin("0.4"), _margin("12"), _margin("1/3")
    (0.005, 0.0, 0.0, 0.0)
    """
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return 0.0
    whole, decimals, power = found[1], found[2], int(found[3] or 0)
    digits = len((whole + decimals).lstrip("0"))
    if digits < (2 if decimals else 3):
        return 0.0
    return 0.5 * 10.0 ** (power - len(decimals))
