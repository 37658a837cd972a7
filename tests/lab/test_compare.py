"""Bring your own engine: traces of micrograd, of PyTorch and of broken engines beside a run."""

from __future__ import annotations

import contextlib
import io
import json
import math
import random
import time
from typing import Any

import pytest
import torch
from micrograd.engine import Value

from engine import FAULTS, SNIPPETS, Unfit, broken, compare, document, run
from tests.lab.test_faults import random_program

SUM = run("c = a*b\nd = c + a", {"a": 2.0, "b": 3.0})
GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": 1, "name": "a", "data": 2.0, "grad": 4.0},
        {"id": 2, "name": "b", "data": 3.0, "grad": 2.0},
        {"id": 3, "op": "*", "data": 6.0, "grad": 1.0, "operands": [1, 2]},
        {"id": 4, "op": "+", "data": 8.0, "grad": 1.0, "operands": [3, 1]},
    ],
    "steps": [
        {"node": 4, "operand": 3, "contribution": 1.0},
        {"node": 4, "operand": 1, "contribution": 1.0},
        {"node": 3, "operand": 1, "contribution": 3.0},
        {"node": 3, "operand": 2, "contribution": 2.0},
    ],
}


def changed(**changes: Any) -> dict[str, Any]:
    """Return `GRAPH` with other numbers: `n1_grad=3.0`, `s2_contribution=5.0`."""
    copy: dict[str, Any] = json.loads(json.dumps(GRAPH))
    for key, value in changes.items():
        place, field = key.split("_")
        entries, k = (copy["nodes"], int(place[1:]) - 1) if place[0] == "n" else (copy["steps"], int(place[1:]))
        entries[k][field] = value
    return copy


def slips(result: dict[str, Any]) -> list[str]:
    return [slip["name"] for slip in result["slips"]]


