"""Levels: places without Graphviz, for any graph, in time."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Drawing, Layout, in_ranks, run
from engine.export.levels import levels
from tests.export.conftest import PROGRAMS, LayOut

Direction = Literal["LR", "TB"]
Graph = tuple[dict[str, tuple[float, float]], list[tuple[str, str]]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a graph without circles, with several edges between two boxes here and there."""
    size = st.floats(10, 200)
    nodes = {f"n{k}": (draw(size), draw(size)) for k in range(draw(st.integers(1, 14)))}
    pairs = list(itertools.combinations(nodes, 2))
    return nodes, draw(st.lists(st.sampled_from(pairs), max_size=30)) if pairs else []


@given(graphs(), st.sampled_from(["LR", "TB"]))
def test_boxes_stand_apart_within_the_picture(graph: Graph, direction: Direction) -> None:
    nodes, edges = graph
    layout = levels(nodes, edges, direction)
    assert set(layout.nodes) == set(nodes)
    for name, (x, y) in layout.nodes.items():
        width, height = nodes[name]
        assert width / 2 - 1e-6 <= x <= layout.width - width / 2 + 1e-6
        assert height / 2 - 1e-6 <= y <= layout.height - height / 2 + 1e-6
    for one, other in itertools.combinations(nodes, 2):
        (x, y), (u, v) = layout.nodes[one], layout.nodes[other]
        apart_x = abs(x - u) - (nodes[one][0] + nodes[other][0]) / 2
        apart_y = abs(y - v) - (nodes[one][1] + nodes[other][1]) / 2
        assert max(apart_x, apart_y) > 1


@given(graphs(), st.sampled_from(["LR", "TB"]))
def test_edges_lead_forward_from_border_to_border(graph: Graph, direction: Direction) -> None:
    nodes, edges = graph
    layout, axis = levels(nodes, edges, direction), 0 if direction == "LR" else 1
    assert {pair: len(lines) for pair, lines in layout.edges.items()} == {pair: edges.count(pair) for pair in edges}
    for (tail, head), lines in layout.edges.items():
        assert len(set(lines)) == len(lines)
        for line in lines:
            assert len(line) == 4
            assert line[0][axis] == pytest.approx(layout.nodes[tail][axis] + nodes[tail][axis] / 2)
            assert line[3][axis] == pytest.approx(layout.nodes[head][axis] - nodes[head][axis] / 2)
            assert line[0][axis] < line[1][axis] < line[2][axis] < line[3][axis]
            for end, name in ((line[0], tail), (line[3], head)):
                aside = abs(end[1 - axis] - layout.nodes[name][1 - axis])
                assert aside < nodes[name][1 - axis] / 2


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("style", ["compact", "micrograd"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_same_boxes_and_edges_as_by_graphviz(
    program: str, style: Literal["compact", "micrograd"], direction: Direction, lay_out: LayOut
) -> None:
    example = PROGRAMS[program]
    drawing = Drawing(run(example.source, example.inputs), style=style, direction=direction)
    ours, theirs, edges = in_ranks(drawing.picture), lay_out(drawing), drawing.picture.edges()
    assert set(ours.nodes) == set(theirs.nodes)
    assert lines(ours) == lines(theirs)
    assert drawing.svg(ours).count('class="edge') == drawing.svg(theirs).count('class="edge') == len(list(edges))


def lines(layout: Layout) -> dict[tuple[str, str], int]:
    return {pair: len(lines) for pair, lines in layout.edges.items()}


def test_what_is_made_of_nothing_stands_right_before_its_use() -> None:
    size = (10.0, 10.0)
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("x", "d")]
    layout = levels(dict.fromkeys("abcdx", size), edges, "TB")
    assert layout.nodes["x"][1] == layout.nodes["c"][1]


def test_neighbours_come_to_stand_side_by_side() -> None:
    size = (10.0, 10.0)
    layout = levels(dict.fromkeys("abcuvw", size), [("a", "w"), ("b", "v"), ("c", "u")], "TB")
    assert all(layout.nodes[tail][0] == layout.nodes[head][0] for tail, head in ("aw", "bv", "cu"))


def test_a_circle_of_folded_groups_has_places_too() -> None:
    layout = levels(dict.fromkeys("abc", (10.0, 10.0)), [("a", "b"), ("b", "c"), ("c", "b")], "LR")
    assert layout.nodes["a"][0] < layout.nodes["b"][0] < layout.nodes["c"][0]
    assert set(layout.edges) == {("a", "b"), ("b", "c"), ("c", "b")}


def test_no_nodes_no_picture() -> None:
    layout = levels({}, [], "LR")
    assert (layout.width, layout.height, layout.nodes, layout.edges) == (0, 0, {}, {})
