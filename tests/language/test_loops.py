"""Loops: they do what Python's do, count in plain numbers, and end when their budget does."""

from __future__ import annotations

import contextlib
import io
import time

import pytest

from engine import Budgets, ProgramError, document, run

PRINTING = [
    "for i in range(3):\n    print(i)",
    "for i in range(2, 9, 3):\n    print(i)",
    "for i in range(5, 0, -2):\n    print(i)",
    "for i in range(0):\n    print(i)\nelse:\n    print(-1)",
    "for i in range(6):\n if i == 1:\n  continue\n if i == 4:\n  break\n print(i)\nelse:\n print(-1)",
    "for i in range(3):\n for j in range(3):\n  if j > i:\n   break\n  print(i, j)\n else:\n  print(-1)",
    "for i, (a, b) in enumerate(zip((1, 2, 3), (4, 5)), 1):\n    print(i, a, b)",
    "for i in reversed(range(3)):\n    print(i)\nprint(i)",
    "n = 10\nwhile n > 1:\n    n = n / 2\n    print(n)\nelse:\n    print(-1)",
    "n = 0\nwhile True:\n    n += 1\n    if n < 3:\n        continue\n    break\nprint(n)",
    "for x in (1.5, 2.5):\n if x > 2:\n  for k in range(2):\n   if k:\n    break\n   print(x, k)",
    "for i in range(2):\n    pass\nfor j in ():\n    print(9)\nprint(i)",
]


@pytest.mark.parametrize("program", PRINTING)
def test_loops_print_what_python_prints(program: str) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "<test>", "exec"), {})
    assert run(program + "\nx = 1.0").printed == out.getvalue()


def test_a_loop_makes_the_graph_that_its_statements_make() -> None:
    loop = document(run("y = x\nfor i in range(3):\n    y = y * x + i", {"x": 2.0}))
    plain = document(run("y = x\ny = y*x + 0\ny = y*x + 1\ny = y*x + 2", {"x": 2.0}))
    for key in ("id", "op", "operands", "data", "grad", "name"):
        assert [node[key] for node in loop["nodes"]] == [node[key] for node in plain["nodes"]]


def test_counters_are_constants_and_receive_nothing() -> None:
    nodes = document(run("y = x\nfor i in range(2):\n    y = y + i*x"))["nodes"]
    assert [node["role"] for node in nodes if node["operands"] == [] and node["name"] is None] == ["constant"] * 2


def test_values_in_a_loop_are_themselves_and_not_copies() -> None:
    described = document(run("s = 0.0\nfor v in (a, b, a):\n    s = s + v*v", {"a": 3.0, "b": 2.0}))
    grads = {node["name"]: node["grad"] for node in described["nodes"]}
    assert (grads["a"], grads["b"]) == (12.0, 4.0)


def test_a_training_loop_has_a_pass_for_each_turn_and_gradients_pile_up_unless_zeroed() -> None:
    program = "w = Value(2.0)\nfor k in range(3):\n l = (w*3 - 1)**2\n{} l.backward()\n"
    program += " w.data -= 0.01 * w.grad\n print(l.data)"
    zeroed, piled = run(program.format(" w.grad = 0\n")), run(program.format(""))
    assert len(zeroed.trace.passes) == len(piled.trace.passes) == 3
    w, losses = 2.0, []
    for _ in range(3):
        losses.append((w * 3 - 1) ** 2)
        w -= 0.01 * 2 * (w * 3 - 1) * 3
    assert [float(line) for line in zeroed.printed.split()] == pytest.approx(losses, rel=1e-12)
    assert piled.printed.split()[0] == zeroed.printed.split()[0]
    assert piled.printed.split()[2] != zeroed.printed.split()[2]


@pytest.mark.parametrize(
    ("program", "kind", "line", "column", "words"),
    [
        ("x\nbreak", "syntax", 2, 0, "break stands outside a loop"),
        ("for i in range(3):\n    x\ncontinue", "syntax", 3, 0, "continue stands outside a loop"),
        ("while x:\n    x\nelse:\n    break", "syntax", 4, 4, "break stands outside a loop"),
        ("for i in 3:\n    x", "type", 1, 9, "a loop cannot go through a number"),
        ("for i in x:\n    x", "type", 1, 9, "a loop cannot go through"),
        ("for i in range(2.5):\n    x", "type", 1, 9, "range needs whole numbers"),
        ("for i in range(1, 9, 0):\n    x", "value", 1, 9, "step of a range must not be 0"),
        ("for i in range(1, 2, 3, 4):\n    x", "type", 1, 9, "at most 3"),
        ("for i, j in range(2):\n    x", "type", 1, 12, "cannot be shared among 2 names"),
        ("for x.data in range(2):\n    x", "refused", 1, 4, "a loop counts in names"),
        ("async def f():\n    async for i in x:\n        x", "refused", 1, 0, "async"),
    ],
)
def test_mistakes_in_loops_stand_at_their_place(program: str, kind: str, line: int, column: int, words: str) -> None:
    with pytest.raises(ProgramError) as caught:
        run(program)
    first = caught.value.diagnostics[0]
    assert (caught.value.kind, first.span.line, first.span.column) == (kind, line, column)
    assert words in first.message


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n    pass",
        "while True:\n    x = x*x",
        "for i in range(99999):\n    for j in range(99999):\n        pass",
        "for i in range(10**12):\n    x",
        "for i in range(10**7):\n    x = x + 1",
        "for i in range(9999):\n    for j in zip(range(9999), range(9999)):\n        pass",
        "while 1:\n    print(1)",
    ],
)
def test_no_loop_runs_on(program: str) -> None:
    start = time.process_time()
    with pytest.raises(ProgramError) as caught:
        run(program, budgets=Budgets())
    assert caught.value.kind == "budget"
    assert time.process_time() - start < 5  # many times what it takes: a bound against hanging
