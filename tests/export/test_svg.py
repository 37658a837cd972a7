"""The picture: every node and edge has its place, every text is a text, and only numbers and signs ever change."""

from __future__ import annotations

import itertools
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import GALLERY, Drawing, Example, document, run
from engine.export.picture import NUMBER_CELL, clipped
from engine.export.svg import text
from engine.numbers import short
from tests.export.conftest import NASTY, LayOut, labelled, picture_of

TAGS = {"svg", "g", "title", "desc", "polygon", "polyline", "path", "ellipse", "rect", "text", "tspan"}
STYLES = ("compact", "micrograd")
DIRECTIONS = ("LR", "TB")
SVG = "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element
examples = pytest.mark.parametrize("example", GALLERY.values(), ids=GALLERY.keys())


def groups(svg: str, kind: str) -> dict[str, Element]:
    found = [g for g in ElementTree.fromstring(svg).iter(f"{SVG}g") if kind in g.get("class", "").split()]
    assert len({g.get("id") for g in found}) == len(found)
    return {g.get("id", ""): g for g in found}


def shown(group: Element, kind: str) -> str:
    (found,) = [t for t in group.findall(f"{SVG}text") if t.get("class") == kind]
    return found.text or ""


@examples
@pytest.mark.parametrize(("style", "direction"), list(itertools.product(STYLES, DIRECTIONS)))
def test_every_node_and_edge_of_the_last_pass_is_drawn(
    example: Example, style: str, direction: str, lay_out: LayOut
) -> None:
    result = run(example.source, example.inputs)
    described = document(result, display=True)
    svg = picture_of(result, lay_out, style=style, direction=direction)
    nodes, edges = groups(svg, "node"), groups(svg, "edge")
    assert set(nodes) == set(described["passes"][-1]["order"])
    by_id = {node["id"]: node for node in described["nodes"]}
    inside = {name for name, group in nodes.items() if "inline" in group.get("class", "")}
    wanted = {f"{n}.{k}" for n in nodes for k, o in enumerate(by_id[n]["operands"]) if o not in inside}
    assert set(edges) == wanted
    for name, group in nodes.items():
        node = by_id[name]
        assert node["role"] in group.get("class", "").split()
        title = group.findtext(f"{SVG}title") or ""
        if node["role"] != "constant":
            assert shown(group, "data") == node["shown"]["data"][0]
            assert shown(group, "grad") == node["shown"]["grad"][0]
            assert f"data {node['shown']['data'][1]}; grad {node['shown']['grad'][1]}" in title


@examples
def test_only_elements_and_attributes_on_the_list_are_written(example: Example, lay_out: LayOut) -> None:
    for style in STYLES:
        root = ElementTree.fromstring(picture_of(run(example.source, example.inputs), lay_out, style=style))
        for element in root.iter():
            assert element.tag.removeprefix(SVG) in TAGS
            assert not [name for name in element.attrib if name.startswith("on") or "href" in name or name == "style"]
            assert re.fullmatch(r"graph|n\d+(\.\d+)?|", element.get("id", ""))


@pytest.mark.parametrize("program", ["y = x*x", "y = x + x", "y = x**x", "y = max(x, x)"])
def test_an_operand_used_twice_has_two_edges(program: str, lay_out: LayOut) -> None:
    assert set(groups(picture_of(run(program, {"x": 3.0}), lay_out), "edge")) == {"n1.0", "n1.1"}


@pytest.mark.parametrize("style", STYLES)
def test_names_of_any_kind_are_text(style: str, lay_out: LayOut) -> None:
    nodes = groups(picture_of(run(labelled(*NASTY)), lay_out, style=style), "node")
    for k, label in enumerate(NASTY):
        written = clipped(label, 24)
        assert shown(nodes[f"n{k}"], "label") == clean(written)


@given(st.text(min_size=1, max_size=24))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_one_text(value: str) -> None:
    root = ElementTree.fromstring(f"<t>{text(value)}</t>")
    assert len(list(root.iter())) == 1
    assert (root.text or "") == clean(value)


def clean(value: str) -> str:
    """What XML cannot hold is U+FFFD; ends of lines and tabs are spaces."""
    allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value)
    return re.sub("[\t\n\r]", " ", allowed)


EXTREMES = (0.0, -0.0, math.nan, math.inf, -math.inf, 1.7976931348623157e308, -1.234e-308, 5e-324, 0.1 + 0.2, 99999.6)


@pytest.mark.parametrize("style", STYLES)
def test_other_numbers_change_numbers_and_signs_alone(style: str, lay_out: LayOut) -> None:
    program = "y = tanh(a*b + 2*c)\nz = y / a - relu(c)"
    pictures = set()
    for a, c in itertools.product(EXTREMES, repeat=2):
        drawing = Drawing(run(program, {"a": a, "b": 0.3, "c": c}), style=style)  # type: ignore[arg-type]
        svg = drawing.svg(lay_out(drawing))
        svg = re.sub(r'(<text class="(data|grad)"[^>]*>)[^<]*', r"\1", svg)
        svg = re.sub(r"<title>[^<]*</title>|aria-label=\"[^\"]*\"|data-(sign|magnitude)=\"\w+\"", "", svg)
        svg = re.sub(r'fill="[^"]*"|stroke="[^"]*"| stroke-dasharray="[^"]*"', "", svg)
        pictures.add(re.sub(r'(<path class="sign"[^>]*?) d="[^"]*"', r"\1", svg))
    assert len(pictures) == 1


def test_every_number_fits_into_its_cell() -> None:
    for value in (*EXTREMES, -1.234e-308, -12345.678, -0.001234):
        assert len(short(value)) <= NUMBER_CELL


@pytest.mark.parametrize(("scheme", "has_style"), [(None, False), ("light", False), ("dark", False), ("auto", True)])
def test_a_style_sheet_is_there_only_where_colours_follow_the_reader(
    scheme: str | None, has_style: bool, lay_out: LayOut
) -> None:
    drawing = Drawing(run("a*b"))
    svg = drawing.svg(lay_out(drawing), scheme)  # type: ignore[arg-type]
    ElementTree.fromstring(svg)
    assert ("<style>" in svg) == has_style


def test_an_edge_tells_its_local_partial(lay_out: LayOut) -> None:
    edges = groups(picture_of(run("y = a*b", {"a": 2.0, "b": -3.0}), lay_out), "edge")
    assert edges["n2.0"].findtext(f"{SVG}title") == "∂y/∂a = b = -3.0"
    assert edges["n2.1"].findtext(f"{SVG}title") == "∂y/∂b = a = 2.0"
