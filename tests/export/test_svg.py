"""The picture: every node and edge has its place, every text is a text, and only numbers and signs ever change."""

from __future__ import annotations

import itertools
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Drawing, Example, Layout, document, run
from engine.export.frame import sign_of
from engine.export.picture import NUMBER_CELL, OPERATOR, clipped, text_width
from engine.export.svg import MARGIN
from engine.markup import escaped
from engine.numbers import short
from tests.export.conftest import NASTY, PROGRAMS, LayOut, labelled, picture_of

TAGS = {"svg", "g", "title", "desc", "polygon", "polyline", "path", "ellipse", "rect", "text", "tspan"}
STYLES = ("compact", "micrograd")
DIRECTIONS = ("LR", "TB")
SVG = "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element
examples = pytest.mark.parametrize("example", PROGRAMS.values(), ids=PROGRAMS.keys())


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
            grad = node["shown"]["grad"] if node["trainable"] else ("–", "–")  # nothing arrives at what is fixed
            assert shown(group, "grad") == grad[0]
            assert f"data {node['shown']['data'][1]}; grad {grad[1]}" in title


@examples
@pytest.mark.parametrize("style", STYLES)
def test_numbers_at_a_step_are_those_of_the_moment(example: Example, style: str, lay_out: LayOut) -> None:
    result = run(example.source, example.inputs)
    count = len(result.trace.steps)
    layouts: dict[str, Layout] = {}
    for k in sorted({*range(0, count, max(1, count // 12)), count}):
        drawing = Drawing(result, step=k, style=style)  # type: ignore[arg-type]
        layout = layouts.setdefault(drawing.picture.key, lay_out(drawing))
        nodes = groups(drawing.svg(layout), "node")
        for box in drawing.picture.boxes:
            group, data, grad = nodes[f"n{box.node}"], drawing.frame.data[box.node], drawing.frame.grads[box.node]
            assert group.get("data-sign") == sign_of(grad)
            if box.kind != "constant":
                assert shown(group, "data") == ("–" if data is None else short(data))
                assert shown(group, "grad") == ("–" if grad is None else short(grad))


@examples
@pytest.mark.parametrize(("style", "direction"), list(itertools.product(STYLES, DIRECTIONS)))
def test_texts_stay_in_their_box_and_apart(example: Example, style: str, direction: str, lay_out: LayOut) -> None:
    drawing = Drawing(run(example.source, example.inputs), style=style, direction=direction)  # type: ignore[arg-type]
    nodes = groups(drawing.svg(lay_out(drawing)), "node")
    for box in drawing.picture.boxes:
        group = nodes[f"n{box.node}"]
        (rect,) = [r for r in group.findall(f"{SVG}rect") if r.get("class") == "box"]
        left, width = float(rect.get("x", "")), float(rect.get("width", ""))
        inside = [t for c in box.inline for t in nodes[f"n{c.node}"].findall(f"{SVG}text")]
        rows: dict[str, list[tuple[float, float]]] = {}
        for element in [*group.findall(f"{SVG}text"), *inside]:
            if element.text and not (style == "micrograd" and element.get("class") == "op"):  # in an ellipse of its own
                rows.setdefault(element.get("y", ""), []).append(extent(element))
        for row in rows.values():
            ends = [left, *itertools.chain(*sorted(row)), left + width]
            assert all(a <= b + 0.11 for a, b in itertools.pairwise(ends)), (box.label, ends)  # rounded to 0.1


def extent(element: Element) -> tuple[float, float]:
    """Return where a text begins and ends."""
    width = text_width(element.text or "", float(element.get("font-size", "12")))
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
    x = float(element.get("x", "")) - share * width
    return x, x + width


@examples
@pytest.mark.parametrize(("style", "direction"), list(itertools.product(STYLES, DIRECTIONS)))
def test_an_edge_leads_from_its_operand_to_its_node(
    example: Example, style: str, direction: str, lay_out: LayOut
) -> None:
    drawing = Drawing(run(example.source, example.inputs), style=style, direction=direction)  # type: ignore[arg-type]
    at = drawing.picture.places()
    layout = lay_out(drawing)
    sizes = {f"n{at[name]}": size for name, size in drawing.picture.sizes().items()}
    edges = groups(drawing.svg(layout), "edge")
    for arc in drawing.picture.arcs:
        path, head = edges[arc.id].find(f"{SVG}path"), edges[arc.id].find(f"{SVG}polygon")
        assert path is not None and head is not None
        start = re.findall(r"-?[\d.]+", path.get("d", ""))[:2]
        target = f"{'o' if style == 'micrograd' else 'n'}{at[f'n{arc.head}']}"
        for name, (x, y) in ((f"n{at[f'n{arc.tail}']}", start), (target, head.get("points", "").split()[0].split(","))):
            (cx, cy), (width, height) = layout.nodes[name], sizes.get(name, (OPERATOR, OPERATOR))
            assert abs(float(x) - MARGIN - cx) <= width / 2 + 2
            assert abs(float(y) - MARGIN - cy) <= height / 2 + 2


@examples
def test_a_constant_inside_its_consumer_is_as_it_was_typed(example: Example, lay_out: LayOut) -> None:
    result = run(example.source, example.inputs)
    drawing = Drawing(result)
    nodes = groups(drawing.svg(lay_out(drawing)), "node")
    for constant in (c for box in drawing.picture.boxes for c in box.inline):
        group, typed = nodes[f"n{constant.node}"], result.explainer.names[constant.node]
        assert shown(group, "data") == clipped(typed, 12)
        assert (group.findtext(f"{SVG}title") or "").endswith(f"; data {result.tape.data[constant.node]!r}")


def test_constants_inside_stand_in_the_order_of_their_slots(lay_out: LayOut) -> None:
    nodes = groups(picture_of(run("y = clip(x, -2.5, 7)"), lay_out), "node")
    low, high = (nodes[name].findall(f"{SVG}text") for name in ("n1", "n2"))
    assert (low[0].text, high[0].text) == ("-2.5", "7")
    assert float(low[0].get("x", "")) < float(high[0].get("x", ""))


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
        assert (nodes[f"n{k}"].findtext(f"{SVG}title") or "").startswith(clean(label))


@given(st.text(min_size=1, max_size=24))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_one_text(value: str) -> None:
    root = ElementTree.fromstring(f"<t>{escaped(value)}</t>")
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


def test_an_edge_tells_the_partial_of_the_moment(lay_out: LayOut) -> None:
    result = run("a = Value(2.0)\nb = a*a\nb.backward()\na.data = 1.5")
    titles = []
    for k in range(len(result.trace.steps) + 1):
        drawing = Drawing(result, step=k)
        titles.append(groups(drawing.svg(lay_out(drawing)), "edge")["n1.0"].findtext(f"{SVG}title"))
    assert titles == ["∂b/∂a = a", *["∂b/∂a = a = 2.0"] * 4, "∂b/∂a = a = 1.5"]


def test_a_picture_for_readers_in_the_dark_has_other_colours_and_the_same_places(lay_out: LayOut) -> None:
    drawing = Drawing(run("y = a*b - a"))
    layout = lay_out(drawing)
    light, dark = drawing.svg(layout, "light"), drawing.svg(layout, "dark")
    assert light != dark
    bare = [re.sub(r' (fill|stroke)="[^"]*"', "", picture) for picture in (light, dark)]
    assert bare[0] == bare[1]
