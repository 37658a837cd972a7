"""The plan of a picture: turns the graph of a pass into boxes and arcs, and those into DOT for the layout.

Only what decides geometry goes in: structure, labels, options; never a number of the run. The DOT holds ids, sizes and
edges and not one character that a user typed. Start at `plan`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.explain import Explainer
from engine.export.document import node_id
from engine.ops import Op
from engine.tape import Role, Tape

Direction = Literal["LR", "TB"]
Style = Literal["compact", "micrograd"]

LABEL_SIZE, NUMBER_SIZE = 13.0, 12.0  # points
ADVANCE = 0.602  # em of one character of a monospaced font
NUMBER_CELL = 11  # characters: the longest number is −1.234e−308
LONGEST_LABEL = 24
PAD = 9.0
HEADER, ROW = 24.0, 17.0
OPERATOR = 34.0  # points: the operator's own ellipse in style micrograd


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
class Picture:
    """All that decides the geometry of a picture."""

    boxes: tuple[Box, ...]
    arcs: tuple[Arc, ...]
    direction: Direction
    style: Style

    def places(self) -> dict[int, int]:
        """Return what the layout calls each node: its place among the boxes, leaves first. A loop makes the same graph
        of other nodes in each of its turns, and all of these have one layout."""
        leaves_first = sorted(self.boxes, key=lambda box: box.kind == "operation")
        return {box.node: place for place, box in enumerate(leaves_first)}

    def dot(self, simple: bool = False) -> str:
        """Return DOT text for Graphviz; `simple` asks for less careful, much faster work."""
        hard = "nslimit=1 nslimit1=1 mclimit=0.1 splines=false" if simple else "splines=true"
        gaps = "nodesep=0.22 ranksep=0.42" if self.direction == "LR" else "nodesep=0.25 ranksep=0.34"
        lines = [f"digraph g {{ rankdir={self.direction} {gaps} {hard} ordering=out"]
        lines += ['node [shape=box fixedsize=true label=""] edge [dir=none label=""]']
        at = self.places()
        boxes = sorted(self.boxes, key=lambda box: at[box.node])
        lines += [f"n{at[b.node]} [width={b.width / 72:.4f} height={b.height / 72:.4f}]" for b in boxes]
        if self.style == "micrograd":
            results = [at[b.node] for b in boxes if b.kind == "operation"]
            lines += [f"o{n} [width={OPERATOR / 72:.4f} height={OPERATOR / 72:.4f}] o{n} -> n{n}" for n in results]
        head = "o" if self.style == "micrograd" else "n"
        lines += [f"n{at[a.tail]} -> {head}{at[a.head]}" for a in self.arcs]
        return "\n".join([*lines, "}"])

    @property
    def key(self) -> str:
        """Return a name for the topology: pictures with the same key have the same layout."""
        return hashlib.sha256(self.dot().encode()).hexdigest()


def plan(
    tape: Tape,
    explainer: Explainer,
    order: Sequence[int],
    output: int,
    *,
    direction: Direction = "LR",
    style: Style = "compact",
) -> Picture:
    """Return the picture of the nodes in `order`, operands first."""
    uses = Counter(operand for node in order for operand in tape.operands[node])
    inside = {n for n in order if tape.roles[n] is Role.CONSTANT and uses[n] == 1 and style == "compact"}
    boxes = [_box(tape, explainer, node, inside, output, style) for node in order if node not in inside]
    arcs = [
        Arc(operand, node, slot)
        for node in order
        for slot, operand in enumerate(tape.operands[node])
        if operand not in inside
    ]
    return Picture(tuple(boxes), tuple(arcs), direction, style)


def _box(tape: Tape, explainer: Explainer, node: int, inside: set[int], output: int, style: Style) -> Box:
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
