"""Layouts: turns pictures into places, by worker processes that may be killed. Start at `Layouts.layout`.

Graphviz is the risky component: small programs can keep it busy for minutes, and some inputs end its process. So it
lives in processes of its own, one layout at a time in each, under a deadline; a late worker is killed and replaced, a
dead one is replaced and its request tried again. The same topology is laid out once.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from app.layout_worker import FORMS, HEAD, OK
from engine import Layout, Picture, read_layout


class Busy(Exception):
    """All workers are taken and enough requests wait already."""


class Failed(Exception):
    """Graphviz gave no picture: it took too long, refused, or its process died of it."""

    def __init__(self, why: Literal["late", "refused", "died"]) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Layouts:
    """A few workers, a bounded queue before them, and a bounded memory of layouts."""

    workers: int = 2
    deadline: float = 1.5
    """Seconds for a careful layout."""
    simple_deadline: float = 0.7
    """Seconds for the simpler one that follows."""
    waiting: int = 64
    """Requests that may wait for a worker."""
    remembered: int = 512
    """Layouts kept, by topology."""
    largest: int = 2000
    """Nodes and edges beyond which no picture is drawn."""
    hits: int = 0
    misses: int = 0
    kills: int = 0
    _idle: asyncio.Queue[_Worker] = field(default_factory=asyncio.Queue)
    _all: set[_Worker] = field(default_factory=set)
    _queued: int = 0
    _known: OrderedDict[str, Layout] = field(default_factory=OrderedDict)

    async def start(self) -> None:
        """Start the workers; each draws once before it is ready."""
        await asyncio.gather(*(self._hire() for _ in range(self.workers)))

    async def stop(self) -> None:
        """End the workers."""
        for worker in list(self._all):
            worker.kill()
            await worker.process.wait()
        self._all.clear()

    async def layout(self, picture: Picture) -> tuple[Layout | None, str | None]:
        """Return the places of `picture`, and a remark if they are simpler than usual or there are none."""
        if len(picture.boxes) > self.largest or len(picture.arcs) > 4 * self.largest:
            return None, f"the graph has {len(picture.boxes):,} nodes; pictures are drawn up to {self.largest:,}"
        key = picture.key
        if key in self._known:
            self.hits += 1
            self._known.move_to_end(key)
            return self._known[key], None
        self.misses += 1
        try:
            return self._remember(key, await self._ask(picture.dot(), "plain", self.deadline)), None
        except Failed:
            pass
        try:
            text = await self._ask(picture.dot(simple=True), "plain", self.simple_deadline)
        except Failed:
            return None, "this graph is too entangled to be drawn in time; all numbers are here"
        return self._remember(key, text), "this graph is entangled, so that its edges are drawn straight"

    async def render(self, dot: str, form: str) -> bytes:
        """Return `dot` drawn as png or pdf; raise `Failed` or `Busy`."""
        return await self._ask(dot, form, self.deadline)

    def _remember(self, key: str, text: bytes) -> Layout:
        layout = self._known[key] = read_layout(text.decode())
        if len(self._known) > self.remembered:
            self._known.popitem(last=False)
        return layout

    # -- workers ------------------------------------------------------------------------------------------------------

    async def _ask(self, dot: str, form: str, deadline: float) -> bytes:
        """Have a worker draw. One that is late costs the picture; one that died costs another try.

        There are enough of these to get past workers that were killed while they were idle.
        """
        for _ in range(self.workers + 1):
            worker = await self._take()
            try:
                answer = await asyncio.wait_for(worker.ask(dot, form), deadline)
            except TimeoutError:
                await self._replace(worker)
                raise Failed("late") from None
            except (EOFError, OSError):
                await self._replace(worker)
                continue
            except BaseException:
                await asyncio.shield(self._replace(worker))
                raise
            self._idle.put_nowait(worker)
            if answer is None:
                raise Failed("refused")
            return answer
        raise Failed("died")

    async def _take(self) -> _Worker:
        if self._queued >= self.waiting:
            raise Busy
        self._queued += 1
        try:
            return await self._idle.get()
        finally:
            self._queued -= 1

    async def _replace(self, worker: _Worker) -> None:
        self.kills += 1
        worker.kill()
        self._all.discard(worker)
        await self._hire()

    async def _hire(self) -> None:
        worker = _Worker(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "app.layout_worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=2**20,
            )
        )
        self._all.add(worker)
        self._idle.put_nowait(worker)


@dataclass(slots=True, eq=False)
class _Worker:
    process: asyncio.subprocess.Process

    async def ask(self, dot: str, form: str) -> bytes | None:
        """Send a request and return the answer; None if Graphviz refused it; EOFError if the worker is gone."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None, "both are pipes"
        body = dot.encode()
        stdin.write(HEAD.pack(len(body), FORMS.index(form)) + body)
        await stdin.drain()
        length, status = HEAD.unpack(await stdout.readexactly(HEAD.size))
        answer = await stdout.readexactly(length)
        return answer if status == OK else None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
