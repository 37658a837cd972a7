"""Paths: turns a gradient into the sum that the chain rule means, one product of local partials for each path.

A path leads from the output to a node along edges; `x*x` has two of length 1. There can be 2^60 of them, so they are
counted, and their products added up, node by node; only the largest are listed. Start at `paths`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from typing import Any, NamedTuple

from engine import numbers
from engine.backward import chain
from engine.export.frame import node_id
from engine.forward_mode import Edge, edges_of, tangents
from engine.lab.subject import Subject, Unfit, subject_of
from engine.run import Run

Json = dict[str, Any]
MOST = 200
"""Paths of one answer."""
DEEPEST = 10_000
"""Paths that can be passed over and listed."""
TOLD = 10_000
"""Edges of all paths of one answer."""
LONG = 2_000
"""Edges that are told of one path."""
ROWS = 1_000
"""Nodes with their tangents, and leaves, that are told."""
WORK = 300_000
"""Edges that forward mode goes along for one answer, and turns of the search for paths."""
_MEMORY = 2_000_000_000
"""Bits of the counts that are kept at a time."""
_FACTORS = 6
_VANISHED, _EXPLODED = 1e-3, 1e3


def paths(run: Run, node: str | None = None, *, most: int = 20, skip: int = 0) -> Json:
    """Return the paths from the output of `run` to `node`, the largest products first, `most` of them after `skip`;
    the node is the leaf with the most paths if none is named. Raises `Unfit`."""
    if not 1 <= most <= MOST:
        raise Unfit("most", f"must be a whole number from 1 to {MOST}")
    if skip + most > DEEPEST:
        raise Unfit("skip", f"must be at most {DEEPEST - most:,}: the first {DEEPEST:,} paths can be listed")
    web = Web(subject_of(run))
    target = None if node is None else web.subject.node(node)
    tally = web.tally(target)
    return _Account(web, tally, tally.busiest(web.subject.leaves) if target is None else target, most, skip).build()


class Web:
    """The edges below an output that carry gradients."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.output = subject.output
        self.order = subject.order
        self.edges = edges_of(subject.tape, subject.order)

    @cached_property
    def size(self) -> int:
        """How many edges there are."""
        return sum(map(len, self.edges.values()))

    def tally(self, target: int | None) -> Tally:
        """Count the paths to `target` and to all leaves."""
        wanted = {*self.subject.leaves, *(() if target is None else (target,))}
        counts, lengths = {self.output: 1}, {self.output: 0}
        for node in reversed(self.order):
            count, length = counts.get(node, 0), lengths.get(node, 0)
            for edge in self.edges.get(node, ()):
                operand = edge.operand
                counts[operand] = counts[operand] + count if operand in counts else count
                lengths[operand] = lengths.get(operand, 0) + length + count
            if node not in wanted:
                counts.pop(node, None)
                lengths.pop(node, None)
            if len(counts) * length.bit_length() > _MEMORY:
                raise Unfit("source", "has too many paths to be counted: the counts alone would fill the memory")
        return Tally(counts, lengths)

    def label(self, node: int) -> str:
        """Return what a node is called."""
        return self.subject.label(node)

    def grad(self, node: int) -> float:
        """Return d(output)/d(node); 0 for what the output does not depend on."""
        return self.subject.grads[node] if node <= self.output else 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """By node, the number of paths from the output, and how many edges they have together."""

    counts: dict[int, int]
    lengths: dict[int, int]

    def busiest(self, leaves: Sequence[int]) -> int:
        """Return the leaf with the most paths, the first of several."""
        if not leaves:
            raise Unfit("source", "has no leaf that gets a gradient")
        return max(leaves, key=lambda leaf: self.counts.get(leaf, 0))

    def naive(self, leaves: Sequence[int]) -> int:
        """Return how many multiplications it takes along every path to every leaf: one for each edge, as in a sweep,
        from the seed 1 on."""
        return sum(self.lengths.get(leaf, 0) for leaf in leaves)


# -- the largest products ----------------------------------------------------------------------------------------------

_FRACTION = 1 << 40  # of a binary logarithm
_ZERO, _INFINITE, _CLOSED = -(1 << 100), 1 << 120, -(1 << 140)


def weight(edge: Edge) -> int:
    """Return the logarithm of the factor's magnitude in fixed point, so that a path's weight is an exact sum in any
    order, without under- or overflow. A path with inf or nan comes before all others, one with a 0 after them, one
    through a closed gate last."""
    if edge.is_closed:
        return _CLOSED
    if not math.isfinite(edge.local):
        return _INFINITE
    return round(math.log2(abs(edge.local)) * _FRACTION) if edge.local else _ZERO


