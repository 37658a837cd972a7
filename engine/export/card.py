"""The card of a node: turns one node of a run into all that there is to know of it. Start at `card`.

A card speaks of one backward pass. Its work grows with the edges of the node, not with the run, but for looking at
columns of the run once: where the node was written, and who uses it.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from itertools import islice, takewhile
from operator import itemgetter
from typing import Any

from engine import numbers
from engine.explain import arrival
from engine.export.document import Window, window_of
from engine.export.frame import node_id, pass_at
from engine.export.walk import is_data, number
from engine.run import Run
from engine.tape import Role
from engine.total import Total
from engine.trace import Backward, Forward, Pass, Seed, Step, Update

MOST = 200
"""Users, and rows of the ledger, that a card lists."""
_NAME = re.compile(r"n(0|[1-9][0-9]{0,8})")
Json = dict[str, Any]


def card(run: Run, node: str, *, step: int | None = None, chosen: int | None = None) -> Json:
    """Return all that there is to know of `node` in the pass that is `chosen`, that has `step`, or the last one.

    Raises ValueError if there is no such node, step or pass; its text begins with which of them."""
    found = _NAME.fullmatch(node)
    if found is None or int(found[1]) >= len(run.tape):
        raise ValueError(f"node must be one of the run's: {_range(len(run.tape))}")
    count = len(run.trace.steps)
    if step is not None and chosen is not None:
        raise ValueError("pass cannot be given together with step")
    if step is not None and not 0 <= step <= count:
        raise ValueError(f"step must be a whole number from 0 to {count}")
    if chosen is None:
        chosen = pass_at(run.trace.passes, count if step is None else step)
    window = window_of(run, chosen=chosen)
    return _Card(run, int(found[1]), window, window.until if step is None else step).build()


def _range(count: int) -> str:
    return "it has none" if not count else "n0" if count == 1 else f"n0 to n{count - 1}"


class _Card:
    def __init__(self, run: Run, node: int, window: Window, moment: int) -> None:
        self.run, self.node, self.window, self.moment = run, node, window, moment
        self.tape, self.explainer = run.tape, run.explainer
        self.names = run.explainer.names
        self.shown: Pass | None = run.trace.passes[window.shown] if run.trace.passes else None

    def build(self) -> Json:
        return self._facts() | self._numbers() | self._formulas()

    def _facts(self) -> Json:
        tape, node = self.tape, self.node
        op, span, scope = tape.ops[node], tape.spans[node], tape.scopes[node]
        return {
            "node": node_id(node),
            "label": self.explainer.label(node),
            "name": tape.names[node],
            "role": tape.roles[node].value,
            "op": op.name if op else None,
            "symbol": op.symbol if op else None,
            "about": op.about if op else None,
            "convention": (op.convention or None) if op else None,
            "expression": self.explainer.expression(node),
            "math": self.explainer.definition(node),
            "span": asdict(span) if span else None,
            "scope": scope.path if scope else "",
            "trainable": tape.needs_grad[node],
            "fixed": node in self.run.fixed,
            "defaulted": tape.defaulted[node],
            "pass": self.window.shown if self.shown else None,
        }

    def _numbers(self) -> Json:
        users = list(self._users())
        return {
            "data": numbers.shown(self._data(self.node)),
            "grad": numbers.shown(self._grad(self.window.until)),
            "now": {"data": self._data_now(), "grad": self._grad_now()},
            "operands": self._operands(),
            "users": users[:MOST],
            "user_count": len(self.terms) + len(self._idle),
            "ledger": self._ledger(),
            "ledger_count": len(self._rows) + self._is_carried,
        }

    # -- columns of the run -------------------------------------------------------------------------------------------

    @cached_property
    def _column(self) -> list[int]:
        """The node that each step of the run writes to."""
        kept, steps = self.run.kept, self.run.trace.steps
        column: list[int] = kept.get("written", [])
        if len(column) != len(steps):
            column = kept["written"] = [s.operand if type(s) is Backward else s.node for s in steps]
        return column

    @property
    def _in_passes(self) -> frozenset[int]:
        """The nodes that some pass goes through."""
        kept = self.run.kept
        if "in passes" not in kept:
            kept["in passes"] = frozenset().union(*(p.order for p in self.run.trace.passes))
        found: frozenset[int] = kept["in passes"]
        return found

    def _writes(self, node: int, first: int = 0) -> Iterator[tuple[int, Step]]:
        """Yield the steps from `first` on that write to `node`, and their places."""
        steps, column = self.run.trace.steps, self._column
        with suppress(ValueError):
            while True:
                first = column.index(node, first)
                yield first, steps[first]
                first += 1

    @cached_property
    def written(self) -> list[tuple[int, Step]]:
        """All steps that write to this node."""
        return list(self._writes(self.node))

    @cached_property
    def arrivals(self) -> list[tuple[int, Seed | Backward | Update]]:
        """Those that write its gradient."""
        return [(at, step) for at, step in self.written if not isinstance(step, Forward) and not is_data(step)]

    def _arrivals_in(self, first: int, last: int) -> list[tuple[int, Seed | Backward | Update]]:
        begin, end = (bisect_left(self.arrivals, place, key=itemgetter(0)) for place in (first, last))
        return self.arrivals[begin:end]

    @cached_property
    def of_pass(self) -> list[Seed | Backward]:
        """Those by which the pass does."""
        first, last = (self.shown.first, self.shown.last) if self.shown else (0, 0)
        return [step for _, step in self._arrivals_in(first, last) if isinstance(step, Seed | Backward)]

    @cached_property
    def terms(self) -> tuple[Backward, ...]:
        return tuple(step for step in self.of_pass if isinstance(step, Backward))

    # -- numbers ------------------------------------------------------------------------------------------------------

    def _data(self, node: int) -> float:
        """Return the data of a node at the end of the pass: before a program writes to it later."""
        return next(_overwritten(self._writes(node, self.window.until)), self.tape.data[node])

    def _grad(self, moment: int) -> float:
        return next((step.after for place, step in reversed(self.arrivals) if place < moment), 0.0)

    def _data_now(self) -> list[str] | None:
        """Return the data that the node shows at the moment that was asked for; None before it has any."""
        past = [number(step) for place, step in self.written if is_data(step) and place < self.moment]
        if past:
            return numbers.shown(past[-1])
        if any(isinstance(step, Forward) for _, step in self.written):
            return None
        return numbers.shown(next(_overwritten(self.written), self.tape.data[self.node]))

    def _grad_now(self) -> list[str] | None:
        """Return the gradient that it shows then; None before any has arrived."""
        arrived = any(place < self.moment for place, _ in self.arrivals)
        return numbers.shown(self._grad(self.moment)) if arrived else None

    # -- edges --------------------------------------------------------------------------------------------------------

    def _operands(self) -> list[Json]:
        return [self._operand(operand, slot) for slot, operand in enumerate(self.tape.operands[self.node])]

    def _operand(self, operand: int, slot: int) -> Json:
        partial = self._partial(operand, slot)
        formula, code = self.explainer.rule(self.node, slot)
        return {
            "node": node_id(operand),
            "label": self.explainer.label(operand),
            "slot": slot,
            "data": numbers.shown(self._data(operand)),
            "partial": None if partial is None else numbers.shown(partial),
            "rule": formula,
            "rule_code": code,
        }

    def _partial(self, operand: int, slot: int) -> float | None:
        """Return the local partial that the pass multiplied by, else that of the numbers there; None where a
        constant's has no finite value."""
        local = self._locals.get(slot)
        if local is None:
            op, operands = self.tape.ops[self.node], self.tape.operands[self.node]
            assert op is not None, "a leaf has no operands"
            local = op.partial(slot, self._data(self.node), tuple(map(self._data, operands)))
        return local if math.isfinite(local) or self.tape.needs_grad[operand] else None

    @cached_property
    def _locals(self) -> dict[int, float]:
        """By slot, the local partials of the steps that the node sent to its operands."""
        if self.shown is None or self._seed is None:
            return {}
        steps, last = self.run.trace.steps, self.shown.last
        first = bisect_left(steps, -self.node, self._seed + 1, last, key=_backwards)
        ours = takewhile(lambda step: step.node == self.node, islice(steps, first, last))
        return {step.slot: step.local for step in ours if isinstance(step, Backward)}

    def _users(self) -> Iterator[Json]:
        for term in self.terms[:MOST]:
            told = {"partial": term.local, "upstream": term.upstream, "contribution": term.contribution}
            yield self._user(term.node, term.slot) | {k: numbers.shown(x) for k, x in told.items()} | {"counts": True}
        for user, slot in self._idle[:MOST]:
            told_nothing: Json = dict.fromkeys(("partial", "upstream", "contribution"))
            yield self._user(user, slot) | told_nothing | {"counts": False}

    def _user(self, user: int, slot: int) -> Json:
        return {"node": node_id(user), "label": self.explainer.label(user), "slot": slot}

    @cached_property
    def _idle(self) -> list[tuple[int, int]]:
        """The edges to users that brought nothing: none flows along them, or they lead to no output."""
        operands, node, counted = self.tape.operands, self.node, {term.node for term in self.terms}
        users = [user for user in range(node + 1, len(operands)) if node in operands[user] and user not in counted]
        told = filter(self._is_about, users)
        return [(user, slot) for user in told for slot, operand in enumerate(operands[user]) if operand == node]

    def _is_about(self, user: int) -> bool:
        """Return whether a user belongs to the graph of this pass, or to that of none."""
        return user not in self._in_passes or (self.shown is not None and user in self._order)

    @cached_property
    def _order(self) -> frozenset[int]:
        return frozenset(self.shown.order if self.shown else ())

    # -- how the gradient came about ----------------------------------------------------------------------------------

    @cached_property
    def _rows(self) -> list[tuple[int, Seed | Backward | Update]]:
        """What was written to the gradient from the end of the pass before to the end of this one."""
        return self._arrivals_in(self.window.first, self.window.until)

    @cached_property
    def _is_carried(self) -> bool:
        """Whether something had been written there before."""
        return bool(self.arrivals) and self.arrivals[0][0] < self.window.first

    def _ledger(self) -> list[Json]:
        rows = self._rows if len(self._rows) <= MOST else self._rows[: MOST // 2] + self._rows[-MOST // 2 :]
        told = [self._arrival(place + 1, step, k == 0 and not self._is_carried) for k, (place, step) in enumerate(rows)]
        if not self._is_carried:
            return told
        first = self.window.first
        carried = self._grad(first)
        return [_entry(first, numbers.short(carried), "earlier passes", carried), *told]

    def _arrival(self, place: int, step: Seed | Backward | Update, untouched: bool) -> Json:
        match step:
            case Seed(before=before, after=after):
                return _entry(place, arrival(untouched, before, 1.0, after), "seed", after, 1.0)
            case Backward(node=user, before=before, contribution=contribution, after=after):
                text = arrival(untouched, before, contribution, after)
                return _entry(place, text, self.explainer.label(user), after, contribution, user)
            case Update(before=before, after=after):
                known = numbers.UNKNOWN if untouched else numbers.short(before)
                return _entry(place, f"{known} → {numbers.short(after)}", "the program", after)

    # -- the total derivative, and what it says -----------------------------------------------------------------------

    def _formulas(self) -> Json:
        silence = self._silence()
        if silence:
            return {"total": "", "total_text": "", "sentence": silence}
        assert self.shown is not None, "there is no derivative without a pass"
        carried = self.of_pass[0].before if self.of_pass else self._grad(self.window.until)
        total = Total(self.names, self.node, self.shown.output, self.terms, carried)
        return {"total": total.math(), "total_text": total.text(), "sentence": total.sentence()}

    def _silence(self) -> str | None:
        """Return why there is no derivative by the node; None if there is one."""
        tape, node, name = self.tape, self.node, self.names[self.node]
        if self.shown is None:
            return f"There is no output to differentiate, so {name} has no gradient."
        if self.of_pass:
            return None
        if tape.roles[node] is Role.CONSTANT:
            return f"{name} is a constant: no gradient flows to it."
        if node in self.run.fixed:
            return f"{name} is held fixed: no gradient flows to it."
        if not tape.needs_grad[node]:
            return f"{name} {_NEEDLESS[tape.ops[node] is None]}, so no gradient flows to it."
        if self._seed is None:
            return f"The program goes back by itself: {self._by_hand}."
        return None

    @cached_property
    def _seed(self) -> int | None:
        """The place of the seed, which stands between the forward and the backward steps of the pass; None where the
        program wrote its gradients itself."""
        assert self.shown is not None, "asked for passes alone"
        steps, last = self.run.trace.steps, self.shown.last
        place = bisect_left(steps, True, self.shown.first, last, key=lambda step: not isinstance(step, Forward))
        return place if place < last and isinstance(steps[place], Seed) else None

    @property
    def _by_hand(self) -> str:
        name = self.names[self.node]
        if not self.arrivals:
            return f"it has not written {name}.grad"
        return f"{name}.grad is {numbers.short(self._grad(self.window.until))}, as it has written"


_NEEDLESS = {True: "requires no gradient", False: "is computed from what requires no gradient"}


def _backwards(step: Step) -> int:
    """Return by what backward steps are sorted: they go from the output back."""
    return -step.node


def _overwritten(written: Iterable[tuple[int, Step]]) -> Iterator[float]:
    """Yield the data that a program has written over."""
    return (step.before for _, step in written if isinstance(step, Update) and step.field == "data")


def _entry(
    place: int, text: str, source: str, after: float, contribution: float | None = None, user: int | None = None
) -> Json:
    return {
        "step": place,
        "text": text,
        "from": source,
        "node": None if user is None else node_id(user),
        "contribution": None if contribution is None else numbers.shown(contribution),
        "after": numbers.shown(after),
    }
