"""`python -m benchmarks`: prints tables, each row ours against a peer in the same run.

`build` is: make the graph from fresh values and run backward. `replay` is: new leaf values on a recorded graph, forward
and backward. `request` is a whole `POST /api/v1/run` over HTTP, picture included, against micrograd building the same
graph, its notebook's drawing code writing DOT, and a spawned `dot` laying that out. `picture` is a graph that nobody
has seen, from its run to its SVG; see `benchmarks/pictures.py`. `steps of SGD` is a descent, beside replays alone.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import micrograd.engine
import micrograd.nn

import engine.nn
from benchmarks.pictures import SHAPES, SIZES, Pictures, bare, dot, labelled, network, runs, spawned
from benchmarks.server import Server
from engine.forward import Replay
from engine.tape import Role
from engine.value import Value, to_tape

Program = Callable[[], Any]


ROUNDS = 5


def medians(ours: Program, peer: Program, seconds: float = 0.2) -> tuple[float, float]:
    """Return the median times of a call in seconds; both take turns, so that a busy machine slows both."""
    times: tuple[list[float], list[float]] = [], []
    for _ in range(ROUNDS):
        for program, found in zip((ours, peer), times, strict=True):
            program()
            end = time.perf_counter() + seconds
            while time.perf_counter() < end or len(found) < 2:
                start = time.perf_counter()
                program()
                found.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


# -- the three graphs, with either engine's classes --------------------------------------------------------------------


def tiny(value: Any, nn: Any) -> Program:
    def program() -> Any:
        a, b, c, f = value(2.0), value(-3.0), value(10.0), value(-2.0)
        out = ((a * b + c) * f).relu()
        out.backward()
        return out

    return program


def small_network(value: Any, nn: Any) -> Program:
    random.seed(1)
    model = nn.MLP(3, [4, 4, 1])
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]

    def program() -> Any:
        loss = sum((model(x) - y) ** 2 for x, y in zip(xs, ys, strict=True))
        model.zero_grad()
        loss.backward()
        return loss

    return program


def moons(value: Any, nn: Any) -> Program:
    random.seed(1)
    model = nn.MLP(2, [16, 16, 1])
    xs = [[random.uniform(-1, 1), random.uniform(-1, 1)] for _ in range(100)]
    ys = [random.choice([-1, 1]) for _ in range(100)]

    def program() -> Any:
        losses = [(1 + -y * model(list(map(value, x)))).relu() for x, y in zip(xs, ys, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        return loss

    return program


def replay(program: Program) -> Program:
    tape, _ = to_tape(program())
    compiled = Replay(tape, len(tape) - 1)
    leaves = {n: tape.data[n] for n in range(len(tape)) if tape.roles[n] is Role.INPUT}
    return lambda: compiled.gradients(compiled.forward(leaves))


LOSS = "\n".join(["s = w0"] + [f"s = tanh(s*w{k % 9} + w{k % 5})" for k in range(31)] + ["loss = (s - 0.5)**2"])
MOONS = """
random.seed(1337)
model = MLP(2, [16, 16, 1])
X = [[random.uniform(-1, 1), random.uniform(-1, 1)] for i in range(100)]
y = [1.0 if a*a + b*b < 0.5 else -1.0 for a, b in X]
losses = [relu(1 - yi*model(x)) for yi, x in zip(y, X)]
loss = sum(losses) * 0.01 + 1e-4 * sum((p*p for p in model.parameters()))
"""


# -- the request ------------------------------------------------------------------------------------------------------

SOURCE = "a = 2.0\nb = -3.0\nc = 10.0\nf = -2.0\ne = a*b\nd = e + c\nL = d*f\nM = tanh(L)\nN = M*a\nO = N + L"


def random_program(seed: int) -> str:
    """Return a program of ten nodes; few seeds give the same graph."""
    choose = random.Random(seed)
    lines = [f"{name} = {choose.randint(1, 9)}.0" for name in "abcd"]
    for k, name in enumerate("efghij"):
        before = "abcdefghij"[: 4 + k]
        lines.append(f"{name} = {choose.choice(before)} {choose.choice('+*-')} {before[-1 - k % 2]}")
    return "\n".join(lines)


def spawned_by_hand() -> None:
    """Do what a micrograd user does: build, backward, write DOT as the notebook's drawing code does, spawn `dot`."""
    value = micrograd.engine.Value
    a, b, c, f = value(2.0), value(-3.0), value(10.0), value(-2.0)
    big = (a * b + c) * f
    out = big.relu() * a + big
    out.backward()
    subprocess.run(["dot", "-Tsvg"], input=_draw_dot(out).encode(), capture_output=True, check=True)


def _draw_dot(root: Any) -> str:
    nodes: set[Any] = set()
    edges: set[tuple[Any, Any]] = set()
    stack = [root]
    while stack:
        v = stack.pop()
        if v not in nodes:
            nodes.add(v)
            edges.update((child, v) for child in v._prev)
            stack.extend(v._prev)
    lines = ["digraph { rankdir=LR"]
    for n in nodes:
        lines.append(f'"{id(n)}" [label="{{ data {n.data:.4f} | grad {n.grad:.4f} }}" shape=record]')
        if n._op:
            lines.append(f'"{id(n)}{n._op}" [label="{n._op}"]\n"{id(n)}{n._op}" -> "{id(n)}"')
    lines += [f'"{id(x)}" -> "{id(y)}{y._op}"' for x, y in edges]
    return "\n".join([*lines, "}"])


# -- the table --------------------------------------------------------------------------------------------------------


