"""A tape as a program: the text computes the same numbers, to the last bit, in the same order."""

from __future__ import annotations

import math
import random
import struct

import pytest

from engine import GALLERY, Example, program, run
from engine.export.program import WIDTH
from engine.lab.subject import Subject, subject_of
from engine.language.budgets import Budgets
from engine.ops import OPS, Op
from engine.tape import Tape
from tests.language.test_fuzz import Writer

_ROOMY = Budgets(characters=1_000_000)


def bits(x: float) -> str:
    return "nan" if math.isnan(x) else struct.pack(">d", x).hex()


def work(subject: Subject) -> list[tuple[str, str, str]]:
    """Return each operation with the bits of its number and of its gradient; what was computed from constants alone
    is one of these."""
    tape, known, found = subject.tape, set[int](), []
    for node in subject.order:
        op, operands = tape.ops[node], tape.operands[node]
        if tape.roles[node] == "constant" or (operands and known.issuperset(operands)):
            known.add(node)
        elif op is not None:
            found.append((op.name, bits(tape.data[node]), bits(subject.grads[node])))
    return found


def again(subject: Subject) -> Subject:
    written = program(subject.tape, subject.output)
    return subject_of(run(written.source, fixed=written.fixed))


@pytest.mark.parametrize("example", GALLERY.values(), ids=lambda example: example.name)
def test_an_example_written_out_gives_the_same_numbers_and_gradients(example: Example) -> None:
    subject = subject_of(run(example.source, example.inputs))
    copy = again(subject)
    assert work(copy) == work(subject)
    assert [bits(copy.grads[n]) for n in copy.leaves] == [bits(subject.grads[n]) for n in subject.leaves]


NUMBERS = (2.0, -3.0, 0.5, 1.0, 0.0, -0.0, 1e-7, 1e300, math.inf, -math.inf, math.nan, 0.1, math.pi, math.log(2))


def random_tape(seed: int, operations: int) -> Tape:
    chance, tape = random.Random(seed), Tape()
    for k in range(4):
        name = chance.choice([f"x{k}", None, f"x@{k}", "max", "if", "w[0][1]", "pi", "e", "tanh"])
        tape.input(chance.choice(NUMBERS), name=name, trainable=chance.random() < 0.8)
    ops = list(OPS.values())
    for _ in range(operations):
        if chance.random() < 0.2:
            tape.constant(chance.choice(NUMBERS), text=chance.choice([None, "2", "x.item()"]))
            continue
        op = chance.choice(ops)
        first = max(0, len(tape) - 6) if chance.random() < 0.7 else 0
        node = tape.record(op, tuple(chance.randrange(first, len(tape)) for _ in range(op.arity)))
        if chance.random() < 0.2:
            tape.names[node] = f"y{chance.randrange(20)}"
    return tape


@pytest.mark.parametrize("seed", range(150))
def test_a_random_tape_written_out_gives_the_same_numbers_and_gradients(seed: int) -> None:
    tape = random_tape(seed, 5 + seed % 40)
    output = next(node for node in reversed(range(len(tape))) if tape.ops[node] is not None)
    subject = Subject(run("a"), output)
    subject.__dict__["tape"] = tape
    assert work(again(subject)) == work(subject)


def scalar_program(seed: int) -> str:
    writer = Writer(seed)
    writer.write()
    return "\n".join([*writer.lines[:-1], "y = a * b + " + " + ".join(writer.numbers[-4:])])


@pytest.mark.parametrize("seed", range(80))
def test_a_random_program_written_out_gives_the_same_numbers(seed: int) -> None:
    made = run(scalar_program(seed), partial=True)
    if made.output is None or made.problem:
        return
    subject = subject_of(made)
    assert bits(again(subject).tape.data[again(subject).output]) == bits(subject.tape.data[subject.output])


def test_a_minus_zero_of_whole_numbers_stays_a_zero() -> None:
    """Python's 0 * -3 is 0, where doubles give -0; one over it has the other sign."""
    subject = subject_of(run("a = 0\nb = -3\ny = 1 / (a * b)"))
    assert subject.tape.data[subject.output] == math.inf
    copy = again(subject)
    assert copy.tape.data[copy.output] == math.inf


