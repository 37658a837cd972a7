"""Kept runs: turns requests for a program that ran a moment ago into its run, without running it. Start at `Kept.find`.

Somebody who drags a slider, opens a group or turns a page asks for the same program again and again. Where only leaves
have other numbers, and the program did not look at these, the recorded run is made again from its tape.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from engine import Recording, Run, alike

Key = tuple[str, frozenset[str], bool]
"""A program, the names of leaves that are held fixed, and whether what ran of it counts if it fails."""


@dataclass(slots=True, eq=False)
class _Entry:
    recording: Recording
    run: Run
    """The latest of the runs made from the recording."""
    inputs: Mapping[str, float]
    busy: Lock = field(default_factory=Lock)

    @property
    def size(self) -> int:
        return _size(self.recording.run)


@dataclass(slots=True)
class Kept:
    """The runs of the latest programs, `most` of them, or as many as have `room` nodes and steps in all."""

    room: int
    most: int = 256
    counts: Counter[str] = field(default_factory=lambda: Counter(found=0, rerun=0, run=0))
    """Runs found again, made again from their tape, and run as programs."""
    _entries: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def size(self, key: Key) -> int:
        """Return the nodes and steps of the run that is kept of a program; 0 if none is."""
        entry = self._entries.get(key)
        return entry.size if entry else 0

    def find(self, key: Key, inputs: Mapping[str, float]) -> Run | None:
        """Return the run of a program with `inputs`, if it is kept or can be made from one that is."""
        with self._lock:
            entry = self._entries.get(key)
            if entry:
                self._entries.move_to_end(key)
        return self._made(entry, inputs) if entry else None

    def _made(self, entry: _Entry, inputs: Mapping[str, float]) -> Run | None:
        if _same(entry.inputs, inputs):
            self.counts["found"] += 1
            return entry.run
        if not entry.busy.acquire(blocking=False):
            return None  # somebody else is at it: running the program is faster than waiting
        try:
            run = entry.recording.rerun(inputs)
            if run is not None:
                entry.run, entry.inputs = run, dict(inputs)
                self.counts["rerun"] += 1
            return run
        finally:
            entry.busy.release()

    def keep(self, key: Key, inputs: Mapping[str, float], run: Run) -> None:
        """Keep a run of a program, and let go of others for it."""
        self.counts["run"] += 1
        if run.problem is not None or _size(run) > self.room:
            return
        with self._lock:
            self._entries[key] = _Entry(Recording(run, inputs), run, dict(inputs))
            self._entries.move_to_end(key)
            total = sum(entry.size for entry in self._entries.values())
            while total > self.room or len(self._entries) > self.most:
                _, oldest = self._entries.popitem(last=False)
                total -= oldest.size


def _size(run: Run) -> int:
    return len(run.tape) + len(run.trace.steps) + 50


def _same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Return whether inputs are the same numbers; 0 and -0 are two."""
    return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
