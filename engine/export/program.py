"""A tape as a program of our own language: turns nodes into lines of source text. Start at `program`.

The text computes the same numbers to the last bit, and its operations are recorded in the same order, so that its
gradients are the same too. An operation that is used once is written inside the one that uses it, as long as the line
stays short and the order is kept; all others get a line and a name.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword, issoftkeyword

from engine.backward import with_operands
from engine.formula import Apply, Expr, Number, Symbol, code, plain
from engine.language.allowed import FORBIDDEN
from engine.notation import Notation
from engine.ops import OPS, Op
from engine.tape import Role, Tape

WIDTH = 60
"""Characters of an expression that is still written inside another."""
_LONGEST_NAME = 60
_UNLIMITED = 1 << 30
_CALLED = frozenset(OPS) | {"inf", "nan"}
"""Names that the text needs for itself."""
_NEEDS_POINT = (OPS["max"], OPS["min"])
"""They hand back one operand as it is, so that a whole number written as one would stay one."""
_VERSION = re.compile(r"@\d+$")
_TO_REPLACE = re.compile(r"\W+")
_TYPED = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_KNOWN: Mapping[float, tuple[str, str]] = {
    math.pi: ("pi", "pi"),
    math.e: ("e", "e"),
    math.log(2): ("log(2)", "log"),
    math.log(10): ("log(10)", "log"),
    math.sqrt(2): ("sqrt(2)", "sqrt"),
    math.sqrt(2 * math.pi): ("sqrt(2 * pi)", "pi"),
    2 / math.sqrt(math.pi): ("(2 / sqrt(pi))", "pi"),
}
"""How constants of rules are spelled, and the name that the program must have left free for it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A program made from a tape."""

    source: str
    names: Mapping[int, str]
    """What the nodes that have a name are called in it."""
    fixed: tuple[str, ...]
    """Leaves that need no gradient: a run of `source` should hold them fixed."""


def program(tape: Tape, *outputs: int, names: Mapping[int, str] | None = None, keep: Iterable[int] = ()) -> Written:
    """Return what `outputs` depend on as source text; the last of them is the output of the program.

    `names`: what nodes are to be called where that can be a name, before what the tape calls them. `keep`: leaves that
    are written down even if nothing depends on them.
    """
    return _Writer(tape, outputs, names or {}, keep).write()


@dataclass(slots=True)
class _Pending:
    """An operation that waits for the one that uses it."""

    node: int
    expr: Expr


@dataclass(slots=True)
class _Writer:
    tape: Tape
    outputs: Sequence[int]
    wanted: Mapping[int, str]
    keep: Iterable[int]
    order: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    pending: list[_Pending] = field(default_factory=list)
    uses: Counter[int] = field(default_factory=Counter)
    known: set[int] = field(default_factory=set)
    """Nodes that are computed from constants alone: written as their number."""
    whole: bool = False
    taken: set[str] = field(default_factory=set)
    fresh: int = 0

    def write(self) -> Written:
        tape = self.tape
        self.order = sorted(with_operands(tape, self.outputs) | set(self.keep))
        self.uses = Counter(operand for node in self.order for operand in tape.operands[node])
        self._find_known()
        self.whole = self._had_whole_numbers()
        self._choose_names()
        for node in self.order:
            if tape.roles[node] is Role.INPUT:
                self.lines.append(f"{self.names[node]} = {self._leaf(tape.data[node])}")
        for node in self.order:
            op = tape.ops[node]
            if op is not None and node not in self.known:
                self._operation(node, op)
        self._finish()
        inputs = (node for node in self.order if tape.roles[node] is Role.INPUT)
        fixed = tuple(self.names[node] for node in inputs if not tape.needs_grad[node])
        return Written("\n".join(self.lines) + "\n", self.names, fixed)

    def _find_known(self) -> None:
        for node in self.order:
            operands = self.tape.operands[node]
            if self.tape.roles[node] is Role.CONSTANT or (operands and self.known.issuperset(operands)):
                self.known.add(node)

    def _had_whole_numbers(self) -> bool:
        """Return whether somewhere a -0 is a 0, as with whole numbers of Python's: then they are written as such."""
        tape = self.tape
        for node in self.order:
            op = tape.ops[node]
            if op is not None and tape.data[node] == 0 and node not in self.known:
                value = op.value(*tape.values(tape.operands[node]))
                if math.copysign(1.0, value) != math.copysign(1.0, tape.data[node]):
                    return True
        return False

    # -- names --------------------------------------------------------------------------------------------------------

    def _choose_names(self) -> None:
        named = [node for node in self.order if node not in self.known]
        own = {node: self.wanted.get(node) or self.tape.names[node] or self.tape.labels[node] for node in named}
        for node, name in own.items():
            if name and can_be_a_name(name) and name not in self.taken:
                self._take(node, name)
        for node, name in own.items():
            if name and node not in self.names:
                self._take(node, self._free(_TO_REPLACE.sub("_", _VERSION.sub("", name)).strip("_")))
        for node in named:
            if node not in self.names and self.tape.roles[node] is Role.INPUT:
                self._take(node, self._new())

    def _take(self, node: int, name: str) -> None:
        self.names[node] = name
        self.taken.add(name)

    def _free(self, name: str) -> str:
        """Return `name`, or the first of its kind that is free."""
        if name[:1].isdigit():
            name = f"v{name}"
        if not can_be_a_name(name):
            return self._new()
        candidate, k = name, 2
        while candidate in self.taken:
            candidate, k = f"{name}_{k}", k + 1
        return candidate

    def _new(self) -> str:
        while True:
            self.fresh += 1
            if (name := f"v{self.fresh}") not in self.taken:
                return name

    # -- lines --------------------------------------------------------------------------------------------------------

    def _operation(self, node: int, op: Op) -> None:
        operands = self.tape.operands[node]
        inside = self._inlined(operands)
        expr = self._apply(op, operands, inside)
        if inside and len(_text(expr)) > WIDTH:
            self._flush()
            expr = self._apply(op, operands, {})
        else:
            del self.pending[len(self.pending) - len(inside) :]
        waits = self.uses[node] == 1 and node not in self.names and node not in self.outputs
        if not waits:
            self._flush()
        self.pending.append(_Pending(node, expr))
        if not waits and (self.uses[node] or node != self.outputs[-1]):
            self._flush()

    def _inlined(self, operands: tuple[int, ...]) -> dict[int, Expr]:
        """Return the operands that can be written inside: what was computed last, in the order of the slots."""
        waiting = {each.node: each.expr for each in self.pending}
        candidates = [operand for operand in operands if operand in waiting]
        last = [each.node for each in self.pending[len(self.pending) - len(candidates) :]]
        if candidates != last:
            self._flush()
            return {}
        return {operand: waiting[operand] for operand in candidates}

    def _flush(self) -> None:
        for each in self.pending:
            if each.node not in self.names:
                self._take(each.node, self._new())
            self.lines.append(f"{self.names[each.node]} = {_text(each.expr)}")
        self.pending.clear()

    def _finish(self) -> None:
        output = self.outputs[-1] if self.outputs else None
        if output is None:
            return
        if output in self.known:
            self._flush()
            self.lines.append(self._constant(output))
        elif self.pending and self.pending[-1].node == output and output not in self.names:
            last = self.pending.pop()
            self._flush()
            self.lines.append(_text(last.expr))
        else:
            self._flush()
            if not self.lines[-1].startswith(f"{self.names[output]} ="):
                self.lines.append(self.names[output])

    # -- expressions --------------------------------------------------------------------------------------------------

    def _apply(self, op: Op, operands: tuple[int, ...], inside: Mapping[int, Expr]) -> Expr:
        parts = tuple(inside.get(operand) or self._operand(op, operand) for operand in operands)
        if op.notation in (Notation.BRACKET, Notation.CASES):
            return Symbol(f"{op.name}({', '.join(map(_text, parts))})")
        return Apply(op, self._without_defaults(op, operands, parts))

    def _without_defaults(self, op: Op, operands: tuple[int, ...], parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
        first = len(parts) - len(op.defaults)
        said = [operand in self.known and self.tape.data[operand] for operand in operands[first:]]
        return parts[:first] if op.defaults and tuple(said) == op.defaults else parts

    def _operand(self, op: Op, node: int) -> Expr:
        if node in self.known:
            text = self._constant(node)
            if op in _NEEDS_POINT and not self.whole and _TYPED.fullmatch(text):
                text = repr(self.tape.data[node])
            return Number(self.tape.data[node], text)
        return Symbol(self.names[node])

    def _constant(self, node: int) -> str:
        value, typed = self.tape.data[node], self.tape.texts[node]
        if typed and _TYPED.fullmatch(typed) and _same(float(typed), value):
            return typed
        spelled = _KNOWN.get(value)
        if spelled and spelled[1] not in self.taken:
            return spelled[0]
        return plain(value) if _fits(value) else repr(value)

    def _leaf(self, value: float) -> str:
        return str(int(value)) if self.whole and value.is_integer() and _fits(value) else repr(value)


def can_be_a_name(text: str) -> bool:
    """Return whether a program can call a value `text`, and still use every operation.

    >>> [can_be_a_name(text) for text in ("w1", "x@2", "lambda", "tanh", "__a", "π", "ﬁ")]
    [True, False, False, False, False, True, False]
    """
    return (
        text.isidentifier()
        and len(text) <= _LONGEST_NAME
        and not (iskeyword(text) or issoftkeyword(text))
        and not text.startswith("__")
        and "·" not in text
        and text not in _CALLED
        and text not in FORBIDDEN
        and unicodedata.normalize("NFKC", text) == text
        and not any(map(unicodedata.combining, text))
    )


def _text(expr: Expr) -> str:
    return code(expr, limit=_UNLIMITED)


def _same(x: float, y: float) -> bool:
    return x == y and math.copysign(1.0, x) == math.copysign(1.0, y)


def _fits(value: float) -> bool:
    """Return whether all digits of a whole number can be written out."""
    return math.isfinite(value) and abs(value) < 1e15 and not (value == 0 and math.copysign(1.0, value) < 0)
