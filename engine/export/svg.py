"""The picture: turns a plan, a layout and the numbers of a moment into SVG. Start at `write`.

Every character that a user typed is written here, as escaped text; the only elements and attributes are those in this
file. Colours stand as presentation attributes, which any style sheet overrides by class.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from engine import numbers
from engine.explain import Explainer
from engine.export.frame import Frame, PileFace, magnitude_of, node_id, sign_of
from engine.export.layout import Layout, Point
from engine.export.picture import (
    ADVANCE,
    FRAME,
    HEADER,
    LABEL_SIZE,
    LARGEST,
    NUMBER_CELL,
    NUMBER_SIZE,
    OPERATOR,
    PAD,
    ROW,
    Arc,
    Box,
    Bundle,
    Cluster,
    Picture,
    Pile,
    clipped,
    text_width,
)
from engine.formula import Symbol, code, partial_formula
from engine.markup import escaped
from engine.ops import OPS, Op
from engine.tape import Tape

Theme = Literal["auto", "light", "dark"]
MARGIN = 10.0
ARROW = 7.0
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
SIGN_SHAPES = {
    "pos": "M-4.5 3.5h9l-4.5 -8z",
    "neg": "M-4.5 -3.5h9l-4.5 8z",
    "zero": "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
}
SIGN_SHAPES |= {"nan": "M-1 -4.5h2v5.5h-2zM-1 2.5h2v2h-2z", "none": ""}


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme. Hue means sign and nothing else."""

    card: str
    ink: str
    muted: str
    line: str
    positive: str
    negative: str
    positive_fill: tuple[str, ...]
    negative_fill: tuple[str, ...]


LIGHT = Palette(
    "#ffffff", "#1c1e21", "#5d636b", "#8a8f98", "#0a58a6", "#b03a00",
    ("#f3f8fd", "#e7f1fb", "#dbeaf9", "#cfe3f8"), ("#fef6f1", "#fdeee4", "#fce5d6", "#fbdcc8"),
)  # fmt: skip
DARK = Palette(
    "#1b1e24", "#e9e7e2", "#a3a9b3", "#7d8490", "#7db7ff", "#ff9d5c",
    ("#1a2430", "#18293d", "#162f4a", "#143457"), ("#2b2320", "#37251c", "#442819", "#512a15"),
)  # fmt: skip


def write(tape: Tape, explainer: Explainer, picture: Picture, layout: Layout, theme: Theme | None = None) -> Sheet:
    """Return the picture without its numbers; with `theme="auto"` its colours follow the reader's scheme."""
    facts = tuple(_facts(tape, explainer, picture))
    return _Writer(picture, layout, facts, DARK if theme == "dark" else LIGHT).write(theme == "auto")


# -- what stays, and what is filled in ---------------------------------------------------------------------------------


class Fact(NamedTuple):
    """What a picture says of a node besides its numbers."""

    node: int
    name: str
    label: str
    expression: str | None
    op: str | None
    operands: tuple[str, ...]
    """Their names, by slot."""


