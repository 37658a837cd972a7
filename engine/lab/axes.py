"""Axes: turns the numbers of a plot into its range and the marks along it, with their texts. Start at `axis`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from engine import numbers

_MARKS = 6


def axis(values: Iterable[float]) -> dict[str, Any]:
    """Return the range of the finite ones of `values`, marks on a linear scale, and on a log scale if all are > 0."""
    finite = [x for x in values if math.isfinite(x)]
    least, most = (min(finite), max(finite)) if finite else (0.0, 0.0)
    return {
        "least": least,
        "most": most,
        "ticks": [_mark(x) for x in marks(least, most)],
        "log": [_mark(x) for x in powers(least, most)] if least > 0 else [],
    }


def marks(least: float, most: float) -> list[float]:
    """Return round numbers from `least` to `most`, a few.

    >>> marks(0, 1), marks(-8, -7.2), marks(3, 3)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [-8.0, -7.8, -7.6, -7.4, -7.2], [3])
    """
    rough = most / _MARKS - least / _MARKS
    if not 0 < rough < math.inf or rough < 1e-12 * max(abs(least), abs(most)) or rough < 1e-300:
        return [least]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = math.ceil(least / step - 1e-9), math.floor(most / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]


def powers(least: float, most: float) -> list[float]:
    """Return powers of ten around `least` to `most`, both > 0, a few.

    >>> powers(0.02, 300)
    [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]
    """
    first, last = math.floor(math.log10(least)), math.ceil(math.log10(most))
    stride = max(1, math.ceil((last - first) / _MARKS))
    return [float(f"1e{k}") for k in range(first, last + 1, stride) if -323 <= k <= 308]


def _mark(x: float) -> dict[str, Any]:
    return {"at": x, "text": numbers.short(x)}
