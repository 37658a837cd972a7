"""Sentences, formulas and the JSON document: read off the same rules as the numbers."""

import json
import math
from xml.etree import ElementTree

import pytest
from hypothesis import given

from engine import card, run
from engine.explain import Explainer, total_derivative
from engine.export.document import document
from engine.ops import OPS
from engine.run import Run
from engine.tape import Tape
from engine.trace import Backward, Recorder
from tests.engine.test_trace import tapes, traced


def run_of(tape: Tape, variables: dict[str, int] | None = None) -> Run:
    return Run("", tape, traced(tape), len(tape) - 1, variables or {})


def product() -> Tape:
    tape = Tape()
    a, b = tape.input(2.0, name="a"), tape.input(-3.0, name="b")
    c = tape.record(OPS["mul"], (a, b))
    tape.names[c] = "c"
    return tape


def texts(tape: Tape) -> list[str]:
    trace = traced(tape)
    explainer = Explainer(tape, trace, len(tape) - 1)
    return [explainer.text(step) for step in trace.steps]


def test_steps_read_as_the_lines_of_code_that_would_do_them() -> None:
    assert texts(product()) == [
        "c = a * b = 2.0 * -3.0 = -6.0",
        "c.grad = 1.0",
        "a.grad += b.data * c.grad = -3.0 * 1.0 = -3.0",
        "b.grad += a.data * c.grad = 2.0 * 1.0 = 2.0",
    ]


def test_a_sum_of_two_terms_stands_in_parentheses() -> None:
    tape = Tape()
    x = tape.input(0.5, name="x")
    tape.record(OPS["tanh"], (x,))
    assert texts(tape)[-1].startswith("x.grad += (1 - out.data**2) * out.grad = ")


def test_constants_are_shown_as_typed_and_unnamed_results_get_free_names() -> None:
    tape = Tape()
    t1 = tape.input(3.0, name="t1")
    two = tape.constant(2.0, text="2")
    inner = tape.record(OPS["pow"], (t1, two))
    tape.record(OPS["relu"], (inner,))
    explainer = Explainer(tape, traced(tape), 3)
    assert explainer.names == ["t1", "2", "t2", "out"]
    assert [explainer.expression(n) for n in range(4)] == [None, None, "t1**2", "relu(t1**2)"]
    assert "t1.grad += 2 * t1.data * t2.grad = 6.0 * 1.0 = 6.0" in texts(tape)


def test_expressions_of_shared_towers_stay_short() -> None:
    tape = Tape()
    node = tape.input(1.0, name="x")
    for _ in range(60):
        node = tape.record(OPS["add"], (node, node))
    explainer = Explainer(tape, Recorder(tape).finish(node), node)
    assert max(len(explainer.expression(n) or "") for n in range(len(explainer.tape))) < 400


def test_writing_to_a_leaf_does_not_change_what_was_computed_before() -> None:
    tape = product()
    recorder = Recorder(tape)
    recorder.set_data(0, 5.0, "a.data = 5")
    trace = recorder.finish(2)
    text = Explainer(tape, trace, 2).text(trace.steps[1])
    assert text == "c = a * b = 2.0 * -3.0 = -6.0"


@given(tapes())
def test_text_formula_and_sentence_exist_for_each_step_and_are_well_formed(tape: Tape) -> None:
    run = run_of(tape)
    for step in document(run, display=True)["steps"]:
        assert step["text"]
        assert step["sentence"].endswith(".")
        if step["math"]:
            ElementTree.fromstring(step["math"])


@given(tapes())
def test_text_of_a_backward_step_carries_its_numbers_with_all_digits(tape: Tape) -> None:
    trace = traced(tape)
    explainer = Explainer(tape, trace, len(tape) - 1)
    for step in trace.steps:
        if isinstance(step, Backward):
            assert explainer.text(step).endswith(f"= {step.local!r} * {step.upstream!r} = {step.contribution!r}")


def test_document_is_the_contracts() -> None:
    result = document(run_of(product(), {"a": 0, "b": 1, "c": 2}))
    assert result["output"] == {"node": "n2", "name": "c", "data": -6.0}
    assert result["order"] == ["n0", "n1", "n2"]
    assert result["variables"] == {"a": "n0", "b": "n1", "c": "n2"}
    assert result["nodes"][2] == {
        "id": "n2",
        "name": "c",
        "label": "c",
        "role": "operation",
        "op": "mul",
        "operands": ["n0", "n1"],
        "data": -6.0,
        "grad": 1.0,
        "partials": [-3.0, 2.0],
        "expression": "a * b",
        "trainable": True,
        "defaulted": False,
        "span": None,
        "scope": "",
        "calls": [],
    }
    assert result["steps"][2] == {
        "phase": "backward",
        "node": "n2",
        "operand": "n0",
        "slot": 0,
        "upstream": 1.0,
        "local": -3.0,
        "contribution": -3.0,
        "before": 0.0,
        "after": -3.0,
        "text": "a.grad += b.data * c.grad = -3.0 * 1.0 = -3.0",
    }


def test_numbers_that_json_lacks_travel_as_strings() -> None:
    tape = Tape()
    x = tape.input(0.0, name="x")
    tape.record(OPS["log"], (x,))
    result = document(run_of(tape, {"x": 0}), display=True)
    assert result["output"]["data"] == "-Infinity"
    assert result["nodes"][0]["grad"] == "Infinity"
    json.dumps(result, allow_nan=False)


