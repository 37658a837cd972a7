"""Graphviz: turns DOT into places, or into a PNG or PDF. The one file that calls it, and only in a worker process.

Graphviz can crash, call `exit`, run for minutes and hold the interpreter while it does; see `app/layouts.py`.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where everything is, in points, y downwards."""

    width: float
    height: float
    nodes: dict[str, Point]
    """Centres, by Graphviz's node name."""
    edges: dict[tuple[str, str], list[tuple[Point, ...]]]
    """Bezier control points from tail to head; several between two nodes stand from the top down or from the left."""
    framed: bool = True
    """Open groups have a room of their own, in which nothing else stands."""


def plain(dot: str) -> str:
    """Return Graphviz's `plain` description of the laid-out graph: the form that crosses the process border."""
    return draw(dot, "plain").decode()


def draw(dot: str, form: str) -> bytes:
    """Return the graph drawn by Graphviz as `plain`, `png` or `pdf`; raise RuntimeError or ValueError if it cannot."""
    return _way(form)(dot, form)


@cache
def _way(form: str) -> Callable[[str, str], bytes]:
    """Return how `form` is drawn: layouts by Graphviz itself where its libraries can be had, the rest by pygraphviz.

    pygraphviz needs libraries of the system (glib, X11) which a bare machine lacks.
    """
    if form == "plain":
        with suppress(ImportError):
            return Bare().draw
    return _draw


def _draw(dot: str, form: str) -> bytes:
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
    first, *lines = text.splitlines()
    width, height = (72 * float(size) for size in first.split(" ")[2:4])
    nodes: dict[str, Point] = {}
    edges: dict[tuple[str, str], list[tuple[Point, ...]]] = {}
    for line in lines:
        kind, *words = line.split(" ")
        if kind == "node":
            nodes[words[0]] = 72 * float(words[1]), height - 72 * float(words[2])
        elif kind == "edge":
            places = [72 * float(word) for word in words[3 : 3 + 2 * int(words[2])]]
            points = tuple(zip(places[::2], [height - y for y in places[1::2]], strict=True))
            edges.setdefault((words[0], words[1]), []).append(points)
    for curves in edges.values():
        curves.sort(key=_place)  # they are alike, and the first operand is read first
    return Layout(width, height, nodes, edges)


def _place(curve: tuple[Point, ...]) -> float:
    """Return how far down and to the right a curve runs."""
    return sum(x + y for x, y in curve) / len(curve)


# -- Graphviz without its drawing libraries ----------------------------------------------------------------------------


class _Symbol(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("address", c_void_p))


class Bare:
    """Graphviz's layout alone, from the libraries in pygraphviz's wheel: it needs expat and zlib, and half the time.

    Signatures as in graphviz/gvc.h and graphviz/cgraph.h. Raises ImportError if the libraries are not there.
    """

    def __init__(self) -> None:
        self._gvc, self._cgraph = _library("gvc"), _library("cgraph")
        plugins = [(f"gvplugin_{name}_LTX_library", _library(f"gvplugin_{name}")) for name in ("dot_layout", "core")]
        rows = [_Symbol(n.encode(), ctypes.addressof(ctypes.c_char.in_dll(library, n))) for n, library in plugins]
        self._table = (_Symbol * (len(rows) + 1))(*rows)  # must live as long as the context
        self._declare()
        self._context = self._gvc.gvContextPlugins(self._table, 0)

    def _declare(self) -> None:
        _signature(self._gvc.gvContextPlugins, c_void_p, c_void_p, c_int)
        _signature(self._gvc.gvLayout, c_int, c_void_p, c_void_p, c_char_p)
        pointers = POINTER(c_void_p), POINTER(c_size_t)
        _signature(self._gvc.gvRenderData, c_int, c_void_p, c_void_p, c_char_p, *pointers)
        _signature(self._gvc.gvFreeRenderData, None, c_void_p)
        _signature(self._gvc.gvFreeLayout, c_int, c_void_p, c_void_p)
        _signature(self._cgraph.agmemread, c_void_p, c_char_p)
        _signature(self._cgraph.agclose, c_int, c_void_p)

    def draw(self, dot: str, form: str) -> bytes:
        """Return the graph as `plain`, `dot` or another form of text; raise ValueError if it is no graph."""
        graph = self._cgraph.agmemread(dot.encode())
        if not graph:
            raise ValueError("this is not DOT")
        try:
            return self._rendered(graph, form)
        finally:
            self._gvc.gvFreeLayout(self._context, graph)
            self._cgraph.agclose(graph)

    def _rendered(self, graph: int, form: str) -> bytes:
        data, length = c_void_p(), c_size_t()
        if self._gvc.gvLayout(self._context, graph, b"dot"):
            raise RuntimeError("Graphviz found no layout")
        if self._gvc.gvRenderData(self._context, graph, form.encode(), byref(data), byref(length)):
            raise RuntimeError("Graphviz could not write it")
        text = ctypes.string_at(data.value or 0, length.value)
        self._gvc.gvFreeRenderData(data)
        return text


def _library(name: str) -> ctypes.CDLL:
    for folder in sys.path:
        for file in sorted(Path(folder).glob(f"pygraphviz.libs/lib{name}-*.so*")):
            try:
                return ctypes.CDLL(str(file))
            except OSError as error:
                raise ImportError(f"Graphviz needs more of this system: {error}") from None
    raise ImportError("pygraphviz is not installed, or its wheel carries no Graphviz")


def _signature(function: Any, result: Any, *arguments: Any) -> None:
    function.restype, function.argtypes = result, arguments