def _facts(tape: Tape, explainer: Explainer, picture: Picture) -> Iterator[Fact]:
    names = explainer.names
    for box in picture.boxes:
        for node in (box.node, *(constant.node for constant in box.inline)):
            op = tape.ops[node]
            operands = tuple([names[operand] for operand in tape.operands[node]])
            expression = explainer.expression(node)
            yield Fact(node, names[node], explainer.label(node), expression, op.name if op else None, operands)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture without its numbers: all runs of the same program share it."""

    pieces: tuple[str, ...]
    """Text, and between any two pieces a slot."""
    slots: tuple[tuple[str, int], ...]
    """What is filled in: a key of `_face` and its node, or `partial` and an index into `partials`."""
    partials: tuple[tuple[Op, int, int, str], ...]
    """For each edge: operation, slot, node, and the formula, after which a number that says the same is left out."""
    nodes: tuple[int, ...]
    palette: Palette

    def fill(self, tape: Tape, frame: Frame, largest: float, piles: Sequence[PileFace] = ()) -> str:
        """Return the picture with the numbers of a moment."""
        faces = {n: _face(frame.data.get(n), frame.grads.get(n), largest, self.palette) for n in self.nodes}
        values = [_partial(tape, frame, *each) for each in self.partials]
        groups = [_pile_texts(face, largest) for face in piles]
        texts = [
            faces[k][kind] if k in faces and kind in faces[k] else values[k] if kind == "partial" else groups[k][kind]
            for kind, k in self.slots
        ]
        return "".join([part for pair in zip(self.pieces, [*texts, ""], strict=True) for part in pair])


def _face(data: float | None, grad: float | None, largest: float, palette: Palette) -> dict[str, str]:
    """Return all that the numbers of a node decide."""
    sign, depth = sign_of(grad), magnitude_of(grad, largest)
    positive, negative = sign == "pos", sign == "neg"
    colour = palette.positive if positive else palette.negative if negative else ""
    fills = palette.positive_fill if positive else palette.negative_fill
    return {
        "data": _short(data),
        "grad": _short(grad),
        "exact-data": _exact(data),
        "exact-grad": _exact(grad),
        "sign": sign,
        "magnitude": str(depth),
        "fill": fills[depth] if colour else palette.card,
        "stroke": colour or palette.line,
        "dash": ' stroke-dasharray="6 2.5"' if negative else "",
        "shape": SIGN_SHAPES[sign],
        "colour": colour or palette.ink,
    }


def _pile_texts(face: PileFace, largest: float) -> dict[str, str]:
    """Return what the numbers inside a folded group decide."""
    return {
        "pile-grad": _short(face.largest),
        "pile-exact": _exact(face.largest),
        "pile-sign": face.sign,
        "pile-magnitude": str(magnitude_of(face.largest, largest)),
        "pile-shape": SIGN_SHAPES["nan"] if face.nans else "",
        "pile-nans": f"; {face.nans:,} not a number" if face.nans else "",
    }


def _partial(tape: Tape, frame: Frame, op: Op, slot: int, node: int, formula: str) -> str:
    """Return the value of an edge's formula for the numbers on screen; nothing before they are there."""
    result = frame.data.get(node)
    operands = [x for operand in tape.operands[node] if (x := frame.data.get(operand)) is not None]
    if result is None or len(operands) < op.arity:
        return ""
    value = numbers.exact(op.partial(slot, result, tuple(operands)))
    return f" = {value}" if value != formula else ""


_SLOT = re.compile("\x01([a-z-]+) ([0-9]+)\x01")  # no text of ours holds this character: XML cannot


class Room(NamedTuple):
    """A rectangle, in points."""

    left: float
    top: float
    right: float
    bottom: float


