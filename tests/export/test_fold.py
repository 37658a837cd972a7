"""Folding: nothing is lost or drawn twice, no cycle arises, and what folded groups show agrees with what is in them."""

from __future__ import annotations

import gc
import random
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import islice
from typing import Any

import pytest

from engine import Drawing, Recording, Run, document, run, texts, window_of
from engine.export.fold import DRAWN, FIRST, PART, WHOLE, Group, View, nodes_of
from engine.export.frame import frame_at, pile_face
from engine.numbers import shown
from engine.tape import Tape
from tests.export.conftest import PROGRAMS, LayOut
from tests.export.large import LARGE, LINES, MATRIX, MOONS, NESTED

large = pytest.mark.parametrize("source", LARGE.values(), ids=LARGE.keys())


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {source: run(source) for source in LARGE.values()}


def views(result: Run, count: int = 6, **options: Any) -> Iterator[Drawing]:
    """Yield drawings: as it begins, all folded, all open, and some between."""
    choose = random.Random(1)
    yield Drawing(result, **options)
    yield Drawing(result, opened=(), **options)
    yield (everything := Drawing(result, opened=("*",), **options))
    keys = [group.key for group in everything.view.opened]
    for k in range(count if keys else 0):
        yield Drawing(result, opened=choose.sample(keys, k=min(len(keys), 1 + 3 * k)), **options)


@large
@pytest.mark.parametrize("style", ["compact", "micrograd"])
def test_each_node_is_on_screen_once(source: str, style: str, runs: dict[str, Run]) -> None:
    for drawing in views(runs[source], style=style):
        shown_pass = drawing.frame.shown
        assert shown_pass is not None
        inline = [c.node for box in drawing.picture.boxes for c in box.inline]
        drawn = [box.node for box in drawing.picture.boxes] + inline
        inside = [node for pile in drawing.picture.piles for node in nodes_of(pile.group)]
        assert Counter(drawn + inside + [n for n in drawing.view.hidden if n in drawing.outline.inside]) == Counter(
            shown_pass.order
        )
        assert len(drawn) + sum(pile.count for pile in drawing.picture.piles) == len(shown_pass.order)
        assert all(
            drawing.view.hidden[node] is pile.group for pile in drawing.picture.piles for node in nodes_of(pile.group)
        )


@large
def test_edges_are_all_there_and_make_no_cycle(source: str, runs: dict[str, Run]) -> None:
    for drawing in views(runs[source]):
        hidden, tape = drawing.view.hidden, drawing.run.tape
        assert drawing.frame.shown is not None
        wanted = Counter(
            (_on_screen(operand, hidden), _on_screen(node, hidden))
            for node in drawing.frame.shown.order
            for operand in tape.operands[node]
            if operand not in drawing.outline.inside
        )
        wanted = Counter({ends: count for ends, count in wanted.items() if ends[0] != ends[1]})
        found = Counter((f"n{arc.tail}", f"n{arc.head}") for arc in drawing.picture.arcs)
        found.update({(bundle.tail, bundle.head): bundle.count for bundle in drawing.picture.bundles})
        assert found == wanted
        order = TopologicalSorter[str]()
        for tail, head in found:
            order.add(head, tail)
        order.prepare()  # raises CycleError


def _on_screen(node: int, hidden: dict[int, Group]) -> str:
    return hidden[node].key if node in hidden else f"n{node}"


@large
def test_pictures_begin_small_and_open_within_bounds(source: str, runs: dict[str, Run]) -> None:
    result = runs[source]
    first, *others = views(result)
    assert len(first.outline.order) - len(first.outline.inside) > WHOLE
    assert first.picture.size <= PART
    assert all(drawing.picture.size <= DRAWN for drawing in others)
    assert Drawing(result, less_than=others[1].view).picture.size <= max(FIRST, PART)
    stack = [first.outline.root]
    while stack:
        group = stack.pop()
        items = first.outline.items(group)
        assert len(items) <= PART or group is first.outline.root
        assert sum(i.size if isinstance(i, Group) else 1 for i in items) <= group.size
        stack += [item for item in items if isinstance(item, Group)]


@large
def test_groups_have_keys_of_their_own_that_open_them(source: str, runs: dict[str, Run]) -> None:
    view = Drawing(runs[source], opened=("*",)).view
    keys = [group.key for group in (*view.opened, *view.folded)]
    assert len(set(keys)) == len(keys)
    assert not any(set(key) & set(" ,\n\t") for key in keys)
    for group in islice((g for g in Drawing(runs[source], opened=()).view.folded), 5):
        opened = Drawing(runs[source], opened=(group.key,)).view
        assert group.key in [each.key for each in opened.opened]
        assert group.key not in [each.key for each in opened.folded]


