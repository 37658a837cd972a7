"""The picture: turns a plan, a layout and the numbers of a moment into SVG. Start at `draft`.

A draft is all that can be written while the layout is under way; with places it is a sheet, which every moment and
every run of the same structure fills with its numbers.

Every character that a user typed is written here, as escaped text; the only elements and attributes are those in this
file. Colours stand as presentation attributes, which any style sheet overrides by class.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


def draft(tape: Tape, explainer: Explainer, picture: Picture, theme: Theme | None = None) -> Draft:
    """Return the picture without places and numbers; with `theme="auto"` its colours follow the reader's scheme."""
    facts = tuple(_facts(tape, explainer, picture))
    return _Writer(picture, facts, DARK if theme == "dark" else LIGHT).write(theme == "auto")


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


Numbers = Mapping[str, Mapping[int, str]]
"""The texts of a moment: by kind of slot, then by node, folded group or edge."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the numbers of a picture are read from."""

    nodes: tuple[int, ...]
    partials: tuple[tuple[Op, int, int, str], ...]
    """For each edge: operation, slot, node, and the formula, after which a number that says the same is left out."""
    palette: Palette

    def numbers(self, tape: Tape, frame: Frame, largest: float, piles: Sequence[PileFace] = ()) -> Numbers:
        """Return the texts of a moment."""
        data, grads = frame.data, frame.grads
        faces = {n: _face(data.get(n), grads.get(n), largest, self.palette) for n in self.nodes}
        groups = dict(enumerate([_pile_texts(face, largest) for face in piles]))
        result: dict[str, dict[int, str]] = {
            kind: {k: texts[kind] for k, texts in told.items()}
            for told in (faces, groups)
            for kind in next(iter(told.values()), ())
        }
        result["partial"] = dict(enumerate([_partial(tape, frame, *each) for each in self.partials]))
        return result


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture without its numbers."""

    pieces: tuple[str, ...]
    """Text, and between any two pieces a slot."""
    slots: tuple[tuple[str, int], ...]
    """What is filled in: a key of `_face` and its node, or `partial` and its place among these."""
    source: Source

    def fill(self, numbers: Numbers) -> str:
        """Return the picture with the numbers of a moment."""
        texts = [numbers[kind][k] for kind, k in self.slots]
        return "".join([part for pair in zip(self.pieces, [*texts, ""], strict=True) for part in pair])


Place = tuple[float, float, str]
"""What is added to the centre of a box, and the text between the two coordinates."""
NOWHERE: Place = 0.0, 0.0, ""


@dataclass(slots=True)
class Draft:
    """A picture without places and numbers, while it is written and after."""

    picture: Picture
    palette: Palette
    pieces: list[str] = field(default_factory=lambda: [""])
    kinds: list[str] = field(default_factory=list)
    """Of the slots between pieces: as in a sheet, `xy` for coordinates beside the centre of a box, or a key of
    `_Places.others`."""
    keys: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    partials: list[tuple[Op, int, int, str]] = field(default_factory=list)

    def text(self, text: str) -> None:
        """Go on with text."""
        self.pieces[-1] += text

    def slot(self, kind: str, key: int, then: str) -> None:
        """Go on with a slot, and text after it."""
        self.kinds.append(kind)
        self.keys.append(key)
        self.places.append(NOWHERE)
        self.pieces.append(then)

    def parts(self, pieces: Sequence[str], kinds: Sequence[str], keys: Sequence[int], places: Sequence[Place]) -> None:
        """Go on with pieces and the slots between them."""
        self.pieces[-1] += pieces[0]
        self.pieces += pieces[1:]
        self.kinds += kinds
        self.keys += keys
        self.places += places

    @property
    def source(self) -> Source:
        return Source(tuple(self.nodes), tuple(self.partials), self.palette)

    def placed(self, layout: Layout) -> Sheet:
        """Return the sheet in which everything is where `layout` says."""
        where = _Places(self.picture, layout, self.palette)
        xs, ys, others = where.xs, where.ys, where.others
        pieces: list[str] = []
        slots: list[tuple[str, int]] = []
        text = ""
        for piece, kind, key, (dx, dy, between) in zip(self.pieces, self.kinds, self.keys, self.places, strict=False):
            if kind == "xy":
                text += f"{piece}{xs[key] + dx:.1f}{between}{ys[key] + dy:.1f}"
            elif kind in others:
                text += piece + others[kind][key]
            else:
                pieces.append(text + piece)
                slots.append((kind, key))
                text = ""
        return Sheet((*pieces, text + self.pieces[-1]), tuple(slots), self.source)


class _Pattern(NamedTuple):
    """What boxes of one form share: text with blanks for names, and slots."""

    pieces: tuple[str, ...]
    blanks: tuple[tuple[int, int], ...]
    """Piece and blank, for each blank."""
    kinds: tuple[str, ...]
    places: tuple[Place, ...]
    of_box: tuple[bool, ...]
    """Whether a slot belongs to the box among all boxes, or to its node."""


Parsed = tuple[list[str], list[str], list[int], list[Place]]


def _parsed(text: str) -> Parsed:
    """Return text with slots as pieces, kinds, keys and places; an x and the y after it are one slot."""
    parts = _SLOT.split(text)
    pieces, kinds, keys, places = [parts[0]], list[str](), list[int](), list[Place]()
    for kind, key, offset, piece in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True):
        if kind == "y":
            kinds[-1], places[-1] = "xy", (places[-1][0], float(offset), pieces.pop())
        else:
            kinds.append(kind)
            keys.append(int(key))
            places.append((float(offset or 0), 0.0, ""))
        pieces.append(piece)
    return pieces, kinds, keys, places


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


_SLOT = re.compile("\x01([a-z-]+) ([0-9]+)(?: ([0-9.e-]+))?\x01")  # no text of ours holds this character: XML cannot
_BLANKS = ("\x02", "\x03", "\x04", "\x05", "\x06")
"""What is left open in a pattern: id, spoken name, title, label and symbol."""


class _Along:
    """A coordinate that is not known yet: so far from the centre of a box. Written, it is a slot."""

    __slots__ = ("axis", "box", "offset")

    def __init__(self, axis: str, box: int, offset: float) -> None:
        self.axis, self.box, self.offset = axis, box, offset

    def __add__(self, more: float) -> _Along:
        return _Along(self.axis, self.box, self.offset + more)

    def __sub__(self, less: float) -> _Along:
        return _Along(self.axis, self.box, self.offset - less)

    def __format__(self, spec: str) -> str:
        return f"\x01{self.axis} {self.box} {self.offset!r}\x01"


class Room(NamedTuple):
    """A rectangle, in points."""

    left: float
    top: float
    right: float
    bottom: float


class _Places:
    """Turns a layout into coordinates: those of boxes, and texts for whatever else hangs on places."""

    def __init__(self, picture: Picture, layout: Layout, palette: Palette) -> None:
        self.picture, self.layout, self.palette = picture, layout, palette
        self.at = picture.places()
        centres = [layout.nodes[name] for name in (*(f"n{k}" for k in self.at.values()), *picture.operators.values())]
        self.xs = [x + MARGIN for x, _ in centres]
        self.ys = [y + MARGIN for _, y in centres]
        curves = list(self._curves())
        self.others: dict[str, list[str]] = {
            "curve": [path for path, _ in curves],
            "head": [head for _, head in curves],
            "size": [f"{size + 2 * MARGIN:.1f}" for size in (layout.width, layout.height)],
            "frames": ["".join(f"{part}\n" for part in self._clusters())],
        }

    def _curves(self) -> Iterator[tuple[str, str]]:
        """Yield path and head of each arc, bundle, and link between an operator and its result."""
        curves = {ends: iter(each) for ends, each in self.layout.edges.items()}
        operators = self.picture.operators
        for tail, head in self.picture.edges():
            yield _arrow(next(curves[f"n{self.at[tail]}", operators.get(head) or f"n{self.at[head]}"]))
        for operator in operators.values():
            yield _arrow(next(curves[operator, f"n{operator[1:]}"]))

    # -- frames of open groups

    def _clusters(self) -> Iterator[str]:
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
        x, y = self.layout.nodes[f"n{self.at[name]}"]
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


class _Writer:
    def __init__(self, picture: Picture, facts: tuple[Fact, ...], palette: Palette) -> None:
        self.picture, self.palette = picture, palette
        self.facts = {fact.node: fact for fact in facts}
        self.at = picture.places()
        self.index = {name: k for k, name in enumerate((*self.at, *picture.operators.values()))}
        self.draft = Draft(picture, palette, nodes=list(self.facts))

    def write(self, follow_scheme: bool) -> Draft:
        width, height = _slot("size", 0), _slot("size", 1)
        label = escaped(self._name_of_all())
        style = f"<style>{_style_sheet()}</style>\n" if follow_scheme else ""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="graph" class="graph {self.picture.style}" role="group"'
            f' aria-label="{label}" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            f' font-family="{FONT}" font-size="{NUMBER_SIZE:g}" fill="{self.palette.ink}">\n'
            f"<title>{label}</title>\n{style}{_slot('frames', 0)}"
        )
        self.draft.parts(*_parsed(head))
        self._edges()
        for box in self.picture.boxes:
            self._box(box)
        for k, pile in enumerate(self.picture.piles):
            self.draft.parts(*_parsed("\n".join([*self._pile(pile, k), ""])))
        self.draft.text("</svg>")
        return self.draft

    def _centre(self, name: str) -> tuple[_Along, _Along]:
        return _Along("x", self.index[name], 0.0), _Along("y", self.index[name], 0.0)

    def _name_of_all(self) -> str:
        picture = self.picture
        count = len(picture.boxes) + sum(pile.count for pile in picture.piles)
        output = next((b.label for b in picture.boxes if b.output), "")
        nodes = f"{count:,} {'node' if count == 1 else 'nodes'}"
        folded = f" in {picture.size:,} boxes" if picture.piles else ""
        return f"computation graph{' of ' if output else ''}{output}: {nodes}{folded}"

    # -- edges --------------------------------------------------------------------------------------------------------

    def _edges(self) -> None:
        arcs, bundles, draft = self.picture.arcs, self.picture.bundles, self.draft
        for k, arc in enumerate(arcs):
            draft.text(f'<g id="{arc.id}" class="edge"><title>{self._partial(arc)}')
            draft.slot("partial", k, "</title>")
            self._curve(k)
        for k, bundle in enumerate(bundles, len(arcs)):
            ends = f'data-tail="{escaped(bundle.tail)}" data-head="{escaped(bundle.head)}"'
            title = f"{bundle.count:,} {'edge' if bundle.count == 1 else 'edges'}"
            draft.text(f'<g class="edge bundle" {ends}><title>{title}</title>')
            self._curve(k, 1.2 + min(0.4 * math.log10(bundle.count), 1.6))
        for k in range(len(self.index) - len(self.at)):
            draft.text('<g class="link">')
            self._curve(len(arcs) + len(bundles) + k)

    def _partial(self, arc: Arc) -> str:
        """Return the title of an edge, `∂y/∂a = b`; its value follows."""
        fact = self.facts[arc.head]
        assert fact.op is not None, "an edge leads into an operation"
        formula = _partial_text(fact.op, arc.slot, fact.name, fact.operands)
        self.draft.partials.append((OPS[fact.op], arc.slot, arc.head, formula))
        return escaped(f"∂{fact.name}/∂{fact.operands[arc.slot]} = {formula}")

    def _name(self, node: int) -> str:
        return self.facts[node].name

    def _curve(self, k: int, width: float = 1.5) -> None:
        draft, line = self.draft, self.palette.line
        draft.text('<path class="hit" d="')
        draft.slot("curve", k, '" fill="none" stroke="transparent" stroke-width="14"/><path class="line" d="')
        draft.slot(
            "curve", k, f'" fill="none" stroke="{line}" stroke-width="{width:.3g}"/><polygon class="head" points="'
        )
        draft.slot("head", k, f'" fill="{line}"/></g>\n')

    # -- groups -------------------------------------------------------------------------------------------------------

    def _pile(self, pile: Pile, k: int) -> Iterable[str]:
        x, y = self._centre(pile.key)
        left, top = x - pile.width / 2, y - pile.height / 2
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
        yield _rule(left, top + HEADER - 1, pile.width, self.palette)
        rows = (("nodes", "count", count), (LARGEST, "grad", grad))
        for row, (name, kind, text) in enumerate(rows, 1):
            base = top + HEADER + ROW * row - 4
            yield _text("key", left + PAD, base, name, muted)
            bold = ' font-weight="700"' if kind == "grad" else ""
            yield f'<text class="{kind}" x="{right:.1f}" y="{base:.1f}" text-anchor="end"{bold}>{text}</text>'
        yield "</g>"

    # -- nodes --------------------------------------------------------------------------------------------------------

    def _box(self, box: Box) -> None:
        if self.picture.style == "compact" and box.kind != "constant" and not box.inline:
            self._plain_card(box)
        else:
            self.draft.parts(*_parsed("\n".join([*self._node(box), ""])))

    def _plain_card(self, box: Box) -> None:
        """Write a box without constants in it, by its pattern: most boxes are such."""
        pattern = _card_pattern(box.kind, box.width, box.height, box.output, _classes(box), self.palette)
        name = node_id(box.node)
        texts = name, self._called(box), self._titled(box), escaped(box.label), escaped(box.symbol)
        pieces = list(pattern.pieces)
        for k, blank in pattern.blanks:
            pieces[k] = pieces[k].replace(_BLANKS[blank], texts[blank])
        mine = self.index[name]
        self.draft.parts(pieces, pattern.kinds, [mine if own else box.node for own in pattern.of_box], pattern.places)

    def _node(self, box: Box) -> Iterable[str]:
        cx, cy = self._centre(node_id(box.node))
        left, top = cx - box.width / 2, cy - box.height / 2
        yield _opened(node_id(box.node), _classes(box), self._called(box), box.node)
        yield _title(self._titled(box), box.node)
        if self.picture.style == "micrograd":
            yield from self._record(box, left, top)
        elif box.kind == "constant":
            yield from self._chip(box, left, top)
        else:
            yield from _card(box, escaped(box.label), escaped(box.symbol), left, top, self.palette)
        yield "</g>"
        if self.picture.style == "compact":
            yield from self._inline(box, left, top)

    def _called(self, box: Box) -> str:
        return escaped(", ".join(part for part in (box.label, box.symbol) if part))

    def _titled(self, box: Box) -> str:
        fact = self.facts[box.node]
        return escaped(f"{fact.label} = {fact.expression}" if fact.expression else fact.label)

    def _record(self, box: Box, left: _Along, top: _Along) -> Iterable[str]:
        yield from _frame(box, left, top, 3.0, self.palette)
        base, x = top + 18.5, left + text_width(box.label, LABEL_SIZE) + 2 * PAD
        yield _text("label", left + PAD, base, box.label, f'font-size="{LABEL_SIZE:g}" font-weight="700"')
        cell = text_width("0" * (5 + NUMBER_CELL), NUMBER_SIZE)
        for k, key in enumerate(("data", "grad")):
            start = x + k * (cell + 2 * PAD)
            yield _text("key", start, base, key, f'fill="{self.palette.muted}"')
            yield _number(key, start + cell, base, box.node, 'text-anchor="end"')
        yield _sign(box, left + box.width - PAD + 1, top + 14)
        if box.kind == "operation":
            x, y = self._centre(self.picture.operators[node_id(box.node)])
            r = OPERATOR / 2
            yield (
                f'<ellipse class="box" cx="{x:.1f}" cy="{y:.1f}" rx="{r:g}" ry="{r:g}" fill="{self.palette.card}"'
                f' stroke="{self.palette.line}"/>'
            )
            size = min(NUMBER_SIZE, (OPERATOR - 4) / max(len(box.symbol) * ADVANCE, 1))
            yield _text("op", x, y + 4, box.symbol, f'text-anchor="middle" font-size="{size:.1f}"')

    def _chip(self, box: Box, left: _Along, top: _Along) -> Iterable[str]:
        yield (
            f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="12"'
            f' fill="{self.palette.card}" stroke="{self.palette.line}" stroke-opacity="0.5"/>'
        )
        place = left + box.width / 2
        yield _text("data", place, top + 16, box.label, f'text-anchor="middle" fill="{self.palette.muted}"')

    def _inline(self, box: Box, left: _Along, top: _Along) -> Iterable[str]:
        """Write each constant beside the operator of its consumer, as a node of its own."""
        right = left + box.width - PAD - 13
        after = [c for c in box.inline if not c.before]
        edge = right
        for constant in reversed(after):
            yield self._constant(constant.node, constant.text, edge, top + 16.5)
            edge = edge - (text_width(constant.text, NUMBER_SIZE) + 6)
        edge = edge - (text_width(box.symbol, NUMBER_SIZE) + 6)
        for constant in (c for c in box.inline if c.before):
            yield self._constant(constant.node, constant.text, edge, top + 16.5)

    def _constant(self, node: int, shown: str, right: _Along, base: _Along) -> str:
        title = f"{escaped(f'constant {self._name(node)}')}; data {_slot('exact-data', node)}"
        body = _text("data", right, base, shown, f'text-anchor="end" fill="{self.palette.muted}"')
        return f'<g id="{node_id(node)}" class="node constant inline"><title>{title}</title>{body}</g>'


# -- cards -------------------------------------------------------------------------------------------------------------


def _classes(box: Box) -> str:
    names = ["node", box.kind, *(name for name in ("output", "defaulted") if getattr(box, name))]
    return " ".join(names if box.trainable else [*names, "fixed"])


@lru_cache(maxsize=4096)
def _card_pattern(kind: str, width: float, height: float, output: bool, classes: str, palette: Palette) -> _Pattern:
    """Return what all cards of one size and kind have in common."""
    box = Box(0, kind, "", "", (), output, True, False, width, height)
    left, top = _Along("x", 0, -width / 2), _Along("y", 0, -height / 2)
    name, called, title, label, symbol = _BLANKS
    parts = _opened(name, classes, called, 0), _title(title, 0), *_card(box, label, symbol, left, top, palette)
    pieces, kinds, _, places = _parsed("\n".join([*parts, "</g>", ""]))
    blanks = [(k, blank) for k, piece in enumerate(pieces) for blank in range(len(_BLANKS)) if _BLANKS[blank] in piece]
    return _Pattern(tuple(pieces), tuple(blanks), tuple(kinds), tuple(places), tuple([kind == "xy" for kind in kinds]))


def _opened(name: str, classes: str, called: str, node: int) -> str:
    numbers = f"data {_slot('data', node)}, gradient {_slot('grad', node)}"
    return (
        f'<g id="{name}" class="{classes}" data-sign="{_slot("sign", node)}"'
        f' data-magnitude="{_slot("magnitude", node)}" role="img" aria-label="{called}, {numbers}">'
    )


def _title(text: str, node: int) -> str:
    return f"<title>{text}; data {_slot('exact-data', node)}; grad {_slot('exact-grad', node)}</title>"


def _card(box: Box, label: str, symbol: str, left: _Along, top: _Along, palette: Palette) -> Iterable[str]:
    """Yield label, operator and sign above a rule, data and gradient below."""
    yield from _frame(box, left, top, 14.0 if box.kind == "input" else 6.0, palette)
    base, start, right, muted = top + 16.5, left + PAD, left + box.width - PAD, f'fill="{palette.muted}"'
    before = sum(text_width(c.text, NUMBER_SIZE) + 6 for c in box.inline if not c.before)
    bold = f'font-size="{LABEL_SIZE:g}" font-weight="700"'
    yield f'<text class="label" x="{start}" y="{base}" {bold}>{label}</text>'
    yield f'<text class="op" x="{right - 13 - before}" y="{base}" text-anchor="end" {muted}>{symbol}</text>'
    yield _sign(box, right - 3.5, top + 12)
    yield _rule(left, top + HEADER - 1, box.width, palette)
    for k, key in enumerate(("data", "grad")):
        row = top + HEADER + ROW * (k + 1) - 4
        yield _text("key", start, row, key, muted)
        yield _number(key, right, row, box.node, 'text-anchor="end" font-weight="700"' if k else 'text-anchor="end"')


def _frame(box: Box, left: _Along, top: _Along, radius: float, palette: Palette) -> Iterable[str]:
    fill, stroke, dash = (_slot(kind, box.node) for kind in ("fill", "stroke", "dash"))
    size = f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:g}"'
    yield f'<rect class="box" x="{left}" y="{top}" {size} fill="{fill}" stroke="{stroke}" stroke-width="1.3"{dash}/>'
    if box.output:
        inner = f'width="{box.width + 7:.1f}" height="{box.height + 7:.1f}" rx="{radius + 3:g}"'
        place = f'x="{left - 3.5}" y="{top - 3.5}"'
        yield f'<rect class="outline" {place} {inner} fill="none" stroke="{palette.ink}" stroke-width="1.3"/>'


def _rule(left: _Along, y: _Along, width: float, palette: Palette) -> str:
    line = f"M{left} {y}h{width:.1f}"
    return f'<path class="rule" d="{line}" fill="none" stroke="{palette.line}" stroke-opacity="0.35"/>'


def _sign(box: Box, x: _Along, y: _Along) -> str:
    colour, shape = _slot("colour", box.node), f'd="{_slot("shape", box.node)}"'
    return f'<path class="sign" transform="translate({x} {y})" {shape} fill="{colour}"/>'


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


def _text(kind: str, x: float | _Along, y: float | _Along, shown: str, attributes: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" {attributes}>{escaped(shown)}</text>'


def _number(key: str, x: _Along, y: _Along, node: int, attributes: str) -> str:
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