class Step(NamedTuple):
    """The beginning of a path: its weight, the first edge's slot, and the rank of the rest among its node's paths."""

    weight: int
    edge: Edge
    rest: int


class Ranking:
    """The paths from each node to `target` in the order of their weights, each found when it is asked for.

    Paths of one weight come in a fixed order, those that differ near their beginning first: so that the next one needs
    few others. The k-th path of a node is an edge and the j-th path of its operand; which of these can come next is
    kept in a heap (Jiménez and Marzal, 1999).
    """

    def __init__(self, web: Web, target: int) -> None:
        self.target = target
        self._found: dict[int, list[Step]] = {}
        self._open: dict[int, list[tuple[int, int, int, Edge]]] = {}
        self._done = {target}
        self._left = WORK
        best = {target: 0}
        for node in web.order:
            edges = [edge for edge in web.edges.get(node, ()) if edge.operand in best]
            if edges and node > target:
                heap: list[tuple[int, int, int, Edge]] = []
                self._open[node] = heap
                self._found[node] = []
                for edge in edges:
                    heappush(heap, (-weight(edge) - best[edge.operand], 0, edge.slot, edge))
                best[node] = -heap[0][0]

    def path(self, node: int, rank: int) -> list[Edge] | None:
        """Return the edges of a path of `node`, the one of `rank` from 0; None if there are not so many."""
        if not self._has(node, rank):
            return None
        edges = []
        while node != self.target:
            if len(self._found[node]) <= rank:
                self._has(node, rank)
            _, edge, rest = self._found[node][rank]
            edges.append(edge)
            node, rank = edge.operand, rest
        return edges

    def _has(self, node: int, rank: int) -> bool:
        """Find paths of `node` up to the one of `rank`; return whether there are so many."""
        stack = [(node, rank)]
        while stack:
            self._spend(1)
            top, wanted = stack[-1]
            if top in self._done or len(self._found.get(top, ())) > wanted:
                stack.pop()
            elif (waiting := self._proceed(top)) is not None:
                stack.append(waiting)
        return rank == 0 if node == self.target else len(self._found.get(node, ())) > rank

    def _proceed(self, node: int) -> tuple[int, int] | None:
        """Find the next path of `node`, or return which path of an operand has to be found before."""
        found, heap = self._found.get(node, []), self._open.get(node, [])
        if found:
            last = found[-1]
            operand, rest = last.edge.operand, last.rest + 1
            if operand not in self._done and len(self._found[operand]) <= rest:
                return operand, rest
            others = self._found.get(operand, [])
            if rest < len(others):
                heappush(heap, (-weight(last.edge) - others[rest].weight, rest, last.edge.slot, last.edge))
        if heap:
            negative, rest, _, edge = heappop(heap)
            found.append(Step(-negative, edge, rest))
        else:
            self._done.add(node)
        return None

    def _spend(self, turns: int) -> None:
        self._left -= turns
        if self._left < 0:
            raise Unfit("skip", f"goes too far for paths as long as these: the search may take {WORK:,} turns")


# -- the account -------------------------------------------------------------------------------------------------------