def test_small_pictures_are_whole_and_their_calls_can_be_folded() -> None:
    result = run("def f(x):\n    return tanh(x*2 + 1)\n\ny = f(a) + f(b)")
    whole, folded = Drawing(result), Drawing(result, opened=("f#1",))
    assert [cluster.key for cluster in whole.picture.clusters] == ["f#0", "f#1"]
    assert (len(whole.picture.boxes), whole.picture.piles) == (9, ())
    assert [pile.key for pile in folded.picture.piles] == ["f#0"]
    assert [(b.tail, b.head) for b in folded.picture.bundles] == [("n0", "f#0"), ("f#0", "n12")] or len(
        folded.picture.bundles
    ) == 2
    assert Drawing(result, opened=("nothing", "f#7")).picture.size == 3 + 2


@pytest.mark.parametrize("source", [p.source for p in PROGRAMS.values()], ids=PROGRAMS.keys())
def test_small_programs_have_no_folded_groups(source: str) -> None:
    drawing = Drawing(run(source, PROGRAMS[next(k for k, p in PROGRAMS.items() if p.source == source)].inputs))
    if len(drawing.outline.order) <= WHOLE:
        assert (drawing.picture.piles, drawing.picture.bundles) == ((), ())


def test_the_moons_network_opens_by_samples_layers_and_neurons() -> None:
    result = run(MOONS.format(samples=20))
    first = Drawing(result)
    assert {"model", "x#0-19", "yi#0-19"} <= {pile.key for pile in first.picture.piles} | {
        cluster.key for cluster in first.picture.clusters
    }
    way = ["x#0-19", "x#3", "x#3/mlp#0/layer#1", "x#3/mlp#0/layer#1/neuron#5"]
    opened = [Drawing(result, opened=way[: k + 1]) for k in range(len(way))]
    assert [d.picture.clusters[-1].key for d in opened] == way
    assert {f"x#{k}" for k in range(20)} <= {pile.key for pile in opened[0].picture.piles}
    assert [pile.key for pile in opened[1].picture.piles if pile.key.startswith("x#3/")] == [
        f"x#3/mlp#0/layer#{k}" for k in range(3)
    ]
    neurons = [pile.key for pile in opened[2].picture.piles if "layer#1/" in pile.key and pile.key.startswith("x#3")]
    assert neurons == [f"x#3/mlp#0/layer#1/neuron#{k}" for k in range(16)]
    inside = opened[3].picture.clusters[-1].members
    assert len(inside) == 33  # 16 products, 16 sums, relu
    assert "model.layers[1].neurons[5]" in " ".join(
        d.key for d in Drawing(result, opened=("model", "model.layers[1]")).picture.piles
    )


def test_lines_and_matrices_fold_by_what_they_are_made_of() -> None:
    assert all(pile.title.startswith("line") for pile in Drawing(run(LINES)).picture.piles)
    titles = {pile.title for pile in Drawing(run(MATRIX), opened=()).picture.piles}
    assert {"a", "b", "a @ b"} <= titles


def test_keys_stay_the_same_in_each_pass_of_a_loop() -> None:
    result = run(LARGE["training"])
    keys = [
        {pile.key for pile in Drawing(result, step=each.last, opened=()).picture.piles} for each in result.trace.passes
    ]
    assert len(keys) == 3
    assert keys[0] == keys[1] == keys[2]
    dots = {Drawing(result, step=each.last, opened=()).picture.dot() for each in result.trace.passes}
    assert len(dots) == 1


# -- steps through folded groups ---------------------------------------------------------------------------------------


@large
def test_entries_agree_with_the_picture_at_every_moment(source: str, runs: dict[str, Run]) -> None:
    result = runs[source]
    for drawing in (Drawing(result), Drawing(result, opened=()), *views(result, 2)):
        _check_walk(result, drawing.view)


def _check_walk(result: Run, view: View) -> None:
    window = window_of(result)
    told = document(result, display=True, window=window, view=view)
    now = {f"n{n}": None for n in view.boxes if not isinstance(n, Group)}
    piles = {group["key"]: group.get("carried", {}).get("shown") for group in told["groups"] if not group["open"]}
    at = told["first_step"]
    groups = {group.key: group for group in view.folded}
    for k, entry in enumerate(told["steps"]):
        assert entry.get("first", at) == at
        at = entry.get("last", at + 1)
        for change in entry.get("changes", ()):
            if "group" in change:
                piles[change["group"]] = change["shown"]
            elif change["field"] == "grad":
                now[change["node"]] = change["shown"]
        if "group" not in entry and "changes" not in entry and entry["phase"] in ("seed", "backward", "update"):
            now[entry.get("operand", entry["node"])] = entry["shown"]["after"]
        if k % 7 == 0 or k == len(told["steps"]) - 1:
            frame = frame_at(result, at)
            if frame.shown is not result.trace.passes[window.shown]:
                continue
            for key, group in groups.items():
                face = pile_face(group, frame)
                assert piles[key] == (None if face.largest is None else shown(face.largest)), (key, at)
            drawn = {n: frame.grads.get(int(n[1:])) for n in now if int(n[1:]) in frame.grads}
            assert {n: now[n] for n in drawn if n in now and told["first_step"] == 0} == {
                n: None if grad is None else shown(grad) for n, grad in drawn.items() if told["first_step"] == 0
            }
    assert at == window.last
    final = {group["key"]: group["shown"] for group in told["groups"] if not group["open"]}
    assert piles == final


