"""Explanations: turns a step of a trace into code, a formula and a sentence. Start at `Explainer`.

All three are read off the rule that computed the number, so they cannot disagree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any

from engine import numbers
from engine.formula import Apply, Expr, Number, Symbol, code, identifier, mathml, partial_formula, precedence, quantity
from engine.ops import OPS, Op
from engine.tape import Role, Tape
from engine.trace import Backward, Forward, Seed, Step, Trace, Update

WIDE = 26
"""Characters: formulas with longer parts are broken into rows that begin at the left, so that results are in sight."""
INLINE = 24  # an unnamed operand is written out inside its consumer's expression up to this many pieces
_PRODUCT = precedence(Apply(OPS["mul"], ()))


class Explainer:
    """Explains the steps of one trace; it knows what each node is called.

    What does not hang on numbers is found in `kept`, which runs of the same structure share.
    """

    def __init__(self, tape: Tape, trace: Trace, output: int | None, kept: dict[Any, Any] | None = None) -> None:
        self.tape = tape
        self.trace = trace
        self.output = output
        self._kept = {} if kept is None else kept
        self._texts: dict[int, str] = self._kept.setdefault("expressions", {})
        self._exprs: dict[int, tuple[Expr, int]] = self._kept.setdefault("inlined", {})
        self._parts: dict[Any, tuple[str, ...]] = self._kept.setdefault("parts", {})
        """Of steps' formulas and sentences, the parts without numbers."""

    # -- names --------------------------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> list[str]:
        """What sentences call each node: the variable, else `t1`, `t2`, ... (the output `out`), else the literal."""
        if "names" not in self._kept:
            self._kept["names"] = self._named()
        names: list[str] = self._kept["names"]
        return names

    def _named(self) -> list[str]:
        taken = {name for name in self.tape.names if name} | {label for label in self.tape.labels if label}
        fresh = (name for k in range(1, len(self.tape) + len(taken) + 2) if (name := f"t{k}") not in taken)
        return [self._name(node, taken, fresh) for node in range(len(self.tape))]

    def _name(self, node: int, taken: set[str], fresh: Iterable[str]) -> str:
        given = self.tape.names[node] or self.tape.labels[node]
        if given:
            return given
        if self.tape.roles[node] is Role.CONSTANT:
            return self.tape.texts[node] or numbers.exact(self.tape.data[node])
        if node == self.output and "out" not in taken:
            return "out"
        return next(iter(fresh))

    def label(self, node: int) -> str:
        """Return what a picture calls `node`: its label if the program gave one."""
        return self.tape.labels[node] or self.names[node]

    def widest(self, node: int) -> str:
        """Return what a picture must have room for: in a program of several passes, the longest version of a name, so
        that the pictures of all passes are one."""
        label = self.label(node)
        base = label.partition("@")[0]
        longest = self._longest.get(base)
        return label if longest is None else base + "0" * longest

    @cached_property
    def _longest(self) -> dict[str, int]:
        """For each name with versions, how many characters the longest `@12` has."""
        found: dict[str, int] = {}
        if len(self.trace.passes) > 1:
            for name in self.tape.names:
                if name and "@" in name:
                    base, _, version = name.partition("@")
                    found[base] = max(found.get(base, 0), len(version) + 1)
        return found

    # -- expressions --------------------------------------------------------------------------------------------------

    def expression(self, node: int) -> str | None:
        """Return what an operation computes, in code; unnamed operands are written out while that stays short."""
        op = self.tape.ops[node]
        if op is None:
            return None
        if node not in self._texts:
            self._texts[node] = code(
                Apply(op, tuple(self._inlined(operand)[0] for operand in self.tape.operands[node]))
            )
        return self._texts[node]

    def _inlined(self, node: int) -> tuple[Expr, int]:
        """Return how `node` is written inside its consumer, and in how many pieces."""
        stack = [node]
        while stack:
            top = stack[-1]
            op, operands = self.tape.ops[top], self.tape.operands[top]
            if top in self._exprs:
                stack.pop()
            elif op is None or self.tape.names[top] is not None:
                self._exprs[stack.pop()] = self._leaf(top), 1
            elif waiting := [operand for operand in operands if operand not in self._exprs]:
                stack += waiting
            else:
                parts = [self._exprs[operand] for operand in operands]
                size = 1 + sum(pieces for _, pieces in parts)
                short = Apply(op, tuple(expr for expr, _ in parts)), size
                self._exprs[stack.pop()] = short if size <= INLINE else (Symbol(self.names[top]), 1)
        return self._exprs[node]

    def _leaf(self, node: int) -> Expr:
        if self.tape.roles[node] is Role.CONSTANT:
            return Number(self.tape.data[node], self.tape.texts[node])
        return Symbol(self.names[node])

    def _operands(self, node: int) -> tuple[Expr, ...]:
        return tuple(self._leaf(operand) for operand in self.tape.operands[node])

    def _leaves(self, node: int) -> tuple[Leaf, ...]:
        return tuple([self._key(operand) for operand in self.tape.operands[node]])

    def _key(self, node: int) -> Leaf:
        if self.tape.roles[node] is Role.CONSTANT:
            return numbers.exact(self.tape.data[node]), self.tape.texts[node]
        return self.names[node]

    def local(self, step: Backward) -> Expr:
        """Return the formula of the local partial derivative that `step` multiplied by."""
        return self._partial(step.node, step.slot)

    def _partial(self, node: int, slot: int) -> Expr:
        return partial_formula(self._op(node), slot, Symbol(self.names[node]), self._operands(node))

    def _use(self, node: int, slot: int) -> str:
        """Return which of several uses of the same operand a slot is; empty if it is the only one."""
        operands = self.tape.operands[node]
        return use_of([k for k, operand in enumerate(operands) if operand == operands[slot]], slot)

    def _op(self, node: int) -> Op:
        op = self.tape.ops[node]
        assert op is not None, "a leaf has no operation"
        return op

    # -- code: `a.grad += b.data * c.grad = -3.0 * 1.0 = -3.0` --------------------------------------------------------

    def text(self, step: Step) -> str:
        """Return `step` as the line of Python that would do it, with all digits of its numbers."""
        match step:
            case Forward(node=node, data=data, operands=operands):
                symbols = _applied(self._op(node), self._leaves(node))
                figures = code(Apply(self._op(node), tuple(map(_digits, operands))))
                return f"{self.names[node]} = {symbols} = {figures} = {numbers.exact(data)}"
            case Seed(node=node, before=before, after=after):
                note = "" if before == 0 else f"  # {numbers.exact(before)} + 1.0 = {numbers.exact(after)}"
                return f"{self.names[node]}.grad {'=' if before == 0 else '+='} 1.0{note}"
            case Backward():
                return self._backward_text(step)
            case Update(node=node, field=field, after=after, text=text):
                target = f"{self.names[node]}.{field}"
                return text if text.startswith(target) else f"{target} = {numbers.exact(after)}  # {text}"

    def _backward_text(self, step: Backward) -> str:
        local = _factor(self._op(step.node), step.slot, self.names[step.node], self._leaves(step.node))
        figures = f"{numbers.exact(step.local)} * {numbers.exact(step.upstream)}"
        return (
            f"{self.names[step.operand]}.grad += {local} * {self.names[step.node]}.grad"
            f" = {figures} = {numbers.exact(step.contribution)}"
        )

    # -- formulas -----------------------------------------------------------------------------------------------------

    def math(self, step: Step, output: int) -> str:
        """Return `step` as a MathML formula; `output` is the output of its pass. Empty for what is not mathematics."""
        match step:
            case Forward(node=node, data=data):
                (symbols,) = self._part(self._forward_math, node)
                result = f"<mo>{numbers.relation(data)}</mo>{quantity(data)}"
                if self._is_wide(node):
                    return formula(f"<mtable>{_line(symbols)}{_line(result)}</mtable>")
                return formula(f"{symbols}{result}")
            case Seed(node=node):
                return formula(f"{total_derivative(self.names[node], self.names[node])}<mo>=</mo><mn>1</mn>")
            case Backward():
                return self._backward_math(step, output)
            case Update():
                return ""

    def _part(self, make: Callable[..., tuple[str, ...]], *key: int) -> tuple[str, ...]:
        """Return what `make` returns for `key`, if need be from the last time."""
        found = self._parts.get((make.__name__, key))
        if found is None:
            found = self._parts[make.__name__, key] = make(*key)
        return found

    def _is_wide(self, node: int) -> bool:
        return len(self.names[node]) + len(code(Apply(self._op(node), self._operands(node)), limit=WIDE + 1)) > WIDE

    def _forward_math(self, node: int) -> tuple[str]:
        symbols = mathml(Apply(self._op(node), self._operands(node)))
        return (f"{identifier(self.names[node])}<mo>=</mo>{symbols}",)

    def _backward_math(self, step: Backward, output: int) -> str:
        (rows,) = self._part(self._backward_rows, step.node, step.slot, output)
        figures = f"{figure(step.local, 'local')}<mo>·</mo>{figure(step.upstream, 'upstream')}"
        result = figure(step.contribution, "contribution", fence=False)
        first, second = _relations(step)
        body = f"{figures}<mo>{second}</mo>{result}"
        is_wide = max(len(self.names[node]) for node in (output, step.operand)) > WIDE // 3
        last = _line(f"<mo>{first}</mo>{body}") if is_wide else row("", first, body)
        return formula(f"<mtable>{rows}{last}</mtable>")

    def _backward_rows(self, above: int, slot: int, output: int) -> tuple[str]:
        node, operand = self.names[above], self.names[self.tape.operands[above][slot]]
        upstream, rule = total_derivative(self.names[output], node, "upstream"), self._partial(above, slot)
        product = f"{derivative(node, operand, 'local', self._use(above, slot))}<mo>·</mo>{upstream}"
        rows = row(total_derivative(self.names[output], operand), "+=", product)
        if isinstance(rule, Number):
            return (rows,)  # the numbers say the same
        local = f'<mrow class="local">{mathml(rule, _PRODUCT + 1)}</mrow>'
        return (rows + row("", "=", f"{local}<mo>·</mo>{upstream}"),)

    # -- of a node ----------------------------------------------------------------------------------------------------

    def definition(self, node: int) -> str:
        """Return what an operation computes, as a MathML formula; empty for a leaf."""
        if self.tape.ops[node] is None:
            return ""
        (symbols,) = self._part(self._forward_math, node)
        return formula(symbols)

    def applied(self, node: int) -> str:
        """Return what an operation computes from its operands, in code: `a * b`."""
        return code(Apply(self._op(node), self._operands(node)), limit=80)

    def rule(self, node: int, slot: int) -> tuple[str, str]:
        """Return the local partial derivative by operand `slot`: as a MathML formula, and in code."""
        rule, operand = self._partial(node, slot), self.tape.operands[node][slot]
        left = derivative(self.names[node], self.names[operand], use=self._use(node, slot))
        return formula(f"{left}<mo>=</mo>{mathml(rule)}"), _code_of(rule)

    # -- sentences ----------------------------------------------------------------------------------------------------

    def sentence(self, step: Step) -> str:
        """Return `step` in plain words; the same sentence is shown and spoken."""
        match step:
            case Forward(node=node, data=data):
                (said,) = self._part(self._forward_said, node)
                about = "" if numbers.relation(data) == "=" else "about "
                return f"{said}{about}{numbers.short(data)}."
            case Seed(node=node):
                return f"The backward pass starts at {self.names[node]}: its derivative by itself is 1."
            case Backward():
                return self._backward_sentence(step)
            case Update(node=node, field=field, before=before, after=after):
                target, value = f"{self.names[node]}.{field}", numbers.short(after)
                if before == after:  # often nothing had been there
                    return f"The program sets {target} to {value}."
                return f"The program changes {target} from {numbers.short(before)} to {value}."

    # -- ledger: `a.grad: – → 3`, `a.grad: 3 + 1 = 4` ----------------------------------------------------------------

    def ledger(self, step: Step, first: bool) -> str:
        """Return how the number that `step` wrote came about; `first`: nothing had been written there before."""
        match step:
            case Forward():
                return ""
            case Update(node=node, field=field, before=before, after=after):
                known = numbers.UNKNOWN if first and field == "grad" else numbers.short(before)
                return f"{self.names[node]}.{field}: {known} → {numbers.short(after)}"
            case Seed(node=node, before=before, after=after):
                return self._sum(node, first, before, 1.0, after)
            case Backward(operand=operand, before=before, contribution=contribution, after=after):
                return self._sum(operand, first, before, contribution, after)

    def _sum(self, node: int, first: bool, before: float, contribution: float, after: float) -> str:
        return f"{self.names[node]}.grad: {arrival(first, before, contribution, after)}"

    def _forward_said(self, node: int) -> tuple[str]:
        symbols = code(Apply(self._op(node), self._operands(node)), limit=120)
        return (f"{self.names[node]} is {symbols}, which is ",)

    def _backward_said(self, node: int, slot: int) -> tuple[str, str]:
        """Return how the sentence of a contribution begins, and the factor in it; none if that is a number."""
        through = code(Apply(self._op(node), self._operands(node)), limit=80)
        rule = self._partial(node, slot)
        factor = "" if isinstance(rule, Number) else _code_factor(rule)
        use = self._use(node, slot)
        receiver = f"{f'the {ORDINALS[use]} ' if use else ''}{self.names[self.tape.operands[node][slot]]}"
        return f"From {self.names[node]} = {through}, {receiver} gets ", factor

    def _backward_sentence(self, step: Backward) -> str:
        begin, factor = self._part(self._backward_said, step.node, step.slot)
        node, operand = self.names[step.node], self.names[step.operand]
        local, upstream = numbers.short(step.local), numbers.short(step.upstream)
        amount, after = numbers.short(step.contribution), numbers.short(step.after)
        is_written, makes = _relations(step)
        first = f"{begin}{factor or local} × {node}.grad {is_written} {local} × {upstream} {makes} {amount}."
        if step.before == 0:
            return f"{first} That makes {operand}.grad {after}."
        return f"{first} It is added to the {numbers.short(step.before)} already there: {operand}.grad is now {after}."


