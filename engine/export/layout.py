"""Graphviz: turns DOT into places, or into a PNG or PDF. The one file that calls it, and only in a worker process.

Graphviz can crash, call `exit`, run for minutes and hold the interpreter while it does; see `app/layouts.py`.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import IO

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is, in points, y downwards."""

    width: float
    height: float
    nodes: dict[str, Point]
    """Centres, by Graphviz's node name."""
    edges: dict[tuple[str, str], list[tuple[Point, ...]]]
    """Bezier control points from tail to head; several edges between the same two nodes keep their order."""


def plain(dot: str) -> str:
    """Return Graphviz's `plain` description of the laid-out graph: the form that crosses the process border."""
    return draw(dot, "plain").decode()


def draw(dot: str, form: str) -> bytes:
    """Return the graph drawn by Graphviz as `plain`, `png` or `pdf`."""
    import pygraphviz

    graph = pygraphviz.AGraph()
    try:
        with _file() as file:  # Graphviz reads from a file; AGraph(string=...) would write one to disk
            file.write(dot.encode())
            file.seek(0)
            graph.read(file)
        return bytes(graph.draw(format=form, prog="dot"))
    finally:
        graph.close()


def _file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("graph"), "w+b")
    return tempfile.TemporaryFile()


def read(text: str) -> Layout:
    """Return the places that a `plain` description holds (it counts in inches, y upwards)."""
    lines = [line.split(" ") for line in text.splitlines()]
    width, height = 72 * float(lines[0][2]), 72 * float(lines[0][3])

    def point(x: str, y: str) -> Point:
        return 72 * float(x), height - 72 * float(y)

    nodes: dict[str, Point] = {}
    edges: dict[tuple[str, str], list[tuple[Point, ...]]] = {}
    for line in lines[1:]:
        if line[0] == "node":
            nodes[line[1]] = point(line[2], line[3])
        elif line[0] == "edge":
            count = int(line[3])
            places = tuple(point(line[4 + 2 * k], line[5 + 2 * k]) for k in range(count))
            edges.setdefault((line[1], line[2]), []).append(places)
    return Layout(width, height, nodes, edges)
