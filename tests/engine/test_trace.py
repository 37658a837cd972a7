"""The trace: what it says of a program's gradients, and that replaying it gives them exactly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backward import gradients
from engine.lab.check import check
from engine.ops import OPS
from engine.tape import Tape
from engine.trace import Backward, Forward, Recorder, Seed, Trace, Update

SMOOTH = ["add", "sub", "mul", "tanh", "sin", "sigmoid", "softplus", "atan", "square", "max", "relu", "neg"]


@st.composite
def tapes(draw: st.DrawFn, names: list[str] = SMOOTH) -> Tape:
    """Random graphs in which operands are shared, repeated, constant and unused."""
    tape = Tape()
    number = st.floats(-2, 2)
    for _ in range(draw(st.integers(1, 4))):
        tape.input(draw(number))
    tape.constant(draw(number))
    for _ in range(draw(st.integers(1, 12))):
        op = OPS[draw(st.sampled_from(names))]
        tape.record(op, tuple(draw(st.integers(0, len(tape) - 1)) for _ in range(op.arity)))
    return tape


def traced(tape: Tape) -> Trace:
    return Recorder(tape).finish(len(tape) - 1)


def test_repeated_operand_receives_both_contributions() -> None:
    tape = Tape()
    x = tape.input(3.0)
    tape.record(OPS["mul"], (x, x))
    edges = [step for step in traced(tape).steps if isinstance(step, Backward)]
    assert [(e.slot, e.before, e.contribution, e.after) for e in edges] == [(0, 0.0, 3.0, 3.0), (1, 3.0, 3.0, 6.0)]


def test_reused_result_is_complete_before_it_passes_on() -> None:
    tape = Tape()
    a = tape.input(1.0)
    b = tape.record(OPS["add"], (a, a))
    tape.record(OPS["add"], (b, b))
    trace = traced(tape)
    assert trace.grads == (4.0, 2.0, 1.0)
    assert all(step.upstream == 2.0 for step in trace.steps if isinstance(step, Backward) and step.node == b)


@given(tapes())
def test_replaying_the_steps_gives_every_gradient_exactly(tape: Tape) -> None:
    trace = traced(tape)
    grads = [0.0] * len(tape)
    for step in trace.steps:
        match step:
            case Seed(node=node):
                grads[node] += 1.0
            case Backward(operand=operand, before=before, contribution=contribution, after=after):
                assert grads[operand] == before
                assert step.contribution == step.upstream * step.local
                grads[operand] += contribution
                assert grads[operand] == after
    assert tuple(grads) == trace.grads
    assert list(trace.grads) == gradients(tape, len(tape) - 1)


@given(tapes())
def test_each_edge_that_needs_it_has_one_step_in_reversed_topological_order(tape: Tape) -> None:
    trace = traced(tape)
    order = trace.passes[0].order
    edges = [(s.node, s.slot) for s in trace.steps if isinstance(s, Backward)]
    expected = [
        (node, slot)
        for node in reversed(order)
        for slot, operand in enumerate(tape.operands[node])
        if tape.needs_grad[operand]
    ]
    assert edges == expected
    forward = [s.node for s in trace.steps if isinstance(s, Forward)]
    assert forward == [node for node in order if tape.ops[node] is not None]


@given(tapes(["add", "sub", "mul", "tanh", "sin", "sigmoid", "softplus", "atan", "square"]))
def test_gradients_agree_with_finite_differences(tape: Tape) -> None:
    if abs(tape.data[-1]) > 1e4:
        return
    for leaf in check(tape, len(tape) - 1):
        assert leaf.passed or (leaf.verdict == "unresolved" and abs(leaf.gradient) < 1e-6), leaf


def test_gradients_add_up_over_passes_until_zeroed() -> None:
    tape = Tape()
    x = tape.input(3.0)
    y = tape.record(OPS["square"], (x,))
    recorder = Recorder(tape)
    recorder.backward(y)
    recorder.backward(y)
    assert recorder.grad(x) == 12.0
    recorder.set_grad(x, 0.0, "x.grad = 0")
    recorder.backward(y)
    trace = recorder.finish(y)
    assert trace.grads[x] == 6.0
    assert [(p.first, p.last) for p in trace.passes] == [(0, 3), (3, 5), (6, 8)]
    assert isinstance(trace.steps[5], Update)


def test_a_second_pass_sends_its_own_upstream_not_the_sum() -> None:
    tape = Tape()
    a = tape.input(1.0)
    b = tape.record(OPS["add"], (a, a))
    c = tape.record(OPS["add"], (b, b))
    recorder = Recorder(tape)
    recorder.backward(c)
    recorder.backward(c)
    assert recorder.grad(a) == 8.0  # micrograd itself gives 12


def test_constants_receive_nothing_and_their_rule_is_never_asked() -> None:
    tape = Tape()
    x = tape.input(-2.0)
    two = tape.constant(2.0, text="2")
    tape.record(OPS["pow"], (x, two))
    trace = traced(tape)
    assert trace.grads[:2] == (-4.0, 0.0)
    assert [s.slot for s in trace.steps if isinstance(s, Backward)] == [0]


@pytest.mark.parametrize("name", ["relu", "max"])
def test_closed_gate_stops_even_an_infinite_upstream(name: str) -> None:
    tape = Tape()
    x = tape.input(-1.0)
    operands = (x,) if name == "relu" else (x, tape.constant(0.0))
    gate = tape.record(OPS[name], operands)
    root = tape.record(OPS["sqrt"], (gate,))
    assert gradients(tape, root)[gate] == math.inf
    assert gradients(tape, root)[x] == 0.0  # 0 * inf would be nan; PyTorch masks


def test_a_chain_of_a_million_operations_runs_both_ways() -> None:
    tape = Tape()
    node = x = tape.input(0.5)
    one = tape.constant(1.0)
    for _ in range(1_000_000):
        node = tape.record(OPS["mul"], (node, one))
    assert tape.data[node] == 0.5
    assert gradients(tape, node)[x] == 1.0