def _relations(step: Backward) -> tuple[str, str]:
    """Return what stands before the factors of a contribution, in their short forms, and before their product."""
    return numbers.relation(step.local, step.upstream), numbers.relation(step.local, step.upstream, step.contribution)


Leaf = str | tuple[str, str | None]
"""What an operand is written as: a name, or the digits of a constant and its literal."""


@lru_cache(maxsize=4096)
def _applied(op: Op, operands: tuple[Leaf, ...]) -> str:
    """Write `op` on its operands; the same names come again and again."""
    return code(Apply(op, tuple(map(_expression, operands))))


@lru_cache(maxsize=4096)
def _factor(op: Op, slot: int, node: str, operands: tuple[Leaf, ...]) -> str:
    """Write the local partial so that it can stand before ` * `."""
    return _code_factor(partial_formula(op, slot, Symbol(node), tuple(map(_expression, operands))))


def _expression(leaf: Leaf) -> Expr:
    return Symbol(leaf) if isinstance(leaf, str) else Number(float(leaf[0]), leaf[1])


def _digits(x: float) -> Number:
    return Number(x, numbers.exact(x))


def _code_of(expr: Expr) -> str:
    """Write `expr` on the data of nodes; a bare number keeps Python's look."""
    if isinstance(expr, Number) and expr.text is None:
        return numbers.exact(expr.value)
    return code(expr, lambda name: f"{name}.data")


