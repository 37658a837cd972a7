"""The plan of a picture: turns what is on screen of a pass into boxes and arcs, and those into DOT for the layout.

Only what decides geometry goes in: structure, labels, options; never a number of the run. The DOT holds ids, sizes and
edges and not one character that a user typed. Start at `plan`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from engine.explain import Explainer
from engine.export.fold import Group, Member, Outline, View
from engine.export.frame import node_id
from engine.ops import Op
from engine.tape import Role, Tape

Direction = Literal["LR", "TB"]
Style = Literal["compact", "micrograd"]
Constants = Literal["inline", "nodes"]

LABEL_SIZE, NUMBER_SIZE = 13.0, 12.0  # points
ADVANCE = 0.602  # em of one character of a monospaced font
NUMBER_CELL = 11  # characters: the longest number is −1.234e−308
LONGEST_LABEL = 24
PAD = 9.0
HEADER, ROW = 24.0, 17.0
OPERATOR = 34.0  # points: the operator's own ellipse in style micrograd
FRAME = 17.0  # points between a frame and what is in it; its name stands there
LARGEST = "max |grad|"  # what the second number of a folded group is called


@dataclass(frozen=True, slots=True)
class Inline:
    """A constant drawn in the header of its only consumer."""

    node: int
    text: str
    before: bool
    """Left of the operator: the 2 of `2 × x`."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its reserved size, in points."""

    node: int
    kind: str
    """The value of its role."""
    label: str
    symbol: str
    inline: tuple[Inline, ...]
    output: bool
    trainable: bool
    defaulted: bool
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arc:
    """An edge, from an operand into `slot` of `head`."""

    tail: int
    head: int
    slot: int

    @property
    def id(self) -> str:
        return f"{node_id(self.head)}.{self.slot}"


@dataclass(frozen=True, slots=True)
class Pile:
    """A folded group with its reserved size, in points."""

    key: str
    label: str
    title: str
    count: int
    """Nodes in it."""
    first: int
    """Its first node."""
    of_leaves: bool
    width: float
    height: float
    group: Group = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bundle:
    """All edges between two boxes one of which is a folded group: `tail` and `head` are keys, or ids of nodes."""

    tail: str
    head: str
    count: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """An open group: a frame around boxes."""

    key: str
    title: str
    parent: str | None
    members: tuple[str, ...]
    """The boxes that stand directly in it: ids of nodes, keys of folded groups."""


