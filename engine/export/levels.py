"""Levels: turns a graph into places without Graphviz: ranks by longest path, order by the middle of the neighbours,
straight edges. Plain, but never late: its time grows with the size of the graph. Start at `in_ranks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from engine.export.layout import Layout, Point
from engine.export.picture import OPERATOR, Picture

Names = dict[str, list[str]]

RANK_GAP = 46.0  # points between the boxes of two ranks: wide, since edges lean
GAP = 16.0  # points between two boxes of a rank
APART = 7.0  # points between edges that join the same two boxes
SWEEPS = 2


def in_ranks(picture: Picture) -> Layout:
    """Return places for `picture`, under the names that Graphviz would use."""
    at = picture.places()
    nodes = {f"n{at[name]}": size for name, size in picture.sizes().items()}
    head = {name: f"n{place}" for name, place in at.items()} | picture.operators
    operators = list(picture.operators.values())
    nodes |= dict.fromkeys(operators, (OPERATOR, OPERATOR))
    edges = [(name, f"n{name[1:]}") for name in operators]
    edges += [(f"n{at[tail]}", head[to]) for tail, to in picture.edges()]
    return levels(nodes, edges, picture.direction)


def levels(
    nodes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str]], direction: Literal["LR", "TB"]
) -> Layout:
    """Return places for `nodes`, of name and (width, height), and `edges`, of (tail, head), in points.

    Everything leads towards the right (LR) or down (TB). Edges may cross boxes that lie between.
    """
    if direction == "TB":
        return _across(nodes, edges)
    turned = _across({name: (height, width) for name, (width, height) in nodes.items()}, edges)
    return Layout(
        turned.height,
        turned.width,
        {name: (y, x) for name, (x, y) in turned.nodes.items()},
        {pair: [tuple((y, x) for x, y in line) for line in lines] for pair, lines in turned.edges.items()},
        framed=False,
    )


def _across(nodes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str]]) -> Layout:
    """Return the layout in which each rank is a row, the first one above."""
    above: Names = {name: [] for name in nodes}
    below: Names = {name: [] for name in nodes}
    for tail, head in edges:
        above[head].append(tail)
        below[tail].append(head)
    rows = _rows(_ranks(above, below))
    _sort(rows, above, below)
    widths = [sum(nodes[name][0] for name in row) + GAP * (len(row) - 1) for row in rows]
    heights = [max(nodes[name][1] for name in row) for row in rows]
    width = max(widths, default=0.0)
    centres = dict(_centres(rows, widths, heights, width, nodes))
    height = sum(heights) + RANK_GAP * max(len(rows) - 1, 0)
    return Layout(width, height, centres, _lines(edges, nodes, centres), framed=False)


def _ranks(above: Names, below: Names) -> dict[str, int]:
    """Return each node's rank: after all it is made of; what is made of nothing stands right before its first use.

    Folded groups may lead in a circle: the edges that close one lead back.
    """
    sources = [name for name, tails in above.items() if not tails]
    ranks, missing, done = dict.fromkeys(above, 0), {name: len(above[name]) for name in above}, set[str]()
    for first in (*sources, *above):
        ready = [] if first in done else [first]
        done.update(ready)
        for name in ready:
            for head in below[name]:
                missing[head] -= 1
                if head not in done:
                    ranks[head] = max(ranks[head], ranks[name] + 1)
                    if not missing[head]:
                        done.add(head)
                        ready.append(head)
    ranks |= {name: min(ranks[head] for head in below[name]) - 1 for name in sources if below[name]}
    return ranks


def _rows(ranks: dict[str, int]) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for name, rank in ranks.items():
        rows[rank].append(name)
    return rows


def _sort(rows: list[list[str]], above: Names, below: Names) -> None:
    """Bring each row into the order of what it hangs together with: downwards by operands, upwards by uses."""
    at = {name: k - (len(row) - 1) / 2 for row in rows for k, name in enumerate(row)}
    for _ in range(SWEEPS):
        for sweep, neighbours in ((rows, above), (rows[::-1], below)):
            for row in sweep:
                middles = {n: _middle(at[n], [at[other] for other in neighbours[n]]) for n in row}
                row.sort(key=middles.__getitem__)
                at |= {name: k - (len(row) - 1) / 2 for k, name in enumerate(row)}


def _middle(own: float, others: list[float]) -> float:
    return sum(others) / len(others) if others else own


def _centres(
    rows: list[list[str]],
    widths: list[float],
    heights: list[float],
    width: float,
    nodes: Mapping[str, tuple[float, float]],
) -> Iterator[tuple[str, Point]]:
    y = 0.0
    for row, row_width, height in zip(rows, widths, heights, strict=True):
        x = (width - row_width) / 2
        for name in row:
            yield name, (x + nodes[name][0] / 2, y + height / 2)
            x += nodes[name][0] + GAP
        y += height + RANK_GAP


def _lines(
    edges: Sequence[tuple[str, str]], nodes: Mapping[str, tuple[float, float]], centres: Mapping[str, Point]
) -> dict[tuple[str, str], list[tuple[Point, ...]]]:
    counts: dict[tuple[str, str], int] = {}
    for pair in edges:
        counts[pair] = counts.get(pair, 0) + 1
    return {pair: list(_between(*pair, count, nodes, centres)) for pair, count in counts.items()}


def _between(
    tail: str, head: str, count: int, nodes: Mapping[str, tuple[float, float]], centres: Mapping[str, Point]
) -> Iterator[tuple[Point, ...]]:
    """Yield straight edges, as Bezier curves, from the lower side of `tail` to the upper side of `head`."""
    apart = min(APART, nodes[tail][0] / (count + 1), nodes[head][0] / (count + 1))
    (x0, y0), (x1, y1) = centres[tail], centres[head]
    y0, y1 = y0 + nodes[tail][1] / 2, y1 - nodes[head][1] / 2
    for k in range(count):
        aside = apart * (k - (count - 1) / 2)
        yield tuple((x0 + (x1 - x0) * t + aside, y0 + (y1 - y0) * t) for t in (0.0, 1 / 3, 2 / 3, 1.0))
