"""Central differences: turns a tape into an independent estimate of its gradients. Start at `check`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.backward import gradients
from engine.forward import Replay
from engine.tape import Role, Tape

STEP = 2.220446049250313e-16 ** (1 / 3)
"""Relative step h: the error of (f(x+h) - f(x-h)) / 2h is about h^2 (truncation) plus eps/h (round-off)."""
TOLERANCE = 1e-6
"""Largest error that passes, relative to the larger of 1, |gradient| and |output|."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One leaf: its gradient by the reverse sweep and by differences from both sides."""

    node: int
    gradient: float
    difference: float
    """(f(x+h) - f(x-h)) / 2h"""
    left: float
    """(f(x) - f(x-h)) / h"""
    right: float
    """(f(x+h) - f(x)) / h"""
    step: float
    """h, in units of the leaf."""
    passed: bool
    kink: bool
    """Left and right slope differ: the function has a corner here, and the gradient is a convention."""


def check(tape: Tape, output: int) -> list[Checked]:
    """Compare the gradient of `output` by each trainable leaf with central differences; two replays a leaf."""
    grads, replay = gradients(tape, output), Replay(tape, output)
    leaves = [n for n in range(output + 1) if tape.roles[n] is Role.INPUT and tape.needs_grad[n]]
    return [_check_leaf(replay, grads[leaf], leaf) for leaf in leaves]


def _check_leaf(replay: Replay, gradient: float, leaf: int) -> Checked:
    x, output = replay.tape.data[leaf], replay.output
    h = STEP * max(1.0, abs(x)) if math.isfinite(x) else STEP
    above, below = x + h, x - h
    f, f_above, f_below = (replay.forward({leaf: at})[output] for at in (x, above, below))
    difference = (f_above - f_below) / (above - below)
    left, right = (f - f_below) / (x - below), (f_above - f) / (above - x)
    scale = max(1.0, abs(gradient), abs(f) * 1e-3)
    smooth = abs(left - right) <= 1e-3 * max(1.0, abs(left), abs(right), abs(f) * 1e-3)
    passed = abs(gradient - difference) <= TOLERANCE * scale
    return Checked(leaf, gradient, difference, left, right, h, passed, kink=not smooth)
