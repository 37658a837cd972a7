"""Safer spellings: turns a program into rewrites of its pieces that keep their meaning where numbers go wrong.

Start at `rewrites`. A pattern is matched on the syntax tree, through names that are given once; what it would write is
only a proposal: whether it cures anything, whoever asks finds out by running it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.language.dialects import ALIASES, MODULES
from engine.language.dialects.python import OPERATIONS, OTHER_NAMES
from engine.language.errors import Edit, Fix, cut
from engine.language.parser import Program
from engine.tape import Span

LONGEST = 400
"""Characters of a piece that is still rewritten."""
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
}
_BARE = re.compile(r"(?<![\w.])(sigmoid|tanh|exp|expm1|log|log1p|sign|abs|hypot|sqrt)\(")
_BOUNDED = re.compile(r"(?<![\w.])(max|min)\(([^(),]+(?:\([^(),]*\)[^(),]*)*), (-?[\d.e+ -]+)\)")
_BOUNDS = {"max": "min", "min": "max"}
"""A number is kept above a bound by `max`, which PyTorch calls `min` of clamp."""
_NEAR_ZERO = {
    "sin": "1 - {y}**2/6",
    "tan": "1 + {y}**2/3",
    "asin": "1 + {y}**2/6",
    "atan": "1 - {y}**2/3",
    "sinh": "1 + {y}**2/6",
    "tanh": "1 - {y}**2/3",
    "expm1": "1 + {y}/2 + {y}**2/6",
    "log1p": "1 - {y}/2 + {y}**2/3",
}
"""What f(y) / y is near 0."""
_NEAR = dict.fromkeys(_NEAR_ZERO, "1e-4") | dict.fromkeys(("expm1", "log1p"), "1e-5")
"""How near that is as good as a double."""
_LOOSE = (ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.BoolOp, ast.Lambda)
_TIGHT_PARENTS = (ast.BinOp, ast.UnaryOp, ast.Attribute, ast.Compare, ast.Subscript)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One piece of a program in another spelling."""

    fix: Fix
    span: Span
    about: str
    exact: bool
    """Mathematically the same; else it differs a little, or where there was no number before."""


@dataclass(frozen=True, slots=True)
class _Instead:
    text: str
    about: str
    exact: bool = True


Term = tuple[int, ast.expr]


def rewrites(program: Program, culprits: frozenset[Span]) -> Iterator[Rewrite]:
    """Yield the rewrites that we know: those that keep the meaning anywhere, others at `culprits` alone."""
    reader = _Reader(program)
    for node in ast.walk(program.tree):
        if isinstance(node, ast.BinOp | ast.Call | ast.UnaryOp):
            span = program.span(node)
            for instead in reader.proposals(node):
                if instead.exact or span in culprits:
                    yield reader.rewrite(node, instead)


