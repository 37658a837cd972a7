"""Slips: the table of wrong turns that people take at a step, and the number to which each of them leads.

A slip is read on a moment, that is a step with what surrounds it: `numbers` yields each number that the slip could
have led to, and a sentence that explains it from this step's own numbers without telling the right one. Whoever typed
such a number is told which turn it was. Start at the table `BACKWARD`; `recognised` looks into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.backward import chain
from engine.lab.typed import Typed
from engine.numbers import short
from engine.ops import OPS, Op
from engine.run import Run
from engine.tape import Role
from engine.trace import Backward, Forward, Pass, Seed, Update

MOST = 3
"""Slips told at once."""
Wrong = Iterator[tuple[float, str]]


@dataclass(frozen=True)
class Moment:
    """A step of a run that has not been made yet."""

    run: Run
    place: int
    """How many steps are done."""

    # -- where it is --------------------------------------------------------------------------------------------------

    @cached_property
    def part(self) -> Pass:
        """The pass that the step belongs to."""
        return next(each for each in self.run.trace.passes if self.place < each.last)

    @cached_property
    def done(self) -> list[Backward]:
        """The edges that have been walked in this pass."""
        steps = self.run.trace.steps[self.part.first : self.place]
        return [step for step in steps if isinstance(step, Backward)]

    @cached_property
    def _undone(self) -> dict[int, float]:
        """By leaf, the data that it still has now and the program overwrites later."""
        later = reversed(self.run.trace.steps[self.place :])
        return {step.node: step.before for step in later if isinstance(step, Update) and step.field == "data"}

    def data(self, node: int) -> float:
        """Return the data that `node` has now."""
        return self._undone.get(node, self.run.tape.data[node])

    # -- what things are called ---------------------------------------------------------------------------------------

    def name(self, node: int) -> str:
        """Return what sentences call `node`."""
        return self.run.explainer.names[node]

    def value(self, node: int) -> str:
        """Return the data of `node` in code: `b.data`, or the digits of a constant."""
        return self.name(node) if self.run.tape.roles[node] is Role.CONSTANT else f"{self.name(node)}.data"

    def op(self, node: int) -> Op:
        """Return the operation of `node`."""
        op = self.run.tape.ops[node]
        assert op is not None, "steps are about operations"
        return op

    def operands(self, node: int) -> tuple[int, ...]:
        return self.run.tape.operands[node]


@dataclass(frozen=True)
class Edge(Moment):
    """An edge that is about to carry something."""

    step: Backward

    @cached_property
    def values(self) -> tuple[float, ...]:
        return tuple(map(self.data, self.operands(self.step.node)))

    @property
    def above(self) -> str:
        return self.name(self.step.node)

    @property
    def below(self) -> str:
        return self.name(self.step.operand)

    @property
    def upstream(self) -> str:
        return f"{self.above}.grad = {short(self.step.upstream)}"

    @property
    def partial(self) -> str:
        return f"∂{self.above}/∂{self.below}"

    @cached_property
    def rule(self) -> str:
        """The local derivative in code; empty if that is a mere number."""
        return self.rule_of(self.step.slot)

    def rule_of(self, slot: int) -> str:
        _, code = self.run.explainer.rule(self.step.node, slot)
        return "" if _is_number(code) else code

    @property
    def local(self) -> str:
        """The local derivative with its number: `b.data = −3`."""
        number = short(self.step.local)
        return f"{self.rule} = {number}" if self.rule else number

    def through(self, local: float) -> float:
        """Return what would arrive with another local derivative."""
        return chain(self.op(self.step.node), self.step.upstream, local)


@dataclass(frozen=True)
class Value(Moment):
    """An operation that is about to be computed."""

    step: Forward


@dataclass(frozen=True)
class Start(Moment):
    """A backward pass that is about to begin."""

    step: Seed


def _is_number(code: str) -> bool:
    return code.lstrip("-").replace(".", "", 1).isdecimal()


# -- along an edge -----------------------------------------------------------------------------------------------------


def _no_upstream(at: Edge) -> Wrong:
    x = short(at.step.local)
    what = f"{at.rule}, the local derivative" if at.rule else f"the local derivative {at.partial}"
    yield at.step.local, f"{x} is {what}; it still has to be multiplied by {at.upstream}."


def _no_local(at: Edge) -> Wrong:
    x = short(at.step.upstream)
    sentence = (
        f"{x} is {at.above}.grad, what comes from above; it still has to be multiplied by the local derivative"
        f" {at.partial}."
    )
    yield at.step.upstream, sentence


def _other_factor(at: Edge) -> Wrong:
    op, step = at.op(at.step.node), at.step
    for slot, operand in enumerate(at.operands(step.node)):
        if operand != step.operand:
            local = op.partial(slot, at.data(step.node), at.values)
            rule, other = at.rule_of(slot), at.name(operand)
            gets = "gets" if at.run.tape.needs_grad[operand] else "would get"
            factor = f"{rule} = {short(local)}" if rule else short(local)
            sentence = (
                f"{short(at.through(local))} is what {other} {gets}: ∂{at.above}/∂{other} is {factor}."
                f" Asked is what {at.below} gets, by {at.partial}."
            )
            yield at.through(local), sentence


def _sign(at: Edge) -> Wrong:
    yield (
        -at.step.contribution,
        f"The size is right, the sign is not: the local derivative is {at.local}, and {at.upstream}.",
    )


def _gate(at: Edge) -> Wrong:
    op, values = at.op(at.step.node), at.values
    if not op.gates or at.step.local not in (0.0, 1.0):
        return
    met = f"{at.below} is {short(values[at.step.slot])}"
    if at.step.local == 0:
        yield at.step.upstream, f"{op.name} is closed towards {at.below}, for {met}: nothing passes."
    else:
        yield 0.0, f"{op.name} is open towards {at.below}, for {met}: what comes from above passes."


def _factor_two(at: Edge) -> Wrong:
    step, operands = at.step, at.operands(at.step.node)
    count = operands.count(step.operand)
    if count > 1:
        whole = step.contribution * count
        all_of = "both" if count == 2 else f"all {count}"
        sentence = (
            f"{short(whole)} is what {all_of} edges from {at.above} to {at.below} bring together."
            " Each of them is a step of its own, with its own part."
        )
        yield whole, sentence
    front = _IN_FRONT.get(at.op(step.node).name)
    factor = front(at.values) if front and step.slot == 0 else 1.0
    if factor not in (0.0, 1.0):
        yield (
            step.contribution / factor,
            f"The factor {short(factor)} is missing: the local derivative is {at.rule}.",
        )


_IN_FRONT: Mapping[str, Callable[[tuple[float, ...]], float]] = {
    "square": lambda values: 2.0,
    "pow": lambda values: values[1],
}
"""Operations whose derivative begins with a factor that is easily forgotten."""


def _value_for_grad(at: Edge) -> Wrong:
    step, z = at.step, at.data(at.step.node)
    product = step.local * z
    yield product, f"{short(product)} is the local derivative times {at.above}.data = {short(z)}. Take {at.above}.grad."
    for node in dict.fromkeys((step.node, step.operand)):
        x = at.data(node)
        yield (
            x,
            f"{short(x)} is {at.value(node)}, a value. Asked is a gradient: local derivative times {at.above}.grad.",
        )


def _own_value(at: Edge) -> Wrong:
    if len(at.operands(at.step.node)) == 1:
        x = at.values[0]
        number = at.through(x)
        sentence = (
            f"{short(number)} is {at.value(at.step.operand)} = {short(x)} times {at.upstream}. In the place of that"
            f" value belongs the local derivative {at.rule or at.partial}."
        )
        yield number, sentence


def _wrong_end(at: Edge) -> Wrong:
    step, op = at.step, at.op(at.step.node)
    if len(at.operands(step.node)) != 1:
        return
    x, z = at.values[0], at.data(step.node)
    for end, data, known in ((x, at.below, x), (z, at.above, z)):
        local = op.partial(0, end, (known,))
        yield (
            at.through(local),
            f"The local derivative was taken with {data}.data everywhere; it is {at.rule or short(step.local)}.",
        )


def _other_rule(at: Edge) -> Wrong:
    op, step = at.op(at.step.node), at.step
    for name in _CONFUSED.get(op.name, ()):
        other = OPS[name]
        local = other.partial(min(step.slot, other.arity - 1), other.value(*at.values), at.values)
        number = at.through(local)
        yield (
            number,
            f"{short(number)} follows from the rule for {_called(other)}; {at.above} comes from {_called(op)}.",
        )


_CONFUSED: Mapping[str, tuple[str, ...]] = {
    "add": ("mul", "sub"),
    "sub": ("add", "mul"),
    "mul": ("add", "div"),
    "div": ("mul", "sub"),
    "pow": ("mul",),
    "max": ("add", "mul"),
    "min": ("add", "mul"),
    "square": ("sqrt",),
    "sqrt": ("square",),
    "exp": ("log",),
    "log": ("exp",),
    "sin": ("cos",),
    "cos": ("sin",),
    "tanh": ("sigmoid",),
    "sigmoid": ("tanh",),
    "sinh": ("cosh",),
    "cosh": ("sinh",),
}
"""Operations of the same number of operands that are taken for each other."""


def _called(op: Op) -> str:
    return op.symbol if op.symbol == op.name else f"{op.name} ({op.symbol})"


def _added(at: Edge) -> Wrong:
    step = at.step
    number = step.local + step.upstream
    sentence = (
        f"{short(number)} is the sum of the local derivative {at.local} and {at.upstream}. Along an edge one"
        " multiplies; only what arrives at a node is added up."
    )
    yield number, sentence


def _previous(at: Edge) -> Wrong:
    if at.done:
        last = at.done[-1]
        x = short(last.contribution)
        yield (
            last.contribution,
            f"{x} is what the step before brought, from {at.name(last.node)} to {at.name(last.operand)}.",
        )


# -- at a node ---------------------------------------------------------------------------------------------------------


def _total(at: Edge) -> Wrong:
    after, before = short(at.step.after), short(at.step.before)
    sentence = (
        f"{after} is {at.below}.grad after the step, with the {before} that is there already. Asked is what this"
        " edge alone brings."
    )
    yield at.step.after, sentence


def _forgot_add(at: Edge) -> Wrong:
    step = at.step
    sentence = (
        f"{short(step.contribution)} is what this edge brings. {at.below}.grad holds {short(step.before)} already,"
        " and what arrives is added: +=."
    )
    yield step.contribution, sentence


def _unchanged(at: Edge) -> Wrong:
    yield at.step.before, f"{short(at.step.before)} is {at.below}.grad before the step; something is still to arrive."


def _multiplied(at: Edge) -> Wrong:
    before, number = at.step.before, at.step.before * at.step.contribution
    if before:
        yield (
            number,
            f"{short(number)} is the {short(before)} that is there times what arrives. Contributions are added.",
        )


# -- forward and at the start ------------------------------------------------------------------------------------------


def _other_op(at: Value) -> Wrong:
    op = at.op(at.step.node)
    for name in _CONFUSED.get(op.name, ()):
        number = OPS[name].value(*at.step.operands)
        yield (
            number,
            f"{short(number)} comes from {_called(OPS[name])}; {at.name(at.step.node)} is made by {_called(op)}.",
        )


def _swapped(at: Value) -> Wrong:
    if len(at.step.operands) == 2:
        number = at.op(at.step.node).value(*reversed(at.step.operands))
        yield number, f"{short(number)} comes out if the two operands change places."


def _value_sign(at: Value) -> Wrong:
    yield -at.step.data, "The size is right, the sign is not."


def _operand(at: Value) -> Wrong:
    operands = zip(at.operands(at.step.node), at.step.operands, strict=True)
    for node, x in dict(operands).items():
        yield x, f"{short(x)} is {at.value(node)} itself; {_called(at.op(at.step.node))} is still to be done."


def _derivative(at: Value) -> Wrong:
    op, node = at.op(at.step.node), at.step.node
    for slot, operand in enumerate(at.operands(node)):
        local = op.partial(slot, at.step.data, at.step.operands)
        sentence = (
            f"{short(local)} is the local derivative ∂{at.name(node)}/∂{at.name(operand)}, which the way back"
            " needs. Asked is the value."
        )
        yield local, sentence


def _seed_value(at: Start) -> Wrong:
    x, name = at.data(at.step.node), at.name(at.step.node)
    yield x, f"{short(x)} is {name}.data. Asked is how fast {name} changes when {name} itself does."


def _seed_zero(at: Start) -> Wrong:
    name = at.name(at.step.node)
    yield 0.0, f"With 0 at {name} nothing would arrive anywhere: all gradients are multiples of it."


# -- the table ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slip:
    """A wrong turn."""

    name: str
    title: str
    about: str
    numbers: Callable[..., Wrong]
    """The numbers to which it leads at a moment, each with a sentence."""
    decides: bool = False
    """Whether it leads to a wrong sign that is worth explaining."""


BACKWARD = (
    Slip("gate", "The gate", "relu, max and their kin pass everything on or nothing.", _gate, True),
    Slip("no_upstream", "Local without upstream", "The local derivative is one factor of two.", _no_upstream, True),
    Slip("no_local", "Upstream without local", "What comes from above is one factor of two.", _no_local, True),
    Slip("other_factor", "The other factor", "Each operand has a local derivative of its own.", _other_factor, True),
    Slip("sign", "The sign", "A product is negative if one of its two factors is.", _sign),
    Slip("factor_two", "A factor of two", "x * x has two edges; x**2 has one, with 2 in front.", _factor_two),
    Slip("value_for_grad", "A value for a gradient", "Upstream is a gradient, not the data there.", _value_for_grad),
    Slip("own_value", "A value for a derivative", "The local derivative is a slope, not the value.", _own_value),
    Slip("wrong_end", "The other end of the edge", "Some rules use the result, others the operand.", _wrong_end),
    Slip("other_rule", "Another operation's rule", "Each operation has rules of its own.", _other_rule),
    Slip("added", "Added, not multiplied", "Along an edge one multiplies; at a node one adds up.", _added),
    Slip("previous", "The step before", "Each edge carries a number of its own.", _previous),
)
"""Slips in what an edge brings."""
CONTRIBUTION = (
    Slip("total", "The total for the part", "A contribution is what one edge brings.", _total, True),
    *BACKWARD,
)
AFTER = (
    Slip("forgot_add", "Forgot +=", "A gradient sums over all edges that lead to it.", _forgot_add),
    Slip("unchanged", "Nothing added", "Each step adds something to a gradient.", _unchanged),
    Slip("multiplied", "Multiplied, not added", "Contributions are added up.", _multiplied),
)
FORWARD = (
    Slip("other_op", "Another operation", "The box says which operation is meant.", _other_op),
    Slip("swapped", "Operands swapped", "Differences and quotients mind the order.", _swapped),
    Slip("value_sign", "The sign", "Look at the signs of the operands.", _value_sign),
    Slip("operand", "The operand itself", "The operation is still to be done.", _operand),
    Slip("derivative", "A derivative for a value", "The way forward computes values.", _derivative),
)
SEED = (
    Slip("seed_value", "The value for the seed", "The seed is a derivative, not the output.", _seed_value),
    Slip("seed_zero", "Nothing as the seed", "The output changes as fast as itself.", _seed_zero),
)
SLIPS: Mapping[str, Slip] = {slip.name: slip for slip in (*CONTRIBUTION, *AFTER, *FORWARD, *SEED)}


@dataclass(frozen=True, slots=True)
class Found:
    """A slip that explains a wrong answer."""

    slip: Slip
    number: float
    sentence: str

    def document(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"name": self.slip.name, "title": self.slip.title, "about": self.slip.about, "sentence": self.sentence}


def led(slips: Iterable[Slip], at: Moment, right: float) -> Iterator[Found]:
    """Yield where `slips` lead at a moment, but for those that lead to the right number or nowhere."""
    for slip in slips:
        for number, sentence in slip.numbers(at):
            if number == number and not Typed(number).meets(right):
                yield Found(slip, number, sentence)


def to_totals(at: Edge) -> Iterator[Found]:
    """Yield where slips lead that concern a gradient after a step: their own, and wrong contributions added."""
    before, right = at.step.before, at.step.after
    yield from led(AFTER, at, right)
    for found in led(BACKWARD, at, at.step.contribution):
        total = before + found.number
        if not Typed(total).meets(right):
            added = f"{short(total)} is {short(before)} + {_within(found.number)}. " if before else ""
            yield Found(found.slip, total, added + found.sentence)


def _within(x: float) -> str:
    text = short(x)
    return f"({text})" if text.startswith("−") else text


def recognised(typed: Typed, found: Iterable[Found]) -> list[Found]:
    """Return the slips that lead to what was typed, each once, at most `MOST`."""
    by_name: dict[str, Found] = {}
    for each in found:
        if typed.meets(each.number):
            by_name.setdefault(each.slip.name, each)
    return list(by_name.values())[:MOST]