def test_a_folded_group_shows_that_there_is_a_nan_in_it(lay_out: LayOut) -> None:
    result = run(LARGE["not numbers"], {"x": 20.5})
    drawing = Drawing(result, opened=())
    told = document(result, display=True, view=drawing.view)
    nans = {group["key"]: group["nans"] for group in told["groups"]}
    assert sum(nans.values()) > 100
    assert all(group["sign"] == ("nan" if nans[group["key"]] else "abs") for group in told["groups"])
    assert 'data-sign="nan"' in drawing.svg(lay_out(drawing))
    early = Drawing(result, opened=(), step=20)
    assert 'data-sign="nan"' not in early.svg(lay_out(early))


def test_long_lists_of_steps_are_brief_and_their_texts_can_be_asked_for() -> None:
    result = run(MOONS.format(samples=4))
    view = Drawing(result, opened=("*",)).view
    told = document(result, display=True, view=view)
    assert len(told["steps"]) > 900
    assert not any("text" in step or "math" in step for step in told["steps"])
    places = [step.get("first", k) for k, step in enumerate(told["steps"])]
    assert places  # entries before the first folded one are single
    full = document(result, display=True, view=Drawing(result).view)
    assert all(step["text"] for step in full["steps"])
    some = texts(result, window_of(result), view, 100, 400)
    assert 0 < len(some) <= 200
    assert all(step["text"] and step["sentence"] for step in some)
    slim = [
        {k: v for k, v in step.items() if k in ("phase", "group", "node", "operand", "slot", "first")} for step in some
    ]
    told_slim = [
        {k: v for k, v in step.items() if k in slim[0] or k in ("phase", "group", "node", "operand", "slot", "first")}
        for step in told["steps"]
    ]
    assert any(told_slim[k : k + len(slim)] == slim for k in range(len(told_slim)))


# -- big runs in pages -------------------------------------------------------------------------------------------------


def test_pages_of_a_big_run_hold_all_of_it() -> None:
    result = run(MOONS.format(samples=10))
    view = Drawing(result).view
    first = document(result, window=window_of(result, paged=True), view=view)
    count = first["step_count"]
    pages = [
        document(result, window=window_of(result, paged=True, step=k + 1), view=view) for k in range(0, count, 1000)
    ]
    steps = [step for page in pages for step in page["steps"]]
    assert [page["first_step"] for page in pages] == list(range(0, count, 1000))
    assert len(steps) == count == len(result.trace.steps)
    grads: dict[str, float] = {}
    for step in steps:
        if step["phase"] in ("seed", "backward"):
            target = step.get("operand", step["node"])
            assert grads.get(target, 0.0) == step["before"]
            grads[target] = step["after"]
    assert {f"n{n}": g for n, g in enumerate(result.trace.grads) if g or f"n{n}" in grads} == grads
    nodes = []
    at: int | None = 0
    while at is not None:
        page = document(result, window=window_of(result, paged=True), view=view, first_node=at)["nodes"]
        nodes += page
        at = int(page[-1]["id"][1:]) + 1 if len(page) == 1000 else None
    assert len(nodes) == len({node["id"] for node in nodes}) == first["node_count"]
    assert all(grads.get(node["id"], 0.0) == node["grad"] for node in nodes)


def test_nested_calls_fold_into_one_box_with_a_way_in() -> None:
    result = run(NESTED)
    drawing = Drawing(result, opened=("j#0-19", "j#3"))
    assert {"j#3/cell#0", "j#3"} & {g.key for g in (*drawing.view.opened, *drawing.view.folded)}


def test_a_run_leaves_memory_as_soon_as_nobody_needs_it() -> None:
    def alive() -> int:
        return sum(type(each) is Tape for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = alive()
        for k in range(3):
            drawing = Drawing(run(NESTED + f"# {k}"))
            document(drawing.run, display=True, view=drawing.view)
            assert Recording(drawing.run, {}).rerun({"a": 0.5}) is not None
            del drawing
        assert alive() == before
    finally:
        gc.enable()
