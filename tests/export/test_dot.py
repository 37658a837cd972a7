"""DOT: the one for layouts holds nothing that a user typed; the one for people holds it exactly."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import GALLERY, Drawing, Example, run
from engine.export.dot import quoted
from tests.export.conftest import NASTY, ROOT, in_a_new_process, labelled

examples = pytest.mark.parametrize("example", GALLERY.values(), ids=GALLERY.keys())
WORDS = {"digraph", "g", "rankdir", "LR", "nodesep", "ranksep", "splines", "true", "ordering", "out", "node", "shape"}
WORDS |= {"box", "fixedsize", "label", "edge", "dir", "none", "width", "height"}
READ = """
import json, sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.read())
print(json.dumps({n: n.attr["label"] for n in graph.nodes()}))
"""
TWICE = """
from engine import *
for example in GALLERY.values():
    result = run(example.source, example.inputs)
    for style in ("compact", "micrograd"):
        drawing = Drawing(result, style=style)
        print(drawing.picture.dot(), drawing.dot(), drawing.picture.key)
    import json
    print(json.dumps(document(result, display=True)))
"""


@examples
def test_the_dot_for_layouts_holds_ids_and_sizes_alone(example: Example) -> None:
    source = Drawing(run(example.source, example.inputs)).picture.dot()
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\b[no]\d+\b", "", source)))
    assert words <= WORDS


def test_the_same_program_gives_the_same_bytes_in_every_process() -> None:
    first, second = (in_a_new_process(TWICE, seed) for seed in (1, 2))
    assert first == second
    assert len(first) > 10_000


@examples
def test_other_leaf_values_have_the_same_key(example: Example) -> None:
    result = run(example.source, example.inputs)
    leaves = dict.fromkeys(example.inputs, 0.7)
    assert Drawing(run(example.source, leaves)).picture.key == Drawing(result).picture.key


def test_graphviz_reads_labels_as_they_were_typed() -> None:
    labels = [label for label in NASTY if label.isprintable() and len(label) <= 24]
    source = Drawing(run(labelled(*labels))).dot()
    command = [sys.executable, "-c", READ]
    answer = subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    read = json.loads(answer.stdout)
    for k, label in enumerate(labels):
        assert not read[f"n{k}"].startswith("<")
        assert html.escape(label, quote=False).replace("\\", "\\\\") in read[f"n{k}"]


@given(st.text(max_size=40))
def test_quoted_text_ends_where_it_should(value: str) -> None:
    written = quoted(value)
    assert re.fullmatch(r'"(?:[^"\\\n\r]|\\.)*"', written)
