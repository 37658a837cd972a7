"""What is read and what is refused, at which place, with which cure; nothing of Python's own wording."""

import ast
import subprocess
import sys
import time
from typing import Any

import pytest

from engine import Budgets, ProgramError, run
from engine.language.allowed import ALLOWED, REFUSED
from engine.language.errors import caret, lines_of
from engine.language.interpreter import _HANDLERS
from engine.language.parser import parse
from engine.tape import Span


def problem(source: str, **budgets: Any) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        run(source, budgets=Budgets(**budgets))
    return caught.value


def place(error: ProgramError) -> tuple[int, int, int, int]:
    span = error.diagnostics[0].span
    return (span.line, span.column, span.end_line, span.end_column)


# source, kind, (line, column), what the message says, what the hint says
REFUSALS = [
    ("", "empty", (1, 0), "no program yet", "relu(a*b + d)"),
    ("  \n\t\n", "empty", (1, 0), "no program yet", "relu(a*b + d)"),
    ("# only a comment", "empty", (1, 0), "no program yet", "relu(a*b + d)"),
    ("'just a text'", "empty", (1, 0), "computes no number", "relu(a*b + d)"),
    # characters
    ("x = 1\ny = x\x00", "syntax", (2, 5), "U+0000", "Delete"),
    ("x\x0b= 1", "syntax", (1, 1), "U+000B", "Delete"),
    ("x = '\ud800'", "syntax", (1, 5), "U+D800", "Delete"),
    ("a × b", "syntax", (1, 2), "×", "Write *"),
    ("a − b", "syntax", (1, 2), "−", "Write -"),
    ("a ÷ b", "syntax", (1, 2), "÷", "Write /"),
    ("a·b", "syntax", (1, 0), "·", "Write *"),
    ("y = x²", "syntax", (1, 5), "²", "x**2"),
    ("√x", "syntax", (1, 0), "√", "sqrt(x)"),
    ("Value(2.0, label=“a”)", "syntax", (1, 17), "“", "straight quotes"),
    ("∂L/∂w", "syntax", (1, 0), "∂", "x.grad"),
    # spellings from elsewhere
    ("2x", "syntax", (1, 0), "operator between", "2 * x"),
    ("y = 5x + 1", "syntax", (1, 4), "operator between", "5 * x"),
    ("x++", "syntax", (1, 1), "++", "x += 1"),
    ("x--", "syntax", (1, 1), "--", "x -= 1"),
    ("y = a && b", "syntax", (1, 6), "&&", "and"),
    ("y = a || b", "syntax", (1, 6), "||", "or"),
    ("y = !a", "syntax", (1, 4), "!", "not"),
    ("y = |x|", "syntax", (1, 4), "bars", "abs(x)"),
    ("a <> b", "syntax", (1, 2), "<>", "!="),
    ("a === b", "syntax", (1, 2), "===", "=="),
    ("if x > 0 then y", "syntax", (1, 9), "then", "colon"),
    ("if a:\n  x = 1\nelse if b:\n  x = 2", "syntax", (3, 0), "else if", "elif"),
    (">>> x = 2", "syntax", (1, 0), ">>>", "Delete the prompts"),
    ("x = 2\nIn [3]: y = x", "syntax", (2, 0), "In [...]:", "Delete the prompts"),
    ("%matplotlib inline\nx", "syntax", (1, 0), "notebook", "Delete this line"),
    ("!pip install torch", "syntax", (1, 0), "notebook", "Delete this line"),
    ("$x^2$", "syntax", (1, 0), "LaTeX", "x**2"),
    ("print x", "syntax", (1, 0), "parentheses", "print(...)"),
    ("sin x", "syntax", (1, 4), "sin needs parentheses", "sin(x)"),
    ("2 x", "syntax", (1, 2), "between 2 and x", "2 * x"),
    ("sin(x) cos(x)", "syntax", (1, 7), "something is missing", "*"),
    # the parser's own findings
    ("relu(a*b", "syntax", (1, 4), "( is never closed", "Write )"),
    ("a = (1 +\n     2\nb = 3", "syntax", (1, 4), "( is never closed", "Write )"),
    ("a + b)", "syntax", (1, 5), ") was never opened", "Delete"),
    ("(a]", "syntax", (1, 2), "another kind", "own kind"),
    ("if x = 3:\n  y = 1", "syntax", (1, 3), "does not compare", "=="),
    ("a + b = c", "syntax", (1, 0), "only a name", "y = ..."),
    ("if x > 0\n  y = 1", "syntax", (1, 8), "colon is missing", "Write :"),
    ("if x:\ny = 1", "syntax", (2, 0), "indented line is missing", "Indent"),
    ("x = 1\n  y = 2", "syntax", (2, 2), "indented for no reason", "column"),
    ("print('abc)", "syntax", (1, 6), "never closed", "closing quote"),
    ("x = 1 +", "syntax", (1, 6), "stops in the middle", "after"),
    ("x = 007", "syntax", (1, 4), "does not begin with 0", "leading 0"),
    ("f'{x'", "syntax", (1, 0), "f-string", 'f"{x}"'),
    ("9" * 5000, "syntax", (1, 0), "too many digits", "1e300"),
    # the allow-list
    ("x = 1\nclass Value:\n    pass", "refused", (2, 0), "class definitions are not offered", "Value is built in"),
    ("try:\n    x\nexcept: pass", "refused", (1, 0), "try", "1/0 is inf"),
    ("del x", "refused", (1, 0), "del", "Delete"),
    ("(y := 3)", "refused", (1, 1), ":=", "line of its own"),
    ("y = x ^ 2", "refused", (1, 4), "^ is not a power", "x**2"),
    ("y = x & w", "refused", (1, 4), "& works on bits", "and"),
    ("y ^= 2", "refused", (1, 0), "^ is not a power", "x**2"),
    ("y = ~x", "refused", (1, 4), "~ works on bits", "not x"),
    ("2j", "refused", (1, 0), "complex", "real"),
    ("b'a'", "refused", (1, 0), "bytes", "Delete the b"),
    ("...", "refused", (1, 0), "...", "stands for"),
    ("x.colour = 3", "name", (1, 0), ".colour", ".data"),
    ("x.tanh = 3", "refused", (1, 0), "cannot be assigned to", ".data"),
    # reaching for the host
    ("import os", "refused", (1, 0), "os cannot be imported", "math, random, numpy, torch and micrograd"),
    ("import math, sys", "refused", (1, 0), "sys cannot be imported", "built in"),
    ("from subprocess import run", "refused", (1, 0), "subprocess cannot", "built in"),
    ("from . import x", "refused", (1, 0), "cannot be imported", "built in"),
    ("import matplotlib.pyplot as plt", "refused", (1, 0), "matplotlib.pyplot", "Delete this line"),
    ("import maths", "refused", (1, 0), "maths", "Did you mean math?"),
    ("eval('1')", "refused", (1, 0), "eval is not offered", "expression itself"),
    ("x = 1; exec('x')", "refused", (1, 7), "exec is not offered", "statements"),
    ("open('/etc/passwd')", "refused", (1, 0), "open is not offered", "reads no files".replace("reads", "read")),
    ("getattr(x, 'grad')", "refused", (1, 0), "getattr", "x.grad"),
    ("y = type", "refused", (1, 4), "type is not offered", "doubles"),
    ("globals()", "refused", (1, 0), "globals", "offered"),
    ("__import__('os')", "refused", (1, 0), "__import__", "built in"),
    ("__builtins__", "refused", (1, 0), "two underscores", "another name"),
    ("().__class__", "refused", (1, 0), "__class__", ".data"),
    ("x.grad.__init__.__globals__", "refused", (1, 0), "__globals__", ".data"),
    ("x.gi_frame", "refused", (1, 0), "gi_frame", ".data"),
    ("ｅval('1')", "refused", (1, 0), "eval is not offered", "expression itself"),
    ("__x = 3", "refused", (1, 0), "two underscores", "another name"),
    ("tanh(__x=3)", "refused", (1, 5), "two underscores", "another name"),
    # names
    ("x.colour", "name", (1, 0), "no .colour", ".grad"),
    ("x.tahn()", "name", (1, 0), "no .tahn", ".tanh"),
    ("math.sinn(x)", "name", (1, 0), "no .sinn", ".sin"),
    ("math.reluu(x)", "name", (1, 0), "no .reluu", ".relu"),
]


