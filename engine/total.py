"""The total derivative: turns what flowed to one node in one pass into a formula, a text and a sentence.

Its terms are the contributions of the steps, in the order in which they arrived, so that their sum is the gradient to
the last bit. Start at `Total`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine import numbers
from engine.explain import derivative, figure, formula, quotient_text, row, total_derivative, use_of
from engine.formula import identifier, quantity
from engine.trace import Backward

MOST = 8
"""Terms: of a longer sum the first `FEW` are written out."""
FEW = 3


@dataclass(frozen=True)
class Total:
    """The derivative of the output of a pass by one node: a sum over the edges that leave the node."""

    names: Sequence[str]
    node: int
    output: int
    terms: tuple[Backward, ...]
    """What each edge brought; none for the output, and for what the output is not computed from."""
    carried: float = 0.0
    """The gradient that the pass found there: it adds to that."""

    @cached_property
    def value(self) -> float:
        """The derivative by this pass alone."""
        if self.node == self.output:
            return 1.0
        total = 0.0
        for term in self.terms:  # as the sweep adds them
            total += term.contribution
        return total

    @cached_property
    def grad(self) -> float:
        """The gradient after the pass."""
        if self.node == self.output:
            return self.carried + 1.0
        return self.terms[-1].after if self.terms else self.carried

    # -- MathML -------------------------------------------------------------------------------------------------------

    def math(self) -> str:
        """Return the sum in symbols, in numbers, and its terms, as a MathML table aligned on the relations."""
        left = total_derivative(self._output, self._name)
        rows = [row(left if k == 0 else "", *each) for k, each in enumerate(self._rows())]
        if self._adds:
            terms = f"{quantity(self.carried)}<mo>+</mo>{figure(self.value, 'contribution')}"
            equal = numbers.relation(self.carried, self.value, self.grad)
            whole = f"{terms}<mo>{equal}</mo>{quantity(self.grad)}"
            rows.append(row(f"<mrow>{identifier(self._name)}<mtext>.grad</mtext></mrow>", "=", whole))
        return formula(f"<mtable>{''.join(rows)}</mtable>")

    def _rows(self) -> Iterable[tuple[str, str]]:
        if not self.terms:
            yield "=", quantity(self.value)
            return
        yield "=", self._sum(self._symbols) + self._count
        yield numbers.relation(*self._factors), self._sum(_figures)
        written = self._factors
        if len(self.terms) > 1:
            yield numbers.relation(*written, *self._contributions), self._sum(_contribution)
            written = self._contributions
        yield numbers.relation(*written, self.value), figure(self.value, "total", fence=False)

    def _symbols(self, term: Backward) -> str:
        user = self.names[term.node]
        local = derivative(user, self._name, "local", self._use(term))
        return f"{local}<mo>·</mo>{total_derivative(self._output, user, 'upstream')}"

    def _use(self, term: Backward) -> str:
        """Return which use of the node a term is of, where its user has it several times: as in x*x."""
        return use_of(sorted(each.slot for each in self.terms if each.node == term.node), term.slot)

    def _sum(self, write: Callable[[Backward], str]) -> str:
        return "<mo>+</mo>".join([*map(write, self._told), *(["<mo>⋯</mo>"] if self._is_cut else [])])

    @property
    def _count(self) -> str:
        return f"<mtext> ({len(self.terms):,} terms)</mtext>" if self._is_cut else ""

    # -- in one line --------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Return the same as a line of text."""
        line = quotient_text(self._output, self._name)
        if not self.terms:
            line += f" = {numbers.short(self.value)}"
        else:
            count = f" ({len(self.terms):,} terms)" if self._is_cut else ""
            line += f" = {self._line(self._spelt)}{count}"
            line += f" {numbers.relation(*self._factors)} {self._line(_product)}"
            written = self._factors
            if len(self.terms) > 1:
                amounts = self._line(lambda term: _within(term.contribution))
                line += f" {numbers.relation(*written, *self._contributions)} {amounts}"
                written = self._contributions
            line += f" {numbers.relation(*written, self.value)} {numbers.short(self.value)}"
        if self._adds:
            terms = f"{numbers.short(self.carried)} + {_within(self.value)}"
            equal = numbers.relation(self.carried, self.value, self.grad)
            line += f"; {self._name}.grad = {terms} {equal} {numbers.short(self.grad)}"
        return line

    def _line(self, write: Callable[[Backward], str]) -> str:
        return " + ".join([*map(write, self._told), *(["⋯"] if self._is_cut else [])])

    def _spelt(self, term: Backward) -> str:
        user = self.names[term.node]
        use = self._use(term)
        below = f"{self._name}({use})" if use else self._name
        return f"∂{user}/∂{below} · {quotient_text(self._output, user)}"

    # -- in words -----------------------------------------------------------------------------------------------------

    def sentence(self) -> str:
        """Return what the derivative says of how the output answers to the node."""
        name, left = self._name, numbers.short(self.carried)
        if not self._adds:
            return self._said(f"the gradient of {name}")
        if not self.terms and self.node != self.output:
            return f"{self._said('')} {name}.grad is the {left} that earlier steps left."
        said = self._said("the gradient of this pass")
        return f"{said} It adds to the {left} that earlier steps left: {name}.grad is now {numbers.short(self.grad)}."

    def _said(self, source: str) -> str:
        name, output, value = self._name, self._output, self.value
        if self.node == self.output:
            return f"{output} is the output: it rises by just as much as itself, so its gradient begins at 1."
        if not self.terms:
            return f"{output} is not computed from {name}, so {quotient_text(output, name)} is 0."
        if math.isnan(value):
            slope = quotient_text(output, name)
            return f"{slope} is not a number: it does not tell how {output} answers to a change of {name}."
        begin = f"By {source}, if {name} rises by a little h, {output}"
        if value == 0:
            return f"{begin} stays where it is, to first order."
        answer = "rises" if value > 0 else "falls"
        if math.isinf(value):
            return f"{begin} {answer} by more than any multiple of h."
        return f"{begin} {answer} by about {_multiple(abs(value))}."

    # -- parts --------------------------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return self.names[self.node]

    @property
    def _output(self) -> str:
        return self.names[self.output]

    @property
    def _adds(self) -> bool:
        return self.carried != 0

    @property
    def _is_cut(self) -> bool:
        return len(self.terms) > MOST

    @property
    def _told(self) -> tuple[Backward, ...]:
        return self.terms[:FEW] if self._is_cut else self.terms

    @property
    def _factors(self) -> list[float]:
        return [factor for term in self._told for factor in (term.local, term.upstream)]

    @property
    def _contributions(self) -> list[float]:
        return [term.contribution for term in self._told]


def _figures(term: Backward) -> str:
    return f"{figure(term.local, 'local')}<mo>·</mo>{figure(term.upstream, 'upstream')}"


def _contribution(term: Backward) -> str:
    return figure(term.contribution, "contribution")


def _product(term: Backward) -> str:
    return f"{_within(term.local)} · {_within(term.upstream)}"


def _within(x: float) -> str:
    """Return the short form of a number that stands inside a sum or a product.

    >>> _within(-2.0), _within(0.5)
    ('(−2)', '0.5')
    """
    short = numbers.short(x)
    return f"({short})" if short.startswith("−") else short


def _multiple(x: float) -> str:
    """Return so many times h.

    >>> _multiple(1.0), _multiple(2.5)
    ('h', '2.5·h')
    """
    return "h" if x == 1 else f"{numbers.short(x)}·h"