class _Writer:
    def __init__(self, picture: Picture, layout: Layout, facts: tuple[Fact, ...], palette: Palette) -> None:
        self.picture, self.layout, self.palette = picture, layout, palette
        self.facts = {fact.node: fact for fact in facts}
        self.places = picture.places()
        self.partials: list[tuple[Op, int, int, str]] = []

    def write(self, follow_scheme: bool) -> Sheet:
        width, height = self.layout.width + 2 * MARGIN, self.layout.height + 2 * MARGIN
        label = self._name_of_all()
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="graph" class="graph {self.picture.style}" role="group"'
            f' aria-label="{escaped(label)}" width="{width:.1f}" height="{height:.1f}"'
            f' viewBox="0 0 {width:.1f} {height:.1f}"'
            f' font-family="{FONT}" font-size="{NUMBER_SIZE:g}" fill="{self.palette.ink}">'
        )
        parts = [head, f"<title>{escaped(label)}</title>"]
        if follow_scheme:
            parts.append(f"<style>{_style_sheet()}</style>")
        parts += self._clusters()
        parts += self._edges()
        for box in self.picture.boxes:
            parts += self._node(box)
        for k, pile in enumerate(self.picture.piles):
            parts += self._pile(pile, k)
        pieces = _SLOT.split("\n".join([*parts, "</svg>"]))
        slots = tuple(zip(pieces[1::3], map(int, pieces[2::3]), strict=True))
        return Sheet(tuple(pieces[::3]), slots, tuple(self.partials), tuple(self.facts), self.palette)

    def _name_of_all(self) -> str:
        picture = self.picture
        count = len(picture.boxes) + sum(pile.count for pile in picture.piles)
        output = next((b.label for b in picture.boxes if b.output), "")
        nodes = f"{count:,} {'node' if count == 1 else 'nodes'}"
        folded = f" in {picture.size:,} boxes" if picture.piles else ""
        return f"computation graph{' of ' if output else ''}{output}: {nodes}{folded}"

    # -- edges --------------------------------------------------------------------------------------------------------

    def _edges(self) -> Iterable[str]:
        curves = {ends: iter(each) for ends, each in self.layout.edges.items()}
        pairs = [b.node for b in self.picture.boxes if b.kind == "operation" and self.picture.style == "micrograd"]
        heads = {node_id(node): f"o{self.places[node_id(node)]}" for node in pairs}

        def points(tail: str, head: str) -> tuple[Point, ...]:
            return next(curves[f"n{self.places[tail]}", heads.get(head) or f"n{self.places[head]}"])

        for arc in self.picture.arcs:
            curve = self._curve(points(node_id(arc.tail), node_id(arc.head)))
            yield f'<g id="{arc.id}" class="edge"><title>{self._partial(arc)}</title>{curve}</g>'
        for bundle in self.picture.bundles:
            yield self._bundle(bundle, points(bundle.tail, bundle.head))
        for place in (self.places[node_id(node)] for node in pairs):
            yield f'<g class="link">{self._curve(next(curves[f"o{place}", f"n{place}"]))}</g>'

    def _bundle(self, bundle: Bundle, points: tuple[Point, ...]) -> str:
        ends = f'data-tail="{escaped(bundle.tail)}" data-head="{escaped(bundle.head)}"'
        title = f"{bundle.count:,} {'edge' if bundle.count == 1 else 'edges'}"
        width = 1.2 + min(0.4 * math.log10(bundle.count), 1.6)
        return f'<g class="edge bundle" {ends}><title>{title}</title>{self._curve(points, width)}</g>'

    def _partial(self, arc: Arc) -> str:
        """Return the title of an edge: `∂y/∂a = b`, and a slot for its value."""
        fact = self.facts[arc.head]
        assert fact.op is not None, "an edge leads into an operation"
        formula = _partial_text(fact.op, arc.slot, fact.name, fact.operands)
        self.partials.append((OPS[fact.op], arc.slot, arc.head, formula))
        slot = _slot("partial", len(self.partials) - 1)
        return f"{escaped(f'∂{fact.name}/∂{fact.operands[arc.slot]} = {formula}')}{slot}"

    def _name(self, node: int) -> str:
        return self.facts[node].name

    def _curve(self, points: tuple[Point, ...], width: float = 1.5) -> str:
        path, head = _arrow(points)
        line = self.palette.line
        return (
            f'<path class="hit" d="{path}" fill="none" stroke="transparent" stroke-width="14"/>'
            f'<path class="line" d="{path}" fill="none" stroke="{line}" stroke-width="{width:.3g}"/>'
            f'<polygon class="head" points="{head}" fill="{line}"/>'
        )

    def _centre(self, name: str) -> Point:
        return self.layout.nodes[f"n{self.places[name]}"]

    # -- groups -------------------------------------------------------------------------------------------------------

    def _clusters(self) -> Iterable[str]:
        """Draw the frames of open groups, outer ones first."""
        if self.layout.framed:
            rooms = self._rooms()
            for cluster in self.picture.clusters:
                yield from self._cluster(cluster, rooms[cluster.key])

    def _rooms(self) -> dict[str, Room]:
        """Return the room of each frame: around its boxes and the frames in it."""
        sizes, rooms = self.picture.sizes(), dict[str, Room]()
        within: dict[str | None, list[Room]] = {}
        for cluster in reversed(self.picture.clusters):
            inner = [self._room(name, *sizes[name]) for name in cluster.members] + within.get(cluster.key, [])
            left, top, right, bottom = zip(*inner, strict=True)
            room = Room(min(left) - FRAME, min(top) - FRAME, max(right) + FRAME, max(bottom) + FRAME)
            rooms[cluster.key] = room
            within.setdefault(cluster.parent, []).append(room)
        return rooms

    def _room(self, name: str, width: float, height: float) -> Room:
        x, y = self._centre(name)
        return Room(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    def _cluster(self, cluster: Cluster, room: Room) -> Iterable[str]:
        left, top = room.left + MARGIN, room.top + MARGIN
        width, height = room.right - room.left, room.bottom - room.top
        cells = int((width - 40) / (NUMBER_SIZE * ADVANCE))
        label = clipped(cluster.title, max(min(cells, 40), 1))
        key, title = escaped(cluster.key), escaped(cluster.title)
        yield (
            f'<g class="group open" data-group="{key}"><title>{title}</title><rect class="frame" x="{left:.1f}"'
            f' y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="8" fill="{self.palette.muted}"'
            f' fill-opacity="0.05" stroke="{self.palette.line}" stroke-opacity="0.6"/>'
            f'<g class="fold" role="button" tabindex="0" aria-label="fold {title}">'
            f'<rect class="grip" x="{left + 2:.1f}" y="{top + 1:.1f}" rx="4" height="{FRAME - 2:g}"'
            f' width="{text_width(label, NUMBER_SIZE) + 24:.1f}" fill="transparent"/>'
            f'<path class="minus" d="M{left + 7:.1f} {top + 8.5:.1f}h7" fill="none" stroke="{self.palette.muted}"'
            f' stroke-width="1.5"/>'
        )
        yield _text("label", left + 20, top + 12.5, label, f'fill="{self.palette.muted}"')
        yield "</g></g>"

    def _pile(self, pile: Pile, k: int) -> Iterable[str]:
        x, y = self._centre(pile.key)
        left, top = x - pile.width / 2 + MARGIN, y - pile.height / 2 + MARGIN
        right, key = left + pile.width - PAD, escaped(pile.key)
        called, count = escaped(pile.title), f"{pile.count:,}"
        size = f'width="{pile.width:.1f}" height="{pile.height:.1f}" rx="6"'
        paint = f'fill="{self.palette.card}" stroke="{self.palette.line}" stroke-width="1.3"'
        grad = _slot("pile-grad", k)
        yield (
            f'<g class="group folded" data-group="{key}" data-sign="{_slot("pile-sign", k)}"'
            f' data-magnitude="{_slot("pile-magnitude", k)}" role="button" tabindex="0"'
            f' aria-label="{called}: {count} nodes, largest gradient {grad}; open">'
            f"<title>{called}: {count} nodes; largest |grad| {_slot('pile-exact', k)}{_slot('pile-nans', k)}</title>"
            f'<rect class="stack" x="{left + 4:.1f}" y="{top + 4:.1f}" {size} {paint}/>'
            f'<rect class="box" x="{left:.1f}" y="{top:.1f}" {size} {paint}/>'
        )
        muted = f'fill="{self.palette.muted}"'
        yield _text("label", left + PAD, top + 16.5, pile.label, f'font-size="{LABEL_SIZE:g}" font-weight="700"')
        yield (
            f'<path class="sign" transform="translate({right - 3.5:.1f} {top + 12:.1f})"'
            f' d="{_slot("pile-shape", k)}" fill="{self.palette.ink}"/>'
        )
        yield self._rule(left, top + HEADER - 1, pile.width)
        rows = (("nodes", "count", count), (LARGEST, "grad", grad))
        for row, (name, kind, text) in enumerate(rows, 1):
            base = top + HEADER + ROW * row - 4
            yield _text("key", left + PAD, base, name, muted)
            bold = ' font-weight="700"' if kind == "grad" else ""
            yield f'<text class="{kind}" x="{right:.1f}" y="{base:.1f}" text-anchor="end"{bold}>{text}</text>'
        yield "</g>"

    # -- nodes --------------------------------------------------------------------------------------------------------

    def _node(self, box: Box) -> Iterable[str]:
        cx, cy = self._centre(node_id(box.node))
        left, top = cx - box.width / 2 + MARGIN, cy - box.height / 2 + MARGIN
        yield self._open(box)
        yield f"<title>{self._title(box)}</title>"
        if self.picture.style == "micrograd":
            yield from self._record(box, left, top)
        elif box.kind == "constant":
            yield from self._chip(box, left, top)
        else:
            yield from self._card(box, left, top)
        yield "</g>"
        if self.picture.style == "compact":
            yield from self._inline(box, left, top)

    def _open(self, box: Box) -> str:
        node = box.node
        classes = ["node", box.kind]
        classes += [name for name in ("output", "defaulted") if getattr(box, name)]
        classes += [] if box.trainable else ["fixed"]
        called = escaped(", ".join(part for part in (box.label, box.symbol) if part))
        numbers = f"data {_slot('data', node)}, gradient {_slot('grad', node)}"
        return (
            f'<g id="{node_id(node)}" class="{" ".join(classes)}" data-sign="{_slot("sign", node)}"'
            f' data-magnitude="{_slot("magnitude", node)}" role="img" aria-label="{called}, {numbers}">'
        )

    def _title(self, box: Box) -> str:
        fact = self.facts[box.node]
        first = f"{fact.label} = {fact.expression}" if fact.expression else fact.label
        return f"{escaped(first)}; data {_slot('exact-data', box.node)}; grad {_slot('exact-grad', box.node)}"

    def _card(self, box: Box, left: float, top: float) -> Iterable[str]:
        """Write label, operator and sign above a rule, data and gradient below: in one piece, for most boxes are."""
        yield from self._frame(box, left, top, 14.0 if box.kind == "input" else 6.0)
        node, base, start, right = box.node, f"{top + 16.5:.1f}", f"{left + PAD:.1f}", left + box.width - PAD
        before = sum([text_width(c.text, NUMBER_SIZE) + 6 for c in box.inline if not c.before])
        data, grad = f"{top + HEADER + ROW - 4:.1f}", f"{top + HEADER + 2 * ROW - 4:.1f}"
        muted, end = f'fill="{self.palette.muted}"', f'x="{right:.1f}"'
        yield (
            f'<text class="label" x="{start}" y="{base}" font-size="{LABEL_SIZE:g}" font-weight="700">'
            f"{escaped(box.label)}</text>\n"
            f'<text class="op" x="{right - 13 - before:.1f}" y="{base}" text-anchor="end" {muted}>'
            f"{escaped(box.symbol)}</text>\n"
            f"{self._sign(box, right - 3.5, top + 12)}\n{self._rule(left, top + HEADER - 1, box.width)}\n"
            f'<text class="key" x="{start}" y="{data}" {muted}>data</text>\n'
            f'<text class="data" {end} y="{data}" text-anchor="end">\x01data {node}\x01</text>\n'
            f'<text class="key" x="{start}" y="{grad}" {muted}>grad</text>\n'
            f'<text class="grad" {end} y="{grad}" text-anchor="end" font-weight="700">\x01grad {node}\x01</text>'
        )

    def _record(self, box: Box, left: float, top: float) -> Iterable[str]:
        yield from self._frame(box, left, top, 3.0)
        base, x = top + 18.5, left + text_width(box.label, LABEL_SIZE) + 2 * PAD
        yield _text("label", left + PAD, base, box.label, f'font-size="{LABEL_SIZE:g}" font-weight="700"')
        cell = text_width("0" * (5 + NUMBER_CELL), NUMBER_SIZE)
        for k, key in enumerate(("data", "grad")):
            start = x + k * (cell + 2 * PAD)
            yield _text("key", start, base, key, f'fill="{self.palette.muted}"')
            yield _number(key, start + cell, base, box.node, 'text-anchor="end"')
        yield self._sign(box, left + box.width - PAD + 1, top + 14)
        if box.kind == "operation":
            ox, oy = self.layout.nodes[f"o{self.places[node_id(box.node)]}"]
            x, y, r = ox + MARGIN, oy + MARGIN, OPERATOR / 2
            yield (
                f'<ellipse class="box" cx="{x:.1f}" cy="{y:.1f}" rx="{r:g}" ry="{r:g}" fill="{self.palette.card}"'
                f' stroke="{self.palette.line}"/>'
            )
            size = min(NUMBER_SIZE, (OPERATOR - 4) / max(len(box.symbol) * ADVANCE, 1))
            yield _text("op", x, y + 4, box.symbol, f'text-anchor="middle" font-size="{size:.1f}"')

    def _chip(self, box: Box, left: float, top: float) -> Iterable[str]:
        yield (
            f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="12"'
            f' fill="{self.palette.card}" stroke="{self.palette.line}" stroke-opacity="0.5"/>'
        )
        place = left + box.width / 2
        yield _text("data", place, top + 16, box.label, f'text-anchor="middle" fill="{self.palette.muted}"')

    def _inline(self, box: Box, left: float, top: float) -> Iterable[str]:
        """Write each constant beside the operator of its consumer, as a node of its own."""
        right = left + box.width - PAD - 13
        after = [c for c in box.inline if not c.before]
        edge = right
        for constant in reversed(after):
            yield self._constant(constant.node, constant.text, edge, top + 16.5)
            edge -= text_width(constant.text, NUMBER_SIZE) + 6
        edge -= text_width(box.symbol, NUMBER_SIZE) + 6
        for constant in (c for c in box.inline if c.before):
            yield self._constant(constant.node, constant.text, edge, top + 16.5)

    def _constant(self, node: int, shown: str, right: float, base: float) -> str:
        title = f"{escaped(f'constant {self._name(node)}')}; data {_slot('exact-data', node)}"
        body = _text("data", right, base, shown, f'text-anchor="end" fill="{self.palette.muted}"')
        return f'<g id="{node_id(node)}" class="node constant inline"><title>{title}</title>{body}</g>'

    def _frame(self, box: Box, left: float, top: float, radius: float) -> Iterable[str]:
        fill, stroke, dash = (_slot(kind, box.node) for kind in ("fill", "stroke", "dash"))
        size = f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:g}"'
        place = f'x="{left:.1f}" y="{top:.1f}"'
        yield f'<rect class="box" {place} {size} fill="{fill}" stroke="{stroke}" stroke-width="1.3"{dash}/>'
        if box.output:
            inner = f'width="{box.width + 7:.1f}" height="{box.height + 7:.1f}" rx="{radius + 3:g}"'
            place = f'x="{left - 3.5:.1f}" y="{top - 3.5:.1f}"'
            yield f'<rect class="outline" {place} {inner} fill="none" stroke="{self.palette.ink}" stroke-width="1.3"/>'

    def _rule(self, left: float, y: float, width: float) -> str:
        line = f"M{left:.1f} {y:.1f}h{width:.1f}"
        return f'<path class="rule" d="{line}" fill="none" stroke="{self.palette.line}" stroke-opacity="0.35"/>'

    def _sign(self, box: Box, x: float, y: float) -> str:
        colour, shape = _slot("colour", box.node), f'd="{_slot("shape", box.node)}"'
        return f'<path class="sign" transform="translate({x:.1f} {y:.1f})" {shape} fill="{colour}"/>'


