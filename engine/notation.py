"""The ways in which mathematics writes an operation: a small closed set that every dialect can spell."""

from enum import Enum, auto


class Notation(Enum):
    """How an operation is written; `engine.formula` spells each one as code, MathML and LaTeX."""

    CALL = auto()  # tanh(x)
    SUM = auto()  # x + y
    DIFFERENCE = auto()  # x - y
    PRODUCT = auto()  # x y
    FRACTION = auto()  # x over y
    NEGATION = auto()  # -x
    SUPERSCRIPT = auto()  # x to the y
    RADICAL = auto()  # root of x
    BARS = auto()  # |x|
    EXPONENTIAL = auto()  # e to the x
    BRACKET = auto()  # [x > y]: 1 where it holds, else 0 (Iverson)
    CASES = auto()  # a where c > 0, else b
