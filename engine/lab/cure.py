"""Cures of nan: turns proposals of `rewrites` into those that make a program finite. Start at `cures`.

Each is written into the program, which is run again: at its own inputs both passes must be finite, and the output and
its gradients what the program itself comes to nearby; at a few other inputs the output must be the same, and no leaf
may be lost.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from engine import language, numbers
from engine.backward import dependencies
from engine.lab.nearby import Nearby
from engine.lab.rewrites import Rewrite, rewrites
from engine.lab.words import listed
from engine.language.budgets import Budgets
from engine.language.errors import Edit, Fix, ProgramError, applied, cut
from engine.language.parser import parse
from engine.run import Run
from engine.tape import Span
from engine.trace import Backward, Forward

MOST_TRIED = 24
MOST_SHOWN = 4
MOST_GRADIENTS = 3
"""Gradients told of a cure."""
_SECONDS = 1.0
"""Processor time for all trials."""
_CHOICES = 3
"""Proposals of a place that are tried together with those of others."""
_TRIALS = 3
"""Other inputs at which a cured program is compared."""
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class _Tried:
    rewrite: Rewrite
    source: str
    run: Run

    @property
    def output(self) -> float:
        assert self.run.output is not None, "a finite run has an output"
        return self.run.tape.data[self.run.output]


def cures(run: Run, culprits: frozenset[Span]) -> tuple[list[dict[str, Any]], str]:
    """Return the rewrites after which all numbers are finite, those that keep the meaning first; and where there are
    none, what the output comes to nearby, in words."""
    deadline = time.process_time() + _SECONDS
    near = Nearby(_inputs(run), lambda inputs: _measured(run, inputs, deadline))
    told = _cures(run, culprits, near, deadline)
    return told, "" if told else _nearby(near)


def _nearby(near: Nearby) -> str:
    if not near.rays:
        return ""
    if near.limit is None:
        return "Nearby the output comes to no one number, so that none can stand here."
    return f"Nearby the output comes to {numbers.short(near.limit)}."


def _cures(run: Run, culprits: frozenset[Span], near: Nearby, deadline: float) -> list[dict[str, Any]]:
    try:
        proposals = list(rewrites(parse(run.source), culprits))
    except ProgramError:
        return []
    proposals.sort(key=lambda each: not each.exact)
    proposals = proposals[:MOST_TRIED]
    found = list(_finite(run, proposals, deadline))
    if not found:
        sets = [_together(proposals, k) for k in range(_CHOICES)]
        found = list(_finite(run, [each for each in sets if each is not None], deadline))[:1]
    found = [tried for tried in found if _is_near(near, tried)]
    told = [_told(run, tried, deadline) for tried in _best(found)]
    return [each for each in told if each is not None and each["same"] is not False]


def _measured(run: Run, inputs: Mapping[str, float], deadline: float) -> tuple[float, dict[str, float]] | None:
    """Return the program's own output and gradients at `inputs`; None where they are not finite."""
    made = _run(run.source, inputs, run, deadline) if time.process_time() < deadline else None
    if made is None or made.output is None or not is_finite(made):
        return None
    return made.tape.data[made.output], _gradients(made)


def _gradients(run: Run) -> dict[str, float]:
    """Return the gradients of what an input can set."""
    settable = run.looks.leaves if run.looks is not None else ()
    return {name: run.trace.grads[node] for name, node, _ in settable if node < len(run.trace.grads)}


def _is_near(near: Nearby, tried: _Tried) -> bool:
    """Return whether a cured program fits to what the program itself gives nearby."""
    return near.fits(tried.output, _gradients(tried.run), is_exact=tried.rewrite.exact)


def _best(found: Sequence[_Tried]) -> list[_Tried]:
    """Return the few worth showing: beside one that keeps the meaning, one that does not is enough, if both give the
    same number. Where two that keep the meaning contradict each other there is no cure."""
    exact = [tried for tried in found if tried.rewrite.exact]
    if any(not _same(one.output, other.output) for one, other in combinations(exact, 2)):
        return []
    others = [tried for tried in found if not tried.rewrite.exact]
    if exact:
        others = [tried for tried in others if _same(tried.output, exact[0].output)]
    return exact[:MOST_SHOWN] + others[: 1 if exact else 2]


def _same(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=_CLOSE, abs_tol=_CLOSE)


def _finite(run: Run, proposals: Sequence[Rewrite], deadline: float) -> Iterator[_Tried]:
    for each in proposals:
        if time.process_time() > deadline:
            return
        source = applied(run.source, each.fix)
        cured = _run(source, _inputs(run), run, deadline)
        if cured is not None and is_finite(cured):
            yield _Tried(each, source, cured)