def _partial_text(op: str, slot: int, name: str, operands: tuple[str, ...]) -> str:
    """Return the formula of a local partial derivative, 120 characters at most."""
    names = dict(zip(range(_FIRST_BLANK, _FIRST_BLANK + 9), (name, *operands), strict=False))
    text = _partial_pattern(op, slot, len(operands)).translate(names)
    return text if len(text) <= 120 else text[:119] + "…"


@lru_cache(maxsize=1024)
def _partial_pattern(op: str, slot: int, arity: int) -> str:
    """Return the formula with a blank for each name: the value's first, then the operands'."""
    blanks = [Symbol(chr(_FIRST_BLANK + k)) for k in range(arity + 1)]
    return code(partial_formula(OPS[op], slot, blanks[0], tuple(blanks[1:])), limit=10_000)


_FIRST_BLANK = 0xE000  # characters for private use


@lru_cache(maxsize=4096)
def _arrow(points: tuple[Point, ...]) -> tuple[str, str]:
    """Return the path of an edge, and the corners of the head at its end."""
    places = [(x + MARGIN, y + MARGIN) for x, y in points]
    (ax, ay), (tx, ty) = places[-2], places[-1]
    length = math.hypot(tx - ax, ty - ay) or 1.0
    ux, uy = (tx - ax) / length, (ty - ay) / length
    bx, by = tx - ARROW * ux, ty - ARROW * uy
    wing = ARROW * 0.42
    path = "M{:.1f} {:.1f}C".format(*places[0])
    path += " ".join("{:.1f} {:.1f}".format(*p) for p in [*places[1:-1], (bx, by)])
    corners = (tx, ty), (bx - wing * uy, by + wing * ux), (bx + wing * uy, by - wing * ux)
    return path, " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _text(kind: str, x: float, y: float, shown: str, attributes: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" {attributes}>{escaped(shown)}</text>'


