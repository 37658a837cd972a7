"""Random numbers as Python, NumPy and PyTorch draw them: turns a seed into the same numbers. Start at `Randomness`.

All three run the Mersenne Twister (MT19937, Matsumoto and Nishimura 1998) and differ in how they seed it and what they
make of its 32-bit words. A program that sets no seed gets seed 0, so that a picture stays the same when it is drawn
again. Nothing here outlives a run.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")
_WORDS = 624


def single(x: float) -> float:
    """Return the float32 nearest to `x`, as a double.

    >>> single(0.1)
    0.10000000149011612
    """
    try:
        return float(struct.unpack("f", struct.pack("f", x))[0])
    except OverflowError:
        return math.copysign(math.inf, x)


class Randomness:
    """The generators of one run; each is made when a program asks it for something, for seeding takes time."""

    def __init__(self) -> None:
        self.double = False
        """Whether new tensors of PyTorch are float64, after `torch.set_default_dtype(torch.float64)`."""

    @cached_property
    def python(self) -> random.Random:
        """CPython's `random`."""
        return random.Random(0)  # noqa: S311 - these numbers keep no secret

    @cached_property
    def numpy(self) -> NumPy:
        """`numpy.random`."""
        return NumPy(0)

    @cached_property
    def torch(self) -> Torch:
        """`torch`, on a CPU."""
        return Torch(0)

    def rounded(self, x: float) -> float:
        """Return `x` as a new tensor of PyTorch would hold it."""
        return x if self.double else single(x)


class _Twister:
    """Words of 32 bits from a seed of one word."""

    def __init__(self, seed: int) -> None:
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin anew (Knuth's recurrence, as in the reference implementation's `init_genrand`)."""
        state = [seed & 0xFFFFFFFF]
        for k in range(1, _WORDS):
            state.append((1812433253 * (state[-1] ^ (state[-1] >> 30)) + k) & 0xFFFFFFFF)
        self._source = random.Random()  # noqa: S311
        self._source.setstate((3, (*state, _WORDS), None))
        self._spare: float | None = None

    def word(self) -> int:
        """Return the next 32 bits."""
        return self._source.getrandbits(32)


class NumPy(_Twister):
    """`numpy.random.seed` and what comes after it (the legacy generator)."""

    def uniform(self) -> float:
        """Return a double in [0, 1): 53 bits out of two words."""
        return ((self.word() >> 5) * 67108864.0 + (self.word() >> 6)) / 9007199254740992.0

    def normal(self) -> float:
        """Return a standard normal number (Marsaglia's polar method; every second one was drawn before)."""
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        while True:
            x, y = 2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0
            square = x * x + y * y
            if 0.0 < square < 1.0:
                break
        scale = math.sqrt(-2.0 * math.log(square) / square)
        self._spare = scale * x
        return scale * y

    def below(self, count: int) -> int:
        """Return a whole number in [0, count): words are masked, and drawn again while they are too large."""
        most = count - 1
        if most == 0:
            return 0
        mask = (1 << most.bit_length()) - 1
        while True:
            drawn = self.word() & mask
            if drawn <= most:
                return drawn

    def shuffle(self, places: list[T]) -> None:
        """Put a list into a random order, in place."""
        for k in range(len(places) - 1, 0, -1):
            other = self.below(k + 1)
            places[k], places[other] = places[other], places[k]


class Torch(_Twister):
    """`torch.manual_seed` and what comes after it, on a CPU. `double` chooses the numbers of float64 tensors; those of
    PyTorch's own default, float32, differ."""

    def long(self) -> int:
        """Return the next 64 bits."""
        first = self.word()
        return first << 32 | self.word()

    def uniform(self, low: float = 0.0, high: float = 1.0, *, double: bool = False) -> float:
        """Return a number in [low, high), 24 bits of one word for float32, 53 bits of two for float64."""
        if double:
            return (self.long() & ((1 << 53) - 1)) * 2.0**-53 * (high - low) + low
        low, high = single(low), single(high)
        return single((self.word() & ((1 << 24) - 1)) * 2.0**-24 * single(high - low) + low)

    def normals(self, count: int, *, double: bool = False) -> list[float]:
        """Return standard normal numbers (Box and Muller). PyTorch draws 16 and more of them in blocks."""
        if count < 16:
            rounded: Callable[[float], float] = float if double else single
            return [rounded(self._normal()) for _ in range(count)]
        numbers = [self.uniform(double=double) for _ in range(count)]
        for start in range(0, count - 15, 16):
            numbers[start : start + 16] = _block(numbers[start : start + 16], double)
        if count % 16:
            numbers[-16:] = _block([self.uniform(double=double) for _ in range(16)], double)
        return numbers

    def _normal(self) -> float:
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        angle, length = 2.0 * math.pi * self.uniform(double=True), self.uniform(double=True)
        radius = math.sqrt(-2.0 * math.log1p(-length))
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def below(self, count: int) -> int:
        """Return a whole number in [0, count)."""
        return (self.long() if count >= 1 << 32 else self.word()) % count

    def permutation(self, count: int) -> list[int]:
        """Return the numbers from 0 to count - 1 in a random order."""
        places = list(range(count))
        for k in range(count - 1):
            other = k + self.word() % (count - k)
            places[k], places[other] = places[other], places[k]
        return places


def _block(numbers: Sequence[float], double: bool) -> list[float]:
    rounded: Callable[[float], float] = float if double else single
    pairs = []
    for k in range(8):
        radius = rounded(math.sqrt(rounded(-2 * rounded(math.log(rounded(1 - numbers[k]))))))
        angle = rounded(2 * math.pi * numbers[k + 8])
        pairs.append((rounded(radius * rounded(math.cos(angle))), rounded(radius * rounded(math.sin(angle)))))
    return [x for x, _ in pairs] + [y for _, y in pairs]
