"""Predict: asks for a step that has not been made yet, and says of an answer whether it is right, and if not, which
slip it looks like. Start at `question` and `predict`.

The right answer is told when it was given or asked for, never otherwise: what a slip explains is the way to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine import numbers
from engine.export.frame import node_id
from engine.lab.frontier import Frontier
from engine.lab.slips import (
    CONTRIBUTION,
    FORWARD,
    SEED,
    Edge,
    Found,
    Moment,
    Slip,
    Start,
    Value,
    led,
    recognised,
    to_totals,
)
from engine.lab.subject import Unfit
from engine.lab.typed import Typed, typed
from engine.numbers import short
from engine.run import Run
from engine.trace import Backward, Forward, Seed, Step

Kind = Literal["contribution", "sign", "edge", "after", "value"]
Answer = float | str | Mapping[str, Any] | None
Json = dict[str, Any]

_FITS: Mapping[str, tuple[type[Step], ...]] = {
    "contribution": (Backward, Seed),
    "after": (Backward, Seed),
    "sign": (Backward,),
    "edge": (Backward,),
    "value": (Forward,),
}
_SIGNS = {"+": "+", "plus": "+", "positive": "+", "-": "-", "−": "-", "minus": "-", "negative": "-"} | {
    "0": "0", "zero": "0", "nan": "nan",
}  # fmt: skip


# -- the question ------------------------------------------------------------------------------------------------------


def question(run: Run, step: int, kind: Kind = "contribution", *, forward: bool = False) -> Json:
    """Return what can be asked about the first step from `step` on that `kind` is about, without giving it away.

    With `forward` the values of operations are asked too. At the end of the run `step` is null. Raises `Unfit`.
    """
    steps = run.trace.steps
    _check(run, step, len(steps))
    fits = _FITS[kind] + ((Forward,) if forward else ())
    places = [place for place, each in enumerate(steps) if isinstance(each, fits)]
    place = next((place for place in places if place >= step), None)
    counted = {"count": len(places), "asked": sum(each < step for each in places)}
    if place is None:
        return _over(kind) | counted
    return _asked(run, place, "value" if isinstance(steps[place], Forward) else kind) | counted


def _check(run: Run, step: int, count: int) -> None:
    if run.output is None:
        raise Unfit("source", "computes nothing that could be predicted")
    if not 0 <= step <= count:
        raise Unfit("step", f"must be a whole number from 0 to {count}")


def _over(kind: Kind) -> Json:
    nothing: Json = dict.fromkeys(("step", "phase", "node", "operand", "slot"))
    return nothing | {"kind": kind, "question": "That was the last step.", "hints": [], "choices": []}


def _asked(run: Run, place: int, kind: Kind) -> Json:
    asked = _Asked(run, place, kind)
    where: Json = dict.fromkeys(("node", "operand", "slot"))
    match asked.step:
        case Backward(node=node, operand=operand, slot=slot) if kind != "edge":
            where = {"node": node_id(node), "operand": node_id(operand), "slot": slot}
        case Forward(node=node) | Seed(node=node):
            where["node"] = node_id(node)
    return {
        "step": place,
        "kind": kind,
        "phase": type(asked.step).__name__.lower(),
        **where,
        "question": asked.words(),
        "hints": asked.hints(),
        "choices": list(asked.choices()),
    }


@dataclass(frozen=True)
class _Asked:
    """A step that is asked for."""

    run: Run
    place: int
    kind: Kind

    @property
    def step(self) -> Step:
        return self.run.trace.steps[self.place]

    @property
    def at(self) -> Moment:
        match self.step:
            case Backward() as step:
                return Edge(self.run, self.place, step)
            case Forward() as step:
                return Value(self.run, self.place, step)
            case Seed() as step:
                return Start(self.run, self.place, step)
        raise Unfit("step", "is a write of the program itself, which follows no rule")

    def words(self) -> str:
        """Return the question."""
        match self.at:
            case Edge() if self.kind == "edge":
                return "Which edge carries the next contribution?"
            case Edge() as at:
                return self._edge_words(at)
            case Value(step=step) as at:
                return f"What is {_definition(at, step.node)}?"
            case Start(step=step) as at if self.kind == "after" and step.before:
                return f"The next backward pass starts at {at.name(step.node)}. What is {at.name(step.node)}.grad then?"
            case Start(step=step) as at:
                name = at.name(step.node)
                return f"The backward pass starts at {name}. What is the derivative of {name} by itself?"
        raise AssertionError("there are no other moments")

    def _edge_words(self, at: Edge) -> str:
        operands = at.operands(at.step.node)
        which = f" as operand {at.step.slot + 1}" if operands.count(at.step.operand) > 1 else ""
        source = f"{_definition(at, at.step.node)}, {at.above}.grad is {short(at.step.upstream)}"
        match self.kind:
            case "sign":
                return f"{source}. Is what {at.below} gets{which} positive, negative or 0?"
            case "after":
                return f"{source}. What is {at.below}.grad once {at.below} has its part{which}?"
        return f"{source}. What does {at.below} get{which}?"

    def hints(self) -> list[str]:
        """Return hints, each of which tells a little more; none tells the answer."""
        match self.at:
            case Edge() as at if self.kind == "edge":
                return Frontier(at).hints()
            case Edge() as at:
                return self._edge_hints(at)
            case Value(step=step) as at:
                operands = dict(zip(at.operands(step.node), step.operands, strict=True))
                known = ", ".join(f"{at.value(node)} is {short(x)}" for node, x in operands.items())
                return [_rule(at, step.node), f"{known}."]
            case Start(step=step) as at:
                return [f"If {at.name(step.node)} grows by a little, by how much does {at.name(step.node)} grow?"]
        raise AssertionError("there are no other moments")

    def _edge_hints(self, at: Edge) -> list[str]:
        factors = f"the local derivative {at.partial} and {at.above}.grad"
        first = f"{_rule(at, at.step.node)} Two numbers decide: {factors}."
        second = f"The local derivative {at.partial} is {at.local}."
        if self.kind == "sign":
            return [first, second, "Equal signs give +, unlike signs −, and 0 stays 0."]
        third = f"Multiply {at.local} by {at.upstream}."
        if self.kind == "after":
            before = at.step.before
            third += f" Add that to the {short(before)} that is there." if before else " Nothing was there before."
        return [first, second, third]

    def choices(self) -> Iterator[Json]:
        """Yield what one can choose from; nothing where a number is to be typed."""
        if self.kind == "sign":
            yield from ({"answer": sign, "label": label} for sign, label in (("+", "+"), ("-", "−"), ("0", "0")))
            if not all(map(math.isfinite, self.run.trace.grads)):
                yield {"answer": "nan", "label": "nan"}
        elif self.kind == "edge":
            assert isinstance(self.at, Edge), "edges alone have edges"
            yield from Frontier(self.at).choices()


def _definition(at: Moment, node: int) -> str:
    return f"{at.name(node)} = {at.run.explainer.applied(node)}"


def _rule(at: Moment, node: int) -> str:
    op = at.op(node)
    name = op.name if op.name == op.symbol else f"{op.name} ({op.symbol})"
    return f"{name}: {op.about[:1].lower()}{op.about[1:]}"


# -- the answer --------------------------------------------------------------------------------------------------------


def predict(run: Run, step: int, kind: Kind = "contribution", answer: Answer = None, *, reveal: bool = False) -> Json:
    """Say of an answer for the coming step whether it is right, and of a wrong one which slip it looks like.

    `answer` is a number or a text with one; a sign for the kind `sign`, `{node, slot}` for `edge`; None only to
    `reveal` the solution. Raises `Unfit`.
    """
    _check(run, step, len(run.trace.steps) - 1)
    if not isinstance(run.trace.steps[step], _FITS[kind]):
        raise Unfit("step", f"is not one that {kind} can be asked of; a question says which are")
    asked = _Asked(run, step, kind)
    if answer is None and not reveal:
        raise Unfit("answer", "is missing")
    told = _SHOWN if answer is None else _JUDGES[kind](asked, answer)
    known = told["correct"] or reveal
    solution = _solution(asked) if known else None
    if known:
        told = told | {"sentence": f"{told['sentence']} {run.explainer.sentence(asked.step)}".strip()}
    return {"step": step, "kind": kind, **told, "solution": solution}


def _judged(verdict: str, sentence: str, slips: list[Json] | None = None, understood: float | None = None) -> Json:
    return {
        "verdict": verdict,
        "correct": verdict in ("right", "also"),
        "sentence": sentence,
        "slips": slips or [],
        "understood": None if understood is None else numbers.shown(understood),
    }


_SHOWN = _judged("shown", "")


def right_number(asked_kind: Kind, step: Step) -> float:
    """Return the number that is asked for."""
    match step:
        case Backward(contribution=contribution, after=after):
            return after if asked_kind == "after" else contribution
        case Forward(data=data):
            return data
        case Seed(after=after):
            return after if asked_kind == "after" else 1.0
    raise AssertionError("nobody asks for a write")


def slips_of(run: Run, place: int, kind: Kind) -> list[Found]:
    """Return every wrong number that a slip leads to at a step, with its slip."""
    at = _Asked(run, place, kind).at
    right = right_number(kind, at.run.trace.steps[place])
    match at:
        case Edge() if kind == "after":
            return list(to_totals(at))
        case Edge():
            return list(led(CONTRIBUTION, at, right))
        case Value():
            return list(led(FORWARD, at, right))
    return list(led(SEED, at, right))


def _number(asked: _Asked, answer: Answer) -> Json:
    if isinstance(answer, Mapping):
        raise Unfit("answer", "must be a number")
    assert answer is not None, "None is asked for before"
    said, right = typed(answer), right_number(asked.kind, asked.step)
    slips = slips_of(asked.run, asked.place, asked.kind)
    if said.meets(right) and not _is_nearer_to_a_slip(said, right, slips):
        return _judged("right", "Right.", understood=said.value)
    found = recognised(said, slips)
    return _judged("wrong", _wrong_sentence(asked, found), [each.document() for each in found], said.value)


def _is_nearer_to_a_slip(said: Typed, right: float, slips: list[Found]) -> bool:
    """Return whether few digits were typed, and they say a wrong number better than the right one."""
    near = said.distance(right)
    return not Typed(said.value).meets(right) and any(said.distance(each.number) < near for each in slips)


def _wrong_sentence(asked: _Asked, found: list[Found]) -> str:
    if found:
        return found[0].sentence
    match asked.at:
        case Edge() as at:
            parts = f"the local derivative {at.partial} times {at.above}.grad"
            if asked.kind == "after":
                return f"Not so. {at.below}.grad grows by {parts}."
            return f"Not so. What {at.below} gets is {parts}."
        case Value(step=step) as at:
            return f"Not so. Work out {at.run.explainer.applied(step.node)}."
        case at:
            assert isinstance(at, Start), "there are no other moments"
            return "Not so. If the output grows by a little, it grows by just as much."


def _sign(asked: _Asked, answer: Answer) -> Json:
    said = _SIGNS.get(answer.strip().lower()) if isinstance(answer, str) else None
    if said is None:
        raise Unfit("answer", "must be +, - or 0")
    at = asked.at
    assert isinstance(at, Edge), "signs are asked of edges"
    right = sign_of(at.step.contribution)
    if said == right:
        return _judged("right", "Right.")
    found = recognised_sign(at, said)
    slips = [each.document() for each in found]
    return _judged("wrong", found[0].sentence if found else _sign_sentence(at), slips)


def sign_of(x: float) -> str:
    """Return the sign of a number.

    >>> sign_of(2.0), sign_of(-0.5), sign_of(-0.0), sign_of(math.nan)
    ('+', '-', '0', 'nan')
    """
    return "nan" if math.isnan(x) else "0" if x == 0 else "+" if x > 0 else "-"


def recognised_sign(at: Edge, said: str) -> list[Found]:
    """Return the slips that lead to a wrong sign."""
    deciding: list[Slip] = [slip for slip in CONTRIBUTION if slip.decides]
    for found in led(deciding, at, at.step.contribution):
        if sign_of(found.number) == said:
            short_sign = "0" if said == "0" else "+" if said == "+" else "−"
            return [
                Found(found.slip, found.number, f"{short_sign} is the sign of {short(found.number)}. {found.sentence}")
            ]
    return []


def _sign_sentence(at: Edge) -> str:
    return f"Not so. Look at the two factors: the local derivative {at.partial} and {at.above}.grad."


def _edge(asked: _Asked, answer: Answer) -> Json:
    if not isinstance(answer, Mapping):
        raise Unfit("answer", 'must be an edge, as {"node": "n2", "slot": 0}')
    assert isinstance(asked.at, Edge), "edges are asked of edges"
    verdict, sentence, slip = Frontier(asked.at).judge(answer)
    return _judged(verdict, sentence, [slip] if slip else [])


_JUDGES = {"contribution": _number, "after": _number, "value": _number, "sign": _sign, "edge": _edge}


def _solution(asked: _Asked) -> Json:
    step, right = asked.step, right_number(asked.kind, asked.step)
    edge = None
    if isinstance(step, Backward):
        edge = {"node": node_id(step.node), "operand": node_id(step.operand), "slot": step.slot}
    return {
        "number": numbers.to_json(right),
        "shown": numbers.shown(right),
        "sign": sign_of(right),
        "edge": edge,
        "text": asked.run.explainer.text(step),
        "math": asked.run.explainer.math(step, asked.at.part.output),
    }
