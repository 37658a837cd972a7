"""Every fault of the table beside a class like micrograd's that has the same mistake, written here on its own."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from engine import FAULTS, GALLERY, Unfit, broken, run
from engine.backward import sweep
from engine.lab.broken import MOST_STEPS, Truth
from engine.lab.faults import RIGHT, depth_first, graph_of, left, steps
from engine.trace import Backward


class Scalar:
    """A value of a small engine; `bug` says which mistake its class has."""

    bug = ""
    count = 0

    def __init__(self, data: float, operands: tuple[Scalar, ...] = ()) -> None:
        self.data, self.grad, self.operands = data, 0.0, operands
        self.push: Callable[[], None] = lambda: None
        Scalar.count += 1
        self.serial = Scalar.count

    def receive(self, amount: float) -> None:
        if Scalar.bug == "assign":
            self.grad = amount
        else:
            self.grad += amount

    def __add__(self, other: Scalar) -> Scalar:
        out = Scalar(self.data + other.data, (self, other))

        def push() -> None:
            upstream = 1.0 if Scalar.bug == "no_upstream" else out.grad
            self.receive(upstream)
            if Scalar.bug != "first_operand_only" and not (Scalar.bug == "set_operands" and self is other):
                other.receive(1.0 if Scalar.bug == "no_upstream" else out.grad)

        out.push = push
        return out

    def __mul__(self, other: Scalar) -> Scalar:
        out = Scalar(self.data * other.data, (self, other))

        def push() -> None:
            to_self, to_other = other.data, self.data
            if Scalar.bug == "own_factor":
                to_self, to_other = self.data, other.data
            if Scalar.bug == "output_for_input":
                to_self = to_other = out.data
            self.receive(to_self * (1.0 if Scalar.bug == "no_upstream" else out.grad))
            if Scalar.bug != "first_operand_only" and not (Scalar.bug == "set_operands" and self is other):
                other.receive(to_other * (1.0 if Scalar.bug == "no_upstream" else out.grad))

        out.push = push
        return out

    def exp(self) -> Scalar:
        out = Scalar(math.exp(self.data), (self,))

        def push() -> None:
            local = self.data if Scalar.bug == "input_for_output" else out.data
            self.receive(local * (1.0 if Scalar.bug == "no_upstream" else out.grad))

        out.push = push
        return out

    def everything(self) -> list[Scalar]:
        found: dict[int, Scalar] = {}
        todo = [self]
        while todo:
            each = todo.pop()
            if each.serial not in found:
                found[each.serial] = each
                todo += each.operands
        return [found[serial] for serial in sorted(found)]

    def backward(self) -> None:
        self.grad = 0.0 if Scalar.bug == "no_seed" else 1.0
        order = self.everything()
        if Scalar.bug == "recursion":
            self.recurse()
        elif Scalar.bug == "depth_first":
            self.walk(set())
        elif Scalar.bug == "breadth_first":
            self.spread()
        else:
            for each in order if Scalar.bug == "forward_order" else reversed(order):
                each.push()

    def recurse(self) -> None:
        self.push()
        for operand in self.operands:
            operand.recurse()

    def walk(self, visited: set[int]) -> None:
        if self.serial not in visited:
            visited.add(self.serial)
            self.push()
            for operand in self.operands:
                operand.walk(visited)

    def spread(self) -> None:
        queue, visited = deque([self]), {self.serial}
        while queue:
            each = queue.popleft()
            each.push()
            for operand in each.operands:
                if operand.serial not in visited:
                    visited.add(operand.serial)
                    queue.append(operand)


def random_program(seed: int) -> tuple[str, dict[str, float]]:
    """Return a program in which every line is one operation, and numbers for its leaves."""
    chance = random.Random(seed)
    names, lines = ["a", "b", "c"], []
    for k in range(chance.randint(2, 9)):
        x, y = chance.choice(names), chance.choice([*names, names[-1]])
        lines.append(f"t{k} = " + chance.choice([f"{x}*{y}", f"{x} + {y}", f"{x}*{y}", f"exp({x})"]))
        names.append(f"t{k}")
    return "\n".join(lines), {name: chance.choice([-1.5, -0.75, 0.5, 0.625]) for name in "abc"}


def rerun(source: str, inputs: dict[str, float], bug: str) -> tuple[dict[str, Scalar], Scalar]:
    """Run a random program on the class with `bug`; return its values by name, and the last."""
    Scalar.bug = bug
    values: dict[str, Scalar] = {name: Scalar(number) for name, number in inputs.items()}
    name = ""
    for line in source.split("\n"):
        name, text = line.split(" = ")
        if text.startswith("exp"):
            values[name] = values[text[4:-1]].exp()
        else:
            x, sign, y = text.replace("*", " * ").split()
            values[name] = values[x] * values[y] if sign == "*" else values[x] + values[y]
    return values, values[name]


def grads_of(source: str, inputs: dict[str, float], bug: str) -> dict[str, float]:
    values, output = rerun(source, inputs, bug)
    output.backward()
    if bug == "no_zero_grad":
        first = {name: values[name].grad for name in inputs}
        values, output = rerun(source, inputs, bug)
        for name, grad in first.items():
            values[name].grad = grad
        output.backward()
    if bug == "second_backward":
        output.backward()
    reached = output.everything()
    return {name: value.grad for name, value in values.items() if value in reached}


def told(result: dict[str, Any], which: str) -> dict[str, float]:
    return {node["label"]: float(node[which]) for node in result["nodes"]}


@pytest.mark.parametrize("bug", FAULTS)
def test_a_fault_gives_the_numbers_of_an_engine_that_has_it(bug: str) -> None:
    shown = 0
    for seed in range(60):
        source, inputs = random_program(seed)
        result = broken(run(source, inputs), bug)
        right, wrong = grads_of(source, inputs, ""), grads_of(source, inputs, bug)
        assert told(result, "right") == pytest.approx(right, rel=1e-9, abs=1e-12)
        if result["complete"]:
            assert told(result, "wrong") == pytest.approx(wrong, rel=1e-9, abs=1e-12)
        shown += result["shows"]
        assert result["shows"] == (wrong != pytest.approx(right, rel=1e-9, abs=1e-12))
    assert shown > 3


@pytest.mark.parametrize("bug", FAULTS)
def test_what_shows_has_a_first_wrong_number_and_all_before_it_are_right(bug: str) -> None:
    for seed in range(60):
        source, inputs = random_program(seed)
        result = broken(run(source, inputs), bug)
        if not result["shows"]:
            continue
        assert result["first"]["why"].endswith(".")
        k = result["first"]["step"]
        assert not any(step["wrong"] for step in result["wrong"][:k])
        if result["wrong"][k : k + 1] and result["wrong"][k]["wrong"]:
            assert result["wrong"][k]["why"] == result["first"]["why"]
            assert result["wrong"][k]["operand"] == result["first"]["node"]


def test_the_right_pass_is_the_sweep() -> None:
    for seed in range(20):
        ran = run(*random_program(seed))
        assert ran.output is not None
        graph = graph_of(ran.tape, ran.output)
        done = [step for step in steps(RIGHT, graph) if isinstance(step, Backward)]
        assert [step[:6] for step in done] == [tuple(edge) for edge in sweep(ran.tape, graph.order)]


def test_a_fault_exchanges_one_part_of_the_right_pass() -> None:
    parts = ("visits", "edges", "reads", "carries", "writes", "seeds", "keeps")
    for fault in FAULTS.values():
        assert sum(getattr(fault, part) != getattr(RIGHT, part) for part in parts) == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_the_mistaken_line_is_marked(fault: Any) -> None:
    lines = fault.document()["lines"]
    assert 1 <= sum(line["wrong"] for line in lines) < 3
    assert all("#!" not in line["text"] for line in lines)
    assert fault.document()["cure"]


@pytest.mark.parametrize("name", GALLERY)
def test_every_example_can_be_broken_or_says_why_not(name: str) -> None:
    ran = run(GALLERY[name].source, dict(GALLERY[name].inputs))
    for bug in FAULTS:
        try:
            result = broken(ran, bug)
        except Unfit as error:
            assert "edges" in error.message
            return
        assert result["verdict"].endswith(".")
        assert result["shows"] == any(node["differs"] for node in result["nodes"])
        assert result["first"] is not None or not result["shows"]


def test_the_text_of_a_step_is_what_the_mistaken_engine_runs() -> None:
    ran = run("d = a*b + a", {"a": 2.0, "b": 3.0})
    texts = {bug: [step["text"] for step in broken(ran, bug)["wrong"]] for bug in FAULTS}
    assert "a.grad = b.data * t1.grad = 3.0 * 1.0 = 3.0" in texts["assign"]
    assert "a.grad += a.data * t1.grad = 2.0 * 1.0 = 2.0" in texts["own_factor"]
    assert "a.grad += t1.data * t1.grad = 6.0 * 1.0 = 6.0" in texts["output_for_input"]
    assert "a.grad += b.data = 3.0 = 3.0" in texts["no_upstream"]
    assert texts["no_seed"][0] == "t1.grad += 1.0 * d.grad = 1.0 * 0.0 = 0.0"


def test_the_words_say_what_went_wrong_by_its_numbers() -> None:
    ran = run("c = a*b\nd = c + a", {"a": 2.0, "b": 3.0})
    said = {bug: broken(ran, bug)["verdict"] for bug in FAULTS}
    assert said["assign"].startswith("a.grad holds 1, and that is overwritten with 3: a.grad becomes 3; here it should")
    assert said["set_operands"].startswith("This program does not show the bug: no operation in it passes something")
    assert said["no_seed"].startswith("d.grad was never set to 1, and 1 × 0 = 0 goes on: c.grad becomes 0; here it")
    assert said["no_zero_grad"].startswith(
        "a.grad still holds 4, where 0 belongs: a.grad becomes 5; here it should be 1."
    )
    late = broken(run("u = a*a\nu + a*u", {"a": 3.0}), "breadth_first")["verdict"]
    assert late.startswith("u passes on 1, where its gradient is 4: what t1 sends has not arrived yet.")
    lost = broken(run("x*x", {"x": 3.0}), "set_operands")["verdict"]
    assert lost.startswith("out is to send 3 to x, its operand 2, and that never comes.")


def test_a_recursion_with_very_many_paths_is_stopped() -> None:
    source = "x = a\n" + "x = x + x\n" * 60
    result = broken(run(source, {"a": 1.0}), "recursion")
    assert (result["complete"], len(result["wrong"])) == (False, MOST_STEPS)
    assert "It is stopped after 6,000 steps." in result["verdict"]
    assert result["first"] is not None


def test_a_chain_is_no_matter_of_pythons_recursion() -> None:
    ran = run("x = a\nfor k in range(1500):\n    x = tanh(x)", {"a": 0.5})
    for bug in ("recursion", "depth_first", "breadth_first"):
        assert broken(ran, bug)["shows"] is False
    assert depth_first(ran.tape, ran.output or 0) == graph_of(ran.tape, ran.output or 0).order


def test_numbers_that_are_not_finite_do_no_harm() -> None:
    for source, inputs in (
        ("y = a*b + a", {"a": math.inf, "b": 0.0}),
        ("log(a)*a", {"a": 0.0}),
        ("a*a", {"a": math.nan}),
    ):
        for bug in FAULTS:
            assert broken(run(source, inputs), bug)["verdict"]


def test_sums_in_another_order_are_no_fault() -> None:
    inputs = dict(zip("abcd", (0.1, 0.2, 0.3, 1e-9), strict=True))
    ran = run("u = exp(a)\ny = u*b + u*c + u*d\nz = y*u", inputs)
    assert ran.output is not None
    graph, truth = graph_of(ran.tape, ran.output), Truth(graph_of(ran.tape, ran.output))
    other = type(graph)(ran.tape, depth_first(ran.tape, ran.output, backwards=True))
    assert all(truth.has(node, grad) for node, grad in left(steps(RIGHT, other)).items())


def test_an_unknown_fault_is_told() -> None:
    with pytest.raises(Unfit, match="must be one of assign, ") as told:
        broken(run("a*a"), "gremlins")
    assert told.value.field == "fault"


def test_a_graph_of_many_edges_is_refused() -> None:
    with pytest.raises(Unfit, match="has 3,000 edges") as told:
        broken(run("x = a\n" + "x = x + x\n" * 1500), "assign")
    assert told.value.field == "source"


@pytest.mark.parametrize("source", ["y = 3*a", "y = a + b", "y = tanh(a)", "y = a - b", "y = a*b\nz = y*c"])
@pytest.mark.parametrize("bug", FAULTS)
def test_where_a_fault_does_not_show_its_own_reason_is_told(source: str, bug: str) -> None:
    result = broken(run(source, {"a": 2.0, "b": 3.0, "c": 0.5}), bug)
    assert result["shows"] != result["verdict"].startswith("This program does not show the bug: ")
    assert "every edge carries the same" not in result["verdict"]


def test_where_nothing_is_passed_on_that_is_the_reason() -> None:
    verdict = broken(run("a = 2.0"), "assign")["verdict"]
    assert verdict == "This program does not show the bug: there is no operation in it that passes a gradient on."


def test_the_reason_of_a_missing_upstream_is_true() -> None:
    said = "where a local derivative is not 0, the gradient that comes from above is 1."
    assert broken(run("y = a + b", {"a": 2.0, "b": 3.0}), "no_upstream")["verdict"].endswith(said)
