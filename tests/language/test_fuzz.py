"""Random programs from a grammar of the language: they print the same here and in CPython."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable

import hypothesis
import pytest
from hypothesis import strategies as st

from engine import ProgramError, run


class Writer:
    """Writes a program of statements that both sides understand. Names hold values of a known kind, so that most
    programs run to their end; where CPython raises, ours must say an error too, or go on with inf and nan."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.numbers = ["a", "b"]
        self.lists = ["xs"]
        self.texts = ["s"]
        self.dicts = ["d"]
        self.functions: list[tuple[str, int]] = []
        self.fresh = 0

    def write(self) -> str:
        self.lines = ["a = 2", "b = -1.5", "xs = [3, 1, 2]", "s = 'grad'", "d = {'k': 1, 'l': 2.5}"]
        for _ in range(self.random.randint(4, 10)):
            self.statement(0)
        self.lines.append(
            f"print({', '.join(self.numbers[-3:] + self.lists[-2:] + self.texts[-1:] + self.dicts[-1:])})"
        )
        return "\n".join(self.lines) + "\n"

    def new(self, letter: str) -> str:
        self.fresh += 1
        return f"{letter}{self.fresh}"

    def pick(self, *options: Callable[[], str]) -> str:
        return self.random.choice(options)()

    # -- expressions ----------------------------------------------------------------------------------------------

    def below(self, depth: int) -> Callable[[], str]:
        return lambda: self.number(depth + 1)

    def number(self, depth: int = 0) -> str:
        if depth > 2:
            return self.pick(lambda: self.random.choice(self.numbers), lambda: str(self.random.randint(-3, 5)))
        n = self.below(depth)
        return self.pick(
            lambda: self.random.choice(self.numbers),
            lambda: str(self.random.choice([0, 1, 2, 7, -2, 0.5, 2.25, 1e3])),
            lambda: f"({n()} {self.random.choice('+-*')} {n()})",
            lambda: f"({n()} {self.random.choice(['//', '%', '/'])} {self.random.choice([2, 3, 4])})",
            lambda: f"-{n()}",
            lambda: f"abs({n()})",
            lambda: f"max({n()}, {n()})",
            lambda: f"min({self.list(depth + 1)} + [{n()}])",
            lambda: f"sum({self.list(depth + 1)})",
            lambda: f"len({self.list(depth + 1)})",
            lambda: f"round({n()}, {self.random.randint(0, 3)})",
            lambda: f"({n()} if {self.truth(depth + 1)} else {n()})",
            lambda: f"({self.list(depth + 1)} + [{n()}])[{self.random.choice([0, -1])}]",
            lambda: f"int({n()})",
            lambda: f"{self.random.choice(self.dicts)}.get('k', {n()})",
            lambda: f"sum({n()} + v for v in {self.list(depth + 1)} if {self.random.choice(['v', 'v > 1', 'not v'])})",
            lambda: f"{self.text(depth + 1)}.count('a')",
            self.called,
        )

    def called(self) -> str:
        if not self.functions:
            return "1"
        name, count = self.random.choice(self.functions)
        return f"{name}({', '.join(self.number(2) for _ in range(count))})"

    def truth(self, depth: int = 0) -> str:
        n = self.below(depth)
        if depth > 2:
            return f"{self.random.choice(self.numbers)} > 0"
        return self.pick(
            lambda: f"{n()} {self.random.choice(['<', '<=', '==', '!=', '>', '>='])} {n()}",
            lambda: f"0 <= {n()} < 5",
            lambda: f"({self.truth(depth + 1)} {self.random.choice(['and', 'or'])} {self.truth(depth + 1)})",
            lambda: f"(not {self.truth(depth + 1)})",
            lambda: f"{n()} in {self.list(depth + 1)}",
            lambda: f"{self.text(depth + 1)} == {self.text(depth + 1)}",
            lambda: f"'k' in {self.random.choice(self.dicts)}",
            lambda: f"{self.random.choice(self.lists)} is None",
            lambda: f"any({self.list(depth + 1)})",
            lambda: f"{self.list(depth + 1)} == {self.list(depth + 1)}",
        )

    def list(self, depth: int = 0) -> str:
        n = self.below(depth)
        if depth > 2:
            return self.random.choice(self.lists)
        return self.pick(
            lambda: self.random.choice(self.lists),
            lambda: f"[{n()}, {n()}]",
            lambda: f"list(range({self.random.randint(0, 5)}))",
            lambda: f"[v * {n()} for v in {self.list(depth + 1)}]",
            lambda: f"[i + j for i in range(3) for j in range(2) if {self.random.choice(['i', 'j', 'i != j'])}]",
            lambda: f"sorted({self.list(depth + 1)}{self.random.choice(['', ', reverse=True'])})",
            lambda: f"{self.list(depth + 1)}[{self.random.choice(['1:', ':2', '::-1', '::2', '-2:'])}]",
            lambda: f"({self.list(depth + 1)} + {self.list(depth + 1)})",
            lambda: f"({self.list(depth + 1)} * 2)",
            lambda: f"[v for _, v in enumerate({self.list(depth + 1)})]",
            lambda: f"[p + q for p, q in zip({self.list(depth + 1)}, {self.list(depth + 1)})]",
            lambda: f"list(map(lambda v: v + 1, {self.list(depth + 1)}))",
            lambda: f"list(reversed({self.list(depth + 1)}))",
            lambda: f"[*{self.list(depth + 1)}, {n()}]",
        )

    def text(self, depth: int = 0) -> str:
        if depth > 2:
            return self.random.choice(self.texts)
        spec = self.random.choice([".2f", "8.3f", "", "<6", "+.1e", ">9"])
        return self.pick(
            lambda: self.random.choice(self.texts),
            lambda: f"str({self.number(depth + 1)})",
            lambda: 'f"{' + self.random.choice(self.numbers) + (f":{spec}" if spec else "") + '}"',
            lambda: f"({self.text(depth + 1)} + 'ab')",
            lambda: f"{self.text(depth + 1)}.upper()",
            lambda: f"'-'.join(str(v) for v in {self.list(depth + 1)})",
            lambda: f"('{{:.1f}}|{{}}'.format({self.number(depth + 1)}, {self.number(depth + 1)}))",
            lambda: f"('%.2f %s' % ({self.number(depth + 1)}, {self.number(depth + 1)}))",
            lambda: f"{self.text(depth + 1)}[{self.random.choice(['1:', '::-1', ':3'])}]",
        )

    # -- statements -----------------------------------------------------------------------------------------------

    def put(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def statement(self, depth: int) -> None:
        kinds = [self.assign, self.assign, self.assign, self.say, self.grow, self.augment, self.unpack, self.enter]
        if depth < 2:
            kinds += [self.branch, self.loop, self.count_down]
        if depth == 0:
            kinds += [self.define]
        self.random.choice(kinds)(depth)

    def assign(self, depth: int) -> None:
        kind = self.random.choice("nnls")
        if kind == "n":
            name = (
                self.random.choice([*self.numbers, self.new("n")]) if depth == 0 else self.random.choice(self.numbers)
            )
            self.put(depth, f"{name} = {self.number()}")
            self.tame(depth, name)
            self.numbers += [name] if name not in self.numbers else []
        elif kind == "l":
            name = self.new("l") if depth == 0 else self.random.choice(self.lists)
            self.put(depth, f"{name} = [v for v in {self.list()}[:8] if abs(v) < 1e6]")
            self.lists += [name] if name not in self.lists else []
        else:
            self.put(depth, f"{self.random.choice(self.texts)} = {self.text()}[:20]")

    def say(self, depth: int) -> None:
        what = self.random.choice([self.number, self.list, self.text, self.truth])
        more = self.random.choice(["", ", sep='|'", ", end=';'"])
        self.put(depth, f"print({what()}, {self.number(1)}{more})")

    def grow(self, depth: int) -> None:
        name = self.random.choice(self.lists)
        action = self.random.choice(["append({})", "insert(0, {})", "extend([{}])"]).format(self.number(1))
        self.put(depth, f"{name}.{action}")
        self.put(depth, f"{name} = [v for v in {name}[-8:] if abs(v) < 1e6]")

    def augment(self, depth: int) -> None:
        name = self.random.choice(self.numbers)
        self.put(depth, f"{name} {self.random.choice(['+=', '-=', '*='])} {self.number(1)}")
        self.tame(depth, name)

    def tame(self, depth: int, name: str) -> None:
        """Keep a number small: whole ones of Python grow without bound, and would take CPython hours."""
        self.put(depth, f"{name} = {name} if abs({name}) < 1e6 else 1")

    def unpack(self, depth: int) -> None:
        first, second = self.random.choice(self.numbers), self.random.choice(self.numbers)
        self.put(depth, f"{first}, {second} = {self.number(1)}, {self.number(1)}")
        self.tame(depth, first)
        self.tame(depth, second)

    def enter(self, depth: int) -> None:
        name = self.random.choice(self.dicts)
        key = self.random.choice(["1", "'k'", "'z'", "(1, 2)"])
        self.put(depth, f"{name}[{key}] = min(max({self.number(1)}, -1000), 1000)")

    def branch(self, depth: int) -> None:
        self.put(depth, f"if {self.truth()}:")
        self.statement(depth + 1)
        if self.random.random() < 0.5:
            self.put(depth, "else:")
            self.statement(depth + 1)

    def loop(self, depth: int) -> None:
        name = self.new("i")
        source = self.random.choice([f"range({self.random.randint(0, 4)})", self.list(1) + "[:4]"])
        self.put(depth, f"for {name} in {source}:")
        self.numbers.append(name)
        self.statement(depth + 1)
        if self.random.random() < 0.4:
            self.put(depth + 1, f"if {self.truth(1)}:")
            self.put(depth + 2, self.random.choice(["break", "continue"]))
        self.statement(depth + 1)
        self.numbers.remove(name)

    def count_down(self, depth: int) -> None:
        name = self.new("w")
        self.put(depth, f"{name} = {self.random.randint(0, 4)}")
        self.put(depth, f"while {name} > 0:")
        self.put(depth + 1, f"{name} -= 1")
        self.statement(depth + 1)

    def define(self, depth: int) -> None:
        name, count = self.new("f"), self.random.randint(1, 2)
        parameters = ["p", "q"][:count]
        self.put(0, f"def {name}({', '.join(parameters)}):")
        outer, self.numbers = self.numbers, parameters[:]
        lists, texts, dicts = self.lists, self.texts, self.dicts
        self.lists, self.texts, self.dicts = ["xs[:3]"], ["s"], ["d"]
        self.put(1, f"t = {self.number(1)}")
        self.numbers.append("t")
        self.put(1, f"if {self.truth(1)}:")
        self.put(2, f"return {self.number(1)}")
        self.put(1, f"return {self.number(1)}")
        self.numbers, self.lists, self.texts, self.dicts = outer, lists, texts, dicts
        self.functions.append((name, count))


def host_prints(source: str) -> str:
    """Run a program of the grammar above in CPython; it can do nothing but compute and print."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<fuzz>", "exec"), {})
    return out.getvalue()


@hypothesis.given(st.integers(0, 2**32))
@hypothesis.settings(max_examples=400, deadline=None, derandomize=True)
def test_a_random_program_prints_what_cpython_prints(seed: int) -> None:
    source = Writer(seed).write()
    try:
        expected = host_prints(source)
    except (ArithmeticError, ValueError, TypeError, IndexError, KeyError, UnboundLocalError):
        with contextlib.suppress(ProgramError):
            run(source)
        return
    if "e+" in expected and max((abs(n) for n in _numbers(expected)), default=0) >= 2**53:
        return  # whole numbers are exact up to there, and doubles beyond
    assert run(source).printed == expected, source


def _numbers(text: str) -> list[float]:
    found = []
    for word in text.replace(",", " ").replace("[", " ").replace("]", " ").split():
        with contextlib.suppress(ValueError):
            found.append(float(word))
    return found


def test_the_grammar_reaches_all_kinds_of_statements() -> None:
    programs = "\n".join(Writer(seed).write() for seed in range(60))
    for piece in ("def ", "while ", "for ", "else:", "lambda", "enumerate", "zip(", ".format(", " % (", "[*", "break"):
        assert piece in programs


def test_a_difference_would_be_seen() -> None:
    with pytest.raises(AssertionError):
        assert run("print(7 // 2)").printed == host_prints("print(7 / 2)")
