"""Pictures of new topologies: ours, whole, against Graphviz alone on the same DOT, in this process and spawned.

`ours` is what the service does for a graph it has not seen: plan, DOT, the way to a worker and back, SVG with all
numbers. Bare pygraphviz reads the same DOT and writes SVG; `dot -Tsvg` is spawned for it, as most tools do. The peers'
DOT carries the numbers as labels, for a picture without them would be no picture; what Graphviz needs for empty boxes
is told too.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pygraphviz
import uvloop

from app.layouts import Layouts
from app.runs import TURNS
from app.server import tidy_seldom
from engine import Drawing, Run, run

SIZES = (10, 100, 300, 1000)


def tree(size: int, seed: int) -> str:
    """Return a program whose graph is a binary tree of about `size` nodes."""
    choose = random.Random(seed)
    level = [f"x{k}" for k in range((size + 1) // 2)]
    lines, names = [], (f"t{k}_{seed}" for k in itertools.count())
    while len(level) > 1:
        pairs = [level[k : k + 2] for k in range(0, len(level), 2)]
        level = []
        for pair in pairs:
            name = next(names) if len(pair) == 2 else pair[0]
            if len(pair) == 2:
                lines.append(f"{name} = {pair[0]} {choose.choice('+*-')} {pair[1]}")
            level.append(name)
    return "\n".join(lines)


def chain(size: int, seed: int) -> str:
    """Return a program whose graph is a chain of about `size` nodes."""
    names = [f"v{k}_{seed}" for k in range(size)]
    choose = random.Random(seed)
    lines = [f"{b}={choose.choice(['tanh', 'sin', 'exp'])}({a})" for a, b in itertools.pairwise(names)]
    return "\n".join(lines)


def network(size: int, seed: int) -> str:
    """Return a program of layers of tanh neurons, about `size` nodes in all."""
    width = {10: 1, 100: 4, 300: 6, 1000: 10}[size]
    lines: list[str] = []
    layer, count = [f"x{k}" for k in range(width)], 0
    while count < size:
        depth = len(lines)
        made = []
        for k in range(width):
            terms = [f"w{depth}_{k}_{j}*{name}" for j, name in enumerate(layer)]
            made.append(f"h{depth}_{k}_{seed}")
            lines.append(f"{made[-1]} = tanh({' + '.join(terms)})")
            count += 3 * width + 1
            if count >= size:
                break
        layer = made
    return "\n".join(lines)


SHAPES: dict[str, Callable[[int, int], str]] = {"tree": tree, "network": network, "chain": chain}


def runs(shape: str, size: int, count: int = 5) -> list[Run]:
    """Return runs of programs of one shape, no two of the same topology."""
    return [run(SHAPES[shape](size, seed)) for seed in range(count)]


class Pictures:
    """Workers of our own, used as the service uses them."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._layouts = Layouts(deadline=10, remembered=0)

    def __enter__(self) -> Pictures:
        gc.collect()
        tidy_seldom()
        self._loop.run_until_complete(self._layouts.start())
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.run_until_complete(self._layouts.stop())
        self._loop.close()

    def draw(self, result: Run) -> str:
        """Return the picture of a run, all of it open, as if nobody had seen it before."""
        return self._loop.run_until_complete(self._drawn(Drawing(replace(result, kept={}), opened=("*",))))

    def known(self, result: Run) -> Callable[[], str]:
        """Return what draws a run of the same structure, with numbers of its own, once its picture has been seen."""
        layout = self._loop.run_until_complete(self._layouts.place(Drawing(result).picture)).layout
        return lambda: Drawing(replace(result)).svg(layout)

    async def _drawn(self, drawing: Drawing) -> str:
        places = asyncio.ensure_future(self._layouts.place(drawing.picture))
        for _ in range(TURNS):
            await asyncio.sleep(0)
        drawing.prepare()
        return drawing.svg((await places).layout)


def dot(result: Run) -> str:
    """Return what is laid out for a run."""
    return Drawing(result, opened=("*",)).picture.dot()


def labelled(result: Run) -> str:
    """Return what is laid out for a run, with what each box says: name, operation, data and grad."""
    drawing = Drawing(result, opened=("*",))
    said = dict(re.findall(r'^ *"?([^" ]+)"? \[(label="(?:[^"\\]|\\.)*")', drawing.dot(), re.MULTILINE))
    places = drawing.picture.places()
    labels = {f"n{place} [": f"n{place} [{said[name]} " for name, place in places.items() if name in said}
    return re.sub(r"^n\d+ \[", lambda found: labels.get(found[0], found[0]), drawing.picture.dot(), flags=re.MULTILINE)


def bare(text: str) -> bytes:
    """Return Graphviz's own SVG, drawn in this process."""
    graph = pygraphviz.AGraph(string=text)
    try:
        drawn: Any = graph.draw(format="svg", prog="dot")
        return bytes(drawn)
    finally:
        graph.close()


def spawned(text: str) -> bytes:
    """Return Graphviz's own SVG, drawn by a process made for it."""
    return subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True).stdout
