"""A moment of a run: turns a trace and a step number into what each node shows then. Start at `frame_at`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.export.fold import Group, nodes_of
from engine.run import Run
from engine.tape import Role
from engine.trace import Backward, Forward, Pass, Seed, Update


def node_id(node: int) -> str:
    """Return the name of a node in JSON, SVG and DOT."""
    return f"n{node}"


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known after `step` steps: None stands for a number that has not arrived yet."""

    step: int
    shown: Pass | None
    """The pass whose graph is on screen."""
    data: dict[int, float | None]
    grads: dict[int, float | None]


def frame_at(run: Run, step: int | None = None) -> Frame:
    """Return the state after `step` steps (all of them if None); raise ValueError if there are not so many."""
    steps = run.trace.steps
    step = len(steps) if step is None else step
    if not 0 <= step <= len(steps):
        raise ValueError(f"step must be a whole number from 0 to {len(steps)}")
    frame: Frame | None = run.moments.get(step)
    if frame is None:
        run.moments.clear()  # who looks at a moment twice does so in a row
        frame = run.moments[step] = _frame(run, step)
    return frame


def _frame(run: Run, step: int) -> Frame:
    steps = run.trace.steps
    k = pass_at(run.trace.passes, step)
    shown = None if k is None else run.trace.passes[k]
    nodes = shown.order if shown else ()
    data: dict[int, float | None] = {n: None if run.tape.ops[n] else run.tape.data[n] for n in nodes}
    for late in reversed(steps[step:]):
        if isinstance(late, Update) and late.field == "data" and run.tape.roles[late.node] is not Role.OPERATION:
            data[late.node] = late.before
    grads: dict[int, float | None] = dict.fromkeys(nodes)
    for past in steps[:step]:
        match past:
            case Forward(node=node, data=value):
                data[node] = value
            case Seed(node=node, after=after) | Update(node=node, field="grad", after=after):
                grads[node] = after
            case Backward(operand=operand, after=after):
                grads[operand] = after
            case Update(node=node, after=after):
                data[node] = after
    return Frame(step, shown, data, grads)


@dataclass(frozen=True, slots=True)
class PileFace:
    """What a folded group shows of the numbers in it."""

    largest: float | None
    """The size of its largest gradient; None if none has arrived."""
    nans: int
    """How many of its numbers are none."""

    @property
    def sign(self) -> str:
        return "nan" if self.nans else "none" if self.largest is None else "abs"


def pile_face(group: Group, frame: Frame) -> PileFace:
    """Return what `group` shows, folded, at the moment of `frame`."""
    return face_of(
        [grad for node in nodes_of(group) if (grad := frame.grads.get(node)) is not None],
        [data for node in nodes_of(group) if (data := frame.data.get(node)) is not None],
    )


def face_of(grads: Sequence[float], data: Sequence[float]) -> PileFace:
    """Return what a folded group shows that holds these numbers; gradients that are none count as no size."""
    sizes = [abs(grad) for grad in grads if grad == grad]
    nans = len(grads) - len(sizes) + sum(1 for x in data if x != x)
    return PileFace(max(sizes, default=math.nan if grads else None), nans)


def pass_at(passes: tuple[Pass, ...], step: int) -> int | None:
    """Return which pass `step` belongs to: the first that is not over yet, else the last."""
    return next((k for k, p in enumerate(passes) if step <= p.last), len(passes) - 1 if passes else None)


def sign_of(gradient: float | None) -> str:
    """Return the mark of a gradient: pos, neg, zero, nan, or none if it has not arrived."""
    if gradient is None:
        return "none"
    if math.isnan(gradient):
        return "nan"
    return "zero" if gradient == 0 else "pos" if gradient > 0 else "neg"


def magnitude_of(gradient: float | None, largest: float) -> int:
    """Return the depth of colour, 0 to 3: the size of `gradient` beside the largest, on a logarithmic scale."""
    if gradient is None or gradient == 0 or math.isnan(gradient):
        return 0
    if math.isinf(gradient) or not largest:
        return 3
    return min(3, int(4 * math.log1p(9 * min(abs(gradient) / largest, 1.0)) / math.log(10)))


def largest_gradient(gradients: Iterable[float]) -> float:
    """Return the size of the largest finite gradient, that others are measured by; 0 if there is none."""
    return max((abs(g) for g in gradients if math.isfinite(g)), default=0.0)