@dataclass(frozen=True)
class Picture:
    """All that decides the geometry of a picture."""

    boxes: tuple[Box, ...]
    arcs: tuple[Arc, ...]
    direction: Direction
    style: Style
    piles: tuple[Pile, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    clusters: tuple[Cluster, ...] = ()

    @property
    def size(self) -> int:
        """The number of boxes, folded groups included."""
        return len(self.boxes) + len(self.piles)

    def places(self) -> dict[str, int]:
        """Return what the layout calls each box: its place among them, leaves first. A loop makes the same graph of
        other nodes in each of its turns, and all of these have one layout."""
        return self._places

    @cached_property
    def _places(self) -> dict[str, int]:
        boxes = [(box.kind == "operation", box.node, node_id(box.node)) for box in self.boxes]
        piles = [(not pile.of_leaves, pile.first, pile.key) for pile in self.piles]
        return {name: place for place, (_, _, name) in enumerate(sorted(boxes + piles))}

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Return width and height of each box, in points."""
        return self._sizes

    @cached_property
    def _sizes(self) -> dict[str, tuple[float, float]]:
        return {node_id(b.node): (b.width, b.height) for b in self.boxes} | {
            p.key: (p.width, p.height) for p in self.piles
        }

    @cached_property
    def operators(self) -> dict[str, str]:
        """What the layout calls the operator that is drawn before a box, for boxes that have one."""
        if self.style != "micrograd":
            return {}
        results = {node_id(box.node) for box in self.boxes if box.kind == "operation"}
        return {name: f"o{place}" for name, place in self.places().items() if name in results}

    def edges(self) -> Iterator[tuple[str, str]]:
        """Yield (tail, head) of all arcs and bundles."""
        for arc in self.arcs:
            yield node_id(arc.tail), node_id(arc.head)
        for bundle in self.bundles:
            yield bundle.tail, bundle.head

    def dot(self, simple: bool = False) -> str:
        """Return DOT text for Graphviz; `simple` asks for less careful, much faster work."""
        return self._written(simple) if simple else self._careful

    @cached_property
    def _careful(self) -> str:
        return self._written(False)

    def _written(self, simple: bool) -> str:
        hard = "nslimit=1 nslimit1=1 mclimit=0.1 splines=false" if simple else "splines=true"
        gaps = "nodesep=0.22 ranksep=0.42" if self.direction == "LR" else "nodesep=0.25 ranksep=0.34"
        lines = [f"digraph g {{ rankdir={self.direction} {gaps} {hard} ordering=out"]
        lines += ['node [shape=box fixedsize=true label=""] edge [dir=none label=""]']
        at, sizes = self.places(), self.sizes()
        names = list(reversed(at)) if self.clusters else list(at)  # inside frames dot turns the order around
        lines += [f"n{at[m]} [width={sizes[m][0] / 72:.4f} height={sizes[m][1] / 72:.4f}]" for m in names]
        lines += [_PAIR.format(at[m]) for m in names if m in self.operators]
        lines += self._subgraphs(at)
        lines += [f"n{at[tail]} -> {self.operators.get(head) or f'n{at[head]}'}" for tail, head in self.edges()]
        return "\n".join([*lines, "}"])

    def _subgraphs(self, at: dict[str, int]) -> Iterator[str]:
        """Yield the frames: clusters, inner ones within outer ones, the last one first as with nodes."""
        inner: dict[str | None, list[tuple[int, Cluster]]] = {}
        for k, cluster in enumerate(self.clusters):
            inner.setdefault(cluster.parent, []).append((k, cluster))
        stack: list[tuple[int, Cluster] | None] = [*inner.get(None, [])]
        while stack:
            top = stack.pop()
            if top is None:
                yield "}"
                continue
            k, cluster = top
            names = [f"{kind}{at[m]}" for m in cluster.members for kind in ("on" if m in self.operators else "n")]
            yield f"subgraph cluster_{k} {{ margin={FRAME:g} {' '.join(names)}"
            stack += [None, *inner.get(cluster.key, [])]

    @cached_property
    def key(self) -> str:
        """Return a name for the topology: pictures with the same key have the same layout."""
        return hashlib.sha256(self.dot().encode()).hexdigest()


_PAIR = f"o{{0}} [width={OPERATOR / 72:.4f} height={OPERATOR / 72:.4f}] o{{0}} -> n{{0}}"


def inlined(tape: Tape, order: Sequence[int]) -> frozenset[int]:
    """Return the constants that can be drawn inside their only consumer."""
    roles, operands = tape.roles, tape.operands
    uses = Counter([operand for node in order for operand in operands[node]])
    return frozenset([n for n in order if roles[n] is Role.CONSTANT and uses[n] == 1])


def plan(
    outline: Outline, view: View, output: int, *, direction: Direction = "LR", style: Style = "compact"
) -> Picture:
    """Return the picture of `view`."""
    tape, explainer = outline.tape, outline.explainer
    nodes = [box for box in view.boxes if not isinstance(box, Group)]
    boxes = [_box(tape, explainer, node, outline.inside, output, style) for node in nodes]
    arcs, bundles = _edges(outline, view)
    piles = tuple(map(_pile, view.folded))
    return Picture(tuple(boxes), arcs, direction, style, piles, bundles, _clusters(view))


def _edges(outline: Outline, view: View) -> tuple[tuple[Arc, ...], tuple[Bundle, ...]]:
    hidden, inside, operands = view.hidden, outline.inside, outline.tape.operands
    if not hidden:
        nodes = outline.order
        return tuple([Arc(o, n, k) for n in nodes for k, o in enumerate(operands[n]) if o not in inside]), ()
    arcs: list[Arc] = []
    bundles: Counter[tuple[Member, Member]] = Counter()
    for node in outline.order:
        head = hidden.get(node)
        for slot, operand in enumerate(operands[node]):
            tail = hidden.get(operand)
            if operand in inside or (tail is head and tail is not None):
                continue
            if tail is None and head is None:
                arcs.append(Arc(operand, node, slot))
            else:
                bundles[tail or operand, head or node] += 1
    ends = [Bundle(member_id(tail), member_id(head), count) for (tail, head), count in bundles.items()]
    return tuple(arcs), tuple(ends)


def member_id(member: Member) -> str:
    """Return what a box is called: the id of a node, the key of a folded group."""
    return member.key if isinstance(member, Group) else node_id(member)


def _clusters(view: View) -> tuple[Cluster, ...]:
    members: dict[Group, list[str]] = {group: [] for group in view.opened}
    for box in view.boxes:
        if box in view.around:
            members[view.around[box]].append(member_id(box))
    return tuple(
        Cluster(g.key, g.title, view.around[g].key if g in view.around else None, tuple(members[g]))
        for g in view.opened
    )


def _pile(group: Group) -> Pile:
    label = (shortened if group.of_leaves else clipped)(group.title, LONGEST_LABEL)
    row = text_width("0" * (len(LARGEST) + 1 + NUMBER_CELL), NUMBER_SIZE)
    width = max(row, text_width(label, LABEL_SIZE) + 30) + 2 * PAD
    return Pile(
        group.key, label, group.title, group.size, group.first(), group.of_leaves, width, HEADER + 2 * ROW + 5, group
    )


def _box(tape: Tape, explainer: Explainer, node: int, inside: Collection[int], output: int, style: Style) -> Box:
    op, operands = tape.ops[node], tape.operands[node]
    inline = tuple(
        Inline(operand, clipped(explainer.names[operand], 12), _stands_before(op, slot))
        for slot, operand in enumerate(operands)
        if operand in inside and op is not None
    )
    label = shortened(explainer.label(node), LONGEST_LABEL)
    symbol = op.symbol if op else ""
    room = shortened(explainer.widest(node), LONGEST_LABEL)
    width, height = _size(tape.roles[node], room, symbol, inline, style)
    trainable, defaulted = tape.needs_grad[node], tape.defaulted[node]
    return Box(node, tape.roles[node].value, label, symbol, inline, node == output, trainable, defaulted, width, height)


def _stands_before(op: Op | None, slot: int) -> bool:
    return slot == 0 and op is not None and op.arity == 2 and not op.symbol.isalpha()


def _size(role: Role, label: str, symbol: str, inline: tuple[Inline, ...], style: Style) -> tuple[float, float]:
    if role is Role.CONSTANT and style == "compact":
        return max(text_width(label, NUMBER_SIZE) + 2 * PAD, 34.0), HEADER
    number = text_width("0" * (5 + NUMBER_CELL), NUMBER_SIZE)
    if style == "micrograd":
        return text_width(label, LABEL_SIZE) + 2 * number + 6 * PAD, HEADER + 4
    head = text_width(label, LABEL_SIZE) + text_width(symbol, NUMBER_SIZE) + 30  # 30: the gap and the sign
    head += sum(text_width(c.text, NUMBER_SIZE) + 6 for c in inline)
    return max(number, head) + 2 * PAD, HEADER + 2 * ROW + 5


def text_width(text: str, size: float) -> float:
    """Return the width of `text` in points, in a monospaced font of `size` points.

    >>> text_width("ab", 10.0) == 2 * 10 * ADVANCE, text_width("日", 10.0) == 2 * 10 * ADVANCE
    (True, True)
    """
    if text.isascii() and text.isprintable():
        return size * ADVANCE * len(text)
    return size * ADVANCE * sum(columns(character) for character in text)


def columns(character: str) -> int:
    """Return how many cells of a monospaced font a character takes: 0, 1 or 2."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(label: str, cells: int) -> str:
    """Return a label, cut to `cells` cells; of a way to a number, the end says more than the beginning.

    >>> shortened("net.layers[0].weight[3,2]", 12), shortened("a_rather_long_name", 12)
    ('…weight[3,2]', 'a_rather_lo…')
    """
    if len(label) > cells and label.isascii() and label[0].isalpha() and ("." in label or "[" in label):
        return "…" + label[1 - cells :]
    return clipped(label, cells)


def clipped(text: str, cells: int) -> str:
    """Return `text`, cut to `cells` cells with `…`.

    >>> clipped("abcdef", 4), clipped("abcd", 4)
    ('abc…', 'abcd')
    """
    if len(text) <= cells and text.isascii():
        return text
    if len(text) <= 4 * cells and sum(map(columns, text)) <= cells:  # no letter needs more marks than that
        return text
    kept, used = "", 0
    for character in text[: 4 * cells]:
        used += columns(character)
        if used > cells - 1:
            break
        kept += character
    return kept + "…"
