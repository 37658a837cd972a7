"""How a number is shown, everywhere: turns a double into the text for a picture, a sentence or JSON. Start at `short`.

Nothing else in the project, the browser included, formats a number.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

SIGNIFICANT_DIGITS = 4
UNKNOWN = "–"  # a gradient (or a value) that has not arrived yet: not known is not zero


def short(x: float) -> str:
    """Return `x` with four significant digits, for pictures and formulas.

    Decimal for 0.001 <= |x| < 100,000 (decided on the rounded number), scientific otherwise; trailing zeros are
    dropped and the minus sign is U+2212. Zero has no sign; where that matters, `signed` writes it.

    >>> [short(x) for x in (0.30000000000000004, 2.0, -3.0, 1234.5678, 123456.0, 99999.6, 1e-7, -0.0)]
    ['0.3', '2', '−3', '1235', '1.235e5', '1e5', '1e−7', '0']
    >>> [short(x) for x in (math.inf, -math.inf, math.nan, 1.7976931348623157e308, 5e-324)]
    ['∞', '−∞', 'nan', '1.798e308', '4.941e−324']
    """
    if -10_000 < x < 10_000 and x == (whole := int(x)) and whole:
        return str(whole) if whole > 0 else f"−{-whole}"  # all of its digits fit
    return _short(repr(float(x)))


@lru_cache(maxsize=1 << 15)
def _short(text: str) -> str:
    """Return the double that `text` spells with four significant digits; most numbers are shown several times."""
    x = float(text)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if x == 0:
        return "0"
    mantissa, exponent = f"{x:.{SIGNIFICANT_DIGITS - 1}e}".split("e")
    digits, power = mantissa.rstrip("0").rstrip("."), int(exponent)
    shown = _decimal(digits, power) if -3 <= power < 5 else f"{digits}e{power}"
    return shown.replace("-", "−")


def _decimal(digits: str, power: int) -> str:
    """Write `digits` x 10**`power` without an exponent; exact, for the digits are few.

    >>> _decimal("-1.235", 3), _decimal("1.2", 4), _decimal("5", -3)
    ('-1235', '12000', '0.005')
    """
    text = f"{float(f'{digits}e{power}'):.{max(SIGNIFICANT_DIGITS - 1 - power, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(x: float) -> str:
    """Return `x` as `short` does, but with the sign of a zero: 1/−0 is −∞.

    >>> signed(-0.0), signed(0.0), signed(-3.0)
    ('−0', '0', '−3')
    """
    return "−0" if x == 0 and math.copysign(1.0, x) < 0 else short(x)


def exact(x: float) -> str:
    """Return the shortest text that reads back as the same double, in Python's spelling.

    >>> exact(0.1 + 0.2), exact(1e-7), exact(-0.0), exact(math.inf)
    ('0.30000000000000004', '1e-07', '-0.0', 'inf')
    """
    return repr(float(x))


def relation(*written: float) -> str:
    """Return what stands between numbers in their short forms: `=` if each says all of its number, else `≈`.

    >>> relation(2.0), relation(1 / 3), relation(1e-7), relation(math.nan), relation(99999.6)
    ('=', '≈', '=', '=', '≈')
    >>> relation(1 / 3, 3.0, 1.0)
    '≈'
    """
    return "=" if all(map(_is_whole, written)) else "≈"


def _is_whole(x: float) -> bool:
    """Return whether the short form says all of `x`."""
    return not math.isfinite(x) or float(f"{x:.{SIGNIFICANT_DIGITS - 1}e}") == x


def shown(x: float) -> list[str]:
    """Return `[short, exact, relation]`: all that a page needs to show one number.

    >>> shown(0.1 + 0.2)
    ['0.3', '0.30000000000000004', '≈']
    """
    return list(_shown(repr(float(x))))


@lru_cache(maxsize=1 << 15)
def _shown(text: str) -> tuple[str, str, str]:
    return short(float(text)), text, relation(float(text))


def to_json(x: float) -> float | str:
    """Return `x`, or the string that travels in its place where JSON has no number for it.

    >>> to_json(2.0), to_json(math.nan), to_json(-math.inf)
    (2.0, 'NaN', '-Infinity')
    """
    if math.isfinite(x):
        return x
    if math.isnan(x):
        return "NaN"
    return "Infinity" if x > 0 else "-Infinity"


def all_to_json(values: Iterable[float]) -> list[float | str]:
    """Return numbers as `to_json` writes them."""
    return [to_json(x) for x in values]


def figures(**told: float) -> dict[str, Any]:
    """Return numbers for JSON, and under `shown` for a page.

    >>> figures(loss=0.5)
    {'loss': 0.5, 'shown': {'loss': ['0.5', '0.5', '=']}}
    """
    return {name: to_json(x) for name, x in told.items()} | {"shown": {name: shown(x) for name, x in told.items()}}


def spoken(x: float) -> str:
    """Return `x` in words that a screen reader says well.

    >>> spoken(-0.5), spoken(1e-7), spoken(math.inf), spoken(-0.0)
    ('minus 0.5', '1 times ten to the minus 7', 'infinity', 'zero')
    """
    if x == 0:
        return "zero"
    if math.isnan(x):
        return "not a number"
    return short(x).replace("e", " times ten to the ").replace("∞", "infinity").replace("−", "minus ")


def counted(n: int) -> str:
    """Return a whole number from 0 on, however large, as a person reads it.

    >>> counted(0), counted(1234567), counted(2**60), counted(3**50), counted(2**5000)
    ('0', '1,234,567', '2^60 ≈ 1.153e18', '7.179e23', '2^5000 ≈ 1.412e1505')
    """
    if n < 10**9:
        return f"{n:,}"
    is_power = n & (n - 1) == 0
    return f"2^{n.bit_length() - 1} ≈ {_leading(n)}" if is_power else _leading(n)


def _leading(n: int) -> str:
    shift = max(n.bit_length() - 64, 0)
    power, fraction = divmod(math.log10(n >> shift) + shift * math.log10(2), 1)
    mantissa, carry = f"{10**fraction:.{SIGNIFICANT_DIGITS - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(power) + int(carry)}"


LONGEST = 4000
"""Digits of a whole number that are written out."""


def whole_to_json(n: int) -> int | str | None:
    """Return `n`, or its digits where a double would round it, or nothing where they are too many.

    >>> whole_to_json(2**53), whole_to_json(2**60), whole_to_json(2**20_000)
    (9007199254740992, '1152921504606846976', None)
    """
    if n <= 1 << 53:
        return n
    return str(n) if n.bit_length() < LONGEST * math.log2(10) else None