class _Account:
    """All that is told of the paths to one node."""

    def __init__(self, web: Web, tally: Tally, target: int, most: int, skip: int) -> None:
        self.web = web
        self.target = target
        self.most = most
        self.skip = skip
        self.tally = tally
        self.count = tally.counts.get(target, 0)
        self.grad = web.grad(target)
        self.name = f"d{web.label(web.output)}/d{web.label(target)}"

    def build(self) -> Json:
        found = list(self._largest()) if self.count else []
        products = [_product(path) for path in found]
        first = self.ranking.path(self.web.output, 0) if self.count else None
        return {
            "node": node_id(self.target),
            "label": self.web.label(self.target),
            "output": node_id(self.web.output),
            "output_label": self.web.label(self.web.output),
            "grad": numbers.to_json(self.grad),
            "count": count_of(self.count),
            "skip": self.skip,
            "paths": [
                self._path(rank, path, product)
                for rank, (path, product) in enumerate(zip(found, products, strict=True), self.skip + 1)
            ],
            "listed": self._listed(products),
            "sum": self._sum(),
            "factors": self._factors(first) if first else None,
            "tangents": self._tangents(),
            "tangent_count": len(self.tangents),
            **self._forward(),
            "costs": self._costs(),
            "shown": {"grad": numbers.shown(self.grad)},
            "sentence": self._sentence(),
        }

    def _largest(self) -> Iterator[list[Edge]]:
        """Yield the paths after the first `skip`, as many as are asked for or as can be told."""
        room = TOLD
        for rank in range(self.skip, self.skip + self.most):
            path = self.ranking.path(self.web.output, rank) if room > 0 else None
            if path is None:
                return
            room -= len(path)
            yield path

    @cached_property
    def ranking(self) -> Ranking:
        """The paths, the largest first."""
        return Ranking(self.web, self.target)

    def _path(self, rank: int, path: Sequence[Edge], product: float) -> Json:
        told = path[:LONG]
        nodes = [self.web.output, *(edge.operand for edge in told)]
        return {
            "rank": rank,
            "length": len(path),
            "nodes": [node_id(node) for node in nodes],
            "labels": [self.web.label(node) for node in nodes],
            "edges": [[node_id(edge.node), edge.slot] for edge in told],
            "locals": [numbers.shown(edge.local) for edge in told],
            "product": numbers.to_json(product),
            "share": self._share(product),
            "shown": {"product": numbers.shown(product)},
            "factors": self._figures(path),
            "text": self._text(path, product),
        }

    def _share(self, part: float) -> str | None:
        """Return `part` of the gradient in percent; None where that says nothing."""
        share = 100 * part / self.grad if self.grad and math.isfinite(self.grad) else math.nan
        return f"{numbers.short(share)} %" if math.isfinite(share) else None

    def _figures(self, path: Sequence[Edge]) -> str:
        """Return the factors, those of the first edges."""
        return " · ".join(_fenced(edge.local) for edge in path[:_FACTORS]) + _more(path) if path else "1"

    def _text(self, path: Sequence[Edge], product: float) -> str:
        if not path:
            return f"{self.name} = 1"
        if len(path) == 1:
            return f"{self._partial(path[0])} {numbers.relation(product)} {numbers.short(product)}"
        partials = " · ".join(map(self._partial, path[:_FACTORS])) + _more(path)
        relation = numbers.relation(product, *(edge.local for edge in path[:_FACTORS]))
        return f"{partials} = {self._figures(path)} {relation} {numbers.short(product)}"

    def _partial(self, edge: Edge) -> str:
        return f"∂{self.web.label(edge.node)}/∂{self.web.label(edge.operand)}"

    # -- sums ---------------------------------------------------------------------------------------------------------

    @cached_property
    def tangents(self) -> dict[int, float]:
        """By node, its derivative by the target."""
        return tangents(self.web.edges, self.web.order, self.target) if self.count else {}

    def _listed(self, products: Sequence[float]) -> Json:
        """Return what the listed paths add up to, and what is left."""
        part, left = _total(products), self.count - len(products)
        rest = self.grad - part if left else 0.0
        return {
            "count": len(products),
            "sum": numbers.to_json(part),
            "share": self._share(part),
            "rest_count": count_of(left),
            "rest": numbers.to_json(rest),
            "shown": {"sum": numbers.shown(part), "rest": numbers.shown(rest)},
            "sentence": self._listed_said(len(products), part, left, rest),
        }

    def _listed_said(self, count: int, part: float, left: int, rest: float) -> str:
        if not count:
            return f"There are only {numbers.counted(self.count)} paths." if self.count else ""
        if not left:
            return f"All {count:,} are listed." if count > 1 else ""
        share = self._share(part)
        amount = numbers.short(part) + (f", {share} of the gradient" if share else "")
        first, last = self.skip + 1, self.skip + count
        which = f"Path {first:,} gives" if first == last else f"Paths {first:,} to {last:,}, by size, add up to"
        return f"{which} {amount}; the other {numbers.counted(left)} give {numbers.short(rest)}."

    def _sum(self) -> Json:
        """Return the sum over all paths: forward mode makes it from their ends, where the reverse sweep begins at the
        output."""
        total = self.tangents.get(self.web.output, 0.0)
        return {
            "value": numbers.to_json(total),
            "difference": numbers.to_json(total - self.grad),
            "shown": {"value": numbers.shown(total), "difference": numbers.shown(total - self.grad)},
            "sentence": compared("The sum over all paths", total, self.grad),
        }

    def _sentence(self) -> str:
        web = self.web
        output, target = web.label(web.output), web.label(self.target)
        if self.target == web.output:
            return f"{output} is the output: the path to itself has no edges, and its derivative by itself is 1."
        if not self.count and self.target not in web.order:
            return f"{output} does not depend on {target}: there is no path, and the gradient is 0."
        if not self.count:
            return f"No gradient flows to {target}: no path is followed."
        if self.count == 1:
            return f"One path leads from {output} to {target}: its product is {self.name} = {numbers.short(self.grad)}."
        return (
            f"{numbers.counted(self.count)} paths lead from {output} to {target}. Each gives the product of its local "
            f"derivatives; together they make {self.name} {numbers.relation(self.grad)} {numbers.short(self.grad)}."
        )

    # -- factors ------------------------------------------------------------------------------------------------------

    def _factors(self, path: Sequence[Edge]) -> Json:
        """Return the smallest and the largest factor along the largest path."""
        by_size = sorted(path, key=lambda edge: (not math.isnan(edge.local), abs(edge.local)))
        return {
            "smallest": self._factor(by_size[0]),
            "largest": self._factor(by_size[-1]),
            "sentence": self._factors_said(path, by_size[0], by_size[-1]),
        }

    def _factor(self, edge: Edge) -> Json:
        return {
            "node": node_id(edge.node),
            "operand": node_id(edge.operand),
            "slot": edge.slot,
            "label": self.web.label(edge.node),
            "local": numbers.to_json(edge.local),
            "shown": {"local": numbers.shown(edge.local)},
        }

    def _factors_said(self, path: Sequence[Edge], smallest: Edge, largest: Edge) -> str:
        broken = next((edge for edge in path if not math.isfinite(edge.local)), None)
        if broken:
            return f"The factor at {self.web.label(broken.node)} is {numbers.short(broken.local)}."
        if smallest.local == 0:
            return f"The factor at {self.web.label(smallest.node)} is 0, so that nothing passes along this path."
        if len(path) == 1:
            return f"The largest path has one factor, {numbers.short(smallest.local)}."
        low, high = numbers.short(abs(smallest.local)), numbers.short(abs(largest.local))
        between = f"have magnitude {low}" if low == high else f"have magnitudes from {low} to {high}"
        said = f"The {len(path):,} factors of the largest path {between}"
        size = abs(_product(path))
        small = sum(abs(edge.local) < 1 for edge in path)
        large = sum(abs(edge.local) > 1 for edge in path)
        if size < _VANISHED:
            product = numbers.short(size) if size else "too small for a double"
            return f"{said}; {small:,} are below 1, and the product is {product}: the gradient vanishes along it."
        if size > _EXPLODED:
            product = numbers.short(size) if math.isfinite(size) else "too large for a double"
            return f"{said}; {large:,} are above 1, and the product is {product}: the gradient explodes along it."
        return f"{said}; that of their product is {numbers.short(size)}."

    # -- forward mode -------------------------------------------------------------------------------------------------

    def _tangents(self) -> list[Json]:
        return [self._tangent(node, tangent) for node, tangent in itertools.islice(self.tangents.items(), ROWS)]

    def _tangent(self, node: int, tangent: float) -> Json:
        return {
            "node": node_id(node),
            "label": self.web.label(node),
            "tangent": numbers.to_json(tangent),
            "shown": {"tangent": numbers.shown(tangent)},
            "text": self._tangent_text(node, tangent),
        }

    def _tangent_text(self, node: int, tangent: float) -> str:
        left = f"d{self.web.label(node)}/d{self.web.label(self.target)}"
        if node == self.target:
            return f"{left} = 1, the seed"
        arriving = [edge for edge in self.web.edges[node] if edge.operand in self.tangents]
        factors = [(edge.local, self.tangents[edge.operand]) for edge in arriving]
        terms = (f"{_fenced(local)} · {_fenced(arrived)}" for local, arrived in factors)
        relation = numbers.relation(tangent, *itertools.chain(*factors))
        return f"{left} = {' + '.join(terms)} {relation} {numbers.short(tangent)}"

    def _forward(self) -> Json:
        """Return the table of forward mode: a sweep for each leaf, as many as there is time for."""
        leaves = self.web.subject.leaves
        room = min(ROWS, max(WORK // max(self.web.size, 1), 1))
        rows = [self._leaf(leaf) for leaf in leaves[:room]]
        said = "Forward mode, one sweep a leaf, agrees with the reverse sweep for all {} leaves."
        count = len(rows)
        if not all(row["agrees"] for row in rows):
            wrong = ", ".join(row["label"] for row in rows if not row["agrees"])[:200]
            said = f"Forward mode and the reverse sweep differ at {wrong}."
        elif count < len(leaves):
            said = (
                f"Forward mode agrees with the reverse sweep for the first {count:,} of {len(leaves):,} leaves; a "
                f"table has at most {ROWS:,} rows, and {WORK:,} edges may be gone along."
            )
        elif count == 1:
            said = "Forward mode agrees with the reverse sweep."
        return {"forward": rows, "forward_sentence": said.format(count)}

    def _leaf(self, leaf: int) -> Json:
        tangent = tangents(self.web.edges, self.web.order, leaf).get(self.web.output, 0.0)
        grad = self.web.grad(leaf)
        return {
            "node": node_id(leaf),
            "label": self.web.label(leaf),
            "paths": count_of(self.tally.counts.get(leaf, 0)),
            "grad": numbers.to_json(grad),
            "tangent": numbers.to_json(tangent),
            "difference": numbers.to_json(tangent - grad),
            "agrees": self._agree(leaf, tangent, grad),
            "shown": {
                "grad": numbers.shown(grad),
                "tangent": numbers.shown(tangent),
                "difference": numbers.shown(tangent - grad),
            },
        }

    def _agree(self, leaf: int, tangent: float, grad: float) -> bool:
        if same(tangent, grad) or math.isclose(tangent, grad, rel_tol=1e-12):
            return True
        sizes = {node: tuple(e._replace(local=abs(e.local)) for e in edges) for node, edges in self.web.edges.items()}
        size = tangents(sizes, self.web.order, leaf).get(self.web.output, 0.0)
        return abs(tangent - grad) <= 1e-12 * size or not math.isfinite(size)

    # -- costs --------------------------------------------------------------------------------------------------------

    def _costs(self) -> Json:
        web = self.web
        leaves = web.subject.leaves
        total, forward = sum(self.tally.counts.get(leaf, 0) for leaf in leaves), web.size * len(leaves)
        naive = self.tally.naive(leaves)
        return {
            "edges": web.size,
            "leaves": len(leaves),
            "paths": count_of(total),
            "reverse": count_of(web.size),
            "forward": count_of(forward),
            "naive": count_of(naive),
            "sentence": _costs_said(web.size, len(leaves), naive, total),
        }


def _costs_said(edges: int, leaves: int, naive: int, total: int) -> str:
    if leaves == 0 or edges == 0:
        return "There is no edge to multiply at."
    counted = numbers.counted
    reverse = f"From the seed 1 on, the reverse sweep multiplies once at {_each(edges, 'edge')}"
    if leaves == 1:
        reverse += "."
        forward = "Forward mode does as much for one leaf; reverse mode wins as soon as there are more."
    else:
        reverse += f" and has the gradients of all {leaves:,} leaves."
        forward = (
            f"Forward mode needs a sweep for each leaf: {leaves:,} × {counted(edges)} = {counted(edges * leaves)}."
        )
    along = f"Multiplying along {_each(total, 'path')}, from the same 1 on, takes {counted(naive)}"
    if naive > edges:
        return f"{reverse} {forward} {along}: paths share edges, and a sweep multiplies at a shared edge once."
    return f"{reverse} {forward} {along}, no more than the sweep: no two paths share an edge here."


def _each(count: int, what: str) -> str:
    return f"the one {what}" if count == 1 else f"each of the {numbers.counted(count)} {what}s"


def count_of(n: int) -> Json:
    """Return a number of things, exactly where that is not too long, and as text."""
    return {"exact": numbers.whole_to_json(n), "text": numbers.counted(n)}


def _more(path: Sequence[Edge]) -> str:
    left = len(path) - _FACTORS
    return f" · … ({left:,} more)" if left > 0 else ""


def _product(path: Sequence[Edge]) -> float:
    """Return the product of the factors, as the reverse sweep would make it if this were the only path."""
    product = 1.0
    for edge in path:
        product = chain(edge.op, product, edge.local)
    return product


def _total(products: Sequence[float]) -> float:
    """Return the sum, exactly rounded where that is possible."""
    try:
        return math.fsum(products)
    except (OverflowError, ValueError):
        return sum(products)


def _fenced(x: float) -> str:
    text = numbers.short(x)
    return f"({text})" if text.startswith("−") else text


def same(x: float, y: float) -> bool:
    """Return whether two numbers are equal; nan is nan."""
    return x == y or (math.isnan(x) and math.isnan(y))


def compared(what: str, total: float, grad: float) -> str:
    """Say how a sum, `what`, stands to the gradient, honestly down to the last digit."""
    if same(total, grad) and math.isfinite(total):
        return f"{what} equals the gradient to the last digit."
    if same(total, grad):
        return f"{what} is {numbers.short(total)}, as the gradient is."
    if not math.isfinite(total - grad):
        return f"{what} is {numbers.short(total)}, the gradient {numbers.short(grad)}: inf and nan depend on the order."
    return (
        f"{what} is {numbers.exact(total)}, the gradient {numbers.exact(grad)}: the same numbers are multiplied and "
        f"added in another order, and rounding makes a difference of {numbers.short(abs(total - grad))}."
    )
