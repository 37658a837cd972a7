"""The lens on an operation: turns a node into the curves of its function, one for each operand. Start at `lens`.

Each curve holds the other operands where they are, and is sampled around the current point. What it does to gradients
is read off its local derivative: closed where that is 0, saturated where the curve levels off, bent at kinks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from engine import numbers
from engine.lab.check import at_corner
from engine.lab.subject import Subject, Unfit, subject_of
from engine.ops import Op
from engine.run import Run
from engine.tape import Role

Json = dict[str, Any]

POINTS = 240
"""Intervals between the samples of a curve."""
LISTED = 12
"""Intervals between the rows of the table behind a curve."""
HALVINGS = 1100
"""Steps by which a kink or the edge of a domain is closed in on: to the next double, also at 0."""
SMOOTH_AFTER = 6
"""So many halvings leave a 64th of what is smooth; at a kink or a jump all is left."""
LARGEST = 8e307
"""Half of the largest double: ranges between such numbers are doubles too."""
MOST_MARKS = 40
"""Kinks, jumps, poles and edges that one curve tells, so that a comb of them ends."""
FLAT = 0.05
"""A curve that levels off is saturated where its slope is below this, or below this part of its largest."""
USUAL = 6.0
"""The range reaches so far to both sides of 0, if the current point is not further out."""
FAR = (1e4, 1e6, 1e8)
"""Where a curve is looked at to see whether it levels off."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where the curve is not smooth."""

    kind: str
    """`kink`, `jump`, `pole` or `edge`."""
    at: float


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of the curve on which the operation does the same to gradients."""

    kind: str
    """`dead`, `saturated`, `outside` or `overflow`."""
    first: float
    last: float


def lens(run: Run, name: str, low: float | None = None, high: float | None = None) -> Json:
    """Return what the operation of the node `name` does along each operand, on the range from `low` to `high`."""
    subject = subject_of(run)
    node = subject.node(name)
    op = subject.tape.ops[node]
    if op is None:
        raise Unfit("node", f"is a leaf, not an operation: {subject.label(node)}")
    if (low is None) is not (high is None):
        raise Unfit("low" if low is None else "high", "must be given together with the other end of the range")
    if low is not None and high is not None and not (low < high and math.isfinite(high - low)):
        raise Unfit("high", "must be above low, both finite")
    span = None if low is None or high is None else (low, high)
    data = subject.tape.data[node]
    return {
        "node": f"n{node}",
        "label": subject.label(node),
        "op": op.name,
        "symbol": op.symbol,
        "about": op.about,
        "convention": op.convention or None,
        "expression": subject.run.explainer.expression(node),
        "data": numbers.to_json(data),
        "shown": numbers.shown(data),
        "slots": [_Slot(subject, node, op, slot, span).build() for slot in range(op.arity)],
    }


class _Slot:
    """One operand of one node, the others held."""

    def __init__(self, subject: Subject, node: int, op: Op, slot: int, span: tuple[float, float] | None) -> None:
        self.op, self.slot = op, slot
        operands = subject.tape.operands[node]
        self.subject, self.node, self.operand = subject, node, operands[slot]
        self.operands = subject.tape.values(operands)
        self.x = self.operands[slot]
        self.z = self.value(self.x)
        self.local = self.derivative(self.x)
        self.label, self.name = subject.label(self.operand), subject.label(node)
        self.is_repeated = operands.count(self.operand) > 1
        self.low, self.high = span or self._range()

    @property
    def parameter(self) -> str:
        """What the table of operations calls the operand."""
        return self.op.parameters[self.slot]

    # -- the function -------------------------------------------------------------------------------------------------

    def value(self, x: float) -> float:
        return float(self.op.value(*self._with(x)))

    def derivative(self, x: float) -> float:
        operands = self._with(x)
        return self.op.partial(self.slot, float(self.op.value(*operands)), operands)

    def _with(self, x: float) -> tuple[float, ...]:
        return (*self.operands[: self.slot], x, *self.operands[self.slot + 1 :])

    def _range(self) -> tuple[float, float]:
        """Return a range that holds 0 and the current point, cut down to the domain if that is much narrower."""
        reach = USUAL
        if math.isfinite(self.x) and abs(self.x) > 0.85 * USUAL:
            reach = min(_round_up(1.25 * min(abs(self.x), LARGEST)), LARGEST)
        inside = [x for x in _spread(-reach, reach, POINTS) if math.isfinite(self.value(x))]
        if inside and inside[-1] - inside[0] < 0.4 * 2 * reach and inside[0] <= self.x <= inside[-1]:
            margin = 0.2 * (inside[-1] - inside[0]) + reach / POINTS
            return inside[0] - margin, inside[-1] + margin
        return -reach, reach

    # -- samples ------------------------------------------------------------------------------------------------------

    @cached_property
    def marks(self) -> list[Mark]:
        """Where the curve is not smooth, in order."""
        grid = _spread(self.low, self.high, POINTS)
        found: dict[float, Mark] = {}
        for left, right in pairwise(grid):
            mark = self._mark(left, right)
            if mark and len(found) < MOST_MARKS:
                found.setdefault(mark.at, mark)
        return list(found.values())

    def _mark(self, left: float, right: float) -> Mark | None:
        """Return what is not smooth between two samples: whether there is a value, then the value, then the slope."""
        if _class(self.value(left)) != _class(self.value(right)):
            return self._border(left, right)
        if not math.isfinite(self.value(left)):
            return None
        return self._break(left, right) or self._bend(left, right)

    def _border(self, left: float, right: float) -> Mark | None:
        """Return the place between finite values on one side and none on the other."""
        here = _class(self.value(left))
        for _ in range(HALVINGS):
            middle = left / 2 + right / 2
            if not left < middle < right:
                break
            left, right = (middle, right) if _class(self.value(middle)) == here else (left, middle)
        at, kinds = self._place(left, right), {_class(self.value(left)), _class(self.value(right))}
        nearby = 1e-6 * (self.high - self.low)
        is_lonely = not any(_class(self.value(x)) == "finite" for x in (at - nearby, at + nearby))
        is_overflow = "infinite" in kinds and any(math.isinf(self.value(x)) for x in (at - nearby, at + nearby))
        if "finite" not in kinds or is_lonely or is_overflow:
            return None
        return Mark("edge" if "nan" in kinds and math.isfinite(self.value(at)) else "pole", at)

    def _break(self, left: float, right: float) -> Mark | None:
        """Return the jump or the pole between two finite values, if there is one."""
        found = self._closed_in(self.value, left, right)
        if found is None:
            return None
        at, gap = found
        return Mark("pole" if gap > 1e6 * max(1.0, abs(self.value(left)), abs(self.value(right))) else "jump", at)

    def _bend(self, left: float, right: float) -> Mark | None:
        found = self._closed_in(self.derivative, left, right)
        return Mark("kink", found[0]) if found else None

    def _closed_in(self, function: Callable[[float], float], left: float, right: float) -> tuple[float, float] | None:
        """Return where `function` changes at once, and by how much; None if the change fades with the distance."""
        y_left, y_right = function(left), function(right)
        first = abs(y_right - y_left)
        if not first > 1e-3 * max(abs(y_left), abs(y_right)) or first == math.inf:
            return None
        for turn in range(HALVINGS):
            middle = left / 2 + right / 2
            if not left < middle < right:
                break
            y = function(middle)
            if abs(y - y_left) >= abs(y_right - y):
                right, y_right = middle, y
            else:
                left, y_left = middle, y
            if turn >= SMOOTH_AFTER and not abs(y_right - y_left) > 0.4 * first:
                return None
        return self._place(left, right), abs(y_right - y_left)

    def _place(self, left: float, right: float) -> float:
        """Return the place between two neighbours, without the dust of halving."""
        digits = 12 - math.floor(math.log10(self.high - self.low))
        return round(left if abs(left) <= abs(right) else right, min(digits, 300)) + 0.0

    @cached_property
    def xs(self) -> list[float]:
        """The places of the samples: evenly spread, with the current point and the marks among them."""
        inner = [mark.at for mark in self.marks]
        if self.low <= self.x <= self.high:
            inner.append(self.x)
        return sorted({*_spread(self.low, self.high, POINTS), *inner})

    @cached_property
    def ys(self) -> list[float]:
        return [self.value(x) for x in self.xs]

    @cached_property
    def locals(self) -> list[float]:
        return [self.derivative(x) for x in self.xs]

    @cached_property
    def steepest(self) -> float:
        """The largest finite local derivative of the samples, and of the usual ones."""
        usual = (self.derivative(x) for x in _spread(-USUAL, USUAL, 48))
        return max((abs(d) for d in (*self.locals, *usual) if math.isfinite(d)), default=0.0)

    # -- regions ------------------------------------------------------------------------------------------------------

    @cached_property
    def regions(self) -> list[Region]:
        """Stretches on which little or nothing passes, or where there is no number."""
        found: list[Region] = []
        kinds = [self.kind(x) for x in self.xs]
        for k, (before, after) in enumerate(zip(kinds, kinds[2:], strict=False), 1):
            kinds[k] = "outside" if before == after == "outside" else kinds[k]
        for x, kind in zip(self.xs, kinds, strict=True):
            if found and found[-1].kind == kind:
                found[-1] = replace(found[-1], last=x)
            else:
                found.append(Region(kind, x, x))
        found = [self._up_to_marks(each) for each in found if each.kind and each.first < each.last]
        return _joined(found)

    def _up_to_marks(self, region: Region) -> Region:
        """Return `region` widened to a mark that stands just beside it."""
        width = (self.high - self.low) / POINTS * 1.01
        first = max((m.at for m in self.marks if region.first - width <= m.at <= region.first), default=region.first)
        last = min((m.at for m in self.marks if region.last <= m.at <= region.last + width), default=region.last)
        return replace(region, first=first, last=last)

    def kind(self, x: float) -> str:
        """Return what the operation does to gradients at `x`: empty where it passes them."""
        z, local = self.value(x), self.derivative(x)
        if math.isnan(z):
            return "outside"
        if math.isinf(z):
            return "overflow"
        if local == 0 and self.op.gates:
            return "dead"
        return "saturated" if self.levels_off[x > 0] and self.flat and self._is_flat(x) else ""

    def _is_flat(self, x: float) -> bool:
        """Return whether the slope is small at `x`, and stays so outwards."""
        limit = self.flat
        return all(not abs(self.derivative(x * factor)) > limit for factor in (1.0, 1.25, 2.0, 8.0, 100.0))

    @property
    def flat(self) -> float:
        """The slope below which a curve that levels off is saturated."""
        return FLAT * min(1.0, self.steepest)

    @cached_property
    def levels_off(self) -> tuple[bool, bool]:
        """Whether the curve tends to a number far to the left, and far to the right."""
        return self._levels_off(-1.0), self._levels_off(1.0)

    def _levels_off(self, side: float) -> bool:
        far = [self.value(side * x) for x in FAR]
        if not all(map(math.isfinite, far)):
            return False
        size = max(1.0, *map(abs, far))
        moved = abs(far[0] - self.value(0.0)) if math.isfinite(self.value(0.0)) else 1.0
        return max(far) - min(far) <= 1e-3 * size and moved > 0

    # -- words --------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """What the operation does to gradients at the current point."""
        if not math.isfinite(self.x):
            return "undefined"
        kind = self.kind(self.x)
        if kind == "outside":
            return kind
        if math.isfinite(self.z) and at_corner(self.op, self.slot, self.operands):
            return "kink"
        return kind or ("steep" if not math.isfinite(self.local) else "open")

    def _sentence(self) -> str:
        op, local, what = self.op.name, numbers.short(self.local), f"its local derivative {numbers.short(self.local)}"
        match self.state:
            case "saturated":
                return f"Here {op} is saturated: {what} lets almost nothing through."
            case "dead":
                return f"Here {op} is closed: its local derivative is 0, so no gradient passes to {self.label}."
            case "outside":
                return f"Here {op} is outside its domain: {self.op.domain or 'it has no value'}."
            case "kink":
                is_jump = abs(self.value(self.x + 1e-9) - self.value(self.x - 1e-9)) > 1e-6 * max(1.0, abs(self.z))
                if is_jump:
                    return f"Exactly here {op} jumps; {what} knows nothing of that."
                said = f" {self.op.convention}" if self.op.convention else ""
                return f"Exactly here {op} is not smooth; the local derivative is taken to be {local}.{said}"
            case "overflow":
                return f"Here {op} leaves the range of a double: its value is {numbers.short(self.z)}."
            case "steep" | "undefined":
                return f"Here {op} has no finite slope: its local derivative is {local}."
        size = abs(self.local)
        turned = " and turns its sign" if self.local < 0 else ""
        if size == 0:
            return f"Here the curve is level: its local derivative is 0, so no gradient passes to {self.label}."
        if size == 1:
            return f"Here {op} passes the gradient on whole{turned}: its local derivative is {local}."
        verb = "shrinks" if size < 1 else "enlarges"
        return f"Here {op} {verb} the gradient{turned}: it multiplies it by its local derivative {local}."

    def _region_text(self, region: Region) -> str:
        where = f"from {numbers.short(region.first)} to {numbers.short(region.last)}"
        words = {
            "dead": "closed: the local derivative is 0, nothing passes",
            "saturated": f"saturated: the local derivative is below {numbers.short(self.flat)}",
            "outside": f"outside the domain{': ' + self.op.domain if self.op.domain else ''}",
            "overflow": "beyond the largest double",
        }
        return f"{where}: {words[region.kind]}"

    def _mark_text(self, mark: Mark) -> str:
        is_constant = self.subject.tape.roles[self.operand] is Role.CONSTANT
        at = f"{self.parameter if is_constant else self.label} = {numbers.short(mark.at)}"
        slope = numbers.short(self.derivative(mark.at))
        return {
            "kink": f"kink at {at}: the slope changes at once; the derivative there is taken to be {slope}",
            "jump": f"jump at {at}",
            "pole": f"pole at {at}: the value grows without bound",
            "edge": f"edge of the domain at {at}",
        }[mark.kind]

    # -- as JSON ------------------------------------------------------------------------------------------------------

    def build(self) -> Json:
        figures = {"at": self.x, "value": self.z, "local": self.local}
        return {
            "slot": self.slot,
            "operand": f"n{self.operand}",
            "label": self.label,
            "parameter": self.parameter,
            "trainable": self.subject.tape.needs_grad[self.operand],
            **{name: numbers.to_json(figure) for name, figure in figures.items()},
            "shown": {name: numbers.shown(figure) for name, figure in figures.items()},
            "state": self.state,
            "sentence": self._sentence(),
            "remark": self._remark(),
            "x": self.xs,
            "y": [numbers.to_json(y) for y in self.ys],
            "locals": [numbers.to_json(d) for d in self.locals],
            "tangent": self._tangent(),
            "window": {"x": [self.low, self.high], "y": list(self._heights())},
            "regions": [
                {"kind": r.kind, "first": r.first, "last": r.last, "text": self._region_text(r)} for r in self.regions
            ],
            "marks": [{"kind": m.kind, "at": m.at, "text": self._mark_text(m)} for m in self.marks],
            "rows": list(self._rows()),
        }

    def _remark(self) -> str | None:
        if self.is_repeated:
            return f"{self.label} fills more than one slot; along this curve only this slot moves."
        if self.op.arity > 1:
            return "The other operands are held where they are."
        return None

    def _tangent(self) -> Json | None:
        """Return the line that touches the curve at the current point, across the range."""
        if not (math.isfinite(self.x) and math.isfinite(self.z) and math.isfinite(self.local)):
            return None
        ends = [self.z + self.local * (x - self.x) for x in (self.low, self.high)]
        if not all(map(math.isfinite, ends)):
            return None
        line = f"{numbers.short(self.z)} + {numbers.short(self.local)} · ({self.label} − {numbers.short(self.x)})"
        return {"x": [self.low, self.high], "y": ends, "text": f"tangent: {line}"}

    def _heights(self) -> tuple[float, float]:
        """Return the heights to be shown: those of the size of the current value and of the usual ones."""
        sizes = sorted(abs(y) for y in self.ys if math.isfinite(y) and y)
        here = abs(self.z) if math.isfinite(self.z) else 0.0
        limit = min(4 * max(here, sizes[len(sizes) // 2] if sizes else 1.0), LARGEST)
        visible = [y for y in self.ys if abs(y) <= limit] or [-1.0, 1.0]
        low, high = min(visible), max(visible)
        room = (high - low) * 0.08 or max(1.0, abs(high)) / 2
        return low - 2 * room, high + room

    def _rows(self) -> Iterator[Json]:
        """Yield the table behind the curve."""
        places = {*_spread(self.low, self.high, LISTED)}
        if math.isfinite(self.x):
            places.add(self.x)
        for x in sorted(places):
            figures = {"x": x, "y": self.value(x), "local": self.derivative(x)}
            yield {"here": x == self.x, "shown": {name: numbers.shown(figure) for name, figure in figures.items()}}


def _spread(low: float, high: float, count: int) -> Sequence[float]:
    """Return `count` + 1 numbers from `low` to `high`, evenly spread."""
    return [low + (high - low) * (k / count) for k in range(count)] + [high]


def _class(y: float) -> str:
    return "finite" if math.isfinite(y) else "nan" if math.isnan(y) else "infinite"


def _joined(regions: Sequence[Region]) -> list[Region]:
    """Return `regions`, neighbours of one kind that touch at a point joined."""
    found: list[Region] = []
    for each in regions:
        if found and found[-1].kind == each.kind and each.first <= found[-1].last:
            found[-1] = replace(found[-1], last=each.last)
        else:
            found.append(each)
    return found


def _round_up(x: float) -> float:
    """Return the next larger of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(x))
    return next((factor * power for factor in (1.0, 2.0, 5.0) if factor * power >= x), 10.0 * power)
