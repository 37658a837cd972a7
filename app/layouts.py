"""Layouts: turns pictures into places, in time whatever the picture is. Start at `Layouts.place`.

A ladder: Graphviz works with care, then with less, then on a picture with more of it folded, and at last the places
are our own, `engine/export/levels.py`. The same topology is laid out once: all who ask meanwhile wait for one answer,
and it is kept, as is the news that a topology takes too long.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from app.layout_pool import Busy, Failed, Pool, Why
from engine import Layout, Picture, in_ranks, read_layout

__all__ = ["Busy", "Failed", "Laid", "Layouts"]

Rung = Literal["dot", "dot, simpler", "folded", "levels"]
RUNGS: tuple[Rung, ...] = get_args(Rung)
Outcome = Layout | Why
Key = tuple[str, str]  # a topology, and how it was laid out

UNTIL: dict[Rung, float] = {"dot": 0.55, "dot, simpler": 0.8, "folded": 0.95}
"""The part of the time after which a rung is left for the next."""
REMARKS: dict[Rung, str] = {
    "dot, simpler": "this graph is entangled, so that its edges are drawn straight",
    "folded": "this graph is too entangled to be drawn in time, so that more of it is folded",
    "levels": "this graph is too entangled to be laid out in time, so that it is drawn plainly, in ranks",
}
BUSY = "many pictures are being laid out at the moment, so that this one is drawn more plainly than usual"


@dataclass(frozen=True, slots=True)
class Laid:
    """A picture and where everything in it is."""

    picture: Picture
    """The one that was asked for, or one with more of it folded."""
    layout: Layout
    rung: Rung
    remark: str | None
    """What a reader should know, one sentence."""


@dataclass(slots=True)
class Layouts:
    """A pool of workers, and a bounded memory of layouts."""

    workers: int = 2
    deadline: float = 1.9
    """Seconds for a picture, waiting included."""
    waiting: int = 64
    """Requests that may wait for a worker."""
    remembered: int = 512
    """Layouts kept, by topology."""
    points: int = 500_000
    """Points kept in these together."""
    largest: int = 3000
    """Boxes beyond which Graphviz is not asked, nor with four times as many edges."""
    counts: Counter[str] = field(default_factory=Counter)
    """Layouts found again, joined while they were computed, and computed."""
    rungs: Counter[Rung] = field(default_factory=Counter)
    """Pictures by the rung that they got."""
    pool: Pool = field(init=False)
    _known: OrderedDict[Key, Outcome] = field(default_factory=OrderedDict)
    _held: int = 0
    _under_way: dict[Key, asyncio.Task[Layout]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pool = Pool(self.workers, self.waiting)

    async def start(self) -> None:
        """Start the workers; each is warm before it is asked anything."""
        await self.pool.start()

    async def stop(self) -> None:
        """End the workers."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        await self.pool.stop()

    async def place(
        self, picture: Picture, fewer: Callable[[], Picture] | None = None, seconds: float | None = None
    ) -> Laid:
        """Return the places of `picture`, or of what `fewer` returns if that is too entangled, within `seconds`, or the
        deadline if that is shorter; raise `Busy`."""
        laid = await self._climb(picture, fewer, min(self.deadline, seconds or self.deadline))
        self.rungs[laid.rung] += 1
        return laid

    async def render(self, dot: str, form: str) -> bytes:
        """Return `dot` drawn as png or pdf; raise `Failed` or `Busy`."""
        return await self.pool.ask(dot, form, self.deadline)

    def figures(self) -> dict[str, int]:
        """Return how often what happened."""
        return {name: (self.counts + self.pool.counts)[name] for name in OUTCOMES}

    @property
    def kept(self) -> tuple[int, int]:
        """Layouts in memory, and points in them."""
        return len(self._known), self._held

    # -- the ladder ---------------------------------------------------------------------------------------------------

    async def _climb(self, picture: Picture, fewer: Callable[[], Picture] | None, limit: float) -> Laid:
        start, busy, key = asyncio.get_running_loop().time(), False, picture.key
        for rung, share in UNTIL.items():
            if rung == "folded":
                folded = await asyncio.to_thread(fewer) if fewer else picture
                if folded is picture or folded.key == key:
                    break
                picture, key = folded, folded.key
            seconds = start + share * limit - asyncio.get_running_loop().time()
            outcome = await self._outcome(key, picture, rung != "dot", seconds)
            if isinstance(outcome, Layout):
                return Laid(picture, outcome, rung, BUSY if busy else REMARKS.get(rung))
            busy = busy or outcome == "busy"
        return Laid(picture, await self._ranked(key, picture), "levels", BUSY if busy else REMARKS["levels"])

    async def _ranked(self, topology: str, picture: Picture) -> Layout:
        """Return places by levels: kept like others, since the picture of a slider asks for them again and again."""
        key = topology, "levels"
        known = self._recall(key)
        if isinstance(known, Layout):
            return known
        layout = await asyncio.to_thread(in_ranks, picture)
        self._remember(key, layout)
        return layout

    async def _outcome(self, topology: str, picture: Picture, simple: bool, seconds: float) -> Layout | Why:
        """Return the layout, remembered or computed by this request or another, or why there is none in time."""
        key = topology, "simple" if simple else "careful"
        known = self._recall(key)
        if known is not None:
            self.counts["found"] += isinstance(known, Layout)
            return known
        if picture.size > self.largest or len(picture.arcs) > 4 * self.largest:
            return "late"
        if seconds <= 0:
            return "busy"
        task = self._task(key, picture, seconds)
        try:  # it ends by itself in the time of whoever came first; one who goes must not end it for the others
            return await asyncio.shield(task)
        except Failed as failed:
            return failed.why
        except Busy:
            if simple:
                return "busy"
            raise  # the first rung is the door: later ones have something to fall back on

    def _task(self, key: Key, picture: Picture, seconds: float) -> asyncio.Task[Layout]:
        task = self._under_way.get(key)
        if task:
            self.counts["joined"] += 1
            return task
        task = self._under_way[key] = asyncio.create_task(self._compute(key, picture, seconds))
        task.add_done_callback(lambda done: self._finish(key, done))
        return task

    async def _compute(self, key: Key, picture: Picture, seconds: float) -> Layout:
        layout = read_layout((await self.pool.ask(picture.dot(simple=key[1] == "simple"), "plain", seconds)).decode())
        self.counts["computed"] += 1
        return layout

    def _finish(self, key: Key, task: asyncio.Task[Layout]) -> None:
        del self._under_way[key]
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._remember(key, task.result())
        elif isinstance(error, Failed) and error.why != "busy":
            self._remember(key, error.why)

    # -- memory -------------------------------------------------------------------------------------------------------

    def _recall(self, key: Key) -> Outcome | None:
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def _remember(self, key: Key, outcome: Outcome) -> None:
        self._known[key] = outcome
        self._held += _points(outcome)
        while len(self._known) > self.remembered or (self._held > self.points and self._known):
            self._held -= _points(self._known.popitem(last=False)[1])


OUTCOMES = {
    "found": "found again in memory",
    "joined": "waited for together with somebody else",
    "computed": "computed",
    "late": "given up, and their worker killed",
    "died": "lost with their worker",
    "retried": "tried again after that",
}


def _points(outcome: Outcome) -> int:
    if not isinstance(outcome, Layout):
        return 1
    return 1 + len(outcome.nodes) + sum(len(line) for lines in outcome.edges.values() for line in lines)
