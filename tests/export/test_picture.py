"""The plan of a picture: structure and labels decide it, no number of a run does, and everything fits where it goes."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Drawing, Example, Picture, document, in_ranks, run
from engine.export.picture import NUMBER_SIZE, PAD, clipped, columns, text_width
from engine.numbers import short
from tests.export.conftest import NASTY, PROGRAMS, labelled

examples = pytest.mark.parametrize("example", PROGRAMS.values(), ids=PROGRAMS.keys())
STYLES = ("compact", "micrograd")
FLOATS = st.floats() | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 1e308, -1.234e-308])


def pictures(source: str, **inputs: float) -> list[Picture]:
    """Return the picture of a program in every style and direction."""
    result = run(source, inputs)
    return [
        Drawing(result, style=style, direction=direction).picture  # type: ignore[arg-type]
        for style, direction in itertools.product(STYLES, ("LR", "TB"))
    ]


@examples
def test_each_slot_is_an_arc_or_a_constant_inside_its_consumer(example: Example) -> None:
    result = run(example.source, example.inputs)
    order = result.trace.passes[-1].order
    slots = sorted((o, n, k) for n in order for k, o in enumerate(result.tape.operands[n]))
    for picture in pictures(example.source, **example.inputs):
        arcs = [(a.tail, a.head, a.slot) for a in picture.arcs]
        inside = [(c.node, b.node, result.tape.operands[b.node].index(c.node)) for b in picture.boxes for c in b.inline]
        assert sorted(arcs + inside) == slots
        assert sorted([b.node for b in picture.boxes] + [node for node, _, _ in inside]) == sorted(order)
        assert [b.node for b in picture.boxes if b.output] == [result.trace.passes[-1].output]


def test_constants_stand_in_boxes_of_their_own_in_the_style_of_micrograd() -> None:
    compact, _, micrograd, _ = pictures("y = 2*x + 1")
    assert [[c.text for c in box.inline] for box in compact.boxes] == [[], ["2"], ["1"]]
    assert sorted(box.label for box in micrograd.boxes if box.kind == "constant") == ["1", "2"]


@examples
def test_each_constant_is_a_box_of_its_own_on_demand(example: Example) -> None:
    result = run(example.source, example.inputs)
    order = result.trace.passes[-1].order
    slots = sorted((o, n, k) for n in order for k, o in enumerate(result.tape.operands[n]))
    for style, direction in itertools.product(STYLES, ("LR", "TB")):
        picture = Drawing(result, style=style, direction=direction, constants="nodes", opened=["*"]).picture  # type: ignore[arg-type]
        assert sorted(box.node for box in picture.boxes) == sorted(order)
        assert sorted((a.tail, a.head, a.slot) for a in picture.arcs) == slots
        assert not any(box.inline for box in picture.boxes)


@given(FLOATS, FLOATS)
def test_other_leaf_values_have_the_same_picture_with_constants_as_nodes(a: float, b: float) -> None:
    source = "y = tanh(a*b + 2*a)/(b - a)\nz = max(y, relu(a)) + 1e-3"
    for style in STYLES:
        one, other = (
            Drawing(run(source, inputs), style=style, constants="nodes").picture  # type: ignore[arg-type]
            for inputs in ({"a": a, "b": b}, {"a": 1.0, "b": 2.0})
        )
        assert one == other


@pytest.mark.parametrize("text", ["2", "3.14159265358979323846264338327950288", "1_000_000.000_000_1", "pi", "1e-300"])
def test_the_text_of_a_constant_fits_into_its_box(text: str) -> None:
    for style in STYLES:
        picture = Drawing(run(f"y = x*{text}"), style=style, constants="nodes").picture  # type: ignore[arg-type]
        (box,) = (box for box in picture.boxes if box.kind == "constant")
        assert text_width(box.label, NUMBER_SIZE) <= box.width - 2 * PAD


def test_a_run_remembers_both_ways_to_draw_its_constants() -> None:
    result = run("y = 2*x + 1")
    wanted = ("inline", "nodes", "inline", "nodes")
    assert [Drawing(result, constants=how).picture.size for how in wanted] == [3, 5, 3, 5]  # type: ignore[arg-type]


@pytest.mark.parametrize("style", STYLES)
def test_a_picture_that_is_folded_harder_keeps_its_constants(style: str) -> None:
    source = "s = x\n" + "\n".join(f"s = s*{k}.5 + y" for k in range(60))
    drawing = Drawing(run(source), style=style, constants="nodes").folded_harder  # type: ignore[arg-type]
    assert not any(box.inline for box in drawing.picture.boxes)
    assert drawing.picture.piles
    assert in_ranks(drawing.picture).nodes.keys() == {f"n{k}" for k in drawing.picture.places().values()} | {
        *drawing.picture.operators.values()
    }
    assert "digraph" in drawing.dot()


def test_a_constant_keeps_its_side_of_the_operator() -> None:
    result = Drawing(run("y = 2 - x\nz = y - 3\nw = clip(z, 0, 1)")).picture
    assert [(c.text, c.before) for b in result.boxes for c in b.inline] == [
        ("2", True),
        ("3", False),
        ("0", False),
        ("1", False),
    ]


@given(FLOATS, FLOATS)
def test_other_leaf_values_have_the_same_picture(a: float, b: float) -> None:
    source = "y = tanh(a*b + 2*a)/(b - a)\nz = max(y, relu(a)) + 1e-3"
    assert pictures(source, a=a, b=b) == pictures(source, a=1.0, b=2.0)


def test_the_key_is_that_of_the_geometry() -> None:
    same = [Drawing(run(source)).picture.key for source in ("y = a*b", "z = u*v", "y = a/b")]
    other = [Drawing(run(source)).picture.key for source in ("y = a*a", "y = a*b*c", "y = a*(b_with_a_long_name)")]
    assert len(set(same)) == 1
    assert len({*same, *other}) == 4
    assert len({picture.key for picture in pictures("y = 2*a*b")}) == 4


def test_quick_and_careful_layouts_are_asked_for_the_same_boxes() -> None:
    picture = Drawing(run("y = a*b + a")).picture
    careful, quick = (picture.dot(simple).splitlines() for simple in (False, True))
    assert careful[0] != quick[0]
    assert careful[1:] == quick[1:]


@given(FLOATS)
def test_any_number_fits_into_the_smallest_card(x: float) -> None:
    """The word before it is a letter away at least."""
    compact, _, micrograd, _ = pictures("y = x")
    needed = text_width("data ", NUMBER_SIZE) + text_width(short(x), NUMBER_SIZE)
    assert needed <= compact.boxes[0].width - 2 * PAD
    assert 2 * needed <= micrograd.boxes[0].width - 3 * PAD


@pytest.mark.parametrize("label", NASTY)
def test_no_label_makes_a_box_of_more_than_its_cells(label: str) -> None:
    widest = [picture.boxes[0].width for picture in pictures(labelled("W" * 24))]
    for picture, width in zip(pictures(labelled(label)), widest, strict=True):
        assert picture.boxes[0].width <= width


@given(st.text(max_size=60), st.integers(2, 30))
def test_clipped_text_is_the_beginning_of_the_text_and_fits(text: str, cells: int) -> None:
    short_text = clipped(text, cells)
    assert sum(map(columns, short_text)) <= cells
    assert short_text == text or (short_text[-1] == "…" and text.startswith(short_text[:-1]))
    if len(text) <= 4 * cells and sum(map(columns, text)) <= cells:
        assert short_text == text


@pytest.mark.parametrize(
    ("text", "cells"), [("ab", 2), ("日本", 4), ("e\u0301\u0302", 1), ("🙂", 2), ("\u202eb", 1), ("−×–…", 4), ("", 0)]
)
def test_characters_take_the_cells_that_a_terminal_gives_them(text: str, cells: int) -> None:
    assert sum(map(columns, text)) == cells


def test_letters_with_many_marks_are_not_cut_where_they_fit() -> None:
    marked = "e\u0301\u0302" * 24
    assert clipped(marked, 24) == marked
    assert clipped(marked + "e", 24) == marked[:69] + "…"
    assert len(clipped("e" + "\u0301" * 10_000, 24)) < 100


@given(st.text(max_size=60))
def test_text_is_as_wide_as_its_cells(text: str) -> None:
    assert text_width(text, 10.0) == pytest.approx(text_width("x", 10.0) * sum(map(columns, text)))


@examples
def test_labels_are_those_of_the_document(example: Example) -> None:
    labels = {node["id"]: node["label"] for node in document(run(example.source, example.inputs))["nodes"]}
    for picture in pictures(example.source, **example.inputs):
        assert {f"n{b.node}": b.label for b in picture.boxes} == {
            f"n{b.node}": clipped(labels[f"n{b.node}"], 24) for b in picture.boxes
        }