def row(name: str, ours: Program, peer: Program, goal: float | None = None) -> None:
    mine, theirs = medians(ours, peer)
    aim = f"(to reach: {goal:.2g}x)" if goal else ""
    print(f"{name:<58} {_time(mine)} {_time(theirs)} {theirs / mine:8.1f}x  {aim}".rstrip(), flush=True)


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:9.1f} µs" if seconds < 1e-2 else f"{seconds * 1e3:9.1f} ms"


def main() -> None:
    print(f"{'medians; the peer is micrograd':<58} {'ours':>12} {'peer':>12} {'ratio':>9}")
    graphs: list[tuple[str, Any, float, float]] = [
        ("tiny expression", tiny, 1.5, 4),
        ("MLP(3,[4,4,1]), 4 samples", small_network, 4, 10),
        ("moons: MLP(2,[16,16,1]), 100 samples", moons, 12, 35),
    ]
    for name, make, build_goal, replay_goal in graphs:
        peer, ours = make(micrograd.engine.Value, micrograd.nn), make(Value, engine.nn)
        row(f"build, {name}", ours, peer, build_goal)
        row(f"replay, {name}", replay(ours), peer, replay_goal)
    descents()
    if not shutil.which("dot"):
        print("request: no `dot` on this machine to compare with; left out")
        return
    with Server() as server:
        requests(server)
    with Pictures() as ours_drawn:
        pictures(ours_drawn)


def descents() -> None:
    """Time descents, beside the replays that they cannot do without."""
    for name, source, iterations in (("a loss of 100 nodes", LOSS, 1000), ("moons, 68,000 nodes", MOONS, 10)):
        result = engine.run(source)
        for optimizer in ("SGD", "Adam"):
            ours = partial(descended, result, optimizer, iterations)
            row(f"{iterations:,} steps of {optimizer}, {name}; peer: replays", ours, replays(result, iterations))


def descended(result: engine.Run, optimizer: str, iterations: int) -> None:
    """Descend to the end, as a page does: slice by slice."""
    told: dict[str, Any] = {"finished": False, "state": None}
    while not told["finished"]:
        told = engine.descend(result, optimizer=optimizer, iterations=iterations, state=told["state"])


def replays(result: engine.Run, count: int) -> Program:
    """Return a program that computes the gradient of the output so many times."""
    assert result.output is not None, "it computes something"
    compiled, tape = Replay(result.tape, result.output), result.tape
    leaves = {n: tape.data[n] for n in range(len(tape)) if tape.roles[n] is Role.INPUT}

    def program() -> None:
        for _ in range(count):
            compiled.gradients(compiled.forward(leaves))

    return program


def requests(server: Server) -> None:
    """Time requests of ten nodes one by one, and as many as a core answers."""
    row("request, 10 nodes, known topology; peer: spawned dot", lambda: server.post(SOURCE), spawned_by_hand, 8)
    fresh = map(random_program, itertools.count())
    row("request, 10 nodes, new topology; peer: spawned dot", lambda: server.post(next(fresh)), spawned_by_hand)
    topology = json.loads(server.post(SOURCE, display=True))["topology"]
    moved = itertools.count()

    def slide() -> None:
        server.post(SOURCE, display=True, known=topology, inputs={"a": next(moved) % 997 / 100})

    row("slider, 10 nodes, numbers alone; peer: spawned dot", slide, spawned_by_hand, 10)
    known, unseen = network(100, 0), (network(100, seed) for seed in itertools.count(1))
    row("request, 100 nodes, known; peer: a new one", lambda: server.post(known), lambda: server.post(next(unseen)), 10)
    if not shutil.which("wrk"):
        print("requests a second: no `wrk` on this machine; left out")
        return
    for kind in ("new", "known", "slider"):
        print(
            f"requests a second on one core, 10 nodes, {kind:<19} {per_second(server, kind, topology):9.0f}", flush=True
        )


def per_second(server: Server, kind: str, topology: str) -> float:
    """Return how many requests wrk has answered a second. The server is one process, its layouts are two more."""
    script = Path(__file__).with_name("requests.lua")
    command = ["wrk", "-t1", "-c8", "-d4s", "-s", str(script), f"http://127.0.0.1:{server.port}", "--", kind, topology]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        raise RuntimeError(text)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", text)[1])  # type: ignore[index]


def pictures(drawn: Pictures) -> None:
    """Time pictures of new topologies beside Graphviz alone on the same DOT."""
    for shape in SHAPES:
        unseen = runs(shape, 100)
        new = partial(_next, drawn.draw, itertools.cycle(unseen))
        row(f"picture, {shape} of 100 nodes, known; peer: a new one", drawn.known(unseen[0]), new, 10)
    for shape, size in itertools.product(SHAPES, SIZES):
        unseen = runs(shape, size)
        ours = partial(_next, drawn.draw, itertools.cycle(unseen))
        empty, full = itertools.cycle(list(map(dot, unseen))), itertools.cycle(list(map(labelled, unseen)))
        title, goal = f"picture, {shape} of {size:,} nodes; peer:", 1 / 1.5 if size == 10 else 1 / 1.15
        row(f"{title} pygraphviz", ours, partial(_next, bare, full), goal)
        row(f"{title} the same, empty boxes", ours, partial(_next, bare, empty))
        row(f"{title} spawned dot", ours, partial(_next, spawned, full), 10 if size == 10 else None)


def _next(work: Callable[[Any], Any], things: Iterator[Any]) -> Any:
    return work(next(things))


if __name__ == "__main__":
    main()