def _code_factor(expr: Expr) -> str:
    """Write `expr` so that it can stand before ` * `."""
    return f"({_code_of(expr)})" if precedence(expr) < _PRODUCT else _code_of(expr)


def arrival(first: bool, before: float, contribution: float, after: float) -> str:
    """Return how a contribution came to a gradient; `first`: nothing had been there.

    >>> arrival(True, 0.0, 3.0, 3.0), arrival(False, 3.0, -1.0, 2.0)
    ('– → 3', '3 + (−1) = 2')
    """
    if first:
        return f"{numbers.UNKNOWN} → {numbers.short(after)}"
    added = numbers.short(contribution)
    added = f"({added})" if added.startswith("−") else added
    equal = numbers.relation(before, contribution, after)
    return f"{numbers.short(before)} + {added} {equal} {numbers.short(after)}"


ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third"}


def use_of(slots: Sequence[int], slot: int) -> str:
    """Return which use of an operand `slot` is, of all slots that it stands in; empty if there is only one.

    >>> use_of([0], 0), use_of([0, 1], 0), use_of([0, 2], 2)
    ('', '1st', '2nd')
    """
    return list(ORDINALS)[slots.index(slot)] if len(slots) > 1 else ""


def derivative(above: str, below: str, role: str = "", use: str = "") -> str:
    """Return ∂`above`/∂`below` as MathML: a local derivative, along one edge; `use`: one of several."""
    return _quotient("<mi>∂</mi>", above, below, role, use)


