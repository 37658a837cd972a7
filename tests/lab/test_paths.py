"""Paths: what is counted, listed and added up agrees with enumeration, forward mode and central differences."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import Unfit, paths, run
from engine.backward import chain, dependencies, gradients
from engine.forward import Replay
from engine.forward_mode import edges_of, tangents
from engine.lab.paths import Ranking, Web, weight
from engine.lab.subject import Subject
from engine.tape import Role, Tape
from tests.engine.test_trace import SMOOTH, tapes
from tests.export.large import MOONS

EVERY = [*SMOOTH, "div", "exp", "log", "sqrt", "relu", "max", "clip"]
DOUBLINGS = "y = x\nfor i in range({}):\n    y = y + y"
Walk = list[tuple[int, int]]


def every_path(tape: Tape, node: int, target: int) -> list[tuple[Walk, float]]:
    """Return all paths from `node` down to `target` with their products, by plain recursion."""

    def walk(node: int, product: float) -> list[tuple[Walk, float]]:
        if node == target:
            return [([], product)]
        op, found = tape.ops[node], []
        if op is not None:
            values = tape.values(tape.operands[node])
            for slot, operand in enumerate(tape.operands[node]):
                if tape.needs_grad[operand]:
                    factor = chain(op, product, op.partial(slot, tape.data[node], values))
                    found += [([(node, slot), *rest], p) for rest, p in walk(operand, factor)]
        return found

    return walk(node, 1.0)


def leaves_of(tape: Tape) -> list[int]:
    below = dependencies(tape, len(tape) - 1)
    return [node for node in below if tape.roles[node] is Role.INPUT and tape.needs_grad[node]]


def subject(tape: Tape) -> Subject:
    bare = run("x")
    return Subject(type(bare)("", tape, bare.trace, len(tape) - 1, {}), len(tape) - 1)


def listed(source: str, node: str | None = None, /, most: int = 20, skip: int = 0, **inputs: float) -> dict[str, Any]:
    return paths(run(source, inputs), node, most=most, skip=skip)


# -- agreement on random programs --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(tapes(EVERY))
def test_counts_are_those_of_enumeration(tape: Tape) -> None:
    web = Web(subject(tape))
    for leaf in leaves_of(tape):
        found = every_path(tape, web.output, leaf)
        assume(len(found) < 3000)
        tally = web.tally(leaf)
        assert tally.counts.get(leaf, 0) == len(found)
        assert tally.lengths.get(leaf, 0) == sum(len(walk) for walk, _ in found)


@settings(deadline=None)
@given(tapes(EVERY))
def test_the_search_finds_each_path_once_and_the_heaviest_first(tape: Tape) -> None:
    web = Web(subject(tape))
    for leaf in leaves_of(tape):
        expected = every_path(tape, web.output, leaf)
        assume(len(expected) < 500)
        ranking = Ranking(web, leaf)
        found = [ranking.path(web.output, rank) for rank in range(len(expected))]
        assert ranking.path(web.output, len(expected)) is None
        walks = [[(edge.node, edge.slot) for edge in path or ()] for path in found]
        assert sorted(walks) == sorted(walk for walk, _ in expected)
        weights = [sum(map(weight, path or ())) for path in found]
        assert weights == sorted(weights, reverse=True)
        again = Ranking(web, leaf)
        assert [again.path(web.output, rank) for rank in range(len(expected))] == found


@settings(deadline=None)
@given(tapes([name for name in SMOOTH if name not in ("relu", "max")]))
def test_reverse_mode_forward_mode_paths_and_differences_agree(tape: Tape) -> None:
    output = len(tape) - 1
    order = dependencies(tape, output)
    grads, edges, replay = gradients(tape, output), edges_of(tape, order), Replay(tape, output)
    for leaf in leaves_of(tape):
        products = [product for _, product in every_path(tape, output, leaf)]
        assume(len(products) < 1000 and all(math.isfinite(p) and abs(p) < 1e6 for p in products))
        size = math.fsum(map(abs, products)) + 1e-300
        forward = tangents(edges, order, leaf).get(output, 0.0)
        assert forward == pytest.approx(grads[leaf], rel=1e-12, abs=1e-12 * size)
        assert math.fsum(products) == pytest.approx(grads[leaf], rel=1e-12, abs=1e-12 * size)
        slopes = [_slope(replay, tape, leaf, h) for h in (1e-3, 5e-4)]
        if all(map(math.isfinite, slopes)) and math.isclose(*slopes, rel_tol=1e-3, abs_tol=1e-6):
            better = (4 * slopes[1] - slopes[0]) / 3  # Richardson
            assert better == pytest.approx(grads[leaf], rel=1e-3, abs=1e-3 * (1 + size))


def _slope(replay: Replay, tape: Tape, leaf: int, h: float) -> float:
    above, below = (replay.forward({leaf: tape.data[leaf] + d})[replay.output] for d in (h, -h))
    return (above - below) / (2 * h)


@settings(deadline=None)
@given(tapes(EVERY), st.integers(1, 30))
def test_an_answer_can_always_be_given(tape: Tape, most: int) -> None:
    web = Web(subject(tape))
    if not leaves_of(tape):
        return
    answer = paths(web.subject.run, most=most)
    assert len(answer["paths"]) == min(most, answer["count"]["exact"])
    assert all(row["agrees"] for row in answer["forward"])


# -- known programs ----------------------------------------------------------------------------------------------------


def test_here_a_is_a_child_of_b_through_two_paths() -> None:
    """ "Here a is a child of b through two paths. The gradient contributions from both paths must be summed": b = a + a
    with the rate of change 2."""
    answer = listed("b = a + a", "a", a=3.0)
    assert answer["count"] == {"exact": 2, "text": "2"}
    assert [path["edges"] for path in answer["paths"]] == [[["n1", 0]], [["n1", 1]]]
    assert [path["product"] for path in answer["paths"]] == [1.0, 1.0]
    assert answer["grad"] == answer["sum"]["value"] == answer["listed"]["sum"] == 2.0


def test_a_repeated_factor_is_two_paths() -> None:
    answer = listed("y = x*x", x=3.0)
    assert [(path["edges"], path["product"]) for path in answer["paths"]] == [([["n1", 0]], 3.0), ([["n1", 1]], 3.0)]
    assert answer["grad"] == 6.0


def test_the_largest_product_comes_first_with_its_share() -> None:
    answer = listed("c = a*b\nd = c + a", a=2.0, b=-3.0)
    first, second = answer["paths"]
    assert (first["labels"], first["product"], first["share"]) == (["d", "c", "a"], -3.0, "150 %")
    assert (second["labels"], second["product"], second["share"]) == (["d", "a"], 1.0, "−50 %")
    assert first["text"] == "∂d/∂c · ∂c/∂a = 1 · (−3) = −3"
    assert answer["sentence"].startswith("2 paths lead from d to a.")


def test_two_to_the_sixtieth_paths_are_counted_and_the_first_are_listed() -> None:
    answer = listed(DOUBLINGS.format(60), x=1.0)
    assert answer["count"] == {"exact": str(2**60), "text": "2^60 ≈ 1.153e18"}
    assert answer["grad"] == answer["sum"]["value"] == 2.0**60
    assert [path["product"] for path in answer["paths"]] == [1.0] * 20
    assert [path["edges"][0][1] for path in answer["paths"][:4]] == [0, 1, 0, 1]
    assert answer["listed"]["rest_count"]["exact"] == str(2**60 - 20)
    assert answer["costs"]["reverse"]["exact"] == 120
    assert answer["costs"]["naive"]["exact"] == str(60 * 2**60)


def test_pages_follow_each_other() -> None:
    whole = listed(DOUBLINGS.format(60), most=60, x=1.0)["paths"]
    pages = [listed(DOUBLINGS.format(60), most=20, skip=skip, x=1.0)["paths"] for skip in (0, 20, 40)]
    assert list(itertools.chain(*pages)) == whole
    assert listed(DOUBLINGS.format(60), most=20, skip=9980, x=1.0)["paths"][-1]["rank"] == 10_000


@pytest.mark.parametrize("body", ["y + y", "sin(y)", "tanh(y + y)"])
def test_a_chain_of_thousands_of_nodes_is_no_trouble(body: str) -> None:
    answer = listed(f"y = x\nfor i in range(5000):\n    y = {body}", most=200, x=1.0)
    assert answer["count"]["exact"] == (1 if body == "sin(y)" else str(2**5000))
    assert answer["paths"][0]["length"] in (5000, 10_000)
    assert len(answer["paths"][0]["edges"]) == 2000


def test_what_has_too_many_digits_is_told_in_round_numbers() -> None:
    answer = listed(DOUBLINGS.format(30_000), x=1.0)
    assert answer["count"] == {"exact": None, "text": "2^30000 ≈ 7.941e9030"}
    assert answer["grad"] == "Infinity"


def test_moons_has_an_answer() -> None:
    answer = listed(MOONS.format(samples=20))
    assert answer["count"]["exact"] == len(every_path_of_moons())
    assert len(answer["forward"]) < answer["costs"]["leaves"] == 337
    assert "the first" in answer["forward_sentence"]


def every_path_of_moons() -> list[Any]:
    result = run(MOONS.format(samples=20))
    assert result.output is not None
    leaf = int(paths(result)["node"][1:])
    return every_path(result.tape, result.output, leaf)


# -- zeros, infinities -------------------------------------------------------------------------------------------------


def test_paths_with_a_zero_come_last_and_those_with_inf_or_nan_first() -> None:
    answer = listed("y = 0*x + 2*x + x/0", x=1.0)
    assert [path["product"] for path in answer["paths"]] == ["Infinity", 2.0, 0.0]
    assert answer["grad"] == answer["sum"]["value"] == "Infinity"
    assert answer["paths"][0]["share"] is None


def test_a_closed_gate_stops_infinity() -> None:
    answer = listed("y = relu(x - 5)*inf + 3*x", x=1.0)
    assert [path["product"] for path in answer["paths"]] == [3.0, 0.0]
    assert answer["grad"] == 3.0


def test_nan_is_said_to_be_nan() -> None:
    answer = listed("y = x*nan", x=1.0)
    assert answer["sum"]["sentence"] == "The sum over all paths is nan, as the gradient is."
    assert answer["factors"]["sentence"] == "The factor at y is nan."


def test_products_beyond_the_range_of_doubles_keep_their_order() -> None:
    answer = listed("u = x*1e-200*1e-200\nv = x*1e-200*1e-100\nw = x*1e200*1e200\ny = u + v + w", x=1.0)
    assert [path["labels"][1:2] for path in answer["paths"]] == [["w"], ["t4"], ["t4"]]
    assert [path["labels"][-4:-2] for path in answer["paths"]][1:] == [["t4", "v"], ["t4", "u"]]


def test_a_gradient_that_vanishes_is_called_so() -> None:
    answer = listed("y = x\nfor i in range(6):\n    y = sigmoid(y)", x=0.0)
    assert "6 are below 1" in answer["factors"]["sentence"]
    assert "vanishes" in answer["factors"]["sentence"]
    assert abs(answer["factors"]["largest"]["local"]) <= 0.25
    assert "explodes" in listed("y = x\nfor i in range(9):\n    y = 3*y", x=1.0)["factors"]["sentence"]


def test_a_difference_in_the_last_digits_is_told() -> None:
    answer = listed("y = a*a*a + 0.1*a + 0.7*a", a=0.1)
    sentence, difference = answer["sum"]["sentence"], answer["sum"]["difference"]
    assert ("rounding makes a difference" in sentence) == (difference != 0)


# -- the node ----------------------------------------------------------------------------------------------------------


def test_the_leaf_with_most_paths_is_chosen() -> None:
    assert listed("y = a*b + b", a=2.0)["label"] == "b"


def test_the_output_is_reached_by_a_path_without_edges() -> None:
    answer = listed("y = a*b", "y")
    assert [(path["length"], path["product"], path["text"]) for path in answer["paths"]] == [(0, 1.0, "dy/dy = 1")]
    assert answer["factors"] is None


def test_no_path_leads_to_what_the_output_does_not_depend_on() -> None:
    answer = listed("z = a*2\ny = b*3", "a")
    assert (answer["count"]["exact"], answer["paths"], answer["grad"]) == (0, [], 0.0)
    assert answer["sentence"] == "y does not depend on a: there is no path, and the gradient is 0."


def test_no_path_is_followed_to_a_fixed_leaf() -> None:
    answer = paths(run("y = a*b", {"a": 2.0}, fixed=["a"]), "a")
    assert (answer["count"]["exact"], answer["paths"]) == (0, [])


def test_forward_mode_is_told_step_by_step() -> None:
    answer = listed("c = a*b\nd = c + a", "a", a=2.0, b=-3.0)
    assert [row["text"] for row in answer["tangents"]] == [
        "da/da = 1, the seed",
        "dc/da = (−3) · 1 = −3",
        "dd/da = 1 · (−3) + 1 · 1 = −2",
    ]


def test_multiplications_are_counted() -> None:
    costs = listed("c = a*b\nd = c + a", a=2.0, b=-3.0)["costs"]
    assert [costs[way]["exact"] for way in ("reverse", "forward", "naive")] == [4, 8, 5]


@pytest.mark.parametrize(
    ("node", "most", "skip", "field"),
    [("q", 20, 0, "node"), (None, 0, 0, "most"), (None, 201, 0, "most"), (None, 20, 9981, "skip")],
)
def test_what_cannot_be_asked_is_refused(node: str | None, most: int, skip: int, field: str) -> None:
    with pytest.raises(Unfit) as refused:
        listed("y = x*x", node, most=most, skip=skip)
    assert refused.value.field == field


def test_a_program_without_leaves_is_refused() -> None:
    with pytest.raises(Unfit, match="has no leaf"):
        listed("2*3")


def test_paths_and_sweeps_count_the_multiplications_alike() -> None:
    costs = listed("y = x*x", x=3.0)["costs"]
    assert [costs[way]["exact"] for way in ("reverse", "forward", "naive")] == [2, 2, 2]
    assert "From the seed 1 on" in costs["sentence"]
    assert "from the same 1 on, takes 2" in costs["sentence"]
