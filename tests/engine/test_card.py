"""The card of a node: its numbers are those of the document and the steps, and what it says of them is true."""

from __future__ import annotations

import math
import time
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given

from engine import GALLERY, Budgets, Run, card, document, run
from engine.export.document import window_of
from engine.ops import OPS
from engine.run import Run as Made
from engine.tape import Tape
from engine.trace import Backward, Seed
from tests.engine.test_trace import tapes, traced
from tests.export.conftest import NASTY

Card = dict[str, Any]
gallery = pytest.mark.parametrize("name", GALLERY)
PASSES = "x = Value(3.0)\nfor k in range(3):\n    y = x*x + k\n    y.backward()\n    x.data -= 0.5\n"


def example(name: str) -> Run:
    return run(GALLERY[name].source, GALLERY[name].inputs)


def cards(made: Run, **moment: int) -> list[Card]:
    """Return the cards of all nodes, or of some if they are many."""
    count = len(made.tape)
    return [card(made, f"n{node}", **moment) for node in range(0, count, max(1, count // 60))]


def number(shown: list[str]) -> float:
    return float(shown[1])


def check_sum(each: Card, made: Run) -> None:
    """Hold a card to its gradient: what was there and the contributions, in their order, to the last bit."""
    rows = [row for row in each["ledger"] if row["from"] != "the program"]
    if len(rows) < len(each["ledger"]):
        return  # it wrote some numbers itself
    total = 0.0
    for row in rows:
        total = number(row["after"]) if row["contribution"] is None else total + number(row["contribution"])
        assert repr(total) == repr(number(row["after"])), row
    assert repr(total) == repr(number(each["grad"])), each["node"]
    brought = [user["contribution"] for user in each["users"] if user["counts"]]
    assert [row["contribution"] for row in rows if row["node"]] == brought


def check_formulas(each: Card) -> None:
    for formula in (each["math"], each["total"], *(operand["rule"] for operand in each["operands"])):
        if formula:
            assert ElementTree.fromstring(formula).tag == "math"
    assert each["sentence"].endswith(".")
    assert (each["total"] == "") == (each["total_text"] == "")


def check_sentence(each: Card, made: Run) -> None:
    """Hold a sentence to the sign of what the pass has brought."""
    brought = [number(user["contribution"]) for user in each["users"] if user["counts"]]
    if not brought:
        assert "by about" not in each["sentence"]
        return
    total = sum(brought, 0.0)
    assert (" rises by about " in each["sentence"]) == (0 < total < math.inf)
    assert (" falls by about " in each["sentence"]) == (-math.inf < total < 0)
    assert ("is not a number" in each["sentence"]) == math.isnan(total)
    assert ("to first order" in each["sentence"]) == (total == 0)
    assert ("more than any multiple" in each["sentence"]) == math.isinf(total)


def check(each: Card, made: Run) -> None:
    check_sum(each, made)
    check_formulas(each)
    check_sentence(each, made)


@gallery
def test_contributions_add_up_to_the_gradient_in_every_example(name: str) -> None:
    made = example(name)
    for each in cards(made):
        check(each, made)


@gallery
def test_numbers_are_those_of_the_document_in_every_pass(name: str) -> None:
    made = example(name)
    for chosen in range(len(made.trace.passes))[-3:]:
        told = document(made, display=True, window=window_of(made, chosen=chosen))
        for node in told["nodes"][:: max(1, len(told["nodes"]) // 40)]:
            each = card(made, node["id"], chosen=chosen)
            assert (each["data"], each["grad"]) == (node["shown"]["data"], node["shown"]["grad"])
            assert [operand["partial"] for operand in each["operands"]] == node["shown"]["partials"]
            assert each["pass"] == chosen
            for key in ("name", "label", "role", "op", "symbol", "expression", "span", "scope", "trainable"):
                assert each[key] == node[key], key


@given(tapes())
def test_contributions_add_up_to_the_gradient_in_random_graphs(tape: Tape) -> None:
    made = Made("", tape, traced(tape), len(tape) - 1, {})
    for node in range(len(tape)):
        check(card(made, f"n{node}"), made)


@given(tapes())
def test_users_are_the_edges_that_leave_the_node(tape: Tape) -> None:
    made = Made("", tape, traced(tape), len(tape) - 1, {})
    edges = {(u, slot): operand for u in range(len(tape)) for slot, operand in enumerate(tape.operands[u])}
    steps = {(s.node, s.slot) for s in made.trace.steps if isinstance(s, Backward)}
    for node in range(len(tape)):
        each = card(made, f"n{node}")
        told = {(int(user["node"][1:]), user["slot"]): user["counts"] for user in each["users"]}
        assert told.keys() == {edge for edge, operand in edges.items() if operand == node}
        assert {edge for edge, counts in told.items() if counts} == steps & told.keys()
        assert each["user_count"] == len(told)


def test_a_square_has_two_rows_of_the_same_user() -> None:
    each = card(run("y = x*x", {"x": 3.0}), "n0")
    assert [(user["node"], user["slot"], user["contribution"]) for user in each["users"]] == [
        ("n1", 0, ["3", "3.0", "="]),
        ("n1", 1, ["3", "3.0", "="]),
    ]
    assert each["total_text"] == "dy/dx = ∂y/∂x(1st) · dy/dy + ∂y/∂x(2nd) · dy/dy = 3 · 1 + 3 · 1 = 3 + 3 = 6"
    assert each["sentence"] == "By the gradient of x, if x rises by a little h, y rises by about 6·h."
    assert [(row["step"], row["text"], row["from"]) for row in each["ledger"]] == [
        (3, "– → 3", "y"),
        (4, "3 + 3 = 6", "y"),
    ]


def test_an_operation_tells_what_it_computes_and_by_which_rules() -> None:
    each = card(run("c = a*b\nf = tanh(c)", {"a": 2.0, "b": -3.0}), "n2")
    assert (each["expression"], each["symbol"], each["about"][:10]) == ("a * b", "×", "Multiplies")
    assert "".join(ElementTree.fromstring(each["math"]).itertext()) == "c=a·b"
    assert [(o["label"], o["partial"][0], o["rule_code"]) for o in each["operands"]] == [
        ("a", "−3", "b.data"),
        ("b", "2", "a.data"),
    ]
    assert "".join(ElementTree.fromstring(each["operands"][0]["rule"]).itertext()) == "∂c∂a=b"
    assert card(run("relu(x)"), "n1")["convention"] == "At 0 the derivative is 0, as in PyTorch."


def test_the_total_is_a_table_of_rows_in_symbols_in_numbers_and_as_terms() -> None:
    total = ElementTree.fromstring(card(run("c = a*b\nd = c + a", {"a": 2.0, "b": -3.0}), "n0")["total"])
    assert ["".join(row.itertext()) for row in total.iter("mtr")] == [
        "ddda=∂d∂a·dddd+∂c∂a·dddc",
        "=1·1+(−3)·1",
        "=1+(−3)",
        "=−2",
    ]


def test_rounded_numbers_are_not_said_to_be_equal() -> None:
    text = card(run("y = x*a + x*b", {"a": 1 / 3, "b": 0.5}), "n0")["total_text"]
    assert text.endswith(" ≈ 0.5 · 1 + 0.3333 · 1 ≈ 0.5 + 0.3333 ≈ 0.8333")
    assert card(run("y = x*a", {"a": 0.5}), "n0")["total_text"].endswith(" = 0.5 · 1 = 0.5")


@pytest.mark.parametrize(
    ("source", "node", "sentence"),
    [
        ("y = 2*x", "n2", "y is the output: it rises by just as much as itself, so its gradient begins at 1."),
        ("y = 2*x", "n1", "2 is a constant: no gradient flows to it."),
        ("b = a*2\ny = a*3", "n2", "y is not computed from b, so dy/db is 0."),
        ("y = -x", "n0", "By the gradient of x, if x rises by a little h, y falls by about h."),
        ("y = x*0", "n0", "By the gradient of x, if x rises by a little h, y stays where it is, to first order."),
        ("x = 0.0\ny = sqrt(x)", "n0", "By the gradient of x, if x rises by a little h, y rises by more than any"),
        ("y = (x*inf)*0", "n0", "dy/dx is not a number: it does not tell how y answers to a change of x."),
        ("x = torch.tensor(2.0)\nw = torch.tensor(1.0, requires_grad=True)\ny = w*x", "n1", "x requires no gradient"),
        ("print(3)\nx = 2.0\nx.grad = 4\ny = x*1.0", "n0", "The program goes back by itself: x.grad is 4, as it has"),
    ],
)
def test_each_case_has_a_true_sentence(source: str, node: str, sentence: str) -> None:
    assert card(run(source), node)["sentence"].startswith(sentence)


def test_a_leaf_that_is_held_fixed_says_so() -> None:
    each = card(run("y = a*b", {"a": 2.0, "b": 3.0}, fixed=["a"]), "n0")
    assert (each["fixed"], each["trainable"]) == (True, False)
    assert each["sentence"] == "a is held fixed: no gradient flows to it."
    assert [(user["node"], user["counts"]) for user in each["users"]] == [("n2", False)]


def test_a_card_speaks_of_the_pass_of_its_moment() -> None:
    made = run(PASSES)
    x, passes = "n0", made.trace.passes
    told = [card(made, x, chosen=k) for k in range(3)]
    assert [each["grad"][0] for each in told] == ["6", "11", "15"]
    assert [[row["text"] for row in each["ledger"]] for each in told] == [
        ["– → 3", "3 + 3 = 6"],
        ["6", "6 + 2.5 = 8.5", "8.5 + 2.5 = 11"],
        ["11", "11 + 2 = 13", "13 + 2 = 15"],
    ]
    assert [each["data"][0] for each in told] == ["3", "2.5", "1.5"]
    assert card(made, x) | {"now": None} == told[2] | {"now": None}
    inside = card(made, x, step=passes[1].last - 1)
    assert inside | {"now": None} == told[1] | {"now": None}
    assert inside["now"] == {"data": ["2.5", "2.5", "="], "grad": ["8.5", "8.5", "="]}


def test_the_sentence_speaks_of_the_derivative_and_not_of_what_has_piled_up() -> None:
    each = card(run(PASSES), "n0", chosen=1)
    assert each["sentence"] == (
        "By the gradient of this pass, if x rises by a little h, y@2 rises by about 5·h."
        " It adds to the 6 that earlier steps left: x.grad is now 11."
    )
    assert each["total_text"].endswith("; x.grad = 6 + 5 = 11")


def test_what_has_not_arrived_is_not_known() -> None:
    made = run("y = x*x", {"x": 3.0})
    assert card(made, "n1", step=0)["now"] == {"data": None, "grad": None}
    assert card(made, "n1", step=1)["now"] == {"data": ["9", "9.0", "="], "grad": None}
    assert [card(made, "n0", step=k)["now"]["grad"] for k in (2, 3, 4)] == [None, ["3", "3.0", "="], ["6", "6.0", "="]]
    seed = next(k for k, step in enumerate(made.trace.steps) if isinstance(step, Seed))
    assert card(made, "n1")["ledger"][0]["step"] == seed + 1


ATTRIBUTES = {"display", "class", "form", "stretchy", "mathvariant", "columnspan", "width"}
MARKUP = {"math", "mtable", "mtr", "mtd", "mrow", "mfrac", "msup", "mi", "mn", "mo", "mtext", "mspace"}


@pytest.mark.parametrize("label", NASTY)
def test_names_are_text_and_never_markup(label: str) -> None:
    tape = Tape()
    x = tape.input(2.0, label=label)
    tape.record(OPS["mul"], (tape.record(OPS["square"], (x,)), x))
    made = Made("", tape, traced(tape), 2, {})
    for each in cards(made):
        check_formulas(each)
        for formula in (each["math"], each["total"], *(operand["rule"] for operand in each["operands"])):
            root = ElementTree.fromstring(formula or "<math/>")
            assert {element.tag for element in root.iter()} <= MARKUP
            assert not any(element.attrib.keys() - ATTRIBUTES for element in root.iter())
    assert card(made, "n0")["label"] == label


def test_a_long_sum_is_cut_and_counted() -> None:
    made = run("s = 0\nfor i in range(500):\n    s = s + a*i\n", {"a": 2.0})
    each = card(made, next(f"n{node}" for node, name in enumerate(made.tape.names) if name == "a"))
    assert "⋯ (500 terms)" in each["total_text"]
    assert "⋯ (500 terms)" in "".join(ElementTree.fromstring(each["total"]).itertext())
    assert (len(each["users"]), each["user_count"]) == (200, 500)
    assert (len(each["ledger"]), each["ledger_count"]) == (200, 500)
    assert each["ledger"][-1]["after"] == each["grad"]


@pytest.mark.parametrize("node", ["", "n", "n3", "n-1", "n01", "n999999999", "n" + "9" * 5000, "n٣", "x", "N0", "n0 "])
def test_a_node_that_is_not_there_is_refused(node: str) -> None:
    with pytest.raises(ValueError, match=r"^node must be one of the run's: n0 to n2$"):
        card(run("a*b"), node)


@pytest.mark.parametrize(
    ("moment", "message"),
    [({"step": 99}, "step must"), ({"chosen": 1}, "pass must"), ({"step": 0, "chosen": 0}, "pass cannot")],
)
def test_a_moment_that_is_not_there_is_refused(moment: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        card(run("a*b"), "n0", **moment)


def test_what_has_no_output_has_no_derivative() -> None:
    each = card(run("x = 2.0\nprint(x)\nsin(", partial=True), "n0")
    assert each["sentence"]
    assert each["users"] == []


def test_the_work_grows_with_the_edges_of_a_node_and_not_with_the_run() -> None:
    source = "s = a\nfor i in range(30000):\n    s = s + sin(s)\n"
    made = run(source, budgets=Budgets(steps=2_000_000, nodes=200_000, seconds=60))
    card(made, "n0")  # columns are made once
    start = time.perf_counter()
    for node in ("n1", "n30000", "n60000"):
        card(made, node)
    assert (time.perf_counter() - start) / 3 < 0.1
