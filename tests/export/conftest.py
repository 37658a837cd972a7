"""Graphviz for tests: in a process of its own, as in the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import Drawing, Layout, Run, read_layout

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


def labelled(*labels: str) -> str:
    """Return a program whose leaves have `labels`."""
    lines = [f"v{k} = Value({k}.5, label={label!r})" for k, label in enumerate(labels)]
    return "\n".join([*lines, "s = " + " + ".join(f"v{k}*v{k}" for k in range(len(labels)))])


def picture_of(run: Run, lay_out: LayOut, **options: str) -> str:
    """Return the SVG of a run."""
    drawing = Drawing(run, **options)  # type: ignore[arg-type]
    return drawing.svg(lay_out(drawing))
