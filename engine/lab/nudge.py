"""Nudging: turns one node and a small number into what happens to the output, beside what the gradient predicts.

Start at `nudge`. Any node can be nudged: the graph above it is computed again, the graph below it is left alone.
"""

from __future__ import annotations

import math
from typing import Any

from engine import numbers
from engine.lab.check import MOST_CAUSES, corners
from engine.lab.orders import Wrong, order, truncated
from engine.lab.probe import Probe, Probes
from engine.lab.slopes import EPSILON, Slopes, slopes
from engine.lab.subject import Subject, Unfit, subject_of
from engine.run import Run
from engine.tape import Role

Json = dict[str, Any]

POWERS = range(13)
"""The table's steps are the unit times 10 to the minus each of these."""
METHODS = ("forward", "backward", "central")
LITTLE = 0.001
"""The step of the sentence "if a rises by 0.001, d rises by about 0.004"."""


def nudge(run: Run, name: str, h: float = 0.1) -> Json:
    """Return what becomes of the output of `run` when the node `name` moves by `h` up or down."""
    subject = subject_of(run)
    return _Nudge(subject, subject.node(name), h).build()


class _Nudge:
    def __init__(self, subject: Subject, node: int, h: float) -> None:
        if not (math.isfinite(h) and h > 0):
            raise Unfit("h", "must be a number above 0")
        self.subject, self.node, self.h = subject, node, h
        tape = subject.tape
        self.probe: Probe = Probes(tape, subject.output).at(node)
        self.x, self.y = self.probe.x, self.probe.y
        self.label, self.output = subject.label(node), subject.label(subject.output)
        self.trainable = tape.needs_grad[node]
        asked = self.trainable and node <= subject.output
        self.slope = subject.grads[node] if asked else self.probe.slope()
        if math.isfinite(self.x) and self.x + h == self.x:
            raise Unfit("h", f"is too small: {self.label} + {numbers.exact(h)} is {self.label} in double precision")
        self.found: Slopes = slopes(self.probe, self.x)
        self.bend = self.probe.bend()

    def build(self) -> Json:
        tape = self.subject.tape
        cases = [self._case(change) for change in (-self.h, self.h)]
        return {
            "node": f"n{self.node}",
            "label": self.label,
            "role": tape.roles[self.node].value,
            "output": {"node": f"n{self.subject.output}", "label": self.output},
            "data": numbers.to_json(self.x),
            "value": numbers.to_json(self.y),
            "grad": numbers.to_json(self.slope),
            "h": self.h,
            "shown": {
                "data": numbers.shown(self.x),
                "value": numbers.shown(self.y),
                "grad": numbers.shown(self.slope),
                "h": numbers.shown(self.h),
            },
            "trainable": self.trainable,
            "depends": self.probe.depends,
            "kind": self.found.kind,
            "curvature": self._curvature(),
            "cases": cases,
            "sentences": self._sentences(cases),
            "table": self._table(),
        }

    # -- what if ------------------------------------------------------------------------------------------------------

    def _case(self, change: float) -> Json:
        x = self.x + change
        y = self.probe(x)
        delta, predicted = y - self.y, self.slope * change
        figures = {
            "x": x,
            "change": change,
            "value": y,
            "delta": delta,
            "ratio": delta / change,
            "predicted": predicted,
        }
        verdict = _direction(delta)
        return {
            **{name: numbers.to_json(figure) for name, figure in figures.items()},
            "verdict": verdict,
            "foretold": None if math.isnan(delta) or math.isnan(predicted) else verdict == _direction(predicted),
            "text": f"{self.label} = {numbers.short(x)} → {self.output} = {numbers.short(y)}: {self._became(delta)}",
            "sentence": self._moved(change, y, predicted),
            "shown": {name: numbers.shown(figure) for name, figure in figures.items()},
        }

    def _became(self, delta: float) -> str:
        verdict = _direction(delta)
        if not math.isfinite(delta):
            return "no change that is a number"
        return f"{verdict} by {numbers.short(abs(delta))}" if delta else verdict

    def _moved(self, change: float, y: float, predicted: float) -> str:
        """Return one case in a sentence: what happens, and what the gradient had said."""
        delta, miss = y - self.y, self._miss(change, y)
        happens = f"If {self.label} {_verb(change)} by {numbers.short(abs(change))}, {self.output} {self._happens(y)}"
        if math.isnan(delta):
            return f"{happens}."
        if math.isnan(predicted):
            return f"{happens}; the gradient, not a number, says nothing."
        if miss == 0:
            return f"{happens}, exactly as the gradient says." if predicted else f"{happens}."
        return f"{happens}; the gradient says {numbers.short(predicted)}."

    def _happens(self, y: float) -> str:
        """Return in words what becomes of the output, of numbers that are none as well."""
        delta, before = y - self.y, numbers.short(self.y)
        if math.isfinite(delta):
            return f"{_verb(delta)} by {numbers.short(abs(delta))}" if delta else "does not change"
        if y == self.y or (math.isnan(y) and math.isnan(self.y)):
            stays = "infinite" if y == self.y else "not a number"
            return f"stays {before}: it is {stays} before and after"
        if math.isnan(y):
            return f"goes from {before} to nan, which is not a number"
        return f"goes from {before} to {numbers.short(y)}, and no number says how far that is"

    # -- what the gradient misses -------------------------------------------------------------------------------------

    def _noise(self, h: float, *values: float) -> float:
        """Return what round-off may make of the change over `h`, to one of `values`."""
        digits = max(abs(self.y), *(abs(each) for each in values), abs(self.slope) * max(abs(self.x), h))
        return 4 * EPSILON * digits

    def _miss(self, change: float, y: float) -> float:
        """Return how much the output changed beyond gradient times `change`; 0 if round-off alone may be to blame."""
        missed = y - self.y - self.slope * change
        return 0.0 if math.isfinite(missed) and abs(missed) <= self._noise(abs(change), y) else missed

    def _curvature(self) -> Json | None:
        """Return the second derivative, and what gradient times h misses; None where one of them is no number."""
        if self.found.kind != "smooth" or not self.probe.depends:
            return None
        down, up = self._missed(-self.h), self._missed(self.h)
        if not (math.isfinite(self.bend) and math.isfinite(down) and math.isfinite(up)):
            return None
        return {"value": self.bend, "shown": numbers.shown(self.bend), "text": self._about_bend(down, up)}

    def _missed(self, change: float) -> float:
        return self._miss(change, self.probe(self.x + change))

    def _about_bend(self, down: float, up: float) -> str:
        bend, h, at = self.bend, self.h, f"{self.label} = {numbers.short(self.x)}"
        told, part, noise = numbers.short(bend), bend * h * h / 2, self._noise(h)
        if not (down or up) or (bend and max(abs(down), abs(up)) <= 2 * noise):
            return self._about_straight(at)
        missed = f"Gradient times h {self._both(down, up)}"
        if all(abs(each - part) <= 0.1 * abs(part) + noise for each in (down, up)):
            bends = "up" if bend > 0 else "down"
            return (
                f"{missed}. That is the bend: at {at} the second derivative is {told}, so {self.output} bends {bends}, "
                f"and half of it times h² is {numbers.short(part)}."
            )
        if bend == 0:
            return f"{missed}. At {at} the second derivative is 0: {self.output} bends further out, within h."
        return (
            f"{missed}. The second derivative at {at} is {told}, and half of it times h², {numbers.short(part)}, "
            f"differs from that: h is too large for it."
        )

    def _about_straight(self, at: str) -> str:
        reach = max(_unit(self.x), self.h)
        if any(self._missed(part * self.h) for part in (-0.5, 0.5)):
            return f"Gradient times h is the change to both sides, but {self.output} is no straight line between."
        if abs(self.bend) * reach * reach <= self._noise(reach):
            return f"Over this stretch {self.output} is a straight line along {self.label}: the gradient tells it all."
        return (
            f"At {at} the second derivative is {numbers.short(self.bend)}: over this h the bend is lost in round-off."
        )

    def _both(self, down: float, up: float) -> str:
        """Return what gradient times h misses for +h, and for −h if that differs."""
        above, below = self._told(up), self._told(down)
        if not (up and down):
            right, wrong, missed = ("−h", "+h", above) if up else ("+h", "−h", below)
            return f"is right for {right}, and misses the change by {missed} for {wrong}"
        return f"misses the change by {above}" + ("" if above == below else f" for +h and by {below} for −h")

    def _told(self, missed: float) -> str:
        """Return `missed` with no more digits than round-off leaves."""
        noise = self._noise(self.h, self.y + self.slope * self.h, self.y - self.slope * self.h) / 4
        most = 10.0**numbers.SIGNIFICANT_DIGITS
        if not missed or abs(missed) >= most * noise:
            return numbers.short(missed)
        sure = math.floor(math.log10(abs(missed) / noise))
        return f"about {numbers.short(float(f'{missed:.{max(sure, 1) - 1}e}'))}"

    # -- words --------------------------------------------------------------------------------------------------------

    def _sentences(self, cases: list[Json]) -> list[str]:
        if not self.probe.depends:
            nothing = "no path leads from one to the other, so the gradient is 0"
            return [f"{self.output} does not depend on {self.label}: {nothing}."]
        found = [*self._standing(), *self._sign()]
        if self.found.kind == "smooth" and math.isfinite(self.slope):
            found += self._size()
        else:
            found += self._roughness()
        if self.subject.run.looks and self.subject.run.looks.nodes:
            found.append("Only the graph that was recorded moves: a branch not taken at these numbers is not in it.")
        return found

    def _standing(self) -> list[str]:
        role, tape = self.subject.tape.roles[self.node], self.subject.tape
        if role is Role.CONSTANT:
            return [f"{self.label} is a constant: no gradient was asked for, but one can see what it would be."]
        if not self.trainable:
            what = "held fixed" if tape.ops[self.node] is None else "computed from fixed numbers alone"
            return [f"{self.label} is {what}: no gradient was asked for, but one can see what it would be."]
        if self.node == self.subject.output:
            return [f"{self.output} is the output: its derivative by itself is 1."]
        if role is Role.OPERATION:
            return [f"{self.label} is held here, whatever it is computed from; only what uses it is computed again."]
        return []

    def _sign(self) -> list[str]:
        slope, x, y = self.slope, self.label, self.output
        if math.isnan(slope):
            return [f"The gradient is not a number: it says nothing about where to move {x}."]
        if slope == 0:
            return [f"The gradient is 0: to first order a small change of {x} does not change {y}."]
        word, up, down = ("positive", "increases", "decreases") if slope > 0 else ("negative", "decreases", "increases")
        less, more = ("decrease", "increase") if slope > 0 else ("increase", "decrease")
        return [
            f"The gradient {numbers.short(slope)} is {word}: increasing {x} {up} {y}, decreasing {x} {down} it.",
            f"To make {y} smaller, {less} {x}; to make it larger, {more} {x}.",
        ]

    def _size(self) -> list[str]:
        """Return the magnitude in words: the factor, and a small step with its prediction."""
        step = LITTLE * _unit(self.x)
        delta, predicted = self.probe(self.x + step) - self.y, self.slope * step
        if not math.isfinite(delta) or (delta == 0 and predicted == 0):
            return []
        told = f"{_verb(predicted)} by about {numbers.short(abs(predicted))}" if predicted else "hardly changes"
        happened = f"it {_past(delta)} by {numbers.short(abs(delta))}" if delta else "it did not change"
        said = f"If {self.label} rises by {numbers.short(step)}, {self.output} {_rise(told)}; {happened}."
        if not self.slope:
            return [said]
        factor = abs(self.slope)
        speed = "as fast as" if factor == 1 else f"{numbers.short(factor)} times as fast as"
        against = "" if self.slope > 0 else ", in the opposite direction"
        return [f"Here {self.output} changes {speed} {self.label}{against}.", said]

    def _roughness(self) -> list[str]:
        found, x, y = self.found, f"{self.label} = {numbers.short(self.x)}", self.output
        left, right = numbers.short(found.left.value), numbers.short(found.right.value)
        match found.kind:
            case "kink":
                return [f"At {x} {y} has a kink: slope {left} on the left, {right} on the right.", *self._conventions()]
            case "jump":
                return [f"At {x} {y} jumps: there is no slope.", *self._conventions()]
            case "steep":
                return [f"At {x} the slope grows without bound: no gradient describes it."]
            case "edge":
                return [f"{x} is at the edge of the domain: {self.label} can be nudged to one side only."]
            case "undefined":
                return [f"{y} is not finite around {x}: differences say nothing."]
            case "unresolved":
                return [f"At {x} {y} bends too sharply, or changes too little, for differences to tell its slope."]
        return [f"Differences give a slope of {numbers.short(found.central.value)}."]

    def _conventions(self) -> list[str]:
        ops = [self.subject.tape.ops[node] for node, _ in corners(self.probe)]
        said = dict.fromkeys(f"{op.name}: {op.convention}" for op in ops if op and op.convention)
        return list(said)[:MOST_CAUSES]

    # -- over many steps ----------------------------------------------------------------------------------------------

    def _table(self) -> Json:
        unit = _unit(self.x)
        rows = [self._row(h) for h in _steps(unit, self.h)]
        errors = {method: [row[method]["error"] for row in rows] for method in METHODS}
        best = {method: _best(errors[method]) for method in METHODS}
        return {
            "unit": unit,
            "rows": rows,
            "best": best,
            "sentences": self._about_steps(rows, best),
        }

    def _row(self, h: float) -> Json:
        up, down = self.probe(self.x + h), self.probe(self.x - h)
        estimates = {
            "forward": (up - self.y) / h,
            "backward": (self.y - down) / h,
            "central": (up - down) / (2 * h),
        }
        return {"h": h, "shown": numbers.shown(h)} | {
            method: {
                "estimate": numbers.to_json(estimate),
                "error": numbers.to_json(error := abs(estimate - self.slope)),
                "shown": {"estimate": numbers.shown(estimate), "error": numbers.shown(error)},
            }
            for method, estimate in estimates.items()
        }

    def _about_steps(self, rows: list[Json], best: dict[str, int | None]) -> list[str]:
        if not self.probe.depends:
            return ["Every estimate is 0, as the gradient."]
        if any(place is None for place in best.values()):
            return ["The numbers are not finite, so there is no best h."]
        if self.found.kind in ("kink", "jump", "steep", "edge"):
            return ["Here smaller steps do not bring the three estimates together: there is no derivative to tend to."]
        if all(row[method]["error"] == 0 for row in rows for method in METHODS):
            return ["Every estimate is the gradient to the last digit."]
        if self._is_straight(rows):
            return [_STRAIGHT.format(x=self.label, y=self.output), _ROUND_OFF.format(x=self.label, y=self.output)]
        wrong = {method: self._wrong(rows, method) for method in ("forward", "central")}
        cut = {method: truncated(errors) for method, errors in wrong.items()}
        laws = {method: order(errors) for method, errors in cut.items()}
        found = [self._about_best(rows, method, best[method], bool(cut[method]), laws[method]) for method in cut]
        rises = any(errors[-1].error > min(each.error for each in errors) for errors in wrong.values() if errors)
        said = [_ROUND_OFF.format(x=self.label, y=self.output)] if rises else []
        return [*found, self._about_truncation(cut, laws), *said]

    def _wrong(self, rows: list[Json], method: str) -> list[Wrong]:
        """Return the errors of `method` at the table's powers of ten."""
        powers = _steps(_unit(self.x))
        return [
            Wrong(h, error, self._noise(h, self.y + self.slope * h, self.y - self.slope * h) / h)
            for row in rows
            if (h := row["h"]) in powers and isinstance(error := row[method]["error"], float)
        ]

    def _is_straight(self, rows: list[Json]) -> bool:
        """Return whether the largest steps are wrong by no more than round-off."""
        size = max(abs(self.y), abs(self.slope) * rows[0]["h"])
        errors = [(row[method]["error"], row["h"]) for row in rows[:4] for method in METHODS]
        return all(isinstance(error, float) and error * h <= 8 * EPSILON * size for error, h in errors)

    def _about_best(self, rows: list[Json], method: str, place: int | None, is_cut: bool, law: int | None) -> str:
        assert place is not None, "there is a best step"
        step, error = (row := rows[place])["shown"][0], row[method]["shown"]["error"][0]
        sides = "One-sided" if method == "forward" else "Central"
        if all(row[method]["error"] == 0 for row in rows):
            return f"{sides}: the error is 0 at every h."
        if not is_cut:
            return f"{sides}: no error but round-off; it is smallest at h = {step}, {error}."
        if place == 0:
            return f"{sides}: the largest step, h = {step}, is best; its error is {error}."
        if law is None:
            return f"{sides}: the error is smallest at h = {step}, {error}."
        return f"{sides}: while h shrinks the error falls like {_power(law)}; it is smallest at h = {step}, {error}."

    def _about_truncation(self, cut: dict[str, list[Wrong]], laws: dict[str, int | None]) -> str:
        """Return why large steps are wrong, as far as the errors show it."""
        if laws["forward"] == 1:
            one = f"{_BENDS.format(y=self.output)} From one side the error is about h times half the second derivative"
            both = "of the two sides of a central difference the bends cancel"
            if not cut["central"]:
                return f"{one}; {both}, and nothing is left."
            return f"{one}; {both}, and h² is left." if laws["central"] == 2 else f"{one}."
        if laws["forward"] and self.bend == 0:
            return f"{_BENDS.format(y=self.output)} The second derivative is 0 here, so that fades faster than h."
        return f"Large steps are wrong because over them {self.output} is no straight line (truncation)."