def total_derivative(above: str, below: str, role: str = "") -> str:
    """Return d`above`/d`below` as MathML, its d upright: what all ways between them bring together."""
    return _quotient('<mi mathvariant="normal">d</mi><mspace width="0.12em"></mspace>', above, below, role)


def quotient_text(above: str, below: str) -> str:
    """Return the total derivative as text. A name that begins with d stands in parentheses, so that the two d are told
    apart.

    >>> quotient_text("loss", "w"), quotient_text("d", "a"), quotient_text("y", "d1")
    ('dloss/dw', 'd(d)/da', 'dy/d(d1)')
    """
    return "/".join(f"d({name})" if name.startswith("d") else f"d{name}" for name in (above, below))


def _quotient(sign: str, above: str, below: str, role: str, use: str = "") -> str:
    kind = f' class="{role}"' if role else ""
    below_ = f"<msub>{identifier(below)}<mtext>{use}</mtext></msub>" if use else identifier(below)
    top, bottom = (f"<mrow>{sign}{name}</mrow>" for name in (identifier(above), below_))
    return f"<mfrac{kind}>{top}{bottom}</mfrac>"


def figure(x: float, role: str, *, fence: bool = True) -> str:
    """Return a number as MathML, marked with its role; `fence`: a negative one stands in parentheses."""
    text = quantity(x)
    within = _fenced(text) if fence and numbers.short(x).startswith("−") else text
    return f'<mrow class="{role}">{within}</mrow>'


def _fenced(body: str) -> str:
    return f'<mo stretchy="false">(</mo>{body}<mo stretchy="false">)</mo>'


def row(left: str, relation: str, right: str) -> str:
    """Return a row of a table of equations, aligned on the relation."""
    cells = (left, f"<mo>{relation}</mo>", right)
    return f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>"


def _line(body: str) -> str:
    """Return a row of a table of equations that begins at its left."""
    return f'<mtr><mtd columnspan="3">{body}</mtd></mtr>'


def formula(body: str) -> str:
    """Return MathML as an element that stands in HTML."""
    return f'<math display="block">{body}</math>'