@pytest.mark.parametrize(("source", "kind", "at", "message", "hint"), REFUSALS)
def test_refusal_names_the_thing_its_place_and_the_cure(
    source: str, kind: str, at: tuple[int, int], message: str, hint: str
) -> None:
    error = problem(source)
    first = error.diagnostics[0]
    assert (error.kind, place(error)[:2]) == (kind, at)
    assert message in first.message
    assert hint in (first.hint or "")


PYTHONS_OWN = (
    "invalid syntax",
    "SyntaxError",
    "EOL",
    "unmatched",
    "Perhaps you",
    "Maybe you meant",
    "detected at",
    "ast.",
)


@pytest.mark.parametrize(("source", "kind", "at", "message", "hint"), REFUSALS)
def test_refusal_never_repeats_pythons_own_words_and_stays_inside_the_text(
    source: str, kind: str, at: tuple[int, int], message: str, hint: str
) -> None:
    lines = lines_of(source)
    for diagnostic in problem(source).diagnostics:
        assert not any(words in diagnostic.message + (diagnostic.hint or "") for words in PYTHONS_OWN)
        assert len(diagnostic.message) <= 500
        span = diagnostic.span
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 0 <= span.column <= len(lines[span.line - 1])
        assert 0 <= span.end_column <= len(lines[span.end_line - 1])
        assert (span.line, span.column) <= (span.end_line, span.end_column)


