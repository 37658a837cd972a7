"""Graphviz for tests: in a process of its own, as in the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import GALLERY, Drawing, Example, Layout, Run, read_layout

ROOT = Path(__file__).parents[2]
SERVE = """
import json, sys
from engine.export.layout import plain
for line in sys.stdin:
    print(json.dumps(plain(json.loads(line))), flush=True)
"""
LayOut = Callable[[Drawing], Layout]

NASTY = (
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "</text></g></svg>",
    "\\",
    "\\N\\G\\l",
    "\"quoted\" & &amp; 'single'",
    "line\nbreak\rand\ttab",
    "nul\0bell\x07esc\x1b",
    "\u202edlrow\u2066",
    "日本語の名前",
    "e\u0301\u0302",
    "🙂👩‍👩‍👧",
    "]]>",
    "<<TABLE HREF='javascript:alert(1)'>>",
    "x" * 200,
    "${7*7}{{7*7}}",
    "\ufffe\uffff",
)


def labelled(*labels: str) -> str:
    """Return a program whose leaves have `labels`."""
    lines = [f"v{k} = Value({k}.5, label={label!r})" for k, label in enumerate(labels)]
    return "\n".join([*lines, "s = " + " + ".join(f"v{k}*v{k}" for k in range(len(labels)))])


def _program(source: str, **inputs: float) -> Example:
    return Example("", "", "", source, inputs)


HARD = {
    "one leaf": _program("x", x=2.0),
    "one constant": _program("0." + "123456789" * 5),
    "same operand twice": _program("y = x*x + (x + x)\nz = max(y, y)**y", x=0.5),
    "three operands": _program("clip(x, -1, 2.5) + clip(x, x, x) + atan2(x, 2) + hypot(1e-30, x)", x=3.0),
    "constants alone": _program("y = x*(2*3) - (pi + 1)", x=-1.0),
    "long constants": _program("y = 3.14159265358979323846264338327950288*x**2.71828182845904523536", x=2.0),
    "not numbers": _program("y = log(x) / 0 + sqrt(x)*0\nz = y - 1/(x - x)", x=-1.0),
    "extreme numbers": _program("y = tanh(a*b) + a/b + exp(b)", a=1e308, b=-1.234e-308),
    "versions of a name": _program("x = x*2\nx = x + x\nx += 1\ny = x/x", x=3.0),
    "two passes": _program("y = x*x\ny.backward()\nz = y + x\nz.backward()", x=3.0),
    "one step of descent": _program(
        "a = Value(2.0)\nb = a*a*3\nb.backward()\na.data -= 0.1 * a.grad\na.grad = 0\nc = a*a*3\nc.backward()"
    ),
    "written after the pass": _program("a = Value(2.0)\nb = a*a\nb.backward()\na.data = 1.5\na.grad = -7.25"),
    "written twice": _program("a = Value(2.0)\nb = a*a\nb.backward()\na.data = 1.5\na.data += 1"),
    "a dropped value with a warning": _program("z = log(-1*x)\nz = 1.0\ny = x*x", x=2.0),
    "a name without use": _program("spare = x*7\nunused = Value(4.0)\ny = x - 1", x=2.0),
    "names of other scripts": _program("größe = α*変数 + é  # 日本語 🙂\ny = (größe\n  * größe\n  - α)", α=1.5),
    "labels of any kind": _program(labelled(*NASTY)),
}
LONG = {"xor"}
"""Told pass by pass; what is checked of every step of the others would take too long."""
PROGRAMS = {name: example for name, example in GALLERY.items() if name not in LONG} | HARD


@pytest.fixture(scope="session")
def lay_out() -> Iterator[LayOut]:
    """Return a function that has Graphviz lay out a drawing."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None and stdout is not None

    def ask(drawing: Drawing) -> Layout:
        stdin.write(json.dumps(drawing.picture.dot()) + "\n")
        stdin.flush()
        return read_layout(json.loads(stdout.readline()))

    with process:
        yield ask
        stdin.close()


def in_a_new_process(program: str, seed: int) -> bytes:
    """Return what `program` prints in a process with another seed for hashes."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout


def picture_of(run: Run, lay_out: LayOut, **options: str) -> str:
    """Return the SVG of a run."""
    drawing = Drawing(run, **options)  # type: ignore[arg-type]
    return drawing.svg(lay_out(drawing))
