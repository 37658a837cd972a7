"""Runs: turns a program into its document and pictures, in threads beside the event loop. Start at `Runs.document`.

A program may take its whole second of processor time; in a thread it leaves the loop free to answer others meanwhile.
Layouts happen in processes of their own, see `app.layouts`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple, ParamSpec, TypeVar

from app.errors import Problem, budget_problem, busy_problem, input_problem, program_problem
from app.kept import Kept, Key
from app.layouts import Busy, Failed, Laid, Layouts
from app.reader import dumps
from app.schemas import NodeRequest, Program, RunRequest
from app.settings import Settings
from engine import (
    VERSION,
    Budgets,
    Drawing,
    Layout,
    ProgramError,
    Run,
    Unfit,
    Window,
    card,
    changes,
    document,
    named,
    run,
    texts,
    window_of,
)

P = ParamSpec("P")
T = TypeVar("T")
Asked = TypeVar("Asked", bound=Program)
Document = dict[str, Any]

SMALL = 40  # boxes: writing a picture of so many takes less time than asking a thread to do it is worth
TURNS = 2  # of the event loop, until a worker has been asked
LEAST_SECONDS = 0.4  # for a layout, however long the program took
SHORT = 1000  # characters: it takes well under a millisecond to read so many
LITTLE_STEPS = 500  # and to evaluate so many pieces
UNFIT = 422  # the status of a program or a question that cannot be answered
STEP_BYTES = {False: 150, True: 600}  # a step has at least so many in a document, without and with display


Moment = tuple[int | None, int | None]
"""The step, or the pass, that is asked for."""


class Made(NamedTuple):
    """A run as a document, and what is to be drawn of it, if anything."""

    document: Document
    drawing: Drawing | None


class _TooMuch(Exception):
    """A program needs more than what is done at once."""


class Runs:
    """Runs programs and draws their graphs, as many at once as the settings allow."""

    def __init__(self, settings: Settings, layouts: Layouts) -> None:
        self.settings = settings
        self.layouts = layouts
        self.kept = Kept(settings.kept_steps)
        self._threads = ThreadPoolExecutor(settings.threads, "run")
        most = settings.budgets
        self._little = replace(most, steps=min(most.steps, LITTLE_STEPS), nodes=min(most.nodes, SMALL))
        self._slots = asyncio.Semaphore(settings.threads)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, request: RunRequest) -> bytes:
        """Return the document of `request` as JSON; raise `Problem`."""
        result = await self.document(request)
        is_long = len(result.get("nodes", ())) + len(result["steps"]) > 4 * SMALL
        body = await self._thread(dumps, result) if is_long else dumps(result)
        if len(body) > self.settings.answer_bytes:
            raise self._too_long()
        return body

    async def document(self, request: RunRequest) -> Document:
        """Return the document of `request`, with `svg` and `problem` if it asks for them; raise `Problem`."""
        end = time.monotonic() + self.settings.picture_seconds
        made = await self._soon(request.source, lambda budgets: self._made(request, budgets))
        drawing = made.drawing
        if drawing is None:
            return made.document
        laid = await self.laid(drawing, end=end)
        if laid and laid.picture is not drawing.picture:
            drawing = drawing.folded_harder
            made = await self._thread(self._told, request, drawing)
        result = made.document
        result["svg"] = await self.svg(drawing, laid.layout) if laid else None
        result["picture"] = _drawn(drawing, laid)
        if laid and laid.remark:
            result["warnings"].append(_NOWHERE | {"kind": "picture", "message": laid.remark})
        return result

    async def drawing(
        self, source: str, inputs: Mapping[str, float], fixed: Collection[str], moment: Moment, **options: Any
    ) -> Drawing:
        """Return a program's graph after `step` steps, or at the end of a pass, ready to be drawn; raise `Problem`."""

        def work(budgets: Budgets) -> Drawing:
            run = self._run(source, inputs, fixed, False, budgets)
            return self._drawing(run, self._moment(run, moment)[0], **options)

        return await self._soon(source, work)

    async def laid(self, drawing: Drawing, theme: Any = None, end: float | None = None) -> Laid | None:
        """Return the places of a drawing, as `place` does, and have it written meanwhile as far as it can be."""
        places = asyncio.ensure_future(self.place(drawing, end))
        try:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            await self._beside(drawing, drawing.prepare, theme)
            return await places
        finally:
            places.cancel()

    async def place(self, drawing: Drawing, end: float | None = None) -> Laid | None:
        """Return the places of a drawing, perhaps of one that is folded harder, by the time `end`; None if there is
        nothing to draw; raise `Problem` if busy."""
        if not drawing.picture.size:
            return None
        seconds = None if end is None else max(end - time.monotonic(), LEAST_SECONDS)
        try:
            fewer = None if drawing.is_chosen else lambda: drawing.folded_harder.picture
            return await self.layouts.place(drawing.picture, fewer, seconds)
        except Busy:
            raise busy_problem("too many pictures wait to be laid out") from None

    async def svg(self, drawing: Drawing, layout: Layout, theme: Any = None) -> str:
        """Return a drawing as SVG."""
        return await self._beside(drawing, drawing.svg, layout, theme)

    async def _beside(self, drawing: Drawing, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns: at once for a small drawing, else in a thread."""
        if drawing.picture.size > SMALL or len(drawing.run.tape) > 10 * SMALL:
            return await self._thread(work, *args, **kwargs)
        return work(*args, **kwargs)

    async def render(self, drawing: Drawing, form: str) -> bytes:
        """Return a drawing as PNG or PDF; raise `Problem` if it cannot be drawn."""
        try:
            async with asyncio.timeout(self.settings.picture_seconds):
                return await self.layouts.render(drawing.dot(), form)
        except Busy:
            raise busy_problem("too many pictures wait to be drawn") from None
        except Failed as failed:
            if failed.why == "refused":
                raise Problem("not-found", f"this server cannot draw {form.upper()}; /graph.svg works") from None
            raise budget_problem("this graph could not be drawn in time", "/graph.svg draws it more simply") from None
        except TimeoutError:
            raise budget_problem("this graph could not be drawn in time", "/graph.svg draws it more simply") from None

    async def card(self, request: NodeRequest) -> bytes:
        """Return the card of a node as JSON; raise `Problem`."""
        return await self._soon(request.source, lambda budgets: dumps(self._card(request, budgets)))

    async def experiment(self, request: Asked, work: Callable[[Run, Asked], Document]) -> bytes:
        """Return as JSON what `work` makes of the run of `request`; raise `Problem`."""

        def made(budgets: Budgets) -> bytes:
            run = self._run(request.source, request.inputs, request.fixed, False, budgets)
            try:
                return dumps(work(run, request))
            except Unfit as error:
                raise input_problem((f"/{error.field}", error.message)) from None

        try:
            body = await self._thread(made, self.settings.budgets)
            if len(body) > self.settings.answer_bytes:
                raise self._too_long()
        except Problem as problem:
            if not request.partial or problem.status != UNFIT:
                raise
            return dumps({"problem": problem.document()})
        return body

    async def beside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns, done beside the event loop; raise `Problem` if too much waits for that."""
        return await self._thread(work, *args, **kwargs)

    # -- perhaps inside a thread --------------------------------------------------------------------------------------

    async def _soon(self, source: str, work: Callable[[Budgets], T]) -> T:
        """Return what `work` returns: at once if it needs very little, else in a thread.

        Most programs need less than handing them over takes. Those that need more begin anew: nothing outlives a run.
        """
        if len(source) <= SHORT:
            with contextlib.suppress(_TooMuch):
                return work(self._little)
        return await self._thread(work, self.settings.budgets)

    def _made(self, request: RunRequest, budgets: Budgets) -> Made:
        result = self._run(request.source, request.inputs, request.fixed, request.partial, budgets)
        step, _ = self._moment(result, (request.step, request.chosen))
        looks = {"direction": request.direction, "style": request.style, "constants": request.constants}
        return self._told(request, self._drawing(result, step, **looks, opened=request.opened))

    def _told(self, request: RunRequest, drawing: Drawing) -> Made:
        run = drawing.run
        _, window = self._moment(run, (request.step, request.chosen), paged=not request.display)
        if request.texts and request.known is None:
            steps = texts(run, window, drawing.view, *request.texts)
            return Made({"version": VERSION, "steps": steps}, None)
        view, display = drawing.view, request.display
        if request.known is not None and request.first_node is None and not run.problem:
            told = request.texts or (0, 0)
            new = changes(run, window, view, display=display, known=request.known, told=told)
            if new is not None:
                return Made(new, None)
        described = self._described(request, drawing, window)
        if run.problem:
            described["problem"] = program_problem(run.problem).document()
        if display or request.known is not None:
            topology, new = named(window, view, display=display, told=described)
            if topology == request.known:
                return Made(new, None)
            described["topology"] = topology
        return Made(described, drawing if request.svg else None)

    def _card(self, request: NodeRequest, budgets: Budgets) -> Document:
        run = self._run(request.source, request.inputs, request.fixed, request.partial, budgets)
        try:
            return card(run, request.node, step=request.step, chosen=request.chosen)
        except ValueError as error:
            field, _, message = str(error).partition(" ")
            raise input_problem((field, message)) from None

    def _drawing(self, run: Run, step: int | None, **options: Any) -> Drawing:
        try:
            return Drawing(run, step=step, **options)
        except ValueError as error:
            raise input_problem(("step", str(error).removeprefix("step "))) from None

    def _run(
        self, source: str, inputs: Mapping[str, float], fixed: Collection[str], partial: bool, budgets: Budgets
    ) -> Run:
        key = source, frozenset(fixed), partial
        if budgets is self._little and self.kept.size(key) > 4 * SMALL:
            raise _TooMuch
        found = self.kept.find(key, inputs)
        if found is None:
            found = self._run_anew(key, inputs, budgets)
            self.kept.keep(key, inputs, found)
        return found

    def _run_anew(self, key: Key, inputs: Mapping[str, float], budgets: Budgets) -> Run:
        source, fixed, partial = key
        try:
            result = run(source, inputs, fixed=fixed, budgets=budgets, partial=partial)
        except ProgramError as error:
            self._refuse_little(error, budgets)
            raise program_problem(error) from None
        self._refuse_little(result.problem, budgets)
        return result

    def _refuse_little(self, problem: ProgramError | None, budgets: Budgets) -> None:
        if problem and problem.kind == "budget" and budgets is self._little:
            raise _TooMuch

    def _moment(self, run: Run, moment: Moment, *, paged: bool = False) -> tuple[int | None, Window]:
        """Return the step to draw, and the steps to tell."""
        step, chosen = moment
        if step is not None and chosen is not None:
            raise input_problem(("pass", "cannot be given together with step"))
        try:
            window = window_of(run, step=step, chosen=chosen, paged=paged)
        except ValueError as error:
            raise input_problem(("pass", str(error).removeprefix("pass "))) from None
        return (step if chosen is None else run.trace.passes[chosen].last), window

    def _described(self, request: RunRequest, drawing: Drawing, window: Window) -> Document:
        view, display = drawing.view, request.display
        if not view.hidden and (window.last - window.first) * STEP_BYTES[display] > self.settings.answer_bytes:
            raise self._too_long()
        return document(drawing.run, display=display, window=window, view=view, first_node=request.first_node)

    def _too_long(self) -> Problem:
        limit = f"the answer would be longer than {self.settings.answer_bytes:,} bytes"
        return budget_problem(limit, "Use fewer operations, or fewer backward passes.")

    # -- threads ------------------------------------------------------------------------------------------------------

    async def _thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns in a thread. Its slot is taken until it ends, even if nobody waits any more."""
        try:
            async with asyncio.timeout(self.settings.queue_seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise busy_problem("too many programs wait for their turn") from None
        loop = asyncio.get_running_loop()
        future: Future[T] = self._threads.submit(work, *args, **kwargs)
        future.add_done_callback(lambda _: self._release(loop))
        return await asyncio.wrap_future(future)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before this program did
            loop.call_soon_threadsafe(self._slots.release)


def _drawn(drawing: Drawing, laid: Laid | None) -> Document:
    """Return how a picture came about."""
    return {
        "layout": laid.rung if laid else None,
        "boxes": drawing.picture.size,
        "folded": bool(drawing.picture.piles),
    }


_NOWHERE = dict.fromkeys(("node", "line", "column", "end_line", "end_column"))
