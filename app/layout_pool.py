"""The pool of layout workers: turns DOT into what Graphviz makes of it, before a deadline. Start at `Pool.ask`.

Graphviz is the risky component: small programs can keep it busy for minutes, and some inputs end its process. So it
lives in processes of its own, one layout at a time in each; a late worker is killed, a dead one's request tried again.
Why no library: with a worker killed every 50 to 100 ms, the pools of pebble, loky and concurrent.futures broke for good
within two kills, answers of anyio and deadpool took 4 s, since starting a worker takes them 0.3 s (a fork 10 ms);
and all of them unpickle what a worker says, so that one which is taken over would take over the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, Self

from app.layout_worker import FORMS, HEAD, OK

TRIES = 4  # what kills that many workers in a row is the picture and no accident
LAYOUTS = 2000  # a worker draws so many; then another takes its place, whatever Graphviz has left behind in it
FORK_SECONDS = 2.0
Why = Literal["busy", "late", "refused", "died"]
LARGEST_ANSWER = 64 * 2**20  # bytes


class Busy(Exception):
    """All workers are taken and enough requests wait already."""


class Failed(Exception):
    """Graphviz gave no picture: the wait was too long, it took too long, it refused, or its process died of it."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Pool:
    """A few workers and a bounded queue before them."""

    size: int = 2
    waiting: int = 64
    """Requests that may wait for a worker."""
    counts: Counter[str] = field(default_factory=Counter)
    """Workers that were late, workers that died, layouts retried."""
    queued: int = 0
    _seats: asyncio.Queue[_Seat] = field(default_factory=asyncio.Queue)
    _all: list[_Seat] = field(default_factory=list)
    _template: asyncio.Task[_Template] | None = None

    async def start(self) -> None:
        """Start the workers."""
        self._all = [_Seat() for _ in range(self.size)]
        for seat in self._all:
            seat.worker = await self._hire()
            self._seats.put_nowait(seat)

    async def stop(self) -> None:
        """End all processes."""
        for seat in self._all:
            seat.clear()
        if self._template:
            with contextlib.suppress(OSError, EOFError):
                await (await self._template).end()

    def pids(self) -> list[int]:
        """Return the workers' process numbers."""
        return [seat.worker.pid for seat in self._all if seat.worker]

    async def ask(self, dot: str, form: str, seconds: float) -> bytes:
        """Return what Graphviz makes of `dot` within `seconds`, waiting included; raise `Failed` or `Busy`."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        seat = await self._seat(until)
        late = Failed("late" if until - clock() > 0.9 * seconds else "busy")  # of one that waited, nothing is learnt
        try:
            for _ in range(TRIES):
                answer = await self._try(seat, dot, form, until, late)
                if answer is not None:
                    return answer
                self.counts["retried"] += 1
        finally:
            self._seats.put_nowait(seat)
        raise Failed("died")

    async def _seat(self, until: float) -> _Seat:
        if self.queued >= self.waiting and self._seats.empty():
            raise Busy
        self.queued += 1
        try:
            async with asyncio.timeout_at(until):
                return await self._seats.get()
        except TimeoutError:
            raise Failed("busy") from None
        finally:
            self.queued -= 1

    async def _try(self, seat: _Seat, dot: str, form: str, until: float, late: Failed) -> bytes | None:
        """Return the answer of the worker on `seat`, None if it died; raise `Failed` if it is late or refuses."""
        worker = None
        try:
            async with asyncio.timeout_at(until):
                worker = await self._worker(seat)
                status, answer = await worker.ask(dot, form)
        except TimeoutError:
            self.counts["late"] += 1
            seat.clear()
            raise (late if worker else Failed("busy")) from None
        except (EOFError, OSError):
            self.counts["died"] += 1
            seat.clear()
            return None
        except BaseException:
            seat.clear()
            raise
        if status != OK:
            raise Failed("refused")
        return answer

    async def _worker(self, seat: _Seat) -> _Worker:
        """Return the worker on `seat`, a new one if it has died in the meantime or worked enough."""
        worker = seat.worker
        if worker and worker.gone:
            self.counts["died"] += 1
        if not worker or worker.gone or worker.layouts >= LAYOUTS:
            seat.clear()
            worker = seat.worker = await self._hire()
        return worker

    # -- processes ----------------------------------------------------------------------------------------------------

    async def _hire(self) -> _Worker:
        """Return a new worker; if the process to fork it from has died, or hangs, that one is started anew first."""
        for _ in range(TRIES):
            task = self._template = self._template or asyncio.create_task(_Template.start())
            try:
                template = await asyncio.shield(task)  # others wait for it too
                async with asyncio.timeout(FORK_SECONDS):
                    return await template.fork()
            except (EOFError, OSError, TimeoutError):
                if self._template is task:
                    self._template = None
                    task.add_done_callback(_ended)
        raise EOFError("no worker can be started")


def _ended(task: asyncio.Task[_Template]) -> None:
    """End a template that is of no use."""
    if not task.cancelled() and not task.exception():
        task.result().kill()


@dataclass(slots=True, eq=False)
class _Seat:
    """The place of a worker, perhaps empty."""

    worker: _Worker | None = None

    def clear(self) -> None:
        if self.worker:
            self.worker.kill()
        self.worker = None


@dataclass(slots=True, eq=False)
class _Worker:
    """A process that lays out, and the connection to it."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    layouts: int = 0

    @property
    def gone(self) -> bool:
        return self.reader.at_eof() or self.reader.exception() is not None or self.writer.is_closing()

    async def ask(self, dot: str, form: str) -> tuple[int, bytes]:
        """Send a request and return status and answer; raise EOFError or OSError if the worker dies."""
        self.layouts += 1
        body = dot.encode()
        self.writer.write(HEAD.pack(len(body), FORMS.index(form)) + body)
        await self.writer.drain()
        return await _answer(self.reader)

    def kill(self) -> None:
        if not self.gone:  # else its number may be another process's by now
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    length, status = HEAD.unpack(await reader.readexactly(HEAD.size))
    if length > LARGEST_ANSWER:
        raise EOFError("this is no answer")
    return status, await reader.readexactly(length)


@dataclass(slots=True, eq=False)
class _Template:
    """The process that workers are forked from: warm, and never asked to lay out anything."""

    process: asyncio.subprocess.Process
    door: socket.socket

    @classmethod
    async def start(cls) -> Self:
        door, theirs = socket.socketpair()
        with theirs:
            nowhere, command = asyncio.subprocess.DEVNULL, [sys.executable, "-m", "app.layout_worker"]
            process = await asyncio.create_subprocess_exec(
                *command, stdin=theirs.fileno(), stdout=nowhere, stderr=nowhere
            )
        template = cls(process, door)
        (await template.fork(wait=None)).kill()  # it is ready once it has made one
        return template

    async def fork(self, wait: float | None = FORK_SECONDS) -> _Worker:
        """Return a worker forked from this process; raise EOFError or OSError if it is gone."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self.door, [b"w"], [theirs.fileno()])
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=2**20)
        except BaseException:
            ours.close()
            raise
        try:
            async with asyncio.timeout(wait):
                return _Worker(int((await _answer(reader))[1]), reader, writer)
        except BaseException:
            writer.close()
            raise

    def kill(self) -> None:
        self.door.close()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # Process.kill would take the news of its end from asyncio
                os.kill(self.process.pid, signal.SIGKILL)

    async def end(self) -> None:
        self.kill()
        await self.process.wait()