def test_nothing_runs_before_the_whole_text_is_checked() -> None:
    run_before = problem("print(1)\nx = 1\nclass A:\n    pass")
    assert run_before.kind == "refused"
    assert place(run_before) == (3, 0, 3, 8)


def test_every_refused_thing_is_reported_not_only_the_first() -> None:
    error = problem("x = [1]\ntry:\n    y\nexcept: pass\ndel x\nz = 2")
    assert [d.span.line for d in error.diagnostics] == [2, 5]


def test_every_node_type_is_either_handled_or_refused_by_name() -> None:
    """A version of Python with a new kind of statement meets the wall too."""
    abstract = {"AST", "mod", "stmt", "expr", "expr_context", "boolop", "operator", "unaryop", "cmpop", "pattern"}
    assert {t for t in _HANDLERS if t not in ALLOWED} == set()
    values = {t for t in ALLOWED if issubclass(t, ast.stmt | ast.expr)}
    assert values - set(_HANDLERS) == set()
    for name in vars(ast):
        kind = getattr(ast, name)
        if isinstance(kind, type) and issubclass(kind, ast.stmt | ast.expr) and name not in abstract:
            old = name in {"Num", "Str", "Bytes", "NameConstant", "Ellipsis", "Interpolation"}
            assert kind in ALLOWED or name in REFUSED or old, name


# -- positions --------------------------------------------------------------------------------------------------------


def test_columns_count_code_points_not_bytes() -> None:
    assert place(problem("é = 'ü' + b.foo")) == (1, 10, 1, 15)
    assert place(problem("π = 3; y = π ^ 2")) == (1, 11, 1, 16)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_line_ends_of_python_count_and_no_others(newline: str) -> None:
    source = newline.join(["a = 'x\u2028y\x85z'", "b = 2", "c = b.foo"])
    assert place(problem(source)) == (3, 4, 3, 9)


def test_byte_order_mark_is_no_part_of_the_program_but_counts_as_a_character() -> None:
    assert run("\ufeffx = 3\ny = x").variables == {"x": 0, "y": 0}
    assert place(problem("\ufeffx.foo"))[:2] == (1, 1)
    assert place(problem("\ufeffx +* y"))[:2] == (1, 4)


