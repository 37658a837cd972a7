"""Graphviz: two ways to call it that give the same places, and what a bare machine still can."""

from __future__ import annotations

from pathlib import Path

from engine import GALLERY, Drawing, read_layout, run
from tests.api.conftest import launch
from tests.export.conftest import LayOut, in_a_new_process

BOTH = """
from engine import *
from engine.export.layout import Bare, _draw
bare = Bare()
for example in GALLERY.values():
    for direction in ("LR", "TB"):
        for simple in (False, True):
            dot = Drawing(run(example.source, example.inputs), direction=direction).picture.dot(simple)
            assert bare.draw(dot, "plain") == _draw(dot, "plain"), dot
try:
    bare.draw("this is { no graph", "plain")
except ValueError as error:
    print(error)
"""


def test_graphviz_by_itself_gives_the_places_that_pygraphviz_gives() -> None:
    assert in_a_new_process(BOTH, 0) == b"this is not DOT\n"


def test_places_are_read_with_y_downwards() -> None:
    lines = ["graph 1 2 1", "node n0 1 0.75 1 0.5 x", "node n1 1 0.25 1 0.5 x", "edge n0 n1 2 1 0.5 1 0.25 s", "stop"]
    layout = read_layout("\n".join(lines))
    assert (layout.width, layout.height) == (144.0, 72.0)
    assert layout.nodes["n0"] == (72.0, 18.0)
    assert layout.edges["n0", "n1"] == [((72.0, 36.0), (72.0, 54.0))]


def test_no_two_boxes_overlap(lay_out: LayOut) -> None:
    for example in GALLERY.values():
        drawing = Drawing(run(example.source, example.inputs))
        layout = lay_out(drawing)
        at = drawing.picture.places()
        boxes = [(layout.nodes[f"n{at[f'n{b.node}']}"], b) for b in drawing.picture.boxes]
        for k, ((x, y), one) in enumerate(boxes):
            for (u, v), other in boxes[:k]:
                apart = max(abs(x - u) - (one.width + other.width) / 2, abs(y - v) - (one.height + other.height) / 2)
                assert apart >= 0


def test_a_machine_without_drawing_libraries_has_pictures_and_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "pygraphviz.py").write_text("raise ImportError('libX11 is missing')")
    with launch(PYTHONPATH=str(tmp_path)) as service:
        assert service.client.get("/graph.svg?source=a*b").status_code == 200
        for form in ("png", "pdf"):
            answer = service.client.get(f"/graph.{form}?source=a*b")
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        assert service.client.get("/readyz").status_code == 200


def test_of_edges_between_the_same_two_nodes_the_first_is_above_or_to_the_left() -> None:
    low, high = "edge a b 2 1 1 2 1 solid black", "edge a b 2 1 2 2 2 solid black"  # plain counts y upwards
    assert read_layout("\n".join(["graph 1 3 3", low, high])).edges["a", "b"] == [
        ((72.0, 72.0), (144.0, 72.0)),
        ((72.0, 144.0), (144.0, 144.0)),
    ]
    right, left = "edge a b 2 2 1 2 2 solid black", "edge a b 2 1 1 1 2 solid black"
    curves = read_layout("\n".join(["graph 1 3 3", right, left])).edges["a", "b"]
    assert [curve[0][0] for curve in curves] == [72.0, 144.0]
