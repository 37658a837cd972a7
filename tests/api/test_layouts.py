"""Layouts: always a picture, whatever happens to the processes that make it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.kept import Kept
from app.layout_pool import TRIES, Busy, Failed
from app.layouts import REMARKS, Laid, Layouts
from app.metrics import Metrics
from engine import Drawing, Picture, in_ranks, read_layout, run
from tests.export.conftest import in_a_new_process

ENDLESS = "digraph {" + " ".join(f"a{i} -> a{j}" for i in range(90) for j in range(i + 1, 90)) + "}"
EXIT = "digraph { a -> b [weight=2147483647] b -> c [weight=2147483647] a -> c [minlen=2000000000] }"
REFUSED = "this is { no graph"
DENSE = """
l = [Value(1.0), Value(2.0)]
k = 7
for i in range(1000):
    k = (k * 75 + 74) % 65537
    j = (k * 75 + 74) % 65537
    l.append(l[k % len(l)] + l[j % len(l)])
    k = j
y = l[0]
for v in l: y = max(y, v)
"""


def picture(source: str, **options: Any) -> Picture:
    return Drawing(run(source, {}), opened=("*",), **options).picture


def distinct(number: int) -> Picture:
    """Return a small picture of a topology of its own, for each number another."""
    bits = f"{number:b}"
    return picture("s = a\n" + "\n".join("s = s*a + b" if bit == "1" else "s = tanh(s)" for bit in bits))


def widened(base: Picture, number: int) -> Picture:
    """Return `base` with another size of its first box: another layout for each number."""
    first, *others = base.boxes
    return replace(base, boxes=(replace(first, width=first.width + number / 50), *others))


def entangled(turns: int = 400) -> Picture:
    return picture(f"s = a\nt = b\nfor i in range({turns}):\n    s = s + a*b*t\n    t = t*s + a")


def with_layouts(test: Callable[[Layouts], Awaitable[None]], **options: Any) -> None:
    async def all_of_it() -> None:
        layouts = Layouts(**options)
        await layouts.start()
        try:
            async with asyncio.timeout(60):
                await test(layouts)
        finally:
            await layouts.stop()

    asyncio.run(all_of_it())


# -- workers that die, hang, or are late -------------------------------------------------------------------------------


def test_no_picture_is_lost_while_workers_are_killed_all_the_time() -> None:
    async def test(layouts: Layouts) -> None:
        killed, asked, end = 0, list[asyncio.Task[Laid]](), asyncio.get_running_loop().time() + 3
        while asyncio.get_running_loop().time() < end:
            asked += [asyncio.create_task(layouts.place(distinct(1000 + len(asked)))) for _ in range(2)]
            await asyncio.sleep(0.05)
            if pids := layouts.pool.pids():  # on a busy machine both may be gone at once
                killed += kill(random.choice(pids), signal.SIGKILL)
        assert {laid.rung for laid in await asyncio.gather(*asked)} == {"dot"}
        assert killed > 10
        assert layouts.figures()["died"] > 10

    with_layouts(test)


def test_the_process_that_workers_are_forked_from_may_die_too() -> None:
    async def test(layouts: Layouts) -> None:
        for number in range(3):
            template = layouts.pool._template
            assert template
            assert kill((await template).process.pid, signal.SIGKILL)
            for pid in layouts.pool.pids():
                await gone(pid)
            assert (await layouts.place(distinct(number + 10))).rung == "dot"

    with_layouts(test, deadline=20.0)


def test_what_ends_graphviz_costs_one_picture() -> None:
    async def test(layouts: Layouts) -> None:
        exits = asyncio.create_task(layouts.render(EXIT, "plain"))
        others = await asyncio.gather(*(layouts.place(distinct(k)) for k in range(20)))
        assert {laid.rung for laid in others} == {"dot"}
        with pytest.raises(Failed, match="died"):
            await exits
        assert layouts.figures()["died"] == TRIES

    with_layouts(test, deadline=20.0)


def test_what_graphviz_refuses_costs_no_worker() -> None:
    async def test(layouts: Layouts) -> None:
        before = layouts.pool.pids()
        with pytest.raises(Failed, match="refused"):
            await layouts.render(REFUSED, "plain")
        assert layouts.pool.pids() == before

    with_layouts(test)


def test_a_stopped_worker_is_late_and_replaced() -> None:
    async def test(layouts: Layouts) -> None:
        [stopped] = layouts.pool.pids()
        kill(stopped, signal.SIGSTOP)
        assert (await layouts.place(distinct(9))).rung == "dot, simpler"
        assert layouts.pool.pids() != [stopped]
        assert layouts.figures()["late"] == 1
        await gone(stopped)

    with_layouts(test, workers=1)


def test_a_late_worker_is_killed() -> None:
    async def test(layouts: Layouts) -> None:
        [late] = layouts.pool.pids()
        with pytest.raises(Failed, match="late"):
            await layouts.pool.ask(ENDLESS, "plain", 0.2)
        await gone(late)
        assert (await layouts.place(distinct(5))).rung == "dot"

    with_layouts(test, workers=1)


def test_workers_end_with_the_service() -> None:
    pids = []

    async def test(layouts: Layouts) -> None:
        pids.extend(layouts.pool.pids())
        asyncio.get_running_loop().call_soon(asyncio.create_task, waits(layouts.place(entangled())))
        await asyncio.sleep(0.1)

    async def ended() -> None:
        for pid in pids:
            await gone(pid)

    with_layouts(test)
    asyncio.run(ended())


# -- asking together, and too much -------------------------------------------------------------------------------------


def test_equal_topologies_are_laid_out_once_and_one_who_goes_takes_nobody_along() -> None:
    async def test(layouts: Layouts) -> None:
        asked = [asyncio.create_task(layouts.place(distinct(77))) for _ in range(10)]
        await asyncio.sleep(0)
        asked[0].cancel()
        asked[5].cancel()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(a, asyncio.CancelledError) for a in answers].count(True) == 2
        assert len({id(a.layout) for a in answers if isinstance(a, Laid)}) == 1
        figures = layouts.figures()
        assert (figures["computed"], figures["joined"], figures["found"]) == (1, 9, 0)
        await layouts.place(distinct(77))
        assert layouts.figures()["found"] == 1

    with_layouts(test)


def test_more_than_may_wait_are_told_so_at_once() -> None:
    async def test(layouts: Layouts) -> None:
        asked = [asyncio.create_task(layouts.place(distinct(k + 500))) for k in range(20)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(a) for a in answers} == {Laid, Busy}
        assert sum(isinstance(a, Busy) for a in answers) == 20 - 3 - 2
        assert layouts.pool.queued == 0
        assert (await layouts.place(distinct(519))).rung == "dot"

    with_layouts(test, waiting=3)


def test_one_that_waited_says_nothing_about_itself() -> None:
    async def test(layouts: Layouts) -> None:
        asks = [layouts.pool.ask(ENDLESS, "plain", seconds) for seconds in (0.4, 0.8)]
        answers = await asyncio.gather(*asks, return_exceptions=True)
        assert [str(answer) for answer in answers] == ["late", "busy"]

    with_layouts(test, workers=1)


def test_a_picture_that_had_to_wait_is_plain_but_not_for_ever() -> None:
    async def test(layouts: Layouts) -> None:
        occupied = asyncio.create_task(waits(layouts.pool.ask(ENDLESS, "plain", 2.0)))
        await asyncio.sleep(0)
        laid = await layouts.place(distinct(3))
        assert laid.rung == "levels"
        assert laid.remark
        assert laid.remark.startswith("many pictures")
        await occupied
        laid = await layouts.place(distinct(3))
        assert (laid.rung, laid.remark) == ("dot", None)

    with_layouts(test, workers=1, deadline=1.0)


# -- the ladder --------------------------------------------------------------------------------------------------------


def test_a_dense_graph_has_a_picture_in_time() -> None:
    async def test(layouts: Layouts) -> None:
        dense = picture(DENSE)
        assert dense.size > 1000
        async with asyncio.timeout(3):  # seconds: longer than that nobody may wait
            laid = await layouts.place(dense)
        assert laid.picture is dense
        assert laid.rung != "dot"
        assert set(laid.layout.nodes) == set(in_ranks(dense).nodes)
        late = layouts.figures()["late"]
        again = await layouts.place(dense)
        assert (again.rung, again.remark, layouts.figures()["late"]) == (laid.rung, laid.remark, late)

    with_layouts(test)


def test_an_entangled_graph_is_folded_harder() -> None:
    async def test(layouts: Layouts) -> None:
        folded = distinct(4)
        laid = await layouts.place(entangled(), lambda: folded)
        assert (laid.picture, laid.rung, laid.remark) == (folded, "folded", REMARKS["folded"])
        other = distinct(4)
        laid = await layouts.place(entangled(), lambda: other)
        assert laid.picture is other
        assert layouts.figures()["found"] == 1

    with_layouts(test, deadline=0.9)


def test_what_cannot_be_folded_stands_in_ranks() -> None:
    async def test(layouts: Layouts) -> None:
        hard = entangled()
        laid = await layouts.place(hard, entangled)
        assert (laid.picture, laid.rung, laid.remark) == (hard, "levels", REMARKS["levels"])

    with_layouts(test, deadline=0.5)


def test_memory_is_bounded_by_count_and_by_points() -> None:
    async def test(layouts: Layouts) -> None:
        for number in range(30):
            await layouts.place(distinct(number))
            kept, points = layouts.kept
            assert kept <= 8
            assert points <= 300
        assert layouts.kept[0] > 1
        await layouts.place(distinct(29))
        assert layouts.figures()["found"] == 1
        await layouts.place(distinct(0))
        assert layouts.figures()["computed"] == 31

    with_layouts(test, remembered=8, points=300)


def test_what_happened_is_counted_and_explained() -> None:
    async def test(layouts: Layouts) -> None:
        for number in (1, 1, 2):
            await layouts.place(distinct(number))
        text = Metrics().text(layouts, Kept(0))
        assert 'gradwalk_layouts_total{outcome="computed"} 2' in text
        assert 'gradwalk_layouts_total{outcome="found"} 1' in text
        assert 'gradwalk_pictures_total{rung="dot"} 3' in text
        assert 'gradwalk_pictures_total{rung="levels"} 0' in text
        assert "gradwalk_layouts_kept 2" in text
        [explained] = [line for line in text.splitlines() if line.startswith("# HELP gradwalk_layouts_total")]
        assert all(f"{outcome} = " in explained for outcome in layouts.figures())

    with_layouts(test)


# -- places ------------------------------------------------------------------------------------------------------------

IN_A_NEW_PROCESS = """
from engine.export.layout import plain
from tests.api.test_layouts import distinct
print(plain(distinct(11223344).dot()), end="")
"""


def test_places_depend_on_the_picture_alone() -> None:
    async def test(layouts: Layouts) -> None:
        asks = [layouts.pool.ask(distinct(11223344).dot(), "plain", 9) for _ in range(6)]
        answers = set(await asyncio.gather(*asks))
        assert answers == {in_a_new_process(IN_A_NEW_PROCESS, 3)}
        assert read_layout(answers.pop().decode()).nodes

    with_layouts(test, workers=3)


def test_thousands_of_pictures_leave_memory_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.layout_pool.LAYOUTS", 10**9)  # no worker is replaced, which would hide what it keeps

    async def test(layouts: Layouts) -> None:
        held, base = [], distinct(5)
        for number in range(2000):
            await layouts.place(widened(base, number))
            if number in (400, 1999):
                held.append([resident(pid) for pid in (os.getpid(), *layouts.pool.pids())])
        assert all(late - early < 8 * 2**20 for early, late in zip(*held, strict=True)), held

    with_layouts(test, remembered=100)


def test_a_worker_has_its_share_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.layout_pool.LAYOUTS", 5)

    async def test(layouts: Layouts) -> None:
        seen = set()
        for number in range(20):
            await layouts.place(distinct(number))
            seen.update(layouts.pool.pids())
        assert len(seen) == 4
        assert layouts.figures()["died"] == 0

    with_layouts(test, workers=1)


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def kill(pid: int, number: signal.Signals) -> bool:
    """Send a signal; return whether there was somebody to get it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int) -> None:
    """Wait until a process has ended, whether somebody has taken note of it or not."""
    async with asyncio.timeout(10):
        while state(pid) not in ("", "Z"):
            await asyncio.sleep(0.01)


def state(pid: int) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


async def waits(work: Coroutine[Any, Any, Any]) -> None:
    """Wait for `work`, however it ends."""
    await asyncio.gather(work, return_exceptions=True)
