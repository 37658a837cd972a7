"""Names that were probably mistyped: turns a name and its neighbours into what was perhaps meant.

Start at `nearest`, which asks, and `certain`, which knows.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable

SINGLETONS = {
    word: single
    for single, words in {"True": "true TRUE", "False": "false FALSE", "None": "none NONE null NULL nil"}.items()
    for word in words.split()
}
"""How other languages spell the values that Python has a word for."""

_SHORTEST = 4  # a and b are one letter apart, and are two names
_OTHERS = """
selu celu mish relu6 hardtanh hardswish tanhshrink logsigmoid softsign glu sinc coth sech csch sec csc cot arccosh
arcsinh arctanh logit erfinv lgamma digamma amin amax nansum nanmean logaddexp logaddexp2 xlogy real imag angle conj
frac fix roll flip cummax cummin cumsum cumprod logcumsumexp bmm mv ger outer inner cross kron det slogdet trace tril
triu rand randn randint randperm norms
"""
_REAL = frozenset(dir(math)) | frozenset(_OTHERS.split())
"""Functions that exist elsewhere, whether offered here or not: whoever writes `selu` does not mean silu."""


def near_miss(name: str, known: Iterable[str]) -> str | None:
    """Return the first of `known` that is one slip of the keyboard away from `name`; None if there is none.

    >>> near_miss("wieght", ["bias", "weight"]), near_miss("weights", ["weight"]), near_miss("w2", ["w1"])
    ('weight', 'weight', None)
    >>> near_miss("layer1", ["layer2"]), near_miss("value_a", ["value_b"])
    (None, None)
    """
    if len(name) < _SHORTEST:
        return None
    return next(
        (other for other in known if len(other) >= _SHORTEST and any(slip(name, other) for slip in _SLIPS)), None
    )


def nearest(name: str, known: Iterable[str], *, loose: bool = True) -> str | None:
    """Return which of `known` was probably meant by `name`, which is none of them. `loose`: it may be more than one
    slip away.

    >>> nearest("tahn", ["tan", "tanh"]), nearest("sinn", ["sign", "sin"]), nearest("squareroot", ["square", "sqrt"])
    ('tanh', 'sin', 'square')
    >>> nearest("qqq", ["tan"]) is None
    True
    """
    names = sorted(known)
    found = next((other for slip in _SLIPS for other in names if slip(name, other)), None)
    if found or not loose:
        return found
    return next(iter(difflib.get_close_matches(name[:100], names, 1, 0.6)), None)


def certain(name: str, known: Iterable[str]) -> str | None:
    """Return which of `known` was surely meant by `name`, which is none of them: the only one that is one slip away.

    >>> certain("tnah", ["tan", "tanh"]), certain("relue", ["elu", "relu"]), certain("sigmiod", ["sigmoid"])
    ('tanh', 'relu', 'sigmoid')
    >>> certain("selu", ["silu", "gelu"]), certain("sun", ["sin", "sum"]), certain("lag2", ["log2"])
    (None, None, None)
    """
    if len(name) < 2 or name in _REAL:
        return None
    names = set(known)
    slips = _SLIPS[: 4 if len(name) >= _SHORTEST else 2 if len(name) == _SHORTEST - 1 else 1]
    found = next(filter(None, ([other for other in names if slip(name, other)] for slip in slips)), [])
    return found[0] if len(found) == 1 else None


def _same_but_case(name: str, other: str) -> bool:
    return name.lower() == other.lower()


def _swapped(name: str, other: str) -> bool:
    k = _first_difference(name, other)
    return name[:k] + name[k + 1 : k + 2] + name[k : k + 1] + name[k + 2 :] == other


def _one_more(name: str, other: str) -> bool:
    """One letter, not the first and no digit, was doubled or dropped: x1 and x are two names."""
    if abs(len(name) - len(other)) != 1:
        return False
    short, long = sorted((name, other), key=len)
    k = _first_difference(short, long)
    return k > 0 and long[k].isalpha() and short[k:] == long[k + 1 :]


def _replaced(name: str, other: str) -> bool:
    """One letter inside stands for another; at either end it is as often meant as not, as in value_a."""
    k = _first_difference(name, other)
    inside = 0 < k < len(name) - 1 and name.isalpha() and other.isalpha()
    return inside and len(name) == len(other) and name[k + 1 :] == other[k + 1 :]


_SLIPS = (_same_but_case, _swapped, _one_more, _replaced)


def _first_difference(name: str, other: str) -> int:
    return next((k for k, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other)))