_STRAIGHT = "{y} is a straight line along {x}: the estimate is right at any h, so large steps are best."
_BENDS = "Large steps are wrong because the curve of {y} bends (truncation)."
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ROUND_OFF = (
    "Small steps are wrong because {y} before and after differ in their last digits alone (round-off): about 1e−16 "
    "times {y}, divided by h, so it grows as h shrinks."
)


def _best(errors: list[float | str]) -> int | None:
    """Return the place of the smallest error, the first of several; None if none is finite."""
    return min(((error, place) for place, error in enumerate(errors) if isinstance(error, float)), default=(0, None))[1]


def _unit(x: float) -> float:
    """Return the step that counts as 1: 1 for numbers of everyday size, else the power of ten of `x`."""
    if x == 0 or not math.isfinite(x) or 1e-2 <= abs(x) < 1e4:
        return 1.0
    return max(10.0 ** math.floor(math.log10(abs(x))), 1e-290)


def _direction(change: float) -> str:
    if math.isnan(change):
        return "undefined"
    return "increased" if change > 0 else "decreased" if change < 0 else "unchanged"


def _verb(change: float) -> str:
    return "increases" if change > 0 else "decreases"


def _past(change: float) -> str:
    return "rose" if change > 0 else "fell"


def _rise(told: str) -> str:
    return told.replace("increases", "rises").replace("decreases", "falls")


def _steps(unit: float, chosen: float = 0.0) -> list[float]:
    """Return the steps of the table, falling, `chosen` among them if it is near."""
    steps = [unit * 10.0**-power for power in POWERS]
    is_new = steps[-1] / 100 <= chosen <= steps[0] * 100 and not any(math.isclose(chosen, each) for each in steps)
    return sorted([*steps, chosen] if is_new else steps, reverse=True)


def _power(law: int) -> str:
    return "h" if law == 1 else f"h{str(law).translate(_RAISED)}"