def test_a_winner_of_max_stays_a_double() -> None:
    tape = Tape()
    a = tape.input(-1.0, name="a")
    m = tape.record(OPS["max"], (a, tape.constant(0.0, text="0")))
    y = tape.record(OPS["div"], (tape.constant(1.0), tape.record(OPS["mul"], (m, tape.constant(-3.0)))))
    copy = subject_of(run(program(tape, y).source))
    assert tape.data[y] == copy.tape.data[copy.output] == -math.inf


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_operation_can_be_written(op: Op) -> None:
    for operands in (*op.samples, *op.edges):
        tape = Tape()
        nodes = tuple(tape.input(x, name=f"x{k}") for k, x in enumerate(operands))
        output = tape.record(op, nodes)
        copy = run(program(tape, output).source)
        assert copy.output is not None
        assert copy.tape.ops[copy.output] is op
        assert bits(copy.tape.data[copy.output]) == bits(tape.data[output])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("relu(a*b + d)", "a = 1.0\nb = 1.0\nd = 1.0\nrelu(a * b + d)\n"),
        ("x = 3\ny = x**2 - -x", "x = 3.0\ny = x**2 - -x\n"),
        ("x = 2\nx = x * x\nx = x * x", "x = 2.0\nx_2 = x * x\nx_3 = x_2 * x_2\n"),
        ("w = [2.0, 3.0]\ny = w[0] * w[1]", "w_0 = 2.0\nw_1 = 3.0\ny = w_0 * w_1\n"),
        ("x = 2\ny = a - (x - (a + x))", "x = 2.0\na = 1.0\ny = a - (x - (a + x))\n"),
        ("x = 2\ny = (x + 1) * (x + 1)", "x = 2.0\ny = (x + 1) * (x + 1)\n"),
        ("x = 2\ny = x * 1e-3 + leaky_relu(x)", "x = 2.0\ny = x * 1e-3 + leaky_relu(x)\n"),
        ("2 + 3", "5\n"),
    ],
)
def test_the_text_is_what_one_would_write(source: str, text: str) -> None:
    made = run(source)
    assert made.output is not None
    assert program(made.tape, made.output).source == text


def test_what_is_used_twice_has_a_name() -> None:
    made = run("x = 2.0\n(x * x + 1) ** 2 + tanh(exp(x) * x)")
    assert made.output is not None
    tape, output = made.tape, made.output
    both = tape.record(OPS["mul"], (output, output))
    assert program(tape, both).source.splitlines()[-2:] == ["v1 = (x * x + 1)**2 + tanh(exp(x) * x)", "v1 * v1"]


def test_lines_stay_short() -> None:
    made = run("x = 1.1\n" + " + ".join(f"sin({k} * x)" for k in range(100)))
    assert made.output is not None
    source = program(made.tape, made.output).source
    assert max(map(len, source.splitlines())) <= WIDTH + len("v100 = ")


def test_a_deep_chain_is_written_without_recursion() -> None:
    tape = Tape()
    node = tape.input(1.0, name="x")
    for _ in range(5_000):
        node = tape.record(OPS["neg"], (node,))
    copy = run(program(tape, node, names={node: "y"}).source.replace("\n", ";"), budgets=_ROOMY)
    assert copy.variables["y"] == copy.output


def test_names_asked_for_come_first_and_leaves_are_kept() -> None:
    made = run("a = 2.0\nb = 3.0\ny = a * a")
    assert made.output is not None
    written = program(made.tape, made.output, names={made.output: "dL_da"}, keep=[made.variables["b"]])
    assert written.source == "a = 2.0\nb = 3.0\ndL_da = a * a\n"
    assert written.names[made.output] == "dL_da"


def test_several_outputs_all_have_names_and_the_last_is_the_output() -> None:
    made = run("a = 2.0\ny = tanh(a * a)\nz = y + a")
    variables = made.variables
    written = program(made.tape, variables["z"], variables["y"])
    assert written.source.splitlines()[-3:] == ["y = tanh(a * a)", "z = y + a", "y"]
    copy = run(written.source)
    assert copy.output == copy.variables["y"]


def test_leaves_without_gradient_are_told() -> None:
    made = run("x = torch.tensor(2.0)\nw = torch.tensor(3.0, requires_grad=True)\ny = w * x")
    assert made.output is not None
    assert program(made.tape, made.output).fixed == ("x",)
