"""Your own engine: turns a run and the trace of another engine into the first difference and its likely cause.

Start at `compare`. Nodes are paired (`foreign`), values are compared forwards, gradients and contributions backwards
from the output; the table of faults (`faults`) is asked which mistake gives just these numbers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from engine import numbers
from engine.lab.broken import Truth, near
from engine.lab.faults import FAULTS, Graph, depth_first, graph_of, left, steps
from engine.lab.foreign import Foreign, Match, Node, read
from engine.lab.subject import Subject, Unfit, subject_of
from engine.run import Run
from engine.tape import Role
from engine.trace import Backward

TOLERANCE = 1e-5
"""Relative; enough for engines that count in single precision."""
LEAST_DIGITS = 3
"""A number that was written with so many digits is compared to these."""
MOST_EDGES = 60_000
MOST_TRIED = 400
"""Edges of a program on which all faults are tried."""
MOST_ROWS = 1_000
MOST_SLIPS = 3
Json = dict[str, Any]


SLIPS: tuple[tuple[str, str, Callable[[Backward, float, float], float], str], ...] = (
    (
        "missing",
        "A contribution is missing",
        lambda edge, own, out: 0.0,
        "The contribution of {node} to {operand}, {c}, is missing.",
    ),
    (
        "sign",
        "The other sign",
        lambda edge, own, out: -edge.contribution,
        "The contribution of {node} to {operand} should be {c}; its sign is turned.",
    ),
    (
        "twice",
        "Counted twice",
        lambda edge, own, out: 2 * edge.contribution,
        "The contribution of {node} to {operand}, {c}, is counted twice.",
    ),
    (
        "no_upstream",
        "The local derivative alone",
        lambda edge, own, out: edge.local,
        "From {node} to {operand} goes the local derivative {local} alone, without {node}.grad = {upstream}.",
    ),
    (
        "no_local",
        "Upstream alone",
        lambda edge, own, out: edge.upstream,
        "From {node} to {operand} goes {node}.grad = {upstream} alone, without the local derivative {local}.",
    ),
    (
        "own_factor",
        "Its own factor",
        lambda edge, own, out: edge.upstream * own,
        "The local derivative of {node} by {operand} is {local}; {operand}.data = {own} stands in its place.",
    ),
    (
        "output_for_input",
        "out.data in place of the rule",
        lambda edge, own, out: edge.upstream * out,
        "The local derivative of {node} by {operand} is {local}; {node}.data = {out} stands in its place.",
    ),
    (
        "inverse",
        "Divided, not multiplied",
        lambda edge, own, out: edge.upstream / edge.local if edge.local else math.nan,
        "{node}.grad = {upstream} is divided by the local derivative {local}, not multiplied.",
    ),
)
"""What an edge carries by a slip: name, title, number of the edge and the data at its ends, words."""


def same(theirs: float, ours: float, scale: float = 0.0) -> bool:
    """Return whether two engines mean the same number, of which one may have been rounded when it was written.

    >>> same(0.3333, 1 / 3), same(0.33, 1 / 3), same(2.0, 2.0000001), same(2.0, 2.4)
    (True, False, True, False)
    """
    if near(theirs, ours, scale, TOLERANCE):
        return True
    if not (math.isfinite(theirs) and math.isfinite(ours)):
        return False
    digits = repr(theirs).partition("e")[0].replace("-", "").replace(".", "").strip("0")
    return len(digits) >= LEAST_DIGITS and float(f"{ours:.{len(digits)}g}") == theirs


def compare(run: Run, given: object) -> Json:
    """Return how the trace `given` differs from `run`; raise `Unfit`, with the place in the trace."""
    subject, foreign = subject_of(run), read(given)
    if (edges := sum(len(subject.tape.operands[node]) for node in subject.order)) > MOST_EDGES:
        raise Unfit("source", f"has {edges:,} edges; engines are compared on programs of up to {MOST_EDGES:,}")
    match = Match(subject, foreign, same).found()
    if not match.ours:
        known = ", ".join(subject.label(leaf) for leaf in subject.leaves[:8])
        raise Unfit("trace", f"has no node that is in this program too; give nodes their names here: {known}")
    return Comparison(subject, foreign, match).document()


@dataclass(frozen=True)
class Comparison:
    """Two engines on one program."""

    subject: Subject
    foreign: Foreign
    match: Match

    @cached_property
    def graph(self) -> Graph:
        return graph_of(self.subject.tape, self.subject.output)

    @cached_property
    def truth(self) -> Truth:
        return Truth(self.graph)

    @cached_property
    def nodes(self) -> list[int]:
        """The paired nodes that have a gradient, the output first."""
        return [node for node in reversed(self.graph.nodes) if node in self.match.theirs]

    @cached_property
    def grads(self) -> dict[int, float]:
        """Their gradients, of our nodes."""
        found = ((node, self._their(node).grad) for node in self.nodes)
        return {node: grad for node, grad in found if grad is not None}

    @cached_property
    def incoming(self) -> dict[int, list[Backward]]:
        """For each node the contributions that it should get."""
        found: dict[int, list[Backward]] = defaultdict(list)
        for edge in self.truth.edges.values():
            found[edge.operand].append(edge)
        return found

    def _their(self, node: int) -> Node:
        return self.foreign.nodes[self.match.theirs[node]]

    def _label(self, node: int) -> str:
        return self.subject.label(node)

    def _has(self, node: int, grad: float) -> bool:
        return same(grad, self.truth.grads[node], self.truth.scales[node])

    # -- the first difference -----------------------------------------------------------------------------------------

    def first(self) -> Json | None:
        """Return the first difference: of a value, going forwards; of an edge or a gradient, going backwards."""
        return next(self._differences(), None)

    def _differences(self) -> Iterator[Json]:
        yield from self._of_data()
        if self.foreign.steps:
            yield from self._of_edges()
        yield from self._of_grads()

    def _of_data(self) -> Iterator[Json]:
        tape = self.subject.tape
        for node in self.subject.order:
            theirs = self._their(node).data if node in self.match.theirs else None
            if theirs is not None and not same(theirs, tape.data[node]):
                name, (yours, here) = self._label(node), apart(theirs, tape.data[node])
                begin = f"{name} is {yours} in your engine and {here} here"
                if tape.ops[node] is None:
                    text = f"{begin}: the two have been given different numbers."
                else:
                    known = all(n in self.match.theirs for n in tape.operands[node])
                    text = f"{begin}, already on the way forward{', though its operands agree' if known else ''}."
                yield self._difference("data", node, tape.data[node], theirs, text)

    def _of_edges(self) -> Iterator[Json]:
        sent: dict[tuple[int, int], list[float]] = defaultdict(list)
        for step in self.foreign.steps:
            if step.node in self.match.ours and step.operand in self.match.ours:
                sent[self.match.ours[step.node], self.match.ours[step.operand]].append(step.contribution)
        for edge in self.truth.edges.values():
            if edge.node in self.match.theirs and edge.operand in self.match.theirs:
                yield from self._of_edge(edge, sent[edge.node, edge.operand])

    def _of_edge(self, edge: Backward, sent: list[float]) -> Iterator[Json]:
        """Yield the difference at an edge; what it carries is taken out of `sent`."""
        names = f"from {self._label(edge.node)} to {self._label(edge.operand)}"
        ours, short = edge.contribution, numbers.short
        scale = abs(edge.local) * self.truth.scales[edge.node]
        if not sent:
            if not near(ours, 0.0, scale, TOLERANCE):
                text = f"{names[0].upper()}{names[1:]} your engine sends nothing, where {short(ours)} belongs."
                yield self._difference("edge", edge.operand, ours, None, text, edge)
            return
        fits = [value for value in sent if same(value, ours, scale)]
        theirs = fits[0] if fits else sent[0]
        sent.remove(theirs)
        if not fits:
            yours, here = apart(theirs, ours)
            text = f"{names[0].upper()}{names[1:]} your engine sends {yours}, where {here} belongs."
            yield self._difference("edge", edge.operand, ours, theirs, text, edge)
        is_last = not any(
            other.node == edge.node and other.operand == edge.operand and other.slot > edge.slot
            for other in self.incoming[edge.operand]
        )
        if is_last and sent:
            text = f"{names[0].upper()}{names[1:]} your engine sends once more: {short(sent[0])} is too much."
            yield self._difference("edge", edge.operand, ours, theirs + sent[0], text, edge)

    def _of_grads(self) -> Iterator[Json]:
        for node, theirs in self.grads.items():
            ours = self.truth.grads[node]
            if not self._has(node, theirs):
                users = {edge.node for edge in self.incoming[node]}
                yours, here = apart(theirs, ours)
                text = f"{self._label(node)}.grad is {yours} in your engine, where {here} belongs"
                if users and users <= self.grads.keys():
                    names = sorted(users, reverse=True)
                    listed = ", ".join(self._label(user) for user in names[:3])
                    text += f"; of what it is used in ({listed}{', …' if len(names) > 3 else ''}) all gradients agree"
                edge = self.incoming[node][0] if len(self.incoming[node]) == 1 else None
                yield self._difference("grad", node, ours, theirs, f"{text}.", edge)

    def _difference(
        self, kind: str, node: int, ours: float, theirs: float | None, text: str, edge: Backward | None = None
    ) -> Json:
        return {
            "kind": kind,
            "node": f"n{edge.node if edge else node}",
            "operand": f"n{edge.operand}" if edge else None,
            "slot": edge.slot if edge else None,
            "at": f"n{node}",
            "label": self._label(node),
            "ours": numbers.to_json(ours),
            "theirs": None if theirs is None else numbers.to_json(theirs),
            "shown": _both(theirs, ours),
            "text": text,
        }

    # -- why ----------------------------------------------------------------------------------------------------------

    def slips(self, first: Json | None) -> list[Json]:
        """Return the likely mistakes, those that explain every number first."""
        if first is None or first["kind"] == "data":
            return []
        whole = [*self._faults(), *self._scale()]
        return whole or list(islice(self._local(first), MOST_SLIPS))

    def _faults(self) -> Iterator[Json]:
        """Yield the faults of the table that give all of these gradients."""
        count = len(self.truth.edges)
        if count > MOST_TRIED or not self.grads:
            return
        graphs = self._graphs()
        for fault in FAULTS.values():
            for graph in graphs:
                done = list(islice(steps(fault, graph), 4 * count + 2))  # of a long recursion the beginning
                if self._explains(dict.fromkeys(graph.nodes, 0.0) | left(done)):
                    text = f"{fault.about} It gives exactly the numbers of your engine."
                    yield {"name": fault.name, "title": fault.title, "text": text, "fault": True}
                    break

    def _graphs(self) -> list[Graph]:
        """Return the graph in the orders in which engines walk it."""
        tape, output = self.subject.tape, self.subject.output
        orders = [self.graph.order, depth_first(tape, output), depth_first(tape, output, backwards=True)]
        return [Graph(tape, order, is_distinct) for order in orders for is_distinct in (False, True)]

    def _explains(self, grads: dict[int, float]) -> bool:
        if all(self._has(node, grad) for node, grad in grads.items() if node in self.grads):
            return False  # where it does not show it explains nothing
        return all(same(theirs, grads[node], self.truth.scales[node]) for node, theirs in self.grads.items())

    def _scale(self) -> Iterator[Json]:
        """Yield the one factor between all gradients, if there is one."""
        pairs = [(theirs, self.truth.grads[node]) for node, theirs in self.grads.items()]
        ratios = [theirs / ours for theirs, ours in pairs if ours and math.isfinite(theirs) and math.isfinite(ours)]
        if not ratios or len(pairs) < 2:
            return
        k = ratios[0]
        if k and not same(k, 1.0) and all(same(theirs, k * ours, abs(ours)) for theirs, ours in pairs):
            short = numbers.short(k)
            text = (
                f"Every gradient is {short} times what it should be: the pass begins with {short} in place of 1, or "
                f"another number is differentiated, {short} times this output"
            )
            crossed = list(self._crossed())
            if crossed:
                names = ", ".join(crossed[:3]) + (f" and {len(crossed) - 3} more" if len(crossed) > 3 else "")
                rule = "the rule of an operation" if len(crossed) == 1 else "the rule of one of the operations"
                text += f"; or {rule} that all paths cross ({names}) is wrong by that factor"
            text += "."
            yield {"name": "scale", "title": "All by one factor", "text": text, "fault": False}

    def _crossed(self) -> Iterator[str]:
        """Yield the operations that lie on all paths from the output to what is compared, the output first."""
        wanted = {node for node in self.grads if self.truth.grads[node]}
        leading = self._leading(wanted)
        reached = {self.graph.output}
        for node in reversed(self.graph.nodes):
            if node in reached:
                op, operands = self.subject.tape.ops[node], {operand for _, operand in self.graph.edges(node)}
                reached.discard(node)
                if node in wanted or op is None:
                    return
                if not reached and len(operands) == 1:
                    yield f"{op.name} at {self._label(node)}"
                reached |= operands & leading

    def _leading(self, wanted: set[int]) -> set[int]:
        """Return the nodes that lead to any of `wanted`, themselves included."""
        found = set(wanted)
        for node in self.graph.nodes:
            if any(operand in found for _, operand in self.graph.edges(node)):
                found.add(node)
        return found

    def _local(self, first: Json) -> Iterator[Json]:
        """Yield what explains the first difference by a slip at one edge."""
        node = int(first["at"][1:])
        edges = self.incoming[node]
        if first["kind"] == "edge":
            edges = [edge for edge in edges if (f"n{edge.node}", edge.slot) == (first["node"], first["slot"])]
        theirs = 0.0 if first["theirs"] is None else float(first["theirs"])
        total = sum(edge.contribution for edge in edges)
        scale = sum(abs(edge.contribution) for edge in edges)
        if len(edges) > 1:
            yield from self._of_sum(node, theirs, total, scale)
        for edge in edges:
            for name, title, value, text in self._alternatives(edge):
                if same(theirs, total - edge.contribution + value, scale):
                    yield {"name": name, "title": title, "text": text, "fault": False}

    def _of_sum(self, node: int, theirs: float, total: float, scale: float) -> Iterator[Json]:
        name = self._label(node)
        if theirs == 0:
            text = f"Nothing has arrived at {name}, though it has {len(self.incoming[node])} users."
            yield {"name": "nothing", "title": "Nothing arrives", "text": text, "fault": False}
        elif same(theirs, -total, scale):
            text = f"{name}.grad has the other sign: {numbers.short(theirs)} for {numbers.short(total)}."
            yield {"name": "sign", "title": "The other sign", "text": text, "fault": False}
        else:
            for edge in self.incoming[node]:
                if same(theirs, edge.contribution, scale):
                    text = (
                        f"{name}.grad is the contribution of {self._label(edge.node)} alone: it was overwritten, "
                        "= in place of +=."
                    )
                    yield {"name": "assign", "title": "= in place of +=", "text": text, "fault": False}

    def _alternatives(self, edge: Backward) -> Iterator[tuple[str, str, float, str]]:
        """Yield what the edge would carry by a slip: name, title, number, words."""
        data = self.subject.tape.data
        told = {
            "node": self._label(edge.node),
            "operand": self._label(edge.operand),
            "c": numbers.short(edge.contribution),
            "upstream": numbers.short(edge.upstream),
            "local": numbers.short(edge.local),
            "own": numbers.short(data[edge.operand]),
            "out": numbers.short(data[edge.node]),
        }
        for name, title, number, words in SLIPS:
            yield name, title, number(edge, data[edge.operand], data[edge.node]), words.format(**told)

    # -- the document -------------------------------------------------------------------------------------------------

    def document(self) -> Json:
        """Return the comparison as JSON has it."""
        first = self.first()
        slips = self.slips(first)
        rows = [self._row(node) for node in self.nodes[:MOST_ROWS]]
        unmatched = [node for node in self.foreign.nodes.values() if node.id not in self.match.ours]
        missing = [
            self._label(node)
            for node in reversed(self.subject.order)
            if node not in self.match.theirs and self.subject.tape.roles[node] is not Role.CONSTANT
        ]
        return {
            "agrees": first is None,
            "verdict": self._verdict(first, slips),
            "first": first,
            "slips": slips,
            "compared": len(self.grads),
            "edges": len(self.foreign.steps),
            "nodes": rows,
            "unmatched": [node.called for node in unmatched[:MOST_ROWS]],
            "missing": [] if self.foreign.by_name else missing[:MOST_ROWS],
        }

    def _verdict(self, first: Json | None, slips: list[Json]) -> str:
        if first is None:
            count = len(self.grads)
            if not count:
                return "The values agree; the trace tells no gradient of a node that is here too."
            agree = "The gradient agrees" if count == 1 else f"All {count:,} gradients agree"
            return f"{agree} with what is computed here."
        if not slips:
            return str(first["text"])
        begin = "Every number fits" if slips[0]["fault"] else "It looks like"
        return f"{first['text']} {begin}: {slips[0]['title']}."

    def _row(self, node: int) -> Json:
        theirs, ours, data = self._their(node), self.truth.grads[node], self.subject.tape.data[node]
        told = {"data": theirs.data, "grad": theirs.grad}
        return {
            "node": f"n{node}",
            "label": self._label(node),
            "theirs": theirs.called,
            "data": {"ours": numbers.to_json(data), "theirs": _json(told["data"])},
            "grad": {"ours": numbers.to_json(ours), "theirs": _json(told["grad"])},
            "agrees": (theirs.data is None or same(theirs.data, data))
            and (theirs.grad is None or self._has(node, theirs.grad)),
            "shown": {
                "data": _both(told["data"], data),
                "grad": _both(told["grad"], ours),
            },
        }


def _json(x: float | None) -> float | str | None:
    return None if x is None else numbers.to_json(x)


def apart(x: float, y: float) -> tuple[str, str]:
    """Return two numbers in short, with as many digits as tell them apart.

    >>> apart(1.0353, 1.0351), apart(2.0, 3.0), apart(-1.00000001e-7, -1e-7)
    (('1.0353', '1.0351'), ('2', '3'), ('−1.00000001e−7', '−1e−7'))
    """
    texts = numbers.short(x), numbers.short(y)
    for digits in range(numbers.SIGNIFICANT_DIGITS + 1, 18):
        if texts[0] != texts[1] or x == y or not (math.isfinite(x) and math.isfinite(y)):
            break
        texts = _with_digits(x, digits), _with_digits(y, digits)
    return texts


def _with_digits(x: float, digits: int) -> str:
    mantissa, _, power = f"{x:.{digits}g}".partition("e")
    return (mantissa + (f"e{int(power)}" if power else "")).replace("-", "−")


def _both(theirs: float | None, ours: float) -> Json:
    """Return a number of each engine as it is shown; two that differ are seen to."""
    told = numbers.shown(ours)
    if theirs is None:
        return {"ours": told, "theirs": None}
    yours = numbers.shown(theirs)
    if not same(theirs, ours):
        yours[0], told[0] = apart(theirs, ours)
        for each, x in ((yours, theirs), (told, ours)):
            each[2] = "=" if each[0] != numbers.short(x) and _says(each[0], x) else each[2]
    return {"ours": told, "theirs": yours}


def _says(text: str, x: float) -> bool:
    return not math.isfinite(x) or float(text.replace("−", "-")) == x