def _number(key: str, x: float, y: float, node: int, attributes: str) -> str:
    return f'<text class="{key}" x="{x:.1f}" y="{y:.1f}" {attributes}>{_slot(key, node)}</text>'


def _slot(kind: str, k: int) -> str:
    return f"\x01{kind} {k}\x01"


def _short(x: float | None) -> str:
    return numbers.UNKNOWN if x is None else numbers.short(x)


def _exact(x: float | None) -> str:
    return numbers.UNKNOWN if x is None else numbers.exact(x)


def _style_sheet() -> str:
    """Return the rules that turn the light picture dark where the reader prefers that."""
    rules = [
        f".graph{{fill:{DARK.ink}}}",
        f".box{{fill:{DARK.card};stroke:{DARK.line}}}",
        f".line,.rule{{stroke:{DARK.line}}}.head{{fill:{DARK.line}}}.outline{{stroke:{DARK.ink}}}",
        f".key,.op,.constant .data{{fill:{DARK.muted}}}",
    ]
    for sign, line, fills in (("pos", DARK.positive, DARK.positive_fill), ("neg", DARK.negative, DARK.negative_fill)):
        rules.append(f"[data-sign={sign}] .box{{stroke:{line}}}[data-sign={sign}] .sign{{fill:{line}}}")
        rules += [f'[data-sign={sign}][data-magnitude="{k}"] .box{{fill:{fill}}}' for k, fill in enumerate(fills)]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"