def _together(proposals: Sequence[Rewrite], k: int) -> Rewrite | None:
    """Return proposals that do not touch each other as one: for each place its `k`-th, or the last if it has fewer."""
    places: dict[Span, list[Rewrite]] = {}
    for each in proposals:
        places.setdefault(each.span, []).append(each)
    chosen: list[Rewrite] = []
    for each in (found[min(k, len(found) - 1)] for found in places.values()):
        if not any(_overlap(each.span, other.span) for other in chosen):
            chosen.append(each)
    if len(chosen) < 2:
        return None
    edits = sorted((edit for each in chosen for edit in each.fix.edits), key=lambda edit: _start(edit.span))
    about = " ".join(dict.fromkeys(each.about for each in chosen))
    titles = [each.fix.title.removeprefix("Write ") for each in sorted(chosen, key=lambda each: _start(each.span))]
    fix = Fix(cut(f"Write {' and '.join(titles)}", 120), tuple(edits))
    return Rewrite(fix, chosen[0].span, about, all(each.exact for each in chosen))


def _overlap(x: Span, y: Span) -> bool:
    return _start(x) < (y.end_line, y.end_column) and _start(y) < (x.end_line, x.end_column)


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def is_finite(run: Run) -> bool:
    """Return whether every number of both passes is finite."""
    return run.output is not None and all(
        math.isfinite(step.data)
        if isinstance(step, Forward)
        else not isinstance(step, Backward) or (math.isfinite(step.contribution) and math.isfinite(step.after))
        for step in run.trace.steps
    )


def _inputs(run: Run) -> dict[str, float]:
    """Return what an input can set, at the numbers of this run."""
    settable = run.looks.leaves if run.looks is not None else ()
    return {name: run.tape.data[node] for name, node, _ in settable}


def _run(source: str, inputs: Mapping[str, float], before: Run, deadline: float) -> Run | None:
    seconds = max(0.05, deadline - time.process_time())
    fixed = [name for node in before.fixed if (name := before.tape.names[node])]
    try:
        return language.run(source, inputs, fixed=fixed, budgets=Budgets(seconds=seconds))
    except ProgramError:
        return None


def _told(run: Run, tried: _Tried, deadline: float) -> dict[str, Any] | None:
    """Return a cure as it is told; None if it loses a leaf."""
    same, compared, lost = _compare(run, tried, deadline)
    if lost:
        return None
    fix = tried.rewrite.fix
    return {
        "title": fix.title,
        "about": tried.rewrite.about,
        "exact": tried.rewrite.exact,
        "same": same,
        "compared": compared,
        "edits": [_edit(edit) for edit in fix.edits],
        "source": tried.source,
        "shown": numbers.shown(tried.output),
        "sentence": _sentence(run, tried, same, compared),
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return edit.span.document() | {"text": edit.text}


def _compare(run: Run, tried: _Tried, deadline: float) -> tuple[bool | None, int, frozenset[str]]:
    """Return whether both programs give the same output at other inputs where the first one is finite, at how many
    inputs that was seen, None if at none; and the leaves on which only the first one ever depends."""
    compared, given = 0, _inputs(run)
    lost, kept = _leaves(run), _leaves(tried.run)
    for trial in range(_TRIALS if given else 0):
        inputs = {name: _elsewhere(trial * len(given) + k) for k, name in enumerate(given)}
        before = _run(run.source, inputs, run, deadline)
        after = _run(tried.source, inputs, run, deadline)
        if before is None or after is None or before.output is None or after.output is None:
            continue
        lost, kept = lost | _leaves(before), kept | _leaves(after)
        if not is_finite(before):
            continue
        compared += 1
        x, y = before.tape.data[before.output], after.tape.data[after.output]
        if not _same(x, y):
            return False, compared, lost - kept
    return (True if compared else None), compared, lost - kept


def _leaves(run: Run) -> frozenset[str]:
    """Return the names of the leaves on which the output depends."""
    if run.output is None or run.looks is None:
        return frozenset()
    reached = set(dependencies(run.tape, run.output))
    return frozenset(name for name, node, _ in run.looks.leaves if node in reached)


def _elsewhere(k: int) -> float:
    """Return the k-th of numbers between 0.2 and 1.8 that lie far from each other: multiples of the golden ratio."""
    return 0.2 + 1.6 * ((k + 1) * 0.6180339887498949 % 1)


def _sentence(run: Run, tried: _Tried, same: bool | None, compared: int) -> str:
    own, after = _gradients(run), _gradients(tried.run)
    grads = [f"{name}.grad {numbers.short(after[name])}" for name in own if name in after]
    ends = [f"the output is {numbers.short(tried.output)}", *grads[:MOST_GRADIENTS]]
    finite = f"With it all numbers are finite: {listed(ends)}."
    if same is None:
        return finite
    times = "1 other input" if compared == 1 else f"{compared} other inputs"
    if not same:
        return f"{finite} Elsewhere it gives other numbers."
    how = "the same" if tried.rewrite.exact else "the same to six digits"
    return f"{finite} At {times} that we tried it is {how} as before."
