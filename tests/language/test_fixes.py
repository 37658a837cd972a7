"""One-click cures: each gives the program that was meant, and where that would be a guess there is none."""

from __future__ import annotations

import time

import pytest

from engine import REFUSALS, Diagnostic, ProgramError, applied, run
from engine.language.dialects import MEANT, PERHAPS
from engine.language.errors import Edit, lines_of
from engine.language.mistakes import _CHARACTERS, _SPELLINGS, CHARACTERS
from engine.tape import Span
from tests.language.test_parser import REFUSALS as MISTAKES

ABOVE = "größe = 2.0  # ∂ 𝛼 “x^2”\nα = größe * 3\ntext = '𝛼'\n"


def mistake(source: str) -> Diagnostic:
    with pytest.raises(ProgramError) as caught:
        run(source)
    return caught.value.diagnostics[0]


def check_form(source: str, diagnostic: Diagnostic) -> None:
    """Check that the edits lie inside the text, in its order, and do not overlap."""
    assert diagnostic.fix is not None
    assert diagnostic.fix.title
    assert diagnostic.fix.edits
    lines, end = lines_of(source), (1, 0)
    for edit in diagnostic.fix.edits:
        span = edit.span
        assert end <= (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.end_line <= len(lines)
        assert span.column <= len(lines[span.line - 1])
        assert span.end_column <= len(lines[span.end_line - 1])
        assert edit.text or span.column < span.end_column or span.line < span.end_line
        end = (span.end_line, span.end_column)


CURED = {
    # powers and products
    "x^2": "x**2",
    "y = 3*π^2 + 1": "y = 3*π**2 + 1",
    "(a+b) ^ 2": "(a+b) ** 2",
    "x ^= 2": "x **= 2",
    "5x": "5*x",
    "2 x": "2 * x",
    "2sin(x)": "2*sin(x)",
    "sin(2 x)": "sin(2 * x)",
    "(2 x)": "(2 * x)",
    "ß = 2.5α": "ß = 2.5*α",
    "3(a+b)": "3*(a+b)",
    "(a)(b)": "(a)*(b)",
    "(a+b)(c+d)": "(a+b)*(c+d)",
    "a·b": "a*b",
    # names
    "tnah(x)": "tanh(x)",
    "relue(x)": "relu(x)",
    "sigmiod(x)": "sigmoid(x)",
    "'é' and sigmiod(x)": "'é' and sigmoid(x)",
    "y = Value(2.0)\ny.backwrad()": "y = Value(2.0)\ny.backward()",
    "torch.tnah(x)": "torch.tanh(x)",
    "nn.Relu()(torch.ones(2)).sum()": "nn.ReLU()(torch.ones(2)).sum()",
    "math.PI": "math.pi",
    "Math.sin(x)": "math.sin(x)",
    "ln(x)": "log(x)",
    "x.ln()": "x.log()",
    "math.ln(x)": "math.log(x)",
    "sen(x)": "sin(x)",
    "import maths\nx": "import math\nx",
    "def cost(x): return x\ncsot(2)": "def cost(x): return x\ncost(2)",
    "xs = [1.0]\nxs.apend(x)\nxs[1]": "xs = [1.0]\nxs.append(x)\nxs[1]",
    # words for values
    "y = x if true else 2": "y = x if True else 2",
    "torch.tensor(2.0, requires_grad=TRUE) * 3": "torch.tensor(2.0, requires_grad=True) * 3",
    "y = false\nx*2": "y = False\nx*2",
    "y = null\nx*2": "y = None\nx*2",
    # arguments
    "nn.Linear(3, 1, bais=False)(torch.ones(3))": "nn.Linear(3, 1, bias=False)(torch.ones(3))",
    "Value(2.0, lable='é')": "Value(2.0, label='é')",
    "torch.tensor(2.0, require_grad=True) * 3": "torch.tensor(2.0, requires_grad=True) * 3",
    "def f(x, scale=1): return x*scale\nf(2.0, sclae=3)": "def f(x, scale=1): return x*scale\nf(2.0, scale=3)",
    # methods that are not called
    "y = x.tan": "y = x.tan()",
    "x.relu": "x.relu()",
    "y = x*2; y.tanh  # é": "y = x*2; y.tanh()  # é",
    "y: float = x.exp": "y: float = x.exp()",
    "y = Value(2.0)\ny.backward": "y = Value(2.0)\ny.backward()",
    "s = torch.ones(2).sum": "s = torch.ones(2).sum()",
    # characters
    "a × b × c # ×": "a * b * c # ×",
    "a − b": "a - b",
    "a ÷ b": "a / b",
    "assert x ≤ 3\nx": "assert x <= 3\nx",
    "Value(2.0, label=“é”)": 'Value(2.0, label="é")',
    "Value(2.0, label=‘é’)": "Value(2.0, label='é')",
    "x²": "x**2",
    "x⁻¹": "x**-1",
    "x¹²": "x**12",
    "(a+b)²": "(a+b)**2",
    "√x": "sqrt(x)",
    "√(x+1)": "sqrt(x+1)",
    "hypot（x，１）": "hypot(x,1)",
    "x\u200b * 2": "x * 2",
    "x\x00 * 2": "x * 2",
    # spellings
    "y = x if a && b else 1": "y = x if a and b else 1",
    "y = x if a||b else 1": "y = x if a or b else 1",
    "y = x if !a else 1": "y = x if not a else 1",
    "relu(a && b)": "relu(a and b)",
    "x++": "x += 1",
    "x--;": "x -= 1",
    "let x = 2": "x = 2",
    "double x = 2.0;": "x = 2.0;",
    "y := 3": "y = 3",
    "x;; y": "x; y",
    "x;;; y": "x; y",
    "y = x if a === b else 1": "y = x if a == b else 1",
    "y = x if a !== b else 1": "y = x if a != b else 1",
    "y = x if a <> b else 1": "y = x if a != b else 1",
    "y = x if a =< b else 1": "y = x if a <= b else 1",
    "if a => b:\n  y = x": "if a >= b:\n  y = x",
    "|x|": "abs(x)",
    "y = | x + 1 | * 2": "y = abs(x + 1) * 2",
    "y = x > 0 ? x : -x": "y = x if x > 0 else -x",
    "if a:\n  x = 1\nelse if b:\n  x = 2\nx": "if a:\n  x = 1\nelif b:\n  x = 2\nx",
    "if x > 0 then y = x": "if x > 0: y = x",
    "// loss\nx": "# loss\nx",
    "`y = x`": "y = x",
    "%matplotlib inline\nx": "\nx",
    "3 \\cdot x": "3 * x",
    "print x": "print(x)",
    "sin x + 1": "sin(x) + 1",
    "x = 007": "x = 7",
    # brackets, colons, conditions
    "relu(a*b": "relu(a*b)",
    "sin(cos(x  # é": "sin(cos(x))  # é",
    "y = relu(a*b\nz = y + 1": "y = relu(a*b)\nz = y + 1",
    "y = (a +\n  b\nz = y": "y = (a +\n  b)\nz = y",
    "(a]": "(a)",
    "sum([abs(a])": "sum([abs(a)])",
    "if (x > 0:\n  y = x": "if (x > 0):\n  y = x",
    "if x > 0  # é\n  y = x": "if x > 0:  # é\n  y = x",
    "if x = 3:\n  y = x\ny": "if x == 3:\n  y = x\ny",
    "if x + 1 = 3:\n  y = x\ny": "if x + 1 == 3:\n  y = x\ny",
    # lines
    "y = 1.0\n  z = y\n  w = z\nw": "y = 1.0\nz = y\nw = z\nw",
    "if x:\n    y = 1.0\n   z = y": "if x:\n    y = 1.0\n    z = y",
    "def f(x):\nreturn x*x\nf(3.0)": "def f(x):\n    return x*x\nf(3.0)",
    "y = x \\  \n + 1": "y = x \\\n + 1",
}


@pytest.mark.parametrize("source", CURED, ids=ascii)
@pytest.mark.parametrize("above", ["", ABOVE], ids=["alone", "below other lines"])
def test_the_fix_gives_the_program_that_was_meant(source: str, above: str) -> None:
    found = mistake(above + source)
    check_form(above + source, found)
    assert found.fix is not None
    assert applied(above + source, found.fix) == above + CURED[source]
    run(above + CURED[source])


PROMPTS = {
    ">>> a = 2\n>>> b = a*3\n6\n>>> for k in range(2):\n...     b = b*a\n...\n>>> b": (
        "a = 2\nb = a*3\nfor k in range(2):\n    b = b*a\n\nb"
    ),
    "In [1]: x = 2\n\nIn [2]: x*3\nOut[2]: 6": "x = 2\n\nx*3",
    "x = 2\nIn [3]: y = x": "x = 2\ny = x",
    "  >>> x = 2\n  >>> x*3": "x = 2\nx*3",
}


@pytest.mark.parametrize("source", PROMPTS)
def test_prompts_and_answers_of_a_session_are_deleted(source: str) -> None:
    found = mistake(source)
    check_form(source, found)
    assert found.fix is not None
    assert applied(source, found.fix) == PROMPTS[source]
    run(PROMPTS[source])


GUESSES = [
    "a b",
    "a = 2 b = 3",
    "1/2x",
    "x**2y",
    "1/2(a+b)",
    "x(y+1)",
    "2(a, b)",
    "max(2 x)",
    "[2 x]",
    "2e",
    "y = 2.0f",
    "lg(x)",
    "xs = [1.0]\nxs.sign()",
    "random.tan(x)",
    "selu(x)",
    "acosh(x)",
    "x.erfc()",
    "sun(x)",
    "foo(x)",
    "x.colour",
    "sin²(x)",
    "√x²",
    "a → b",
    "∂L",
    "y = x++",
    "||x||",
    "x ** ** 2",
    "sin x * y",
    "a + b)",
    "a + b = c",
    "y = relu(a + b\n-c",
    "sin(",
    ">>> >>> x",
    "y = x if a ==== b else 1",
    "max(a,",
    "x = 1 +",
    "'abc",
    "if x:\ny = 1\nz = 2",
    "if x > 0:\n      y = 1\n   z = 2",
    ">>> x = 2\ny = x*3",
    "y = x & 2",
    "import os",
    "del x",
    "y = x.pow",
    "Value(2.0, colour='a')",
    "def f(x): return x\nf(2.0, width=3)",
]


@pytest.mark.parametrize("source", GUESSES)
def test_where_a_cure_would_be_a_guess_there_is_none(source: str) -> None:
    assert mistake(source).fix is None


KEPT = [
    "f = x.tanh\nf()",
    "xs = [1.0]\nadd = xs.append\nadd(x)\nxs[1]",
    "f = x.tanh\ndef g(h): return h()\ng(f)",
    "f = x.tanh\nfs = [f]\nfs[0]()",
    "f = math.tanh\nf(x)",
]


@pytest.mark.parametrize("source", KEPT)
def test_a_method_that_is_called_later_or_passed_on_is_no_mistake(source: str) -> None:
    assert run(source).output is not None


def test_an_argument_that_is_misspelt_is_named_and_mended() -> None:
    found = mistake("w = nn.Linear(3, 1, bais=False)")
    assert found.message == "nn.Linear has no argument bais"
    assert (found.hint or "").startswith("Did you mean bias? Write nn.Linear(in_features, out_features, bias=True")
    assert found.fix is not None
    assert found.fix.edits == (Edit(Span(1, 20, 1, 24), "bias"),)


def test_a_name_that_the_program_binds_may_be_called_true() -> None:
    assert run("true = 2.0\ny = true * 3").output is not None


@pytest.mark.parametrize("source", sorted({row[0] for row in MISTAKES} | {row.program for row in REFUSALS}))
def test_a_fix_of_any_known_mistake_applies_and_takes_it_away(source: str) -> None:
    found = mistake(source)
    if found.fix is None:
        return
    check_form(source, found)
    mended = applied(source, found.fix)
    assert mended != source
    try:
        run(mended)
    except ProgramError as error:
        again = error.diagnostics[0]
        assert (again.message, again.span) != (found.message, found.span)


@pytest.mark.parametrize("character", [c for c, each in _CHARACTERS.items() if each.instead])
def test_every_character_with_a_plain_spelling_is_written_plainly(character: str) -> None:
    plain = _CHARACTERS[character].instead
    assert plain is not None
    for source in (f"a {character} b", f"{character}x{character}", f"y = hypot(x{character} 1)", f"y = {character}"):
        found = mistake(source)
        if found.fix is not None:
            check_form(source, found)
            assert applied(source, found.fix) == source.replace(character, plain)
            return
    assert character in set("（）［］｛｝；：＝．％＜＞"), character


def test_every_row_of_characters_says_what_it_is_written_as_or_that_it_is_a_guess() -> None:
    assert all(each.hint.endswith(".") for each in CHARACTERS.values())
    assert {c for c, each in CHARACTERS.items() if each.instead is None} == set("√→∂∇∑∏…")


@pytest.mark.parametrize("name", sorted(MEANT))
def test_names_of_other_notations_become_functions_of_ours(name: str) -> None:
    found = mistake(f"{name}(x)")
    assert found.fix is not None
    assert applied(f"{name}(x)", found.fix) == f"{MEANT[name]}(x)"
    run(f"{MEANT[name]}(x)")


def test_names_that_mean_several_functions_are_no_sure_names() -> None:
    assert not set(MEANT) & set(PERHAPS)
    assert all(mistake(f"{name}(x)").fix is None for name in PERHAPS)


def test_cures_are_of_the_table_of_spellings() -> None:
    assert sum(bool(spelling.cures) for spelling in _SPELLINGS) > 20


def test_a_place_is_that_of_code_points() -> None:
    found = mistake("𝛼 = 2.0; 𝛽 = 𝛼^2")
    assert found.fix is not None
    assert [(edit.span, edit.text) for edit in found.fix.edits] == [(Span(1, 14, 1, 15), "**")]
    assert found.fix.title == "Write 𝛼**2"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_edits_meet_their_lines_whatever_ends_them(newline: str) -> None:
    source = newline.join(["a = 'x\u2028y'", "b = 2", "tnah(b)"])
    found = mistake(source)
    assert found.fix is not None
    assert applied(source, found.fix) == source.replace("tnah", "tanh")


def test_a_byte_order_mark_is_kept() -> None:
    found = mistake("\ufeff5x")
    assert found.fix is not None
    assert applied("\ufeff5x", found.fix) == "\ufeff5*x"


@pytest.mark.parametrize(
    "source",
    [
        "if " + " " * 19_000 + "then",
        "y = |" + "x|" * 9_000,
        "`" * 19_000,
        '\\"' * 9_500,
        ">>> " * 4_900,
        ">>>\n" * 4_900,
        "(\n" * 90 + "x" * 90 + "\n" * 9_000,
        "5x " * 6_000,
        "9" * 19_000,
        "9_" * 9_000 + "9",
        "x = 1\ny = " + "|x| " * 4_000,
        "x = (" + "a +\n" * 4_900,
        "× " * 9_900,
        "   x\n" * 3_900,
    ],
    ids=lambda source: ascii(source[:12]),
)
def test_looking_for_a_cure_takes_no_time(source: str) -> None:
    start = time.perf_counter()
    mistake(source)
    assert time.perf_counter() - start < 1.0