class _Reader:
    """Reads expressions as operations."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.parents = {child: node for node in ast.walk(program.tree) for child in ast.iter_child_nodes(node)}
        self.given = Counter(
            node.id for node in ast.walk(program.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        self.meant = {
            statement.targets[0].id: statement.value
            for statement in program.tree.body
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
            if self.given[statement.targets[0].id] == 1
            and isinstance(statement.value, ast.BinOp | ast.Call | ast.UnaryOp)
        }
        self.torch = bool(re.search(r"\btorch\b", program.source))
        self.functional = bool(re.search(r"\bF\b", program.source))
        self.functions = {node.name for node in ast.walk(program.tree) if isinstance(node, ast.FunctionDef)}

    # -- reading ------------------------------------------------------------------------------------------------------

    def parts(self, node: ast.expr) -> tuple[str, list[ast.expr]]:
        """Return the operation that `node` is, by our name for it, and its operands; an empty name for anything else.

        A name that is given once, at the top of the program, is read as what it was given.
        """
        for _ in range(20):
            if not (isinstance(node, ast.Name) and node.id in self.meant):
                break
            node = self.meant[node.id]
        match node:
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _SIGNS:
                if isinstance(op, ast.Pow) and self._is_e(left):
                    return "exp", [right]
                return _SIGNS[type(op)], [left, right]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return "neg", [operand]
            case ast.Call(func=func, args=args, keywords=[]) if not any(isinstance(x, ast.Starred) for x in args):
                return self._called(func, args)
        return "", []

    def _is_e(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id="e"):
                return "e" not in self.given
            case ast.Attribute(value=ast.Name(), attr="e"):
                return True
        return False

    def _called(self, func: ast.expr, args: list[ast.expr]) -> tuple[str, list[ast.expr]]:
        match func:
            case ast.Name(id=name) if name in OPERATIONS and name not in self.functions and name not in self.given:
                return OTHER_NAMES.get(name, name), args
            case ast.Attribute(value=ast.Name(id=alias), attr=name) if alias in ALIASES and name in OPERATIONS:
                return OTHER_NAMES.get(name, name), args
            case ast.Attribute(value=receiver, attr=name) if name in OPERATIONS:
                return OTHER_NAMES.get(name, name), [receiver, *args]
        return "", []

    def one(self, node: ast.expr, name: str) -> ast.expr | None:
        """Return the operand of `node` if it is the operation `name` of one operand."""
        op, operands = self.parts(node)
        return operands[0] if op == name and len(operands) == 1 else None

    def number(self, node: ast.expr) -> float | None:
        match node:
            case ast.Constant(value=int() | float() as value):
                return float(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -float(value)
        return None

    def terms(self, node: ast.expr, sign: int = 1) -> list[Term]:
        """Return `node` as a sum of terms with signs; at most a dozen of them."""
        found: list[Term] = []
        stack: list[Term] = [(sign, node)]
        while stack and len(found) < 12:
            sign, piece = stack.pop()
            op, operands = self.parts(piece)
            if op in ("add", "sub"):
                stack.append((sign if op == "add" else -sign, operands[1]))
                stack.append((sign, operands[0]))
            else:
                found.append((sign, piece))
        return found + stack

    def same(self, x: ast.expr, y: ast.expr) -> bool:
        return ast.dump(x) == ast.dump(y)

    # -- writing ------------------------------------------------------------------------------------------------------

    def text(self, node: ast.expr) -> str:
        return self.program.text(node)

    def tight(self, node: ast.expr) -> str:
        """Return the text of `node` as an operand."""
        return f"({self.text(node)})" if isinstance(node, _LOOSE) else self.text(node)

    def negated(self, node: ast.expr) -> str:
        inner = self.one(node, "neg")
        return self.text(inner) if inner is not None else f"-{self.tight(node)}"

    def call(self, name: str, site: ast.expr) -> str:
        """Return how the program would call `name`: behind the module that the call at `site` names, if it is there."""
        func = site.func if isinstance(site, ast.Call) else None
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in ALIASES:
            alias = func.value.id
            if alias != "torch" and name in MODULES[ALIASES[alias]]:
                return f"{alias}.{name}"
        return name

    def in_torch(self, text: str) -> str:
        """Return `text` with the names that PyTorch has for bare functions, in a program that speaks of it."""
        if not self.torch:
            return text
        functional = "F.softplus(" if self.functional else "torch.nn.functional.softplus("
        text = _BARE.sub(r"torch.\1(", re.sub(r"(?<![\w.])softplus\(", functional, text))
        return _BOUNDED.sub(lambda match: f"torch.clamp({match[2]}, {_BOUNDS[match[1]]}={match[3]})", text)

    def rewrite(self, node: ast.expr, instead: _Instead) -> Rewrite:
        parent, text = self.parents.get(node), self.in_torch(instead.text)
        written, title = ast.parse(text, mode="eval").body, text
        span = self._with_parentheses(node, parent)
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub) and isinstance(written, ast.UnaryOp):
            span, text = self.program.span(parent), text[1:]
            title = text
        elif isinstance(written, _LOOSE) and isinstance(parent, _TIGHT_PARENTS):
            text = f"({text})"
        return Rewrite(Fix(cut(f"Write {title}", 120), (Edit(span, text),)), span, instead.about, instead.exact)

    def _with_parentheses(self, node: ast.expr, parent: ast.AST | None) -> Span:
        """Return the place of `node`, the parentheses around an operand included."""
        span = self.program.span(node)
        if not isinstance(parent, ast.BinOp | ast.UnaryOp) or span.line != span.end_line:
            return span
        line = self.program.lines[span.line - 1]
        if line[: span.column][-1:] != "(" or line[span.end_column :][:1] != ")":
            return span
        return Span(span.line, span.column - 1, span.line, span.end_column + 1)

    def proposals(self, node: ast.expr) -> Iterator[_Instead]:
        """Yield what could stand in the place of `node`."""
        own = self.text(node)
        if len(own) > LONGEST or "#" in own:
            return
        op, operands = self.parts(node)
        rule = _RULES.get(op)
        if rule is not None:
            yield from (each for each in rule(self, node, operands) if each.text != own)

    # -- patterns -----------------------------------------------------------------------------------------------------

    def sigmoid_of(self, node: ast.expr) -> str | None:
        """Return x if `node` is the sigmoid of x: by name, as 1 / (1 + exp(-x)), or as exp(x) / (exp(x) + 1)."""
        op, operands = self.parts(node)
        if op == "sigmoid" and len(operands) == 1:
            return self.text(operands[0])
        if op != "div":
            return None
        power = self._one_plus_exp(operands[1])
        if power is not None and self.number(operands[0]) == 1:
            return self.negated(power)
        above = self.one(operands[0], "exp")
        if power is not None and above is not None and self.same(power, above):
            return self.text(above)
        return None

    def _one_plus_exp(self, node: ast.expr) -> ast.expr | None:
        terms = self.terms(node)
        if len(terms) != 2 or any(sign < 0 for sign, _ in terms):
            return None
        for first, second in (terms, terms[::-1]):
            power = self.one(second[1], "exp")
            if self.number(first[1]) == 1 and power is not None:
                return power
        return None

    def exponents(self, node: ast.expr) -> list[ast.expr] | None:
        """Return a, b, ... if `node` is exp(a) + exp(b) + ..."""
        terms = self.terms(node)
        powers = [self.one(term, "exp") for sign, term in terms if sign > 0]
        found = [power for power in powers if power is not None]
        return found if 2 <= len(found) == len(terms) else None

    def log_sum_exp(self, powers: Sequence[ast.expr]) -> str:
        if len(powers) == 2:
            return f"{self.tight(powers[0])} + softplus({self.text(powers[1])} - {self.tight(powers[0])})"
        largest = f"max({', '.join(map(self.text, powers))})"
        return f"{largest} + log({self._shifted(powers, largest)})"

    def _shifted(self, powers: Sequence[ast.expr], largest: str) -> str:
        return " + ".join(f"exp({self.text(power)} - {largest})" for power in powers)

    def log(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        if len(operands) != 1:
            return
        (x,) = operands
        yield from self._log_of_sum(node, x)
        power = self.one(x, "exp")
        if power is not None:
            yield _Instead(self.text(power), "log undoes exp.")
        inside = self.sigmoid_of(x)
        if inside is not None:
            softplus = self.call("softplus", node)
            below = inside[1:] if inside.startswith("-") and inside[1:].isidentifier() else f"-({inside})"
            below = f"-{inside}" if inside.isidentifier() else below
            yield _Instead(f"-{softplus}({below})", "The logarithm of a sigmoid, which never meets log(0).")
        op, inner = self.parts(x)
        if op == "div":
            yield from self._log_of_share(inner)
        if op in ("mul", "div") and len(inner) == 2:
            sign, function = ("+" if op == "mul" else "-"), self.text_of_function(node)
            text = f"{function}({self.text(inner[0])}) {sign} {function}({self.text(inner[1])})"
            yield _Instead(text, "The logarithm of a product is a sum, which does not leave the range of a double.")
        yield from self.logarithm(node, operands)

    def text_of_function(self, node: ast.expr) -> str:
        func = node.func if isinstance(node, ast.Call) else None
        is_method = isinstance(func, ast.Attribute) and not (
            isinstance(func.value, ast.Name) and func.value.id in ALIASES
        )
        return "log" if func is None or is_method else self.text(func)

    def _log_of_sum(self, node: ast.expr, x: ast.expr) -> Iterator[_Instead]:
        power = self._one_plus_exp(x)
        if power is not None:
            yield _Instead(
                f"{self.call('softplus', node)}({self.text(power)})",
                "softplus is log(1 + exp(x)), computed so that it never overflows.",
            )
        powers = self.exponents(x)
        if powers:
            yield _Instead(
                self.log_sum_exp(powers), "log-sum-exp with the largest exponent taken out: no exp overflows."
            )
        terms = self.terms(x)
        if len(terms) != 2:
            return
        for (sign, first), (other, second) in (terms, terms[::-1]):
            inside = self.sigmoid_of(second) if other < 0 else None
            if sign > 0 and self.number(first) == 1 and inside is not None:
                about = "The logarithm of 1 - sigmoid(x), which never meets log(0)."
                yield _Instead(f"-{self.call('softplus', node)}({inside})", about)
            elif sign > 0 and self.number(first) == 1:
                text = self.text(second) if other > 0 else self.negated(second)
                yield _Instead(f"{self.call('log1p', node)}({text})", "log1p keeps the digits that 1 + x loses.")
            power = self.one(first, "exp")
            if power is not None and sign > 0 and other < 0 and self.number(second) == 1:
                text = f"{self.text_of_function(node)}({self.call('expm1', node)}({self.text(power)}))"
                yield _Instead(text, "expm1 keeps the digits that exp(x) - 1 loses.")

    def _log_of_share(self, inner: list[ast.expr]) -> Iterator[_Instead]:
        """log(exp(a) / (exp(a) + exp(b) + ...)): a logarithm of softmax."""
        above, powers = self.one(inner[0], "exp"), self.exponents(inner[1])
        if above is None or not powers or not any(self.same(above, power) for power in powers):
            return
        about = "The logarithm of a softmax: the largest exponent is taken out, and log never meets 0."
        others = [power for power in powers if not self.same(above, power)]
        if len(powers) == 2 and len(others) == 1:
            yield _Instead(f"-softplus({self.text(others[0])} - {self.tight(above)})", about)
        else:
            yield _Instead(f"{self.tight(above)} - ({self.log_sum_exp(powers)})", about)

    def logarithm(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        about = "Below 1e-12 the logarithm stays where it is, and no gradient passes."
        yield self._around(node, operands, "max({}, 1e-12)", about)

    def _around(self, node: ast.expr, operands: list[ast.expr], pattern: str, about: str) -> _Instead:
        """The same call with something around its first operand."""
        first, rest = pattern.format(self.text(operands[0])), [self.text(x) for x in operands[1:]]
        func = node.func if isinstance(node, ast.Call) else None
        is_method = isinstance(func, ast.Attribute) and func.value is operands[0]
        name = self.parts(node)[0] if func is None or is_method else self.text(func)
        return _Instead(f"{name}({', '.join((first, *rest))})", about, exact=False)

    def log1p(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        power = self.one(operands[0], "exp") if len(operands) == 1 else None
        if power is not None:
            about = "softplus is log(1 + exp(x)), computed so that it never overflows."
            yield _Instead(f"{self.call('softplus', node)}({self.text(power)})", about)
        yield self._around(node, operands, "max({}, -1 + 1e-12)", "Near -1 the logarithm stays where it is.")

    def division(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        x, y = operands
        inside = self.sigmoid_of(node)
        if inside is not None:
            yield _Instead(f"sigmoid({inside})", "sigmoid never divides by inf.")
        yield from self._shares(x, y)
        if self._is_tanh(x, y):
            power = self.one(self.terms(x)[0][1], "exp")
            assert power is not None, "tanh begins with exp(x)"
            yield _Instead(f"tanh({self.text(power)})", "tanh never divides inf by inf.")
        if self.same(x, y):
            yield _Instead("1.0", "A number over itself is 1, also where both go to 0.")
            return
        yield from self._series(x, y)
        absolute = self.one(y, "abs")
        if absolute is not None and self.same(absolute, x):
            yield _Instead(f"sign({self.text(x)})", "A number over its size is its sign; at 0 it is 0.")
        above, below = self.one(x, "exp"), self.one(y, "exp")
        if above is not None and below is not None:
            text = f"exp({self.text(above)} - {self.tight(below)})"
            yield _Instead(text, "Of two powers of e, subtract the exponents: neither overflows.")
        about = "A small number keeps the denominator from 0."
        yield _Instead(f"{self.tight(x)} / ({self.text(y)} + 1e-8)", about, exact=False)
        if self.one(y, "sqrt") is not None:
            yield _Instead(f"{self.tight(x)} / (abs({self.text(y)}) + 1e-8)", about, exact=False)

    def _series(self, x: ast.expr, y: ast.expr) -> Iterator[_Instead]:
        """sin(y) / y and its like: near 0 the first terms of the series stand in for 0 / 0."""
        if self.torch:
            return
        above, before = x, ""
        op, operands = self.parts(above)
        if op == "mul":
            above, before = operands[1], f"{self.tight(operands[0])} * "
            op, operands = self.parts(above)
        if op == "sub" and self.number(operands[1]) == 1:
            op, operands = self.parts(operands[0])
            op = "expm1" if op == "exp" else ""
        if op in _NEAR_ZERO and len(operands) == 1 and self.same(operands[0], y):
            series, near = _NEAR_ZERO[op].format(y=self.tight(y)), _NEAR[op]
            about = f"Both go to 0, their ratio to 1: within {near} of 0 its series is used, elsewhere the ratio."
            text = f"{series} if abs({self.text(y)}) < {near} else {self.tight(above)} / {self.tight(y)}"
            yield _Instead(f"{before}({text})" if before else text, about)

    def _shares(self, x: ast.expr, y: ast.expr) -> Iterator[_Instead]:
        above, powers = self.one(x, "exp"), self.exponents(y)
        if above is None or not powers or not any(self.same(above, power) for power in powers):
            return
        others = [power for power in powers if not self.same(above, power)]
        if len(powers) == 2 and len(others) == 1:
            text = f"sigmoid({self.text(above)} - {self.tight(others[0])})"
            yield _Instead(text, "Of two, a softmax is the sigmoid of the difference.")
        else:
            largest = f"max({', '.join(map(self.text, powers))})"
            text = f"exp({self.text(above)} - {largest}) / ({self._shifted(powers, largest)})"
            yield _Instead(text, "softmax with the largest exponent subtracted: no exp overflows.")

    def _is_tanh(self, x: ast.expr, y: ast.expr) -> bool:
        """(exp(a) - exp(-a)) / (exp(a) + exp(-a))"""
        above, below = self.terms(x), self.terms(y)
        if [sign for sign, _ in above] != [1, -1] or [sign for sign, _ in below] != [1, 1]:
            return False
        powers = [self.one(term, "exp") for _, term in (*above, *below)]
        if any(power is None for power in powers):
            return False
        a, b, c, d = (power for power in powers if power is not None)
        inner = self.one(b, "neg")
        return inner is not None and self.same(inner, a) and self.same(a, c) and self.same(b, d)

    def difference(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        x, y = operands
        power = self.one(x, "exp")
        if power is not None and self.number(y) == 1:
            yield _Instead(f"expm1({self.text(power)})", "expm1 keeps the digits that exp(x) - 1 loses.")
        if self.same(x, y):
            yield _Instead("0.0", "A number less itself is 0, also where both are inf.")

    def root(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        if len(operands) != 1:
            return
        squares = [self._squared(term) if sign > 0 else None for sign, term in self.terms(operands[0])]
        found = [square for square in squares if square is not None]
        if len(found) == len(squares) == 2:
            text = f"{self.call('hypot', node)}({self.text(found[0])}, {self.text(found[1])})"
            yield _Instead(text, "hypot is the length of a vector, without overflow on the way.")
        if len(found) == len(squares) == 1:
            yield _Instead(f"abs({self.text(found[0])})", "The root of a square is the distance from 0.")
        about = "A small number under the root keeps its slope finite at 0."
        yield self._around(node, operands, "{} + 1e-12", about)
        yield self._around(node, operands, "max({}, 1e-12)", "Below 1e-12 the root stays where it is.")
        yield self._around(node, operands, "abs({}) + 1e-12", about)

    def _squared(self, node: ast.expr) -> ast.expr | None:
        op, operands = self.parts(node)
        if op == "square":
            return operands[0]
        if op == "mul" and self.same(*operands):
            return operands[0]
        return operands[0] if op == "pow" and self.number(operands[1]) == 2 else None

    def power(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        if len(operands) != 2:
            return
        x, y = self.text(operands[0]), self.tight(operands[1])
        yield _Instead(f"({x} + 1e-12)**{y}", "A small number keeps the base from 0.", exact=False)
        yield _Instead(f"max({x}, 1e-12)**{y}", "A base below 1e-12 stays there.", exact=False)
        yield _Instead(f"(abs({x}) + 1e-12)**{y}", "Only the size of the base counts.", exact=False)

    def exponential(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        if len(operands) != 1:
            return
        inner = self.one(operands[0], "log")
        if inner is not None:
            yield _Instead(self.text(inner), "exp undoes log.")
        about = "Above 700 it stays where it is, and no gradient passes."
        yield self._around(node, operands, "min({}, 700)", about)

    def hyperbolic(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        yield self._around(node, operands, "clip({}, -700, 700)", "Beyond 700 it stays where it is.")

    def arc(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        about = "The angle has no slope at -1 and 1, and no value beyond: keep a little away."
        yield self._around(node, operands, "clip({}, -1 + 1e-12, 1 - 1e-12)", about)

    def length(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        if len(operands) == 2:
            x, y = map(self.tight, operands)
            about = "A small number under the root gives the length a slope at the origin."
            yield _Instead(f"sqrt({x}**2 + {y}**2 + 1e-24)", about, exact=False)

    def product(self, node: ast.expr, operands: list[ast.expr]) -> Iterator[_Instead]:
        """A mask: 0 times what went wrong is nan, a branch that is not taken is nothing."""
        for mask, value in (operands, operands[::-1]):
            if isinstance(mask, ast.Compare) and isinstance(node, ast.BinOp):
                about = "A mask multiplies what it hides by 0, and 0 times inf is nan; a condition leaves it out."
                yield _Instead(f"{self.text(value)} if {self.text(mask)} else 0.0", about)
                return


_RULES: dict[str, Callable[[_Reader, ast.expr, list[ast.expr]], Iterator[_Instead]]] = {
    "log": _Reader.log,
    "log2": _Reader.logarithm,
    "log10": _Reader.logarithm,
    "log1p": _Reader.log1p,
    "div": _Reader.division,
    "sub": _Reader.difference,
    "sqrt": _Reader.root,
    "pow": _Reader.power,
    "exp": _Reader.exponential,
    "expm1": _Reader.exponential,
    "sinh": _Reader.hyperbolic,
    "cosh": _Reader.hyperbolic,
    "asin": _Reader.arc,
    "acos": _Reader.arc,
    "hypot": _Reader.length,
    "mul": _Reader.product,
}
