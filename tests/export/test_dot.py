"""DOT: the one for layouts holds nothing that a user typed; the one for people holds it exactly."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Drawing, Example, document, run
from engine.export.dot import quoted
from engine.export.picture import clipped
from tests.export.conftest import NASTY, PROGRAMS, ROOT, in_a_new_process, labelled

examples = pytest.mark.parametrize("example", PROGRAMS.values(), ids=PROGRAMS.keys())
WORDS = {"digraph", "g", "rankdir", "LR", "nodesep", "ranksep", "splines", "true", "ordering", "out", "node", "shape"}
WORDS |= {"box", "fixedsize", "label", "edge", "dir", "none", "width", "height", "subgraph", "margin"}
READ = """
import json, sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.read())
print(json.dumps({n: n.attr["label"] for n in graph.nodes()}))
"""
DRAWN = """
import json, sys
from engine.export.layout import _draw
print(json.dumps([_draw(dot, "svg").decode() for dot in json.load(sys.stdin)]))
"""
TWICE = """
from engine import *
from engine.export.layout import plain
from tests.export.conftest import PROGRAMS
for example in PROGRAMS.values():
    result = run(example.source, example.inputs)
    for style in ("compact", "micrograd"):
        drawing = Drawing(result, style=style)
        print(drawing.picture.dot(), drawing.dot(), drawing.picture.key)
        print(drawing.svg(read_layout(plain(drawing.picture.dot()))))
    import json
    print(json.dumps(document(result, display=True)))
"""


@examples
def test_the_dot_for_layouts_holds_ids_and_sizes_alone(example: Example) -> None:
    source = Drawing(run(example.source, example.inputs)).picture.dot()
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\b([no]|cluster_)\d+\b", "", source)))
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


def clean(label: str) -> str:
    """What no picture can hold is U+FFFD; ends of lines and tabs are spaces."""
    allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", label)
    return re.sub("[\t\n\r]", " ", allowed)


def unquoted(written: str) -> list[str]:
    """Return the lines that Graphviz shows for a quoted label: its escapes first, then its entities."""
    plain = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], written[1:-1])
    return [html.unescape(line) for line in plain.split("\n")]


STRING = r'"(?:[^"\\\n]|\\.)*"'


@examples
@pytest.mark.parametrize("style", ["compact", "micrograd"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_the_dot_for_people_says_what_the_document_says(example: Example, style: str, direction: str) -> None:
    result = run(example.source, example.inputs)
    drawing = Drawing(result, style=style, direction=direction)  # type: ignore[arg-type]
    source = drawing.dot()
    assert f"rankdir={direction}" in source
    nodes = dict(re.findall(rf"^  (n\d+) \[label=({STRING}) ", source, re.MULTILINE))
    assert set(nodes) == {f"n{box.node}" for box in drawing.picture.boxes}
    by_id = {node["id"]: node for node in document(result, display=True)["nodes"]}
    for name, written in nodes.items():
        node, (head, *rows) = by_id[name], unquoted(written)
        assert head.startswith(clean(clipped(node["label"], 24)))
        if node["role"] != "constant":
            data, grad = (node["shown"][kind][0] for kind in ("data", "grad"))
            assert rows == [f"data {data}", f"grad {grad if node['trainable'] else '–'}"]
    edges = re.findall(r'^  (n\d+) -> (n\d+) \[id="(n\d+\.\d+)"\]$', source, re.MULTILINE)
    assert edges == [(f"n{a.tail}", f"n{a.head}", a.id) for a in drawing.picture.arcs]
    assert source.count("\n") == 5 + len(nodes) + len(edges)


def test_graphviz_draws_every_label_as_it_was_typed() -> None:
    """What it writes into its own SVG is the text, in one piece, and never an element of a label's."""
    labels = [label for label in NASTY if clean(label) == label]
    drawn = [f"d{k}: {label}"[:24] for k, label in enumerate(labels)]
    sources = [Drawing(run(labelled(*drawn))).dot()]
    command = [sys.executable, "-c", DRAWN]
    answer = subprocess.run(
        command, input=json.dumps(sources), capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    (picture,) = json.loads(answer.stdout)
    root = ElementTree.fromstring(picture)
    texts = {(e.text or "").replace("\xa0", " ").rstrip() for e in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {clipped(label, 24).rstrip() for label in drawn} <= texts
    drawn_with = {e.tag.rpartition("}")[2] for e in root.iter()}
    assert drawn_with <= {"svg", "g", "title", "path", "polygon", "polyline", "text"}


@given(st.text(max_size=40))
def test_quoted_text_is_read_back_as_it_was(value: str) -> None:
    assert unquoted(quoted(value)) == [clean(value)]


@given(st.text(max_size=40))
def test_quoted_text_ends_where_it_should(value: str) -> None:
    written = quoted(value)
    assert re.fullmatch(r'"(?:[^"\\\n\r]|\\.)*"', written)
