"""Metrics: turns answered requests into counters, and those into the text that a monitor reads. Start at `Metrics`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from app.kept import Kept
from app.layouts import OUTCOMES, RUNGS, Layouts

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Metrics:
    """What the service has done since it started. Routes are templates of ours, never text of a visitor."""

    in_flight: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    within: Counter[float] = field(default_factory=Counter)
    seconds: float = 0.0

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.answers[route, status] += 1
        self.seconds += seconds
        self.within[next((bound for bound in BUCKETS if seconds <= bound), float("inf"))] += 1

    def text(self, layouts: Layouts, kept: Kept) -> str:
        """Return everything in Prometheus' text format."""
        parts = self._requests(), self._durations(), self._gauge(), _layouts(layouts), _runs(kept)
        return "\n".join([*chain.from_iterable(parts), ""])

    def _requests(self) -> Iterator[str]:
        yield "# HELP gradwalk_requests_total Requests answered."
        yield "# TYPE gradwalk_requests_total counter"
        for (route, status), count in sorted(self.answers.items()):
            yield f'gradwalk_requests_total{{route="{route}",status="{status}"}} {count}'

    def _durations(self) -> Iterator[str]:
        yield "# HELP gradwalk_request_seconds Time from the head of a request to the end of its answer."
        yield "# TYPE gradwalk_request_seconds histogram"
        total = 0
        for bound in (*BUCKETS, float("inf")):
            total += self.within[bound]
            name = "+Inf" if bound == float("inf") else f"{bound:g}"
            yield f'gradwalk_request_seconds_bucket{{le="{name}"}} {total}'
        yield f"gradwalk_request_seconds_sum {self.seconds:.6f}"
        yield f"gradwalk_request_seconds_count {total}"

    def _gauge(self) -> Iterator[str]:
        yield "# HELP gradwalk_in_flight Requests being worked on."
        yield "# TYPE gradwalk_in_flight gauge"
        yield f"gradwalk_in_flight {self.in_flight}"


def _runs(kept: Kept) -> Iterator[str]:
    outcomes = "found = the same run again, rerun = made again from its tape, run = run as a program"
    yield f"# HELP gradwalk_runs_total Programs by outcome: {outcomes}."
    yield "# TYPE gradwalk_runs_total counter"
    for outcome, count in kept.counts.items():
        yield f'gradwalk_runs_total{{outcome="{outcome}"}} {count}'


def _layouts(layouts: Layouts) -> Iterator[str]:
    outcomes = ", ".join(f"{name} = {about}" for name, about in OUTCOMES.items())
    yield f"# HELP gradwalk_layouts_total Layouts by outcome: {outcomes}."
    yield "# TYPE gradwalk_layouts_total counter"
    for outcome, count in layouts.figures().items():
        yield f'gradwalk_layouts_total{{outcome="{outcome}"}} {count}'
    yield "# HELP gradwalk_pictures_total Pictures by layout: dot (careful), dot, simpler, folded, levels (our own)."
    yield "# TYPE gradwalk_pictures_total counter"
    for rung in RUNGS:
        yield f'gradwalk_pictures_total{{rung="{rung}"}} {layouts.rungs[rung]}'
    kept, points = layouts.kept
    yield "# HELP gradwalk_layouts_kept Layouts in memory."
    yield "# TYPE gradwalk_layouts_kept gauge"
    yield f"gradwalk_layouts_kept {kept}"
    yield "# HELP gradwalk_layout_points_kept Places and control points in these layouts."
    yield "# TYPE gradwalk_layout_points_kept gauge"
    yield f"gradwalk_layout_points_kept {points}"
    yield "# HELP gradwalk_layout_queue Layouts that wait for a worker."
    yield "# TYPE gradwalk_layout_queue gauge"
    yield f"gradwalk_layout_queue {layouts.pool.queued}"