def printed_by(snippet: int, **names: Any) -> str:
    """Return what the program that we hand out prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(SNIPPETS[snippet][2], names)
    return out.getvalue()


# -- engines ----------------------------------------------------------------------------------------------------------


def test_micrograd_agrees_and_all_of_it_is_found() -> None:
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    d = (c + a * c).relu() + c * c * a
    d.backward()
    result = compare(run("c = a*b\nd = relu(c + a*c) + c*c*a", {"a": 2.0, "b": -3.0}), printed_by(0, d=d, a=a, b=b))
    assert result["agrees"]
    assert (result["unmatched"], result["missing"], result["compared"]) == ([], [], 9)
    assert result["verdict"] == "All 9 gradients agree with what is computed here."


def test_micrograds_way_to_write_a_difference_does_no_harm() -> None:
    a, b = Value(2.0), Value(-3.0)
    d = (a - b) / b + a**3 - 2 * b
    d.backward()
    result = compare(run("(a - b)/b + a**3 - 2*b", {"a": 2.0, "b": -3.0}), printed_by(0, d=d, a=a, b=b))
    assert result["agrees"]
    assert result["compared"] >= 4
    assert all(text.isdecimal() for text in result["unmatched"])


def test_pytorch_agrees_in_single_precision_too() -> None:
    a, b = (torch.tensor(x, requires_grad=True) for x in (0.7, -0.3))
    (torch.tanh(a * b) * torch.exp(a) + a / b).backward()  # type: ignore[no-untyped-call]
    ran = run("tanh(a*b)*exp(a) + a/b", {"a": 0.7, "b": -0.3})
    assert compare(ran, printed_by(1, a=a, b=b))["agrees"]


@pytest.mark.parametrize("bug", FAULTS)
def test_the_numbers_of_a_fault_are_traced_to_it(bug: str) -> None:
    found = 0
    for seed in range(40):
        source, inputs = random_program(seed)
        ran = run(source, inputs)
        told = broken(ran, bug)
        if not (told["shows"] and told["complete"]):
            continue
        result = compare(ran, {node["label"]: node["wrong"] for node in told["nodes"]})
        assert not result["agrees"]
        assert bug in slips(result)
        assert all(slip["fault"] for slip in result["slips"] if slip["name"] == bug)
        found += 1
    assert found > 2


def test_right_engines_agree_on_random_programs_under_any_ids() -> None:
    chance = random.Random(5)
    for seed in range(25):
        source, inputs = random_program(seed)
        ran = run(source, inputs)
        tape, grads = ran.tape, ran.trace.grads
        ids = chance.sample(range(1000), len(tape))
        nodes = [
            {
                "id": ids[n],
                "name": tape.names[n] if op is None else None,
                "op": op and op.symbol,
                "data": tape.data[n],
                "grad": grads[n],
                "operands": [ids[operand] for operand in tape.operands[n]],
            }
            for n, op in enumerate(tape.ops)
        ]
        chance.shuffle(nodes)
        result = compare(ran, {"nodes": nodes, "output": ids[ran.output or 0]})
        assert result["agrees"], result["verdict"]
        assert result["missing"] == []


# -- what is told -----------------------------------------------------------------------------------------------------


def test_a_graph_that_agrees() -> None:
    result = compare(SUM, GRAPH)
    assert (result["agrees"], result["first"], result["slips"], result["edges"]) == (True, None, [], 4)
    assert [node["theirs"] for node in result["nodes"]] == ["4", "3", "b", "a"]


def test_the_first_divergent_edge_comes_in_backward_order() -> None:
    result = compare(SUM, changed(s3_contribution=3.0, n2_grad=3.0))
    first = result["first"]
    assert (first["kind"], first["node"], first["operand"], first["slot"]) == ("edge", "n2", "n1", 1)
    assert first["text"] == "From c to b your engine sends 3, where 2 belongs."
    assert slips(result) == ["own_factor"]
    both = compare(SUM, changed(s0_contribution=2.0, s3_contribution=3.0))
    assert both["first"]["label"] == "c"


def test_an_edge_that_never_sends_is_told() -> None:
    trace = changed(n1_grad=1.0)
    del trace["steps"][2]
    first = compare(SUM, trace)["first"]
    assert (first["theirs"], first["text"]) == (None, "From c to a your engine sends nothing, where 3 belongs.")


def test_an_edge_that_sends_twice_is_told() -> None:
    trace = changed(n1_grad=7.0)
    trace["steps"].append(trace["steps"][2])
    assert compare(SUM, trace)["first"]["text"] == "From c to a your engine sends once more: 3 is too much."


def test_steps_may_come_in_any_order() -> None:
    trace = changed()
    trace["steps"].reverse()
    assert compare(SUM, trace)["agrees"]


def test_two_edges_between_the_same_nodes_are_told_apart() -> None:
    ran = run("x - x/4", {"x": 3.0})
    square = run("y = x*x", {"x": 3.0})
    nodes = [{"id": "x", "name": "x", "grad": 6.0}, {"id": "y", "name": "y", "operands": ["x", "x"], "op": "*"}]
    sent = {"node": "y", "operand": "x", "contribution": 3.0}
    assert compare(square, {"nodes": nodes, "steps": [sent, sent]})["agrees"]
    once = compare(square, {"nodes": nodes, "steps": [sent]})
    assert (once["first"]["slot"], once["first"]["theirs"]) == (1, None)
    assert not compare(ran, {"x": 1.0})["agrees"]


def test_values_are_compared_before_gradients() -> None:
    wrong = compare(SUM, changed(n3_data=7.0, n4_data=9.0, n2_grad=5.0))
    assert wrong["first"]["kind"] == "data"
    assert wrong["verdict"] == (
        "c is 7 in your engine and 6 here, already on the way forward, though its operands agree."
    )
    leaf = compare(SUM, changed(n1_data=5.0))
    assert leaf["verdict"] == "a is 5 in your engine and 2 here: the two have been given different numbers."


@pytest.mark.parametrize(
    ("grads", "name"),
    [
        ({"a": 3.0, "b": 2.0}, "assign"),
        ({"a": 1.0, "b": 2.0}, "assign"),
        ({"a": 8.0, "b": 4.0}, "no_zero_grad"),
        ({"a": 12.0, "b": 6.0}, "scale"),
        ({"a": -4.0, "b": -2.0}, "scale"),
        ({"a": 4.0, "b": -2.0}, "sign"),
        ({"a": 4.0, "b": 4.0}, "twice"),
        ({"a": 4.0, "b": 1.0}, "no_local"),
        ({"a": 4.0, "b": 0.5}, "inverse"),
        ({"a": 4.0, "b": 3.0}, "own_factor"),
        ({"a": 4.0, "b": 6.0}, "output_for_input"),
        ({"a": 0.0, "b": 2.0}, "nothing"),
        ({"a": 0.0, "b": 0.0}, "no_seed"),
        ({"a": 7.0, "b": 2.0}, "twice"),
        ({"a": -2.0, "b": 2.0}, "sign"),
    ],
)
def test_gradients_alone_tell_the_slip(grads: dict[str, float], name: str) -> None:
    result = compare(SUM, grads)
    assert slips(result)[0] == name
    assert result["slips"][0]["title"] in result["verdict"]


def test_a_number_that_no_slip_explains_is_not_explained() -> None:
    result = compare(SUM, {"a": 4.0, "b": 17.25})
    assert (result["slips"], result["verdict"]) == ([], "b.grad is 17.25 in your engine, where 2 belongs.")


def test_rounded_numbers_agree_to_their_digits() -> None:
    ran = run("a/b", {"a": 1.0, "b": 3.0})
    assert compare(ran, {"a": 0.3333, "b": -0.111})["agrees"]
    assert not compare(ran, {"a": 0.3334})["agrees"]


def test_what_a_trace_does_not_tell_is_not_held_against_it() -> None:
    assert compare(SUM, {"a": 4.0, "b": None})["compared"] == 1
    assert compare(SUM, {"a": 4.0, "q": 7.0})["unmatched"] == ["q"]
    assert compare(SUM, {"a": 4.0})["missing"] == []
    assert compare(SUM, {"nodes": [{"id": 1, "name": "a"}]})["verdict"] == (
        "The values agree; the trace tells no gradient of a node that is here too."
    )


def test_numbers_that_are_not_finite_are_compared() -> None:
    ran = run("log(a)*b", {"a": 0.0, "b": 1.0})
    assert compare(ran, '{"a": Infinity, "b": -Infinity}')["agrees"]
    assert compare(ran, {"a": "Infinity", "b": "-Infinity"})["agrees"]
    assert not compare(ran, {"a": math.nan, "b": "NaN"})["agrees"]


def test_a_circle_and_a_long_chain_do_no_harm() -> None:
    nodes = [{"id": 1, "name": "a", "op": "+", "operands": [2]}, {"id": 2, "op": "*", "operands": [1, 1]}]
    assert compare(SUM, {"nodes": nodes})["unmatched"] == ["2"]
    chain = [{"id": k, "op": "tanh", "operands": [k - 1] if k else []} for k in range(5000)]
    chain[0]["name"] = "a"
    assert compare(SUM, {"nodes": chain})["agrees"]


def test_a_large_program_is_compared_and_a_very_large_one_refused() -> None:
    source = "x = a\nfor k in range({}):\n    x = x*b + a"
    large = compare(run(source.format(2000), {"a": 1.0, "b": 0.5}), {"a": 2.0, "b": 17.0})
    assert large["first"]["label"] == "b"
    with pytest.raises(Unfit, match="source has 64,000 edges"):
        compare(run(source.format(16_000), {"a": 1.0, "b": 0.5}), {"a": 2.0})


@pytest.mark.parametrize(
    ("trace", "field", "message"),
    [
        ("{", "trace", "is not JSON from line 1, column 1 on"),
        ("[1]", "trace", "must be an object"),
        ("[" * 100_000, "trace", "is nested too deeply"),
        ({}, "trace", "is empty"),
        ({"q": 1.0}, "trace", "has no node that is in this program too; give nodes their names here: a, b"),
        ({"a": "four"}, "trace/a", "must be a number"),
        ({"a": True}, "trace/a", "must be a number"),
        ({"x/y": []}, "trace/x~1y", "must be a number"),
        ({"grads": 3.0}, "trace/grads", "must be an object of gradients by name"),
        ({"nodes": {}}, "trace/nodes", "must be a list"),
        ({"nodes": []}, "trace/nodes", "is empty"),
        ({"nodes": [3.0]}, "trace/nodes/0", "must be an object"),
        ({"nodes": [{}]}, "trace/nodes/0/id", "is missing"),
        ({"nodes": [{"id": []}]}, "trace/nodes/0/id", "must be a text or a number"),
        ({"nodes": [{"id": 1.0}, {"id": 1.0}]}, "trace/nodes/0/id", "stands at another node too"),
        ({"nodes": [{"id": 1.0, "operands": [2.0]}]}, "trace/nodes/0/operands/0", "is the id of no node"),
        ({"nodes": [{"id": 1.0, "operands": 7}]}, "trace/nodes/0/operands", "must be a list of ids"),
        ({"nodes": [{"id": 1.0, "grad": "x"}]}, "trace/nodes/0/grad", "must be a number"),
        ({"nodes": [{"id": 1.0, "grad": 10**400}]}, "trace/nodes/0/grad", "is too large for a double"),
        ({"nodes": [{"id": 1.0, "name": 3.0}]}, "trace/nodes/0/name", "must be a text"),
        ({"nodes": [{"id": 1.0}], "output": [1]}, "trace/output", "is the id of no node"),
        ({"nodes": [{"id": 1.0}], "steps": [{"node": 1.0}]}, "trace/steps/0/operand", "is missing"),
        (changed(s0_contribution=None), "trace/steps/0/contribution", "is missing"),
        (changed(s0_node=9), "trace/steps/0/node", "is the id of no node"),
        (changed(s0_slot=-1), "trace/steps/0/slot", "must be a whole number from 0 on"),
        ({"nodes": [{"id": float(k)} for k in range(5001)]}, "trace/nodes", "has 5,001 entries; 5,000 are the most"),
    ],
)
def test_a_trace_that_cannot_be_read_is_told_at_its_place(trace: object, field: str, message: str) -> None:
    with pytest.raises(Unfit) as told:
        compare(SUM, trace)
    assert (told.value.field, told.value.message[: len(message)]) == (field, message)


# -- as Python prints it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{'a': 4.0, 'b': 2.0}",
        "{'a': 4, 'b': +2}\n",
        "{'a': np.float64(4.0), 'b': tensor(2., requires_grad=True)}",
        "{'grads': {'a': 4.0, 'b': 2.0}}",
        "{'nodes': [{'id': 1, 'name': 'a', 'grad': 4.0, 'op': None}, {'id': 2, 'name': 'b', 'grad': 2.0}]}",
    ],
)
def test_a_dictionary_as_python_prints_it_is_read(text: str) -> None:
    result = compare(SUM, text)
    assert (result["agrees"], result["compared"]) == (True, 2)


def test_nan_and_inf_are_read_as_python_prints_them() -> None:
    result = compare(run("y = a / b", {"a": 1.0, "b": 0.0}), str({"a": math.inf, "b": -math.inf}))
    assert result["agrees"]
    assert not compare(SUM, str({"a": math.nan, "b": 2.0}))["agrees"]


@pytest.mark.parametrize(
    "text",
    [
        "{'a': open('x')}",
        "{'a': 1 + 1}",
        "{'a': b}",
        "{**{}}",
        "{'a': 4.0",
        "{1: 2.0, 'a'}",
        "{'a': [" * 5000,
    ],
)
def test_nothing_but_literals_is_read(text: str) -> None:
    with pytest.raises(Unfit, match=r"nor a dictionary as Python prints it|nested too deeply"):
        compare(SUM, text)


# -- digits and factors -----------------------------------------------------------------------------------------------


def test_two_numbers_that_differ_are_seen_to_differ() -> None:
    made = run("y = a * 1.03512", {"a": 1.0})
    result = compare(made, {"a": 1.0354321})
    assert "a.grad is 1.0354 in your engine, where 1.0351 belongs" in result["verdict"]
    shown = next(row for row in result["nodes"] if row["label"] == "a")["shown"]["grad"]
    assert shown == {"ours": ["1.0351", "1.03512", "≈"], "theirs": ["1.0354", "1.0354321", "≈"]}
    assert compare(made, {"a": 1.035})["agrees"]


def test_a_wrong_rule_that_all_paths_cross_is_named_beside_the_seed() -> None:
    made = run("s = a*b + c\ny = tanh(s)", {"a": 0.5, "b": 0.7, "c": 0.2})
    assert made.output is not None
    t = made.tape.data[made.output]
    k = (1 - t) ** 2 / (1 - t * t)
    found = compare(made, {"a": 0.7 * k * (1 - t * t), "b": 0.5 * k * (1 - t * t), "c": k * (1 - t * t)})["slips"]
    assert [slip["name"] for slip in found] == ["scale"]
    assert found[0]["text"].endswith(
        "; or the rule of an operation that all paths cross (tanh at y) is wrong by that factor."
    )


def test_an_operation_beside_which_a_path_goes_is_not_named() -> None:
    made = run("y = tanh(a) + a*b", {"a": 0.5, "b": 0.7})
    right = {"a": 0.7 + 1 - math.tanh(0.5) ** 2, "b": 0.5}
    (slip,) = compare(made, {name: 1.7 * grad for name, grad in right.items()})["slips"]
    assert "all paths cross" not in slip["text"]


@pytest.mark.parametrize(
    "text", ["(" * 300_000, "{'a':" * 100_000, "a(1," * 100_000, "'" + "\\" * 300_001, "-" * 300_000, "a." * 200_000]
)
def test_text_that_keeps_pythons_parser_busy_is_refused_at_once(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(Unfit, match=r"Python prints|nested"):
        compare(run("y = x*x"), text)
    assert time.process_time() - begin < 5


def trace_of(source: str, inputs: dict[str, float], *, versions: bool) -> dict[str, Any]:
    """Return the numbers of a run as somebody's own engine would print them."""
    told = document(run(source, inputs))
    names = {node["id"]: node["name"] for node in told["nodes"]}
    plain = {key: name and (name if versions else name.partition("@")[0]) for key, name in names.items()}
    fields = ("id", "op", "data", "grad", "operands")
    return {"nodes": [{key: node[key] for key in fields} | {"name": plain[node["id"]]} for node in told["nodes"]]}


@pytest.mark.parametrize("versions", [False, True])
@pytest.mark.parametrize(
    "source",
    [
        "y = x*2\ny = y*3",
        "y = x\nfor i in range(3):\n    y = y*0.5 + x*2\ny",
        "s = 0\nfor i in range(8):\n    s = s + x*w\ns",
        "y = x\nfor i in range(40):\n    y = tanh(y*w + x)\ny",
    ],
)
def test_a_name_that_stands_several_times_does_not_mislead(source: str, versions: bool) -> None:
    inputs = {"x": 0.7, "w": 0.9}
    told = trace_of(source, inputs, versions=versions)
    assert compare(run(source, inputs), told)["agrees"]
    told["nodes"][0]["grad"] = 12.5
    assert not compare(run(source, inputs), told)["agrees"]
