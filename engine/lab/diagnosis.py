"""Diagnosis: turns the losses and gradients of a descent into what a person should know about it, in words.

A `Watch` sees every iteration and keeps a few numbers, also from one answer to the next; `diagnosed` reads them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.lab.rates import Rates
from engine.lab.recipe import Recipe, norm, read_number
from engine.numbers import short, to_json

RECENT = 30
"""Iterations that make a plateau."""
COMPARED = 100
"""Leaves whose gradients are kept from one answer to the next, to be compared."""
TINY = 1e-6
JUMP = 1e3
HUGE = 1e6
APART = 1e6


@dataclass(slots=True)
class Watch:
    """What has been seen so far. `-1` stands for an iteration that there has not been."""

    first: float = math.nan
    first_norm: float = math.nan
    best: float = math.nan
    best_k: int = 0
    least: float = math.nan
    most: float = math.nan
    least_norm: float = math.nan
    most_norm: float = math.nan
    least_lr: float = math.nan
    most_lr: float = math.nan
    seen: int = -1
    """The last iteration."""
    loss: float = math.nan
    norm: float = math.nan
    own_norm: float = math.nan
    """Of the gradient of the last iteration alone."""
    rises: int = 0
    rise_k: int = -1
    rise_from: float = math.nan
    rise_to: float = math.nan
    turns: int = 0
    turn_k: int = -1
    broken_k: int = -1
    """The first iteration with a loss or gradient that is not finite."""
    jump_k: int = -1
    jump_from: float = math.nan
    jump_to: float = math.nan
    clips: int = 0
    still_k: int = -1
    """The iteration since which hardly anything is left of the gradient."""
    smallest: float = math.nan
    largest: float = math.nan
    small_leaf: int = -1
    large_leaf: int = -1
    recent: list[float] = field(default_factory=list)
    recent_turns: list[float] = field(default_factory=list)
    grads: list[float] = field(default_factory=list)

    def see(
        self,
        k: int,
        loss: float,
        own: Sequence[float],
        got: Sequence[float],
        lr: float,
        *,
        ascends: bool,
        comparable: bool,
        was_clipped: bool,
    ) -> float:
        """Take note of iteration `k`; return the norm of the gradient that the optimizer got."""
        size, alone = norm(got), norm(own)
        if self.seen < 0:
            self._begin(loss, size, own)
        elif comparable and k > self.seen:
            self._compare(k, loss, own, alone, ascends)
        if not (math.isfinite(loss) and math.isfinite(size)) and self.broken_k < 0:
            self.broken_k = k
        if _is_better(loss, self.best, ascends):
            self.best, self.best_k = loss, k
        self.least, self.most = _stretched(self.least, self.most, loss)
        self.least_norm, self.most_norm = _stretched(self.least_norm, self.most_norm, size)
        self.least_lr, self.most_lr = _stretched(self.least_lr, self.most_lr, lr)
        self.clips += was_clipped and k > self.seen
        self.seen, self.loss, self.norm, self.own_norm = k, loss, size, alone
        self.recent = [*self.recent[-RECENT + 1 :], loss]
        self.grads = list(own)
        if not self.is_still:
            self.still_k = -1
        elif self.still_k < 0:
            self.still_k = k
        return size

    def _begin(self, loss: float, size: float, own: Sequence[float]) -> None:
        self.first, self.first_norm, self.best = loss, size, loss
        flowing = [(abs(g), i) for i, g in enumerate(own) if g and math.isfinite(g)]
        if flowing:
            (self.smallest, self.small_leaf), (self.largest, self.large_leaf) = min(flowing), max(flowing)

    def _compare(self, k: int, loss: float, own: Sequence[float], alone: float, ascends: bool) -> None:
        if _is_better(self.loss, loss, ascends) and abs(loss - self.loss) > TINY * abs(self.loss):
            self.rises += 1
            if self.rise_k < 0:
                self.rise_k, self.rise_from, self.rise_to = k, self.loss, loss
        if alone > JUMP * self.own_norm > 0 and alone > JUMP and self.jump_k < 0:
            self.jump_k, self.jump_from, self.jump_to = k, self.own_norm, alone
        if len(self.grads) == len(own):
            self._compare_grads(k, own)

    def _compare_grads(self, k: int, own: Sequence[float]) -> None:
        turned = sum([g * h for g, h in zip(self.grads, own, strict=True)]) < 0
        self.recent_turns = [*self.recent_turns[-9:], float(turned)]
        if turned:
            self.turns += 1
            self.turn_k = k if self.turn_k < 0 else self.turn_k

    @property
    def is_still(self) -> bool:
        """Whether hardly anything is left of the gradient."""
        return self.own_norm <= self.still_norm

    @property
    def still_norm(self) -> float:
        """The norm that counts as hardly anything."""
        return TINY * min(1.0, self.first_norm)

    def document(self) -> dict[str, Any]:
        """Return all of it, ready for JSON."""
        told = asdict(self)
        if len(self.grads) > COMPARED:
            told["grads"] = []
        return {name: list(map(to_json, x)) if isinstance(x, list) else to_json(x) for name, x in told.items()}


def read_watch(told: Mapping[str, Any], count: int) -> Watch:
    """Return what `document` returned; raise ValueError, KeyError or TypeError if it is something else."""
    watch = Watch()
    for name, default in asdict(watch).items():
        value = told[name]
        if isinstance(default, list):
            limit = count if name == "grads" else RECENT
            if not isinstance(value, list) or len(value) > limit:
                raise ValueError(name)
            setattr(watch, name, [read_number(x) for x in value])
        else:
            number = read_number(value)
            setattr(watch, name, int(number) if isinstance(default, int) else number)
    if max(watch.small_leaf, watch.large_leaf) >= count:
        raise ValueError("leaves")
    return watch


def _is_better(now: float, best: float, ascends: bool) -> bool:
    return now > best if ascends else now < best


def _stretched(least: float, most: float, x: float) -> tuple[float, float]:
    if not math.isfinite(x):
        return least, most
    return (x, x) if math.isnan(least) else (min(least, x), max(most, x))


# -- in words ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """What a diagnosis is made from."""

    watch: Watch
    recipe: Recipe
    output: str
    labels: Sequence[str]
    is_flat: bool
    """Whether the loss is the same a little further, where the gradient is nearly 0."""
    is_least: bool
    """Whether the loss is 0 and can never be less."""
    rates: Rates | None
    """None while the descent goes on."""

    @property
    def goal(self) -> str:
        """The right way."""
        return "up" if self.recipe.ascends else "down"


def diagnosed(case: Case) -> list[dict[str, Any]]:
    """Return what is to be said of a descent so far, the summary first."""
    if case.watch.seen < 0:
        return []
    said = [*_summary(case)]
    verdict = next(_verdicts(case), None)
    if verdict:
        said.append(verdict)
    return [*said, *_remarks(case)]


def _said(kind: str, k: int | None, sentence: str, suggestion: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"kind": kind, "iteration": k, "sentence": sentence, "suggestion": suggestion}


def _summary(case: Case) -> Iterator[dict[str, Any]]:
    watch = case.watch
    if not watch.seen:
        yield _said(
            "progress",
            0,
            f"At the beginning {case.output} is {short(watch.first)} and the gradient's norm {short(watch.norm)}.",
        )
        return
    rose = "stays at" if watch.loss == watch.first else None
    if rose is None:
        verb = "rises" if watch.loss > watch.first else "falls" if watch.loss < watch.first else "goes"
        rose = f"{verb} from {short(watch.first)} to"
    text = f"In {_iterations(watch.seen)} {case.output} {rose} {short(watch.loss)}"
    if watch.best_k not in (0, watch.seen) and short(watch.best) != short(watch.loss):
        extreme = "largest" if case.recipe.ascends else "least"
        text += f"; it was {extreme} at iteration {watch.best_k}: {short(watch.best)}"
    yield _said("progress", watch.seen, f"{text}.")


def _verdicts(case: Case) -> Iterator[dict[str, Any]]:
    """Yield what fits, the gravest first."""
    yield from _done(case)
    yield from _nothing(case)
    yield from _broken(case)
    yield from _grown(case)
    yield from _flat(case)
    yield from _to_and_fro(case)
    yield from _overshoot(case)
    yield from _plateau(case)


def _done(case: Case) -> Iterator[dict[str, Any]]:
    if case.is_least and case.watch.is_still:
        sentence = f"Nothing left to gain: {_still(case)}, the least that it can be."
        yield _said("converged", case.watch.still_k, sentence)


def _nothing(case: Case) -> Iterator[dict[str, Any]]:
    if case.watch.first_norm == 0:
        sentence = "Every gradient is 0 at the beginning: nothing moves. This is a flat place, or a closed relu."
        yield _said("nothing", 0, sentence)


def _broken(case: Case) -> Iterator[dict[str, Any]]:
    k = case.watch.broken_k
    if k == 0:
        yield _said(
            "divergence", 0, "The loss or a gradient is not finite before the first step; no step can mend that."
        )
    elif k > 0:
        sentence = f"Divergence: from iteration {k} on the loss or a gradient is not finite; the steps are too large."
        yield _said("divergence", k, sentence, _smaller(case))


def _grown(case: Case) -> Iterator[dict[str, Any]]:
    watch = case.watch
    gone = abs(watch.loss - watch.first)
    is_worse = _is_better(watch.first, watch.loss, case.recipe.ascends)
    if is_worse and watch.rises >= 2 and gone > max(1e-9, abs(watch.first)):
        wrong = "fallen" if case.recipe.ascends else "grown"
        sentence = (
            f"Divergence: {case.output} has {wrong} from {short(watch.first)} to {short(watch.loss)}, "
            f"since iteration {watch.rise_k}."
        )
        yield _said("divergence", watch.rise_k, sentence, _smaller(case))


def _flat(case: Case) -> Iterator[dict[str, Any]]:
    watch = case.watch
    gap = abs(watch.loss - watch.best)
    is_worse = gap > 1e-3 * max(1e-12, abs(watch.best)) and gap > 1e-9 * abs(watch.first - watch.best)
    if watch.first_norm <= TINY * max(1.0, abs(watch.first)):
        size = short(watch.first_norm)
        sentence = f"Vanishing gradient: its norm is {size} at the beginning already, so hardly anything moves."
        yield _said("vanishing", 0, sentence)
    elif watch.is_still and (case.is_flat or is_worse):
        better = f"{case.output} was better at iteration {watch.best_k}"
        same = f"{case.output} is {short(watch.loss)} all around"
        sentence = (
            f"Flat: the gradient's norm is {short(watch.own_norm)}, though {better}."
            if is_worse
            else f"Flat: the gradient's norm is {short(watch.own_norm)}, and {same}."
        )
        sentence += " Nothing moves any more: a relu or hinge is closed, or a function saturated."
        yield _said("vanishing", watch.seen, sentence, _smaller(case) if is_worse else None)
    elif watch.is_still:
        yield _said("converged", watch.still_k, f"Converged: {_still(case)}.")


def _still(case: Case) -> str:
    """Say since when the gradient is hardly anything, and what the loss is."""
    watch = case.watch
    size, loss = short(watch.own_norm), f"{case.output} is {short(watch.loss)}"
    if watch.still_k == watch.seen:
        return f"at iteration {watch.seen} the gradient's norm is {size} and {loss}"
    most = short(watch.still_norm)
    return f"from iteration {watch.still_k} on the gradient's norm is at most {most}; now it is {size}, and {loss}"


def _to_and_fro(case: Case) -> Iterator[dict[str, Any]]:
    watch = case.watch
    if watch.turns >= 3 and sum(watch.recent_turns) > len(watch.recent_turns) / 2:
        way = "ridge" if case.recipe.ascends else "valley"
        sentence = (
            f"Oscillation: the gradient has turned round {watch.turns} times in {_iterations(watch.seen)}, first at "
            f"iteration {watch.turn_k}: the steps go to and fro across a {way}."
        )
        yield _said("oscillation", watch.turn_k, sentence, _smaller(case))


def _overshoot(case: Case) -> Iterator[dict[str, Any]]:
    watch = case.watch
    if watch.rise_k > 0:
        point = "highest" if case.recipe.ascends else "lowest"
        wrong = "fell" if case.recipe.ascends else "rose"
        again = f" In all it {wrong} {watch.rises} times." if watch.rises > 1 else ""
        sentence = (
            f"Overshoot: at iteration {watch.rise_k} {case.output} {wrong} from {short(watch.rise_from)} to "
            f"{short(watch.rise_to)}: the step went past the {point} point.{again}"
        )
        yield _said("overshoot", watch.rise_k, sentence, _smaller(case))
    elif watch.turn_k > 0:
        sentence = (
            f"Overshoot: at iteration {watch.turn_k} the gradient turned round; the step went past the "
            f"{'highest' if case.recipe.ascends else 'lowest'} point, though {case.output} got better."
        )
        yield _said("overshoot", watch.turn_k, sentence, _smaller(case))


def _plateau(case: Case) -> Iterator[dict[str, Any]]:
    recent = case.watch.recent
    if len(recent) < RECENT:
        return
    change = max(recent) - min(recent)
    if change <= 1e-3 * abs(recent[-1]):
        since = case.watch.seen - len(recent) + 1
        sentence = (
            f"Plateau: since iteration {since} {case.output} has changed by {short(change)} only, and the gradient's "
            f"norm is still {short(case.watch.own_norm)}."
        )
        yield _said("plateau", since, sentence, _larger(case))


def _remarks(case: Case) -> Iterator[dict[str, Any]]:
    watch, recipe = case.watch, case.recipe
    if watch.jump_k > 0:
        sentence = (
            f"Exploding gradient: at iteration {watch.jump_k} its norm went from {short(watch.jump_from)} to "
            f"{short(watch.jump_to)} in one step. Clipping bounds that."
        )
        yield _said("exploding", watch.jump_k, sentence)
    elif HUGE < watch.first_norm < math.inf:
        yield _said("exploding", 0, f"Exploding gradient: its norm is {short(watch.first_norm)} at the beginning.")
    if 0 < watch.smallest * APART < watch.largest:
        small, large = case.labels[watch.small_leaf], case.labels[watch.large_leaf]
        sentence = (
            f"Vanishing gradient: at the beginning {small} has {short(watch.smallest)} where {large} has "
            f"{short(watch.largest)} (sizes), so {small} hardly moves."
        )
        yield _said("vanishing", 0, sentence)
    if not recipe.zero_grad and watch.seen:
        sentence = (
            f"Without zero_grad() gradients pile up: at iteration {watch.seen} the optimizer gets a norm of "
            f"{short(watch.norm)}, where the gradient of this iteration has {short(watch.own_norm)}."
        )
        yield _said("piling_up", watch.seen, sentence, {"text": "clear the gradients", "lr": None, "zero_grad": True})
    if watch.clips:
        yield _said("clipped", None, f"The gradient was clipped in {_iterations(watch.clips)}.")


def _iterations(count: int) -> str:
    return "1 iteration" if count == 1 else f"{count:,} iterations"


def _smaller(case: Case) -> dict[str, Any] | None:
    return case.rates.smaller() if case.rates else None


def _larger(case: Case) -> dict[str, Any] | None:
    return case.rates.larger() if case.rates else None
