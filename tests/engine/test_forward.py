"""Replay gives the numbers of a fresh run, to the last bit."""

from hypothesis import given
from hypothesis import strategies as st

from engine.backward import dependencies, gradients
from engine.forward import Replay
from engine.ops import OPS
from engine.tape import Role, Tape
from tests.engine.test_trace import SMOOTH, tapes

EVERY = [*SMOOTH, "div", "pow", "exp", "log", "sqrt", "clip", "hypot", "leaky_relu"]


def recorded_again(tape: Tape, leaves: dict[int, float]) -> Tape:
    fresh = Tape()
    for node, op in enumerate(tape.ops):
        if op is not None:
            fresh.record(op, tape.operands[node])
        elif tape.roles[node] is Role.INPUT:
            fresh.input(leaves[node])
        else:
            fresh.constant(tape.data[node])
    return fresh


@given(tapes(EVERY), st.data())
def test_replay_is_bit_for_bit_a_fresh_run(tape: Tape, data: st.DataObject) -> None:
    inputs = [n for n in range(len(tape)) if tape.roles[n] is Role.INPUT]
    leaves = {n: data.draw(st.floats(allow_nan=True, allow_infinity=True)) for n in inputs}
    fresh, output = recorded_again(tape, leaves), len(tape) - 1
    replay = Replay(tape, output)
    values = replay.forward(leaves)
    reached = dependencies(tape, output)
    assert [repr(values[n]) for n in reached] == [repr(fresh.data[n]) for n in reached]
    assert list(map(repr, replay.gradients(values))) == list(map(repr, gradients(fresh, output)))


def test_a_product_that_is_used_twice_keeps_both_uses() -> None:
    tape = Tape()
    x, y = tape.input(2.0), tape.input(3.0)
    p = tape.record(OPS["mul"], (x, y))
    s = tape.record(OPS["add"], (x, p))
    out = tape.record(OPS["mul"], (s, p))
    replay = Replay(tape, out)
    assert replay.gradients(replay.forward({})) == gradients(tape, out)


def test_replay_leaves_the_tape_as_it_was() -> None:
    tape = Tape()
    x = tape.input(2.0)
    out = tape.record(OPS["square"], (x,))
    assert Replay(tape, out).forward({x: 5.0}) == [5.0, 25.0]
    assert tape.data == [2.0, 4.0]