def test_spaces_of_web_pages_are_spaces() -> None:
    assert run("x\u00a0= 3\ny\u00a0=\u2009x * 2").variables == {"x": 0, "y": 2}
    assert place(problem("x\u00a0= 3\ny\u00a0= x.foo"))[:2] == (2, 4)


def test_form_feed_is_white_space() -> None:
    assert run("x = 2\n\f\ny = x * 2").tape.data[-1] == 4.0


def test_text_of_several_lines_is_quoted_on_one() -> None:
    program = parse("y = (a +\n     b)")
    assert program.text(program.tree.body[0]) == "y = (a + b)"
    assert program.span(program.tree.body[0]) == Span(1, 0, 2, 7)


def test_caret_points_at_the_piece() -> None:
    error = problem("a = 1\n\tb = ü ^ 2".replace("\t", ""))
    assert caret("a = 1\nb = ü ^ 2", error.diagnostics[0]) == (
        "line 2: ^ is not a power in Python\n  b = ü ^ 2\n      ^^^^^\nWrite x**2 for the square of x."
    )


# -- budgets before the parser ----------------------------------------------------------------------------------------


def budget_error(source: str, name: str, **budgets: Any) -> ProgramError:
    start = time.perf_counter()
    error = problem(source, **budgets)
    assert time.perf_counter() - start < 0.2
    assert error.kind == "budget"
    assert f"the {name} budget" in error.diagnostics[0].message
    assert error.diagnostics[0].hint
    return error


def test_characters_budget() -> None:
    assert run("x = 1" + " " * 19_995).variables == {"x": 0}
    error = budget_error("x = 1" + " " * 19_996, "characters")
    assert "20,000" in error.diagnostics[0].message
    budget_error("x + " * 250_000, "characters")


def test_name_budget() -> None:
    assert run("a" * 100).variables == {"a" * 100: 0}
    assert place(budget_error("y = 1\n" + "a" * 101, "name")) == (2, 0, 2, 101)
    assert run("# " + "_" * 200 + "\nprint('" + "a" * 200 + "')\nx").output == 0


def test_combining_budget_is_applied_before_python_normalises() -> None:
    assert run("x" + "\u0301" * 4).output == 0
    budget_error("x" + "\u0301" * 9, "combining")
    budget_error("x" + "\u0301\u0316" * 9_000, "combining")
    budget_error("# " + "\u0301\u0316" * 9_000, "combining")


def test_depth_budget() -> None:
    assert run("y = " + "(" * 150 + "x" + ")" * 150).output == 0
    assert run("y = " + "tanh(" * 90 + "x" + ")" * 90).output == 90
    budget_error("y = " + "tanh(" * 120 + "x" + ")" * 120, "depth", depth=50)
    budget_error("y = " + "(" * 201 + "x" + ")" * 201, "depth")
    budget_error("y = " + "-" * 300 + "x", "depth")
    budget_error("y = " + "-" * 10_000 + "x", "depth")
    budget_error("y = " + "not " * 4_000 + "x", "depth")
    try:  # where Python's own parser gives up, which depends on its version
        assert run("x+" * 9_000 + "x").tape.data[-1] == 9_001.0
    except ProgramError:
        budget_error("x+" * 9_000 + "x", "depth")


def test_long_sums_are_no_depth() -> None:
    assert run("+".join(["x"] * 900)).tape.data[-1] == 900.0
    assert run("x" + "-1*x+2" * 400).tape.data[-1] == 1 + 400


# -- Python's warnings ------------------------------------------------------------------------------------------------


def test_pythons_warnings_are_silent() -> None:
    program = "from engine import run; run('x = 1or 2'); run(\"y = x\\n'\\\\d'\"); run('y = 1if x else 2')"
    done = subprocess.run([sys.executable, "-W", "default", "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("source", ["x = 1or 2", "y = x\n'\\d'", "y = 0x1for x in y"])
def test_pythons_warnings_never_become_errors_of_ours(source: str) -> None:
    try:
        run(source)
    except ProgramError as error:
        assert error.kind == "refused"
