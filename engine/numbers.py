"""How a number is shown, everywhere: turns a double into the text for a picture, a sentence or JSON. Start at `short`.

Nothing else in the project, the browser included, formats a number.
"""

import math
from functools import lru_cache

SIGNIFICANT_DIGITS = 4
UNKNOWN = "–"  # a gradient (or a value) that has not arrived yet: not known is not zero


def short(x: float) -> str:
    """Return `x` with four significant digits, for pictures and formulas.

    Decimal for 0.001 <= |x| < 100,000 (decided on the rounded number), scientific otherwise; trailing zeros are
    dropped and the minus sign is U+2212.

    >>> [short(x) for x in (0.30000000000000004, 2.0, -3.0, 1234.5678, 123456.0, 99999.6, 1e-7, -0.0)]
    ['0.3', '2', '−3', '1235', '1.235e5', '1e5', '1e−7', '−0']
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
        return "−0" if math.copysign(1.0, x) < 0 else "0"
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


def exact(x: float) -> str:
    """Return the shortest text that reads back as the same double, in Python's spelling.

    >>> exact(0.1 + 0.2), exact(1e-7), exact(-0.0), exact(math.inf)
    ('0.30000000000000004', '1e-07', '-0.0', 'inf')
    """
    return repr(float(x))


def relation(x: float) -> str:
    """Return `=` if the short form says all of `x`, else `≈`.

    >>> relation(2.0), relation(1 / 3), relation(1e-7), relation(math.nan), relation(99999.6)
    ('=', '≈', '=', '=', '≈')
    """
    if not math.isfinite(x):
        return "="
    return "=" if float(f"{x:.{SIGNIFICANT_DIGITS - 1}e}") == x else "≈"


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


def spoken(x: float) -> str:
    """Return `x` in words that a screen reader says well.

    >>> spoken(-0.5), spoken(1e-7), spoken(math.inf), spoken(-0.0)
    ('minus 0.5', '1 times ten to the minus 7', 'infinity', 'minus zero')
    """
    if x == 0:
        return "minus zero" if math.copysign(1.0, x) < 0 else "zero"
    if math.isnan(x):
        return "not a number"
    return short(x).replace("e", " times ten to the ").replace("∞", "infinity").replace("−", "minus ")
