"""Shapes: turns shapes into the places of cells, row by row. Pure arithmetic; start at `broadcast`.

A tensor is a row of cells and a shape. What an operation does to shapes is said here once, as lists of places: the
cells of the result are these cells of the operands. Errors are `ValueError` with a sentence for the person who typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from itertools import product
from typing import TypeVar

Shape = tuple[int, ...]
Places = tuple[int, ...]
T = TypeVar("T")
_SMALL = 1024  # cells: what is worked out for larger shapes is not remembered


def _remembered(work: Callable[[Shape, Shape], T]) -> Callable[[Shape, Shape], T]:
    known = lru_cache(maxsize=256)(work)

    @wraps(work)
    def remembered(shape: Shape, other: Shape) -> T:
        return (known if max(size(shape), size(other)) <= _SMALL else work)(shape, other)

    return remembered


def size(shape: Shape) -> int:
    """Return how many cells a shape has."""
    return math.prod(shape)


def strides(shape: Shape) -> Shape:
    """Return how far apart neighbours along each dimension stand.

    >>> strides((2, 3))
    (3, 1)
    """
    steps, step = [], 1
    for length in reversed(shape):
        steps.append(step)
        step *= length
    return tuple(reversed(steps))


def joined_shape(*shapes: Shape) -> Shape:
    """Return the shape of an elementwise operation: dimensions of 1 are stretched, missing ones are added in front.

    >>> joined_shape((2, 1), (3,))
    (2, 3)
    """
    dimensions = max((len(shape) for shape in shapes), default=0)
    padded = [(1,) * (dimensions - len(shape)) + shape for shape in shapes]
    result = []
    for k, lengths in enumerate(zip(*padded, strict=True)):
        wanted = set(lengths) - {1}
        if len(wanted) > 1:
            shown = " and ".join(str(list(shape)) for shape in shapes)
            raise ValueError(f"the shapes {shown} do not fit: dimension {k} differs and is not 1")
        result.append(wanted.pop() if wanted else 1)
    return tuple(result)


@_remembered
def stretched(shape: Shape, target: Shape) -> Places:
    """Return which cell of `shape` stands at each place of `target`, to which it is broadcast.

    >>> stretched((2, 1), (2, 3)), stretched((), (2,))
    ((0, 0, 0, 1, 1, 1), (0, 0))
    """
    padded = (1,) * (len(target) - len(shape)) + shape
    steps = [0 if length == 1 else step for length, step in zip(padded, strides(padded), strict=True)]
    return _walk(target, steps)


def _walk(shape: Shape, steps: Sequence[int]) -> Places:
    places = [0]
    for length, step in zip(shape, steps, strict=True):
        places = [place + k * step for place in places for k in range(length)]
    return tuple(places)


def transposed(shape: Shape, first: int, second: int) -> tuple[Places, Shape]:
    """Return the places and the shape after two dimensions change places."""
    order = list(range(len(shape)))
    order[first], order[second] = order[second], order[first]
    return permuted(shape, tuple(order))


@_remembered
def permuted(shape: Shape, order: Shape) -> tuple[Places, Shape]:
    """Return the places and the shape after the dimensions are put into `order`.

    >>> permuted((2, 3), (1, 0))
    ((0, 3, 1, 4, 2, 5), (3, 2))
    """
    steps, target = strides(shape), tuple(shape[k] for k in order)
    return _walk(target, [steps[k] for k in order]), target


def dimension(k: int, count: int) -> int:
    """Return a dimension counted from the front; raise if there is none.

    >>> dimension(-1, 2)
    1
    """
    if not -max(count, 1) <= k < max(count, 1):
        raise ValueError(f"there is no dimension {k}: the tensor has {count}")
    return k % max(count, 1)


@_remembered
def groups(shape: Shape, dims: Shape) -> tuple[tuple[Places, ...], Shape]:
    """Return, for each place of the result, which cells are reduced into it over `dims`, and the result's shape.

    >>> groups((2, 3), (0,))
    (((0, 3), (1, 4), (2, 5)), (3,))
    """
    kept = [k for k in range(len(shape)) if k not in dims]
    steps = strides(shape)
    inner = _walk(tuple(shape[k] for k in dims), [steps[k] for k in dims])
    outer = _walk(tuple(shape[k] for k in kept), [steps[k] for k in kept])
    return tuple(tuple(place + k for k in inner) for place in outer), tuple(shape[k] for k in kept)


def kept_shape(shape: Shape, dims: Shape) -> Shape:
    """Return the shape after a reduction over `dims` that keeps them, with length 1."""
    return tuple(1 if k in dims else length for k, length in enumerate(shape))


def reshaped(shape: Shape, wanted: Sequence[int]) -> Shape:
    """Return `wanted` with a -1 in it worked out.

    >>> reshaped((2, 6), (-1, 4))
    (3, 4)
    """
    count, known = size(shape), math.prod(k for k in wanted if k != -1)
    if wanted.count(-1) > 1 or any(k < -1 for k in wanted):
        raise ValueError("one dimension alone may be -1")
    result = tuple(count // known if k == -1 and known else k for k in wanted)
    if size(result) != count:
        raise ValueError(f"{count} numbers do not fit into the shape {list(wanted)}")
    return result


Pick = int | slice | None | tuple[Places, Shape]
"""One part of an index: a place, a slice, a new dimension of 1, or places with the shape in which they stand."""


def indexed(shape: Shape, picks: Sequence[Pick]) -> tuple[Places, Shape]:
    """Return which cells `x[picks]` holds, and their shape.

    >>> indexed((2, 3), (1,)), indexed((2, 3), (slice(None), 0)), indexed((3,), (None, slice(None, 2)))
    (((3, 4, 5), (3,)), ((0, 3), (2,)), ((0, 1), (1, 2)))
    """
    used = sum(pick is not None for pick in picks)
    if used > len(shape):
        raise ValueError(f"{used} indices are too many: the tensor has {len(shape)} dimensions")
    advanced = [pick[1] for pick in picks if isinstance(pick, tuple)]
    together = joined_shape(*advanced) if advanced else ()
    steps, k = strides(shape), 0
    parts: list[tuple[Shape, list[int]]] = []  # lengths of new dimensions, and what each of their places adds
    gathered: list[int] | None = None
    for pick in picks:
        if pick is None:
            parts.append(((1,), [0]))
            continue
        length, step = shape[k], steps[k]
        k += 1
        if isinstance(pick, int):
            parts.append(((), [_place(pick, length) * step]))
        elif isinstance(pick, slice):
            chosen = range(*pick.indices(length))
            parts.append(((len(chosen),), [place * step for place in chosen]))
        else:
            own = [_place(place, length) * step for place in pick[0]]
            spread = [own[place] for place in stretched(pick[1], together)]
            if gathered is None:
                gathered = spread
                parts.append((together, gathered))
            else:
                for place, more in enumerate(spread):
                    gathered[place] += more
    parts += [((shape[j],), [place * steps[j] for place in range(shape[j])]) for j in range(k, len(shape))]
    places = tuple(sum(combination) for combination in product(*(offsets for _, offsets in parts)))
    return places, tuple(length for lengths, _ in parts for length in lengths)


def _place(k: int, length: int) -> int:
    if not -length <= k < length:
        raise IndexError(f"there is no place {k}: there are {length}, from 0 to {length - 1}")
    return k % length


def product_shape(left: Shape, right: Shape) -> Shape:
    """Return the shape of `left @ right` for up to two dimensions each.

    >>> product_shape((2, 3), (3, 4)), product_shape((3,), (3,)), product_shape((2, 3), (3,))
    ((2, 4), (), (2,))
    """
    if not left or not right:
        raise ValueError("@ needs a vector or a matrix on both sides")
    if len(left) > 2 or len(right) > 2:
        raise ValueError("@ is offered for vectors and matrices")
    if left[-1] != right[0]:
        raise ValueError(
            f"@ cannot multiply {list(left)} by {list(right)}: the inner sizes {left[-1]} and {right[0]} differ"
        )
    return left[:-1] + right[1:]


@_remembered
def products(left: Shape, right: Shape) -> tuple[tuple[Places, Places], ...]:
    """Return, for each cell of `left @ right`, the row and the column that make it.

    >>> products((2, 2), (2,))
    (((0, 1), (0, 1)), ((2, 3), (0, 1)))
    """
    inner = left[-1]
    rows = [tuple(range(k * inner, (k + 1) * inner)) for k in range(left[0] if len(left) == 2 else 1)]
    width = right[1] if len(right) == 2 else 1
    columns = [tuple(range(k, inner * width, width)) for k in range(width)]
    return tuple((row, column) for row in rows for column in columns)


def subscripts(shape: Shape) -> list[str]:
    """Return what stands behind a name to mean each cell.

    >>> subscripts((2, 2)), subscripts(())
    (['[0,0]', '[0,1]', '[1,0]', '[1,1]'], [''])
    """
    return [f"[{','.join(map(str, place))}]" if shape else "" for place in product(*map(range, shape))]