def test_the_ledger_tells_first_arrivals_from_sums() -> None:
    steps = document(run("y = x*x - x\ny.backward()\nx.data -= 0.5\nx.grad = 0.0", {"x": 3.0}), display=True)["steps"]
    assert [step["ledger"] for step in steps if step["ledger"]] == [
        "y.grad: – → 1",
        "t1.grad: – → 1",
        "x.grad: – → −1",
        "x.grad: −1 + 3 = 2",
        "x.grad: 2 + 3 = 5",
        "x.data: 3 → 2.5",
        "x.grad: 5 → 0",
    ]


def test_names_are_text_and_never_markup() -> None:
    tape = Tape()
    x = tape.input(2.0, label="<script>alert(1)</script>")
    tape.record(OPS["square"], (x,))
    for step in document(run_of(tape), display=True)["steps"]:
        root = ElementTree.fromstring(step["math"])
        assert not [e for e in root.iter() if e.tag == "script"]


@pytest.mark.parametrize(("base", "shown"), [(-2.0, None), (2.0, 4 * math.log(2))])
def test_partial_by_a_constant_is_left_out_where_it_has_no_value(base: float, shown: float | None) -> None:
    tape = Tape()
    x = tape.input(base, name="x")
    tape.record(OPS["pow"], (x, tape.constant(2.0, text="2")))
    assert document(run_of(tape))["nodes"][2]["partials"][1] == shown


def test_the_derivative_of_the_output_is_told_from_the_local_one_along_an_edge() -> None:
    texts = [
        "".join(ElementTree.fromstring(step["math"]).itertext())
        for step in document(run("c = a*b\nd = c + a", {"a": 2, "b": 3}), display=True)["steps"]
        if step["phase"] == "backward"
    ]
    assert texts[1] == "ddda+=∂d∂a·dddd=1·1=1"
    assert texts[2].startswith("ddda+=∂c∂a·dddc=b·dddc=")


def test_the_result_of_a_long_formula_begins_at_the_left_of_a_row_of_its_own() -> None:
    steps = document(run("a_rather_long_name = first_operand * second_operand"), display=True)["steps"]
    for step in (steps[0], steps[-1]):
        rows = ElementTree.fromstring(step["math"]).findall(".//mtr")
        assert rows[-1][0].get("columnspan") == "3"
        assert "".join(rows[-1].itertext()).endswith("=1")
    short = ElementTree.fromstring(document(run("c = a * b"), display=True)["steps"][0]["math"])
    assert short.find("mtable") is None


def test_what_does_not_change_is_set() -> None:
    source = "w = Value(2.0)\nw.grad = 0.0\n(w*3).backward()\nw.grad = 0.0\n"
    said = [step["sentence"] for step in document(run(source), display=True)["steps"] if step["phase"] == "update"]
    assert said == ["The program sets w.grad to 0.", "The program changes w.grad from 3 to 0."]


def told(source: str, **inputs: float) -> tuple[list[str], list[str]]:
    """Return the sentences of a program's steps, and their formulas as text."""
    made = run(source, inputs)
    explainer, steps = made.explainer, made.trace.steps
    output = made.output or 0
    formulas = ["".join(ElementTree.fromstring(explainer.math(step, output)).itertext()) for step in steps]
    return [explainer.sentence(step) for step in steps], formulas


def test_sentences_and_formulas_say_alike_that_a_number_is_rounded() -> None:
    sentences, formulas = told("y = x*a", x=1 / 3, a=3.0)
    assert (sentences[0], formulas[0]) == ("y is x * a, which is 1.", "y=x·a=1")
    assert sentences[3].startswith("From y = x * a, a gets x.data × y.grad ≈ 0.3333 × 1 ≈ 0.3333.")
    assert formulas[3].endswith("≈0.3333·1≈0.3333")
    assert formulas[2].endswith("=3·1=3")
    sentences, formulas = told("y = x*a", x=1 / 3, a=2.0)
    assert (sentences[0], formulas[0]) == ("y is x * a, which is about 0.6667.", "y=x·a≈0.6667")


def test_a_product_of_rounded_numbers_is_not_said_to_be_equal() -> None:
    sentences, formulas = told("h = x*a\ny = h*b", x=1.0, a=1 / 3, b=3.0)
    assert "≈ 0.3333 × 3 ≈ 1." in sentences[5]
    assert formulas[5].endswith("≈0.3333·3≈1")


def test_the_d_of_a_total_derivative_is_upright_and_stands_off_a_variable_d() -> None:
    formula = total_derivative("d", "a")
    top = ElementTree.fromstring(formula)[0]
    assert [(each.tag, each.get("mathvariant"), each.text) for each in top] == [
        ("mi", "normal", "d"),
        ("mspace", None, None),
        ("mi", None, "d"),
    ]
    text = card(run("c = a*b\nd = c + a"), "n0")["total_text"]
    assert text.startswith("d(d)/da = ∂d/∂a · d(d)/d(d) + ∂c/∂a · d(d)/dc = ")


def test_two_uses_of_the_same_value_are_told_apart() -> None:
    steps = document(run("y = x*x", {"x": 3.0}), display=True)["steps"][-2:]
    assert [step["sentence"].split(" gets")[0] for step in steps] == [
        "From y = x * x, the first x",
        "From y = x * x, the second x",
    ]
    assert [f"<mi>x</mi><mtext>{use}</mtext>" in step["math"] for use, step in zip(("1st", "2nd"), steps, strict=True)]
    once = document(run("y = x*x2", {"x": 3.0}), display=True)["steps"][-1]
    assert "1st" not in once["math"] and "the first" not in once["sentence"]
